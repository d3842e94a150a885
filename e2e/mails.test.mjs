// The mails that came in, read by those who follow them: in light, in dark, at 320 pixels, by the keyboard
// alone and without JavaScript. (CSU-01, CSU-05, CSU-09)
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, newPage, readable, signIn } from "./support/browser.mjs";
import { session } from "./support/http.mjs";
import { startServer } from "./support/server.mjs";

process.env.BEFFROI_MAIL_ADDRESS = "demandes@region.example";
process.env.BEFFROI_MAIL_AUTHSERV = "mx.region.example";
const server = await startServer();
const browser = await launch();
const folder = await mkdtemp(join(tmpdir(), "beffroi-courriels-"));
after(async () => {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true });
});

const LONG = "Panne-de-tous-les-videoprojecteurs-du-batiment-des-sciences-".repeat(3);
const FILE = `--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="${LONG}.pdf"\r\n\r\n%PDF-1.4\r\n`;
const MAILS = {
  stranger: `From: "Un inconnu" <${"tres-longue-adresse-".repeat(3)}@ailleurs.example>\r\nTo: demandes@region.example\r\nSubject: ${LONG}\r\n`
    + "Message-ID: <1@ailleurs.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    + `--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nRien ne marche : ${"a".repeat(200)}\r\n${FILE}--x--\r\n`,
  nothing: "From: quelquun@ailleurs.example\r\nTo: demandes@region.example\r\nMessage-ID: <2@ailleurs.example>\r\n\r\nBonjour.\r\n",
  asked: "Authentication-Results: mx.region.example; dmarc=pass header.from=beffroi.invalid\r\nFrom: proviseur.lille@beffroi.invalid\r\n"
    + "To: demandes@region.example\r\nSubject: Piles\r\nMessage-ID: <3@beffroi.invalid>\r\n\r\nQui change les piles du vidéoprojecteur ?\r\n",
  bounce: "Return-Path: <>\r\nFrom: Mailer-Daemon@mx.region.example\r\nTo: ne-pas-repondre@region.example\r\nSubject: Undelivered\r\n"
    + "Message-ID: <4@mx.region.example>\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x--\r\n",
};

before(async () => {
  for (const [name, mail] of Object.entries(MAILS)) {
    const file = join(folder, `${name}.eml`);
    await writeFile(file, mail);
    const { stdout, stderr, status } = server.run("mail", "receive", file);
    // Set aside, the command ends in error: whoever calls it knows.
    assert.equal(status, ["stranger", "nothing"].includes(name) ? 1 : 0, `${name}: ${stdout}${stderr}`);
  }
});

async function department(options) {
  const page = await newPage(browser, options);
  await signIn(page, server.url, "departement");
  return page;
}

const open = (page, name) => Promise.all([page.waitForURL(/courriels\/[0-9a-f-]+/), page.getByRole("link", { name }).first().click()]);

test("both lists and each kind of mail are readable by everyone", async () => {
  const page = await department();
  await page.goto(`${server.url}/courriels`);
  await readable(page);
  await open(page, LONG);
  await page.getByText("Personne n’a cette adresse").waitFor();
  await readable(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /Télécharger l’original/ }).click()]);
  assert.match(download.suggestedFilename(), /^courriel-.*\.eml$/);
  await page.goto(`${server.url}/courriels?voir=traites`);
  await readable(page);
  const handled = page.locator("main table a[href^='/courriels/']");
  assert.equal(await handled.count(), 2);
  const paths = await handled.evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  for (const path of paths) {
    await page.goto(`${server.url}${path}`);
    await readable(page);
  }
  assert.deepEqual(page.faults, []);
});

test("a mail is tried again, then filed, by the keyboard alone and without JavaScript", async () => {
  const page = await department({ javaScriptEnabled: false });
  await page.goto(`${server.url}/courriels`);
  const press = async (name) => {
    const button = page.getByRole("button", { name, exact: true });
    await button.focus();
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  };
  const link = page.getByRole("link", { name: "Sans objet" });
  await link.focus();
  await Promise.all([page.waitForURL(/courriels\/[0-9a-f-]+/), page.keyboard.press("Enter")]);
  const path = new URL(page.url()).pathname;
  await press("Réessayer");
  assert.match(await page.locator("main").innerText(), /le courriel reste à part/);
  await page.goto(`${server.url}${path}`);
  await press("Classer sans suite");
  assert.equal(new URL(page.url()).pathname, "/courriels");
  assert.match(await page.locator("body").innerText(), /Le courriel est classé sans suite/);
  assert.equal(await page.getByRole("link", { name: "Sans objet" }).count(), 0);
  await page.goto(`${server.url}/courriels?voir=traites`);
  assert.match(await page.locator("main").innerText(), /Classé sans suite/);
});

test("an agent who does not follow mails is told so", async () => {
  const agent = await session(server.url, "technicien.nord");
  assert.equal((await agent.get("/courriels")).status, 403);
});
