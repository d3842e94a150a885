//! All the SQL of the desk.

pub(crate) mod delays;
pub(crate) mod bulk;
pub(crate) mod console;
pub(crate) mod composer;
pub(crate) mod context;
pub(crate) mod drafts;
pub(crate) mod entities;
pub(crate) mod folder;
pub(crate) mod lists;
pub(crate) mod presence;
pub(crate) mod requests;
pub(crate) mod searches;
pub(crate) mod mentions;
pub(crate) mod requests;
pub(crate) mod templates;

use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use beffroi_db::DbError;

/// Runs one fixed statement and returns how many rows it changed.
pub(crate) async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(on.execute_raw(statement).await?.rows_affected())
}

/// The rows of one fixed query.
pub(crate) async fn rows<T: FromQueryResult>(
    on: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(T::find_by_statement(statement).all(on).await?)
}
