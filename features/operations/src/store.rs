//! All SQL of nodes and maintenance.

use beffroi_db::{DbError, sql};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::model::{Began, Maintenance, Stretch};

const MAINTENANCE: &str =
    "SELECT id, text, starts_at, ends_at, read_only, created_at, created_by, ended_at FROM maintenance";

pub(crate) async fn insert_maintenance(on: &impl ConnectionTrait, one: &Maintenance) -> Result<(), DbError> {
    let sql = "INSERT INTO maintenance (id, text, starts_at, ends_at, read_only, created_at, created_by) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        one.id.into(),
        one.text.clone().into(),
        one.starts_at.into(),
        one.ends_at.into(),
        one.read_only.into(),
        one.created_at.into(),
        one.created_by.map(|person| person.0).into(),
    ];
    sql::run(on, sql, values).await?;
    Ok(())
}

/// Ends what is announced and not over, one or all; how many.
pub(crate) async fn end_maintenance(
    on: &impl ConnectionTrait,
    id: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<u64, DbError> {
    let one = if id.is_some() { " AND id = $2" } else { "" };
    let sql = format!("UPDATE maintenance SET ended_at = $1 WHERE ended_at IS NULL AND ends_at > $1{one}");
    let values = std::iter::once(at.into()).chain(id.map(Into::into)).collect();
    sql::run(on, &sql, values).await
}

/// What is in force or to come, soonest first.
pub(crate) async fn coming(
    on: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<Maintenance>, DbError> {
    let sql =
        format!("{MAINTENANCE} WHERE ends_at > $1 AND ended_at IS NULL ORDER BY starts_at, id LIMIT 10");
    sql::all(on, &sql, vec![now.into()]).await
}

/// What was announced and not over at `since`, soonest first.
pub(crate) async fn announced_since(
    on: &impl ConnectionTrait,
    since: DateTime<Utc>,
) -> Result<Vec<Maintenance>, DbError> {
    let sql = format!("{MAINTENANCE} WHERE ends_at > $1 ORDER BY starts_at, id");
    sql::all(on, &sql, vec![since.into()]).await
}

/// Begins a stretch and gives its identifier.
pub(crate) async fn begin_stretch(
    on: &impl ConnectionTrait,
    (node, version): (&str, &str),
    began: Began,
    now: DateTime<Utc>,
) -> Result<Uuid, DbError> {
    let sql = "INSERT INTO node_stretch (id, node, version, began, from_at, to_at, stopped, knows_walls) \
               VALUES ($1, $2, $3, $4, $5, $5, $6, true)";
    let id = Uuid::now_v7();
    let values = vec![id.into(), node.into(), version.into(), began.word().into(), now.into(), false.into()];
    sql::run(on, sql, values).await?;
    Ok(id)
}

/// A sign of life.
pub(crate) async fn extend_stretch(
    on: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
    stopped: bool,
) -> Result<(), DbError> {
    let sql = "UPDATE node_stretch SET to_at = $1, stopped = $2 WHERE id = $3";
    sql::run(on, sql, vec![now.into(), stopped.into(), id.into()]).await?;
    Ok(())
}

/// Stretches that were not over at `since`, by their beginning.
pub(crate) async fn stretches(
    on: &impl ConnectionTrait,
    since: DateTime<Utc>,
) -> Result<Vec<Stretch>, DbError> {
    let sql = "SELECT node, version, began, from_at, to_at, stopped FROM node_stretch \
               WHERE to_at >= $1 ORDER BY from_at, id";
    sql::all(on, sql, vec![since.into()]).await
}

#[derive(FromQueryResult)]
struct First {
    at: Option<DateTime<Utc>>,
}

/// The first sign of life ever.
pub(crate) async fn first_sign(on: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbError> {
    let sql = "SELECT from_at AS at FROM node_stretch ORDER BY to_at LIMIT 1";
    Ok(sql::one::<First>(on, sql, Vec::new()).await?.and_then(|first| first.at))
}
