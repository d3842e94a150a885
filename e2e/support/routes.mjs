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
  "/nouveau-mot-de-passe": ["visitor"],
  "/aide": ["visitor", "head", "technician"],
  "/aide/utiliser-beffroi": ["visitor"],
  "/aide/{slug}": ["visitor", "head", "technician"],
  "/aide/redaction": AGENTS,
  "/aide/redaction/liens": AGENTS,
  "/aide/redaction/nouveau": ["technician"],
  "/aide/redaction/{id}": AGENTS,
  "/aide/redaction/{id}/modifier": ["technician"],
  "/aide/redaction/{id}/versions/{number}": ["technician"],
  "/saisir": AGENTS,
  "/saisir/{school}": ["technician"],
  "/saisir/{school}/demande": ["technician"],
  // Examined by knowledge.test.mjs: they follow an act.
  "/saisir/confirmation/{reference}": [],
  "/demandes/{reference}/article": [],
  "/brouillons/{id}/repondu": [],
  "/courriels": ["manager", "department", "admin"],
  // Examined by mails.test.mjs: the demonstration receives no mail.
  "/courriels/{id}": [],
  "/courriels/{id}/original": [],
  "/verifier": ["visitor", "head"],
  // Examined by proof.test.mjs: it follows a signature.
  "/verifier/{code}": [],
  "/accessibilite": ["visitor"],
  "/donnees-personnelles": ["visitor"],
  "/catalogue": READERS,
  "/catalogue/{slug}": READERS,
  "/catalogue/{slug}/imprimer": ["visitor", "head"],
  "/catalogue/{slug}/versions": ["visitor"],
  "/catalogue/{slug}/versions/{number}": ["visitor"],
  "/disponibilite": ["visitor", "head", "admin"],
  "/region/maintenance": ["admin", "department"],
  "/region/protection": ["admin", "department", "security"],
  "/delais": ["visitor", "head", "admin"],
  "/delais/methode": ["visitor"],
  "/delais/{slug}/{kind}": ["visitor", "head"],
  "/compte": ["head", "technician", "dataProtection"],
  "/compte/mot-de-passe": ["head"],
  "/compte/cles": ["head", "technician"],
  // Examined by passkeys.test.mjs: it follows a key.
  "/compte/cles/{id}/retirer": [],
  "/compte/code": ["head", "technician"],
  // Examined by protection.test.mjs: only those of whom a second factor is asked see it.
  "/compte/second-facteur": [],
  "/compte/donnees": ["head", "technician"],
  "/region/donnees": ["dataProtection"],
  "/region/quarantaine": ["security", "admin"],
  // Examined by privacy.test.mjs: they follow a login.
  "/region/donnees/{id}": [],
  "/region/donnees/{id}/fichier": [],
  // Examined by sso.test.mjs: they follow a provider.
  "/compte/confirmation": [],
  "/compte/jetons": ["head", "technician"],
  "/api": ["head", "admin"],
  "/accueil": [...SCHOOL, "pupil"],
  "/demander": [...SCHOOL, "pupil"],
  "/demander/{slug}/{kind}": [...SCHOOL, "pupil"],
  "/brouillons/{id}/questions/{field}": ["head"],
  "/brouillons/{id}/hors-service": ["head"],
  "/brouillons/{id}/verifier": ["head"],
  "/demandes": [...SCHOOL, "manager", "admin"],
  "/demandes/{reference}": [...SCHOOL, ...AGENTS],
  "/demandes/{reference}/contexte": ["technician"],
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
  "/file/recherches": AGENTS,
  "/file/mentions": ["technician"],
  "/modeles": AGENTS,
  "/modeles/nouveau": ["technician"],
  "/modeles/{id}": ["technician"],
  "/raccourcis": ["technician"],
  "/incidents": ["head", "technician"],
  "/incidents/nouveau": ["technician", "department"],
  "/incidents/{reference}": ["head", "technician", "department"],
  "/equipe/calendrier": AGENTS,
  "/equipe/charge": ["manager"],
  "/recurrences": ["head"],
  "/recurrences/nouvelle": ["head"],
  "/region/escalades": ["manager", "department"],
  "/actes": ["head", "teacher", "coordinator", "technician", "department"],
  "/actes/{id}": ["head", "coordinator", "technician"],
  "/actes/{id}/signer": ["head"],
  "/actes/{id}/refuser": ["head"],
  "/actes/{id}/reviser": ["head"],
  "/actes/{id}/revoquer": ["head"],
  "/actes/{id}/retirer": ["head"],
  "/etablissements/{uai}/droits": ["head", "technician"],
  "/etablissements/{uai}/responsabilite": ["head", "department"],
  "/etablissements/{uai}/responsabilite/nouvelle": ["department"],
  // Examined by liability.test.mjs: they follow a decision.
  "/etablissements/{uai}/responsabilite/contester": [],
  "/etablissements/{uai}/responsabilite/lever": [],
  "/personnes/{id}/droits": ["head", "teacher"],
  "/region/actes": ["department"],
  "/region": ["manager", "admin"],
  "/region/jetons": ["admin", "security"],
  "/region/webhooks": ["admin"],
  // Examined by api.test.mjs: it follows a subscription.
  "/region/webhooks/{id}": [],
  "/region/passerelles": ["admin", "department"],
  // Examined by bridge.test.mjs: they follow a bridge.
  "/region/passerelles/nouvelle": [],
  "/region/passerelles/{id}": [],
  "/demandes/{reference}/passerelle": [],
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
export const FILES = ["/region/routage/fichier", "/region/catalogue/{slug}/source", "/catalogue/{slug}/pdf", "/fichiers/{id}",
  "/verifier/cle.txt", "/actes/{id}/acte.pdf", "/actes/{id}/preuve.json",
  "/actes/{id}/horodatage.tsr", "/delais/fichier", "/delais/{slug}/{kind}/fichier", "/file/export/{format}",
  "/api/openapi.json"];

/** Addresses that lead elsewhere at once, open from a mail only or from a form, serve scripts, or are streams. */
export const PASSING = ["/", "/direct", "/demandes/{reference}/agents", "/raccourcis/etat", "/file/lots/{id}", "/brouillons/{id}",
  "/equipe/agenda.ics", "/verifier/fichier",
  "/connexion/unique/{slug}", "/connexion/unique/{slug}/retour", "/connexion/unique/{slug}/quitter", "/connexion/intranet",
  "/compte/confirmation/{slug}"];

const holes = (path) => path.split("{").length;
const KNOWN = [...Object.keys(ROUTES), ...FILES].sort((one, other) => holes(one) - holes(other))
  .map((route) => [route, new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`)]);

/** The route of a path; undefined when the table does not have it. */
export function routeOf(path) {
  return KNOWN.find(([, shape]) => shape.test(path.split(/[?#]/)[0]))?.[0];
}
