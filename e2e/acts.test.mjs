// Acts on a phone: signed by the head, opened by the Region, put to review by a change of head,
// confirmed, revoked, undone with its proof; who may not sign is told who may. (SRV-14 to SRV-20, SEC-08, SEC-09)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessibilityFaults, follow, launch, newPage, PASSWORD, press, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const PHONE = { width: 390, height: 844 };
const NEW_HEAD = "nouvelle.proviseure";
const ADMIN = "Droits d’administration des files d’impression";
const FILTER = "Délégation du filtrage";
const MAPS = "Accès aux cartes du cours de géographie";
const acts = {};
let rights = "";

/** Opens a session on a phone, runs the steps, then wants a silent console. */
async function as(login, steps) {
  const page = await newPage(browser, { viewport: PHONE, hasTouch: true });
  await signIn(page, server.url, login);
  await steps(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

/** What is wrong with the page shown, in light, in dark, and at 320 pixels. */
async function readable(page) {
  const faults = [];
  if (await page.locator("h1").count() !== 1) faults.push("not exactly one h1");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) faults.push(`${wide} pixels wide at 320`);
  await page.setViewportSize(PHONE);
  assert.deepEqual(faults, [], page.url());
}

const go = (page, path) => page.goto(server.url + path);
const words = (page) => page.locator("main").innerText();

/** Loads the page again until it says so: jobs take a moment. */
async function eventually(page, path, says) {
  for (let tries = 0; tries < 60; tries += 1) {
    await go(page, path);
    if (says.test(await words(page))) return;
    await new Promise((done) => { setTimeout(done, 250); });
  }
  assert.fail(`${path} never said ${says}: ${await words(page)}`);
}

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
  await readable(page);
  await signWith(page, "pas le bon mot de passe", "Signer");
  assert.match(await page.title(), /^Erreur/);
  await readable(page);
  await signWith(page, PASSWORD, "Signer");
  assert.match(await words(page), /La Région ouvre maintenant ce qu’il donne[\s\S]*Chef d’établissement, depuis le/);
  await readable(page);
}));

test("the technician opens what the signed act gives, and nothing that is not signed", () => as("technicien.nord", async (page) => {
  await go(page, acts[MAPS]);
  assert.equal(await page.getByRole("button", { name: "Ouvrir ce que donne l’acte" }).count(), 0);
  await go(page, acts[ADMIN]);
  await press(page, "Ouvrir ce que donne l’acte");
  await eventually(page, acts[ADMIN], /Droits de l’acte A\d+-\d+ ouverts/);
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
    await eventually(page, "/actes", new RegExp(`À réviser[\\s\\S]*${FILTER}`));
    assert.match(await words(page), /Changement de chef d’établissement/);
    await readable(page);
    await go(page, `${acts[ADMIN]}/reviser`);
    await readable(page);
    await signWith(page, PASSWORD, "Confirmer cet acte");
    assert.match(await words(page), /En vigueur[\s\S]*Révision : confirmé par Inès Caron/);
    await go(page, `${acts[FILTER]}/reviser`);
    await press(page, "Révoquer cet acte");
    assert.match(await page.title(), /^Erreur/);
    await readable(page);
    await page.getByLabel("Motif").fill("Je décide moi-même du filtrage.");
    await press(page, "Révoquer cet acte");
    await eventually(page, acts[FILTER], /Fermé[\s\S]*Droit retiré du registre/);
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
    await eventually(page, acts[MAPS], /En vigueur[\s\S]*Ouvert/);
    await go(page, rights);
    assert.match(await words(page), /Inès Caron \(Chef d’établissement, depuis le/);
    await readable(page);
  });
});
