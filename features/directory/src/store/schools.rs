//! Schools.

use std::collections::HashMap;

use beffroi_db::DbError;
use beffroi_kernel::{SchoolId, Scope, TeamId, TerritoryId};
use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, JoinType, LikeExpr, Order, Query, SelectStatement,
};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, places, run};
use crate::model::{School, TeamName, Territory};

#[derive(FromQueryResult)]
struct SchoolRow {
    id: SchoolId,
    uai: String,
    name: String,
    kind: String,
    city: String,
    postcode: String,
    department: String,
    academy: String,
    email: Option<String>,
    phone: Option<String>,
    pupils: Option<i32>,
    o365: bool,
    territory_id: TerritoryId,
    territory_slug: String,
    territory_name: String,
    operations_id: TeamId,
    operations_slug: String,
    operations_name: String,
    mobile_id: TeamId,
    mobile_slug: String,
    mobile_name: String,
}

impl From<SchoolRow> for School {
    fn from(row: SchoolRow) -> Self {
        let territory =
            Territory { id: row.territory_id, slug: row.territory_slug, name: row.territory_name };
        School {
            id: row.id,
            uai: row.uai,
            name: row.name,
            kind: row.kind,
            city: row.city,
            postcode: row.postcode,
            department: row.department,
            academy: row.academy,
            territory,
            operations_team: TeamName {
                id: row.operations_id,
                slug: row.operations_slug,
                name: row.operations_name,
            },
            mobile_team: TeamName { id: row.mobile_id, slug: row.mobile_slug, name: row.mobile_name },
            email: row.email,
            phone: row.phone,
            pupils: row.pupils,
            o365: row.o365,
        }
    }
}

const OWN: [&str; 12] = [
    "id",
    "uai",
    "name",
    "kind",
    "city",
    "postcode",
    "department",
    "academy",
    "email",
    "phone",
    "pupils",
    "o365",
];

fn column(table: &'static str, name: &'static str) -> Expr {
    Expr::col((Alias::new(table), Alias::new(name)))
}

fn select(scope: &Scope) -> SelectStatement {
    let mut select = Query::select();
    for name in OWN {
        select.expr_as(column("school", name), Alias::new(name));
    }
    let joined = [
        ("territory", "territory", "territory_id", "territory"),
        ("team", "o", "operations_team_id", "operations"),
        ("team", "m", "mobile_team_id", "mobile"),
    ];
    select.from(Alias::new("school"));
    for (table, alias, key, prefix) in joined {
        let on = column("school", key).equals((Alias::new(alias), Alias::new("id")));
        select.join_as(JoinType::InnerJoin, Alias::new(table), Alias::new(alias), on);
        for name in ["id", "slug", "name"] {
            select.expr_as(column(alias, name), Alias::new(format!("{prefix}_{name}")));
        }
    }
    let owner = (Alias::new("school"), Alias::new("id"));
    select.cond_where(beffroi_db::scope::condition(scope, owner, None, None));
    select.and_where(column("school", "active").eq(true));
    select
}

async fn fetch(on: &impl ConnectionTrait, select: &SelectStatement) -> Result<Vec<School>, DbError> {
    let statement = on.get_database_backend().build(select);
    Ok(SchoolRow::find_by_statement(statement).all(on).await?.into_iter().map(School::from).collect())
}

pub(crate) async fn find(
    on: &impl ConnectionTrait,
    scope: &Scope,
    id: SchoolId,
) -> Result<Option<School>, DbError> {
    let mut select = select(scope);
    select.and_where(column("school", "id").eq(id.0));
    Ok(fetch(on, &select).await?.pop())
}

pub(crate) async fn by_uai(
    on: &impl ConnectionTrait,
    scope: &Scope,
    uai: &str,
) -> Result<Option<School>, DbError> {
    let mut select = select(scope);
    select.and_where(column("school", "uai").eq(uai));
    Ok(fetch(on, &select).await?.pop())
}

/// Those of these schools that are within reach.
pub(crate) async fn by_ids(
    on: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[uuid::Uuid],
) -> Result<Vec<School>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = select(scope);
    select.and_where(column("school", "id").is_in(ids.iter().copied()));
    fetch(on, &select).await
}

/// Schools by name after `after`, at most `limit`, whose key holds every word.
pub(crate) async fn page(
    on: &impl ConnectionTrait,
    scope: &Scope,
    words: &[String],
    after: Option<&(String, SchoolId)>,
    limit: u64,
) -> Result<Vec<School>, DbError> {
    let mut select = select(scope);
    for word in words {
        select.and_where(column("school", "search_key").like(LikeExpr::new(format!("%{word}%"))));
    }
    if let Some((name, id)) = after {
        let same = column("school", "name").eq(name.as_str()).and(column("school", "id").gt(id.0));
        select.cond_where(Condition::any().add(column("school", "name").gt(name.as_str())).add(same));
    }
    select
        .order_by((Alias::new("school"), Alias::new("name")), Order::Asc)
        .order_by((Alias::new("school"), Alias::new("id")), Order::Asc)
        .limit(limit);
    fetch(on, &select).await
}

/// What an import writes of a school.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub uai: String,
    pub name: String,
    pub kind: String,
    pub city: String,
    pub postcode: String,
    pub insee: Option<String>,
    pub department: String,
    pub academy: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub pupils: Option<i32>,
}

#[derive(FromQueryResult)]
struct RecordRow {
    id: SchoolId,
    uai: String,
    name: String,
    kind: String,
    city: String,
    postcode: String,
    insee: Option<String>,
    department: String,
    academy: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    email: Option<String>,
    phone: Option<String>,
    pupils: Option<i32>,
}

/// The schools already known among these, by UAI.
pub(crate) async fn records(
    on: &impl ConnectionTrait,
    uais: &[String],
) -> Result<HashMap<String, (SchoolId, Record)>, DbError> {
    if uais.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT id, uai, name, kind, city, postcode, insee, department, academy, latitude, longitude, email, phone, pupils \
         FROM school WHERE uai IN ({})",
        places(1, uais.len())
    );
    let rows: Vec<RecordRow> = all(on, &sql, uais.iter().map(|uai| uai.as_str().into()).collect()).await?;
    let known = rows.into_iter().map(|row| {
        let record = Record {
            uai: row.uai.clone(),
            name: row.name,
            kind: row.kind,
            city: row.city,
            postcode: row.postcode,
            insee: row.insee,
            department: row.department,
            academy: row.academy,
            latitude: row.latitude,
            longitude: row.longitude,
            email: row.email,
            phone: row.phone,
            pupils: row.pupils,
        };
        (row.uai, (row.id, record))
    });
    Ok(known.collect())
}

fn search_key(record: &Record) -> String {
    beffroi_sheets::slug_search_key(&format!(
        "{} {} {} {}",
        record.name, record.city, record.uai, record.postcode
    ))
}

/// Where a school is attached: territory, operations team, mobile team (INTRO-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub territory: TerritoryId,
    pub operations: TeamId,
    pub mobile: TeamId,
}

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    id: SchoolId,
    record: &Record,
    attachment: Attachment,
) -> Result<(), DbError> {
    let sql = "INSERT INTO school (id, uai, name, kind, city, postcode, insee, department, academy, latitude, longitude, \
               email, phone, pupils, search_key, territory_id, operations_team_id, mobile_team_id, o365, active) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";
    let mut values = values_of(id, record);
    values.extend([
        attachment.territory.0.into(),
        attachment.operations.0.into(),
        attachment.mobile.0.into(),
    ]);
    values.extend([true.into(), true.into()]);
    run(on, sql, values).await?;
    Ok(())
}

fn values_of(id: SchoolId, record: &Record) -> Vec<sea_orm::Value> {
    vec![
        id.0.into(),
        record.uai.clone().into(),
        record.name.clone().into(),
        record.kind.clone().into(),
        record.city.clone().into(),
        record.postcode.clone().into(),
        record.insee.clone().into(),
        record.department.clone().into(),
        record.academy.clone().into(),
        record.latitude.into(),
        record.longitude.into(),
        record.email.clone().into(),
        record.phone.clone().into(),
        record.pupils.into(),
        search_key(record).into(),
    ]
}

/// Writes what the file says; where the school is attached stays as people set it.
pub(crate) async fn update(on: &impl ConnectionTrait, id: SchoolId, record: &Record) -> Result<(), DbError> {
    let sql = "UPDATE school SET uai = $2, name = $3, kind = $4, city = $5, postcode = $6, insee = $7, department = $8, \
               academy = $9, latitude = $10, longitude = $11, email = $12, phone = $13, pupils = $14, search_key = $15 \
               WHERE id = $1";
    run(on, sql, values_of(id, record)).await?;
    Ok(())
}

pub(crate) async fn attach(on: &impl ConnectionTrait, id: SchoolId, to: Attachment) -> Result<(), DbError> {
    let sql =
        "UPDATE school SET territory_id = $2, operations_team_id = $3, mobile_team_id = $4 WHERE id = $1";
    run(on, sql, vec![id.0.into(), to.territory.0.into(), to.operations.0.into(), to.mobile.0.into()])
        .await?;
    Ok(())
}

pub(crate) async fn set_o365(on: &impl ConnectionTrait, id: SchoolId, o365: bool) -> Result<(), DbError> {
    run(on, "UPDATE school SET o365 = $2 WHERE id = $1", vec![id.0.into(), o365.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Place {
    id: SchoolId,
    uai: String,
    academy: String,
    territory: String,
    operations: String,
    mobile: String,
}

/// Each active school with the slugs that route its requests, for the gap-and-overlap report.
pub(crate) async fn routing_places(
    on: &impl ConnectionTrait,
) -> Result<Vec<(SchoolId, String, beffroi_sheets::Place)>, DbError> {
    let sql = "SELECT s.id, s.uai, s.academy, t.slug AS territory, o.slug AS operations, m.slug AS mobile \
               FROM school s JOIN territory t ON t.id = s.territory_id JOIN team o ON o.id = s.operations_team_id \
               JOIN team m ON m.id = s.mobile_team_id WHERE s.active = $1 ORDER BY s.uai";
    let rows: Vec<Place> = all(on, sql, vec![true.into()]).await?;
    let places = rows.into_iter().map(|row| {
        let place = beffroi_sheets::Place {
            territory: row.territory,
            academy: row.academy,
            mobile_team: row.mobile,
            operations_service: row.operations,
            contracts: Vec::new(),
        };
        (row.id, row.uai, place)
    });
    Ok(places.collect())
}
