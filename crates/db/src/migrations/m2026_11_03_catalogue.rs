//! Published versions of sheets, schools' procedures, the routing matrix.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = vec![
            pk_uuid("id"),
            string("slug"),
            integer("number"),
            string("title"),
            date("effective_on"),
            text("source"),
            string("sha256"),
            timestamp_with_time_zone("published_at"),
            uuid_null("published_by"),
        ];
        table(manager, "sheet_version", version).await?;
        unique(manager, "sheet_version", &["slug", "number"]).await?;
        let step = vec![
            pk_uuid("id"),
            uuid("school_id"),
            string("slug"),
            uuid("based_on"),
            string("block_id"),
            string("change"),
            string_null("title"),
            text("markdown"),
            integer("position"),
            timestamp_with_time_zone("updated_at"),
            uuid("updated_by"),
        ];
        table(manager, "school_step", step).await?;
        unique(manager, "school_step", &["school_id", "slug", "block_id"]).await?;
        table(
            manager,
            "theme",
            vec![string("slug").primary_key().to_owned(), string("label"), integer("position")],
        )
        .await?;
        let rule = vec![
            pk_uuid("id"),
            string_null("theme"),
            string_null("territory"),
            string_null("academy"),
            string("target"),
            integer("position"),
        ];
        table(manager, "routing_rule", rule).await?;
        index(manager, "routing_rule", &["theme"]).await
    }
}
