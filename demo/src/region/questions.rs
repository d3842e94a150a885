//! What to write in a question or a column, by its name and its words: a hole that each request fills
//! anew, or words drawn once for a form.

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::names::Names;
use super::template::Slot;
use super::texts;

const CLASSES: &[&str] =
    &["2de 4", "1re générale 2", "Tle STMG", "CAP cuisine", "BTS électrotechnique", "Tle 3"];
const FUNCTIONS: &[&str] =
    &["assistant d’éducation", "documentaliste", "professeur principal", "agent d’accueil"];
const PUBLICS: &[&str] = &[
    "deux classes de seconde",
    "les élèves de terminale",
    "le CAP cuisine",
    "une classe de BTS",
    "tous les élèves",
];
const COMPANIES: &[&str] =
    &["Logilys Nord", "Atelier Numérique du Marais", "Sambre Logiciels", "Opale Services"];
const MODELS: &[&str] = &["Tour T40", "Portable P14", "Écran E24", "Copieur C300", "Vidéoprojecteur V5"];
const USES: &[&str] = &["cours en demi-groupe", "suivi des stages", "comptabilité", "atelier", "examens"];
const TROUBLES: &[&str] = &["ne démarre pas", "écran fendu", "clavier manquant", "chargeur absent"];
const TIMES: &[&str] =
    &["le mercredi après-midi", "le vendredi après 16 heures", "le lundi matin", "pendant les vacances"];
const VERSIONS: &[&str] = &["12", "2026.1", "2025.3", "4.2", "7.0.1"];

/// What goes into an answer.
pub(crate) enum Content {
    /// Other words for each request.
    Hole(Slot),
    /// These words.
    Words(String),
}

/// What a question of one line asks for.
pub(crate) fn answer(id: &str, names: &Names, dice: &mut StdRng) -> Content {
    let words = |list: &[&str], dice: &mut StdRng| Content::Words(one(list, dice));
    match id {
        "joindre" => Content::Words(format!("poste {}", dice.random_range(200..290u32))),
        "prestataire" | "contact_fournisseur" => words(COMPANIES, dice),
        "creneau" => words(TIMES, dice),
        "enseignement" | "formation" | "public" | "groupe" => words(PUBLICS, dice),
        "fonction" => words(FUNCTIONS, dice),
        "modele" => words(MODELS, dice),
        "identifiants" => Content::Words(format!("{} et {}", login(names, dice), login(names, dice))),
        "bordereau" | "dossier" | "etude" | "validation" => Content::Hole(Slot::Serial),
        "poste" | "appareil" | "imprimante" | "quoi" => Content::Hole(Slot::Machine),
        "logiciel" | "outil" | "versions" => Content::Hole(Slot::Software),
        "lieu" | "emplacement" | "salle" | "salles" => Content::Hole(Slot::Room),
        "a_retirer" | "ancien_delegataire" | "contact" | "coordonnateur" | "delegataire" | "enseignant"
        | "intervenant" | "personne" | "referent" | "responsable" | "tiers" | "compte" | "connu" => {
            Content::Hole(Slot::Person)
        }
        id if id.starts_with("reference") => Content::Hole(Slot::Serial),
        _ => Content::Hole(Slot::Short),
    }
}

/// A cell of the column `id`, whose words are `label`.
pub(crate) fn cell(id: &str, label: &str, names: &Names, dice: &mut StdRng) -> String {
    let software = ["Logiciel", "Application", "Outil"].contains(&label);
    match id {
        "nom" if software => texts::software(dice).into(),
        "nom" if label == "Nom" => family(names, dice),
        "prenom" => given(names, dice),
        "nom" | "professeur" => format!("{} {}", given(names, dice), family(names, dice)),
        "courriel" => format!("{}@exemple.fr", login(names, dice)),
        "classe" | "espace" | "rattachement" => one(CLASSES, dice),
        "fonction" => one(FUNCTIONS, dice),
        "version" => one(VERSIONS, dice),
        "editeur" => one(COMPANIES, dice),
        "modele" | "equipement" | "equipements" => one(MODELS, dice),
        "probleme" => one(TROUBLES, dice),
        "serie" => format!("HF{:07}", dice.random_range(0..10_000_000u32)),
        "poste" => format!("B{:02}-PC{:02}", dice.random_range(1..28u32), dice.random_range(1..32u32)),
        "lieu" | "salle" => format!("{}{}", one(&["A", "B", "C", "D"], dice), dice.random_range(101..328u32)),
        "licences" | "nombre" | "postes" | "prises" | "prises_voulues" => {
            dice.random_range(1..33u32).to_string()
        }
        _ => one(USES, dice),
    }
}

/// Days from the request that a question may name, the likeliest first.
pub(crate) fn days(id: &str, label: &str) -> [i64; 4] {
    let past = ["date_faits", "date_livraison", "date_presence", "date_saisie", "quand"].contains(&id);
    if past || label.starts_with("Depuis") {
        [-3, -9, 8, 15]
    } else if id.starts_with("fin") || id == "echeance" {
        [60, 36, 22, 15]
    } else {
        [15, 8, 22, 36]
    }
}

fn one(list: &[&str], dice: &mut StdRng) -> String {
    list.choose(dice).copied().unwrap_or_default().to_owned()
}

fn given(names: &Names, dice: &mut StdRng) -> String {
    one(&names.given, dice)
}

fn family(names: &Names, dice: &mut StdRng) -> String {
    names.family.choose(dice).cloned().unwrap_or_default()
}

fn login(names: &Names, dice: &mut StdRng) -> String {
    beffroi_sheets::slug_search_key(&format!("{}.{}", given(names, dice), family(names, dice)))
}
