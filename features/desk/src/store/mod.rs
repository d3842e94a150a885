//! All the SQL of the desk.

pub(crate) mod drafts;
pub(crate) mod entities;
pub(crate) mod lists;
pub(crate) mod requests;
pub(crate) mod search;

use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, Statement};

use beffroi_db::DbError;

/// Runs one fixed statement and returns how many rows it changed.
pub(crate) async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(on.execute_raw(statement).await?.rows_affected())
}
