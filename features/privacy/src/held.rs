//! The map of personal data: every column that names a person, what is shown of its rows, and what
//! becomes of them. A test compares it with the database, so that no new table is forgotten.

/// How rows name the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// By identifier.
    Id(&'static str),
    /// By what is typed to sign in, lower case.
    Login(&'static str),
    /// By mail address, lower case.
    Email(&'static str),
}

impl Key {
    /// The column.
    #[must_use]
    pub fn column(self) -> &'static str {
        match self {
            Self::Id(column) | Self::Login(column) | Self::Email(column) => column,
        }
    }
}

/// What becomes of rows when the person is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// They go.
    Deleted,
    /// They stay, of somebody who has no name any more.
    Nameless,
    /// They stay as they are: the law or the proof of an act wants them.
    Proof,
}

/// Rows of a table that are about a person.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// The table; `x` in `shown`.
    pub table: &'static str,
    /// How its rows name the person.
    pub key: Key,
    /// What they are, in French.
    pub label: &'static str,
    /// What is given to the person, as SQL; never a secret, never another person's data.
    pub shown: &'static str,
    /// What erasure does.
    pub fate: Fate,
}

const fn held(table: &'static str, key: Key, fate: Fate, label: &'static str, shown: &'static str) -> Held {
    Held { table, key, label, shown, fate }
}

use Fate::{Deleted, Nameless, Proof};
use Key::{Email, Id, Login};

/// Everything that may be held about a person.
pub fn everything() -> impl Iterator<Item = &'static Held> {
    [ACCOUNT, REQUESTS, ACTS, SCREEN, WORK].into_iter().flatten()
}

const ACCOUNT: &[Held] = &[
    held(
        "person",
        Id("id"),
        Nameless,
        "Identité et compte",
        "x.given_name AS prenom, x.family_name AS nom, x.email AS courriel, x.login AS identifiant, x.created_at AS cree_le, x.disabled_at AS ferme_le",
    ),
    held(
        "function_held",
        Id("person_id"),
        Nameless,
        "Fonctions",
        "x.role AS fonction, (SELECT s.name FROM school s WHERE s.id = x.school_id) AS etablissement, \
         (SELECT t.name FROM team t WHERE t.id = x.team_id) AS equipe, x.from_at AS du, x.to_at AS au, x.source AS source",
    ),
    held(
        "function_held",
        Id("substitute_for"),
        Nameless,
        "Remplacements par d’autres personnes",
        "x.role AS fonction, x.from_at AS du, x.to_at AS au",
    ),
    held(
        "session",
        Id("person_id"),
        Deleted,
        "Connexions",
        "x.created_at AS ouverte_le, x.last_seen_at AS vue_le, x.expires_at AS expire_le, x.revoked_at AS fermee_le, x.user_agent AS navigateur, x.method AS moyen, x.proved_at AS second_facteur_le",
    ),
    held(
        "passkey",
        Id("person_id"),
        Deleted,
        "Clés d’accès",
        "x.name AS nom, x.created_at AS ajoutee_le, x.last_used_at AS servie_le",
    ),
    held(
        "totp",
        Id("person_id"),
        Deleted,
        "Code à usage unique",
        "x.created_at AS demande_le, x.confirmed_at AS confirme_le",
    ),
    held("recovery_code", Id("person_id"), Deleted, "Codes de secours", "x.used_at AS servi_le"),
    held(
        "ceremony",
        Id("person_id"),
        Deleted,
        "Essais de clés d’accès",
        "x.purpose AS but, x.expires_at AS expire_le, x.used_at AS servi_le",
    ),
    held(
        "password_reset",
        Id("person_id"),
        Deleted,
        "Demandes de nouveau mot de passe",
        "x.expires_at AS expire_le, x.used_at AS servi_le",
    ),
    held(
        "sign_in_attempt",
        Login("login_key"),
        Deleted,
        "Connexions manquées",
        "x.failures AS essais, x.last_at AS dernier_le, x.locked_until AS bloque_jusqu_au",
    ),
    held(
        "sso_link",
        Id("person_id"),
        Deleted,
        "Comptes d’intranet reconnus",
        "x.issuer AS intranet, x.subject AS nom_permanent, x.created_at AS reconnu_le, x.last_used_at AS servi_le",
    ),
    held(
        "api_token",
        Id("person_id"),
        Deleted,
        "Jetons d’autres logiciels",
        "x.name AS nom, x.created_at AS cree_le, x.expires_at AS expire_le, x.last_used_at AS servi_le, x.revoked_at AS revoque_le",
    ),
    held("preference", Id("person_id"), Deleted, "Préférences", "x.name AS nom, x.value AS valeur"),
    held("calendar_link", Id("person_id"), Deleted, "Lien d’agenda", "x.created_at AS cree_le"),
    held(
        "journal_entry",
        Id("actor"),
        Nameless,
        "Journal : ce que la personne a fait",
        "x.at AS le, x.kind AS fait, x.subject AS objet",
    ),
];

/// The reference of the request that a row hangs on.
macro_rules! of_request {
    ($columns:literal) => {
        concat!("(SELECT r.reference FROM request r WHERE r.id = x.request_id) AS demande, ", $columns)
    };
}

/// The reference of the act that a row hangs on.
macro_rules! of_act {
    ($columns:literal) => {
        concat!("(SELECT a.reference FROM act a WHERE a.id = x.act_id) AS acte, ", $columns)
    };
}

const REQUESTS: &[Held] = &[
    held(
        "request",
        Id("requester_id"),
        Nameless,
        "Demandes faites",
        "x.reference AS reference, x.title AS objet, x.summary AS resume, x.answers AS reponses, x.state AS etat, x.submitted_at AS envoyee_le, \
         x.resolved_at AS resolue_le, x.satisfaction AS avis, x.satisfaction_note AS avis_detail",
    ),
    held(
        "request",
        Id("assignee_id"),
        Nameless,
        "Demandes prises en charge",
        "x.reference AS reference, x.state AS etat, x.submitted_at AS envoyee_le",
    ),
    held(
        "message",
        Id("author_id"),
        Nameless,
        "Messages écrits",
        of_request!("x.kind AS genre, x.body AS texte, x.created_at AS le"),
    ),
    held(
        "draft",
        Id("person_id"),
        Deleted,
        "Brouillons de demandes",
        "x.request_type AS demande, x.answers AS reponses, x.created_at AS commence_le, x.updated_at AS change_le",
    ),
    held(
        "draft",
        Id("for_person"),
        Deleted,
        "Brouillons saisis pour la personne",
        "x.request_type AS demande, x.answers AS reponses, x.created_at AS commence_le",
    ),
    held(
        "draft",
        Id("answered_by"),
        Deleted,
        "Brouillons auxquels un article a répondu",
        "x.request_type AS demande, x.answered_at AS le",
    ),
    held(
        "attachment",
        Id("person_id"),
        Nameless,
        "Pièces jointes",
        of_request!("x.name AS fichier, x.media_type AS genre, x.size AS octets, x.created_at AS le"),
    ),
    held(
        "approval",
        Id("decided_by"),
        Nameless,
        "Validations décidées",
        of_request!(
            "x.title AS etape, x.state AS decision, x.authority AS qualite, x.reason AS motif, x.decided_at AS le"
        ),
    ),
    held(
        "typed_request",
        Id("typed_by"),
        Nameless,
        "Demandes saisies pour quelqu’un",
        of_request!("x.typed_at AS le"),
    ),
    held(
        "mail_in",
        Id("person_id"),
        Nameless,
        "Courriels reçus de la personne",
        "x.subject AS objet, x.state AS suite, x.reference AS demande, x.received_at AS recu_le",
    ),
    held(
        "mail_in",
        Email("sender"),
        Nameless,
        "Courriels reçus de cette adresse",
        "x.subject AS objet, x.state AS suite, x.reference AS demande, x.received_at AS recu_le",
    ),
    held("mail_in", Id("settled_by"), Nameless, "Courriels classés", "x.settled_at AS le"),
    held("mail_answered", Email("sender"), Deleted, "Réponses automatiques envoyées", "x.answered_at AS le"),
    held(
        "mention",
        Id("person_id"),
        Deleted,
        "Mentions reçues",
        of_request!("x.created_at AS le, x.seen_at AS lue_le"),
    ),
    held("mention", Id("by_id"), Deleted, "Mentions faites", of_request!("x.created_at AS le")),
    held(
        "recurrence",
        Id("person_id"),
        Nameless,
        "Demandes planifiées",
        "x.title AS objet, x.answers AS reponses, x.next_day AS prochaine_le, x.state AS etat",
    ),
    held(
        "major_incident_join",
        Id("person_id"),
        Deleted,
        "Incidents majeurs suivis",
        of_request!("x.created_at AS le"),
    ),
];

const ACTS: &[Held] = &[
    held(
        "act",
        Id("holder_id"),
        Proof,
        "Actes dont la personne est titulaire",
        "x.reference AS reference, x.title AS objet, x.state AS etat, x.starts_on AS du, x.ends_on AS au",
    ),
    held(
        "act",
        Id("created_by"),
        Proof,
        "Actes ouverts",
        "x.reference AS reference, x.title AS objet, x.created_at AS le",
    ),
    held(
        "act",
        Id("in_force_by"),
        Proof,
        "Actes mis en vigueur",
        "x.reference AS reference, x.in_force_at AS le",
    ),
    held(
        "act",
        Id("ended_by"),
        Proof,
        "Actes terminés",
        "x.reference AS reference, x.ended_at AS le, x.end_note AS mot",
    ),
    held(
        "act_signature",
        Id("signed_by"),
        Proof,
        "Signatures",
        of_act!("x.signed_at AS le, x.method AS moyen, x.authority AS qualite"),
    ),
    held(
        "acknowledgement",
        Id("person_id"),
        Proof,
        "Textes dont il est pris acte",
        of_act!("x.name AS texte, x.version AS version, x.acknowledged_at AS le"),
    ),
    held(
        "act_review",
        Id("decided_by"),
        Proof,
        "Revues décidées",
        of_act!("x.verdict AS decision, x.note AS mot, x.decided_at AS le"),
    ),
    held(
        "act_setting",
        Id("updated_by"),
        Nameless,
        "Réglages des actes changés",
        "x.name AS reglage, x.updated_at AS le",
    ),
    held(
        "liability_release",
        Id("decided_by"),
        Proof,
        "Dégagements de responsabilité décidés",
        of_act!("x.reason AS motif, x.decided_at AS le"),
    ),
    held(
        "liability_release",
        Id("lifted_by"),
        Proof,
        "Dégagements de responsabilité levés",
        of_act!("x.lift_reason AS motif, x.lifted_at AS le"),
    ),
    held(
        "liability_contest",
        Id("contested_by"),
        Proof,
        "Contestations faites",
        of_act!("x.text AS texte, x.contested_at AS le"),
    ),
    held(
        "liability_contest",
        Id("answered_by"),
        Proof,
        "Contestations tranchées",
        of_act!("x.answer AS reponse, x.answered_at AS le"),
    ),
];

const SCREEN: &[Held] = &[
    held(
        "composer_draft",
        Id("person_id"),
        Deleted,
        "Réponses commencées",
        of_request!("x.kind AS genre, x.body AS texte, x.updated_at AS le"),
    ),
    held(
        "presence",
        Id("person_id"),
        Deleted,
        "Demandes ouvertes à l’écran",
        of_request!("x.doing AS quoi, x.seen_at AS le"),
    ),
    held(
        "saved_search",
        Id("owner_id"),
        Deleted,
        "Recherches enregistrées",
        "x.name AS nom, x.query AS criteres, x.created_at AS le",
    ),
    held(
        "search_pin",
        Id("person_id"),
        Deleted,
        "Recherches épinglées",
        "(SELECT s.name FROM saved_search s WHERE s.id = x.search_id) AS recherche",
    ),
    held(
        "reply_template",
        Id("owner_id"),
        Nameless,
        "Modèles de réponse",
        "x.name AS nom, x.body AS texte, x.updated_at AS le",
    ),
    held(
        "bulk_action",
        Id("person_id"),
        Nameless,
        "Gestes sur plusieurs demandes",
        "x.kind AS geste, x.created_at AS le",
    ),
];

const WORK: &[Held] = &[
    held("api_token", Id("revoked_by"), Nameless, "Jetons révoqués", "x.name AS nom, x.revoked_at AS le"),
    held("webhook", Id("created_by"), Nameless, "Webhooks créés", "x.name AS nom, x.created_at AS le"),
    held("bridge", Id("created_by"), Nameless, "Passerelles créées", "x.name AS nom, x.created_at AS le"),
    held(
        "bridge",
        Id("person_id"),
        Nameless,
        "Passerelles qui agissent en ce nom",
        "x.name AS nom, x.created_at AS le",
    ),
    held(
        "maintenance",
        Id("created_by"),
        Nameless,
        "Maintenances annoncées",
        "x.text AS texte, x.created_at AS le",
    ),
    held(
        "absence",
        Id("person_id"),
        Deleted,
        "Absences",
        "x.from_day AS du, x.to_day AS au, x.reason AS motif",
    ),
    held(
        "duty",
        Id("person_id"),
        Deleted,
        "Permanences",
        "x.weekday AS jour, x.from_day AS du, x.to_day AS au",
    ),
    held("task", Id("done_by"), Nameless, "Tâches faites", of_request!("x.title AS tache, x.done_at AS le")),
    held(
        "appointment",
        Id("made_by"),
        Nameless,
        "Rendez-vous pris",
        of_request!("x.starts_at AS du, x.ends_at AS au, x.place AS lieu"),
    ),
    held(
        "effect",
        Id("applied_by"),
        Nameless,
        "Effets appliqués",
        of_request!("x.text AS effet, x.applied_at AS le"),
    ),
    held(
        "effect",
        Id("undone_by"),
        Nameless,
        "Effets retirés",
        of_request!("x.text AS effet, x.undone_at AS le"),
    ),
    held(
        "article_version",
        Id("author_id"),
        Nameless,
        "Articles d’aide écrits",
        "x.title AS titre, x.created_at AS le",
    ),
    held(
        "article_version",
        Id("reviewer_id"),
        Nameless,
        "Articles d’aide relus",
        "x.title AS titre, x.updated_at AS le",
    ),
    held(
        "major_incident",
        Id("declared_by"),
        Nameless,
        "Incidents majeurs déclarés",
        "x.reference AS reference, x.title AS titre, x.declared_at AS le",
    ),
    held(
        "major_incident_news",
        Id("author_id"),
        Nameless,
        "Nouvelles d’incidents écrites",
        "x.body AS texte, x.created_at AS le",
    ),
    held(
        "desk_setting",
        Id("updated_by"),
        Nameless,
        "Réglages changés",
        "x.name AS reglage, x.updated_at AS le",
    ),
    held(
        "school_step",
        Id("updated_by"),
        Nameless,
        "Étapes d’établissement écrites",
        "x.title AS titre, x.updated_at AS le",
    ),
    held(
        "sheet_version",
        Id("published_by"),
        Nameless,
        "Fiches publiées",
        "x.title AS fiche, x.published_at AS le",
    ),
];
