//! Major incidents: what is known, whom they concern, the news, and what was delivered to whom.

use beffroi_db::scope::condition;
use beffroi_db::{Db, DbError, sql};
use beffroi_kernel::{PersonId, RequestId, SchoolId, Scope, TerritoryId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, Value};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{all, one, run};
use crate::model::State;

/// A major incident.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Incident {
    /// What the requests attached to it name as their parent.
    pub id: RequestId,
    /// How people name it.
    pub reference: String,
    /// The request it was declared from, if any.
    pub request_id: Option<RequestId>,
    /// A few words for the public.
    pub title: String,
    /// The theme of the requests that may be about it.
    pub theme: String,
    /// The latest news.
    pub body: String,
    /// `region`, `territory` or `schools`.
    pub audience: String,
    /// The territory concerned, when it is one.
    pub territory_id: Option<TerritoryId>,
    /// Who declared it.
    pub declared_by: PersonId,
    /// When it was declared.
    pub declared_at: DateTime<Utc>,
    /// The last news.
    pub updated_at: DateTime<Utc>,
    /// When it was over; none while it lasts.
    pub resolved_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "m.id, m.reference, m.request_id, m.title, m.theme, m.body, m.audience, m.territory_id, \
                       m.declared_by, m.declared_at, m.updated_at, m.resolved_at";

/// What was said of an incident.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct News {
    /// Its identifier.
    pub id: Uuid,
    /// The incident.
    pub incident_id: RequestId,
    /// `declared`, `news`, `resolved` or `reopened`.
    pub kind: String,
    /// The text, for the public.
    pub body: String,
    /// Whether every request attached receives it.
    pub to_all: bool,
    /// Who wrote it.
    pub author_id: PersonId,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A request attached to an incident, as the incident's page shows it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Child {
    /// Its reference.
    pub reference: String,
    /// What is asked.
    pub title: String,
    /// Where it stands.
    pub state: String,
    /// Whom it waits for.
    pub waiting_for: Option<String>,
    /// The school's name.
    pub school: String,
    /// The school's town.
    pub city: String,
    /// When it was sent by its author.
    pub submitted_at: DateTime<Utc>,
}

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    incident: &Incident,
    schools: &[SchoolId],
) -> Result<(), DbError> {
    let sql = "INSERT INTO major_incident (id, reference, request_id, title, theme, body, audience, territory_id, \
               declared_by, declared_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
    let values = vec![
        incident.id.0.into(),
        incident.reference.clone().into(),
        incident.request_id.map(|id| id.0).into(),
        incident.title.clone().into(),
        incident.theme.clone().into(),
        incident.body.clone().into(),
        incident.audience.clone().into(),
        incident.territory_id.map(|id| id.0).into(),
        incident.declared_by.0.into(),
        incident.declared_at.into(),
    ];
    run(on, sql, values).await?;
    let sql =
        "INSERT INTO major_incident_school (incident_id, school_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    for school in schools {
        run(on, sql, vec![incident.id.0.into(), school.0.into()]).await?;
    }
    Ok(())
}

/// Writes the state of an incident: its last news, and whether it is over.
pub(crate) async fn save(on: &impl ConnectionTrait, incident: &Incident) -> Result<(), DbError> {
    let sql = "UPDATE major_incident SET body = $2, updated_at = $3, resolved_at = $4 WHERE id = $1";
    let values = vec![
        incident.id.0.into(),
        incident.body.clone().into(),
        incident.updated_at.into(),
        incident.resolved_at.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// An incident by its reference, or by the identifier that its requests carry.
pub(crate) async fn find(on: &impl ConnectionTrait, name: &str) -> Result<Option<Incident>, DbError> {
    let (column, value): (&str, Value) = match name.parse::<RequestId>() {
        Ok(id) => ("id", id.0.into()),
        Err(_) => ("reference", name.into()),
    };
    one(on, &format!("SELECT {COLUMNS} FROM major_incident m WHERE m.{column} = $1"), vec![value]).await
}

/// Those that last, oldest first.
pub(crate) async fn lasting(on: &impl ConnectionTrait) -> Result<Vec<Incident>, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM major_incident m WHERE m.resolved_at IS NULL ORDER BY m.declared_at, m.id LIMIT 50"
    );
    all(on, &sql, Vec::new()).await
}

/// The schools named by the incidents that last, with their territories; those of a whole territory too.
pub(crate) async fn concerned(
    on: &impl ConnectionTrait,
) -> Result<Vec<(RequestId, SchoolId, TerritoryId)>, DbError> {
    #[derive(FromQueryResult)]
    struct Concerned {
        incident_id: RequestId,
        school_id: SchoolId,
        territory_id: TerritoryId,
    }
    let sql = "SELECT m.id AS incident_id, s.id AS school_id, s.territory_id AS territory_id \
               FROM major_incident m JOIN major_incident_school c ON c.incident_id = m.id \
               JOIN school s ON s.id = c.school_id WHERE m.resolved_at IS NULL \
               UNION ALL SELECT m.id, s.id, s.territory_id FROM major_incident m \
               JOIN school s ON s.territory_id = m.territory_id WHERE m.resolved_at IS NULL";
    let rows: Vec<Concerned> = all(on, sql, Vec::new()).await?;
    Ok(rows.into_iter().map(|row| (row.incident_id, row.school_id, row.territory_id)).collect())
}

/// The latest incidents; with `schools`, only those that concern one of them.
pub(crate) async fn latest(
    on: &impl ConnectionTrait,
    schools: Option<&[SchoolId]>,
) -> Result<Vec<Incident>, DbError> {
    let order =
        "ORDER BY CASE WHEN m.resolved_at IS NULL THEN 0 ELSE 1 END, m.declared_at DESC, m.id LIMIT 50";
    let Some(schools) = schools else {
        return all(on, &format!("SELECT {COLUMNS} FROM major_incident m {order}"), Vec::new()).await;
    };
    let places: Vec<String> = (1..=schools.len()).map(|number| format!("${number}")).collect();
    let places = if places.is_empty() { "NULL".to_owned() } else { places.join(", ") };
    let sql = format!(
        "SELECT {COLUMNS} FROM major_incident m WHERE m.audience = 'region' \
         OR EXISTS (SELECT 1 FROM major_incident_school c WHERE c.incident_id = m.id AND c.school_id IN ({places})) \
         OR EXISTS (SELECT 1 FROM school s WHERE s.territory_id = m.territory_id AND s.id IN ({places})) {order}"
    );
    all(on, &sql, schools.iter().map(|school| school.0.into()).collect()).await
}

/// Whether an incident concerns one of those schools.
pub(crate) async fn concerns(
    on: &impl ConnectionTrait,
    incident: &Incident,
    schools: &[SchoolId],
) -> Result<bool, DbError> {
    if incident.audience == "region" {
        return Ok(true);
    }
    let places: Vec<String> = (3..schools.len() + 3).map(|number| format!("${number}")).collect();
    if places.is_empty() {
        return Ok(false);
    }
    let places = places.join(", ");
    let sql = format!(
        "SELECT incident_id AS id FROM major_incident_school WHERE incident_id = $1 AND school_id IN ({places}) \
         UNION ALL SELECT id FROM school WHERE territory_id = $2 AND id IN ({places})"
    );
    let mut values: Vec<Value> = vec![incident.id.0.into(), incident.territory_id.map(|id| id.0).into()];
    values.extend(schools.iter().map(|school| Value::from(school.0)));
    let found: Option<Key> = one(on, &sql, values).await?;
    Ok(found.is_some())
}

/// Names and towns of the schools of an incident that names them, at most so many.
pub(crate) async fn schools(
    on: &impl ConnectionTrait,
    incident: RequestId,
    most: u64,
) -> Result<Vec<(SchoolId, TerritoryId, String)>, DbError> {
    #[derive(FromQueryResult)]
    struct Named {
        id: SchoolId,
        territory_id: TerritoryId,
        name: String,
        city: String,
    }
    let sql = "SELECT s.id AS id, s.territory_id AS territory_id, s.name AS name, s.city AS city \
               FROM major_incident_school c JOIN school s ON s.id = c.school_id WHERE c.incident_id = $1 \
               ORDER BY s.name, s.id LIMIT $2";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows: Vec<Named> = all(on, sql, vec![incident.0.into(), most.into()]).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.territory_id, format!("{}, {}", row.name, row.city)))
        .collect())
}

pub(crate) async fn add_news(on: &impl ConnectionTrait, news: &News) -> Result<(), DbError> {
    let sql = "INSERT INTO major_incident_news (id, incident_id, kind, body, to_all, author_id, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        news.id.into(),
        news.incident_id.0.into(),
        news.kind.clone().into(),
        news.body.clone().into(),
        news.to_all.into(),
        news.author_id.0.into(),
        news.created_at.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

const NEWS: &str =
    "SELECT id, incident_id, kind, body, to_all, author_id, created_at FROM major_incident_news";

/// What was said of an incident, latest first.
pub(crate) async fn news(on: &impl ConnectionTrait, incident: RequestId) -> Result<Vec<News>, DbError> {
    let sql = format!("{NEWS} WHERE incident_id = $1 ORDER BY created_at DESC, id DESC LIMIT 200");
    all(on, &sql, vec![incident.0.into()]).await
}

pub(crate) async fn one_news(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<News>, DbError> {
    one(on, &format!("{NEWS} WHERE id = $1"), vec![id.into()]).await
}

/// Notes that the news reached the request; false when it already had.
pub(crate) async fn deliver(
    on: &impl ConnectionTrait,
    news: Uuid,
    request: RequestId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO major_incident_delivery (news_id, request_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(run(on, sql, vec![news.into(), request.0.into(), now.into()]).await? == 1)
}

#[derive(FromQueryResult)]
struct Key {
    id: RequestId,
}

/// The next requests attached, in order of identifier.
pub(crate) async fn next_children(
    on: &impl ConnectionTrait,
    incident: RequestId,
    after: Option<RequestId>,
    most: i64,
) -> Result<Vec<RequestId>, DbError> {
    let sql = "SELECT id FROM request WHERE parent_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let keys: Vec<Key> = all(on, sql, vec![incident.0.into(), after.into(), most.into()]).await?;
    Ok(keys.into_iter().map(|key| key.id).collect())
}

/// How many requests are attached, and how many of them are not over; `most` at most.
pub(crate) async fn count(
    on: &impl ConnectionTrait,
    incident: RequestId,
    most: i64,
) -> Result<(i64, i64), DbError> {
    #[derive(FromQueryResult)]
    struct Counted {
        total: i64,
        active: i64,
    }
    let sql = "SELECT COUNT(*) AS total, CAST(COALESCE(SUM(CASE WHEN few.active THEN 1 ELSE 0 END), 0) AS bigint) AS active \
               FROM (SELECT active FROM request WHERE parent_id = $1 LIMIT $2) few";
    let counted: Option<Counted> = one(on, sql, vec![incident.0.into(), most.into()]).await?;
    Ok(counted.map_or((0, 0), |counted| (counted.total, counted.active)))
}

fn column(name: &'static str) -> (Alias, Alias) {
    (Alias::new("r"), Alias::new(name))
}

fn requests(scope: &Scope, most: u64) -> SelectStatement {
    let mut query = Query::select();
    for name in ["reference", "title", "state", "waiting_for", "submitted_at"] {
        query.column(column(name));
    }
    query
        .expr_as(Expr::col((Alias::new("s"), Alias::new("name"))), Alias::new("school"))
        .expr_as(Expr::col((Alias::new("s"), Alias::new("city"))), Alias::new("city"))
        .from_as(Alias::new("request"), Alias::new("r"))
        .join_as(
            sea_orm::sea_query::JoinType::InnerJoin,
            Alias::new("school"),
            Alias::new("s"),
            Expr::cust("s.id = r.school_id"),
        )
        .cond_where(condition(
            scope,
            column("school_id"),
            Some(column("team_id")),
            Some(column("requester_id")),
        ))
        .order_by(column("submitted_at"), Order::Desc)
        .order_by(column("id"), Order::Desc)
        .limit(most);
    query
}

/// The requests attached that `scope` may see, latest first.
pub(crate) async fn children(
    db: &Db,
    scope: &Scope,
    incident: RequestId,
    most: u64,
) -> Result<Vec<Child>, DbError> {
    let mut query = requests(scope, most);
    query.and_where(Expr::col(column("parent_id")).eq(incident.0));
    Ok(Child::find_by_statement(sql::built(db.backend(), &query)).all(db.read()).await?)
}

/// The requests of a theme, in hand and attached to nothing, of those schools.
pub(crate) async fn candidates(
    db: &Db,
    scope: &Scope,
    theme: &str,
    schools: &[SchoolId],
    most: u64,
) -> Result<Vec<Child>, DbError> {
    let mut query = requests(scope, most);
    query
        .and_where(Expr::col(column("school_id")).is_in(schools.iter().map(|school| school.0)))
        .and_where(Expr::col(column("theme")).eq(theme))
        .and_where(Expr::col(column("state")).is_in([
            State::New.slug(),
            State::Open.slug(),
            State::Waiting.slug(),
        ]))
        .and_where(Expr::col(column("parent_id")).is_null());
    Ok(Child::find_by_statement(sql::built(db.backend(), &query)).all(db.read()).await?)
}

/// Keeps the place of a person who joins; false when they had joined.
pub(crate) async fn join(
    on: &impl ConnectionTrait,
    incident: RequestId,
    (school, person): (SchoolId, PersonId),
    request: RequestId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO major_incident_join (incident_id, school_id, person_id, request_id, created_at) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values = vec![incident.0.into(), school.0.into(), person.0.into(), request.0.into(), now.into()];
    Ok(run(on, sql, values).await? == 1)
}

/// The request by which a person joined.
pub(crate) async fn joined(
    on: &impl ConnectionTrait,
    incident: RequestId,
    (school, person): (SchoolId, PersonId),
) -> Result<Option<RequestId>, DbError> {
    let sql = "SELECT request_id AS id FROM major_incident_join WHERE incident_id = $1 AND school_id = $2 AND person_id = $3";
    let key: Option<Key> = one(on, sql, vec![incident.0.into(), school.0.into(), person.0.into()]).await?;
    Ok(key.map(|key| key.id))
}
