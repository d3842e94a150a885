//! Drafts, requests and everything that hangs on them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drafts(manager).await?;
        requests(manager).await?;
        steps(manager).await?;
        conversation(manager).await?;
        work(manager).await
    }
}

async fn drafts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let draft = vec![
        pk_uuid("id"),
        uuid("person_id"),
        uuid("school_id"),
        uuid("sheet_version_id"),
        string("request_type"),
        text("answers"),
        boolean("goodwill"),
        uuid_null("request_id"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone("updated_at"),
    ];
    table(manager, "draft", draft).await?;
    index(manager, "draft", &["person_id", "updated_at"]).await?;
    let attachment = vec![
        pk_uuid("id"),
        uuid("school_id"),
        uuid("person_id"),
        uuid_null("draft_id"),
        uuid_null("request_id"),
        uuid_null("message_id"),
        string_null("field"),
        string("name"),
        string("media_type"),
        big_integer("size"),
        string("sha256"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "attachment", attachment).await?;
    index(manager, "attachment", &["request_id"]).await?;
    index(manager, "attachment", &["draft_id"]).await
}

async fn requests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(manager, "request_counter", vec![integer("year").primary_key().to_owned(), integer("last")])
        .await?;
    let request = vec![
        pk_uuid("id"),
        string_uniq("reference"),
        uuid("school_id"),
        uuid("requester_id"),
        string("requester_role"),
        uuid("sheet_version_id"),
        string("sheet_slug"),
        string("request_type"),
        string("title"),
        string("summary"),
        string("nature"),
        string("theme"),
        string("state"),
        string_null("waiting_for"),
        uuid("team_id"),
        uuid_null("assignee_id"),
        string("routing_reason"),
        boolean("forced_assignment"),
        boolean("goodwill"),
        boolean("urgent"),
        string("channel"),
        text("answers"),
        text("examples_on"),
        timestamp_with_time_zone("submitted_at"),
        timestamp_with_time_zone_null("sent_at"),
        timestamp_with_time_zone_null("first_answer_due"),
        timestamp_with_time_zone_null("solution_due"),
        timestamp_with_time_zone_null("next_due"),
        timestamp_with_time_zone_null("first_answered_at"),
        timestamp_with_time_zone_null("resolved_at"),
        timestamp_with_time_zone_null("closed_at"),
        string_null("outcome"),
        text_null("outcome_note"),
        integer_null("satisfaction"),
        text_null("satisfaction_note"),
        uuid_null("merged_into"),
        timestamp_with_time_zone("updated_at"),
        big_integer("version"),
        boolean("active"),
        big_integer("pressing"),
        integer_null("first_answer_minutes"),
        integer_null("solution_minutes"),
        integer("reopened"),
        uuid_null("parent_id"),
    ];
    table(manager, "request", request).await?;
    request_indexes(manager).await
}

/// Queues read the active requests, most pressing first, in indexes that hold nothing else;
/// histories read everything, latest first.
async fn request_indexes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for owner in ["school_id", "requester_id", "team_id", "assignee_id"] {
        index(manager, "request", &[owner, "submitted_at", "id"]).await?;
    }
    // Wide, so that a territory is kept without reading the rows of the others.
    let sent = "CREATE INDEX request_sent ON request \
                (submitted_at, id, sent_at, state, school_id, team_id, requester_id)";
    manager.get_connection().execute_unprepared(sent).await?;
    index(manager, "request", &["request_type", "submitted_at", "id"]).await?;
    index(manager, "request", &["parent_id"]).await?;
    for (name, columns) in [
        ("request_active", "pressing, id"),
        ("request_active_team", "team_id, pressing, id"),
        ("request_active_assignee", "assignee_id, pressing, id"),
    ] {
        let sql = format!("CREATE INDEX {name} ON request ({columns}) WHERE active");
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

async fn steps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let pause = vec![
        pk_uuid("id"),
        uuid("request_id"),
        string("waiting_for"),
        timestamp_with_time_zone("from_at"),
        timestamp_with_time_zone_null("to_at"),
    ];
    table(manager, "request_pause", pause).await?;
    index(manager, "request_pause", &["request_id"]).await?;
    let approval = vec![
        pk_uuid("id"),
        uuid("request_id"),
        uuid("school_id"),
        integer("position"),
        string("roles"),
        string("title"),
        boolean("sign"),
        text_null("text"),
        string("state"),
        uuid_null("decided_by"),
        string_null("authority"),
        text_null("reason"),
        timestamp_with_time_zone_null("decided_at"),
        string_null("text_sha256"),
    ];
    table(manager, "approval", approval).await?;
    unique(manager, "approval", &["request_id", "position"]).await?;
    index(manager, "approval", &["school_id", "state"]).await
}

async fn conversation(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let message = vec![
        pk_uuid("id"),
        uuid("request_id"),
        uuid_null("author_id"),
        string("kind"),
        text("body"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "message", message).await?;
    index(manager, "message", &["request_id", "created_at"]).await?;
    let link =
        vec![uuid("request_id"), uuid("other_id"), string("kind"), timestamp_with_time_zone("created_at")];
    keyed(manager, "request_link", &["request_id", "other_id"], link).await
}

async fn work(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let task = vec![
        pk_uuid("id"),
        uuid("request_id"),
        integer("position"),
        string("title"),
        text("checklist"),
        timestamp_with_time_zone_null("done_at"),
        uuid_null("done_by"),
    ];
    table(manager, "task", task).await?;
    index(manager, "task", &["request_id", "position"]).await?;
    let appointment = vec![
        pk_uuid("id"),
        uuid("request_id"),
        timestamp_with_time_zone("starts_at"),
        timestamp_with_time_zone("ends_at"),
        string("place"),
        string("state"),
        uuid("made_by"),
    ];
    table(manager, "appointment", appointment).await?;
    index(manager, "appointment", &["request_id"]).await?;
    let effect = vec![
        pk_uuid("id"),
        uuid("request_id"),
        uuid("school_id"),
        string("kind"),
        text("text"),
        string("state"),
        timestamp_with_time_zone("applied_at"),
        uuid("applied_by"),
        timestamp_with_time_zone_null("until"),
        timestamp_with_time_zone_null("undone_at"),
        uuid_null("undone_by"),
    ];
    table(manager, "effect", effect).await?;
    index(manager, "effect", &["request_id"]).await?;
    index(manager, "effect", &["school_id", "state"]).await
}
