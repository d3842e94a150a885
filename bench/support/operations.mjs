// What people do most, with what each may cost.
import { draft, visitor } from "./visitor.mjs";

/** The budgets: CPU milliseconds of server and database together, and milliseconds for one client. */
export const BUDGETS = {
  list: { cpu: 3, p50: 5, p99: 25 },
  page: { cpu: 2, p50: 5, p99: 25 },
  create: { cpu: 1.5, p50: 5, p99: 25 },
  search: { p99: 60 },
};

const WORDS = [
  "imprimante", "bourrage papier", "écran noir", "ecran", "vidéoprojecteur salle", "mot de passe", "logiciel", "wifi internat",
  "borne", "serveur", "compte élève", "imprimante reseau", "ordinateur lent", "B12-PC07", "souris clavier", "lycée Lille",
  "Roubaix imprimante", "imprimente", "loggiciel", "filtrage site bloqué",
];

const references = (html) => [...new Set([...html.matchAll(/href="\/demandes\/([0-9]{4}-[0-9]+)"/g)].map(([, one]) => one))];

/** Several pages of a list, for references to open: fresh ones and old ones. */
async function someReferences(person) {
  const found = [];
  for (const path of ["/file/equipe", "/file/terminees", "/file/en-attente"]) found.push(...references(await person.get(path)));
  if (found.length < 20) throw new Error("the lists show too few requests");
  return found;
}

/** The operations on a Region that is served at `base`; `count` is how often each is measured. */
export async function operations(base, count) {
  const [technician, head, department] = await Promise.all(
    ["technicien.nord", "proviseur.lille", "departement"].map((login) => visitor(base, login)),
  );
  const open = await someReferences(technician);
  const turn = (list, number) => list[number % list.length];
  const drafts = [];
  return [
    { name: "File d’un technicien (50 lignes)", kind: "list", run: () => technician.load("/file/equipe") },
    { name: "File de toute la Région (50 lignes)", kind: "list", run: () => department.load("/file/equipe") },
    { name: "Demandes terminées (50 lignes)", kind: "list", run: () => technician.load("/file/terminees") },
    { name: "Demandes d’un lycée (50 lignes)", kind: "list", run: () => head.load("/demandes") },
    { name: "Page d’une demande, technicien", kind: "page", run: (number) => technician.load(`/demandes/${turn(open, number)}`) },
    { name: "Accueil d’un lycée", kind: "list", run: () => head.load("/accueil") },
    { name: "Recherche d’un technicien", kind: "search", run: (number) => technician.load(`/recherche?q=${encodeURIComponent(turn(WORDS, number))}`) },
    { name: "Recherche de toute la Région", kind: "search", run: (number) => department.load(`/recherche?q=${encodeURIComponent(turn(WORDS, number))}`) },
    { name: "Recherche d’un lycée", kind: "search", run: (number) => head.load(`/recherche?q=${encodeURIComponent(turn(WORDS, number))}`) },
    {
      name: "Envoi d’une demande", kind: "create",
      prepare: async () => { for (let made = 0; made < count + 20; made += 1) drafts.push(await draft(head)); },
      run: () => head.send(drafts.pop()),
    },
  ];
}

/** Four reads and one write, as a busy morning has them. */
export async function morning(base, seconds, rate) {
  const technician = await visitor(base, "technicien.nord");
  const head = await visitor(base, "proviseur.lille");
  const open = await someReferences(technician);
  const drafts = [];
  for (let made = 0; made < seconds * rate * 0.1 + 1; made += 1) drafts.push(await draft(head));
  const mine = [];
  for (let made = 0; made < 100; made += 1) mine.push((await head.post(await draft(head))).split("/")[2]);
  const pick = (list) => list[Math.floor(Math.random() * list.length)];
  return (number) => [
    () => technician.load("/file/equipe"),
    () => technician.load(`/demandes/${pick(open)}`),
    () => head.load("/accueil"),
    () => head.send(`/demandes/${pick(mine)}/composer`, { kind: "reply", message: "Toujours en panne ce matin." }),
    () => technician.load(`/demandes/${pick(open)}`),
    () => technician.load(`/recherche?q=${encodeURIComponent(pick(WORDS))}`),
    () => head.load("/demandes"),
    () => technician.load("/file/en-attente"),
    () => technician.load(`/demandes/${pick(open)}`),
    () => head.send(drafts.pop()),
  ][number % 10]();
}
