// Searching as people do: from any page, with slips, by reference, each as far as they may see. (CSU-06)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessibilityFaults, launch, newPage, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

async function search(page, words) {
  const field = page.locator("[data-key=search]");
  await field.fill(words);
  const there = (url) => url.searchParams.get("q") === words || url.pathname.startsWith("/demandes/");
  await Promise.all([page.waitForURL(there, { waitUntil: "domcontentloaded" }), field.press("Enter")]);
}

test("a technician finds by words, with a slip, and by reference", async () => {
  const page = await newPage(browser);
  await signIn(page, server.url, "departement");
  await search(page, "salle");
  assert.ok(await page.locator("#demandes").isVisible());
  assert.ok(await page.locator(".results mark").count() > 0);
  const reference = await page.locator(".results .reference").first().textContent();

  await search(page, "intandence");
  const shown = await page.locator("main").innerText();
  assert.match(shown, /Orthographe corrigée/);
  assert.match(shown, /Résultats pour «\s*intendance\s*»/);

  await search(page, reference.replace("-0", "-"));
  assert.equal(new URL(page.url()).pathname, `/demandes/${reference}`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("results, corrections, people and nothing at all are accessible, in light, in dark and at 320 pixels", async () => {
  const page = await newPage(browser);
  await signIn(page, server.url, "catalogue");
  for (const words of ["", "lycee lille", "intandence", "taffin", "xylophone"]) {
    await page.goto(`${server.url}/recherche?q=${encodeURIComponent(words)}`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await accessibilityFaults(page), [], `« ${words} » ${colorScheme}`);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, `« ${words} » at 320 pixels`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("a head learns nothing of other schools, and filters by the keyboard alone", async () => {
  const page = await newPage(browser, { javaScriptEnabled: false });
  await signIn(page, server.url, "proviseur.lille");
  await page.goto(`${server.url}/recherche?q=roubaix`);
  assert.match(await page.locator("main").innerText(), /Aucun résultat pour «\s*roubaix\s*»/);
  await page.locator("#etat").selectOption("terminees");
  await page.locator("#q").fill("salle");
  await Promise.all([page.waitForURL(/etat=terminees/), page.locator("#q").press("Enter")]);
  assert.match(page.url(), /etat=terminees/);
  assert.equal(await page.locator("#etat").inputValue(), "terminees");
  await page.context().close();
});
