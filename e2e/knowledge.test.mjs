// Knowledge as people live it: an agent writes, another publishes, the form offers it, somebody needs no request
// any more; and a request that came by phone is typed in. (CSU-05, LIRE-07)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { begin, content, replies } from "./support/asking.mjs";
import { accessibilityFaults, follow, launch, newPage, press, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const QUESTION = "Le réseau est coupé dans une salle : que regarder d’abord ?";
const PAGE = "/aide/le-reseau-est-coupe-dans-une-salle-que-regarder-d-abord";
let article = "";
let typedIn = "";

/** Opens a session, runs the steps, then wants a silent console. */
async function as(login, steps) {
  const page = await newPage(browser);
  if (login) await signIn(page, server.url, login);
  await steps(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

const says = async (page, ...texts) => {
  const shown = (await content(page)).replaceAll("\u00a0", " ");
  for (const text of texts) assert.ok(shown.includes(text), `« ${text} » in: ${shown}`);
};

/** Nothing for axe to say in light or dark, one h1, no sideways scrolling at 320 pixels. */
async function sound(page) {
  const faults = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${colorScheme}: ${fault}`));
  }
  if (await page.locator("h1").count() !== 1) faults.push("not exactly one h1");
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > globalThis.innerWidth);
  if (wide) faults.push("scrolls sideways at 320 pixels");
  await page.setViewportSize(before);
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(faults, [], page.url());
}

test("a technician writes an article, looks at it, and proposes it", () => as("technicien.nord", async (page) => {
  await page.goto(`${server.url}/aide`);
  await press(page, "Écrire ou relire des articles", "link");
  await sound(page);
  await press(page, "Écrire un article", "link");
  await press(page, "Enregistrer le brouillon");
  await says(page, "Écrivez la question à laquelle l’article répond.");
  await page.getByLabel("La question").fill(QUESTION);
  await page.getByLabel("La réponse").fill("Regardez le voyant de la prise.\n\n- **Éteint** : le câble est débranché.\n- **Allumé** : redémarrez le poste.");
  await page.locator("details:has(input[name=demandes-reseau-local]) summary").click();
  await page.getByLabel("Signaler une panne du réseau").check();
  await press(page, "Voir l’aperçu");
  await says(page, "Rien n’est enregistré");
  assert.equal(await page.locator(".prose li").count(), 2);
  assert.ok(await page.locator('input[name="demandes-reseau-local"][value="incident"]').isChecked());
  await sound(page);
  await press(page, "Enregistrer le brouillon");
  await says(page, "Le brouillon est enregistré.");
  article = new URL(page.url()).pathname;
  await press(page, "Proposer à la relecture");
  await says(page, "Votre texte attend la relecture d’une autre personne.");
  assert.equal(await page.getByRole("button", { name: "Publier", exact: true }).count(), 0);
  await sound(page);
}));

test("a manager returns it with a remark, its author mends it, the manager publishes", async () => {
  await as("responsable.nord", async (page) => {
    await page.goto(server.url + article);
    await sound(page);
    await press(page, "Renvoyer à l’auteur");
    await says(page, "Dites à l’auteur ce qu’il doit reprendre.");
    await page.getByLabel("Ce qu’il faut reprendre").fill("Dites aussi qui appeler.");
    await press(page, "Renvoyer à l’auteur");
  });
  await as("technicien.nord", async (page) => {
    await page.goto(server.url + article);
    await says(page, "Dites aussi qui appeler.");
    await press(page, "Modifier le texte", "link");
    await sound(page);
    await page.getByLabel("La réponse").fill("Regardez le voyant de la prise. Éteint : rebranchez. Allumé : prévenez-nous.");
    await press(page, "Enregistrer le brouillon");
    await press(page, "Proposer à la relecture");
  });
  await as("responsable.nord", async (page) => {
    await page.goto(server.url + article);
    await press(page, "Publier");
    await says(page, "L’article est en ligne.");
    await press(page, "Version 1", "link");
    await sound(page);
  });
});

test("a visitor finds it with a slip and without accents, and says what is missing", () => as(null, async (page) => {
  await page.goto(`${server.url}/aide`);
  await sound(page);
  await page.getByLabel("Quelle est votre question ?").fill("reseua coupe salle");
  await press(page, "Chercher");
  await sound(page);
  await press(page, QUESTION, "link");
  assert.equal(new URL(page.url()).pathname, PAGE);
  await sound(page);
  await press(page, "Non");
  await says(page, "Cet article ne vous a pas répondu.", "Signaler une panne du réseau");
  await sound(page);
  await page.getByLabel("Que manque-t-il ?").fill("Le numéro à appeler.");
  await press(page, "Envoyer la remarque");
  await says(page, "Votre remarque est transmise");
  // The same browser changes its mind: one answer is counted, not two.
  await page.goto(server.url + PAGE);
  await press(page, "Oui");
  await says(page, "Votre réponse est comptée.");
}));

test("an article for agents does not exist for a school", async () => {
  const path = "/aide/l-appelant-n-a-pas-de-compte-comment-saisir-sa-demande";
  await as("technicien.nord", async (page) => {
    assert.equal((await page.goto(server.url + path)).status(), 200);
  });
  await as("proviseur.lille", async (page) => {
    assert.equal((await page.goto(server.url + path)).status(), 404);
    page.faults.length = 0;
  });
});

test("the form offers it, it answers, and no request is made", () => as("enseignant.lille", async (page) => {
  await page.goto(`${server.url}/demander/reseau-local/incident`);
  await says(page, "La réponse est peut-être ici");
  await sound(page);
  await begin(page, server.url, "reseau-local", "incident");
  const draft = new URL(page.url()).pathname.replace(/\/questions.*/, "");
  await page.getByText(QUESTION, { exact: true }).click();
  await sound(page);
  await follow(page, page.getByRole("button", { name: "Cela m’a répondu" }).first());
  await says(page, "Aucune demande n’est envoyée.");
  assert.equal(new URL(page.url()).pathname, `${draft}/repondu`);
  await sound(page);
  await page.goto(`${server.url}/accueil`);
  await says(page, "Closes par un article d’aide");
  await page.goto(server.url + draft);
  await press(page, "Reprendre ma demande");
  assert.match(page.url(), /\/questions\//);
  await page.getByText(QUESTION, { exact: true }).click();
  await follow(page, page.getByRole("button", { name: "Cela m’a répondu" }).first());
}));

test("its editors read what it spared", () => as("responsable.nord", async (page) => {
  await page.goto(server.url + article);
  await says(page, "Il a évité 1 demande.", "Le numéro à appeler.");
  await sound(page);
  const bars = (await page.locator("figure.chart svg").innerHTML()).replaceAll("&nbsp;", " ");
  assert.match(bars, /« Oui, cela répond » : <tspan class="value">1</);
  assert.match(bars, /« Non » : <tspan class="value">0</);
}));

test("a technician types in a call: the request is the teacher's, and its number is said", () => as("technicien.nord", async (page) => {
  await press(page, "Saisir", "link");
  await sound(page);
  await page.getByLabel("Pour quel établissement ?").fill("vasseur");
  await press(page, "Chercher");
  await follow(page, page.locator(".choices a").first());
  await page.getByLabel("Son nom").fill("enseignant.lille");
  await press(page, "Chercher");
  await sound(page);
  const name = (await page.locator(".choices a").first().innerText()).trim();
  await follow(page, page.locator(".choices a").first());
  await press(page, "Continuer");
  await says(page, "Il y a quelque chose à corriger");
  await page.getByLabel("Téléphone").check();
  await page.getByLabel("Que demande-t-on ?").selectOption("poste-de-travail/panne");
  await sound(page);
  await press(page, "Continuer");
  await says(page, `Vous écrivez pour ${name}`);
  await sound(page);
  await replies(page, [["origine", "region"], ["degradation", "non"], ["element", "ecran"], ["poste", "PC-204-07"], ["salle", "Salle 204"]]);
  await replies(page, [["symptome", "L’écran reste noir depuis ce matin, même avec un autre câble."], ["gene", "personne"], ["photos"]]);
  await says(page, "Vérifiez vos réponses", name);
  await press(page, "Envoyer la demande");
  await says(page, "La demande est enregistrée", "À dire à la personne", name);
  await sound(page);
  typedIn = (await page.locator(".confirmation .reference").innerText()).trim();
  await page.goto(`${server.url}/demandes/${typedIn}`);
  await says(page, "reçue par téléphone", "Téléphone");
}));

test("the teacher follows it as their own", () => as("enseignant.lille", async (page) => {
  await page.goto(`${server.url}/demandes/${typedIn}`);
  await says(page, "Votre demande");
}));

test("once solved it becomes an article, without the people", () => as("technicien.nord", async (page) => {
  const act = (verb, form) => page.request.post(`${server.url}/demandes/${typedIn}/${verb}`, { form });
  await act("prendre", {});
  await act("composer", { kind: "solution", outcome: "done", message: "Mme Vasseur avait débranché l’écran : rebranchez-le." });
  await page.goto(`${server.url}/demandes/${typedIn}`);
  await press(page, "En faire un article", "link");
  await says(page, "Le texte nomme peut-être quelqu’un");
  await sound(page);
  await press(page, "Proposer à la relecture");
  await says(page, "confirmez plus bas que ces mots ne désignent personne");
  await sound(page);
  await page.getByLabel("La réponse").fill("L’écran était débranché : rebranchez-le.");
  await press(page, "Proposer à la relecture");
  await says(page, "Votre texte attend la relecture d’une autre personne.", `demande ${typedIn}`);
}));
