// What nobody may have, as forms ask for it: the answers that are refused, and the words of the refusal. (T6)

const MANAGEMENT = ["head", "deputy", "secretary", "workshops"];
const TEACHING = [...MANAGEMENT, "coordinator", "teacher"];
const STAFF = [...TEACHING, "staff"];
const EVERYONE = [...STAFF, "schoolAgent"];

/**
 * One line a form that refuses: the requirement, the sheet and its request, the answers given, who may ask at all, the
 * words that say the rule, the words of the way out. `at` is where it is refused: on the page that ends the questions,
 * at a question, or when it is sent.
 */
export const REFUSALS = [
  {
    rule: "POSTE-12", sheet: "poste-de-travail", kind: "installer-logiciels", who: TEACHING, answers: { licences: "doute" },
    says: /La loi interdit aux agents de la Région d’installer/, way: /Réunissez la preuve d’une licence/,
  },
  {
    rule: "POSTE-12", sheet: "logiciel-pedagogie", kind: "installation", who: STAFF,
    answers: { integration: "connue", licences: "insuffisantes", compatible: "oui" },
    says: /la loi interdit aux agents de la Région/, way: /Réunissez la preuve d’un nombre de licences/,
  },
  {
    rule: "SEC-12 dangerous", sheet: "securite-internet", kind: "derogation-web", who: TEACHING,
    answers: { sens: "autoriser", reputation: "dangereux", duree_connue: "oui" },
    says: /identifié comme dangereux/, way: /Cherchez une autre source/,
  },
  {
    rule: "SEC-12 insecure", sheet: "securite-internet", kind: "derogation-web", who: TEACHING,
    answers: { sens: "autoriser", reputation: "insecurise", duree_connue: "oui" },
    says: /identifié comme insécurisé/, way: /Demandez à l’éditeur du site/,
  },
  {
    rule: "SEC-12 illegal", sheet: "securite-internet", kind: "derogation-web", who: TEACHING,
    answers: { sens: "autoriser", reputation: "illegal", duree_connue: "oui" },
    says: /identifié comme illégal/, way: /Choisissez une autre ressource/,
  },
  {
    rule: "LADM-11", sheet: "logiciel-administration", kind: "ressources", who: MANAGEMENT, answers: { motif: "niveau-de-service" },
    says: /niveau de service non conforme/, way: /Faites tenir son engagement/,
  },
  {
    rule: "LPED-11", sheet: "logiciel-pedagogie", kind: "ressources-serveur", who: [...MANAGEMENT, "coordinator"],
    answers: { motif: "niveau-de-service" }, says: /arrêtées à l’étude d’intégration/, way: /Demandez à votre prestataire de tenir/,
  },
  {
    rule: "EQP-07", sheet: "demande-d-equipements", kind: "equipement-hors-enquete", who: EVERYONE, answers: { cadre: "besoin" },
    says: /hors de cette enquête/, way: /prochaine enquête/,
  },
  {
    rule: "POSTE-26", sheet: "poste-de-travail", kind: "panne", who: EVERYONE,
    answers: { origine: "region", degradation: "constatee" }, says: /ne couvrent pas une dégradation volontaire/, way: /Conservez le constat/,
  },
  {
    rule: "SEC-10", sheet: "securite-internet", kind: "derogation-web", who: TEACHING, at: "question",
    answers: { sens: "autoriser", reputation: "non", duree_connue: "oui", url: "" }, says: /Écrivez l’adresse du site/, way: /https:\/\/www\.exemple\.fr/,
  },
  {
    rule: "SEC-10, an encrypted page", sheet: "securite-internet", kind: "derogation-web", who: TEACHING, at: "question",
    answers: { sens: "autoriser", reputation: "non", duree_connue: "oui", url: "https://ressources.exemple.fr/page" },
    says: /Cette page est chiffrée/, way: /Demandez le site entier/,
  },
  {
    rule: "SEC-11", sheet: "securite-internet", kind: "derogation-web", who: TEACHING,
    answers: { sens: "autoriser", reputation: "non", duree_connue: "non" },
    says: /sans durée/, way: /Indiquez l’adresse et les deux dates/,
  },
  {
    rule: "SEC-11, ends before it begins", sheet: "securite-internet", kind: "derogation-web", who: TEACHING, at: "sending",
    answers: { sens: "autoriser", reputation: "non", duree_connue: "oui", url: "https://ressources.exemple.fr", debut: 20, fin: 2 },
    says: /premier et un dernier jour, dans cet ordre/, way: /Indiquez les deux dates/,
  },
  {
    rule: "SEC-12, in the lists of the Region", sheet: "securite-internet", kind: "derogation-web", who: TEACHING, at: "sending",
    answers: { sens: "autoriser", reputation: "non", duree_connue: "oui", url: "https://www.interdit.example" },
    says: /est classé illégal/, way: /signalez-le au responsable de la sécurité/,
  },
  {
    rule: "SEC-08", sheet: "securite-internet", kind: "delegation-filtrage", who: ["head"], answers: { statut: "region" },
    says: /collaborateur qui soit personnel de l’État/, way: /Désignez un collaborateur/,
  },
  {
    rule: "SEC-08, two delegates", sheet: "securite-internet", kind: "delegation-filtrage", who: ["head"], at: "question",
    answers: { statut: "etat", delegataire: ["secretary", "deputy"] }, says: /Choisissez une seule personne/, way: /Une seule personne, personnel de l’État/,
  },
  {
    rule: "SEC-08, an agent of the Region by hand", sheet: "securite-internet", kind: "delegation-filtrage", who: ["head"], at: "question",
    answers: { statut: "etat", delegataire: ["schoolAgent"] }, says: /Choisissez une (autre )?personne/, way: /dans la liste/,
  },
  {
    rule: "OGI-12", sheet: "outils-de-gestion", kind: "droits-outil", who: [...MANAGEMENT, "coordinator"],
    answers: { besoin: "consulter", beneficiaire: "tiers", outil: "a-completer" },
    says: /qu’à un personnel du lycée/, way: /Demandez à l’équipe mobile/,
  },
];
