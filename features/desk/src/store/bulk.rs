//! Bulk actions and their requests: what was chosen, what was done, what undoing needs.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use super::console::Row;
use super::run;

/// A bulk action as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Action {
    pub(crate) id: Uuid,
    pub(crate) person_id: PersonId,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) parameters: String,
    pub(crate) cut: bool,
    pub(crate) done_at: Option<DateTime<Utc>>,
}

/// A request of a bulk action.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Item {
    /// Its place.
    pub position: i32,
    /// The request.
    pub request_id: RequestId,
    /// Its reference, as it was chosen.
    pub reference: String,
    /// Its title, as it was chosen.
    pub title: String,
    /// Its version when it was chosen.
    pub version_before: i64,
    /// Its version once the action was done.
    pub version_after: Option<i64>,
    /// Where it stands: `todo`, `done`, `refused`, `undone`, `kept`.
    pub state: String,
    /// Why it was not done, or not undone.
    pub note: Option<String>,
    /// What undoing puts back, as JSON.
    pub before: Option<String>,
}

/// Keeps a choice of requests; drafts of the same person that led nowhere go.
pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    action: &Action,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    forget(on, action.person_id, now).await?;
    let sql = "INSERT INTO bulk_action (id, person_id, kind, state, parameters, cut, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        action.id.into(),
        action.person_id.0.into(),
        action.kind.as_str().into(),
        action.state.as_str().into(),
        action.parameters.as_str().into(),
        action.cut.into(),
        now.into(),
    ];
    run(on, sql, values).await?;
    let mut position = 0i32;
    for chunk in rows.chunks(100) {
        let mut values: Vec<Value> = Vec::new();
        let mut holes = Vec::new();
        for row in chunk {
            let first = values.len() + 1;
            holes.push(format!(
                "(${}, ${}, ${}, ${}, ${}, ${}, 'todo')",
                first,
                first + 1,
                first + 2,
                first + 3,
                first + 4,
                first + 5
            ));
            values.extend([
                action.id.into(),
                position.into(),
                row.id.0.into(),
                row.reference.as_str().into(),
                row.title.as_str().into(),
                row.version.into(),
            ]);
            position += 1;
        }
        let sql = format!(
            "INSERT INTO bulk_item (action_id, position, request_id, reference, title, version_before, state) VALUES {}",
            holes.join(", ")
        );
        run(on, &sql, values).await?;
    }
    Ok(())
}

/// A draft is kept for a day: nobody comes back to it later.
async fn forget(on: &impl ConnectionTrait, person: PersonId, now: DateTime<Utc>) -> Result<(), DbError> {
    let old = "SELECT id FROM bulk_action WHERE person_id = $1 AND state = 'draft' AND created_at < $2";
    let values: Vec<Value> = vec![person.0.into(), (now - chrono::TimeDelta::days(1)).into()];
    run(on, &format!("DELETE FROM bulk_item WHERE action_id IN ({old})"), values.clone()).await?;
    run(on, &format!("DELETE FROM bulk_action WHERE id IN ({old})"), values).await?;
    Ok(())
}

/// A bulk action of that person.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    id: Uuid,
    person: Option<PersonId>,
) -> Result<Option<Action>, DbError> {
    let sql = "SELECT id, person_id, kind, state, parameters, cut, done_at FROM bulk_action WHERE id = $1";
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [id.into()]);
    let found = Action::find_by_statement(statement).one(on).await?;
    Ok(found.filter(|action| person.is_none_or(|person| action.person_id == person)))
}

/// Its requests, in order.
pub(crate) async fn items(on: &impl ConnectionTrait, id: Uuid) -> Result<Vec<Item>, DbError> {
    let sql = "SELECT position, request_id, reference, title, version_before, version_after, state, note, before \
               FROM bulk_item WHERE action_id = $1 ORDER BY position";
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [id.into()]);
    Ok(Item::find_by_statement(statement).all(on).await?)
}

pub(crate) async fn set_parameters(
    on: &impl ConnectionTrait,
    id: Uuid,
    parameters: &str,
) -> Result<(), DbError> {
    let sql = "UPDATE bulk_action SET parameters = $2 WHERE id = $1 AND state = 'draft'";
    run(on, sql, vec![id.into(), parameters.into()]).await?;
    Ok(())
}

/// Moves an action on; false when it is not where it should be: another click came first.
pub(crate) async fn advance(
    on: &impl ConnectionTrait,
    id: Uuid,
    from: &str,
    to: &str,
) -> Result<bool, DbError> {
    let sql = "UPDATE bulk_action SET state = $3 WHERE id = $1 AND state = $2";
    Ok(run(on, sql, vec![id.into(), from.into(), to.into()]).await? == 1)
}

pub(crate) async fn ended(on: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbError> {
    run(
        on,
        "UPDATE bulk_action SET done_at = $2 WHERE id = $1 AND done_at IS NULL",
        vec![id.into(), now.into()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn undone(on: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<(), DbError> {
    run(on, "UPDATE bulk_action SET undone_at = $2 WHERE id = $1", vec![id.into(), now.into()]).await?;
    Ok(())
}

/// A request of the action is done: its version then, and what undoing puts back.
pub(crate) async fn item_done(
    on: &impl ConnectionTrait,
    action: Uuid,
    position: i32,
    version: i64,
    before: &str,
) -> Result<(), DbError> {
    let sql = "UPDATE bulk_item SET state = 'done', version_after = $3, before = $4 \
               WHERE action_id = $1 AND position = $2";
    run(on, sql, vec![action.into(), position.into(), version.into(), before.into()]).await?;
    Ok(())
}

/// Moves a request of the action on, unless another worker did.
pub(crate) async fn item_state(
    on: &impl ConnectionTrait,
    action: Uuid,
    position: i32,
    (from, to): (&str, &str),
    note: Option<&str>,
) -> Result<(), DbError> {
    let sql =
        "UPDATE bulk_item SET state = $4, note = $5 WHERE action_id = $1 AND position = $2 AND state = $3";
    run(on, sql, vec![action.into(), position.into(), from.into(), to.into(), note.into()]).await?;
    Ok(())
}

/// The pause a wait began goes with it, as if it had never been.
pub(crate) async fn forget_pause(on: &impl ConnectionTrait, request: RequestId) -> Result<(), DbError> {
    run(on, "DELETE FROM request_pause WHERE request_id = $1 AND to_at IS NULL", vec![request.0.into()])
        .await?;
    Ok(())
}
