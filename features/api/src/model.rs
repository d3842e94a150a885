//! The words of the API: tokens and their rights, webhooks, events and deliveries.

use beffroi_kernel::{PersonId, ids, words};
use chrono::{DateTime, Utc};

ids! {
    /// A token of the API.
    TokenId;
    /// A subscription of another program.
    WebhookId;
    /// One event told to one webhook.
    DeliveryId;
}

/// A token as its owner sees it: never its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Identifier.
    pub id: TokenId,
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub owner: String,
    /// What its owner calls it.
    pub name: String,
    /// The functions it may act under, as [`crate::tokens::function_key`] names them.
    pub functions: Vec<String>,
    /// Whether it may change anything.
    pub writes: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From this instant it is refused.
    pub expires_at: DateTime<Utc>,
    /// When it last served, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Token {
    /// Whether it serves at `at`.
    #[must_use]
    pub fn lives(&self, at: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && at < self.expires_at
    }
}

words! {
    /// What webhooks tell.
    Happening {
        /// A team receives a request.
        Created = "request.created", "Une équipe reçoit une demande";
        /// Somebody takes it in hand, or it changes hands.
        Assigned = "request.assigned", "Une demande est prise en charge ou change d’équipe";
        /// A message for everyone on the request.
        Answered = "request.answered", "Quelqu’un écrit sur une demande";
        /// The team waits for someone, or goes on.
        Waiting = "request.waiting", "Une demande est mise en attente ou reprend";
        /// The team gives a solution.
        Solved = "request.solved", "Une solution est donnée";
        /// The requester says it is not solved.
        Reopened = "request.reopened", "Une demande est rouverte";
        /// It is over.
        Closed = "request.closed", "Une demande est close";
    }
}

impl Happening {
    /// What an entry of the journal tells, if anything; the arrival of a request apart.
    #[must_use]
    pub fn of_entry(kind: &str) -> Option<Self> {
        match kind {
            "request.assigned" | "request.reassigned" => Some(Self::Assigned),
            "request.answered" => Some(Self::Answered),
            "request.waiting" | "request.resumed" => Some(Self::Waiting),
            "request.resolved" => Some(Self::Solved),
            "request.reopened" => Some(Self::Reopened),
            "request.closed" | "request.auto-closed" | "request.rated" | "request.merged" => {
                Some(Self::Closed)
            }
            _ => None,
        }
    }
}

words! {
    /// Where a delivery stands.
    DeliveryState {
        /// To be sent, now or later.
        Waiting = "waiting", "À envoyer";
        /// The other program took it.
        Delivered = "delivered", "Reçu";
        /// Set aside after too many failures.
        Parked = "parked", "Mis de côté";
    }
}

beffroi_kernel::actions! {
    /// Makes tokens that act in one's own name.
    HoldTokens {
        Head => Own, DeputyHead => Own, SecretaryGeneral => Own, WorkshopDirector => Own, IctCoordinator => Own,
        Technician => Own, ServiceManager => Own, DepartmentHead => Own, RegionAdmin => Own, WorksAgent => Own,
        AcademyAgent => Own, SecurityOfficer => Own, DataProtectionOfficer => Own, ProviderAgent => Own,
    }
    /// Sees every token and revokes any.
    ManageTokens { RegionAdmin => Region, DepartmentHead => Region, SecurityOfficer => Region }
    /// Tells other programs what happens to requests.
    ManageWebhooks { RegionAdmin => Region, DepartmentHead => Region }
}
