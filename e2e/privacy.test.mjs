// The data protection officer reads what is held about a person, gives it, and erases them once they hold nothing.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { launch, newPage, PASSWORD, press, readable, signIn } from "./support/browser.mjs";
import { forms, session, tags } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => {
  await browser.close();
  await server.stop();
});

/** Ends every function of a person, as the Region does. */
async function ends(admin, path) {
  for (;;) {
    const { html } = await admin.get(path.replace("/region/donnees/", "/region/personnes/"));
    const form = forms(html).find(({ action, inside }) => action?.endsWith("/fonctions/fin") && inside.includes('name="function"'));
    if (!form) return;
    await admin.post(form.action, tags(form.inside, "input").map(({ name, value }) => [name, value ?? ""]));
  }
}

test("a person asks what is held, receives it, and is erased", async () => {
  const pupil = await session(server.url, "eleve.lille");
  assert.match((await pupil.get("/compte/donnees")).html, /gardé comme preuve/);

  const page = await newPage(browser);
  await signIn(page, server.url, "dpd");
  await page.getByRole("link", { name: "Données", exact: true }).click();
  await page.getByLabel("Identifiant de la personne").fill("eleve.inconnu");
  await press(page, "Continuer");
  assert.match(await page.textContent("main"), /Personne ne porte cet identifiant/);
  await page.getByLabel("Identifiant de la personne").fill("eleve.lille");
  await press(page, "Continuer");
  const path = new URL(page.url()).pathname;
  assert.match(await page.textContent("main"), /Identité et compte/);
  await readable(page);

  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Télécharger tout/ }).click()]);
  const given = JSON.parse(await readFile(await download.path(), "utf8"));
  const [account] = given.donnees.find(({ table }) => table === "person").lignes;
  assert.equal(account.identifiant, "eleve.lille");
  assert.ok(!JSON.stringify(given).includes("argon2"));

  const erase = async (password) => {
    await page.getByLabel("Pourquoi").fill("demande écrite du 3 mars");
    await page.getByLabel("Votre mot de passe").fill(password);
    await page.getByRole("button", { name: /^Effacer/ }).click();
    await page.waitForLoadState("load");
  };
  await erase(PASSWORD);
  await page.getByText("mettez-y fin d’abord").first().waitFor();
  assert.equal(await page.getByLabel("Pourquoi").inputValue(), "demande écrite du 3 mars");
  await readable(page);

  await ends(await session(server.url, "catalogue"), path);
  await erase("un autre mot de passe");
  await page.getByText("le mot de passe ne convient pas").first().waitFor();
  assert.equal(await page.getByLabel("Pourquoi").inputValue(), "demande écrite du 3 mars");
  await readable(page);
  await erase(PASSWORD);
  await page.getByRole("heading", { name: "La personne est effacée" }).waitFor();
  await readable(page);
  assert.deepEqual(page.faults, []);

  const gone = await newPage(browser);
  await gone.goto(`${server.url}/connexion`);
  await assert.rejects(signIn(gone, server.url, "eleve.lille"));
  await page.goto(`${server.url}/region/donnees?identifiant=eleve.lille`);
  assert.match(await page.textContent("main"), /Personne ne porte cet identifiant/);
});
