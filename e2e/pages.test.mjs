// Every page, for every function: reachable by links, one h1, a title, nothing for axe to say in light
// or dark, no sideways scrolling at 320 pixels, a silent console. And the way without JavaScript.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { inDays } from "./support/answers.mjs";
import { begin, confirmed } from "./support/asking.mjs";
import { accessibilityFaults, launch, newPage, press, signIn } from "./support/browser.mjs";
import { crawl } from "./support/crawl.mjs";
import { forms, session, tags } from "./support/http.mjs";
import { FILES, LOGINS, PASSING, ROUTES } from "./support/routes.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const EXEMPTION = {
  sens: "autoriser", reputation: "non", duree_connue: "oui", url: "https://ressources.exemple.fr",
  motif: "Cours de géographie en seconde", public: "eleves", debut: inDays(1), fin: inDays(30),
};

/** Pages that no link leads to yet for a newcomer: questions of each kind, a check, a refusal, errors. */
async function drafts(person) {
  const start = async (path) => {
    const { html } = await person.get(path);
    const form = forms(html).find(({ action }) => action === path);
    const { path: first } = await person.post(path, tags(form.inside, "input").map(({ name, value }) => [name, value]));
    return first.replace(/\/questions\/.*/, "");
  };
  const say = (draft, field, value) => person.post(`${draft}/questions/${field}`, [[field, value]]);
  const computer = await start("/demander/poste-de-travail/panne");
  const site = await start("/demander/securite-internet/derogation-web");
  const software = await start("/demander/logiciel-pedagogie/installation");
  const exemption = await start("/demander/securite-internet/derogation-web");
  for (const [field, value] of Object.entries(EXEMPTION)) await say(exemption, field, value);
  const sent = await person.post(`${exemption}/envoyer`);
  const refused = await start("/demander/poste-de-travail/panne");
  await say(refused, "origine", "personnel");
  const ready = await start("/demander/poste-de-travail/question");
  await say(ready, "sujet", "autre");
  await say(ready, "question", "Comment prévoir une salle de plus à la rentrée ?");
  await person.post(`${ready}/questions/piece`);
  return [
    ...["origine", "element", "poste", "symptome", "photos"].map((field) => `${computer}/questions/${field}`),
    ...["logiciels", "sous_contrat", "date_souhaitee"].map((field) => `${software}/questions/${field}`),
    `${site}/questions/url`, sent.path, "/validations", `${refused}/hors-service`, `${ready}/verifier`,
  ];
}

/** What is wrong with the page shown: at 320 pixels, in light, in dark. */
async function faultsOf(page) {
  const faults = [];
  if (await page.locator("h1").count() !== 1) faults.push("not exactly one h1");
  if (!(await page.title()).trim()) faults.push("no title");
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  faults.push(...await page.evaluate(cramped));
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) faults.push(`${wide} pixels wide at 320: ${await page.evaluate(widest)}`);
  await page.setViewportSize({ width: 1280, height: 800 });
  return faults;
}

/** Tags whose words touch their edge. */
function cramped() {
  const room = (tag) => {
    const words = document.createRange();
    words.selectNodeContents(tag);
    return tag.getBoundingClientRect().right - words.getBoundingClientRect().right;
  };
  return [...document.querySelectorAll("main .tag")].filter((tag) => room(tag) < 4).map((tag) => `cramped tag: ${tag.textContent}`);
}

function widest() {
  const beyond = [...document.querySelectorAll("main *, header *, footer *")].filter((one) => one.getBoundingClientRect().right > 321);
  return beyond.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ");
}

const found = {};
let questions = [];

test("the table of pages is the program's", async () => {
  const features = new URL("../features/", import.meta.url);
  const all = await readdir(features, { recursive: true });
  const sources = await Promise.all(all.filter((path) => /src\/routes(\/.*)?\.rs$/.test(path)).map((path) => readFile(new URL(path, features), "utf8")));
  const served = sources.flatMap((text) => [...text.matchAll(/\.get\(\s*"([^"]+)"/g)].map(([, path]) => path));
  assert.deepEqual([...Object.keys(ROUTES), ...FILES, ...PASSING].sort(), [...new Set(served)].filter((path) => path.startsWith("/")).sort());
});

describe("every function reaches its pages by links, and no link is broken", () => {
  for (const [who, login] of Object.entries(LOGINS)) {
    test(who, async () => {
      const person = await session(server.url, login);
      // A mail leads to the choice of a password.
      const starts = login ? [person.home.path] : ["/", "/nouveau-mot-de-passe"];
      if (who === "head") {
        const more = await drafts(person);
        questions = more.filter((path) => path.includes("/questions/"));
        starts.push(...more);
      }
      const { examples, faults } = await crawl(person, starts);
      found[who] = examples;
      assert.deepEqual(faults, []);
    });
  }
});

describe("every page can be read by everyone", () => {
  const groups = {};
  for (const [route, all] of Object.entries(ROUTES)) for (const who of all) (groups[who] ??= []).push(route);
  for (const [who, wanted] of Object.entries(groups)) {
    describe(who, () => {
      let page;
      before(async () => {
        page = await newPage(browser);
        if (LOGINS[who]) await signIn(page, server.url, LOGINS[who]);
      });
      after(() => page.context().close());
      for (const route of wanted) {
        test(route, async () => {
          const examples = found[who]?.[route] ?? [];
          assert.ok(examples.length > 0, "no link leads there");
          // The questions differ by their kind of answer: each is looked at.
          const looked = route.includes("/questions/") ? questions : examples.slice(0, 1);
          const faults = [];
          for (const path of looked) {
            await page.goto(server.url + path);
            faults.push(...(await faultsOf(page)).map((fault) => `${path}: ${fault}`));
          }
          assert.deepEqual([...faults, ...page.faults.splice(0)], []);
        });
      }
    });
  }
});

describe("what goes wrong is said in a page like the others", () => {
  const errors = {
    "/nulle-part": "unknown page",
    "/region/personnes": "page of another function",
  };
  for (const [path, what] of Object.entries(errors)) {
    test(what, async () => {
      const page = await newPage(browser);
      await signIn(page, server.url, LOGINS.teacher);
      await page.goto(server.url + path);
      assert.deepEqual(await faultsOf(page), []);
      await page.context().close();
    });
  }

  test("a question without its answer", async () => {
    const page = await newPage(browser);
    await signIn(page, server.url, LOGINS.teacher);
    await begin(page, server.url, "poste-de-travail", "panne");
    await press(page, "Continuer");
    assert.match(await page.title(), /^Erreur/);
    assert.deepEqual(await faultsOf(page), []);
    await page.context().close();
  });
});

test("without JavaScript the same request is written and sent", async () => {
  const page = await newPage(browser, { javaScriptEnabled: false });
  await signIn(page, server.url, LOGINS.head);
  await begin(page, server.url, "reseau-local", "incident");
  for (let steps = 0; steps < 20 && page.url().includes("/questions/"); steps += 1) await answerPlainly(page);
  assert.match(page.url(), /\/verifier$/);
  await press(page, "Envoyer la demande");
  await confirmed(page);
  await page.context().close();
});

/** The first answer, whatever the question. */
async function answerPlainly(page) {
  const form = page.locator('main form[action*="/questions/"]').last();
  const choice = form.locator("input[type=radio], input[type=checkbox]");
  const text = form.locator("input[type=text], textarea, input[type=number]");
  if (await choice.count() > 0 && await text.count() === 0) await choice.first().check();
  else if (await text.count() > 0) await text.first().fill("12 postes n’ont plus de réseau en salle 204.");
  await press(page, "Continuer");
}
