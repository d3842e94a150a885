//! What was last seen of each address that published texts link to.

use beffroi_db::DbError;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use crate::rules::links::Seen;

#[derive(FromQueryResult)]
struct Row {
    url: String,
    checked_at: DateTime<Utc>,
    failures: i32,
    failing_since: Option<DateTime<Utc>>,
    why: Option<String>,
    dead: bool,
}

const COLUMNS: &str = "url, checked_at, failures, failing_since, why, dead";

async fn rows(on: &impl ConnectionTrait, sql: &str) -> Result<Vec<(String, Seen)>, DbError> {
    let statement = Statement::from_string(on.get_database_backend(), sql);
    let rows = Row::find_by_statement(statement).all(on).await?;
    let seen = |row: Row| {
        let Row { url, checked_at, failures, failing_since, why, dead } = row;
        (url, Seen { checked_at, failures, failing_since, why, dead })
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// Every address ever looked at that published texts still link to.
pub(crate) async fn all(on: &impl ConnectionTrait) -> Result<Vec<(String, Seen)>, DbError> {
    rows(on, &format!("SELECT {COLUMNS} FROM link_seen ORDER BY checked_at, url")).await
}

/// Those that lead nowhere.
pub(crate) async fn dead(on: &impl ConnectionTrait) -> Result<Vec<(String, Seen)>, DbError> {
    rows(on, &format!("SELECT {COLUMNS} FROM link_seen WHERE dead ORDER BY url")).await
}

async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<(), DbError> {
    on.execute_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// Keeps what was seen.
pub(crate) async fn keep(on: &impl ConnectionTrait, url: &str, seen: &Seen) -> Result<(), DbError> {
    let sql = "INSERT INTO link_seen (url, checked_at, failures, failing_since, why, dead) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (url) DO UPDATE SET checked_at = excluded.checked_at, \
               failures = excluded.failures, failing_since = excluded.failing_since, why = excluded.why, \
               dead = excluded.dead";
    let values = vec![
        url.into(),
        seen.checked_at.into(),
        seen.failures.into(),
        seen.failing_since.into(),
        seen.why.clone().into(),
        seen.dead.into(),
    ];
    run(on, sql, values).await
}

/// No text links to it any more.
pub(crate) async fn forget(on: &impl ConnectionTrait, url: &str) -> Result<(), DbError> {
    run(on, "DELETE FROM link_seen WHERE url = $1", vec![url.into()]).await
}
