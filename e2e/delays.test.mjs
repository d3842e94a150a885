// Measured delays: read without an account, understood without seeing the drawings, at 320 pixels, in
// the dark; every drawing has its figures in a table under it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { accessibilityFaults, launch, newPage, press } from "./support/browser.mjs";
import { forms, session, tags } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const TYPE = "/delais/poste-de-travail/question";

/** Enough requests of one type to be published. */
async function questions(count) {
  const head = await session(server.url, "proviseur.lille");
  for (let number = 0; number < count; number += 1) {
    const path = "/demander/poste-de-travail/question";
    const { html } = await head.get(path);
    const form = forms(html).find(({ action }) => action === path);
    const { path: first } = await head.post(path, tags(form.inside, "input").map(({ name, value }) => [name, value]));
    const draft = first.replace(/\/questions\/.*/, "");
    await head.post(`${draft}/questions/sujet`, [["sujet", "autre"]]);
    await head.post(`${draft}/questions/question`, [["question", "Comment prévoir une salle de plus à la rentrée ?"]]);
    await head.post(`${draft}/questions/piece`);
    const sent = await head.post(`${draft}/envoyer`);
    assert.match(sent.path, /\/confirmation/, sent.path);
  }
}

before(async () => {
  await questions(6);
  const computed = server.run("delays", "compute");
  assert.equal(computed.status, 0, computed.stderr);
  assert.match(computed.stdout, /ligne\(s\) de chiffres/);
});

/** What is wrong with the charts of a page. */
function chartFaults() {
  const faults = [];
  const charts = [...document.querySelectorAll("figure.chart")];
  if (charts.length === 0) faults.push("no chart");
  for (const chart of charts) {
    const title = chart.querySelector("figcaption")?.textContent;
    if (!title) faults.push("a chart without title");
    const rows = chart.querySelectorAll("details table tbody tr").length;
    if (rows === 0) faults.push(`${title}: no table under it`);
    for (const drawing of chart.querySelectorAll("svg")) {
      const said = drawing.getAttribute("role") === "img" ? drawing.getAttribute("aria-label") : "";
      if (!drawing.closest("[aria-hidden=true], [role=img]") && !said) faults.push(`${title}: a drawing says nothing`);
    }
  }
  return faults;
}

async function faultsOf(page) {
  const faults = await page.evaluate(chartFaults);
  for (const summary of await page.locator("figure.chart summary").all()) await summary.click();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 320) faults.push(`${wide} pixels wide at 320`);
  await page.setViewportSize({ width: 1280, height: 800 });
  return [...faults, ...page.faults.splice(0)];
}

describe("anyone reads the measured delays", () => {
  let page;
  before(async () => { page = await newPage(browser); });
  after(() => page.context().close());

  test("every sheet, in the Region then in one territory", async () => {
    await page.goto(`${server.url}/delais`);
    assert.deepEqual(await faultsOf(page), []);
    await page.getByLabel("Territoire").selectOption({ label: "Nord" });
    await press(page, "Afficher");
    assert.match(page.url(), /territoire=nord/);
    assert.match(await page.locator("main h2").first().textContent(), /Nord/);
    assert.deepEqual(await faultsOf(page), []);
  });

  test("one type of request, and what few requests do not say", async () => {
    await page.goto(server.url + TYPE);
    assert.deepEqual(await faultsOf(page), []);
    const words = await page.locator("main").textContent();
    assert.match(words, /encore sans (réponse|solution)/);
    await page.getByLabel("Territoire").selectOption({ label: "Sud" });
    await press(page, "Afficher");
    assert.match(await page.locator("main .lead").textContent(), /trop peu de demandes/);
  });

  test("how they are measured is written, and the figures can be taken", async () => {
    await page.goto(server.url + TYPE);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Télécharger en CSV" }).click()]);
    assert.equal(download.suggestedFilename(), "delais-poste-de-travail-question.csv");
    const text = await (await fetch(`${server.url}${TYPE}/fichier`)).arrayBuffer();
    assert.deepEqual([...new Uint8Array(text).slice(0, 3)], [0xef, 0xbb, 0xbf]);
    await press(page, "Comment nous mesurons", "link");
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.match(await page.locator("main").textContent(), /comptées comme les plus lentes/);
  });

  test("the sheet and the form lead there", async () => {
    await page.goto(`${server.url}/catalogue/poste-de-travail`);
    await page.locator(`a[href="${TYPE}"]`).click();
    await page.waitForURL(server.url + TYPE);
  });

  test("on paper the tables are there without opening them", async () => {
    await page.goto(server.url + TYPE);
    await page.emulateMedia({ media: "print" });
    const tall = await page.locator("figure.chart details").first().evaluate((one) => one.getBoundingClientRect().height);
    assert.ok(tall > 100, `${tall} pixels`);
    await page.emulateMedia({ media: "screen" });
  });
});
