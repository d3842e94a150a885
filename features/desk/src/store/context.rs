//! The requests around a request, a few at a time and by an index.

use beffroi_db::{DbError, Owned};
use beffroi_kernel::{RequestId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entities::request::{Column, Entity, Model};
use crate::model::{Outcome, State};

/// The latest ones within `scope` that a team has received, this one left out.
fn latest(scope: &Scope, but: RequestId, limit: u64) -> Select<Entity> {
    Entity::scoped(scope)
        .filter(Column::Id.ne(but))
        .filter(Column::SentAt.is_not_null())
        .order_by_desc(Column::SubmittedAt)
        .order_by_desc(Column::Id)
        .limit(limit)
}

/// Those of the same requester.
pub(crate) async fn of_requester(
    on: &impl ConnectionTrait,
    scope: &Scope,
    of: &Model,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    Ok(latest(scope, of.id, limit).filter(Column::RequesterId.eq(of.requester_id)).all(on).await?)
}

/// Those of the same school.
pub(crate) async fn of_school(
    on: &impl ConnectionTrait,
    scope: &Scope,
    of: &Model,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    Ok(latest(scope, of.id, limit).filter(Column::SchoolId.eq(of.school_id)).all(on).await?)
}

fn solved(scope: &Scope, but: RequestId, since: DateTime<Utc>, limit: u64) -> Select<Entity> {
    let over = [State::Resolved.slug(), State::Closed.slug()];
    let done = [Outcome::Done.slug(), Outcome::Degraded.slug()];
    latest(scope, but, limit)
        .filter(Column::State.is_in(over))
        .filter(Column::Outcome.is_in(done))
        .filter(Column::SubmittedAt.gt(since))
}

/// Those solved with the same request type, sent since `since`.
pub(crate) async fn solved_alike(
    on: &impl ConnectionTrait,
    scope: &Scope,
    of: &Model,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let select = solved(scope, of.id, since, limit).filter(Column::RequestType.eq(of.request_type.as_str()));
    Ok(select.filter(Column::SheetSlug.eq(of.sheet_slug.as_str())).all(on).await?)
}

/// Those solved in the same school on the same theme, sent since `since`.
pub(crate) async fn solved_there(
    on: &impl ConnectionTrait,
    scope: &Scope,
    of: &Model,
    since: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<Model>, DbError> {
    let select = solved(scope, of.id, since, limit).filter(Column::SchoolId.eq(of.school_id));
    Ok(select.filter(Column::Theme.eq(of.theme.as_str())).all(on).await?)
}
