//! Requests that come back.

use beffroi_db::scope::condition;
use beffroi_db::{Db, DbError};
use beffroi_kernel::{PersonId, SchoolId, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Alias, Order, Query};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{one, run};

/// A request planned to come back.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Recurrence {
    /// Its identifier.
    pub id: Uuid,
    /// The school it is for.
    pub school_id: SchoolId,
    /// Who asks, each time.
    pub person_id: PersonId,
    /// The sheet.
    pub sheet_slug: String,
    /// The type of request.
    pub request_type: String,
    /// What is asked.
    pub title: String,
    /// The answers, as JSON.
    pub answers: String,
    /// Every so many units.
    pub every: i32,
    /// `week`, `month`, `year` or `back-to-school`.
    pub unit: String,
    /// The first day, before it is moved to a working day.
    pub anchor: NaiveDate,
    /// The next time.
    pub next_day: NaiveDate,
    /// The last day, if it ends.
    pub until_day: Option<NaiveDate>,
    /// `on`, `paused`, `ended` or `stopped`.
    pub state: String,
    /// Why it stopped.
    pub note: String,
    /// The last request made.
    pub last_reference: Option<String>,
}

const COLUMNS: [&str; 15] = [
    "id",
    "school_id",
    "person_id",
    "sheet_slug",
    "request_type",
    "title",
    "answers",
    "every",
    "unit",
    "anchor",
    "next_day",
    "until_day",
    "state",
    "note",
    "last_reference",
];

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    one: &Recurrence,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO recurrence (id, school_id, person_id, sheet_slug, request_type, title, answers, every, unit, \
               anchor, next_day, until_day, state, note, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let values = vec![
        one.id.into(),
        one.school_id.0.into(),
        one.person_id.0.into(),
        one.sheet_slug.clone().into(),
        one.request_type.clone().into(),
        one.title.clone().into(),
        one.answers.clone().into(),
        one.every.into(),
        one.unit.clone().into(),
        one.anchor.into(),
        one.next_day.into(),
        one.until_day.into(),
        one.state.clone().into(),
        one.note.clone().into(),
        now.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// Those of the schools within reach, the next first.
pub(crate) async fn list(db: &Db, scope: &Scope) -> Result<Vec<Recurrence>, DbError> {
    let mut query = Query::select();
    query.columns(COLUMNS.map(Alias::new)).from(Alias::new("recurrence"));
    query
        .cond_where(condition(scope, Alias::new("school_id"), None, Some(Alias::new("person_id"))))
        .order_by(Alias::new("state"), Order::Desc)
        .order_by(Alias::new("next_day"), Order::Asc)
        .order_by(Alias::new("id"), Order::Asc)
        .limit(100);
    Ok(Recurrence::find_by_statement(db.backend().build(&query)).all(db.read()).await?)
}

pub(crate) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<Recurrence>, DbError> {
    let sql = format!("SELECT {} FROM recurrence WHERE id = $1", COLUMNS.join(", "));
    one(on, &sql, vec![id.into()]).await
}

/// Moves on from a day to the next one; false when somebody did.
pub(crate) async fn advance(
    on: &impl ConnectionTrait,
    id: Uuid,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<bool, DbError> {
    let sql = "UPDATE recurrence SET next_day = $3 WHERE id = $1 AND next_day = $2 AND state = 'on'";
    Ok(run(on, sql, vec![id.into(), from.into(), to.into()]).await? == 1)
}

/// Writes the state and the next day.
pub(crate) async fn set(on: &impl ConnectionTrait, one: &Recurrence) -> Result<(), DbError> {
    let sql = "UPDATE recurrence SET state = $2, note = $3, next_day = $4, last_reference = $5 WHERE id = $1";
    let values = vec![
        one.id.into(),
        one.state.clone().into(),
        one.note.clone().into(),
        one.next_day.into(),
        one.last_reference.clone().into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}
