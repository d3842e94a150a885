//! What a bulk action would do to each request, and which it cannot touch and why: decided before
//! anything is done, from what the list knows. (CSU-08)

use std::collections::BTreeSet;

use beffroi_kernel::{Access, PersonId, TeamId};
use serde::{Deserialize, Serialize};

use super::Row;
use crate::WorkRequests;
use crate::model::{State, WaitingFor};

/// What is done to several requests at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Takes them in hand.
    Take,
    /// Gives them to a member of their team.
    Assign,
    /// Gives them to another team, for a reason.
    Reassign,
    /// Waits for someone: clocks stand still.
    Wait,
    /// Writes to each requester.
    Message,
    /// Closes those whose solution stands.
    Close,
}

impl Kind {
    /// Every kind, in the order of the choices offered.
    pub const ALL: [Self; 6] =
        [Self::Take, Self::Assign, Self::Reassign, Self::Wait, Self::Message, Self::Close];

    /// Its name in forms and in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Take => "prendre",
            Self::Assign => "affecter",
            Self::Reassign => "reaffecter",
            Self::Wait => "attendre",
            Self::Message => "message",
            Self::Close => "clore",
        }
    }

    /// Its French name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Take => "Prendre en charge",
            Self::Assign => "Confier à un membre de l’équipe",
            Self::Reassign => "Réaffecter à une autre équipe",
            Self::Wait => "Mettre en attente",
            Self::Message => "Écrire aux demandeurs",
            Self::Close => "Clore les demandes résolues",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }

    /// Whether it can be taken back: a message that was read cannot.
    #[must_use]
    pub const fn can_be_undone(self) -> bool {
        matches!(self, Self::Take | Self::Assign | Self::Reassign | Self::Wait)
    }
}

/// What a kind needs to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameters {
    /// To whom requests are given.
    pub person: Option<PersonId>,
    /// To which team.
    pub team: Option<TeamId>,
    /// Who must act (`school`, `provider`, `delivery`).
    pub waiting_for: String,
    /// The reason, the message, or what is awaited.
    pub text: String,
}

impl Parameters {
    /// Field and sentence of everything missing for that kind.
    #[must_use]
    pub fn missing(&self, kind: Kind) -> Vec<(&'static str, &'static str)> {
        let mut missing = Vec::new();
        let no_text = self.text.trim().is_empty();
        match kind {
            Kind::Take | Kind::Close => {}
            Kind::Assign if self.person.is_none() => missing.push(("person", "Choisissez une personne")),
            Kind::Assign => {}
            Kind::Reassign => {
                if self.team.is_none() {
                    missing.push(("team", "Choisissez une équipe"));
                }
                if no_text {
                    missing.push(("text", "Dites pourquoi ces demandes changent d’équipe"));
                }
            }
            Kind::Wait => {
                if WaitingFor::of(&self.waiting_for).is_none() {
                    missing.push(("waiting_for", "Choisissez qui doit agir"));
                }
                if no_text {
                    missing.push(("text", "Dites ce qui est attendu\u{a0}: les demandeurs le liront"));
                }
            }
            Kind::Message if no_text => missing.push(("text", "Écrivez le message")),
            Kind::Message => {}
        }
        missing
    }
}

/// What deciding needs beside the requests.
#[derive(Debug)]
pub struct Stage<'a> {
    /// Who acts.
    pub access: &'a Access,
    /// What they do.
    pub kind: Kind,
    /// With what.
    pub parameters: &'a Parameters,
    /// The name of the person or team that receives the requests.
    pub receiver: &'a str,
    /// The teams of the person who receives them.
    pub receiver_teams: &'a BTreeSet<TeamId>,
}

impl Stage<'_> {
    /// What would change in this request, in words; or why nothing can.
    ///
    /// # Errors
    /// The reason, as a sentence without capital or full stop.
    pub fn forecast(&self, row: &Row) -> Result<String, String> {
        let state = State::of(&row.state).unwrap_or(State::Closed);
        if !self.works_on(row) {
            return Err("vous êtes du côté de l’établissement pour cette demande".into());
        }
        let active = state.is_active();
        match self.kind {
            Kind::Message if matches!(state, State::Closed | State::Refused | State::Merged) => {
                Err(over(state))
            }
            Kind::Message => Ok("le demandeur reçoit le message".into()),
            Kind::Close if state == State::Resolved => Ok("Résolue → Close".into()),
            Kind::Close => Err(format!("elle n’est pas résolue\u{a0}: «\u{a0}{}\u{a0}»", state.label())),
            _ if !active => Err(over(state)),
            Kind::Take | Kind::Assign => self.given(row),
            Kind::Reassign if self.parameters.team == Some(row.team_id) => {
                Err("elle est déjà à cette équipe".into())
            }
            Kind::Reassign => Ok(format!("{} → {}", row.team, self.receiver)),
            Kind::Wait if state == State::Waiting => Err("elle attend déjà quelqu’un".into()),
            Kind::Wait => {
                let whom = WaitingFor::of(&self.parameters.waiting_for).map_or("", WaitingFor::label);
                Ok(format!("{} → En attente\u{a0}: {whom}", state.label()))
            }
        }
    }

    fn given(&self, row: &Row) -> Result<String, String> {
        let receiver =
            if self.kind == Kind::Take { Some(self.access.person) } else { self.parameters.person };
        if row.assignee_id.is_some() && row.assignee_id == receiver {
            return Err("rien ne change\u{a0}: elle est déjà dans ces mains".into());
        }
        if !self.receiver_teams.contains(&row.team_id) {
            return Err(format!(
                "elle est à l’équipe «\u{a0}{}\u{a0}»\u{a0}: réaffectez-la d’abord",
                row.team
            ));
        }
        Ok(format!("{} → {}", row.assignee.as_deref().unwrap_or("Personne"), self.receiver))
    }

    /// As on the request's own page: those of the school ask, others work.
    fn works_on(&self, row: &Row) -> bool {
        row.requester_id != self.access.person
            && self.access.permit::<WorkRequests>().is_some()
            && self.access.functions_in(row.school_id).next().is_none()
    }
}

fn over(state: State) -> String {
    format!("elle est «\u{a0}{}\u{a0}»", state.label())
}
