// A bridge, as the Region keeps it: built in two steps, tried, its failure said in plain words, stopped.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { accessibilityFaults, launch, newPage, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

/** What is wrong with the page shown, in light, in dark and at 320 pixels. */
async function readable(page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityFaults(page), []);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} pixels wide at 320`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe("a bridge to another tool", () => {
  let region;

  test("is built in two steps, and a fault keeps what was typed", async () => {
    region = await newPage(browser);
    await signIn(region, server.url, "catalogue");
    await region.goto(`${server.url}/region`);
    await region.getByRole("link", { name: "Passerelles" }).click();
    await readable(region);
    await region.getByLabel("GLPI (API REST)").check();
    await region.getByLabel(/Quelle équipe/).selectOption({ label: "Équipe mobile Nord" });
    await region.getByRole("button", { name: "Continuer" }).click();
    await region.getByText("Non éprouvée").waitFor();
    await region.getByLabel("Nom de la passerelle").fill("Infogérance Nord");
    await region.getByLabel("Adresse de l’autre outil").fill("https://127.0.0.1/");
    await region.getByLabel("Jeton", { exact: true }).fill("un-jeton-secret");
    await region.getByRole("button", { name: "Créer la passerelle" }).click();
    await region.getByRole("link", { name: /Cette adresse est interne/ }).waitFor();
    assert.equal(await region.getByLabel("Nom de la passerelle").inputValue(), "Infogérance Nord");
    await readable(region);
    await region.getByLabel("Adresse de l’autre outil").fill("https://glpi.invalid/");
    await region.getByLabel("Jeton", { exact: true }).fill("un-jeton-secret");
    await region.getByRole("button", { name: "Créer la passerelle" }).click();
    await region.getByText("La passerelle est créée").waitFor();
    assert.ok(!(await region.content()).includes("un-jeton-secret"));
    await readable(region);
  });

  test("says why it cannot connect", async () => {
    await region.getByRole("button", { name: "Essayer la connexion" }).click();
    await region.getByText(/La connexion échoue/).waitFor();
    await readable(region);
  });

  test("is stopped", async () => {
    await region.reload();
    await readable(region);
    await region.getByRole("button", { name: "Arrêter la passerelle" }).click();
    await region.getByText("La passerelle est arrêtée").waitFor();
    assert.deepEqual(region.faults, []);
  });
});
