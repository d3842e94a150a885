// A technician treats twenty requests with the keyboard alone: from the list to each request, an answer,
// a note, a wait, a solution, and on to the next. Only page.keyboard touches the page. (CSU-09, RGAA 4)
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { question } from "./support/answers.mjs";
import { PASSWORD, accessibilityFaults, launch, newPage } from "./support/browser.mjs";
import { forms, session, tags, words } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const COUNT = 20;
const WORD = "Vérinox";

/** Sends a request as a head does; gives its reference. */
async function ask(head, number) {
  const path = "/demander/poste-de-travail/question";
  const start = await head.get(path);
  const form = forms(start.html).find(({ action }) => action === path);
  let page = await head.post(path, tags(form.inside, "input").map(({ name, value }) => [name, value]));
  for (let steps = 0; page.path.includes("/questions/") && steps < 20; steps += 1) {
    const { action, field, tries } = question(page);
    const given = field === "question" ? [["question", `${WORD} ${number} : comment prévoir une salle de plus ?`]] : tries[0];
    page = given instanceof FormData ? await head.upload(action, given) : await head.post(action, given);
  }
  const send = forms(page.html).find(({ action }) => action?.endsWith("/envoyer"));
  const done = await head.post(send.action);
  assert.match(done.path, /\/confirmation$/, words(done.html));
  return done.path.split("/")[2];
}

describe("with the keyboard alone", () => {
  const references = [];
  let page;
  const keys = async (...names) => { for (const name of names) await page.keyboard.press(name); };
  const going = (work) => Promise.all([page.waitForEvent("load"), work()]);
  const focused = (what) => page.evaluate((wanted) => document.activeElement?.matches(wanted), what);
  const waitFocus = (what) => page.waitForFunction((wanted) => document.activeElement?.matches(wanted), what);
  const said = async (text) => assert.ok((await page.locator("main").innerText()).includes(text), `« ${text} » at ${page.url()}`);

  /** Tab until the focus is there. */
  async function reach(what) {
    for (let tries = 0; tries < 60; tries += 1) {
      if (await focused(what)) return;
      await keys("Tab");
    }
    assert.fail(`Tab never reaches ${what} at ${page.url()}`);
  }

  /** The gesture of this key: its text, what else it asks, then Ctrl+Enter. */
  async function write(key, text, select, choice) {
    await keys(key);
    await waitFocus("#message");
    await page.keyboard.type(text);
    if (select) {
      await reach(select);
      await page.keyboard.type(choice);
    }
    await going(() => page.keyboard.press("Control+Enter"));
  }

  before(async () => {
    const head = await session(server.url, "proviseur.lille");
    for (let number = 1; number <= COUNT; number += 1) references.push(await ask(head, number));
    page = await newPage(browser);
    await page.goto(`${server.url}/connexion`);
    await reach("input[name=login]");
    await page.keyboard.type("technicien.nord");
    await keys("Tab");
    await reach("input[type=password]");
    await page.keyboard.type(PASSWORD);
    await going(() => page.keyboard.press("Enter"));
  });
  after(() => page.context().close());

  test("? shows the keys, Escape closes them, the search is one key away", async () => {
    await keys("?");
    await page.locator("dialog[open]").waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    await keys("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" }).catch(() => {});
    await keys("c");
    await waitFocus("input[type=search]");
    await page.keyboard.type(WORD);
    await keys("Escape");
    assert.equal(await focused("input"), false, "Escape leaves the field");
  });

  test("twenty requests, each to its own end", async () => {
    await page.goto(`${server.url}/file/a-prendre?q=${encodeURIComponent(WORD)}`);
    await keys("j");
    await waitFocus('main a[href^="/demandes/"]');
    await going(() => page.keyboard.press("o"));
    const seen = [];
    for (let number = 0; number < COUNT; number += 1) {
      const reference = new URL(page.url()).pathname.split("/")[2];
      seen.push(reference);
      await treat(number % 4);
      if (number + 1 < COUNT) await going(() => page.keyboard.press("]"));
    }
    assert.deepEqual([...seen].sort(), [...references].sort(), "each once");
    await going(() => page.keyboard.press("u"));
    assert.match(page.url(), /\/file\/a-prendre\?q=/);
    await ended(seen);
  });

  async function treat(way) {
    await going(() => page.keyboard.press("p"));
    await said("La demande est prise en charge.");
    if (way === 0) return write("r", "Bonjour, je regarde demain matin.");
    if (way === 1) return write("n", "Voir le plan du bâtiment C avant de répondre.");
    if (way === 2) return write("a", "Le plan de la salle.", "#wait_for", "L’é");
    return write("s", "Une salle de plus se demande avant le 15 mars.", "#outcome", "Fait");
  }

  /** What the program says of each, read apart. */
  async function ended(seen) {
    const agent = await session(server.url, "technicien.nord");
    const expected = [
      ["s’en occupe", "Bonjour, je regarde demain matin."],
      ["s’en occupe", "Voir le plan du bâtiment C avant de répondre."],
      ["Les délais sont suspendus", "Le plan de la salle."],
      ["propose une solution (fait)", "Une salle de plus se demande avant le 15 mars."],
    ];
    for (const [number, reference] of seen.entries()) {
      const text = words((await agent.get(`/demandes/${reference}`)).html);
      for (const part of expected[number % 4]) assert.ok(text.includes(part), `${reference}: « ${part} » in ${text}`);
      assert.equal(text.includes("Note interne, lue"), number % 4 === 1, reference);
    }
  }

  test("@ and a name, the arrows and Enter mention a colleague", async () => {
    await page.goto(`${server.url}/demandes/${references[0]}`);
    await keys("n");
    await waitFocus("#message");
    await page.keyboard.type("À revoir avec @");
    await page.locator("#agents-nommes li").first().waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    const second = await page.locator("#agents-nommes li").nth(1).innerText();
    await keys("ArrowDown", "Enter");
    assert.equal(await page.locator("#message").inputValue(), `À revoir avec @${second} `);
    await going(() => page.keyboard.press("Control+Enter"));
    await said(`@${second}`);
  });

  test("a text left behind is found again", async () => {
    await page.goto(`${server.url}/demandes/${references[1]}`);
    await keys("r");
    await page.keyboard.type("Bonjour, un mot en passant");
    await page.getByText("Brouillon enregistré à").waitFor();
    await page.keyboard.type(", et sa fin.");
    await page.goto(`${server.url}/file`);
    await page.goto(`${server.url}/demandes/${references[1]}`);
    assert.equal(await page.locator("#message").inputValue(), "Bonjour, un mot en passant, et sa fin.");
    await said("Brouillon retrouvé");
  });

  test("whoever switches the keys off has none", async () => {
    await page.goto(`${server.url}/raccourcis`);
    await reach("[data-keys-switch] button");
    await going(() => page.keyboard.press("Enter"));
    await page.goto(`${server.url}/demandes/${references[2]}`);
    await page.waitForLoadState("networkidle");
    await keys("n", "?");
    assert.equal(await focused("#message"), false);
    assert.equal(await page.locator("dialog").count(), 0);
    await page.goto(`${server.url}/raccourcis`);
    await reach("[data-keys-switch] button");
    await going(() => page.keyboard.press("Enter"));
  });

  test("the request page has nothing for axe to say, light or dark, wide or 320 pixels", async () => {
    for (const [width, height] of [[1280, 800], [320, 640]]) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await page.goto(`${server.url}/demandes/${references[2]}`);
        for (const key of ["r", "n", "t", "a", "s"]) {
          await keys("Escape", key);
          assert.deepEqual(await accessibilityFaults(page), [], `${colorScheme}, ${width}, ${key}`);
        }
      }
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, `wider than ${width}`);
    }
    assert.deepEqual(page.faults, []);
  });
});
