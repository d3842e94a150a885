// The Region asks a second factor of a function: who holds it makes a key before anything else opens, and then
// comes in with it; pages asked too often say so and give back what was typed. (ASVS 2.4.1, 6.3.3)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch, newPage, PASSWORD, press, readable, signIn } from "./support/browser.mjs";
import { makeKey, withDevice } from "./support/device.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer("localhost");
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 320, height: 640 };
const go = (page, path) => page.goto(server.url + path);
const path = (page) => new URL(page.url()).pathname;
const words = (page) => page.locator("main").innerText();

const security = await withDevice(browser, { viewport: PHONE });

test("the Region asks a second factor of a function", async () => {
  const region = await newPage(browser, { viewport: DESK });
  await signIn(region, server.url, "catalogue");
  await go(region, "/region/protection");
  await readable(region);
  await region.getByLabel("Responsable de la sécurité (RSSI)").check();
  await region.getByLabel("Jours laissés pour le faire").fill("400");
  await press(region, "Enregistrer");
  assert.match(await words(region), /de 0 à 180/);
  assert.ok(await region.getByLabel("Responsable de la sécurité (RSSI)").isChecked(), "what was ticked is kept");
  await readable(region);
  await region.getByLabel("Jours laissés pour le faire").fill("14");
  await press(region, "Enregistrer");
  assert.match(await region.locator("body").innerText(), /C’est enregistré/);

  await signIn(security, server.url, "rssi");
  assert.equal(path(security), "/compte/second-facteur");
  assert.match(await words(security), /Avant le/);
  await readable(security);
  await security.getByRole("link", { name: "Le faire plus tard" }).click();
  assert.equal(path(security), "/file");

  await region.getByLabel("Jours laissés pour le faire").fill("0");
  await press(region, "Enregistrer");
});

test("nothing else opens but help and the way out, until a key is made", async () => {
  for (const closed of ["/file", "/compte", "/region/protection"]) {
    await go(security, closed);
    assert.equal(path(security), "/compte/second-facteur", closed);
  }
  assert.match(await words(security), /À faire maintenant/);
  await readable(security);
  await go(security, "/aide");
  assert.equal(path(security), "/aide");
  await go(security, "/compte/second-facteur?suite=/file");
  await makeKey(security);
  await go(security, "/file");
  assert.equal(path(security), "/file");
});

test("the password alone opens nothing any more, the key does", async () => {
  await press(security, "Se déconnecter");
  await security.getByLabel("Identifiant ou adresse électronique").fill("rssi");
  await security.getByLabel("Mot de passe", { exact: true }).fill(PASSWORD);
  await press(security, "Se connecter");
  assert.equal(path(security), "/compte/second-facteur");
  assert.match(await words(security), /Montrez que c’est bien vous/);
  await readable(security);
  await press(security, "Se connecter avec une clé d’accès");
  assert.equal(path(security), "/file");
});

test("the code of a mail goes in a form, never in an address; without the script it is copied", async () => {
  const code = "k7mq-2xvw-hr9t-abcd-efgh-jkmn-pqrs";
  const page = await newPage(browser, { viewport: PHONE });
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await go(page, "/nouveau-mot-de-passe");
  await readable(page);
  await go(page, "/connexion");
  await go(page, `/nouveau-mot-de-passe#${code}`);
  await page.getByRole("heading", { name: "Ce lien ne sert plus" }).waitFor();
  assert.ok(!page.url().includes("#"), page.url());
  assert.deepEqual(asked.filter((url) => url.split("#")[0].includes(code)), []);
  await readable(page);

  const plain = await newPage(browser, { viewport: PHONE, javaScriptEnabled: false });
  await go(plain, `/nouveau-mot-de-passe#${code}`);
  await press(plain, "Continuer");
  assert.match(await words(plain), /Recopiez le code/);
  await plain.getByLabel("Code reçu par courriel").fill(code);
  await press(plain, "Continuer");
  assert.match(await words(plain), /Ce lien ne sert plus/);
});
