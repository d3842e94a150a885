// Wherever something is signed, a passkey may sign it in place of the password: a validation, an act, the review of an
// act, its revocation, a release of liability and its end. It is offered to whoever has one, and how to make one is said
// to the others; where only a key will do, that is said before anything is begun. (T2, T3, T5, SRV-15, SRV-22)
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inDays } from "./support/answers.mjs";
import { begin, confirmed, content, replies } from "./support/asking.mjs";
import { follow, launch, newPage, press, readable, signIn } from "./support/browser.mjs";
import { DELEGATIONS } from "./support/delegations.mjs";
import { makeKey, withDevice } from "./support/device.mjs";
import { eventually } from "./support/phone.mjs";
import { startServer } from "./support/server.mjs";

// Browsers keep keys for names only.
const server = await startServer("localhost");
const browser = await launch();
const folder = await mkdtemp(join(tmpdir(), "beffroi-fiches-"));
after(async () => { await browser.close(); await server.stop(); await rm(folder, { recursive: true }); });

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };
const EXEMPTION = DELEGATIONS.at(-1);
const ADMIN = "Droits d’administration des files d’impression";
const FILTER = "Délégation du filtrage";
const BOX = "J’ai lu ce texte et je le reconnais";
const WHY = "Constat du 12 octobre : un serveur personnel est relié au réseau administratif.";
const go = (page, path) => page.goto(server.url + path);
const acts = {};
let uai = "";

async function someone(login, device = false) {
  const page = device ? await withDevice(browser, PHONE) : await newPage(browser, PHONE);
  await signIn(page, server.url, login);
  return page;
}

/** Nothing to press with a key, and the way to one. */
async function offersToMakeOne(page) {
  assert.equal(await page.getByRole("button", { name: /clé d’accès/ }).count(), 0, page.url());
  assert.equal(await page.getByRole("link", { name: "Faire une clé d’accès" }).count(), 1, page.url());
}

const head = await someone("proviseur.lille", true);

test("who has no key is told how to make one, and only then is it offered", async () => {
  await go(head, "/actes");
  for (const title of [ADMIN, FILTER]) {
    const href = await head.getByRole("link", { name: title }).last().getAttribute("href");
    acts[title] = href.replace(/\/signer$/, "");
  }
  const rights = await head.getByRole("link", { name: /Qui a quels droits/ }).getAttribute("href");
  uai = rights.split("/")[2];
  await go(head, `${acts[ADMIN]}/signer`);
  await offersToMakeOne(head);
  await readable(head);
  await makeKey(head);
  await go(head, `${acts[ADMIN]}/signer`);
  assert.equal(await head.getByRole("button", { name: "Signer avec une clé d’accès" }).count(), 1);
  assert.equal(await head.getByRole("link", { name: "Faire une clé d’accès" }).count(), 0);
});

test("a validation is signed with a key", async () => {
  const teacher = await someone(EXEMPTION.asker);
  await begin(teacher, server.url, EXEMPTION.sheet, EXEMPTION.kind);
  await replies(teacher, EXEMPTION.answers);
  await press(teacher, "Envoyer à la validation");
  const reference = await confirmed(teacher);
  await go(head, "/validations");
  await follow(head, head.locator("main li").filter({ hasText: reference }).getByRole("link"));
  const act = await head.locator("main a[href^='/actes/']").first().getAttribute("href");
  await readable(head);
  await press(head, "Signer avec une clé d’accès");
  assert.match(await content(head), /Accordée/);
  await go(head, act);
  assert.match(await content(head), /\(clé d’accès\)/);
});

test("a review is confirmed with a key, once what is to acknowledge is ticked; an act is revoked with it", async () => {
  await go(head, `${acts[ADMIN]}/signer`);
  await head.getByLabel(BOX).check();
  await press(head, "Signer avec une clé d’accès");
  const technician = await someone("technicien.nord");
  await go(technician, acts[ADMIN]);
  await press(technician, "Ouvrir ce que donne l’acte");
  const region = await someone("catalogue");
  await go(region, "/region/personnes?q=proviseur.lille");
  await follow(region, region.getByRole("row").filter({ hasText: "proviseur.lille" }).getByRole("link").first());
  await region.getByText("Mettre fin : Chef d’établissement").click();
  await press(region, "Mettre fin à la fonction");
  await go(region, "/region/personnes?q=adjoint.lille");
  await follow(region, region.getByRole("row").filter({ hasText: "adjoint.lille" }).getByRole("link").first());
  await region.getByLabel("Fonction", { exact: true }).selectOption("head");
  await region.getByLabel("UAI de l’établissement").fill(uai);
  await region.getByLabel("Premier jour").fill(inDays(0));
  await press(region, "Donner la fonction");

  const heir = await someone("adjoint.lille", true);
  await eventually(heir, server.url + acts[ADMIN], /Changement de chef d’établissement/i);
  await go(heir, `${acts[ADMIN]}/reviser`);
  await offersToMakeOne(heir);
  await makeKey(heir);
  await go(heir, `${acts[ADMIN]}/reviser`);
  await press(heir, "Confirmer avec une clé d’accès");
  assert.match(await content(heir), /pas coché\s: rien n’est décidé/);
  await readable(heir);
  await heir.getByLabel(BOX).check();
  await press(heir, "Confirmer avec une clé d’accès");
  assert.match(await content(heir), /En vigueur[\s\S]*Révision : confirmé par/);

  await go(heir, `${acts[FILTER]}/revoquer`);
  await heir.getByLabel("Motif").fill("Je décide moi-même du filtrage.");
  await readable(heir);
  await press(heir, "Révoquer avec une clé d’accès");
  assert.match(await content(heir), /Révoqué par[\s\S]*Je décide moi-même du filtrage/);
  assert.deepEqual(heir.faults, []);
});

test("a release of liability is signed with a key alone where the Region wants one, and lifted so", async () => {
  const region = await someone("catalogue");
  await go(region, "/region/actes");
  await region.getByLabel("Dégagement de responsabilité").check();
  await press(region, "Enregistrer les actes à clé");
  const chief = await someone("departement", true);
  const path = `/etablissements/${uai}/responsabilite`;
  const preview = async () => {
    await go(chief, `${path}/nouvelle`);
    await chief.getByLabel("Solution non conforme et non isolée").check();
    await chief.getByLabel("Quels sont les faits et les raisons ?").fill(WHY);
    await chief.getByLabel("Quels éléments l’établissent ?").fill("Constat du 12/10/2026");
    await press(chief, "Relire la décision");
  };
  await preview();
  assert.equal(await chief.getByLabel("Votre mot de passe").count(), 0);
  await offersToMakeOne(chief);
  await readable(chief);
  await makeKey(chief);
  await preview();
  await press(chief, "Signer avec une clé d’accès");
  assert.match(await content(chief), /Dégagement de responsabilité en cours/);
  await go(chief, `${path}/lever`);
  assert.equal(await chief.getByLabel("Votre mot de passe").count(), 0);
  await chief.getByLabel("Pourquoi la décision est-elle levée ?").fill(WHY);
  await readable(chief);
  await press(chief, "Lever avec une clé d’accès");
  assert.match(await content(chief), /aucun dégagement[\s\S]*Décisions passées/);
  assert.deepEqual(chief.faults, []);
});

test("a sheet that wants a key says so on its page and before anyone begins", async () => {
  await cp(new URL("../catalogue", import.meta.url), folder, { recursive: true });
  const file = join(folder, `${EXEMPTION.sheet}.md`);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replaceAll("[request.act]\n", "[request.act]\npasskey = true\n"));
  const said = server.run("catalogue", "publish", folder);
  assert.equal(said.status, 0, said.stderr + said.stdout);

  const reader = await newPage(browser, PHONE);
  await eventually(reader, `${server.url}/catalogue/${EXEMPTION.sheet}`, /avec une clé d’accès seulement/);
  await readable(reader);
  const start = `/demander/${EXEMPTION.sheet}/${EXEMPTION.kind}`;
  const teacher = await someone("enseignant.lille");
  await go(teacher, start);
  assert.match(await content(teacher), /se signe seulement avec une clé d’accès[\s\S]*Prévenez qui doit signer/);
  await readable(teacher);
  const other = await someone("proviseur.roubaix", true);
  await go(other, start);
  assert.match(await content(other), /Vous n’avez pas encore de clé d’accès/);
  await offersToMakeOne(other);
  await readable(other);
  await makeKey(other);
  await go(other, start);
  assert.match(await content(other), /se signe seulement avec une clé d’accès[\s\S]*Vous en avez une/);
  await begin(other, server.url, EXEMPTION.sheet, EXEMPTION.kind);
  await replies(other, EXEMPTION.answers);
  await press(other, "Envoyer à la validation");
  const reference = await confirmed(other);
  await go(other, "/validations");
  await follow(other, other.locator("main li").filter({ hasText: reference }).getByRole("link"));
  assert.equal(await other.getByLabel("Votre mot de passe").count(), 0);
  await readable(other);
  await press(other, "Signer avec une clé d’accès");
  assert.match(await content(other), /Accordée/);
});

test("a page that does not exist keeps the header of whoever is signed in", async () => {
  const page = await newPage(browser, { viewport: { width: 1280, height: 900 } });
  await signIn(page, server.url, "proviseur.roubaix");
  const answer = await go(page, "/nulle-part");
  assert.equal(answer.status(), 404);
  assert.equal(await page.getByRole("link", { name: "Se connecter" }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Se déconnecter" }).count(), 1);
  await readable(page);
  const stranger = await newPage(browser, { viewport: { width: 1280, height: 900 } });
  await go(stranger, "/nulle-part");
  assert.equal(await stranger.getByRole("link", { name: "Se connecter" }).count(), 1);
});
