//! Teams and territories, as routing and pages read them.

use beffroi_db::{Db, DbError};
use beffroi_kernel::TeamId;

use crate::model::{FunctionHeld, Person, Team, Territory};
use crate::store::{people, teams as store};

/// One team.
///
/// # Errors
/// When the database does not answer.
pub async fn team(db: &Db, id: TeamId) -> Result<Option<Team>, DbError> {
    store::team(db.read(), id).await
}

/// The team of that stable name.
///
/// # Errors
/// When the database does not answer.
pub async fn team_by_slug(db: &Db, slug: &str) -> Result<Option<Team>, DbError> {
    store::by_slug(db.read(), slug).await
}

/// Every active team, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn teams(db: &Db) -> Result<Vec<Team>, DbError> {
    store::teams(db.read()).await
}

/// Every territory, by stable name.
///
/// # Errors
/// When the database does not answer.
pub async fn territories(db: &Db) -> Result<Vec<Territory>, DbError> {
    store::territories(db.read()).await
}

/// Slug and name of every academy.
///
/// # Errors
/// When the database does not answer.
pub async fn academies(db: &Db) -> Result<Vec<(String, String)>, DbError> {
    store::academies(db.read()).await
}

/// Who is in the team now.
///
/// # Errors
/// When the database does not answer.
pub async fn team_members(db: &Db, team: TeamId) -> Result<Vec<Person>, DbError> {
    people::members(db.read(), team, db.now()).await
}

/// The service managers of a team, or of the operations service of a school it works for.
///
/// # Errors
/// When the database does not answer.
pub async fn managers(db: &Db, team: TeamId, operations: TeamId) -> Result<Vec<Person>, DbError> {
    people::managers(db.read(), (team, operations), db.now()).await
}

/// The functions held in the team, past ones included.
///
/// # Errors
/// When the database does not answer.
pub async fn functions_in(db: &Db, team: TeamId) -> Result<Vec<FunctionHeld>, DbError> {
    people::functions_in_team(db.read(), team).await
}
