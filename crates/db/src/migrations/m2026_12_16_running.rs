//! What runs in a school, latest first: its list shows this, among years of what is over.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The states exactly as the list writes them out: both databases then see that the index serves.
        let sql = "CREATE INDEX request_running ON request (school_id, submitted_at, id) \
                   WHERE state IN ('validation', 'new', 'open', 'waiting')";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
