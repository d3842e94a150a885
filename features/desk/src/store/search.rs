//! What search reads of requests: the texts of a bag, the lines found, the conversation around them.

use beffroi_db::scope::condition;
use beffroi_db::{DbError, sql};
use beffroi_kernel::{PersonId, RequestId, SchoolId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use uuid::Uuid;

use super::entities::request;
use crate::model::{MessageKind, State};

/// A text that belongs to a request without being written in it.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Part {
    pub(crate) request_id: RequestId,
    /// A kind of message, or `person`, `agent`, `school`, `sheet`.
    pub(crate) kind: String,
    pub(crate) text: String,
    /// The territory of a school; the request itself otherwise.
    pub(crate) place: Uuid,
}

/// Every such text of these requests, in one statement.
pub(crate) async fn parts(on: &impl ConnectionTrait, ids: &[RequestId]) -> Result<Vec<Part>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = (1..=ids.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT m.request_id, m.kind, m.body AS text, m.request_id AS place FROM message m \
         WHERE m.request_id IN ({places}) AND m.kind <> 'system' \
         UNION ALL SELECT r.id, 'school', s.name || ' ' || s.city || ' ' || s.uai, s.territory_id \
         FROM request r JOIN school s ON s.id = r.school_id WHERE r.id IN ({places}) \
         UNION ALL SELECT r.id, 'person', p.given_name || ' ' || p.family_name, r.id \
         FROM request r JOIN person p ON p.id = r.requester_id WHERE r.id IN ({places}) \
         UNION ALL SELECT r.id, 'agent', p.given_name || ' ' || p.family_name, r.id \
         FROM request r JOIN person p ON p.id = r.assignee_id WHERE r.id IN ({places}) \
         UNION ALL SELECT c.request_id, 'person', c.caller, c.request_id \
         FROM typed_request c WHERE c.caller IS NOT NULL AND c.request_id IN ({places}) \
         UNION ALL SELECT r.id, 'sheet', v.title, r.id \
         FROM request r JOIN sheet_version v ON v.id = r.sheet_version_id WHERE r.id IN ({places})"
    );
    let values = ids.iter().map(|id| id.0.into());
    let statement = Statement::from_sql_and_values(on.get_database_backend(), &sql, values);
    Ok(Part::find_by_statement(statement).all(on).await?)
}

/// Requests by age, oldest first, after `after`.
pub(crate) async fn by_age(
    on: &impl ConnectionTrait,
    after: Option<(DateTime<Utc>, RequestId)>,
    limit: u64,
) -> Result<Vec<request::Model>, DbError> {
    let mut select = request::Entity::find();
    if let Some((at, id)) = after {
        let same = Condition::all().add(request::Column::SubmittedAt.eq(at)).add(request::Column::Id.gt(id));
        select = select.filter(Condition::any().add(request::Column::SubmittedAt.gt(at)).add(same));
    }
    let select = select.order_by_asc(request::Column::SubmittedAt).order_by_asc(request::Column::Id);
    Ok(select.limit(limit).all(on).await?)
}

/// The requests of a school after `after`.
pub(crate) async fn of_school(
    on: &impl ConnectionTrait,
    school: SchoolId,
    after: Option<RequestId>,
    limit: u64,
) -> Result<Vec<request::Model>, DbError> {
    let mut select = request::Entity::find().filter(request::Column::SchoolId.eq(school));
    if let Some(id) = after {
        select = select.filter(request::Column::Id.gt(id));
    }
    Ok(select.order_by_asc(request::Column::Id).limit(limit).all(on).await?)
}

/// The requests that a person asked or has in hand, after `after`.
pub(crate) async fn of_person(
    on: &impl ConnectionTrait,
    person: PersonId,
    after: Option<RequestId>,
    limit: u64,
) -> Result<Vec<request::Model>, DbError> {
    let theirs = Condition::any()
        .add(request::Column::RequesterId.eq(person))
        .add(request::Column::AssigneeId.eq(person));
    let mut select = request::Entity::find().filter(theirs);
    if let Some(id) = after {
        select = select.filter(request::Column::Id.gt(id));
    }
    Ok(select.order_by_asc(request::Column::Id).limit(limit).all(on).await?)
}

/// A request found, as results show it.
#[derive(Clone, Debug, PartialEq, FromQueryResult)]
pub(crate) struct Row {
    pub(crate) id: RequestId,
    pub(crate) reference: String,
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) state: String,
    pub(crate) waiting_for: Option<String>,
    pub(crate) submitted_at: DateTime<Utc>,
    pub(crate) requester_id: PersonId,
    pub(crate) school_id: SchoolId,
    pub(crate) school: String,
    pub(crate) city: String,
    pub(crate) uai: String,
    pub(crate) requester: String,
}

/// What results keep.
pub(crate) struct Kept<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) person: PersonId,
    /// Whether work on it is over, when asked.
    pub(crate) over: Option<bool>,
    /// Sent by its author since then.
    pub(crate) since: Option<DateTime<Utc>>,
}

/// These identifiers, the last one again until they are a power of two: lists of few sizes make few plans,
/// which the database keeps.
fn steady(ids: &[RequestId]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if let Some(last) = ids.last().copied() {
        ids.resize(ids.len().next_power_of_two(), last);
    }
    ids
}

/// Those of these requests, or of these references, that the person may read.
pub(crate) async fn rows(
    on: &impl ConnectionTrait,
    kept: &Kept<'_>,
    ids: &[RequestId],
    references: &[String],
) -> Result<Vec<Row>, DbError> {
    if ids.is_empty() && references.is_empty() {
        return Ok(Vec::new());
    }
    let at = |name: &'static str| (Alias::new("r"), Alias::new(name));
    let mut query = Query::select();
    for name in [
        "id",
        "reference",
        "title",
        "summary",
        "state",
        "waiting_for",
        "submitted_at",
        "requester_id",
        "school_id",
    ] {
        query.column(at(name));
    }
    let mut any = Condition::any();
    if !ids.is_empty() {
        any = any.add(Expr::col(at("id")).is_in(steady(ids)));
    }
    if !references.is_empty() {
        any = any.add(Expr::col(at("reference")).is_in(references.iter().map(String::as_str)));
    }
    query
        .expr_as(Expr::cust("s.name"), Alias::new("school"))
        .expr_as(Expr::cust("s.city"), Alias::new("city"))
        .expr_as(Expr::cust("s.uai"), Alias::new("uai"))
        .expr_as(Expr::cust("p.given_name || ' ' || p.family_name"), Alias::new("requester"))
        .from_as(Alias::new("request"), Alias::new("r"))
        .join_as(JoinType::InnerJoin, Alias::new("school"), Alias::new("s"), Expr::cust("s.id = r.school_id"))
        .join_as(
            JoinType::InnerJoin,
            Alias::new("person"),
            Alias::new("p"),
            Expr::cust("p.id = r.requester_id"),
        )
        .cond_where(any)
        .cond_where(readable(kept));
    let statement = sql::built(on.get_database_backend(), &query);
    Ok(Row::find_by_statement(statement).all(on).await?)
}

/// Within the scope, and sent to a team unless it is the person's own or their school's (SRV-29).
fn readable(kept: &Kept) -> Condition {
    let at = |name: &'static str| (Alias::new("r"), Alias::new(name));
    let own_schools = kept.scope.schools().iter().map(|school| school.0);
    let exists = Condition::any()
        .add(Expr::col(at("sent_at")).is_not_null())
        .add(Expr::col(at("requester_id")).eq(kept.person.0))
        .add(Expr::col(at("school_id")).is_in(own_schools));
    let reach = condition(kept.scope, at("school_id"), Some(at("team_id")), Some(at("requester_id")));
    let mut all = Condition::all().add(reach).add(exists);
    if let Some(over) = kept.over {
        let states = State::ALL.iter().filter(|state| state.is_over() == over).map(|state| state.slug());
        all = all.add(Expr::col(at("state")).is_in(states));
    }
    if let Some(since) = kept.since {
        all = all.add(Expr::col(at("submitted_at")).gte(since));
    }
    all
}

/// What someone wrote on a request.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Said {
    pub(crate) request_id: RequestId,
    /// A kind of message, or [`ANSWERS`].
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// The kind of the answers to the form, kept as JSON.
pub(crate) const ANSWERS: &str = "answers";

/// What people wrote on these requests, oldest first: answers, messages, notes among them.
pub(crate) async fn said(on: &impl ConnectionTrait, ids: &[RequestId]) -> Result<Vec<Said>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = steady(ids);
    let places = sql::places(1, ids.len());
    let sql = format!(
        "SELECT r.id AS request_id, '{ANSWERS}' AS kind, r.answers AS text, r.submitted_at AS written, r.id AS last \
         FROM request r WHERE r.id IN ({places}) \
         UNION ALL SELECT m.request_id, m.kind, m.body, m.created_at, m.id FROM message m \
         WHERE m.request_id IN ({places}) AND m.kind <> '{}' ORDER BY written, last",
        MessageKind::System.slug()
    );
    let values = ids.into_iter().map(Uuid::into);
    let statement = Statement::from_sql_and_values(on.get_database_backend(), &sql, values);
    Ok(Said::find_by_statement(statement).all(on).await?)
}
