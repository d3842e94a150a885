//! What the antivirus said of each file; nothing of those received without one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::index;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Where its examination stands, since when, and why it waits or what was found.
        for mut column in
            [string_null("exam"), timestamp_with_time_zone_null("exam_at"), string_null("exam_note")]
        {
            let alter = Table::alter().table("attachment").add_column(&mut column).to_owned();
            manager.alter_table(alter).await?;
        }
        index(manager, "attachment", &["sha256"]).await?;
        let sql = "CREATE INDEX attachment_exam ON attachment (exam, created_at, id) WHERE exam IS NOT NULL";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
