// Service levels: a major incident from its declaration to « résolu pour tous », seen by two schools;
// the calendar of a team, its load, escalations, requests that come back. (CSU-06, CSU-08, CSU-10)
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { confirmed, content } from "./support/asking.mjs";
import { follow, launch, newPage, press, readable, signIn } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";

const server = await startServer();
const browser = await launch();
after(async () => { await browser.close(); await server.stop(); });

const TITLE = "Postes bloqués au démarrage";
const NEWS = "La mise à jour en cause est retirée école par école.";
const END = "La mise à jour est retirée partout : redémarrez vos postes.";
const requests = {};
let incident = "";

/** Opens a session, runs the steps, then wants a silent console. */
async function as(login, steps) {
  const page = await newPage(browser);
  if (login) await signIn(page, server.url, login);
  await steps(page);
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

/** Loads the page again until it says so: jobs and the other node's memory take a moment. */
async function eventually(page, path, says) {
  for (let tries = 0; tries < 40; tries += 1) {
    await page.goto(server.url + path);
    if (says(await page.locator("body").innerText())) return;
    await new Promise((done) => { setTimeout(done, 250); });
  }
  assert.fail(`${path} never said it: ${await content(page)}`);
}

const banner = (page) => page.locator("section.bulletins");

test("an agent declares an incident; a faulty form keeps what was typed", () => as("departement", async (page) => {
  await page.goto(`${server.url}/incidents/nouveau`);
  await readable(page);
  await page.getByLabel("Titre").fill(TITLE);
  await page.getByLabel("Toute la Région").check();
  await press(page, "Déclarer l’incident");
  assert.match(await page.title(), /^Erreur/);
  assert.equal(await page.getByLabel("Titre").inputValue(), TITLE);
  await readable(page);
  await page.getByLabel("Ce qui est connu").fill("Les postes restent noirs au démarrage. Nouvelles à 14 heures.");
  await page.getByLabel("Thème").selectOption("poste");
  await press(page, "Déclarer l’incident");
  incident = new URL(page.url()).pathname;
  assert.match(incident, /^\/incidents\/\d{4}-\d+$/);
  assert.match(await banner(page).innerText(), new RegExp(TITLE));
  await readable(page);
}));

test("visitors are told on the sign-in page", () => as(null, async (page) => {
  await page.goto(`${server.url}/connexion`);
  assert.match(await banner(page).innerText(), new RegExp(TITLE));
  await readable(page);
}));

for (const login of ["proviseur.lille", "proviseur.roubaix"]) {
  test(`${login} is told before asking and joins in one click`, () => as(login, async (page) => {
    assert.match(await banner(page).innerText(), /Incident en cours/);
    await page.goto(`${server.url}/demander/poste-de-travail/panne`);
    assert.match(await content(page), /C’est peut-être déjà connu/);
    await readable(page);
    await press(page, "C’est ce que j’ai : m’ajouter à l’incident");
    requests[login] = await confirmed(page);
    await page.goto(`${server.url}/demandes/${requests[login]}`);
    assert.match(await content(page), /Rattachée à un incident majeur/);
    await page.goto(server.url + incident);
    assert.match(await content(page), new RegExp(requests[login]));
    await readable(page);
  }));
}

test("one answer reaches both schools", () => as("departement", async (page) => {
  await page.goto(server.url + incident);
  assert.match(await content(page), /2 demandes, dont 2 en cours/);
  await page.getByLabel("Donner des nouvelles").fill(NEWS);
  await press(page, "Publier les nouvelles");
  assert.match(await banner(page).innerText(), /école par école/);
}));

test("each school reads it in its own request, once", async () => {
  for (const login of Object.keys(requests)) {
    await as(login, async (page) => {
      await eventually(page, `/demandes/${requests[login]}`, (text) => text.includes("a répondu") || text.includes(NEWS));
      const said = (await page.locator(".timeline").innerText()).split(NEWS).length - 1;
      assert.equal(said, 1);
    });
  }
});

test("« résolu pour tous » solves every request and takes the banner down", async () => {
  await as("departement", async (page) => {
    await page.goto(server.url + incident);
    await page.getByLabel("Terminer l’incident").fill(END);
    await press(page, "Résolu pour tous");
    assert.equal(await banner(page).count(), 0);
    await readable(page);
  });
  for (const login of Object.keys(requests)) {
    await as(login, async (page) => {
      await eventually(page, `/demandes/${requests[login]}`, (text) => text.includes("propose une solution"));
      assert.match(await page.locator(".timeline").innerText(), new RegExp(END));
      assert.equal(await banner(page).count(), 0);
    });
  }
});

test("a manager puts someone on duty, an agent notes an absence and follows their calendar from another program", async () => {
  await as("technicien.nord", async (page) => {
    await page.goto(`${server.url}/equipe/calendrier`);
    await readable(page);
    await page.getByLabel("Premier jour").fill("2027-01-04");
    await page.getByLabel("Dernier jour").fill("2027-01-02");
    await press(page, "Noter mon absence");
    assert.match(await content(page), /Le dernier jour doit venir après le premier/);
    assert.equal(await page.getByLabel("Premier jour").inputValue(), "2027-01-04");
    await page.getByLabel("Dernier jour").fill("2027-01-08");
    await press(page, "Noter mon absence");
    await page.goto(`${server.url}/equipe/calendrier?jour=2027-01-04&vue=mois`);
    assert.match(await content(page), /janvier 2027/);
    assert.match(await page.locator("table.calendar").innerText(), /Absents/);
    await readable(page);
    await press(page, "Créer un mot de passe d’agenda");
    await readable(page);
    const [address, user, password] = await page.locator("code").allInnerTexts();
    const { pathname } = new URL(address);
    assert.equal((await fetch(server.url + pathname)).status, 401);
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
    const answer = await fetch(server.url + pathname, { headers: { authorization } });
    assert.equal(answer.headers.get("content-type"), "text/calendar; charset=utf-8");
    assert.match(await answer.text(), /SUMMARY:Absence/);
  });
  await as("responsable.nord", async (page) => {
    await page.goto(`${server.url}/equipe/calendrier?equipe=mobile-nord`);
    await readable(page);
    await page.getByLabel("Membre de l’équipe").selectOption({ index: 1 });
    await press(page, "Inscrire au tour");
    assert.match(await content(page), /Chaque lundi/);
  });
});

test("an agent gives a request to the least loaded colleague", () => as("technicien.nord", async (page) => {
  await page.goto(`${server.url}/file/a-prendre`);
  await follow(page, page.locator('main a[href^="/demandes/"]').first());
  assert.match(await content(page), /La moins chargée des personnes présentes/);
  await readable(page);
  await press(page, "Confier à la personne la moins chargée");
  assert.match(await content(page), /La demande est confiée à cette personne/);
}));

describe("pages of those who steer", () => {
  const pages = {
    "responsable.nord": ["/equipe/charge", "/region/escalades", "/incidents"],
    departement: ["/region/escalades", "/equipe/charge", "/incidents"],
    "proviseur.lille": ["/recurrences", "/incidents"],
  };
  for (const [login, paths] of Object.entries(pages)) {
    test(login, () => as(login, async (page) => {
      for (const path of paths) {
        await page.goto(server.url + path);
        await readable(page);
      }
    }));
  }
});

test("the department changes who is told", () => as("departement", async (page) => {
  await page.goto(`${server.url}/region/escalades`);
  const share = page.getByLabel("Première étape, en % du délai").first();
  await share.fill("20");
  await press(page, "Enregistrer");
  assert.match(await page.title(), /^Erreur/);
  await page.getByLabel("Première étape, en % du délai").first().fill("60");
  await press(page, "Enregistrer");
  assert.equal(await page.getByLabel("Première étape, en % du délai").first().inputValue(), "60");
}));

test("a head plans a request for each rentrée, pauses it and resumes it", () => as("proviseur.lille", async (page) => {
  await page.goto(`${server.url}/recurrences/nouvelle?demande=${requests["proviseur.lille"]}`);
  await readable(page);
  await page.getByLabel("À partir du").fill("2027-06-01");
  await press(page, "Planifier");
  assert.match(await content(page), /À chaque rentrée/);
  assert.match(await content(page), /1er septembre 2027/);
  await readable(page);
  await press(page, `Mettre en pause : Signaler une panne de poste`);
  assert.match(await content(page), /En pause/);
  await press(page, `Reprendre : Signaler une panne de poste`);
  assert.match(await content(page), /Active/);
}));
