//! All the SQL of the catalogue.

mod article_entities;
pub(crate) mod article_uses;
pub(crate) mod articles;
mod entities;
pub(crate) mod links;
pub(crate) mod routing;
pub(crate) mod steps;
pub(crate) mod versions;

use beffroi_db::{DbError, Tx};
use sea_orm::{ConnectionTrait, DbBackend};

/// Makes this transaction the only one that writes `table`: numbers follow each other without a race.
/// SQLite's write transactions are alone already.
pub(crate) async fn alone(tx: &Tx, table: &'static str) -> Result<(), DbError> {
    if tx.on().get_database_backend() == DbBackend::Postgres {
        tx.on().execute_unprepared(&format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")).await?;
    }
    Ok(())
}
