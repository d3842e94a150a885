// The way of a request, as people walk it: the head of a school asks, the secretary-general approves,
// the head signs, a technician works, the requester says whether it helped. (CSU-01, LIRE-02, LIRE-03)
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { inDays } from "./support/answers.mjs";
import { begin, confirmed, content, replies, reply } from "./support/asking.mjs";
import { PASSWORD, follow, launch, newPage, press, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

/** Opens a session, runs the steps, then wants a silent console. */
async function as(login, steps) {
  const page = await newPage(browser);
  await signIn(page, server.url, login);
  await steps(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

const says = async (page, ...texts) => {
  const shown = await content(page);
  for (const text of texts) assert.ok(shown.includes(text), `« ${text} » in: ${shown}`);
};
const photo = { file: { name: "ecran.png", mimeType: "image/png", buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=", "base64") } };
let breakdown = "";
let exemption = "";

test("a head finds the sheet, is told what is out of scope, mends it and sends", () => as("proviseur.lille", async (page) => {
  await page.getByLabel("De quoi avez-vous besoin ?").fill("logiciel");
  await press(page, "Chercher");
  await says(page, "Faire installer des logiciels", "Faire étudier un nouveau logiciel");
  await page.getByLabel("De quoi avez-vous besoin ?").fill("poste");
  await press(page, "Chercher");
  await says(page, "Signaler une panne de poste");
  await page.goto(`${server.url}/catalogue/poste-de-travail`);
  await says(page, "Gestion du poste de travail", "Ce que vous pouvez demander");
  await press(page, "Commencer : Signaler une panne de poste", "link");
  await says(page, "Avant de commencer", "Les équipements personnels", "Délais");
  await press(page, "Commencer");
  // Out of scope: the sentence of the sheet, then a correction.
  await replies(page, [["origine", "personnel"]]);
  await says(page, "Ce service ne couvre pas cette demande", "Les équipements personnels", "utilisez un poste de l’établissement");
  await press(page, "Modifier : À qui appartient ce matériel ?", "link");
  await replies(page, [["origine", "region"], ["degradation", "non"], ["element", "ecran"], ["poste", "PC-204-07"]]);
  await leaveAndComeBack(page);
  // A missing answer: beside the field and in the summary, which has the focus.
  await reply(page, "symptome", "court");
  assert.equal(await page.evaluate(() => document.activeElement.className), "errors");
  assert.match(await page.title(), /^Erreur/);
  assert.equal(await page.locator("textarea").inputValue(), "court");
  await replies(page, [["symptome", "L’écran reste noir depuis ce matin, même avec un autre câble."], ["gene", "personne"], ["photos", photo]]);
  await says(page, "Vérifiez vos réponses", "PC-204-07", "Salle 204", "ecran.png");
  await press(page, "Modifier : Dans quelle salle se trouve-t-il ?", "link");
  await reply(page, "salle", "Salle 206");
  await says(page, "Vérifiez vos réponses", "Salle 206");
  await press(page, "Envoyer la demande");
  breakdown = await confirmed(page);
  await says(page, "Ce qui se passe maintenant", "vous répond avant le");
}));

/** Steps back and leaves: what was answered is still there. */
async function leaveAndComeBack(page) {
  await page.goBack();
  assert.equal(await page.locator("#poste").inputValue(), "PC-204-07");
  await press(page, "← Question précédente", "link");
  assert.ok(await page.locator('input[value="ecran"]').isChecked());
  await press(page, "Enregistrer et revenir plus tard", "link");
  await says(page, "Brouillons, pas encore envoyés");
  await follow(page, page.locator('main a[href^="/brouillons/"]').first());
  await reply(page, "salle", "Salle 204");
}

test("the goodwill path says that nothing is promised", () => as("enseignant.lille", async (page) => {
  await begin(page, server.url, "poste-de-travail", "panne");
  await reply(page, "origine", "personnel");
  await press(page, "Continuer sans engagement de délai");
  await replies(page, [
    ["degradation", "non"], ["element", "fixe"], ["poste", "__unknown"], ["salle", "CDI"],
    ["symptome", "Il ne démarre plus du tout."], ["gene", "genant"], ["photos", undefined],
  ]);
  await says(page, "Sans engagement de délai");
  await press(page, "Envoyer la demande");
  await confirmed(page);
  await says(page, "sans engagement de délai");
}));

test("a teacher's request waits for the secretary-general, who approves it", async () => {
  let reference = "";
  await as("enseignant.lille", async (page) => {
    await begin(page, server.url, "logiciel-pedagogie", "installation");
    await replies(page, [
      ["integration", "connue"], ["licences", "libre"], ["compatible", "oui"],
      ["logiciels", [["Logiciel", "GeoGebra"], ["Version", "6.0"]]], ["emplacement", "Salle 112, seize postes"],
      ["fournitures", "media"], ["sous_contrat", "no"], ["date_souhaitee", undefined],
    ]);
    await press(page, "Envoyer à la validation");
    reference = await confirmed(page);
    await says(page, "Validation par le secrétaire général");
  });
  await as("sg.lille", async (page) => {
    await says(page, "Ce qui vous attend", reference);
    await follow(page, page.locator("main li").filter({ hasText: reference }).locator('a[href^="/validations/"]'));
    await says(page, "GeoGebra", "Secrétaire général");
    await press(page, "Accorder");
    await says(page, "Accordée");
  });
  await as("enseignant.lille", async (page) => {
    await page.goto(`${server.url}/demandes/${reference}`);
    assert.doesNotMatch(await content(page), /attend la validation/);
  });
});

test("the head signs a web exemption with a password", () => as("proviseur.lille", async (page) => {
  await begin(page, server.url, "securite-internet", "derogation-web");
  await replies(page, [
    ["sens", "autoriser"], ["reputation", "non"], ["duree_connue", "oui"], ["url", "https://ressources.exemple.fr"],
    ["motif", "Cours de géographie en seconde"], ["public", "eleves"], ["debut", inDays(1)], ["fin", inDays(30)],
  ]);
  await press(page, "Envoyer à la validation");
  exemption = await confirmed(page);
  await page.goto(`${server.url}/validations`);
  await follow(page, page.locator("main li").filter({ hasText: exemption }).getByRole("link"));
  await says(page, "Je, chef d’établissement", "ressources.exemple.fr");
  await page.getByLabel("Votre mot de passe").fill("ce n’est pas le bon");
  await press(page, "Signer");
  assert.match(await page.title(), /^Erreur/);
  await page.getByLabel("Votre mot de passe").fill(PASSWORD);
  await press(page, "Signer");
  await says(page, "Accordée", "Empreinte du texte signé");
}));

/** Takes a request from the queue, waits, goes on and solves it. */
async function treat(page, reference) {
  await page.goto(`${server.url}/file/a-prendre`);
  await page.getByLabel("Chercher", { exact: true }).fill(reference);
  await press(page, "Chercher");
  await follow(page, page.locator(`main a[href^="/demandes/${reference}"]`));
  await press(page, "Prendre en charge");
  const composer = page.locator("#composer");
  await composer.locator(".kinds").getByText("Réponse", { exact: true }).click();
  await composer.locator("textarea").fill("Je passe demain matin. La salle est-elle libre ?");
  await press(page, "Envoyer la réponse");
  await says(page, "La salle est-elle libre ?");
  await composer.locator(".kinds").getByText("Attente", { exact: true }).click();
  await composer.locator("textarea").fill("Une réponse sur la salle.");
  await press(page, "Mettre en attente");
  // Who must act was not said: beside its field, and the text is still there.
  assert.match(await page.title(), /^Erreur/);
  assert.equal(await composer.locator("textarea").inputValue(), "Une réponse sur la salle.");
  await composer.getByLabel("Qui doit agir ?").selectOption("school");
  await press(page, "Mettre en attente");
  await says(page, "Les délais sont suspendus");
  await press(page, "Reprendre le travail");
  await composer.locator(".kinds").getByText("Solution", { exact: true }).click();
  await composer.locator("textarea").fill("C’est fait et vérifié sur place.");
  await composer.getByLabel("Issue").selectOption("done");
  await press(page, "Envoyer la solution");
  await says(page, "propose une solution");
}

test("the technician of the team takes, answers, waits, goes on and solves", () =>
  as("technicien.nord", (page) => treat(page, breakdown)));

test("the central services treat the exemption", () =>
  as("technicien.central", (page) => treat(page, exemption)));

test("the requester says in one click that it helped", () => as("proviseur.lille", async (page) => {
  await page.goto(`${server.url}/demandes/${breakdown}`);
  await says(page, "La solution convient-elle ?", "C’est fait et vérifié sur place.");
  await press(page, "Oui, tout à fait");
  await says(page, "est close");
}));

test("the keyboard is enough to sign in, ask and send", async () => {
  const page = await newPage(browser);
  await page.goto(`${server.url}/connexion`);
  const keys = async (...names) => { for (const name of names) await page.keyboard.press(name); };
  const reach = async (selector) => {
    for (let tries = 0; tries < 80; tries += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      await keys("Tab");
    }
    assert.fail(`Tab never reaches ${selector} at ${page.url()}`);
  };
  const go = async (key) => { await Promise.all([page.waitForEvent("load"), keys(key)]); };
  await keys("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), "#contenu", "the skip link comes first");
  await reach("input[name=login]");
  await page.keyboard.type("sg.lille");
  await reach("input[type=password]");
  await page.keyboard.type(PASSWORD);
  await go("Enter");
  await reach('main a[href="/demander"]');
  await go("Enter");
  await reach('a[href="/demander/poste-de-travail/question"]');
  await go("Enter");
  await reach("main form button[type=submit]");
  await go("Enter");
  for (let steps = 0; steps < 12 && page.url().includes("/questions/"); steps += 1) {
    await reach("main .field input, main .field textarea");
    const type = await page.evaluate(() => document.activeElement.type);
    if (type === "radio" || type === "checkbox") await keys("Space");
    else if (type !== "file") await page.keyboard.type("Comment prévoir une salle de plus ?");
    await reach("main form button[type=submit]");
    await go("Enter");
  }
  assert.match(page.url(), /\/verifier$/);
  await reach('main form[action$="/envoyer"] button');
  await go("Enter");
  await confirmed(page);
  assert.deepEqual(page.faults, []);
});
