// Every request type of every sheet goes from its page before starting to its confirmation, through
// the pages a person sees; a type that the sheet always refuses ends on the page that says so.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { question } from "./support/answers.mjs";
import { forms, session, tags, words } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
after(server.stop);
const head = await session(server.url, "proviseur.lille");
const list = await head.get("/demander");
const kinds = [...new Set(tags(list.html, "a").map(({ href }) => href).filter((href) => /^\/demander\/[^/]+\/[^/?]+$/.test(href ?? "")))];

/** Starts a draft; gives its first question. */
async function start(path) {
  const page = await head.get(path);
  assert.equal(page.status, 200, path);
  const form = forms(page.html).find(({ action }) => action === path);
  assert.ok(form, `${path}: nothing to start with`);
  const pairs = tags(form.inside, "input").map(({ name, value }) => [name, value]);
  return head.post(path, pairs);
}

async function answer(page, choice) {
  const { action, tries } = question(page);
  const given = tries[choice];
  const next = given instanceof FormData ? await head.upload(action, given) : await head.post(action, given);
  assert.ok([200, 422].includes(next.status), `${action}: ${next.status}`);
  return next;
}

/** Answers question after question as `choices` say; stops at a check, a refusal or a fault. */
async function attempt(path, choices) {
  let page = await start(path);
  const way = [];
  while (page.path.includes("/questions/")) {
    const { field, tries } = question(page);
    assert.ok(way.length < 60, `${path}: questions without end, ${field}`);
    const choice = choices[way.length] ?? 0;
    way.push({ field, choice, tries: tries.length });
    page = await answer(page, choice);
    if (page.status === 422) break;
  }
  return { page, way };
}

/** The next combination of answers to try, the last question first. */
function following(way) {
  const last = way.findLastIndex(({ choice, tries }) => choice + 1 < tries);
  return last < 0 ? null : way.slice(0, last + 1).map(({ choice }, position) => (position === last ? choice + 1 : choice));
}

/** The first answers that lead to the check; else the refusal on which every way ends. */
async function walk(path) {
  let refusal;
  let fault = "";
  for (let choices = [], tries = 0; choices && tries < 150; tries += 1) {
    const { page, way } = await attempt(path, choices);
    if (page.path.endsWith("/verifier")) return { page };
    if (page.path.endsWith("/hors-service")) refusal = page;
    if (page.status === 422) fault = `${way.at(-1).field}: ${words(page.html.match(/<div class="errors[\s\S]*?<\/ul>/)?.[0] ?? "")}`;
    choices = following(way);
  }
  assert.ok(refusal, `${path}: no answer passes. ${fault}`);
  return { refusal };
}

function refusedWithWords({ html }) {
  const text = words(html);
  for (const part of ["La fiche exclut", "Pourquoi", "Que faire à la place"]) assert.ok(text.includes(part), text);
}

async function sent(page) {
  const form = forms(page.html).find(({ action }) => action?.endsWith("/envoyer"));
  const done = await head.post(form.action);
  assert.equal(done.status, 200, words(done.html));
  assert.match(done.path, /^\/demandes\/[^/]+\/confirmation$/);
  const request = done.path.replace("/confirmation", "");
  for (const path of [request, `${request}/recepisse`]) assert.equal((await head.get(path)).status, 200, path);
}

describe("every request type", () => {
  const sheets = new Set(kinds.map((path) => path.split("/")[2]));
  before(() => assert.equal(sheets.size, 10, "the ten sheets offer requests"));
  for (const path of kinds) {
    test(path, async (context) => {
      const { page, refusal } = await walk(path);
      if (refusal) {
        context.diagnostic("always out of the service");
        return refusedWithWords(refusal);
      }
      return sent(page);
    });
  }
});
