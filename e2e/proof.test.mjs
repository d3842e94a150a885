// The document of an act: downloaded by the head, checked by anybody without an account, on a phone, without
// JavaScript; a changed file is refused, and the page of a code reveals neither text nor names.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessibilityFaults, launch, newPage, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const PHONE = { viewport: { width: 320, height: 640 } };

const server = await startServer();
const browser = await launch();
const folder = await mkdtemp(join(tmpdir(), "beffroi-acte-"));
after(async () => {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

const act = {};

before(async () => {
  const head = await newPage(browser, PHONE);
  await signIn(head, server.url, "proviseur.lille");
  await head.goto(`${server.url}/actes`);
  await head.locator("main a[href^='/actes/']", { hasText: "Délégation du filtrage" }).first().click();
  await head.waitForURL(/\/actes\/[0-9a-f-]+$/);
  const fetched = await head.request.get(`${head.url()}/acte.pdf`);
  assert.equal(fetched.status(), 200);
  act.file = await fetched.body();
  act.statement = await (await head.request.get(`${head.url()}/preuve.json`)).json();
  act.page = head.url();
});

/** The faults of the page shown: what axe says, and whether it is wider than the phone. */
async function faults(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  return [...await accessibilityFaults(page), ...(wide > 320 ? [`${wide} pixels wide`] : []), ...page.faults];
}

async function send(page, name, bytes) {
  await page.goto(`${server.url}/verifier`);
  await page.locator("#document").setInputFiles({ name, mimeType: "application/pdf", buffer: bytes });
  await page.getByRole("button", { name: "Vérifier le fichier" }).click();
  await page.waitForURL(/\/verifier\/fichier$/);
}

test("a code copied by hand says whether the act holds, and reveals neither text nor names", async () => {
  const page = await newPage(browser, { ...PHONE, javaScriptEnabled: false });
  await page.goto(`${server.url}/verifier`);
  await page.getByLabel("Code de vérification").fill(act.statement.code.toLowerCase().replaceAll("-", " "));
  await page.getByRole("button", { name: "Vérifier le code" }).click();
  const main = page.locator("main");
  await main.getByRole("heading", { name: "Cet acte est en vigueur" }).waitFor();
  const words = await main.innerText();
  assert.match(words, /Délégation du filtrage/);
  for (const secret of [act.statement.holder, act.statement.signatures[0].name, act.statement.text.slice(0, 40), act.statement.reference]) {
    assert.ok(!words.includes(secret), secret);
  }
});

test("a code nobody has is answered as one that cannot be, with the form again", async () => {
  const page = await newPage(browser, PHONE);
  const answer = await page.goto(`${server.url}/verifier/00000-00000-00000-00000`);
  assert.equal(answer.status(), 404);
  assert.match(await page.locator("main").innerText(), /Aucun acte signé ne porte ce code/);
  assert.deepEqual(await faults(page), []);
});

test("the file as it was received is intact, and a changed one is refused", async () => {
  const page = await newPage(browser, PHONE);
  await send(page, "acte.pdf", act.file);
  await page.getByRole("heading", { name: "Ce document est intact" }).waitFor();
  assert.match(await page.locator("main").innerText(), new RegExp(act.statement.reference));
  assert.deepEqual(await faults(page), []);
  const changed = Buffer.from(act.file);
  changed[2000] ^= 1;
  await send(page, "acte.pdf", changed);
  await page.getByRole("heading", { name: "Ce document ne prouve rien" }).waitFor();
  assert.deepEqual(await faults(page), []);
});

test("the program verifies it with the published key alone", async () => {
  const key = await (await fetch(`${server.url}/verifier/cle.txt`)).text();
  const [file, keyFile] = [join(folder, "acte.pdf"), join(folder, "cle.txt")];
  await writeFile(file, act.file);
  await writeFile(keyFile, key);
  const said = server.run("act", "verify", file, "--key", keyFile);
  assert.equal(said.status, 0, said.stderr);
  assert.match(said.stdout, /Document intact/);
  const checked = server.run("act", "check");
  assert.equal(checked.status, 0, checked.stdout);
});

test("nobody without an account has the document", async () => {
  const page = await newPage(browser);
  await page.goto(`${act.page}/acte.pdf`);
  assert.match(page.url(), /\/connexion/);
});
