//! All the SQL of acts.

pub(crate) mod acts;
pub(crate) mod effects;
pub(crate) mod entities;
pub(crate) mod liability;
pub(crate) mod lists;
pub(crate) mod proofs;
pub(crate) mod reviews;

use beffroi_db::DbError;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

/// Runs one fixed statement and returns how many rows it changed.
pub(crate) async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(on.execute_raw(statement).await?.rows_affected())
}

/// The rows of one fixed statement.
pub(crate) async fn all<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).all(on).await?)
}

/// The first row of one fixed statement.
pub(crate) async fn one<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).one(on).await?)
}

/// Keeps the rows read until the transaction ends; SQLite's immediate transactions are already alone.
pub(crate) fn held(on: &impl ConnectionTrait) -> &'static str {
    if on.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}
