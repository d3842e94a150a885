//! Lists of acts: a constant number of statements each.

use std::collections::HashMap;

use beffroi_db::{DbError, Owned};
use beffroi_kernel::{ActId, PersonId, SchoolId, Scope};
use beffroi_sheets::Word;
use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::acts::{some, with_signatures};
use super::entities::{act, review, signature};
use super::{all, reviews};
use crate::model::{Act, ActKind, Review, State};
use crate::reading::Wanted;

/// Acts on one page of a list.
const PAGE: u64 = 50;
/// Acts that wait for one person: the oldest wait on the next day.
const WAITING: u64 = 200;

/// A page of acts, newest first.
#[derive(Debug)]
pub(crate) struct Listing {
    pub acts: Vec<Act>,
    /// The last act of the page, when there are more.
    pub next: Option<ActId>,
}

pub(crate) async fn page(
    on: &impl ConnectionTrait,
    scope: &Scope,
    wanted: &Wanted,
    (today, soon): (NaiveDate, NaiveDate),
) -> Result<Listing, DbError> {
    let mut query = act::Entity::scoped(scope).filter(asked(wanted, today, soon));
    if let Some(after) = wanted.after {
        let last = act::Entity::find_by_id(after).one(on).await?.map(|act| act.reference);
        query = query.filter(act::Column::Reference.lt(last.unwrap_or_default()));
    }
    // References follow the journal, even when the clock jumps back.
    let mut rows = query.order_by_desc(act::Column::Reference).limit(PAGE + 1).all(on).await?;
    let more = rows.len() as u64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    Ok(Listing { acts: with_signatures(on, rows).await?, next })
}

fn asked(wanted: &Wanted, today: NaiveDate, soon: NaiveDate) -> Condition {
    let mut all = Condition::all();
    if let Some(kind) = wanted.kind {
        all = all.add(act::Column::Kind.eq(kind.slug()));
    }
    if let Some(state) = wanted.state {
        all = all.add(act::Column::State.eq(state.slug()));
    }
    if let Some(person) = wanted.person {
        all = all.add(act::Column::HolderId.eq(person));
    }
    if let Some(school) = wanted.school {
        all = all.add(act::Column::SchoolId.eq(school));
    }
    if wanted.soon {
        all = all.add(act::Column::State.eq(State::InForce.slug()));
        all = all.add(act::Column::EndsOn.between(today, soon));
    }
    all
}

/// Acts of these schools, or for these Region roles, that wait for signatures.
pub(crate) async fn awaited(
    on: &impl ConnectionTrait,
    schools: &[SchoolId],
    region: &[&str],
) -> Result<Vec<Act>, DbError> {
    let mut any = Condition::any();
    if !schools.is_empty() {
        any = any.add(act::Column::SchoolId.is_in(schools.iter().copied()));
    }
    if !region.is_empty() {
        // A rank names few roles, one after the other.
        let named = region.iter().fold(Condition::any(), |any, role| {
            any.add(Expr::col(signature::Column::Who).like(format!("%{role}%")))
        });
        let signed = Query::select()
            .column(signature::Column::ActId)
            .from(signature::Entity)
            .and_where(Expr::col(signature::Column::SignedBy).is_null())
            .cond_where(named)
            .to_owned();
        any = any.add(act::Column::Id.in_subquery(signed));
    }
    if any.is_empty() {
        return Ok(Vec::new());
    }
    let query = act::Entity::find().filter(act::Column::State.eq(State::ToSign.slug())).filter(any);
    let rows = query.order_by_desc(act::Column::Reference).limit(WAITING).all(on).await?;
    with_signatures(on, rows).await
}

/// Acts within `scope` that are signed, answer no request, and wait to be opened, newest first.
pub(crate) async fn to_open(on: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Act>, DbError> {
    let query = act::Entity::scoped(scope)
        .filter(act::Column::State.eq(State::Signed.slug()))
        .filter(act::Column::RequestId.is_null());
    let rows = query.order_by_desc(act::Column::Reference).limit(WAITING).all(on).await?;
    with_signatures(on, rows).await
}

/// The schools whose filter this person decides by an act that holds on `day`.
pub(crate) async fn delegated_schools(
    on: &impl ConnectionTrait,
    person: PersonId,
    day: NaiveDate,
) -> Result<Vec<SchoolId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        school_id: SchoolId,
    }
    let sql = "SELECT school_id FROM act WHERE holder_id = $1 AND state = $2 AND kind = $3 \
               AND suspended_at IS NULL AND starts_on <= $4 AND (ends_on IS NULL OR ends_on >= $4)";
    let kind = ActKind::FilterDelegation.slug();
    let values = vec![person.0.into(), State::InForce.slug().into(), kind.into(), day.into()];
    let rows: Vec<Row> = all(on, sql, values).await?;
    Ok(rows.into_iter().map(|row| row.school_id).collect())
}

/// Of these acts, their open reviews.
pub(crate) async fn reviews_of(
    on: &impl ConnectionTrait,
    acts: &[Act],
) -> Result<HashMap<ActId, Review>, DbError> {
    let ids: Vec<ActId> = acts.iter().map(|act| act.id).collect();
    let open = reviews::open_of(on, &ids).await?;
    // The first due wins.
    Ok(open.into_iter().rev().map(|review| (review.act, review)).collect())
}

/// The open reviews of these schools with their acts, the first due first.
pub(crate) async fn under_review(
    on: &impl ConnectionTrait,
    schools: &[SchoolId],
) -> Result<Vec<(Review, Act)>, DbError> {
    if schools.is_empty() {
        return Ok(Vec::new());
    }
    let rows = review::Entity::find()
        .filter(review::Column::SchoolId.is_in(schools.iter().copied()))
        .filter(review::Column::DecidedAt.is_null())
        .limit(WAITING)
        .all(on)
        .await?;
    let ids: Vec<ActId> = rows.iter().map(|row| row.act_id).collect();
    let found = some(on, Condition::all().add(act::Column::Id.is_in(ids))).await?;
    let mut due = reviews_of(on, &found).await?;
    let mut both: Vec<(Review, Act)> =
        found.into_iter().filter_map(|act| Some((due.remove(&act.id)?, act))).collect();
    both.sort_by_key(|(review, act)| (review.due_at, act.id));
    Ok(both)
}

/// Those of one school or one person that are not over, by kind: who holds what.
pub(crate) async fn held(
    on: &impl ConnectionTrait,
    scope: &Scope,
    school: Option<SchoolId>,
    person: Option<PersonId>,
) -> Result<Vec<Act>, DbError> {
    let mut query = act::Entity::scoped(scope).filter(act::Column::State.ne(State::Ended.slug()));
    if let Some(school) = school {
        query = query.filter(act::Column::SchoolId.eq(school));
    }
    if let Some(person) = person {
        query = query.filter(act::Column::HolderId.eq(person));
    }
    let query = query.order_by_asc(act::Column::Kind).order_by_asc(act::Column::StartsOn);
    with_signatures(on, query.all(on).await?).await
}
