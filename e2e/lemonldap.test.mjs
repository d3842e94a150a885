// Single sign-on with LemonLDAP::NG, which academies run: OpenID Connect and CAS, in, confirmed, out. In the
// full run (`make e2e-full`); without it or without the package the tests are skipped and say so. (CSU-07)
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { follow, launch, newPage, PASSWORD, press } from "./support/browser.mjs";
import { missing, startLemonldap } from "./support/lemonldap.mjs";
import { freePort, startServer } from "./support/server.mjs";

const skip = process.env.BEFFROI_FULL ? missing() ?? false : "the full run only: make e2e-full";
const SECRET = "un secret des essais";
const DESK = { viewport: { width: 1280, height: 900 } };

const ground = skip ? undefined : await prepare();
after(() => ground?.stop());

async function prepare() {
  const folder = await mkdtemp(join(tmpdir(), "beffroi-sso-"));
  await writeFile(join(folder, "secret"), SECRET);
  const port = await freePort();
  const portal = `http://localhost:${port}`;
  process.env.BEFFROI_SSO = `[{slug="academie",name="Académie",url="${portal}",client_id="beffroi",`
    + `client_secret_file="${folder}/secret",login_claim="preferred_username"},`
    + `{slug="portail",name="Portail",kind="cas",url="${portal}/cas",login_claim="user"}]`;
  const server = await startServer();
  const lemonldap = await startLemonldap({ port, url: server.url, secret: SECRET });
  // The accounts of its demonstration, in our directory.
  for (const login of ["dwho", "rtyler"]) {
    const words = ["user", "add", "--given-name", "Essai", "--family-name", login, "--login", login, "--role", "region-admin"];
    const added = server.feed(PASSWORD, ...words);
    assert.equal(added.status, 0, added.stderr);
  }
  const browser = await launch();
  const stop = async () => {
    await browser.close();
    await lemonldap.stop();
    await server.stop();
    await rm(folder, { recursive: true });
  };
  return { server, lemonldap, browser, stop };
}

const words = (page) => page.locator("main").innerText();
const path = (page) => new URL(page.url()).pathname;

/** Shows LemonLDAP::NG who one is, on its own page. */
async function showWho(page, login) {
  await page.locator("input[name=user]").fill(login);
  await page.locator("input[name=password]").fill(login);
  await page.locator("form#lform button[type=submit], button.btn-success[type=submit]").first().click();
}

async function comeIn(page, name, login) {
  await page.goto(`${ground.server.url}/compte`);
  await follow(page, page.getByRole("link", { name: `Se connecter avec ${name}` }));
  await showWho(page, login);
  await page.waitForURL((to) => to.origin === ground.server.url);
}

/** Shows again who one is for a text, once its session over there is over, and wants the page that says so. */
async function confirms(page, slug, login) {
  // With a session it offers to renew it, on pages of its own that lose the request where nginx is not there.
  await page.context().clearCookies({ domain: "localhost" });
  const tab = await page.context().newPage();
  await tab.goto(`${ground.server.url}/compte/confirmation/${slug}?objet=essai&jeton=${randomBytes(32).toString("hex")}`);
  assert.equal(new URL(tab.url()).origin, ground.lemonldap.url, "the provider asks again who they are");
  await showWho(tab, login);
  await tab.getByRole("heading", { name: "C’est confirmé" }).waitFor();
  await tab.close();
}

/** A page of its own session, patient: a portal in Perl takes its time. */
async function newBrowser() {
  const page = await newPage(ground.browser, DESK);
  page.setDefaultTimeout(30_000);
  return page;
}

test("OpenID Connect: in, confirmed, out", { skip }, async () => {
  const page = await newBrowser();
  await comeIn(page, "Académie", "dwho");
  assert.equal(path(page), "/compte");
  assert.match(await words(page), /Connexion unique, Académie/);
  await confirms(page, "academie", "dwho");
  await page.goto(`${ground.server.url}/compte`);
  await press(page, "Se déconnecter");
  await follow(page, page.getByRole("link", { name: "Fermer aussi ma session Académie" }));
  if (new URL(page.url()).origin !== ground.server.url) await page.locator("button[type=submit]").first().click();
  await page.waitForURL((to) => to.origin === ground.server.url);
  await follow(page, page.getByRole("link", { name: "Se connecter avec Académie" }));
  await page.locator("input[name=user]").waitFor();
});

test("OpenID Connect: an account that the directory lacks is told what to do", { skip }, async () => {
  const page = await newBrowser();
  await comeIn(page, "Académie", "msmith");
  assert.match(await words(page), /pas (encore connu|confirmée)/);
});

test("CAS: in, closed by its server, in again and confirmed", { skip }, async () => {
  const page = await newBrowser();
  await comeIn(page, "Portail", "rtyler");
  assert.equal(path(page), "/compte");
  assert.match(await words(page), /Connexion unique, Portail/);
  await page.goto(`${ground.lemonldap.url}/?logout=1`);
  await page.goto(`${ground.server.url}/compte`);
  assert.equal(path(page), "/connexion", "its session was closed from there");
  await comeIn(page, "Portail", "rtyler");
  await confirms(page, "portail", "rtyler");
});
