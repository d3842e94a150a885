//! What calls send and receive. The names are French, as those of the site's files; coded words are the
//! stable ones that addresses and files use everywhere.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A coded word with its label.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Mot {
    #[schemars(description = "Le mot stable, pour les programmes.")]
    pub(crate) code: String,
    #[schemars(description = "Le mot affiché aux personnes.")]
    pub(crate) libelle: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(description = "Une fonction exercée en ce moment.")]
pub(crate) struct Fonction {
    pub(crate) role: Mot,
    pub(crate) depuis: DateTime<Utc>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Moi {
    pub(crate) nom: String,
    #[schemars(description = "Les fonctions que ce jeton donne à cet instant.")]
    pub(crate) fonctions: Vec<Fonction>,
    pub(crate) jeton: JetonCourant,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct JetonCourant {
    pub(crate) nom: String,
    #[schemars(description = "Si le jeton permet aussi d’écrire.")]
    pub(crate) ecriture: bool,
    pub(crate) expire_le: DateTime<Utc>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PageDeDemandes {
    pub(crate) demandes: Vec<DemandeResumee>,
    #[schemars(
        description = "À donner en paramètre « apres » pour lire la page suivante ; absent à la dernière."
    )]
    pub(crate) suite: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DemandeResumee {
    pub(crate) reference: String,
    pub(crate) titre: String,
    pub(crate) resume: String,
    pub(crate) etat: Mot,
    #[schemars(description = "Qui est attendu, quand la demande est en attente.")]
    pub(crate) attend: Option<Mot>,
    pub(crate) urgente: bool,
    #[schemars(description = "Acceptée hors du service, sans engagement de délai.")]
    pub(crate) sans_engagement: bool,
    #[schemars(description = "La prochaine échéance de l’équipe.")]
    pub(crate) echeance: Option<DateTime<Utc>>,
    pub(crate) deposee_le: DateTime<Utc>,
    pub(crate) modifiee_le: DateTime<Utc>,
    pub(crate) etablissement: String,
    pub(crate) commune: String,
    pub(crate) equipe: String,
    pub(crate) suivie_par: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(description = "Une demande et tout ce que ce jeton peut en lire.")]
pub(crate) struct Demande {
    pub(crate) reference: String,
    pub(crate) adresse: String,
    pub(crate) fiche: String,
    #[serde(rename = "type")]
    pub(crate) genre: String,
    pub(crate) titre: String,
    pub(crate) etat: Mot,
    pub(crate) attend: Option<Mot>,
    pub(crate) issue: Option<Mot>,
    pub(crate) urgente: bool,
    pub(crate) sans_engagement: bool,
    pub(crate) etablissement: Lieu,
    pub(crate) equipe: Mot,
    pub(crate) demandeur: String,
    pub(crate) suivie_par: Option<String>,
    #[schemars(description = "Pourquoi cette équipe.")]
    pub(crate) aiguillage: String,
    pub(crate) deposee_le: DateTime<Utc>,
    #[schemars(description = "Quand l’équipe l’a reçue, les validations données.")]
    pub(crate) transmise_le: Option<DateTime<Utc>>,
    pub(crate) premiere_reponse_due: Option<DateTime<Utc>>,
    pub(crate) solution_due: Option<DateTime<Utc>>,
    pub(crate) resolue_le: Option<DateTime<Utc>>,
    pub(crate) close_le: Option<DateTime<Utc>>,
    pub(crate) modifiee_le: DateTime<Utc>,
    #[schemars(description = "Les questions de la fiche et leurs réponses, dans l’ordre.")]
    pub(crate) reponses: Vec<QuestionRepondue>,
    pub(crate) validations: Vec<Validation>,
    #[schemars(description = "Du plus ancien au plus récent.")]
    pub(crate) fil: Vec<Message>,
    pub(crate) fichiers: Vec<Fichier>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Lieu {
    pub(crate) uai: String,
    pub(crate) nom: String,
    pub(crate) commune: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct QuestionRepondue {
    pub(crate) question: String,
    pub(crate) valeurs: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Validation {
    pub(crate) titre: String,
    pub(crate) etat: Mot,
    pub(crate) par: Option<String>,
    pub(crate) motif: Option<String>,
    pub(crate) le: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) genre: Mot,
    #[schemars(description = "Absent quand Beffroi dit ce qui s’est passé.")]
    pub(crate) auteur: Option<String>,
    pub(crate) texte: String,
    pub(crate) le: DateTime<Utc>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fichier {
    pub(crate) id: String,
    pub(crate) nom: String,
    pub(crate) media: String,
    #[schemars(description = "En octets.")]
    pub(crate) taille: i64,
    pub(crate) sha256: String,
    #[schemars(
        description = "Où en est l’examen par l’antivirus, quand il y en a un : le contenu n’est donné que s’il est « clean »."
    )]
    pub(crate) examen: Option<Mot>,
    pub(crate) adresse: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "Une demande à déposer.")]
pub(crate) struct NouvelleDemande {
    #[schemars(description = "Le numéro UAI de l’établissement.", regex(pattern = "^[0-9]{7}[A-Z]$"))]
    pub(crate) etablissement: String,
    #[schemars(description = "Le nom stable de la fiche.", regex(pattern = "^[a-z0-9-]+$"))]
    pub(crate) fiche: String,
    #[serde(rename = "type")]
    #[schemars(description = "Le type de demande de cette fiche.", regex(pattern = "^[a-z0-9-]+$"))]
    pub(crate) genre: String,
    #[schemars(
        description = "Par question de la fiche : un texte, un nombre, oui ou non, une date AAAA-MM-JJ, une liste, ou les lignes d’un tableau."
    )]
    pub(crate) reponses: BTreeMap<String, Reponse>,
    #[serde(default)]
    #[schemars(
        description = "Déposer même hors du service, sans engagement de délai, quand la fiche le permet."
    )]
    pub(crate) hors_service_accepte: bool,
}

/// What answers a question.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Reponse {
    Texte(String),
    OuiNon(bool),
    Nombre(i64),
    Liste(Vec<String>),
    Tableau(Vec<BTreeMap<String, String>>),
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DemandeDeposee {
    pub(crate) reference: String,
    #[schemars(description = "La page de la demande.")]
    pub(crate) adresse: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texte {
    #[schemars(length(min = 1, max = 20_000), regex(pattern = "\\S"))]
    pub(crate) texte: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Ecrit {
    pub(crate) id: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NouveauFichier {
    #[schemars(length(min = 1, max = 200))]
    pub(crate) nom: String,
    #[schemars(description = "Le contenu en base64, 10 Mo au plus.", extend("contentEncoding" = "base64"), regex(pattern = "^[A-Za-z0-9+/]+={0,2}$"))]
    pub(crate) contenu: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Joint {
    pub(crate) nom: String,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "geste", rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(description = "Ce qu’un agent fait d’une demande.")]
pub(crate) enum Etape {
    #[schemars(description = "La prendre en charge.")]
    Prendre {},
    #[schemars(description = "La confier à une autre équipe, en disant pourquoi.")]
    Reaffecter {
        #[schemars(description = "Le nom stable de l’équipe.")]
        equipe: String,
        texte: String,
    },
    #[schemars(description = "Attendre quelqu’un : les délais sont suspendus.")]
    Attendre {
        qui: Attendu,
        #[schemars(length(min = 1, max = 20_000), regex(pattern = "\\S"))]
        texte: String,
    },
    #[schemars(description = "Reprendre après une attente.")]
    Reprendre {},
    #[schemars(description = "Donner la solution.")]
    Resoudre {
        issue: Issue,
        #[schemars(length(min = 1, max = 20_000), regex(pattern = "\\S"))]
        texte: String,
    },
    #[schemars(description = "Clore une demande résolue.")]
    Clore {},
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Attendu {
    School,
    Provider,
    Delivery,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Issue {
    Done,
    Degraded,
    Impossible,
    Refused,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Avancee {
    pub(crate) reference: String,
    pub(crate) etat: Mot,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fiches {
    pub(crate) fiches: Vec<FicheResumee>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FicheResumee {
    pub(crate) fiche: String,
    pub(crate) titre: String,
    pub(crate) resume: String,
    pub(crate) version: i32,
    pub(crate) types: Vec<TypeResume>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TypeResume {
    #[serde(rename = "type")]
    pub(crate) genre: String,
    pub(crate) titre: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Fiche {
    pub(crate) fiche: String,
    pub(crate) titre: String,
    pub(crate) resume: String,
    pub(crate) version: i32,
    pub(crate) adresse: String,
    pub(crate) types: Vec<TypeDeDemande>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TypeDeDemande {
    #[serde(rename = "type")]
    pub(crate) genre: String,
    pub(crate) titre: String,
    pub(crate) description: String,
    pub(crate) nature: Mot,
    #[schemars(description = "Les fonctions qui peuvent la déposer.")]
    pub(crate) ouverte_a: Vec<Mot>,
    pub(crate) premiere_reponse: String,
    pub(crate) solution: String,
    pub(crate) questions: Vec<Question>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Question {
    #[schemars(description = "Le nom à donner dans « reponses ».")]
    pub(crate) nom: String,
    pub(crate) question: String,
    pub(crate) aide: String,
    pub(crate) genre: Mot,
    pub(crate) obligatoire: bool,
    #[schemars(description = "Posée selon les réponses précédentes seulement.")]
    pub(crate) conditionnelle: bool,
    pub(crate) choix: Vec<Mot>,
    pub(crate) colonnes: Vec<Mot>,
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PageDEtablissements {
    pub(crate) etablissements: Vec<Etablissement>,
    #[schemars(
        description = "À donner en paramètre « apres » pour lire la page suivante ; absent à la dernière."
    )]
    pub(crate) suite: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Etablissement {
    pub(crate) uai: String,
    pub(crate) nom: String,
    pub(crate) genre: String,
    pub(crate) commune: String,
    pub(crate) code_postal: String,
    pub(crate) departement: String,
    pub(crate) academie: String,
    pub(crate) territoire: Mot,
    pub(crate) service_exploitation: Mot,
    pub(crate) equipe_mobile: Mot,
}
