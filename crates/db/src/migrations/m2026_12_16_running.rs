//! What runs in a school, latest first: its list shows this, among years of what is over.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The states as the list writes them out: SQLite compares the words, PostgreSQL the meaning. Each keeps its
        // own as it is when the index is made again from its description.
        let running = if manager.get_database_backend() == DbBackend::Postgres {
            "state::text = ANY (ARRAY['validation'::text, 'new'::text, 'open'::text, 'waiting'::text])"
        } else {
            "state IN ('validation', 'new', 'open', 'waiting')"
        };
        let sql =
            format!("CREATE INDEX request_running ON request (school_id, submitted_at, id) WHERE {running}");
        manager.get_connection().execute_unprepared(&sql).await?;
        Ok(())
    }
}
