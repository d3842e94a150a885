// A bridge, as the Region keeps it: built in two steps, tried, its failure said in plain words, stopped.
// Then one that works, as an agent sees it beside a request: read by everyone, used by the keyboard alone.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { question } from "./support/answers.mjs";
import { accessibilityFaults, launch, newPage, signIn } from "./support/browser.mjs";
import { startGlpi } from "./support/glpi.mjs";
import { forms, session, tags, words } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

// The other tool is on this machine: the operator opens that network.
process.env.BEFFROI_WEBHOOK_NETWORKS = '["127.0.0.0/8"]';
const glpi = await startGlpi();
const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); glpi.stop(); });

/** What is wrong with the page shown: wide and at 320 pixels, in light and in dark. */
async function readable(page) {
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await accessibilityFaults(page), [], `${colorScheme}, ${width} pixels`);
    }
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 320, `${wide} pixels wide at 320`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe("a bridge to another tool", () => {
  let region;

  test("is built in two steps, and a fault keeps what was typed", async () => {
    region = await newPage(browser);
    await signIn(region, server.url, "catalogue");
    await region.goto(`${server.url}/region`);
    await region.getByRole("link", { name: "Passerelles" }).click();
    await readable(region);
    await region.getByLabel("GLPI (API REST)").check();
    await region.getByLabel(/Quelle équipe/).selectOption({ label: "Équipe mobile Nord" });
    await region.getByRole("button", { name: "Continuer" }).click();
    await region.getByText("Non éprouvée").waitFor();
    await region.getByLabel("Nom de la passerelle").fill("Infogérance Nord");
    await region.getByLabel("Adresse de l’autre outil").fill("https://10.0.0.1/");
    await region.getByLabel("Jeton", { exact: true }).fill("un-jeton-secret");
    await region.getByRole("button", { name: "Créer la passerelle" }).click();
    await region.getByRole("link", { name: /Cette adresse est interne/ }).waitFor();
    assert.equal(await region.getByLabel("Nom de la passerelle").inputValue(), "Infogérance Nord");
    await readable(region);
    await region.getByLabel("Adresse de l’autre outil").fill("https://glpi.invalid/");
    await region.getByLabel("Jeton", { exact: true }).fill("un-jeton-secret");
    await region.getByRole("button", { name: "Créer la passerelle" }).click();
    await region.getByText("La passerelle est créée").waitFor();
    assert.ok(!(await region.content()).includes("un-jeton-secret"));
    await readable(region);
  });

  test("says why it cannot connect", async () => {
    await region.getByRole("button", { name: "Essayer la connexion" }).click();
    await region.getByText(/La connexion échoue/).waitFor();
    await readable(region);
  });

  test("is stopped", async () => {
    await region.reload();
    await readable(region);
    await region.getByRole("button", { name: "Arrêter la passerelle" }).click();
    await region.getByText("La passerelle est arrêtée").waitFor();
    assert.deepEqual(region.faults, []);
  });
});

/** Sends a request as a head does; gives its reference. */
async function ask() {
  const head = await session(server.url, "proviseur.lille");
  const path = "/demander/poste-de-travail/question";
  const start = await head.get(path);
  const form = forms(start.html).find(({ action }) => action === path);
  let page = await head.post(path, tags(form.inside, "input").map(({ name, value }) => [name, value]));
  for (let steps = 0; page.path.includes("/questions/") && steps < 20; steps += 1) {
    const { action, tries } = question(page);
    page = tries[0] instanceof FormData ? await head.upload(action, tries[0]) : await head.post(action, tries[0]);
  }
  const done = await head.post(forms(page.html).find(({ action }) => action?.endsWith("/envoyer")).action);
  assert.match(done.path, /\/confirmation$/, words(done.html));
  return done.path.split("/")[2];
}

/** Loads the page again until it says so. */
async function until(page, said) {
  for (let tries = 0; tries < 60; tries += 1) {
    if (said.test(await page.locator("main").innerText())) return;
    await page.waitForTimeout(500);
    await page.reload();
  }
  assert.match(await page.locator("main").innerText(), said);
}

describe("a request that is also in the tool of its team", () => {
  let agent;
  let reference;
  const focused = () => agent.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.name);

  /** Tab until the focus is on what bears these words. */
  async function reach(what) {
    for (let tries = 0; tries < 120; tries += 1) {
      await agent.keyboard.press("Tab");
      if (await focused() === what) return;
    }
    assert.fail(`Tab never reaches ${what} at ${agent.url()}`);
  }

  test("is opened there once its team receives it", async () => {
    const region = await newPage(browser);
    await signIn(region, server.url, "catalogue");
    await region.goto(`${server.url}/region/passerelles`);
    await region.getByLabel("GLPI (API REST)").check();
    await region.getByLabel(/Quelle équipe/).selectOption({ label: "Équipe mobile Nord" });
    await region.getByRole("button", { name: "Continuer" }).click();
    await region.getByLabel("Nom de la passerelle").fill("Infogérance Sud");
    await region.getByLabel("Adresse de l’autre outil").fill(glpi.url);
    await region.getByLabel("Jeton", { exact: true }).fill("un-jeton-secret");
    await region.getByRole("button", { name: "Créer la passerelle" }).click();
    await region.getByRole("button", { name: "Essayer la connexion" }).click();
    await region.getByText(/La connexion fonctionne/).waitFor();
    assert.deepEqual(region.faults, []);
    reference = await ask();
    agent = await newPage(browser);
    await signIn(agent, server.url, "technicien.nord");
    await agent.goto(`${server.url}/demandes/${reference}`);
    await until(agent, /Infogérance Sud\s+En cours \(attribué\)/);
    assert.match(glpi.held.Ticket[0].name, new RegExp(`^${reference} `));
  });

  test("shows both sides to everyone, beside it and on their page", async () => {
    await readable(agent);
    await agent.getByRole("link", { name: /Tout ce qui est passé/ }).click();
    await agent.getByRole("heading", { name: "Les deux côtés de la demande" }).waitFor();
    await readable(agent);
  });

  test("is compared again, and written to, with the keyboard alone", async () => {
    await agent.goto(`${server.url}/demandes/${reference}`);
    await reach("Synchroniser à nouveau");
    const outline = await agent.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "the focus is seen");
    await Promise.all([agent.waitForURL(/fait=synchronisee/), agent.keyboard.press("Enter")]);
    await agent.getByText("Les deux côtés sont comparés").waitFor();
    await readable(agent);
    await reach("texte");
    await agent.keyboard.type("Le câble est au magasin.");
    await reach("Envoyer la note");
    await Promise.all([agent.waitForURL(/fait=note/), agent.keyboard.press("Enter")]);
    await until(agent, /envoyé/);
    for (let tries = 0; tries < 40 && glpi.held.ITILFollowup.length === 0; tries += 1) await agent.waitForTimeout(250);
    assert.equal(glpi.held.ITILFollowup[0].is_private, 1, "their agents alone read it");
  });

  test("says in plain words that the other tool is away", async () => {
    glpi.down = true;
    await agent.goto(`${server.url}/demandes/${reference}`);
    await agent.getByRole("button", { name: "Synchroniser à nouveau" }).click();
    await until(agent, /L’échange échoue/);
    await readable(agent);
    await agent.goto(`${server.url}/demandes/${reference}`);
    await agent.getByText("L’échange échoue").waitFor();
    await readable(agent);
    assert.deepEqual(agent.faults, []);
  });
});
