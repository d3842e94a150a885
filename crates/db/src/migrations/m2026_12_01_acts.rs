//! Acts, who signs them, what opens their review, what they make true, and texts acknowledged.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        acts(manager).await?;
        signatures(manager).await?;
        reviews(manager).await?;
        effects(manager).await?;
        acknowledgements(manager).await
    }
}

async fn acts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let act = vec![
        pk_uuid("id"),
        string_uniq("reference"),
        string_uniq("code"),
        string("kind"),
        uuid("school_id"),
        string("title"),
        text("text"),
        string("text_sha256"),
        text("terms"),
        uuid_null("holder_id"),
        string_null("provider"),
        date("starts_on"),
        date_null("ends_on"),
        uuid_null("request_id"),
        uuid_null("supersedes"),
        boolean("strict_order"),
        boolean("region_opens"),
        string("state"),
        uuid_null("created_by"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone_null("signed_at"),
        timestamp_with_time_zone_null("in_force_at"),
        uuid_null("in_force_by"),
        timestamp_with_time_zone_null("suspended_at"),
        text_null("suspended_why"),
        timestamp_with_time_zone_null("ended_at"),
        string_null("end_reason"),
        text_null("end_note"),
        uuid_null("ended_by"),
        string_null("end_authority"),
    ];
    table(manager, "act", act).await?;
    index(manager, "act", &["school_id", "state", "kind"]).await?;
    index(manager, "act", &["school_id", "created_at"]).await?;
    index(manager, "act", &["holder_id", "state"]).await?;
    index(manager, "act", &["state", "created_at"]).await?;
    index(manager, "act", &["state", "ends_on"]).await?;
    index(manager, "act", &["request_id"]).await?;
    index(manager, "act", &["supersedes"]).await?;
    let text_of = vec![uuid("act_id"), string("sha256"), text("text"), timestamp_with_time_zone("since")];
    keyed(manager, "act_text", &["act_id", "sha256"], text_of).await?;
    table(manager, "act_counter", vec![integer("year").primary_key().to_owned(), integer("last")]).await?;
    let setting = vec![
        string("name").primary_key().to_owned(),
        text("value"),
        timestamp_with_time_zone("updated_at"),
        uuid("updated_by"),
    ];
    table(manager, "act_setting", setting).await
}

async fn signatures(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let signature = vec![
        uuid("act_id"),
        integer("position"),
        string("who"),
        uuid_null("signed_by"),
        string_null("signed_name"),
        timestamp_with_time_zone_null("signed_at"),
        string_null("method"),
        string_null("authority"),
        string_null("authority_source"),
        string_null("text_sha256"),
    ];
    keyed(manager, "act_signature", &["act_id", "position"], signature).await?;
    index(manager, "act_signature", &["signed_by", "act_id"]).await
}

async fn reviews(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let review = vec![
        pk_uuid("id"),
        uuid("act_id"),
        uuid("school_id"),
        string("cause"),
        string("occasion"),
        timestamp_with_time_zone("opened_at"),
        timestamp_with_time_zone("due_at"),
        timestamp_with_time_zone_null("decided_at"),
        uuid_null("decided_by"),
        string_null("authority"),
        string_null("verdict"),
        text_null("note"),
    ];
    table(manager, "act_review", review).await?;
    unique(manager, "act_review", &["act_id", "occasion"]).await?;
    index(manager, "act_review", &["decided_at", "due_at"]).await?;
    index(manager, "act_review", &["school_id", "decided_at"]).await
}

async fn effects(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let effect = vec![
        uuid("act_id"),
        string("adapter"),
        string("state"),
        timestamp_with_time_zone_null("lease_until"),
        timestamp_with_time_zone_null("applied_at"),
        text_null("applied_proof"),
        timestamp_with_time_zone_null("undone_at"),
        text_null("undone_proof"),
        text_null("last_error"),
        timestamp_with_time_zone("updated_at"),
    ];
    keyed(manager, "act_effect", &["act_id", "adapter"], effect).await
}

async fn acknowledgements(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let acknowledgement = vec![
        pk_uuid("id"),
        uuid("person_id"),
        uuid_null("school_id"),
        uuid_null("act_id"),
        string("name"),
        string("version"),
        text("text"),
        string("text_sha256"),
        timestamp_with_time_zone("acknowledged_at"),
    ];
    table(manager, "acknowledgement", acknowledgement).await?;
    index(manager, "acknowledgement", &["school_id", "name"]).await?;
    index(manager, "acknowledgement", &["act_id"]).await
}
