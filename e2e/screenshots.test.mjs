// Pictures of the main pages for the documents, taken only when asked: SCREENSHOTS=1.
import { mkdir, stat } from "node:fs/promises";
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inDays } from "./support/answers.mjs";
import { begin, replies } from "./support/asking.mjs";
import { follow, launch, newPage, press, signIn } from "./support/browser.mjs";
import { LOGINS } from "./support/routes.mjs";
import { startServer } from "./support/server.mjs";

const folder = fileURLToPath(new URL("../docs/screenshots/", import.meta.url));
const LARGEST = 300_000;
const DESK = { viewport: { width: 1280, height: 900 }, colorScheme: "light" };
const PHONE = { viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true };

/** Name → who looks, how to get there. */
const PICTURES = {
  catalogue: ["visitor", "/catalogue"],
  "fiche-poste-de-travail": ["visitor", "/catalogue/poste-de-travail"],
  "accueil-lycee": ["head", "/accueil"],
  "avant-de-commencer": ["head", "/demander/poste-de-travail/panne"],
  question: ["head", async (page, url) => {
    await begin(page, url, "poste-de-travail", "panne");
  }],
  "hors-service": ["head", async (page, url) => {
    await begin(page, url, "poste-de-travail", "panne");
    await replies(page, [["origine", "personnel"]]);
  }],
  signature: ["head", async (page, url) => {
    await begin(page, url, "securite-internet", "derogation-web");
    await replies(page, [
      ["sens", "autoriser"], ["reputation", "non"], ["duree_connue", "oui"], ["url", "https://ressources.exemple.fr"],
      ["motif", "Cours de géographie en seconde"], ["public", "eleves"], ["debut", inDays(1)], ["fin", inDays(30)],
    ]);
    await press(page, "Envoyer à la validation");
    await page.goto(`${url}/accueil`);
    await follow(page, page.locator('main a[href^="/validations/"]').first());
    await page.getByRole("button", { name: "Signer" }).evaluate((button) => button.scrollIntoView({ block: "end" }));
  }],
  "file-technicien": ["technician", "/file/equipe"],
  demande: ["technician", async (page, url) => {
    await page.goto(`${url}/file/equipe`);
    await follow(page, page.locator('main a[href^="/demandes/"]').first());
  }],
  routage: ["admin", "/region/routage"],
};

describe("pictures", { skip: !process.env.SCREENSHOTS }, () => {
  let server;
  let browser;
  before(async () => {
    await mkdir(folder, { recursive: true });
    [server, browser] = [await startServer(), await launch()];
  });
  after(async () => { await browser?.close(); await server?.stop(); });

  const take = async (name, options, [who, way]) => {
    const page = await newPage(browser, options);
    if (LOGINS[who]) await signIn(page, server.url, LOGINS[who]);
    if (typeof way === "string") await page.goto(server.url + way);
    else await way(page, server.url);
    await page.waitForLoadState("networkidle");
    const path = `${folder}${name}.png`;
    await page.screenshot({ path });
    await page.context().close();
    assert.ok((await stat(path)).size < LARGEST, `${name}.png is too large`);
  };
  for (const [name, picture] of Object.entries(PICTURES)) test(name, () => take(name, DESK, picture));
  test("on a phone, in the dark", () => take("accueil-telephone", PHONE, PICTURES["accueil-lycee"]));
});
