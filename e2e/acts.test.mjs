// Acts on a phone: signed by the head, opened by the Region, put to review by a change of head,
// confirmed, revoked, undone with its proof; who may not sign is told who may. (SRV-14 to SRV-20, SEC-08, SEC-09)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { follow, launch, PASSWORD, press, readable } from "./support/browser.mjs";
import { eventually, phones } from "./support/phone.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const NEW_HEAD = "nouvelle.proviseure";
const ADMIN = "Droits d’administration des files d’impression";
const FILTER = "Délégation du filtrage";
const MAPS = "Accès aux cartes du cours de géographie";
const acts = {};
let rights = "";

const as = phones(browser, server.url);
const go = (page, path) => page.goto(server.url + path);
const comes = (page, path, says) => eventually(page, server.url + path, says);
const words = (page) => page.locator("main").innerText();

/** Types the password under the text and sends. */
async function signWith(page, password, button) {
  await page.getByLabel("Votre mot de passe").fill(password);
  await press(page, button);
}

test("the head reads the text in full and signs it; a wrong password signs nothing", () => as("proviseur.lille", async (page) => {
  await go(page, "/actes");
  await readable(page);
  for (const title of [ADMIN, FILTER, MAPS]) {
    acts[title] = (await page.getByRole("link", { name: title }).last().getAttribute("href")).replace(/\/signer$/, "");
  }
  rights = await page.getByRole("link", { name: /Qui a quels droits/ }).getAttribute("href");
  await go(page, `${acts[ADMIN]}/signer`);
  assert.match(await words(page), /réinitialiser les imprimantes partagées[\s\S]*tenir la Région pour responsable/);
  assert.doesNotMatch(await words(page), /clé d’accès/, "an address that is a number keeps no key: none is offered");
  await readable(page);
  await signWith(page, "pas le bon mot de passe", "Signer");
  assert.match(await page.title(), /^Erreur/);
  await readable(page);
  await signWith(page, PASSWORD, "Signer");
  assert.match(await words(page), /pas coché le texte à reconnaître : rien n’est signé/);
  await readable(page);
  await page.getByLabel("J’ai lu ce texte et je le reconnais").check();
  await signWith(page, "encore un autre", "Signer");
  assert.ok(await page.getByLabel("J’ai lu ce texte et je le reconnais").isChecked(), "what was ticked is not lost");
  await signWith(page, PASSWORD, "Signer");
  assert.match(await words(page), /La Région ouvre maintenant ce qu’il donne[\s\S]*Chef d’établissement, depuis le/);
  await readable(page);
}));

test("the technician opens what the signed act gives, and nothing that is not signed", () => as("technicien.nord", async (page) => {
  await go(page, acts[MAPS]);
  assert.equal(await page.getByRole("button", { name: "Ouvrir ce que donne l’acte" }).count(), 0);
  await go(page, acts[ADMIN]);
  await press(page, "Ouvrir ce que donne l’acte");
  await comes(page, acts[ADMIN], /Droits de l’acte A\d+-\d+ ouverts/);
  await readable(page);
}));

test("a teacher finds their own rights and nobody else’s", () => as("enseignant.lille", async (page) => {
  await go(page, "/actes");
  assert.match(await words(page), new RegExp(FILTER));
  await readable(page);
  for (const path of [acts[ADMIN], rights]) assert.equal((await go(page, path)).status(), 404, path);
}));

test("a signature begun before the end of a function is refused after it", () => as("proviseur.lille", async (head) => {
  await go(head, `${acts[MAPS]}/signer`);
  await as("catalogue", async (page) => {
    await go(page, "/region/personnes?q=proviseur.lille");
    await follow(page, page.getByRole("row").filter({ hasText: "proviseur.lille" }).getByRole("link").first());
    await page.getByText("Mettre fin : Chef d’établissement").click();
    await press(page, "Mettre fin à la fonction");
  });
  await signWith(head, PASSWORD, "Signer");
  assert.doesNotMatch(await words(head), /L’acte est signé/);
  head.faults.length = 0;
}));

test("a vacancy is said, with who to call", () => as("adjoint.lille", async (page) => {
  await go(page, rights);
  assert.match(await words(page), /ni chef en fonction, ni remplaçant[\s\S]*service d’exploitation/);
  await readable(page);
  await go(page, acts[MAPS]);
  assert.match(await words(page), /À signer/);
}));

test("the new head confirms one delegation and revokes the other, which is undone", async () => {
  const uai = rights.split("/")[2];
  const made = server.feed(PASSWORD, "user", "add", "--given-name", "Inès", "--family-name", "Caron", "--login", NEW_HEAD, "--role", "head", "--school", uai);
  assert.equal(made.status, 0, made.stderr);
  await as(NEW_HEAD, async (page) => {
    await comes(page, "/actes", new RegExp(`À réviser[\\s\\S]*${FILTER}`));
    assert.match(await words(page), /Changement de chef d’établissement/);
    await readable(page);
    await go(page, `${acts[ADMIN]}/reviser`);
    await readable(page);
    await signWith(page, PASSWORD, "Confirmer cet acte");
    assert.match(await words(page), /pas coché\s: rien n’est décidé/);
    await readable(page);
    await page.getByLabel("J’ai lu ce texte et je le reconnais").check();
    await signWith(page, PASSWORD, "Confirmer cet acte");
    assert.match(await words(page), /En vigueur[\s\S]*Révision : confirmé par Inès Caron/);
    await go(page, `${acts[FILTER]}/reviser`);
    await press(page, "Révoquer cet acte", "link");
    await readable(page);
    await signWith(page, PASSWORD, "Révoquer cet acte");
    assert.match(await page.title(), /^Erreur/);
    await readable(page);
    await page.getByLabel("Motif").fill("Je décide moi-même du filtrage.");
    await signWith(page, "pas le bon mot de passe", "Révoquer cet acte");
    assert.match(await words(page), /mot de passe ne convient pas/);
    await signWith(page, PASSWORD, "Révoquer cet acte");
    await comes(page, acts[FILTER], /Fermé[\s\S]*Droit retiré du registre/);
    assert.match(await words(page), /Révoqué par Inès Caron \(Chef d’établissement, depuis le/);
    await readable(page);
  });
});

test("the former delegate signs no exemption; the head does, and it opens", async () => {
  await as("enseignant.lille", async (page) => {
    assert.equal((await go(page, `${acts[MAPS]}/signer`)).status(), 404);
    await go(page, acts[FILTER]);
    assert.match(await words(page), /Je décide moi-même du filtrage/);
  });
  await as(NEW_HEAD, async (page) => {
    await go(page, `${acts[MAPS]}/signer`);
    await signWith(page, PASSWORD, "Signer");
    await comes(page, acts[MAPS], /En vigueur[\s\S]*Ouvert/);
    await go(page, rights);
    assert.match(await words(page), /Inès Caron \(Chef d’établissement, depuis le/);
    await readable(page);
  });
});
