//! Bridges to the tools of teams: each bridge, the requests that are on both sides, what passed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bridge = vec![
            pk_uuid("id"),
            string("name"),
            string("tool"),
            string("url"),
            uuid("team_id"),
            // In whose name what comes is done here: never more than this person may do at that instant.
            uuid("person_id"),
            // Sealed by a key that is not in the database.
            text("secret"),
            text("settings"),
            uuid("created_by"),
            timestamp_with_time_zone("created_at"),
            timestamp_with_time_zone_null("stopped_at"),
            // Failures in a row, and until when nothing is tried.
            integer("failures"),
            timestamp_with_time_zone_null("rests_until"),
            string_null("last_error"),
            timestamp_with_time_zone_null("last_ok_at"),
        ];
        table(manager, "bridge", bridge).await?;
        index(manager, "bridge", &["team_id"]).await?;
        // How far the journal was read; its only row is written when the first node starts.
        let head = vec![integer("id").primary_key().to_owned(), big_integer("seq")];
        table(manager, "bridge_head", head).await?;
        links(manager).await?;
        exchanges(manager).await
    }
}

async fn links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let link = vec![
        pk_uuid("id"),
        uuid("bridge_id"),
        uuid("request_id"),
        string("state"),
        // Their number, its address for people, and where it stands in their words.
        string_null("theirs"),
        string_null("their_url"),
        string_null("their_state"),
        string_null("their_label"),
        // Where both sides stood when they were last compared.
        string_null("seen_ours"),
        string_null("seen_theirs"),
        timestamp_with_time_zone_null("last_out_at"),
        timestamp_with_time_zone_null("last_in_at"),
        timestamp_with_time_zone_null("checked_at"),
        timestamp_with_time_zone("check_at"),
        integer("failures"),
        timestamp_with_time_zone_null("failing_since"),
        timestamp_with_time_zone_null("next_at"),
        string_null("last_error"),
        // One node at a time compares both sides.
        timestamp_with_time_zone_null("busy_until"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "bridge_link", link).await?;
    unique(manager, "bridge_link", &["request_id", "bridge_id"]).await?;
    unique(manager, "bridge_link", &["bridge_id", "theirs"]).await?;
    index(manager, "bridge_link", &["bridge_id", "state", "check_at"]).await
}

async fn exchanges(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let exchange = vec![
        pk_uuid("id"),
        uuid("link_id"),
        string("way"),
        string("kind"),
        // What it is on each side: a message, a note, a file.
        uuid_null("ours"),
        string_null("theirs"),
        string("state"),
        integer("attempts"),
        string_null("last_error"),
        // What it is, in a few words for the page.
        string("label"),
        // The words of a note: they are read by agents only, and sent as they are.
        text_null("body"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone_null("done_at"),
    ];
    table(manager, "bridge_exchange", exchange).await?;
    // A thing of either side passes once.
    unique(manager, "bridge_exchange", &["link_id", "kind", "ours"]).await?;
    unique(manager, "bridge_exchange", &["link_id", "kind", "theirs"]).await?;
    index(manager, "bridge_exchange", &["link_id", "created_at", "id"]).await
}
