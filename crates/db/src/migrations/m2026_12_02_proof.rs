//! What was stated of each act when it was signed, and its timestamp.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::table;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statement = vec![
            uuid("act_id").primary_key().to_owned(),
            text("statement"),
            timestamp_with_time_zone("made_at"),
        ];
        table(manager, "act_statement", statement).await?;
        let timestamp = vec![
            uuid("act_id").primary_key().to_owned(),
            string("authority"),
            timestamp_with_time_zone("certified_at"),
            blob("response"),
            timestamp_with_time_zone("received_at"),
        ];
        table(manager, "act_timestamp", timestamp).await
    }
}
