// What nobody may have, tried by every account through the pages: refused with its rule and its way out, nothing sent,
// nothing opened. Forms are sent by hand, one refusal of each through a browser. (T6)
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inDays, question } from "./support/answers.mjs";
import { begin } from "./support/asking.mjs";
import { launch, PASSWORD, press, readable } from "./support/browser.mjs";
import { forms, session, tags, words } from "./support/http.mjs";
import { phones } from "./support/phone.mjs";
import { REFUSALS } from "./support/refusals.mjs";
import { LOGINS } from "./support/routes.mjs";
import { startServer } from "./support/server.mjs";

const folder = await mkdtemp(join(tmpdir(), "beffroi-listes-"));
await writeFile(join(folder, "illegal.txt"), "interdit.example\n");
process.env.BEFFROI_DANGER_LISTS = `{illegal=["${join(folder, "illegal.txt")}"]}`;
const server = await startServer();
const browser = await launch();
after(async () => {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

const as = phones(browser, server.url);
const people = {};
const ids = {};
const main = ({ html }) => words(html.match(/<main[\s\S]*<\/main>/)?.[0] ?? html);
const hidden = (form) => tags(form.inside, "input").map(({ name, value }) => [name, value ?? ""]);

before(async () => {
  const logins = Object.entries(LOGINS);
  const opened = await Promise.all(logins.map(([, login]) => session(server.url, login)));
  logins.forEach(([role], index) => { people[role] = opened[index]; });
});

/** The references of all that the head of the school sees: what is sent shows here. */
async function sent() {
  const { html } = await people.head.get("/demandes");
  return new Set(html.match(/\d{4}-\d{5}/g));
}

/** The answer of a table, as forms send it. */
function given(field, value) {
  if (Array.isArray(value)) return value.map((role) => [field, ids[role]]);
  return [[field, typeof value === "number" ? inDays(value) : value]];
}

/** Answers questions until the form stops or is complete; the page it stops on. */
async function fill(person, start, answers) {
  let page = await person.post(start.action, hidden(start));
  while (page.path.includes("/questions/")) {
    const { action, field, tries } = question(page);
    const own = answers[field] === undefined ? tries : [given(field, answers[field])];
    const asked = page.path;
    for (const one of own) {
      page = one instanceof FormData ? await person.upload(action, one) : await person.post(action, one);
      if (page.path !== asked) break;
    }
    if (page.path === asked) return page;
  }
  return page;
}

/** Nobody is let through by pressing on: neither the goodwill path nor the button of another page. */
async function insists(person, page) {
  const draft = page.path.match(/^\/brouillons\/[^/]+/)[0];
  for (const path of ["sans-engagement", "envoyer"]) {
    const pushed = await person.post(`${draft}/${path}`);
    assert.doesNotMatch(pushed.path, /confirmation/, `${draft}/${path}`);
  }
}

async function refused(role, refusal) {
  const person = people[role];
  const path = `/demander/${refusal.sheet}/${refusal.kind}`;
  const first = await person.get(path);
  const start = forms(first.html).find(({ action, inside }) => action === path && inside.includes("Commencer"));
  assert.equal(Boolean(start), refusal.who.includes(role), `${role} ${path}: ${first.status} ${first.path}`);
  if (!start) {
    const forced = await person.post(path, [["school", ids.school]]);
    assert.ok(forced.status >= 400 || forced.path.startsWith("/connexion"), `${role} ${path}: ${forced.status} ${forced.path}`);
    return;
  }
  let page = await fill(person, start, refusal.answers);
  if (refusal.at === "sending") {
    assert.match(page.path, /\/verifier$/, `${role} ${refusal.rule}: ${main(page)}`);
    page = await person.post(page.path.replace(/verifier$/, "envoyer"));
  }
  const ends = { question: /\/questions\//, sending: /\/envoyer$/ }[refusal.at] ?? /\/hors-service$/;
  assert.match(page.path, ends, `${role} ${refusal.rule}: ${main(page)}`);
  assert.equal(page.status, refusal.at ? 422 : 200, `${role} ${refusal.rule}`);
  assert.match(main(page), refusal.says, `${role} ${refusal.rule}`);
  assert.match(main(page), refusal.way, `${role} ${refusal.rule}`);
  assert.doesNotMatch(page.html, /sans-engagement/, `${role} ${refusal.rule}`);
  await insists(person, page);
}

test("the people of the school are known", async () => {
  const home = await people.head.get("/demander/poste-de-travail/panne");
  const start = forms(home.html).find(({ inside }) => inside.includes("Commencer"));
  ids.school = Object.fromEntries(hidden(start)).school;
  assert.ok(ids.school);
  const { html } = await people.admin.get("/region/personnes?q=lille");
  for (const [role, login] of Object.entries(LOGINS)) {
    const row = html.match(new RegExp(`<tr>(?:(?!</tr>)[\\s\\S])*?/region/personnes/([0-9a-f-]{36})(?:(?!</tr>)[\\s\\S])*?${login ?? "—"}<`));
    if (login?.endsWith(".lille")) assert.ok(row, `${login} in the directory`);
    ids[role] = row?.[1];
  }
});

for (const refusal of REFUSALS) {
  test(`${refusal.rule}: refused to everybody who may ask, and no form for the others`, async () => {
    const known = await sent();
    for (const role of Object.keys(LOGINS)) await refused(role, refusal);
    assert.deepEqual(await sent(), known, "nothing was sent");
  });
}

/** The acts of the head that wait for a signature, with the text that they sign. */
async function waiting(title) {
  const { html } = await people.head.get("/actes");
  const link = [...html.matchAll(/<a href="(\/actes\/[0-9a-f-]{36})(?:\/signer)?"[^>]*>([\s\S]*?)<\/a>/g)].find(([, , text]) => text.includes(title));
  const form = await people.head.get(`${link[1]}/signer`);
  return { path: link[1], texte: tags(form.html, "input").find(({ name }) => name === "texte").value };
}

for (const [rule, title, signers] of [
  ["SRV-15, a delegation", "Droits d’administration des files d’impression", ["head"]],
  ["SEC-09, an exemption", "Accès aux cartes du cours de géographie", ["head", "teacher"]],
]) {
  test(`${rule}: nobody else signs it, and nobody opens it unsigned`, async () => {
    const act = await waiting(title);
    for (const [role, person] of Object.entries(people)) {
      const opened = await person.post(`${act.path}/ouvrir`);
      assert.ok(opened.status >= 400 || opened.path.startsWith("/connexion"), `${role} opens: ${opened.status} ${opened.path}`);
      if (signers.includes(role)) continue;
      const pairs = [["texte", act.texte], ["password", PASSWORD], ["reconnu", "oui"]];
      const signed = await person.post(`${act.path}/signer`, pairs);
      assert.ok(signed.status >= 400 || signed.path.startsWith("/connexion"), `${role} signs: ${signed.status} ${signed.path}`);
    }
    assert.match(main(await people.head.get(act.path)), /À signer/);
  });
}

/** Somebody who may ask, with a phone. */
const ASKERS = { head: "proviseur.lille", teacher: "enseignant.lille", coordinator: "tic.lille", secretary: "sg.lille" };

/** Answers until the form stops, as a person does; what the browser itself cannot send is not tried. */
async function answers(page, refusal) {
  while (page.url().includes("/questions/")) {
    const asked = page.url();
    const field = new URL(asked).pathname.split("/").at(-1);
    const answer = refusal.answers[field];
    const form = page.locator(`main form[action$="/questions/${field}"]`);
    const options = form.locator("input[type=radio]");
    if (await options.count() === 0) await form.locator("input:not([type=hidden])").first().fill(answer);
    else await (answer === undefined ? options.first() : form.locator(`input[value="${answer}"]`)).check();
    await press(page, "Continuer");
    if (page.url() === asked) return;
  }
}

test("each refusal is read in a browser, on a phone, by a person who asks", async () => {
  const simple = ({ at, answers: all }) => at !== "sending" && Object.values(all).every((one) => typeof one === "string");
  for (const refusal of REFUSALS.filter(simple)) {
    const role = ["teacher", "coordinator", "secretary", "head"].find((one) => refusal.who.includes(one));
    await as(ASKERS[role], async (page) => {
      await begin(page, server.url, refusal.sheet, refusal.kind);
      await answers(page, refusal);
      assert.match(page.url(), refusal.at ? /\/questions\/url$/ : /\/hors-service$/, refusal.rule);
      const said = await page.locator("main").innerText();
      for (const words of [refusal.says, refusal.way]) assert.match(said, words, refusal.rule);
      if (refusal.at) assert.match(await page.title(), /^Erreur/);
      else assert.equal(await page.getByRole("button", { name: /sans engagement|Envoyer/ }).count(), 0, refusal.rule);
      await readable(page);
    });
  }
});
