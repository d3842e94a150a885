//! Help articles with their versions and what people made of them; drafts closed by an answer; requests
//! typed in by agents. (CSU-05)

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use super::{index, keyed, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        articles(manager).await?;
        uses(manager).await?;
        typed_in(manager).await
    }
}

async fn articles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let article = vec![
        pk_uuid("id"),
        string("slug"),
        string("origin"),
        string_null("origin_sheet"),
        string_null("origin_block"),
        integer_null("origin_number"),
        text_null("origin_text"),
        string_null("origin_request"),
        uuid_null("live_id"),
        boolean("retired"),
        date_null("review_on"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone("updated_at"),
        big_integer("version"),
    ];
    table(manager, "article", article).await?;
    unique(manager, "article", &["slug"]).await?;
    unique(manager, "article", &["origin_sheet", "origin_block"]).await?;
    let version = vec![
        pk_uuid("id"),
        uuid("article_id"),
        integer("number"),
        string("state"),
        string("title"),
        text("body"),
        string("audience"),
        string("theme"),
        text("requests"),
        text("keywords"),
        integer_null("sheet_number"),
        uuid_null("author_id"),
        uuid_null("reviewer_id"),
        text_null("remark"),
        timestamp_with_time_zone("created_at"),
        timestamp_with_time_zone("updated_at"),
        timestamp_with_time_zone_null("published_at"),
    ];
    table(manager, "article_version", version).await?;
    unique(manager, "article_version", &["article_id", "number"]).await?;
    // One text at a time is being written or reviewed.
    let working = "CREATE UNIQUE INDEX article_version_working ON article_version (article_id) \
                   WHERE state IN ('draft', 'review')";
    manager.get_connection().execute_unprepared(working).await?;
    index(manager, "article_version", &["state"]).await
}

/// Who was offered, read or was helped by an article: once a visitor, who is kept as a hash; and the
/// running totals, so that no page counts rows.
async fn uses(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let used = vec![
        uuid("article_id"),
        string("visitor"),
        string("kind"),
        boolean_null("helped"),
        text_null("words"),
        timestamp_with_time_zone("at"),
    ];
    keyed(manager, "article_use", &["article_id", "visitor", "kind"], used).await?;
    index(manager, "article_use", &["article_id", "kind", "at"]).await?;
    let count = vec![
        pk_uuid("article_id"),
        big_integer("offered"),
        big_integer("opened"),
        big_integer("answered"),
        big_integer("helped"),
        big_integer("missed"),
    ];
    table(manager, "article_count", count).await
}

async fn typed_in(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = [
        uuid_null("for_person"),
        string_null("caller"),
        string("channel").default("web").to_owned(),
        timestamp_with_time_zone_null("answered_at"),
        uuid_null("answered_by"),
    ];
    for mut column in columns {
        // SQLite adds one column a statement.
        let mut alter = Table::alter();
        manager.alter_table(alter.table("draft").add_column(&mut column).to_owned()).await?;
    }
    let typed = vec![
        pk_uuid("request_id"),
        uuid("school_id"),
        uuid("typed_by"),
        string_null("caller"),
        timestamp_with_time_zone("typed_at"),
    ];
    table(manager, "typed_request", typed).await?;
    index(manager, "typed_request", &["typed_by", "typed_at"]).await
}
