// The whole life of each delegation of table T3 and of a web exemption, on a phone: asked with the service's own form,
// signed, opened, read by whom it concerns, put to review by a change of head, confirmed, revoked, closed with its
// proof. A signature begun before the change is refused after it. (SRV-14 to SRV-29, SEC-08 to SEC-12, IDT-13, OGI-11)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { inDays } from "./support/answers.mjs";
import { begin, confirmed, content, replies } from "./support/asking.mjs";
import { follow, launch, PASSWORD, press, readable } from "./support/browser.mjs";
import { DELEGATIONS } from "./support/delegations.mjs";
import { eventually, phones } from "./support/phone.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const as = phones(browser, server.url);
const FORMER = "proviseur.lille";
// Head of another school already: one person, two schools.
const NEW = "proviseur.roubaix";
const BOX = "J’ai lu ce texte et je le reconnais";
const go = (page, path) => page.goto(server.url + path);
const hrefs = (page, links) => page.locator(links).evaluateAll((all) => all.map((one) => one.getAttribute("href")));
let rights = "";

/** Reads the text, types the password, signs; what is to acknowledge is ticked apart, or nothing is signed. */
async function signIt(page, life) {
  await go(page, "/validations");
  await follow(page, page.locator("main li").filter({ hasText: life.reference }).getByRole("link"));
  assert.match(await content(page), life.text);
  life.acts = await hrefs(page, "main a[href^='/actes/']");
  assert.equal(life.acts.length, Math.max(1, life.holders.length), "one act for each who receives the right");
  assert.equal(await page.getByLabel(BOX).count(), life.acknowledged ? 1 : 0);
  if (life.acknowledged) {
    assert.match(await page.getByRole("group", { name: "À reconnaître" }).innerText(), life.acknowledged);
    await page.getByLabel("Votre mot de passe").fill(PASSWORD);
    await press(page, "Signer");
    assert.match(await page.title(), /^Erreur/);
    assert.match(await content(page), /pas coché le texte à reconnaître : rien n’est signé/);
    if (life === DELEGATIONS[0]) await readable(page);
    await page.getByLabel(BOX).check();
  }
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Signer");
  assert.match(await content(page), /Accordée/);
}

/** The team gives its solution: done. */
async function solve(page, life, words) {
  await go(page, `/demandes/${life.reference}`);
  const take = page.getByRole("button", { name: "Prendre en charge", exact: true });
  if (await take.count() > 0) await follow(page, take.first());
  const composer = page.locator("#composer");
  await composer.locator(".kinds").getByText("Solution", { exact: true }).click();
  await composer.locator("textarea").fill(words);
  await composer.getByLabel("Issue").selectOption("done");
  await press(page, "Envoyer la solution");
  assert.match(await content(page), /propose une solution/);
}

for (const life of DELEGATIONS) {
  test(`${life.name}: asked, signed in full, opened, and read by whom it concerns`, async () => {
    await as(life.asker, async (page) => {
      await begin(page, server.url, life.sheet, life.kind);
      await replies(page, life.answers);
      await press(page, "Envoyer à la validation");
      life.reference = await confirmed(page);
    });
    await as(life.signer, (page) => signIt(page, life));
    await as(life.opener, (page) => solve(page, life, "C’est fait, vérifié avec le lycée."));
    await as(FORMER, async (page) => {
      for (const act of life.acts) await eventually(page, server.url + act, /En vigueur[\s\S]*Ouvert/);
      await go(page, "/actes");
      rights = await page.getByRole("link", { name: /Qui a quels droits/ }).getAttribute("href");
      await go(page, rights);
      for (const act of life.acts) assert.notEqual(await page.locator(`main a[href="${act}"]`).count(), 0, act);
    });
    for (const login of life.holders) await as(login, (page) => readsTheirs(page, life));
  });
}

/** Who receives a right finds it among their own, and from it all that they hold. */
async function readsTheirs(page, life) {
  await go(page, "/actes");
  const mine = await hrefs(page, "main table:has(caption:text-is('Mes droits')) a[href^='/actes/']");
  const [act, ...others] = life.acts.filter((one) => mine.includes(one));
  assert.ok(act && others.length === 0, `one of ${life.acts} in ${mine}`);
  await go(page, act);
  await follow(page, page.locator("main a[href^='/personnes/']").first());
  assert.match(page.url(), /\/personnes\/[0-9a-f-]+\/droits$/);
  assert.ok((await hrefs(page, "main a[href^='/actes/']")).includes(act));
}

test("a signature begun by the former head is refused after the change, with who may sign now", async () => {
  const begun = { ...DELEGATIONS.at(-1) };
  await as(begun.asker, async (page) => {
    await begin(page, server.url, begun.sheet, begun.kind);
    await replies(page, begun.answers.map(([field, value]) => [field, field === "url" ? "https://cartes.exemple.fr" : value]));
    await press(page, "Envoyer à la validation");
    begun.reference = await confirmed(page);
  });
  await as(FORMER, async (former) => {
    await go(former, "/validations");
    await follow(former, former.locator("main li").filter({ hasText: begun.reference }).getByRole("link"));
    await follow(former, former.locator("main a[href^='/actes/']"));
    await press(former, "Lire et signer", "link");
    await former.getByLabel("Votre mot de passe").fill(PASSWORD);
    await changeOfHead();
    await press(former, "Signer");
    assert.match(await content(former), /plus qualité pour signer cet acte : rien n’est signé[\s\S]*Peuvent signer aujourd’hui[\s\S]*Chef d’établissement, depuis le/);
    await readable(former);
    former.faults.length = 0;
  });
  await as(NEW, async (page) => {
    await signIt(page, { ...begun, text: /cartes\.exemple\.fr/ });
  });
});

/** In the directory's pages: the head becomes a deputy of the same school, the head of another school takes it too. */
async function changeOfHead() {
  const uai = rights.split("/")[2];
  await as("catalogue", async (page) => {
    const person = async (login) => {
      await go(page, `/region/personnes?q=${login}`);
      await follow(page, page.getByRole("row").filter({ hasText: login }).getByRole("link").first());
    };
    const give = async (role) => {
      await page.getByLabel("Fonction", { exact: true }).selectOption(role);
      await page.getByLabel("UAI de l’établissement").fill(uai);
      await page.getByLabel("Premier jour").fill(inDays(0));
      await press(page, "Donner la fonction");
    };
    await person(FORMER);
    await page.getByText("Mettre fin : Chef d’établissement").click();
    await press(page, "Mettre fin à la fonction");
    await give("deputy-head");
    await person(NEW);
    await give("head");
    assert.equal(await page.locator("tbody tr").filter({ hasText: "Chef d’établissement" }).count(), 2, "head of two schools");
  });
}

for (const life of DELEGATIONS) {
  test(`${life.name}: reviewed by the new head, confirmed, revoked, closed with its proof`, async () => {
    await as(NEW, async (page) => {
      for (const act of life.acts) await reviews(page, act, life);
      for (const act of life.acts) await eventually(page, server.url + act, life.byHand ? /Fermeture confiée à l’équipe/ : /Fermé/);
      assert.match(await content(page), /Révoqué[\s\S]*Je reprends cette décision/);
      if (life === DELEGATIONS[0]) await readable(page);
    });
    await as(life.opener, (page) => closes(page, life));
    await as(NEW, async (page) => {
      for (const act of life.acts) {
        await go(page, act);
        assert.doesNotMatch(await content(page), /confiée à l’équipe/);
        if (life.byHand) assert.match(await content(page), /Fermé[\s\S]*Le .*\s:\sDroits fermés par .*, demande/);
      }
      if (life === DELEGATIONS[0]) await readable(page);
    });
    for (const login of life.holders) {
      await as(login, async (page) => {
        for (const act of life.acts) {
          if ((await go(page, act)).status() !== 200) continue;
          assert.match(await content(page), /Je reprends cette décision/);
        }
      });
    }
  });
}

/** Reads why it is to review, acknowledges again and confirms with the password, then revokes with a reason and it. */
async function reviews(page, act, life) {
  await eventually(page, server.url + act, /Changement de chef d’établissement/i);
  await go(page, `${act}/reviser`);
  assert.equal(await page.getByLabel(BOX).count(), life.acknowledged ? 1 : 0);
  if (life.acknowledged) await page.getByLabel(BOX).check();
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Confirmer cet acte");
  assert.match(await content(page), /En vigueur[\s\S]*Révision : confirmé par/);
  await go(page, `${act}/revoquer`);
  await page.getByLabel("Motif").fill("Je reprends cette décision.");
  await press(page, "Révoquer cet acte");
  assert.match(await page.title(), /^Erreur/);
  assert.match(await content(page), /mot de passe ne convient pas/);
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Révoquer cet acte");
}

/** What the page of a request says, folded parts too. */
async function everything(page) {
  await page.locator("main details").evaluateAll((all) => all.forEach((one) => { one.open = true; }));
  return content(page);
}

/** What the team opened by hand comes back to it; once closed, nothing says that it is open again. */
async function closes(page, life) {
  await go(page, `/demandes/${life.reference}`);
  if (life.byHand) {
    const back = await everything(page);
    assert.match(back, /Fermer les droits de l’acte A\d+-\d+ : il ne vaut plus/);
    assert.match(back, /À fermer par l’équipe/);
    for (let left = life.acts.length; left > 0; left -= 1) {
      await follow(page, page.getByRole("button", { name: /^Marquer comme fait : Fermer les droits/ }).first());
      await everything(page);
    }
    await solve(page, life, "Les droits sont fermés.");
  }
  const closed = await everything(page);
  assert.doesNotMatch(closed, /À fermer par l’équipe/);
  assert.match(closed.match(/\nEffets\n[\s\S]*?Depuis le/)?.[0] ?? closed, /Retiré/);
}
