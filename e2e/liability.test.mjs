// A release of liability from its decision to its end, on a phone: what is lost before and after, the
// banner, the head's contest, the Region's answer; nobody else decides. (T5; SRV-11, OGI-13, RES-17)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch, newPage, PASSWORD, press, readable, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const WHY = "Le 12 octobre, l’équipe mobile a constaté un serveur personnel relié au réseau administratif du lycée.";
const LOST = /La Région ne répond plus du système d’information/;
let path = "";

async function as(login, steps) {
  const page = await newPage(browser, { viewport: { width: 390, height: 844 }, hasTouch: true });
  await signIn(page, server.url, login);
  await steps(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

const go = (page, to) => page.goto(server.url + to);
const words = (page) => page.locator("main").innerText();

test("the head finds that nothing is decided", () => as("proviseur.lille", async (page) => {
  await go(page, "/etablissement");
  await page.getByRole("link", { name: /Responsabilité de la Région/ }).click();
  path = new URL(page.url()).pathname;
  assert.match(path, /^\/etablissements\/\w+\/responsabilite$/);
  assert.match(await words(page), /aucun dégagement de responsabilité/);
  await readable(page);
}));

test("the department head reads what is lost, then signs", () => as("departement", async (page) => {
  await go(page, `${path}/nouvelle`);
  await press(page, "Relire la décision");
  assert.match(await page.title(), /^Erreur/);
  await readable(page);
  await page.getByLabel("Solution non conforme et non isolée").check();
  await page.getByLabel("Quels sont les faits et les raisons ?").fill(WHY);
  await page.getByLabel("Quels éléments l’établissent ?").fill("Constat du 12/10/2026");
  await press(page, "Relire la décision");
  assert.match(await words(page), LOST);
  await readable(page);
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Signer la décision");
  assert.match(await words(page), /Dégagement de responsabilité en cours/);
  await readable(page);
}));

test("the management reads the banner and contests; a pupil sees nothing", async () => {
  await as("eleve.lille", async (page) => {
    await go(page, "/accueil");
    assert.doesNotMatch(await page.locator("body").innerText(), /Dégagement/);
  });
  await as("proviseur.lille", async (page) => {
    await go(page, "/accueil");
    assert.match(await page.locator("section.bulletins").innerText(), /Dégagement de responsabilité/);
    await readable(page);
    await go(page, path);
    assert.match(await words(page), LOST);
    await page.getByRole("link", { name: "Contester la décision" }).click();
    await readable(page);
    await page.getByLabel("Pourquoi la décision est-elle à revoir ?").fill(WHY);
    await press(page, "Transmettre à la Région");
    assert.match(await words(page), /Réponse attendue/);
    await readable(page);
  });
});

test("the Region lifts it, which answers the contest; the file stays", async () => {
  await as("departement", async (page) => {
    await go(page, `${path}/lever`);
    await readable(page);
    await page.getByLabel("Pourquoi la décision est-elle levée ?").fill(WHY);
    await page.getByLabel("Votre mot de passe").fill(PASSWORD);
    await press(page, "Lever le dégagement");
    assert.match(await words(page), /aucun dégagement[\s\S]*Décisions passées/);
  });
  await as("proviseur.lille", async (page) => {
    await go(page, path);
    await page.locator("summary").first().click();
    assert.match(await words(page), /Contestation[\s\S]*Dégagement levé/);
    await readable(page);
    assert.equal(await page.locator("section.bulletins").count(), 0);
  });
});
