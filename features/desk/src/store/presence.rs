//! Who is at a request, and what a stream reads to know whether a page is still fresh.

use beffroi_db::{DbError, Owned};
use beffroi_kernel::{MessageId, PersonId, RequestId, SchoolId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};

use super::entities::{message, request};
use super::run;
use crate::model::MessageKind;

/// Someone at a request.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Present {
    pub(crate) name: String,
    pub(crate) doing: String,
}

/// Those seen at the request after `since`, one person apart, in a lasting order.
pub(crate) async fn others(
    on: &impl ConnectionTrait,
    id: RequestId,
    apart: PersonId,
    since: DateTime<Utc>,
) -> Result<Vec<Present>, DbError> {
    let sql = "SELECT p.given_name || ' ' || p.family_name AS name, w.doing FROM presence w \
               JOIN person p ON p.id = w.person_id \
               WHERE w.request_id = $1 AND w.person_id <> $2 AND w.seen_at > $3 ORDER BY w.person_id LIMIT 20";
    let values = [id.0.into(), apart.0.into(), since.into()];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(Present::find_by_statement(statement).all(on).await?)
}

/// Notes what the person does; true when those who watch do not know it yet.
pub(crate) async fn note(
    on: &impl ConnectionTrait,
    id: RequestId,
    person: PersonId,
    doing: &str,
    (now, since): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, DbError> {
    let known = "UPDATE presence SET seen_at = $4 WHERE request_id = $1 AND person_id = $2 AND doing = $3 AND seen_at > $5";
    let values = vec![id.0.into(), person.0.into(), doing.into(), now.into()];
    if run(on, known, [values.clone(), vec![since.into()]].concat()).await? == 1 {
        return Ok(false);
    }
    run(on, "DELETE FROM presence WHERE seen_at <= $1", vec![since.into()]).await?;
    let sql = "INSERT INTO presence (request_id, person_id, doing, seen_at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (request_id, person_id) DO UPDATE SET doing = $3, seen_at = $4";
    run(on, sql, values).await?;
    Ok(true)
}

/// Forgets the person; true when they were there.
pub(crate) async fn forget(
    on: &impl ConnectionTrait,
    id: RequestId,
    person: PersonId,
) -> Result<bool, DbError> {
    let sql = "DELETE FROM presence WHERE request_id = $1 AND person_id = $2";
    Ok(run(on, sql, vec![id.0.into(), person.0.into()]).await? == 1)
}

/// The last message of the conversation this person may read.
pub(crate) async fn last_message(
    on: &impl ConnectionTrait,
    id: RequestId,
    internal: bool,
) -> Result<Option<MessageId>, DbError> {
    let mut select = message::Entity::find().filter(message::Column::RequestId.eq(id));
    if !internal {
        select = select.filter(message::Column::Kind.ne(MessageKind::Internal.slug()));
    }
    let last = select
        .select_only()
        .column(message::Column::Id)
        .order_by_desc(message::Column::CreatedAt)
        .order_by_desc(message::Column::Id)
        .into_tuple()
        .one(on)
        .await?;
    Ok(last)
}

/// Whether `scope` reaches one of these requests, once its school has sent it.
pub(crate) async fn reaches(
    on: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[RequestId],
) -> Result<bool, DbError> {
    let found: Option<RequestId> = request::Entity::scoped(scope)
        .filter(request::Column::Id.is_in(ids.iter().copied()))
        .filter(request::Column::SentAt.is_not_null())
        .select_only()
        .column(request::Column::Id)
        .into_tuple()
        .one(on)
        .await?;
    Ok(found.is_some())
}

/// The schools of the territories of `scope`.
pub(crate) async fn schools(on: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<SchoolId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: SchoolId,
    }
    if scope.territories().is_empty() {
        return Ok(Vec::new());
    }
    let territories = scope.territories().iter().map(|id| id.0);
    let query = Query::select()
        .column("id")
        .from(Alias::new("school"))
        .and_where(Expr::col("territory_id").is_in(territories))
        .to_owned();
    let rows = Row::find_by_statement(on.get_database_backend().build(&query)).all(on).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
