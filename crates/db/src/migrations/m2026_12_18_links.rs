//! Where links of published texts lead, as last looked at: those that fail are told.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::table;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let link = vec![
            text("url").primary_key().to_owned(),
            timestamp_with_time_zone("checked_at"),
            // Looks in a row that found nothing, since when, and why.
            integer("failures"),
            timestamp_with_time_zone_null("failing_since"),
            string_null("why"),
            boolean("dead"),
        ];
        table(manager, "link_seen", link).await
    }
}
