//! The words of bridges: tools, where a request stands on either side, what passes and how it went.

use std::collections::BTreeMap;

use beffroi_desk::{Outcome, State, WaitingFor};
use beffroi_kernel::{ids, words};
use serde::{Deserialize, Serialize};

ids! {
    /// A bridge between a team and its own tool.
    BridgeId;
    /// A request that exists on both sides.
    LinkId;
    /// One thing that passes.
    ExchangeId;
}

words! {
    /// What is on the other side.
    ToolKind {
        /// Another Beffroi, by its API.
        Beffroi = "beffroi", "Un autre Beffroi";
        /// GLPI, by its REST API.
        Glpi = "glpi", "GLPI (API REST)";
    }
}

words! {
    /// Where a request stands, on either side, in the words of this one.
    Standing {
        /// Not taken yet.
        New = "new", "Nouvelle";
        /// Being worked on.
        Open = "open", "En cours";
        /// The school owes something.
        School = "waiting/school", "En attente de l’établissement";
        /// A provider owes something.
        Provider = "waiting/provider", "En attente d’un prestataire";
        /// Something must be delivered.
        Delivery = "waiting/delivery", "En attente d’une livraison";
        /// Solved as asked.
        Done = "resolved/done", "Résolue";
        /// Solved in part.
        Degraded = "resolved/degraded", "Résolue en mode dégradé";
        /// Cannot be done.
        Impossible = "resolved/impossible", "Impossible";
        /// Refused by the team.
        Refused = "resolved/refused", "Refusée";
        /// Ended in a way that the team does not decide.
        Over = "over", "Terminée autrement";
    }
}

impl Standing {
    /// Where a request of ours stands.
    #[must_use]
    pub fn of_request(state: &str, waiting_for: Option<&str>, outcome: Option<&str>) -> Self {
        match State::of(state) {
            Some(State::New | State::Validation) => Self::New,
            Some(State::Open) => Self::Open,
            Some(State::Waiting) => match waiting_for.and_then(WaitingFor::of) {
                Some(WaitingFor::Provider) => Self::Provider,
                Some(WaitingFor::Delivery) => Self::Delivery,
                Some(WaitingFor::School) | None => Self::School,
            },
            Some(State::Resolved | State::Closed) => match outcome.and_then(Outcome::of) {
                Some(Outcome::Done) | None => Self::Done,
                Some(Outcome::Degraded) => Self::Degraded,
                Some(Outcome::Impossible) => Self::Impossible,
                Some(Outcome::Refused) => Self::Refused,
                Some(Outcome::Withdrawn | Outcome::NoAnswer) => Self::Over,
            },
            Some(State::Refused | State::Merged) | None => Self::Over,
        }
    }

    /// Whether no work is left.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Degraded | Self::Impossible | Self::Refused | Self::Over)
    }

    /// Whom it waits for, if it waits.
    #[must_use]
    pub const fn waits_for(self) -> Option<WaitingFor> {
        match self {
            Self::School => Some(WaitingFor::School),
            Self::Provider => Some(WaitingFor::Provider),
            Self::Delivery => Some(WaitingFor::Delivery),
            _ => None,
        }
    }

    /// How it ended, when the team says it.
    #[must_use]
    pub const fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Done => Some(Outcome::Done),
            Self::Degraded => Some(Outcome::Degraded),
            Self::Impossible => Some(Outcome::Impossible),
            Self::Refused => Some(Outcome::Refused),
            _ => None,
        }
    }
}

words! {
    /// Whether a request is on both sides.
    LinkState {
        /// Not opened there yet.
        Opening = "opening", "À ouvrir dans l’autre outil";
        /// On both sides.
        Linked = "linked", "Liée";
        /// Over, or given to another team: nothing passes any more.
        Ended = "ended", "Terminée";
    }
}

words! {
    /// Which way something passes.
    Way {
        /// From here to there.
        Out = "out", "Envoyé";
        /// From there to here.
        In = "in", "Reçu";
    }
}

words! {
    /// What passes.
    Kind {
        /// The request itself.
        Open = "open", "Ouverture de la demande";
        /// A message that everyone on the request reads.
        Message = "message", "Message";
        /// A note of our agents, meant for those of the other side.
        Note = "note", "Note à l’autre équipe";
        /// A file.
        File = "file", "Fichier";
        /// Where the request stands.
        State = "state", "État";
        /// The request is no longer the team's.
        End = "end", "Fin du suivi";
    }
}

words! {
    /// How the passing went.
    ExchangeState {
        /// To be done, or done again.
        Waiting = "waiting", "En attente";
        /// Done.
        Done = "done", "Fait";
        /// Refused by one side: shown, and tried again when somebody asks.
        Aside = "aside", "Mis de côté";
    }
}

/// What the Region sets of a bridge, besides its address and its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Their codes of state, and what each is here: slugs of [`Standing`].
    pub states: BTreeMap<String, String>,
    /// Their names of people, and how they are shown here.
    pub authors: BTreeMap<String, String>,
    /// Beffroi: national identifier of the school there under which requests are made.
    pub school: String,
    /// Beffroi: the sheet there.
    pub sheet: String,
    /// Beffroi: its request type.
    pub kind: String,
    /// Beffroi: the question that takes the text.
    pub field: String,
    /// Beffroi: answers that are always the same.
    pub answers: Vec<(String, String)>,
    /// GLPI: number of the entity; the account's own when empty.
    pub entity: String,
    /// GLPI: number of the category.
    pub category: String,
    /// GLPI: number of the group that receives tickets.
    pub group: String,
    /// GLPI: urgency of a usual request, 1 to 5.
    pub usual: String,
    /// GLPI: urgency of an urgent one.
    pub urgent: String,
}

/// What opens the other side; sealed before it is kept, never shown again.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    /// The token of an account there.
    pub token: String,
    /// GLPI: the token of the application.
    pub app_token: String,
    /// The secret that signs what the other side announces.
    pub hook: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

beffroi_kernel::actions! {
    /// Builds bridges to the tools of teams, and sees how they stand.
    ManageBridges { RegionAdmin => Region, DepartmentHead => Region }
    /// Sees both sides of a request and has them compared.
    UseBridges {
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region,
        WorksAgent => Team, AcademyAgent => Team, SecurityOfficer => Team, ProviderAgent => Team,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_stands_somewhere_whatever_its_state() {
        let of = Standing::of_request;
        assert_eq!(of("waiting", Some("delivery"), None), Standing::Delivery);
        assert_eq!(of("closed", None, Some("degraded")), Standing::Degraded);
        assert_eq!(of("merged", None, None), Standing::Over);
        assert_eq!(of("resolved", None, Some("withdrawn")), Standing::Over);
        assert!(Standing::ALL.iter().all(|one| Standing::of(one.slug()) == Some(*one)));
        assert!(Standing::ALL.iter().filter(|one| one.outcome().is_some()).all(|one| one.is_over()));
    }

    #[test]
    fn secrets_are_not_printed() {
        let secrets = Secrets { token: "beffroi_secret".into(), ..Secrets::default() };
        assert!(!format!("{secrets:?}").contains("beffroi_secret"));
    }
}
