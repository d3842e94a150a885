//! Fixed statements with bound values, for the `store` of each feature: the same on both databases.

use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::DbError;

fn statement(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

/// Runs a statement and returns how many rows it changed.
///
/// # Errors
/// When the database does not answer.
pub async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    Ok(on.execute_raw(statement(on, sql, values)).await?.rows_affected())
}

/// The rows of a statement.
///
/// # Errors
/// When the database does not answer.
pub async fn all<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbError> {
    Ok(T::find_by_statement(statement(on, sql, values)).all(on).await?)
}

/// The first row of a statement.
///
/// # Errors
/// When the database does not answer.
pub async fn one<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, DbError> {
    Ok(T::find_by_statement(statement(on, sql, values)).one(on).await?)
}

/// What ends a `SELECT` that keeps its rows until the transaction ends; SQLite's immediate transactions are alone.
pub fn held(on: &impl ConnectionTrait) -> &'static str {
    if on.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}

/// `$from, $from+1, …`, for lists of values.
#[must_use]
pub fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
