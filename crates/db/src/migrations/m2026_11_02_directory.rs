//! Academies, territories, teams, schools, people, functions, sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        organisation(manager).await?;
        people(manager).await?;
        sign_in(manager).await?;
        school_choices(manager).await
    }
}

async fn organisation(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    table(manager, "academy", vec![string("slug").primary_key().to_owned(), string("name")]).await?;
    table(manager, "territory", vec![pk_uuid("id"), string_uniq("slug"), string("name")]).await?;
    let team = vec![
        pk_uuid("id"),
        string_uniq("slug"),
        string("name"),
        string("kind"),
        uuid_null("territory_id"),
        string_null("academy"),
        string_null("email"),
        boolean("active"),
    ];
    table(manager, "team", team).await?;
    let school = vec![
        pk_uuid("id"),
        string_uniq("uai"),
        string("name"),
        string("kind"),
        string("city"),
        string("postcode"),
        string_null("insee"),
        string("department"),
        string("academy"),
        uuid("territory_id"),
        uuid("operations_team_id"),
        uuid("mobile_team_id"),
        double_null("latitude"),
        double_null("longitude"),
        string_null("email"),
        string_null("phone"),
        integer_null("pupils"),
        boolean("o365"),
        string("search_key"),
        boolean("active"),
    ];
    table(manager, "school", school).await?;
    index(manager, "school", &["territory_id"]).await?;
    index(manager, "school", &["name", "id"]).await
}

async fn people(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = vec![
        pk_uuid("id"),
        string("given_name"),
        string("family_name"),
        string_null("email"),
        string_uniq("login"),
        string_null("password_hash"),
        boolean("must_change_password"),
        string("search_key"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone_null("disabled_at"),
    ];
    table(manager, "person", person).await?;
    index(manager, "person", &["email"]).await?;
    index(manager, "person", &["search_key", "id"]).await?;
    let function = vec![
        pk_uuid("id"),
        uuid("person_id"),
        string("role"),
        uuid_null("school_id"),
        uuid_null("team_id"),
        uuid_null("territory_id"),
        timestamp_with_time_zone("from_at"),
        timestamp_with_time_zone_null("to_at"),
        uuid_null("substitute_for"),
        string("source"),
    ];
    table(manager, "function_held", function).await?;
    index(manager, "function_held", &["person_id"]).await?;
    index(manager, "function_held", &["school_id", "role"]).await?;
    index(manager, "function_held", &["team_id"]).await
}

async fn sign_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let session = vec![
        pk_uuid("id"),
        string_uniq("token_hash"),
        uuid("person_id"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone("last_seen_at"),
        timestamp_with_time_zone("expires_at"),
        timestamp_with_time_zone_null("revoked_at"),
        string("user_agent"),
    ];
    table(manager, "session", session).await?;
    index(manager, "session", &["person_id"]).await?;
    let attempt = vec![
        string("login_key").primary_key().to_owned(),
        integer("failures"),
        timestamp_with_time_zone("last_at"),
        timestamp_with_time_zone_null("locked_until"),
    ];
    table(manager, "sign_in_attempt", attempt).await?;
    let reset = vec![
        string("token_hash").primary_key().to_owned(),
        uuid("person_id"),
        timestamp_with_time_zone("expires_at"),
        timestamp_with_time_zone_null("used_at"),
    ];
    table(manager, "password_reset", reset).await
}

async fn school_choices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let setting = vec![uuid("school_id"), string("name"), text("value")];
    keyed(manager, "school_setting", &["school_id", "name"], setting).await?;
    let preference = vec![uuid("person_id"), string("name"), text("value")];
    keyed(manager, "preference", &["person_id", "name"], preference).await?;
    let closure = vec![pk_uuid("id"), uuid("school_id"), date("from_day"), date("to_day"), string("reason")];
    table(manager, "school_closure", closure).await?;
    index(manager, "school_closure", &["school_id"]).await?;
    let contract = vec![
        pk_uuid("id"),
        uuid("school_id"),
        string("theme"),
        uuid("team_id"),
        date("from_day"),
        date_null("to_day"),
    ];
    table(manager, "provider_contract", contract).await?;
    index(manager, "provider_contract", &["school_id", "theme"]).await
}
