//! The schema and the version that serves it: one node migrates at a time, and a program goes on over a
//! schema newer than its own, since migrations only add (`migrations/additive.rs`). (CSU-06)

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement, TransactionTrait,
};
use sea_orm_migration::{MigratorTrait, SchemaManager};

use crate::DbError;
use crate::migrations::Migrator;
use crate::retry::{Again, Tries};
use crate::walls;

/// Where the migrations applied are listed.
const TABLE: &str = "seaql_migrations";
/// The lock of whoever migrates: « beffroi » in ASCII.
const LOCK: i64 = 0x0062_6566_6672_6f69;

/// How the schema stands beside this program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Migrations of this program not yet applied.
    pub pending: usize,
    /// Migrations applied that this program does not know: a newer one put them.
    pub newer: usize,
}

/// Compares the migrations of this program with those applied.
pub(crate) async fn look(on: &DatabaseConnection) -> Result<Schema, DbError> {
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|one| one.name().to_owned()).collect();
    let applied = applied(on).await?;
    Ok(Schema { pending: known.difference(&applied).count(), newer: applied.difference(&known).count() })
}

async fn applied(on: &DatabaseConnection) -> Result<BTreeSet<String>, DbError> {
    if !SchemaManager::new(on).has_table(TABLE).await? {
        return Ok(BTreeSet::new());
    }
    let sql = format!("SELECT version FROM {TABLE}");
    let rows = on.query_all_raw(Statement::from_string(on.get_database_backend(), sql)).await?;
    Ok(rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?)
}

/// Applies what is pending; of several nodes one does, the others wait for it.
pub(crate) async fn migrate(on: &DatabaseConnection, now: DateTime<Utc>) -> Result<(), DbError> {
    let held = lock(on).await?;
    // What this program does not know was put by a newer one: there is nothing to add to it.
    if look(on).await?.pending > 0 {
        up(on).await?;
    }
    if let Err(error) = walls::settle(on, now).await {
        tracing::warn!(%error, "the walls between schools stay open: the service will close them");
    }
    if let Some(held) = held {
        held.rollback().await?;
    }
    Ok(())
}

/// Each migration is a transaction: where it met a change of a program that serves, in another order, and the
/// database gave it up for that, it is run again.
async fn up(on: &DatabaseConnection) -> Result<(), DbError> {
    let mut tries = Tries::new();
    loop {
        match Migrator::up(on, None).await {
            Ok(()) => return Ok(()),
            Err(error) => match Again::of(&error) {
                Some(Again::Conflict) if tries.again(Again::Conflict).await => {}
                _ => return Err(error.into()),
            },
        }
    }
}

/// Held until the transaction ends, so that a node killed half-way leaves it.
async fn lock(on: &DatabaseConnection) -> Result<Option<DatabaseTransaction>, DbError> {
    if on.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let held = on.begin().await?;
    let sql = format!("SELECT pg_advisory_xact_lock({LOCK})");
    held.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    Ok(Some(held))
}
