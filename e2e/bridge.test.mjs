// A bridge, as people keep it: built by the Region, tried, its failure shown in plain words beside the request
// and on the page of both sides, compared again by a button, stopped.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { accessibilityFaults, launch, newPage, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

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

describe("a bridge to another tool", () => {
  let region;
  let agent;
  let team;

  test("is for the team of an agent", async () => {
    agent = await newPage(browser);
    await signIn(agent, server.url, "technicien.nord");
    await agent.goto(`${server.url}/file`);
    await agent.locator("main table a[href^='/demandes/']").first().click();
    await agent.waitForURL(/\/demandes\/2/);
    team = await agent.locator("#champs").innerText();
    assert.ok(!(await agent.content()).includes("Synchroniser à nouveau"), "no bridge yet");
  });

  test("is built in two steps, and a fault keeps what was typed", async () => {
    region = await newPage(browser);
    await signIn(region, server.url, "catalogue");
    await region.goto(`${server.url}/region`);
    await region.getByRole("link", { name: "Passerelles" }).click();
    await readable(region);
    await region.getByLabel("GLPI (API REST)").check();
    const options = await region.getByLabel(/Quelle équipe/).locator("option").allTextContents();
    const own = options.find((name) => team.includes(name.trim()));
    await region.getByLabel(/Quelle équipe/).selectOption({ label: own });
    await region.getByRole("button", { name: "Continuer" }).click();
    await region.getByText("Non éprouvée").waitFor();
    await region.getByLabel("Nom de la passerelle").fill("Infogérance Nord");
    await region.getByLabel("Adresse de l’autre outil").fill("https://127.0.0.1/");
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

  test("shows beside the request what fails, and tries again when asked", async () => {
    await agent.reload();
    await agent.locator("#composer textarea[name=message]").fill("Je regarde cela ce matin.");
    await agent.getByRole("button", { name: "Envoyer la réponse" }).click();
    await agent.getByText("Votre message est envoyé").waitFor();
    for (let tries = 0; tries < 20; tries += 1) {
      await agent.waitForTimeout(1000);
      await agent.reload();
      if ((await agent.content()).includes("L’échange échoue")) break;
    }
    await agent.getByText("Rien n’est perdu").first().waitFor();
    await readable(agent);
    await agent.getByRole("link", { name: /Tout ce qui est passé/ }).click();
    await agent.getByRole("heading", { name: "Les deux côtés de la demande" }).waitFor();
    await readable(agent);
    await agent.getByRole("button", { name: "Synchroniser à nouveau" }).click();
    await agent.getByText("Les deux côtés sont comparés").waitFor();
    assert.deepEqual(agent.faults, []);
  });

  test("is stopped", async () => {
    await region.reload();
    await region.getByRole("heading", { name: "Demandes en échec" }).waitFor();
    await readable(region);
    await region.getByRole("button", { name: "Arrêter la passerelle" }).click();
    await region.getByText("La passerelle est arrêtée").waitFor();
    await agent.reload();
    assert.ok(!(await agent.content()).includes("Synchroniser à nouveau"));
    assert.deepEqual(region.faults, []);
  });
});
