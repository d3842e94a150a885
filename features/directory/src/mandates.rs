//! Who holds what at this instant, for those who must be sure of it, and a word to whoever keeps
//! what rests on functions when one begins or ends. The directory does not know who listens. (SRV-18)

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_kernel::{PersonId, SchoolId};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use crate::model::FunctionHeld;
use crate::store::people;

/// The kind of the jobs that carry a [`MandateChange`], run when the change takes effect.
pub const MANDATE_JOB: &str = "directory.mandate";

/// The functions of a person in a school are not what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MandateChange {
    /// Where.
    pub school: SchoolId,
    /// Whose.
    pub person: PersonId,
}

/// Says that functions of `person` in `school` change at `at`.
pub(crate) async fn changed(
    tx: &Tx,
    school: SchoolId,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    tx.enqueue(NewJob::new(MANDATE_JOB, &MandateChange { school, person }).at(at.max(tx.now()))).await
}

/// Says it of every school where a person serves: their account closes or opens.
pub(crate) async fn changed_everywhere(tx: &Tx, person: PersonId) -> Result<(), DbError> {
    let held = people::functions_of(tx.on(), person).await?;
    for held in held.iter().filter(|held| held.is_held(tx.now())) {
        if let Some((school, _)) = &held.school {
            changed(tx, *school, person, tx.now()).await?;
        }
    }
    Ok(())
}

/// The functions a person holds at the instant of the transaction; none when their account is closed.
/// Nobody ends one of them before the transaction is over.
///
/// # Errors
/// When the database does not answer.
pub async fn held_now(tx: &Tx, person: PersonId) -> Result<Vec<FunctionHeld>, DbError> {
    people::lock_functions(tx.on(), person).await?;
    people::held_by(tx.on(), person, tx.now()).await
}

/// Who serves in a school at `at`, pupils left out: the head first, then by start.
///
/// # Errors
/// When the database does not answer.
pub async fn staff_at(
    on: &impl ConnectionTrait,
    school: SchoolId,
    at: DateTime<Utc>,
) -> Result<Vec<FunctionHeld>, DbError> {
    let mut held = people::staff(on, school, at).await?;
    held.sort_by_key(|held| (held.role, held.substitute_for.is_some(), held.from));
    Ok(held)
}
