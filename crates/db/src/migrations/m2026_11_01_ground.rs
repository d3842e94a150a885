//! Journal and jobs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let entry = vec![
            big_integer("seq").primary_key().to_owned(),
            timestamp_with_time_zone("at"),
            uuid_null("actor"),
            string("kind"),
            string("subject"),
            uuid_null("school_id"),
            text("data"),
            string("hash"),
        ];
        table(manager, "journal_entry", entry).await?;
        index(manager, "journal_entry", &["subject"]).await?;
        let head = vec![integer("id").primary_key().to_owned(), big_integer("seq"), string("hash")];
        table(manager, "journal_head", head).await?;
        manager.get_connection().execute_unprepared("INSERT INTO journal_head VALUES (1, 0, '')").await?;
        let checkpoint = vec![
            big_integer("seq").primary_key().to_owned(),
            string("hash"),
            timestamp_with_time_zone("at"),
            string("signature"),
            string("public_key"),
        ];
        table(manager, "journal_checkpoint", checkpoint).await?;
        let job = vec![
            pk_uuid("id"),
            string("kind"),
            text("payload"),
            string_null("dedup").unique_key().to_owned(),
            string("state"),
            integer("attempts"),
            big_integer("fence"),
            timestamp_with_time_zone("run_at"),
            timestamp_with_time_zone_null("lease_until"),
            text_null("last_error"),
            timestamp_with_time_zone("created_at"),
        ];
        table(manager, "job", job).await?;
        index(manager, "job", &["state", "run_at"]).await
    }
}
