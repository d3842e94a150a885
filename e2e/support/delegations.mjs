// What each kind of delegation is in a browser: who asks, with which answers, who signs, who opens. (T3)
import { inDays } from "./answers.mjs";

const DEPUTY = "adjoint.lille";
const COORDINATOR = "tic.lille";
const deputy = { people: [/chef d’établissement adjoint/i] };
const coordinator = { people: [/coordonnateur TIC/i] };

/** One line a kind. `holders` are those who read the right on their own page; `byHand`, whether the team closes it. */
export const DELEGATIONS = [
  {
    name: "workstation rights", sheet: "poste-de-travail", kind: "droits-coordonnateur", asker: DEPUTY,
    answers: [
      ["coordonnateur", coordinator], ["etendue", "salles"], ["salles", "Salles B12 et B14"],
      ["missions", "Remettre en état les postes entre deux cours."], ["debut", inDays(0)],
    ],
    signer: COORDINATOR, holders: [COORDINATOR], opener: "technicien.nord", byHand: true,
    text: /En ma qualité de coordonnateur TIC, j’accepte[\s\S]*Salles B12 et B14/, acknowledged: /Je prends la responsabilité de la gestion des postes/,
  },
  {
    name: "limited administration rights", sheet: "serveurs-et-donnees", kind: "delegation-admin", asker: DEPUTY,
    answers: [
      ["beneficiaire_type", "personne"], ["motif", "continuite"], ["personne", deputy],
      ["competence", "Formation d’administrateur suivie l’an dernier."],
      ["actions", [["Équipement ou système", "Serveur d’impression"], ["Action", "Vider une file"]]],
      ["justification", "Aucun technicien n’est sur place le samedi matin."], ["debut", inDays(0)],
    ],
    signer: "proviseur.lille", holders: [DEPUTY], opener: "responsable.nord", byHand: true,
    text: /Serveur d’impression[\s\S]*Vider une file/, acknowledged: /ne pourra mettre en cause la Région/,
  },
  {
    name: "filter delegation", sheet: "securite-internet", kind: "delegation-filtrage", asker: "proviseur.lille",
    answers: [["statut", "etat"], ["delegataire", deputy], ["debut", inDays(0)], ["remplace", "yes"]],
    signer: "proviseur.lille", holders: [DEPUTY], opener: "technicien.central", byHand: false,
    text: /délègue à la personne désignée[\s\S]*Cet acte remplace l’acte A\d+-\d+/,
  },
  {
    name: "accounts delegation", sheet: "identifiants-et-espaces", kind: "delegation-comptes", asker: "proviseur.lille",
    answers: [
      ["nominatif", "oui"], ["delegataires", { people: [/secrétaire général/i, /chef d’établissement adjoint/i] }],
      ["debut", inDays(0)], ["remplace", "no"],
    ],
    signer: "proviseur.lille", holders: ["sg.lille", DEPUTY], opener: "technicien.central", byHand: true,
    text: /l’utilisation de l’interface de gestion des comptes/, acknowledged: /nominatifs et individuels/,
  },
  {
    name: "right on a tool", sheet: "outils-de-gestion", kind: "droits-outil", asker: COORDINATOR,
    answers: [
      ["besoin", "consulter"], ["beneficiaire", "personnel"], ["outil", "a-completer"], ["personne", coordinator],
      ["nom_outil", "Console d’inventaire"], ["actions", "Lire l’état des postes de la salle B12."],
      ["debut", inDays(0)], ["fin", inDays(60)],
    ],
    signer: "proviseur.lille", holders: [COORDINATOR], opener: "technicien.central", byHand: true,
    text: /Console d’inventaire/,
  },
  {
    name: "access of a provider of administration", sheet: "logiciel-administration", kind: "ouvrir-acces", asker: "sg.lille",
    answers: [
      ["etude", "favorable"], ["reference", "ETU-2026-14"], ["prestataire", "Impression Services"],
      ["contact", "support@exemple.fr"], ["outil", "Serveur de badges"], ["modalites", "Par le bastion, le mardi seulement."],
      ["debut", inDays(0)], ["fin", inDays(90)],
    ],
    signer: "proviseur.lille", holders: [], opener: "technicien.nord", byHand: true, text: /accès externe[\s\S]*Impression Services/,
  },
  {
    name: "access of a provider of teaching software", sheet: "logiciel-pedagogie", kind: "acces-distant", asker: DEPUTY,
    answers: [
      ["etude_faite", "favorable"], ["reference_etude", "ETU-2026-15"], ["prestataire", "Atelier Numérique"],
      ["intervenants", [["Nom et prénom", "Lou Garnier"], ["Messagerie professionnelle", "lou.garnier@exemple.fr"]]],
      ["outil", "Serveur de simulation"], ["motif", "Mettre à jour la simulation."], ["debut", inDays(0)], ["fin", inDays(30)],
    ],
    signer: "proviseur.lille", holders: [], opener: "technicien.nord", byHand: true, text: /Atelier Numérique[\s\S]*Lou Garnier/,
  },
  {
    name: "web exemption", sheet: "securite-internet", kind: "derogation-web", asker: "enseignant.lille",
    answers: [
      ["sens", "autoriser"], ["reputation", "non"], ["duree_connue", "oui"], ["url", "https://ressources.exemple.fr"],
      ["motif", "Cours de géographie en seconde"], ["public", "eleves"], ["debut", inDays(0)], ["fin", inDays(30)],
    ],
    signer: "proviseur.lille", holders: [], opener: "technicien.central", byHand: false, text: /Adresse exacte\s: https:\/\/ressources\.exemple\.fr/,
  },
];
