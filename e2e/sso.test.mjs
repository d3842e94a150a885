// Single sign-on with a real provider (oidc-provider): come in, sign an act without a password, leave from
// either side; and what opens nothing. Refusals of forged tokens are tried in features/directory. (CSU-07)
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { follow, launch, newPage, PASSWORD, press, readable } from "./support/browser.mjs";
import { showWho, startProvider } from "./support/provider.mjs";
import { freePort, startServer } from "./support/server.mjs";

const SLUG = "eduline";
const SECRET = "un secret des essais";
const HEAD = "proviseur.lille";
const MAPS = "Accès aux cartes du cours de géographie";
const DESK = { viewport: { width: 1280, height: 900 } };

const folder = await mkdtemp(join(tmpdir(), "beffroi-sso-"));
const secretFile = join(folder, "secret");
await writeFile(secretFile, `${SECRET}\n`);
const port = await freePort();
// The site is 127.0.0.1 and the provider is localhost: two sites, as in life.
process.env.BEFFROI_SSO = `[{slug="${SLUG}",name="EDULINE",url="http://localhost:${port}",client_id="beffroi",`
  + `client_secret_file="${secretFile}",academy="lille",login_claim="uid"},`
  + `{slug="portail",name="Portail",kind="cas",url="http://localhost:${port}/cas",academy="amiens"}]`;
process.env.BEFFROI_SSO_HEADER = `{name="x-remote-user",from=["10.9.9.9"]}`;
const server = await startServer();
const accounts = {
  head: { email: "inconnue@ac-lille.example", uid: HEAD },
  stranger: { email: "personne@ac-lille.example", email_verified: true },
};
const provider = await startProvider({ port, url: server.url, slug: SLUG, secret: SECRET, accounts });
const browser = await launch();
after(async () => {
  await browser.close();
  await provider.stop();
  await server.stop();
  await rm(folder, { recursive: true });
});

const words = (page) => page.locator("main").innerText();

/** Leaves for the provider from the page of signing in, and shows it who one is. */
async function comeIn(page, login, path = "/connexion") {
  await page.goto(server.url + path);
  await follow(page, page.getByRole("link", { name: "Se connecter avec EDULINE" }));
  await showWho(page, login);
  await page.waitForURL((to) => to.origin === server.url);
}

const head = await newPage(browser, DESK);

test("each provider has its button, and local accounts stay within reach", async () => {
  await head.goto(`${server.url}/connexion`);
  assert.equal(await head.getByRole("link", { name: /^Se connecter avec/ }).count(), 2);
  assert.ok(!await head.getByLabel("Mot de passe", { exact: true }).isVisible());
  await readable(head);
  await head.getByText("Se connecter avec un compte de Beffroi").click();
  await head.getByLabel("Mot de passe", { exact: true }).waitFor();
  await readable(head);
  await head.goto(`${server.url}/connexion?academie=amiens`);
  assert.ok(await head.getByRole("link", { name: "Se connecter avec Portail" }).isVisible());
  assert.ok(!await head.getByRole("link", { name: "Se connecter avec EDULINE" }).isVisible());
});

test("one comes in by the intranet, to the page that was asked for", async () => {
  await comeIn(head, "head", "/compte");
  assert.equal(new URL(head.url()).pathname, "/compte");
  assert.match(await words(head), /Connexion unique, EDULINE/);
  await readable(head);
  await head.goto(`${server.url}/connexion/unique/${SLUG}?suite=/demandes`);
  assert.equal(new URL(head.url()).pathname, "/demandes", "a link of the intranet opens its page at once");
});

test("an act is signed without a password, once the provider confirmed its signatory", async () => {
  await head.goto(`${server.url}/actes`);
  const path = await head.getByRole("link", { name: MAPS }).last().getAttribute("href");
  await head.goto(`${server.url}${path.replace(/\/signer$/, "")}/signer`);
  await readable(head);
  for (const box of await head.locator("form[action$='/signer'] input[type=checkbox]").all()) await box.check();
  await press(head, "EDULINE l’a confirmé, je valide");
  assert.match(await words(head), /n’a pas confirmé ce texte/, "nothing is confirmed yet");
  await readable(head);

  for (const box of await head.locator("form[action$='/signer'] input[type=checkbox]").all()) await box.check();
  const link = head.getByRole("link", { name: /montrez de nouveau qui vous êtes/ });
  const [tab] = await Promise.all([head.context().waitForEvent("page"), link.click()]);
  await tab.locator("input[name=login]").waitFor();
  assert.equal(new URL(tab.url()).port, String(port), "the provider asks again who they are");
  await showWho(tab, "head");
  await tab.getByRole("heading", { name: "C’est confirmé" }).waitFor();
  await readable(tab);
  await tab.close();
  await press(head, "EDULINE l’a confirmé, je valide");
  assert.match(head.url(), /fait=sign/);
  assert.match(await words(head), /connexion unique renouvelée/);
});

test("whoever leaves here may leave the provider too, on a shared computer", async () => {
  await press(head, "Se déconnecter");
  assert.match(await words(head), /Votre session EDULINE est restée ouverte/);
  await readable(head);
  await follow(head, head.getByRole("link", { name: "Fermer aussi ma session EDULINE" }));
  await head.getByRole("button", { name: /yes/i }).click();
  await head.waitForURL((to) => to.origin === server.url);
  await follow(head, head.getByRole("link", { name: "Se connecter avec EDULINE" }));
  await head.locator("input[name=login]").waitFor();
});

test("whoever leaves the provider has left here", async () => {
  await comeIn(head, "head");
  await head.goto(`${server.url}/compte`);
  assert.equal(new URL(head.url()).pathname, "/compte");
  await head.goto(`${provider.url}/session/end`);
  await head.getByRole("button", { name: /yes/i }).click();
  await head.waitForLoadState("load");
  await head.goto(`${server.url}/compte`);
  assert.equal(new URL(head.url()).pathname, "/connexion");
});

test("whom the directory does not know is told what to do", async () => {
  const page = await newPage(browser, DESK);
  await comeIn(page, "stranger");
  assert.match(await words(page), /pas encore connu ici[\s\S]*secrétariat/);
  await readable(page);
  await page.goto(`${server.url}/compte`);
  assert.equal(new URL(page.url()).pathname, "/connexion");
});

test("the end of a trip serves once, in its own browser", async () => {
  const page = await newPage(browser, DESK);
  const brought = page.waitForRequest(/\/retour\?/);
  await comeIn(page, "head");
  const address = (await brought).url();
  const other = await newPage(browser, DESK);
  for (const one of [page, other]) {
    assert.equal((await one.goto(address)).status(), 410);
    assert.match(await words(one), /Ce passage ne sert plus/);
  }
  await readable(other);
  await other.goto(`${server.url}/compte`);
  assert.equal(new URL(other.url()).pathname, "/connexion");
});

test("the header of a proxy is not believed from anybody else", async () => {
  const headers = { "x-remote-user": HEAD };
  const door = await fetch(`${server.url}/connexion/intranet`, { headers, redirect: "manual" });
  assert.equal(door.status, 403);
  const page = await fetch(`${server.url}/compte`, { headers, redirect: "manual" });
  assert.equal(page.headers.get("location"), "/connexion?suite=%2Fcompte");
});

test("the examination of the installation says where each door stands", () => {
  const { stdout } = server.run("doctor");
  assert.match(stdout, /« EDULINE » : répond, \d+ clé/);
  assert.match(stdout, /« x-remote-user » cru de 10\.9\.9\.9\/32 seulement/);
  assert.ok(!stdout.includes(SECRET) && !server.log().includes(SECRET));
});

test("local accounts still open a session", async () => {
  const page = await newPage(browser, DESK);
  await page.goto(`${server.url}/connexion`);
  await page.getByText("Se connecter avec un compte de Beffroi").click();
  await page.getByLabel("Identifiant ou adresse électronique").fill("technicien.nord");
  await page.getByLabel("Mot de passe", { exact: true }).fill(PASSWORD);
  await press(page, "Se connecter");
  assert.equal(new URL(page.url()).pathname, "/file");
  // What the provider's own pages say in the console is theirs.
  const own = (fault) => fault.startsWith(server.url);
  assert.deepEqual([...page.faults, ...head.faults].filter(own), []);
});
