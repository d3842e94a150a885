// Two browsers on two processes over one PostgreSQL (on one process with SQLite) see each other's
// changes within a second: answers, the queue, who is there. What is being typed is left alone.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { begin, confirmed, replies } from "./support/asking.mjs";
import { accessibilityFaults, follow, launch, newPage, press, signIn } from "./support/browser.mjs";
import { startServers } from "./support/server.mjs";

const postgres = Boolean(process.env.BEFFROI_TEST_POSTGRES);
const servers = await startServers(postgres ? 2 : 1);
const [here, there] = [servers.urls[0], servers.urls.at(-1)];
const browser = await launch();
after(async () => { await browser.close(); await servers.stop(); });

/** A page of someone signed in on one of the servers. */
async function person(url, login) {
  const page = await newPage(browser);
  await signIn(page, url, login);
  return page;
}

/** Opens an address and waits until it follows what changes. */
async function open(page, address) {
  await page.goto(address);
  await page.locator('[data-live-state="on"]').waitFor({ state: "attached" });
}

/** When the words appear in that part of the page, as its own clock says. */
function appears(page, part, words) {
  return page.evaluate(([selector, text]) => new Promise((resolve, reject) => {
    const look = () => { if (document.querySelector(selector)?.innerText.includes(text)) resolve(Date.now()); };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    setTimeout(() => reject(new Error(`« ${text} » never appears`)), 8000);
    look();
  }), [part, words]);
}

/** Does what sends a form; says when the server had answered. */
async function sends(page, act) {
  const posted = page.waitForResponse((response) => response.request().method() === "POST" && !response.url().endsWith("/presence"))
    .then(() => Date.now());
  await act();
  return posted;
}

function within(name, posted, seen) {
  console.log(`    ${name}: ${seen - posted} ms after the POST returned${postgres ? ", on the other process" : ""}`);
  assert.ok(seen - posted < 1000, `${name}: ${seen - posted} ms`);
}

/** A head asks for a repair that the northern team receives. */
async function breakdown(page, act = (last) => last()) {
  await begin(page, there, "poste-de-travail", "panne");
  await replies(page, [
    ["origine", "region"], ["degradation", "non"], ["element", "ecran"], ["poste", "PC-204-07"], ["salle", "Salle 204"],
    ["symptome", "L’écran reste noir depuis ce matin, même avec un autre câble."], ["gene", "personne"], ["photos", undefined],
  ]);
  await act(() => press(page, "Envoyer la demande"));
  return confirmed(page);
}

let head;
let agent;
let reference = "";
before(async () => {
  head = await person(there, "proviseur.lille");
  agent = await person(here, "technicien.nord");
});

test("a new request comes into the queue by itself", async () => {
  await open(agent, `${here}/file/a-prendre`);
  const first = await agent.locator("#liste a[id]").first().getAttribute("id");
  await agent.locator(`#${first}`).focus();
  let posted;
  let seen;
  reference = await breakdown(head, async (last) => {
    seen = appears(agent, "#liste", "PC-204-07");
    posted = await sends(head, last);
  });
  within("queue", posted, await seen);
  assert.equal(await agent.evaluate(() => document.activeElement.id), first, "the focus stays on its line");
  assert.match(await agent.locator(".live .said").innerText(), /^1 nouvelle demande dans la liste/);
  assert.deepEqual(agent.faults, []);
});

test("an answer comes in around what is being typed, and is to be read before answering", async () => {
  await open(agent, `${here}/demandes/${reference}`);
  const text = agent.locator("#composer textarea[name=message]");
  await agent.locator("details#rendez-vous > summary").click();
  await text.fill("Je passe mardi avec un écran neuf.");
  const answer = "La salle est libre mardi toute la journée.";
  const scrolled = await agent.evaluate(() => scrollY);
  const seen = appears(agent, "#fil", answer);
  await head.goto(`${there}/demandes/${reference}`);
  await head.getByLabel("Répondre").fill(answer);
  const posted = await sends(head, () => press(head, "Envoyer"));
  within("answer", posted, await seen);
  assert.match(await agent.locator(".live .said").innerText(), /^Nouvelle réponse de \S+/);
  assert.equal(await text.inputValue(), "Je passe mardi avec un écran neuf.");
  assert.equal(await agent.evaluate(() => document.activeElement.name), "message", "the caret stays where it was");
  assert.ok(await agent.locator("details[open]").count() > 0, "what was unfolded stays so");
  assert.ok(Math.abs(await agent.evaluate(() => scrollY) - scrolled) < 400, "the page does not jump");

  await press(agent, "Envoyer la réponse");
  assert.match(await agent.locator("main").innerText(), /est arrivée pendant que vous écriviez/);
  assert.equal(await text.inputValue(), "Je passe mardi avec un écran neuf.");
  assert.deepEqual(await accessibilityFaults(agent), []);
  await press(agent, "Envoyer la réponse");
  assert.match(await agent.locator("#fil").innerText(), /Je passe mardi avec un écran neuf\./);
  assert.deepEqual(agent.faults, []);
});

test("agents see who else reads or answers; the school does not", async () => {
  await open(agent, `${here}/demandes/${reference}`);
  await open(head, `${there}/demandes/${reference}`);
  const boss = await person(there, "departement");
  await open(boss, `${there}/demandes/${reference}`);
  const name = (await agent.locator(".who a").innerText()).trim();
  await appears(boss, "#presence", `${name} lit cette demande.`);
  const seen = appears(boss, "#presence", `${name} rédige une réponse.`);
  const marked = agent.waitForResponse((response) => response.url().endsWith("/presence")).then(() => Date.now());
  await agent.locator("#composer textarea[name=message]").fill("Je");
  within("presence", await marked, await seen);
  await agent.locator("#composer textarea[name=message]").fill("");
  await agent.goto(`${here}/file`);
  await boss.waitForFunction(() => document.getElementById("presence").textContent === "");
  assert.equal(await head.locator("#presence").textContent(), "");
  assert.deepEqual(boss.faults, []);
  await boss.context().close();
});

test("a pause is kept, and ends when one wants", async () => {
  await open(agent, `${here}/demandes/${reference}`);
  await agent.getByRole("button", { name: "Mettre les mises à jour en pause" }).click();
  await agent.reload();
  assert.equal(await agent.locator(".live .said").innerText(), "Mises à jour en pause.");
  await head.goto(`${there}/demandes/${reference}`);
  await head.getByLabel("Répondre").fill("Finalement, mercredi.");
  await press(head, "Envoyer");
  await agent.waitForTimeout(1500);
  assert.doesNotMatch(await agent.locator("#fil").innerText(), /Finalement, mercredi/);
  await agent.getByRole("button", { name: "Reprendre les mises à jour" }).click();
  await appears(agent, "#fil", "Finalement, mercredi.");
});

describe("the pages stay for everyone", () => {
  for (const path of ["/file/a-prendre", "demande"]) {
    test(path, async () => {
      await open(agent, path === "demande" ? `${here}/demandes/${reference}` : here + path);
      for (const colorScheme of ["light", "dark"]) {
        await agent.emulateMedia({ colorScheme });
        assert.deepEqual(await accessibilityFaults(agent), []);
      }
      await agent.setViewportSize({ width: 320, height: 640 });
      assert.ok(await agent.evaluate(() => document.documentElement.scrollWidth) <= 320);
      await agent.setViewportSize({ width: 1280, height: 800 });
    });
  }

  test("without JavaScript nothing of it shows", async () => {
    const page = await newPage(browser, { javaScriptEnabled: false });
    await signIn(page, here, "technicien.nord");
    await page.goto(`${here}/demandes/${reference}`);
    assert.equal((await page.locator(".live").innerText()).trim(), "");
    await page.context().close();
  });
});

test("with streams open the servers stop at once", async () => {
  await open(agent, `${here}/file`);
  await open(head, `${there}/demandes/${reference}`);
  const began = Date.now();
  await servers.halt();
  console.log(`    stop: ${Date.now() - began} ms`);
  assert.ok(Date.now() - began < 3000, `${Date.now() - began} ms`);
});
