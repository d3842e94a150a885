//! Several nodes: when each was up, and the maintenance that is announced.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let stretch = vec![
            pk_uuid("id"),
            string("node"),
            string("version"),
            // A program that started, or one that found the database again.
            string("began"),
            timestamp_with_time_zone("from_at"),
            // The last sign of life.
            timestamp_with_time_zone("to_at"),
            // Stopped by an order, not by a fault.
            boolean("stopped"),
        ];
        table(manager, "node_stretch", stretch).await?;
        index(manager, "node_stretch", &["to_at"]).await?;
        let maintenance = vec![
            pk_uuid("id"),
            text("text"),
            timestamp_with_time_zone("starts_at"),
            timestamp_with_time_zone("ends_at"),
            // People read, and nothing is changed.
            boolean("read_only"),
            timestamp_with_time_zone("created_at"),
            uuid_null("created_by"),
            timestamp_with_time_zone_null("ended_at"),
        ];
        table(manager, "maintenance", maintenance).await?;
        index(manager, "maintenance", &["ends_at"]).await
    }
}
