//! What agents write with: reply templates, mentions in notes, texts being typed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let template = vec![
            pk_uuid("id"),
            string("name"),
            text("body"),
            string("reach"),
            uuid("owner_id"),
            uuid_null("team_id"),
            string_null("request_type"),
            big_integer("used"),
            timestamp_with_time_zone("updated_at"),
        ];
        table(manager, "reply_template", template).await?;
        index(manager, "reply_template", &["owner_id"]).await?;
        index(manager, "reply_template", &["team_id"]).await?;
        index(manager, "reply_template", &["reach"]).await?;
        let mention = vec![
            uuid("message_id"),
            uuid("person_id"),
            uuid("request_id"),
            uuid("school_id"),
            uuid("by_id"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("seen_at"),
        ];
        keyed(manager, "mention", &["message_id", "person_id"], mention).await?;
        index(manager, "mention", &["person_id", "message_id"]).await?;
        index(manager, "mention", &["request_id", "person_id"]).await?;
        let draft = vec![
            uuid("person_id"),
            uuid("request_id"),
            string("kind"),
            text("body"),
            timestamp_with_time_zone("updated_at"),
        ];
        keyed(manager, "composer_draft", &["person_id", "request_id"], draft).await?;
        // Some hundreds of agents among 250 000 people: who may read a request is asked at every `@`.
        let sql = "CREATE INDEX function_held_agents ON function_held (role) WHERE school_id IS NULL";
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }
}
