//! The words of acts. (T2, T3)

use beffroi_kernel::{ActId, PersonId, RequestId, ReviewId, Role, SchoolId, in_sentence};
use chrono::{DateTime, NaiveDate, Utc};

pub use beffroi_sheets::{ActKind, ReviewCause as Cause};

beffroi_kernel::words! {
    /// Where an act stands.
    State {
        /// Signatures are missing.
        ToSign = "to-sign", "À signer";
        /// Signed by all; the Region has to open what it confers.
        Signed = "signed", "Signé, à ouvrir par la Région";
        /// It holds.
        InForce = "in-force", "En vigueur";
        /// It is over.
        Ended = "ended", "Terminé";
    }

    /// Why an act is over.
    EndReason {
        /// Somebody who could sign said no.
        Refused = "refused", "Refusé";
        /// Whoever asked for it changed their mind.
        Withdrawn = "withdrawn", "Retiré";
        /// The authority, or the Region for safety, took it back.
        Revoked = "revoked", "Révoqué";
        /// Its last day has passed.
        Expired = "expired", "Arrivé à son terme";
        /// Another act took its place.
        Superseded = "superseded", "Remplacé par un autre acte";
    }

    /// How a signatory proved who they are.
    Method {
        /// The password, typed again.
        Password = "password", "mot de passe ressaisi";
        /// A key kept by a device.
        Passkey = "passkey", "clé d’accès";
        /// A provider of single sign-on, to which they showed again who they are.
        Provider = "provider", "connexion unique renouvelée";
    }

    /// What a review decided.
    Verdict {
        /// It goes on.
        Confirmed = "confirmed", "Confirmé";
        /// It ends.
        Revoked = "revoked", "Révoqué";
    }

    /// What an effect has come to outside.
    EffectState {
        /// It is being made true.
        Applying = "applying", "En cours d’ouverture";
        /// It is true.
        Applied = "applied", "Ouvert";
        /// It is being undone.
        Undoing = "undoing", "En cours de fermeture";
        /// It is not true any more.
        Undone = "undone", "Fermé";
    }
}

/// Who may make a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whoever holds this function at that instant, substitutes included.
    Role(Role),
    /// The filter delegate of the school, by an act in force. (SEC-08)
    FilterDelegate,
    /// The person who receives the right, who accepts it. (POSTE-23)
    Holder,
}

impl Who {
    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Role(role) => role.slug(),
            Self::FilterDelegate => "filter-delegate",
            Self::Holder => "holder",
        }
    }

    /// The French words shown to people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Role(role) => role.label(),
            Self::FilterDelegate => "Délégataire du filtrage",
            Self::Holder => "Personne désignée",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        match slug {
            "filter-delegate" => Some(Self::FilterDelegate),
            "holder" => Some(Self::Holder),
            role => role.parse().ok().map(Self::Role),
        }
    }
}

/// The authority by which somebody signs, at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Who holds it.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// In words: « Chef d’établissement, depuis le 01/09/2026 ».
    pub words: String,
    /// Where it comes from: `function:<uuid>` or `act:<uuid>`.
    pub source: String,
}

/// A signature made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The signatory and what gave them the authority.
    pub authority: Authority,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// How they proved who they are.
    pub method: Method,
    /// SHA-256 of the text they signed, in hexadecimal.
    pub text_sha256: String,
}

/// A signature of an act, made or awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its rank, from 0.
    pub position: i32,
    /// Any of these may make it.
    pub who: Vec<Who>,
    /// Once made.
    pub made: Option<Made>,
}

impl Signature {
    /// Who may make it, in words for a sentence: « chef d’établissement ou délégataire du filtrage ».
    #[must_use]
    pub fn signatories(&self) -> String {
        self.who.iter().map(|who| in_sentence(who.label())).collect::<Vec<_>>().join(" ou ")
    }
}

/// How and why an act ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; nobody when a term came.
    pub by: Option<PersonId>,
    /// By which authority, in words.
    pub authority: Option<String>,
    /// What was said of it.
    pub note: String,
}

/// Why and since when an act is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why, in words.
    pub why: String,
}

/// A signed, dated decision. Its text never changes once somebody has signed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// Identifier.
    pub id: ActId,
    /// What people call it: `A2026-000042`.
    pub reference: String,
    /// By which anybody checks the document.
    pub code: String,
    /// What it is about.
    pub kind: ActKind,
    /// The school.
    pub school: SchoolId,
    /// Its title.
    pub title: String,
    /// The exact text.
    pub text: String,
    /// Its SHA-256, in hexadecimal.
    pub text_sha256: String,
    /// Who receives it, scope, address, dates: what effects read.
    pub terms: serde_json::Value,
    /// The person who receives a right.
    pub holder: Option<PersonId>,
    /// The outside provider who receives an access.
    pub provider: Option<String>,
    /// The first day it holds.
    pub starts_on: NaiveDate,
    /// The last day it holds; none when only a review ends it.
    pub ends_on: Option<NaiveDate>,
    /// The request it answers.
    pub request: Option<RequestId>,
    /// The act it takes the place of, once in force.
    pub supersedes: Option<ActId>,
    /// Whether signatures are made in order.
    pub strict_order: bool,
    /// Whether the Region opens it once signed.
    pub region_opens: bool,
    /// Where it stands.
    pub state: State,
    /// Whoever prepared it.
    pub created_by: Option<PersonId>,
    /// When it was prepared.
    pub created_at: DateTime<Utc>,
    /// When the last signature was made.
    pub signed_at: Option<DateTime<Utc>>,
    /// When it came into force.
    pub in_force_at: Option<DateTime<Utc>>,
    /// Who opened it, when the Region did.
    pub in_force_by: Option<PersonId>,
    /// While it is suspended.
    pub suspended: Option<Suspension>,
    /// Once it is over.
    pub ended: Option<End>,
    /// Its signatures, by rank.
    pub signatures: Vec<Signature>,
}

/// A review of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Identifier.
    pub id: ReviewId,
    /// The act.
    pub act: ActId,
    /// What opened it.
    pub cause: Cause,
    /// When.
    pub opened_at: DateTime<Utc>,
    /// Before when it must be decided.
    pub due_at: DateTime<Utc>,
    /// Once decided: when, by whom, by which authority, what, why.
    pub decided: Option<Decision>,
}

/// The decision of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom; nobody when the act ended by itself.
    pub by: Option<PersonId>,
    /// By which authority, in words.
    pub authority: Option<String>,
    /// What.
    pub verdict: Verdict,
    /// Why, in words.
    pub note: String,
}

/// An act to prepare.
#[derive(Clone, Debug)]
pub struct NewAct {
    /// What it is about.
    pub kind: ActKind,
    /// The school.
    pub school: SchoolId,
    /// Its title.
    pub title: String,
    /// The exact text to sign.
    pub text: String,
    /// Who receives it, scope, address, dates: what effects read.
    pub terms: serde_json::Value,
    /// The person who receives a right.
    pub holder: Option<PersonId>,
    /// The outside provider who receives an access.
    pub provider: Option<String>,
    /// The first day it holds.
    pub starts_on: NaiveDate,
    /// The last day it holds.
    pub ends_on: Option<NaiveDate>,
    /// The request it answers.
    pub request: Option<RequestId>,
    /// The act it takes the place of.
    pub supersedes: Option<ActId>,
    /// Who signs, by rank; any of those of a rank makes its signature.
    pub signatories: Vec<Vec<Who>>,
    /// Whether signatures are made in order.
    pub strict_order: bool,
    /// Whether the Region opens it once signed.
    pub region_opens: bool,
    /// Whoever prepares it.
    pub by: Option<PersonId>,
}

beffroi_kernel::actions! {
    /// Reads acts: the management its school's, the others what they hold.
    ReadActs {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => Own, Teacher => Own, SchoolStaff => Own, SchoolAgent => Own, Pupil => Own,
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region,
        SecurityOfficer => Region,
    }
    /// May be a signatory: which act, the authority of the instant says.
    SignActs {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        IctCoordinator => School, Teacher => School, SchoolStaff => School, SchoolAgent => School,
        DepartmentHead => Region,
    }
    /// Decides reviews and revokes: the head of the school, or the Region for safety.
    RevokeActs { Head => School, DepartmentHead => Region, SecurityOfficer => Region }
    /// Opens what a signed act confers. (SRV-17)
    OpenActs { Technician => Territory, ServiceManager => Territory, DepartmentHead => Region }
    /// Keeps the settings of acts.
    RuleActs { DepartmentHead => Region, RegionAdmin => Region }
}
