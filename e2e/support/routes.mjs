// Every page of Beffroi, and the functions that must be able to reach it by following links.
// A link that leads to a page missing from this table fails the tests, as does a page never reached.

/** An account of each function. */
export const LOGINS = {
  visitor: null, head: "proviseur.lille", secretary: "sg.lille", teacher: "enseignant.lille", coordinator: "tic.lille",
  deputy: "adjoint.lille", workshops: "ddfpt.lille", staff: "personnel.lille", schoolAgent: "agent.lille", pupil: "eleve.lille",
  technician: "technicien.nord", manager: "responsable.nord", department: "departement", admin: "catalogue",
  works: "travaux", academy: "academie", security: "rssi", dataProtection: "dpd", provider: "prestataire",
};

const READERS = ["visitor", "head", "technician", "admin"];
const SCHOOL = ["head", "teacher"];
const AGENTS = ["technician", "manager"];

/** Path → the functions under which a browser examines it. */
export const ROUTES = {
  "/connexion": ["visitor"],
  "/mot-de-passe-oublie": ["visitor"],
  "/aide": ["visitor", "head"],
  "/accessibilite": ["visitor"],
  "/donnees-personnelles": ["visitor"],
  "/catalogue": READERS,
  "/catalogue/{slug}": READERS,
  "/catalogue/{slug}/imprimer": ["visitor", "head"],
  "/catalogue/{slug}/versions": ["visitor"],
  "/catalogue/{slug}/versions/{number}": ["visitor"],
  "/compte": ["head", "technician", "dataProtection"],
  "/compte/mot-de-passe": ["head"],
  "/accueil": [...SCHOOL, "pupil"],
  "/demander": [...SCHOOL, "pupil"],
  "/demander/{slug}/{kind}": [...SCHOOL, "pupil"],
  "/brouillons/{id}/questions/{field}": ["head"],
  "/brouillons/{id}/hors-service": ["head"],
  "/brouillons/{id}/verifier": ["head"],
  "/demandes": [...SCHOOL, "manager", "admin"],
  "/demandes/{reference}": [...SCHOOL, ...AGENTS],
  "/demandes/{reference}/confirmation": ["head"],
  "/demandes/{reference}/recepisse": ["head"],
  "/validations": ["head", "secretary", "coordinator"],
  "/validations/{id}": ["head"],
  "/recherche": ["head", "technician", "admin"],
  "/etablissement": ["head"],
  "/etablissement/procedures": ["head"],
  "/etablissement/procedures/{slug}": ["head"],
  "/etablissement/procedures/{slug}/nouvelle": ["head"],
  "/etablissement/procedures/{slug}/{step}": ["head"],
  "/file": [...AGENTS, "provider"],
  "/file/{queue}": AGENTS,
  "/region": ["manager", "admin"],
  "/region/catalogue": ["admin"],
  "/region/routage": ["admin"],
  "/region/routage/regles/{id}": ["admin"],
  "/region/etablissements": ["admin"],
  "/region/etablissements/import": ["admin"],
  "/region/etablissements/{id}": ["admin"],
  "/region/equipes": ["admin"],
  "/region/equipes/{id}": ["admin"],
  "/region/personnes": ["admin"],
  "/region/personnes/nouvelle": ["admin"],
  "/region/personnes/{id}": ["admin"],
};

/** Links that give a file, not a page. */
export const FILES = ["/region/routage/fichier", "/region/catalogue/{slug}/source", "/catalogue/{slug}/pdf", "/fichiers/{id}"];

/** Addresses that lead elsewhere at once, or open from a mail only. */
export const PASSING = ["/", "/brouillons/{id}", "/nouveau-mot-de-passe/{token}"];

const holes = (path) => path.split("{").length;
const KNOWN = [...Object.keys(ROUTES), ...FILES].sort((one, other) => holes(one) - holes(other))
  .map((route) => [route, new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`)]);

/** The route of a path; undefined when the table does not have it. */
export function routeOf(path) {
  return KNOWN.find(([, shape]) => shape.test(path.split(/[?#]/)[0]))?.[0];
}
