//! What an authority is judged on, read from the database at that instant, never from a session.

use beffroi_db::{Db, DbError, Tx};
use beffroi_directory::mandates;
use beffroi_directory::{FunctionHeld, School};
use beffroi_kernel::{PersonId, SchoolId, Scope, TeamId, TerritoryId};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::model::{Act, Authority, Who};
use crate::rules::{Delegation, Ground, authorities, authority_of, paris_day};
use crate::{Acts, store};

/// Functions and delegations at an instant, for one school.
pub(crate) struct Standing {
    at: DateTime<Utc>,
    school: SchoolId,
    territory: TerritoryId,
    teams: Vec<TeamId>,
    functions: Vec<FunctionHeld>,
    delegations: Vec<Delegation>,
    holder: Option<PersonId>,
}

impl Standing {
    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground {
            at: self.at,
            school: self.school,
            territory: self.territory,
            teams: &self.teams,
            functions: &self.functions,
            delegations: &self.delegations,
            holder: self.holder,
        }
    }

    /// The authority of a person among these signatories.
    pub(crate) fn of(&self, person: PersonId, who: &[Who]) -> Option<Authority> {
        authority_of(person, who, &self.ground())
    }

    /// Everyone of the school who may sign as one of these.
    pub(crate) fn all(&self, who: &[Who]) -> Vec<Authority> {
        authorities(who, &self.ground())
    }

    /// Whether a person serves in the school.
    pub(crate) fn serves(&self, person: PersonId) -> bool {
        self.functions.iter().any(|held| {
            held.person == person && held.school.as_ref().is_some_and(|(id, _)| *id == self.school)
        })
    }

    /// The functions read, those of the school first.
    pub(crate) fn functions(&self) -> &[FunctionHeld] {
        &self.functions
    }
}

/// The school of an act.
pub(crate) async fn school_of(acts: &Acts, school: SchoolId) -> Result<School, DbError> {
    let scope = Scope::system("the school of an act already judged");
    let found = beffroi_directory::school(&acts.site.db, &scope, school).await?;
    found.ok_or_else(|| DbError::Corrupt(format!("établissement {school} d’un acte")))
}

/// How things stand for `person`, kept so until the transaction ends.
pub(crate) async fn for_person(
    tx: &Tx,
    school: &School,
    holder: Option<PersonId>,
    person: PersonId,
) -> Result<Standing, DbError> {
    let functions = mandates::held_now(tx, person).await?;
    standing(tx.on(), tx.now(), school, holder, functions, true).await
}

/// How things stand for everyone of the school.
pub(crate) async fn for_school(
    on: &impl ConnectionTrait,
    at: DateTime<Utc>,
    school: &School,
    holder: Option<PersonId>,
) -> Result<Standing, DbError> {
    let functions = mandates::staff_at(on, school.id, at).await?;
    standing(on, at, school, holder, functions, true).await
}

/// The same for a page, which keeps nothing as it is.
pub(crate) async fn shown(db: &Db, school: &School, holder: Option<PersonId>) -> Result<Standing, DbError> {
    let functions = mandates::staff_at(db.read(), school.id, db.now()).await?;
    standing(db.read(), db.now(), school, holder, functions, false).await
}

async fn standing(
    on: &impl ConnectionTrait,
    at: DateTime<Utc>,
    school: &School,
    holder: Option<PersonId>,
    functions: Vec<FunctionHeld>,
    kept: bool,
) -> Result<Standing, DbError> {
    let delegations = store::acts::filter_delegations(on, school.id, paris_day(at), kept).await?;
    Ok(Standing {
        at,
        school: school.id,
        territory: school.territory.id,
        teams: vec![school.operations_team.id, school.mobile_team.id],
        functions,
        delegations,
        holder,
    })
}

/// The authority by which a person could sign an act at the instant of the transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn authority(
    acts: &Acts,
    tx: &Tx,
    act: &Act,
    person: PersonId,
) -> Result<Option<Authority>, DbError> {
    let school = school_of(acts, act.school).await?;
    let standing = for_person(tx, &school, act.holder, person).await?;
    Ok(act.awaited().find_map(|signature| standing.of(person, &signature.who)))
}
