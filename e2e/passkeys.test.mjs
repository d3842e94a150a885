// Passkeys and one-time codes as people meet them: add a key, sign in and sign an act with it, close the
// session of another browser, a code after the password, a recovery code. (T3, SRV-15)
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, test } from "node:test";
import { follow, launch, newPage, PASSWORD, press, readable, signIn } from "./support/browser.mjs";
import { withDevice } from "./support/device.mjs";
import { startServer } from "./support/server.mjs";

// Browsers keep keys for names only.
const server = await startServer("localhost");
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const DESK = { width: 1280, height: 900 };
const HEAD = "proviseur.lille";
const TEACHER = "enseignant.lille";
const ADMIN = "Droits d’administration des files d’impression";
const MAPS = "Accès aux cartes du cours de géographie";

const go = (page, path) => page.goto(server.url + path);
const words = (page) => page.locator("main").innerText();

/** The address where an act waits for its signature. */
async function toSign(page, title) {
  await go(page, "/actes");
  const path = await page.getByRole("link", { name: title }).last().getAttribute("href");
  return `${path.replace(/\/signer$/, "")}/signer`;
}

const signOut = (page) => press(page, "Se déconnecter");

/** Presses a button that answers on the page itself, and gives what it says. */
async function refused(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
  const said = page.locator("[data-passkey] [role=alert]:visible");
  await said.waitFor();
  return said.innerText();
}

const head = await withDevice(browser, { viewport: DESK });

test("a key is added with the password typed again", async () => {
  await signIn(head, server.url, HEAD);
  await go(head, "/compte/cles");
  await readable(head);
  await head.getByLabel("Nom de la clé").fill("Téléphone");
  assert.match(await refused(head, "Ajouter une clé d’accès"), /mot de passe ne convient pas/);
  await readable(head);
  await head.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(head, "Ajouter une clé d’accès");
  assert.match(await words(head), /Téléphone/);
  await readable(head);
  await head.getByLabel("Votre mot de passe").fill(PASSWORD);
  assert.match(await refused(head, "Ajouter une clé d’accès"), /déjà une clé/);
  head.faults.length = 0;
});

test("the key opens a session without login nor password, only to its owner and only here", async () => {
  await signOut(head);
  await readable(head);
  await head.verified(false);
  assert.match(await refused(head, "Se connecter avec une clé d’accès"), /n’a rien confirmé/);
  await head.verified(true);
  await head.goto(server.url.replace("localhost", "127.0.0.1") + "/connexion");
  assert.match(await refused(head, "Se connecter avec une clé d’accès"), /n’a rien confirmé/);
  await go(head, "/connexion?suite=/compte");
  await press(head, "Se connecter avec une clé d’accès");
  assert.equal(new URL(head.url()).pathname, "/compte");
  assert.match(await head.getByRole("row").filter({ hasText: "Celle-ci" }).innerText(), /Clé d’accès/);
  await readable(head);
});

test("an act is signed with the key, whose answer is about that act alone", async () => {
  const [one, other] = [await toSign(head, MAPS), await toSign(head, ADMIN)];
  // An answer about one act is sent with the form of the other: nothing is signed.
  await go(head, one);
  await readable(head);
  const sent = await head.evaluate(() => new Promise((done) => {
    HTMLFormElement.prototype.requestSubmit = function send() { done(this.elements.namedItem("passkey").value); };
    [...document.querySelectorAll("[data-passkey] button")].at(0).click();
  }));
  await go(head, other);
  await head.evaluate((answer) => {
    const form = document.querySelector("form[action$='/signer']");
    form.elements.namedItem("passkey").value = answer;
    form.submit();
  }, sent);
  await head.waitForLoadState("load");
  await head.getByText("n’a pas confirmé ce texte").first().waitFor();
  await readable(head);
  await go(head, one);
  await press(head, "Signer avec une clé d’accès");
  assert.match(head.url(), /fait=sign/);
  assert.match(await words(head), /clé d’accès/);
  await go(head, other);
  assert.equal(await head.getByRole("button", { name: "Signer", exact: true }).count(), 1, "the other still waits");
});

test("where the Region asks for a key, a password signs nothing", async () => {
  const region = await newPage(browser, { viewport: DESK });
  await signIn(region, server.url, "catalogue");
  await go(region, "/region/actes");
  await region.getByLabel("Droits d’administration limités").check();
  await press(region, "Enregistrer les actes à clé");
  assert.ok(await region.getByLabel("Droits d’administration limités").isChecked());
  await readable(region);
  const path = await toSign(head, ADMIN);
  await go(head, path);
  assert.equal(await head.getByLabel("Votre mot de passe").count(), 0);
  assert.match(await words(head), /Une clé d’accès est demandée/);
  await readable(head);
  // Even a form made by hand.
  await head.locator("form[action$='/signer'] input[type=checkbox]").check();
  await head.evaluate((password) => {
    const form = document.querySelector("form[action$='/signer']");
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "password", value: password }));
    form.submit();
  }, PASSWORD);
  await head.getByText("ajoutez-en une depuis « Mon compte »").first().waitFor();
  await go(head, path);
  await head.locator("form[action$='/signer'] input[type=checkbox]").check();
  await press(head, "Signer avec une clé d’accès");
  assert.match(head.url(), /fait=sign/);
  assert.deepEqual(region.faults, []);
});

test("the session of another browser is closed from here", async () => {
  const other = await newPage(browser, { viewport: DESK, userAgent: "Navigateur du CDI" });
  await signIn(other, server.url, HEAD);
  await go(head, "/compte");
  const row = head.getByRole("row").filter({ hasText: "Navigateur du CDI" });
  await follow(head, row.getByRole("button"));
  await other.goto(`${server.url}/compte`);
  assert.equal(new URL(other.url()).pathname, "/connexion");
});

test("a key removed opens nothing any more", async () => {
  await go(head, "/compte/cles");
  await follow(head, head.getByRole("link", { name: /Retirer la clé « Téléphone »/ }));
  await readable(head);
  await press(head, "Retirer cette clé");
  assert.match(await head.title(), /^Erreur/);
  await readable(head);
  await head.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(head, "Retirer cette clé");
  assert.match(await words(head), /Vous n’avez pas encore de clé/);
  await signOut(head);
  await press(head, "Se connecter avec une clé d’accès");
  assert.match(await words(head), /n’ouvre aucun compte ici/);
});

/** A code that lives long enough to be typed, and is not this one. */
async function codeInTime(secret, served = "") {
  for (;;) {
    const code = codeOf(secret);
    if (code !== served && 30_000 - (Date.now() % 30_000) > 8_000) return code;
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** The six digits of a secret now. */
function codeOf(secret) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/\s/g, "")].map((one) => letters.indexOf(one).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac.at(-1) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0");
}

/** Types login and password, and stops at the code. */
async function toCode(page) {
  await go(page, "/connexion");
  await page.getByLabel("Identifiant ou adresse électronique").fill(TEACHER);
  await page.getByLabel("Mot de passe").fill(PASSWORD);
  await press(page, "Se connecter");
  await page.getByLabel("Code à six chiffres").waitFor();
}

async function typeCode(page, code) {
  await page.getByLabel("Code à six chiffres").fill(code);
  await press(page, "Se connecter");
}

test("a code follows the password, serves once, and a recovery code takes its place once", async () => {
  const page = await newPage(browser, { viewport: DESK });
  await signIn(page, server.url, TEACHER);
  await go(page, "/compte/code");
  await readable(page);
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Activer le code");
  await readable(page);
  const secret = await page.locator("main code").innerText();
  await page.getByLabel("Code affiché par l’application").fill("000000");
  await press(page, "Activer le code");
  assert.match(await words(page), /Ce code ne convient pas/);
  assert.equal(await page.locator("main code").innerText(), secret, "the same picture again");
  const first = await codeInTime(secret);
  await page.getByLabel("Code affiché par l’application").fill(first);
  await press(page, "Activer le code");
  await readable(page);
  const recovery = await page.locator("main code").allInnerTexts();
  assert.equal(recovery.length, 8);
  await follow(page, page.getByRole("link", { name: "Je les ai gardés" }));
  assert.match(await words(page), /n’ont pas servi : 8/);
  await readable(page);

  await signOut(page);
  await toCode(page);
  await readable(page);
  await typeCode(page, first);
  assert.match(await words(page), /Un code sert une seule fois|vient d’expirer/);
  await readable(page);
  await typeCode(page, await codeInTime(secret, first));
  assert.doesNotMatch(page.url(), /connexion/);
  await signOut(page);
  await toCode(page);
  await typeCode(page, recovery[0]);
  await go(page, "/compte/code");
  assert.match(await words(page), /n’ont pas servi : 7/);
  await signOut(page);
  await toCode(page);
  await typeCode(page, recovery[0]);
  assert.match(await words(page), /Ce code ne convient pas/);

  const forgotten = server.run("user", "forget-factors", TEACHER);
  assert.match(forgotten.stdout, /Code à usage unique : retiré/, forgotten.stderr);
  await signIn(page, server.url, TEACHER);
  assert.doesNotMatch(page.url(), /connexion/);
});

test("without script, the password remains and no dead button shows", async () => {
  const page = await newPage(browser, { viewport: DESK, javaScriptEnabled: false });
  await go(page, "/connexion");
  assert.equal(await page.getByRole("button", { name: /clé d’accès/ }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Se connecter", exact: true }).count(), 1);
});
