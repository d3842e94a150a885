//! The API: tokens, answers kept for calls sent twice, webhooks and what they delivered.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let token = vec![
            pk_uuid("id"),
            uuid("person_id"),
            string("name"),
            string("token_hash").unique_key().to_owned(),
            // The functions it may act under, as JSON: never more than its owner holds at the call.
            text("functions"),
            boolean("writes"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone("expires_at"),
            timestamp_with_time_zone_null("last_used_at"),
            timestamp_with_time_zone_null("revoked_at"),
            uuid_null("revoked_by"),
        ];
        table(manager, "api_token", token).await?;
        index(manager, "api_token", &["person_id", "created_at"]).await?;
        index(manager, "api_token", &["created_at", "id"]).await?;
        let call = vec![
            uuid("token_id"),
            string("call_key"),
            string("fingerprint"),
            // None while a request is begun and not yet sent.
            integer_null("status"),
            text_null("body"),
            uuid_null("draft_id"),
            timestamp_with_time_zone("created_at"),
        ];
        keyed(manager, "api_call", &["token_id", "call_key"], call).await?;
        index(manager, "api_call", &["created_at"]).await?;
        webhooks(manager).await
    }
}

async fn webhooks(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let webhook = vec![
        pk_uuid("id"),
        string("name"),
        string("url"),
        // Sealed by a key that is not in the database.
        string("secret"),
        string("events"),
        uuid("created_by"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone_null("stopped_at"),
        // Failures in a row, and until when nothing is tried.
        integer("failures"),
        timestamp_with_time_zone_null("rests_until"),
    ];
    table(manager, "webhook", webhook).await?;
    // How far the journal was read; its only row is written when the first node starts.
    let head = vec![integer("id").primary_key().to_owned(), big_integer("seq")];
    table(manager, "webhook_head", head).await?;
    let delivery = vec![
        pk_uuid("id"),
        uuid("webhook_id"),
        // What happened, once a webhook.
        string("happening"),
        string("event"),
        string("reference"),
        text("body"),
        string("state"),
        integer("round"),
        integer("attempts"),
        integer_null("last_status"),
        string_null("last_error"),
        timestamp_with_time_zone_null("next_at"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone_null("settled_at"),
    ];
    table(manager, "webhook_delivery", delivery).await?;
    unique(manager, "webhook_delivery", &["webhook_id", "happening"]).await?;
    index(manager, "webhook_delivery", &["webhook_id", "created_at", "id"]).await?;
    index(manager, "webhook_delivery", &["webhook_id", "state"]).await
}
