//! Behind the walls, only what reaches everything writes: whoever reaches less only reads, already. An insertion
//! then costs one comparison, where PostgreSQL prepared every way to a row each time. (Decision 0029)

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::m2026_12_11_rls::{EVERYTHING, WALLS, wall};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for (table, ways) in WALLS {
            let reads = wall(table, ways, "SELECT");
            let sql = format!(
                "DROP POLICY reach ON {table}; {reads}; \
                 CREATE POLICY adds ON {table} FOR INSERT WITH CHECK ({EVERYTHING}); \
                 CREATE POLICY changes ON {table} FOR UPDATE USING ({EVERYTHING}); \
                 CREATE POLICY removes ON {table} FOR DELETE USING ({EVERYTHING})"
            );
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}
