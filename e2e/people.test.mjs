// A form asks for somebody: chosen among the people of the school, with the keyboard and without
// JavaScript, on a narrow screen and in dark mode; a typed name names nobody.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessibilityFaults, launch, newPage, press, signIn } from "./support/browser.mjs";
import { forms, session, tags, words } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const FILTER = ["/demander/securite-internet/delegation-filtrage", "delegataire"];
const ACCOUNTS = ["/demander/identifiants-et-espaces/delegation-comptes", "delegataires"];

/** The address of a question of a new draft. */
async function question(person, [path, field]) {
  const { html } = await person.get(path);
  const form = forms(html).find(({ action }) => action === path);
  const first = await person.post(path, tags(form.inside, "input").map(({ name, value }) => [name, value]));
  return first.path.replace(/\/questions\/.*/, `/questions/${field}`);
}

async function sound(page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityFaults(page), [], colorScheme);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} pixels wide`);
  assert.deepEqual(page.faults, []);
}

test("one person is chosen in the list of the school", async () => {
  const head = await session(server.url, "proviseur.lille");
  for (const javaScriptEnabled of [true, false]) {
    const address = await question(head, FILTER);
    const page = await newPage(browser, { javaScriptEnabled });
    await signIn(page, server.url, "proviseur.lille");
    await page.goto(server.url + address);
    const list = page.getByLabel("Quel collaborateur désignez-vous");
    const names = await list.locator("option").allTextContents();
    assert.equal(names[0], "Choisissez dans la liste");
    assert.ok(names.length > 3 && names.slice(1).every((name) => /, \S/.test(name)), names.join(" | "));
    assert.ok(!names.some((name) => /chef d’établissement$|agent technique|élève/.test(name)), names.join(" | "));
    await press(page, "Continuer");
    assert.match(await page.title(), /^Erreur/);
    assert.match(await page.locator("main").innerText(), /Choisissez une personne/);
    if (javaScriptEnabled) await sound(page);
    await page.goto(server.url + address);
    await list.focus();
    if (javaScriptEnabled) {
      await page.keyboard.type(names[1].slice(0, 6));
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Continuer" }).focus();
    } else await list.selectOption({ index: 1 });
    await press(page, "Continuer");
    assert.doesNotMatch(await page.title(), /^Erreur/);
    await page.goto(server.url + address);
    assert.ok((await list.inputValue()).length === 36, "the choice is kept");
    await page.context().close();
  }
});

test("several people are ticked, and a typed name names nobody", async () => {
  const head = await session(server.url, "proviseur.lille");
  const address = await question(head, ACCOUNTS);
  const { html } = await head.get(address);
  const boxes = tags(html, "input").filter(({ name, type }) => name === "delegataires" && type === "checkbox");
  assert.ok(boxes.length > 3);
  const typed = await head.post(address, [["delegataires", "Ada Lens"]]);
  assert.equal(typed.status, 422);
  assert.match(words(typed.html), /Choisissez une personne de la liste/);
  const chosen = boxes.slice(0, 2).map(({ value }) => ["delegataires", value]);
  const next = await head.post(address, chosen);
  assert.equal(next.status, 200, words(next.html));
  const page = await newPage(browser);
  await signIn(page, server.url, "proviseur.lille");
  await page.goto(server.url + address);
  assert.equal(await page.locator("input[name=delegataires]:checked").count(), 2);
  await sound(page);
});
