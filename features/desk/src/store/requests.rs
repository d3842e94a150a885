//! Requests and what hangs on them.

use beffroi_db::{DbError, Owned, Tx};
use beffroi_kernel::{ApprovalId, MessageId, PersonId, RequestId, Scope};
use chrono::{DateTime, Datelike, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};

use super::entities::{appointment, approval, effect, message, pause, request, task};
use super::run;
use crate::model::{MessageKind, State};
use crate::search;

/// How many requests this person has sent since then.
pub(crate) async fn sent_since(
    on: &impl ConnectionTrait,
    person: PersonId,
    since: DateTime<Utc>,
) -> Result<i64, DbError> {
    #[derive(FromQueryResult)]
    struct Sent {
        sent: i64,
    }
    let sql = "SELECT COUNT(*) AS sent FROM request WHERE requester_id = $1 AND submitted_at >= $2";
    let values = [person.0.into(), since.into()];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(Sent::find_by_statement(statement).one(on).await?.map_or(0, |row| row.sent))
}

/// The next reference of the year, as `2026-00042`.
pub(crate) async fn next_reference(on: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<String, DbError> {
    #[derive(FromQueryResult)]
    struct Counter {
        last: i32,
    }
    let (year, sql) = counting(now, 1, " WHERE true");
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, [year.into()]);
    let counter = Counter::find_by_statement(statement).one(on).await?;
    Ok(reference(year, counter.map_or(0, |counter| counter.last)))
}

/// The year in Paris, and the statement that counts one request more in it for each row `from` somewhere; the
/// year is the value at `place`.
pub(super) fn counting(now: DateTime<Utc>, place: usize, from: &str) -> (i32, String) {
    let sql = format!(
        "INSERT INTO request_counter (year, last) SELECT ${place}, 1{from} \
         ON CONFLICT (year) DO UPDATE SET last = request_counter.last + 1 RETURNING last"
    );
    (now.with_timezone(&chrono_tz::Europe::Paris).year(), sql)
}

/// The reference of the request that is `last` of its year.
pub(super) fn reference(year: i32, last: i32) -> String {
    format!("{year}-{last:05}")
}

/// The rank of a request in queues, smallest first: urgent ones, then by deadline, then those
/// without one.
fn pressing(urgent: bool, due: Option<DateTime<Utc>>) -> i64 {
    const NO_DEADLINE: i64 = 1 << 60;
    const URGENT: i64 = 1 << 61;
    let due = due.map_or(NO_DEADLINE, |due| due.timestamp_micros());
    if urgent { due - URGENT } else { due }
}

/// Sets the columns that queues are indexed by.
pub(crate) fn ranked(mut model: request::Model) -> request::Model {
    model.active = State::of(&model.state).is_some_and(State::is_active);
    model.pressing = pressing(model.urgent, model.next_due);
    model
}

#[cfg(test)]
pub(crate) async fn insert(on: &impl ConnectionTrait, model: request::Model) -> Result<(), DbError> {
    let model = ranked(model);
    request::Entity::insert(model.clone().into_active_model().reset_all()).exec_without_returning(on).await?;
    search::index(on, &model).await
}

pub(crate) async fn by_reference(
    on: &impl ConnectionTrait,
    scope: &Scope,
    reference: &str,
) -> Result<Option<request::Model>, DbError> {
    Ok(request::Entity::scoped(scope).filter(request::Column::Reference.eq(reference)).one(on).await?)
}

pub(crate) async fn by_id(
    on: &impl ConnectionTrait,
    scope: &Scope,
    id: RequestId,
) -> Result<Option<request::Model>, DbError> {
    Ok(request::Entity::scoped(scope).filter(request::Column::Id.eq(id)).one(on).await?)
}

/// The same, held until the transaction ends: another change of it waits, and then sees this one.
pub(crate) async fn held(tx: &Tx, scope: &Scope, id: RequestId) -> Result<Option<request::Model>, DbError> {
    let found = request::Entity::scoped(scope).filter(request::Column::Id.eq(id));
    Ok(found.lock_exclusive().one(tx.on()).await?)
}

/// Those of these requests that `scope` may see.
pub(crate) async fn by_ids(
    on: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[RequestId],
) -> Result<Vec<request::Model>, DbError> {
    let ids = ids.iter().copied();
    Ok(request::Entity::scoped(scope).filter(request::Column::Id.is_in(ids)).all(on).await?)
}

/// Writes back a request read in the same transaction, if nobody changed it meanwhile; false when somebody did.
pub(crate) async fn save(
    on: &impl ConnectionTrait,
    mut model: request::Model,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let read = model.version;
    model.version += 1;
    model.updated_at = now;
    let changed = run(
        on,
        "UPDATE request SET version = version + 1 WHERE id = $1 AND version = $2",
        vec![model.id.0.into(), read.into()],
    )
    .await?;
    if changed == 0 {
        return Ok(false);
    }
    let model = ranked(model).into_active_model().reset_all().update(on).await?;
    search::index(on, &model).await?;
    Ok(true)
}

/// A message that is not written yet.
pub(crate) fn message_of(
    request: RequestId,
    author: Option<PersonId>,
    kind: MessageKind,
    body: &str,
    now: DateTime<Utc>,
) -> message::Model {
    message::Model {
        id: MessageId::new(),
        request_id: request,
        author_id: author,
        kind: kind.slug().into(),
        body: body.into(),
        created_at: now,
    }
}

pub(crate) async fn add_message(
    on: &impl ConnectionTrait,
    request: RequestId,
    author: Option<PersonId>,
    kind: MessageKind,
    body: &str,
    now: DateTime<Utc>,
) -> Result<MessageId, DbError> {
    let model = message_of(request, author, kind, body, now);
    let id = model.id;
    message::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(id)
}

pub(crate) async fn approvals(
    on: &impl ConnectionTrait,
    id: RequestId,
) -> Result<Vec<approval::Model>, DbError> {
    Ok(approval::Entity::find()
        .filter(approval::Column::RequestId.eq(id))
        .order_by_asc(approval::Column::Position)
        .all(on)
        .await?)
}

pub(crate) async fn approval(
    on: &impl ConnectionTrait,
    scope: &Scope,
    id: ApprovalId,
) -> Result<Option<approval::Model>, DbError> {
    Ok(approval::Entity::scoped(scope).filter(approval::Column::Id.eq(id)).one(on).await?)
}

/// Makes the text of a step the one that its act has.
pub(crate) async fn set_approval_text(
    on: &impl ConnectionTrait,
    id: ApprovalId,
    text: &str,
) -> Result<(), DbError> {
    run(on, "UPDATE approval SET text = $2 WHERE id = $1", vec![id.0.into(), text.into()]).await?;
    Ok(())
}

/// Writes a decision if the approval still waits for one; false when someone decided first.
pub(crate) async fn decide(on: &impl ConnectionTrait, decided: &approval::Model) -> Result<bool, DbError> {
    let sql = "UPDATE approval SET state = $1, decided_by = $2, authority = $3, reason = $4, decided_at = $5, text_sha256 = $6 \
               WHERE id = $7 AND state = 'pending'";
    let values = vec![
        decided.state.clone().into(),
        decided.decided_by.map(|id| id.0).into(),
        decided.authority.clone().into(),
        decided.reason.clone().into(),
        decided.decided_at.into(),
        decided.text_sha256.clone().into(),
        decided.id.0.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

pub(crate) async fn make_pending(on: &impl ConnectionTrait, id: ApprovalId) -> Result<(), DbError> {
    run(on, "UPDATE approval SET state = 'pending' WHERE id = $1 AND state = 'later'", vec![id.0.into()])
        .await?;
    Ok(())
}

/// The approvals that wait in a school, oldest request first.
pub(crate) async fn pending_approvals(
    on: &impl ConnectionTrait,
    scope: &Scope,
) -> Result<Vec<(approval::Model, request::Model)>, DbError> {
    let approvals = approval::Entity::scoped(scope)
        // Written out, not bound: few are, and a plan that supposes so is kept.
        .filter(Expr::cust("approval.state = 'pending'"))
        .order_by_asc(approval::Column::Id)
        .all(on)
        .await?;
    let ids: Vec<RequestId> = approvals.iter().map(|approval| approval.request_id).collect();
    let requests = request::Entity::find().filter(request::Column::Id.is_in(ids)).all(on).await?;
    let find = |id| requests.iter().find(|request: &&request::Model| request.id == id).cloned();
    Ok(approvals
        .into_iter()
        .filter_map(|approval| find(approval.request_id).map(|request| (approval, request)))
        .collect())
}

pub(crate) async fn insert_tasks(on: &impl ConnectionTrait, models: Vec<task::Model>) -> Result<(), DbError> {
    if models.is_empty() {
        return Ok(());
    }
    let models = models.into_iter().map(|model| model.into_active_model().reset_all());
    task::Entity::insert_many(models).exec_without_returning(on).await?;
    Ok(())
}

pub(crate) async fn tasks(on: &impl ConnectionTrait, id: RequestId) -> Result<Vec<task::Model>, DbError> {
    Ok(task::Entity::find()
        .filter(task::Column::RequestId.eq(id))
        .order_by_asc(task::Column::Position)
        .all(on)
        .await?)
}

pub(crate) async fn save_task(on: &impl ConnectionTrait, model: task::Model) -> Result<(), DbError> {
    model.into_active_model().reset_all().update(on).await?;
    Ok(())
}

pub(crate) async fn pauses(on: &impl ConnectionTrait, id: RequestId) -> Result<Vec<pause::Model>, DbError> {
    Ok(pause::Entity::find()
        .filter(pause::Column::RequestId.eq(id))
        .order_by_asc(pause::Column::FromAt)
        .all(on)
        .await?)
}

pub(crate) async fn begin_pause(on: &impl ConnectionTrait, model: pause::Model) -> Result<(), DbError> {
    pause::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

pub(crate) async fn end_pause(
    on: &impl ConnectionTrait,
    id: RequestId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE request_pause SET to_at = $1 WHERE request_id = $2 AND to_at IS NULL";
    run(on, sql, vec![now.into(), id.0.into()]).await?;
    Ok(())
}

pub(crate) async fn add_appointment(
    on: &impl ConnectionTrait,
    model: appointment::Model,
) -> Result<(), DbError> {
    appointment::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// Links two requests both ways; linking twice changes nothing.
pub(crate) async fn add_link(
    on: &impl ConnectionTrait,
    one: RequestId,
    other: RequestId,
    kind: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO request_link (request_id, other_id, kind, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    for (from, to) in [(one, other), (other, one)] {
        run(on, sql, vec![from.0.into(), to.0.into(), kind.into(), now.into()]).await?;
    }
    Ok(())
}

pub(crate) async fn add_effect(on: &impl ConnectionTrait, model: effect::Model) -> Result<(), DbError> {
    effect::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

pub(crate) async fn effects(on: &impl ConnectionTrait, id: RequestId) -> Result<Vec<effect::Model>, DbError> {
    Ok(effect::Entity::find().filter(effect::Column::RequestId.eq(id)).all(on).await?)
}

pub(crate) async fn save_effect(on: &impl ConnectionTrait, model: effect::Model) -> Result<(), DbError> {
    model.into_active_model().reset_all().update(on).await?;
    Ok(())
}

pub(crate) async fn effect(
    on: &impl ConnectionTrait,
    id: uuid::Uuid,
) -> Result<Option<effect::Model>, DbError> {
    Ok(effect::Entity::find_by_id(id).one(on).await?)
}

/// Many requests at once, ranked as [`insert`] does; for tests of lists.
#[cfg(test)]
pub(crate) async fn insert_many(
    on: &impl ConnectionTrait,
    models: Vec<request::Model>,
) -> Result<(), DbError> {
    for chunk in models.chunks(200) {
        let models = chunk.iter().map(|model| ranked(model.clone()).into_active_model().reset_all());
        request::Entity::insert_many(models).exec_without_returning(on).await?;
    }
    Ok(())
}
