// Tokens and webhooks, as people keep them: a token made in a browser, shown once, that opens the API
// and no longer once revoked; a webhook, its secret shown once, its trial message, its end.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { accessibilityFaults, launch, newPage, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const me = (token) => fetch(`${server.url}/api/v1/moi`, { headers: { authorization: `Bearer ${token}` } });

/** What is wrong with the page shown, in light, in dark and at 320 pixels. */
async function readable(page) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await accessibilityFaults(page), []);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} pixels wide at 320`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe("a head of school's token", () => {
  let page;
  let token;

  test("is made in one form, and a fault keeps what was typed", async () => {
    page = await newPage(browser, { javaScriptEnabled: true });
    await signIn(page, server.url, "proviseur.lille");
    await page.goto(`${server.url}/compte`);
    await page.getByRole("link", { name: "Jetons" }).click();
    await page.getByLabel("Lire et écrire").check();
    await page.getByRole("button", { name: "Créer le jeton" }).click();
    await page.getByRole("link", { name: /Nommez le logiciel/ }).waitFor();
    assert.ok(await page.getByLabel("Lire et écrire").isChecked());
    await readable(page);
    await page.getByLabel(/Quel logiciel/).fill("Inventaire");
    await page.getByRole("button", { name: "Créer le jeton" }).click();
  });

  test("is shown once and opens the API", async () => {
    token = await page.getByLabel("Jeton", { exact: true }).inputValue();
    assert.match(token, /^beffroi_/);
    await readable(page);
    const answer = await me(token);
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).jeton.nom, "Inventaire");
    await page.goto(`${server.url}/compte/jetons`);
    assert.ok(!(await page.content()).includes(token));
    await readable(page);
  });

  test("is refused once revoked", async () => {
    await page.getByRole("button", { name: /Révoquer/ }).click();
    await page.getByText("Le jeton est révoqué").waitFor();
    assert.equal((await me(token)).status, 401);
    assert.deepEqual(page.faults, []);
  });
});

describe("the Region's webhook", () => {
  test("is kept, tried and stopped", async () => {
    const page = await newPage(browser);
    await signIn(page, server.url, "catalogue");
    await page.goto(`${server.url}/region/webhooks`);
    await page.getByLabel(/Quel logiciel/).fill("Tickets de l’agglomération");
    await page.getByLabel(/À quelle adresse/).fill("https://127.0.0.1/");
    await page.getByLabel("Une équipe reçoit une demande").check();
    await page.getByRole("button", { name: "Créer l’abonnement" }).click();
    await page.getByRole("link", { name: /Cette adresse est interne/ }).waitFor();
    await readable(page);
    await page.getByLabel(/À quelle adresse/).fill("https://tickets.invalid/beffroi");
    await page.getByRole("button", { name: "Créer l’abonnement" }).click();
    assert.match(await page.getByLabel("Secret de signature").inputValue(), /^whsec_/);
    await readable(page);
    await page.getByRole("button", { name: "Envoyer un message d’essai" }).click();
    await page.getByText("Un message d’essai part").waitFor();
    await page.waitForTimeout(4000);
    await page.reload();
    await page.getByText("nom de machine inconnu").or(page.getByText("connexion impossible")).first().waitFor();
    await readable(page);
    await page.getByRole("button", { name: "Arrêter l’abonnement" }).click();
    await page.getByText("L’abonnement est arrêté").waitFor();
    assert.deepEqual(page.faults, []);
  });
});
