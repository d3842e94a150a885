//! The search index: bags of words, and the words that corrections are looked up by. (CSU-06)

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

use super::{keyed, table, unique};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let doc = vec![
            big_integer("number").primary_key().auto_increment().to_owned(),
            string("kind"),
            uuid("subject"),
            big_integer("digest"),
        ];
        table(manager, "search_doc", doc).await?;
        unique(manager, "search_doc", &["kind", "subject"]).await?;
        keyed(manager, "search_word", &["piece", "word"], vec![string("piece"), string("word")]).await?;
        texts(manager).await
    }
}

/// The one table that each engine has in its own way: FTS5, or a `tsvector` under a GIN index whose
/// list of pending changes stays short, because each search reads it whole.
async fn texts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let steps: &[&str] = if manager.get_database_backend() == DbBackend::Sqlite {
        &[
            "CREATE VIRTUAL TABLE search_text USING fts5 (words, content='', contentless_delete=1, detail=none, \
           tokenize=\"ascii tokenchars '_'\")",
        ]
    } else {
        &[
            "CREATE TABLE search_text (number bigint PRIMARY KEY, words tsvector NOT NULL)",
            "CREATE INDEX search_text_words ON search_text USING gin (words) \
             WITH (fastupdate = on, gin_pending_list_limit = 128)",
        ]
    };
    for sql in steps {
        manager.get_connection().execute_unprepared(sql).await?;
    }
    Ok(())
}
