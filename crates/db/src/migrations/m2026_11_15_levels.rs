//! Major incidents, escalations, the calendar of teams, and requests that come back.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        incidents(manager).await?;
        escalations(manager).await?;
        calendar(manager).await?;
        recurrences(manager).await
    }
}

async fn incidents(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let incident = vec![
        pk_uuid("id"),
        string_uniq("reference"),
        uuid_null("request_id"),
        string("title"),
        string("theme"),
        text("body"),
        string("audience"),
        uuid_null("territory_id"),
        uuid("declared_by"),
        timestamp_with_time_zone("declared_at"),
        timestamp_with_time_zone("updated_at"),
        timestamp_with_time_zone_null("resolved_at"),
    ];
    table(manager, "major_incident", incident).await?;
    index(manager, "major_incident", &["resolved_at", "declared_at"]).await?;
    let school = vec![uuid("incident_id"), uuid("school_id")];
    keyed(manager, "major_incident_school", &["incident_id", "school_id"], school).await?;
    let news = vec![
        pk_uuid("id"),
        uuid("incident_id"),
        string("kind"),
        text("body"),
        boolean("to_all"),
        uuid("author_id"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "major_incident_news", news).await?;
    index(manager, "major_incident_news", &["incident_id", "created_at"]).await?;
    let delivery = vec![uuid("news_id"), uuid("request_id"), timestamp_with_time_zone("created_at")];
    keyed(manager, "major_incident_delivery", &["news_id", "request_id"], delivery).await?;
    let join = vec![
        uuid("incident_id"),
        uuid("school_id"),
        uuid("person_id"),
        uuid("request_id"),
        timestamp_with_time_zone("created_at"),
    ];
    keyed(manager, "major_incident_join", &["incident_id", "school_id", "person_id"], join).await
}

async fn escalations(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let escalation = vec![
        uuid("request_id"),
        string("clock"),
        string("step"),
        timestamp_with_time_zone("due_at"),
        timestamp_with_time_zone("fired_at"),
    ];
    keyed(manager, "escalation", &["request_id", "clock", "step"], escalation).await?;
    let setting = vec![
        string("name").primary_key().to_owned(),
        text("value"),
        timestamp_with_time_zone("updated_at"),
        uuid("updated_by"),
    ];
    table(manager, "desk_setting", setting).await
}

async fn calendar(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let absence = vec![
        pk_uuid("id"),
        uuid("person_id"),
        date("from_day"),
        date("to_day"),
        string("reason"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "absence", absence).await?;
    index(manager, "absence", &["person_id", "to_day"]).await?;
    let duty = vec![
        pk_uuid("id"),
        uuid("team_id"),
        uuid("person_id"),
        integer("weekday"),
        date("from_day"),
        date_null("to_day"),
    ];
    table(manager, "duty", duty).await?;
    index(manager, "duty", &["team_id", "weekday"]).await?;
    let link = vec![
        string("digest").primary_key().to_owned(),
        uuid("person_id"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "calendar_link", link).await?;
    index(manager, "calendar_link", &["person_id"]).await?;
    index(manager, "appointment", &["starts_at"]).await
}

async fn recurrences(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let recurrence = vec![
        pk_uuid("id"),
        uuid("school_id"),
        uuid("person_id"),
        string("sheet_slug"),
        string("request_type"),
        string("title"),
        text("answers"),
        integer("every"),
        string("unit"),
        date("anchor"),
        date("next_day"),
        date_null("until_day"),
        string("state"),
        string("note"),
        string_null("last_reference"),
        timestamp_with_time_zone("created_at"),
    ];
    table(manager, "recurrence", recurrence).await?;
    index(manager, "recurrence", &["school_id", "state"]).await?;
    index(manager, "recurrence", &["person_id", "state"]).await
}
