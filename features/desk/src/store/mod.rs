//! All the SQL of the desk.

pub(crate) mod bulk;
pub(crate) mod calendar;
pub(crate) mod composer;
pub(crate) mod console;
pub(crate) mod context;
pub(crate) mod delays;
pub(crate) mod drafts;
pub(crate) mod entities;
pub(crate) mod escalation;
pub(crate) mod folder;
pub(crate) mod lists;
pub(crate) mod load;
pub(crate) mod machine;
pub(crate) mod major;
pub(crate) mod mentions;
pub(crate) mod presence;
pub(crate) mod quarantine;
pub(crate) mod recurring;
pub(crate) mod requests;
pub(crate) mod search;
pub(crate) mod searches;
pub(crate) mod templates;

use sea_orm::sea_query::Value;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, QueryTrait, Statement,
};

use beffroi_db::{DbError, Tx};

/// Adds rows to what the commit sends: nothing of the transaction reads them before.
pub(crate) fn later<A: ActiveModelTrait>(tx: &Tx, models: Vec<impl IntoActiveModel<A>>) {
    if models.is_empty() {
        return;
    }
    let models = models.into_iter().map(|model| model.into_active_model().reset_all());
    let query = A::Entity::insert_many(models).into_query();
    tx.later(|batch| batch.insert(&query));
}

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
