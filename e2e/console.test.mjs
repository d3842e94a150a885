// The agents' list as a technician uses it: filters, sorts, saves and pins a search, exports, acts on
// several requests and takes it back; with nothing for axe to say, at 320 pixels, and without JavaScript.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { content } from "./support/asking.mjs";
import { accessibilityFaults, launch, newPage, press, signIn, follow } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
let page;
before(async () => {
  page = await newPage(browser);
  await signIn(page, server.url, "technicien.nord");
});
after(async () => {
  await browser.close();
  await server.stop();
});

/** Nothing wrong with the page shown, in light, in dark and at 320 pixels. */
async function sound(where = page) {
  for (const colorScheme of ["light", "dark"]) {
    await where.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityFaults(where), [], `${where.url()} ${colorScheme}`);
  }
  await where.setViewportSize({ width: 320, height: 640 });
  const wide = await where.evaluate(() => document.documentElement.scrollWidth);
  await where.setViewportSize({ width: 1280, height: 800 });
  assert.ok(wide <= 320, `${where.url()}: ${wide} pixels wide at 320`);
  assert.deepEqual(where.faults.splice(0), []);
}

const rows = () => page.locator("form[data-list] tbody tr");
const go = (path) => page.goto(server.url + path);

test("the list opens on one's own queue, with counters beside it", async () => {
  await go("/file");
  assert.equal(await page.locator(".searches [aria-current=page]").innerText().then((text) => text.split("\n")[0].trim()), "Ma file");
  await go("/file/equipe");
  const counter = Number((await page.locator(".searches [aria-current=page] .count").innerText()).replace(/\D/g, ""));
  assert.ok(counter > 0);
  assert.equal(await rows().count(), Math.min(counter, 50));
  await sound();
});

test("criteria filter, the address says them and the list says what it did not understand", async () => {
  await go("/file/equipe");
  await page.getByText("Critères et tri").click();
  await page.getByLabel("Demandes", { exact: true }).selectOption("toutes");
  await page.locator("form[data-criteria]").getByLabel("Échéance", { exact: true }).selectOption("retard");
  await sound();
  await press(page, "Appliquer");
  const address = new URL(page.url());
  assert.equal(address.searchParams.get("echeance"), "retard");
  assert.ok(![...address.searchParams.values()].includes(""), "criteria left open are not in the address");
  for (const text of await rows().locator("td[data-label=Échéance]").allInnerTexts()) assert.match(text, /^\s*En retard de/);
  await go("/file?etat=perdue&avant=demain&tri=couleur");
  assert.match(await content(page), /n’a pas été comprise[\s\S]*perdue[\s\S]*demain|perdue/);
  await sound();
});

test("headers sort, the first key announced, up to three keys kept", async () => {
  await go("/file/equipe");
  await press(page, "Établissement", "link");
  assert.equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "ascending");
  const names = await rows().locator("td[data-label=Établissement]").allInnerTexts();
  assert.ok(names.length > 1);
  await follow(page, page.locator("th[aria-sort] a"));
  assert.equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "descending");
  await press(page, "État", "link");
  assert.equal(new URL(page.url()).searchParams.get("tri"), "etat,-etablissement,priorite");
  await go("/file?f=1&portee=toutes&tri=objet");
  assert.match(await content(page), /commence par une date/);
  await sound();
});

test("a search is saved, pinned, opened first, renamed and deleted", async () => {
  await go("/file/equipe?f=1&urgentes=1");
  await page.getByText("Enregistrer cette recherche").click();
  await page.getByLabel("Nom de la recherche").fill("Urgences du Nord");
  await press(page, "Enregistrer");
  assert.match(await content(page), /La recherche est enregistrée|Urgences du Nord/);
  assert.match(await page.locator(".searches").innerText(), /Urgences du Nord/);
  await sound();
  await press(page, "Gérer les recherches", "link");
  await sound();
  await follow(page, page.getByRole("button", { name: /^Ouvrir en premier/ }));
  await go("/file");
  assert.match(await page.locator("h2.list-title").innerText(), /Urgences du Nord/);
  await go("/file/recherches");
  await page.getByText("Renommer ou supprimer").click();
  await page.getByLabel("Nouveau nom").fill("Urgences");
  await follow(page, page.getByRole("button", { name: /^Renommer\s*:/ }));
  assert.match(await page.locator("ul.saved").innerText(), /^Urgences\n/);
  await page.getByText("Renommer ou supprimer").click();
  await follow(page, page.getByRole("button", { name: /^Supprimer/ }));
  assert.match(await content(page), /Aucune recherche enregistrée/);
});

test("columns are chosen without leaving the list", async () => {
  await go("/file/equipe");
  await page.getByText("Choisir les colonnes").click();
  await page.getByLabel("Ville", { exact: true }).check();
  await page.getByLabel("Rang de la colonne Ville").fill("1");
  await page.getByRole("button", { name: "Afficher ces colonnes" }).click();
  await page.locator("th", { hasText: "Ville" }).waitFor();
  await go("/file/moi");
  await go("/file/equipe");
  assert.match(await page.locator("form[data-list] thead").innerText(), /Ville/i);
  await sound();
});

for (const [name, magic] of [["Exporter en CSV", [0xef, 0xbb, 0xbf]], ["Exporter en ODS (tableur)", [0x50, 0x4b, 3, 4]]]) {
  test(name, async () => {
    await go("/file/equipe?f=1&portee=toutes");
    await page.getByText("Exporter toute la sélection").click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name, exact: true }).click()]);
    const bytes = await readFile(await download.path());
    assert.deepEqual([...bytes.subarray(0, magic.length)], magic);
    assert.match(download.suggestedFilename(), /^demandes-\d{4}-\d\d-\d\d\.(csv|ods)$/);
    if (name.includes("CSV")) assert.ok(bytes.toString().trim().split("\r\n").length > 10);
    else assert.match(bytes.subarray(30, 90).toString(), /^mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/);
  });
}

test("several requests are taken at once, after a preview, and given back", async () => {
  await go("/file/a-prendre?f=1&etat=new&affectee=personne");
  const boxes = rows().locator("input[name=choix]");
  await boxes.nth(0).click();
  await boxes.nth(2).click({ modifiers: ["Shift"] });
  assert.match(await page.locator("[data-chosen]").innerText(), /^3\s/);
  const references = await rows().locator(".reference").allInnerTexts();
  await page.getByLabel("Avec les demandes cochées").selectOption("prendre");
  await sound();
  await press(page, "Voir l’aperçu");
  assert.match(await content(page), /Rien n’est encore fait/);
  await sound();
  const confirm = page.getByRole("button", { name: /^Confirmer pour/ });
  assert.ok(await confirm.count() === 1, await content(page));
  await follow(page, confirm);
  assert.match(await content(page), /terminé/);
  await sound();
  await press(page, "Annuler cette action");
  assert.match(await content(page), /annulé/);
  await sound();
  await go(`/demandes/${references[0].trim()}`);
  assert.match(await content(page), /La prise en charge est annulée|Nouvelle/);
});

test("a message to several needs its words, kept when something is missing", async () => {
  await go("/file/equipe");
  await rows().locator("input[name=choix]").first().check();
  await page.getByLabel("Avec les demandes cochées").selectOption("attendre");
  await press(page, "Voir l’aperçu");
  await page.getByLabel("Ce qui est attendu").fill("La liste des salles.");
  await press(page, "Voir l’aperçu");
  assert.match(await page.title(), /^Erreur/);
  assert.equal(await page.getByLabel("Ce qui est attendu").inputValue(), "La liste des salles.");
  await sound();
});

test("without JavaScript the same is done", async () => {
  const plain = await newPage(browser, { javaScriptEnabled: false });
  await signIn(plain, server.url, "technicien.nord");
  await plain.goto(`${server.url}/file/equipe`);
  await plain.getByLabel("Chercher", { exact: true }).fill("panne");
  await press(plain, "Chercher");
  assert.match(plain.url(), /q=panne/);
  await press(plain, "Voir l’aperçu");
  assert.match(await content(plain), /cochez au moins une demande/);
  await plain.locator("input[name=choix]").first().check();
  await plain.getByLabel("Avec les demandes cochées").selectOption("prendre");
  await press(plain, "Voir l’aperçu");
  assert.match(await content(plain), /Aperçu/);
  await plain.context().close();
});
