//! Who may sign at an instant: functions held then, substitutes named as such, a filter delegate by an
//! act that holds. Nothing is remembered from before. (SRV-15, SEC-08, SEC-09)

use beffroi_directory::FunctionHeld;
use beffroi_kernel::{ActId, PersonId, Role, SchoolId, TeamId, TerritoryId};
use chrono::{DateTime, Utc};

use super::dates::short;
use crate::model::{Authority, Who};

/// An act in force that lets its holder sign.
#[derive(Clone, Debug)]
pub(crate) struct Delegation {
    pub act: ActId,
    pub reference: String,
    pub holder: PersonId,
}

/// What an authority is judged on: everything as it is at one instant.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    pub at: DateTime<Utc>,
    pub school: SchoolId,
    pub territory: TerritoryId,
    /// The teams the school is attached to.
    pub teams: &'a [TeamId],
    pub functions: &'a [FunctionHeld],
    pub delegations: &'a [Delegation],
    /// Who receives the right.
    pub holder: Option<PersonId>,
}

/// The authority of `person` among these signatories, at that instant.
pub(crate) fn authority_of(person: PersonId, who: &[Who], ground: &Ground) -> Option<Authority> {
    who.iter().find_map(|who| one(person, *who, ground))
}

/// Everyone who may sign as one of these at that instant, the titular before the substitute.
pub(crate) fn authorities(who: &[Who], ground: &Ground) -> Vec<Authority> {
    let mut people: Vec<PersonId> = Vec::new();
    for held in ground.functions {
        if !people.contains(&held.person) {
            people.push(held.person);
        }
    }
    people.into_iter().filter_map(|person| authority_of(person, who, ground)).collect()
}

fn one(person: PersonId, who: Who, ground: &Ground) -> Option<Authority> {
    let mut held = ground.functions.iter().filter(|held| held.person == person && held.is_held(ground.at));
    match who {
        Who::Role(role) => {
            let held = held.find(|held| held.role == role && reaches(held, ground))?;
            Some(by_function(held, held.role.label()))
        }
        Who::Holder if ground.holder == Some(person) => {
            let held = held.find(|held| serves(held, ground))?;
            let title = format!("Personne désignée, {}", beffroi_kernel::in_sentence(held.role.label()));
            Some(by_function(held, &title))
        }
        Who::Holder => None,
        Who::FilterDelegate => {
            // The act is not enough: its holder still serves in the school.
            let held = held.find(|held| serves(held, ground))?;
            let act = ground.delegations.iter().find(|act| act.holder == person)?;
            Some(Authority {
                person,
                name: held.person_name.clone(),
                words: format!("Délégataire du filtrage, par l’acte {}", act.reference),
                source: format!("act:{}", act.act),
            })
        }
    }
}

fn by_function(held: &FunctionHeld, title: &str) -> Authority {
    let words = match (&held.substitute_for, held.to) {
        (Some((_, name)), Some(to)) => {
            format!("{title}, en remplacement de {name}, du {} au {}", short(held.from), last_day(to))
        }
        (Some((_, name)), None) => {
            format!("{title}, en remplacement de {name}, depuis le {}", short(held.from))
        }
        (None, _) => format!("{title}, depuis le {}", short(held.from)),
    };
    Authority {
        person: held.person,
        name: held.person_name.clone(),
        words,
        source: format!("function:{}", held.id),
    }
}

/// A function runs up to an instant excluded, often a midnight: its last day is the one before.
fn last_day(to: DateTime<Utc>) -> String {
    short(to - chrono::TimeDelta::microseconds(1))
}

fn serves(held: &FunctionHeld, ground: &Ground) -> bool {
    held.role != Role::Pupil && held.school.as_ref().is_some_and(|(school, _)| *school == ground.school)
}

fn reaches(held: &FunctionHeld, ground: &Ground) -> bool {
    match held.role {
        role if role.is_school() => held.school.as_ref().is_some_and(|(school, _)| *school == ground.school),
        Role::DepartmentHead | Role::RegionAdmin | Role::SecurityOfficer | Role::DataProtectionOfficer => {
            true
        }
        _ => {
            held.territory.as_ref().is_some_and(|(territory, _)| *territory == ground.territory)
                || held.team.as_ref().is_some_and(|(team, _)| ground.teams.contains(team))
        }
    }
}
