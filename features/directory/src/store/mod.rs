//! All the SQL of the directory.

pub(crate) mod choices;
pub(crate) mod eligible;
pub(crate) mod factors;
pub(crate) mod people;
pub(crate) mod schools;
pub(crate) mod sessions;
pub(crate) mod standing;
pub(crate) mod teams;

use beffroi_db::DbError;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

/// Runs one fixed statement and returns how many rows it changed.
pub(crate) async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(on.execute_raw(statement).await?.rows_affected())
}

/// The rows of one fixed query.
pub(crate) async fn all<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).all(on).await?)
}

/// The first row of one fixed query.
pub(crate) async fn one<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).one(on).await?)
}

/// `$from, $from+1, …`, for lists of values.
pub(crate) fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}
