//! What people made of articles: each use once a visitor, and running totals beside, so that no page counts.

use std::collections::HashMap;

use beffroi_db::DbError;
use beffroi_kernel::ArticleId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

use crate::knowledge::{Counts, Use};

async fn run(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbError> {
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(on.execute_raw(statement).await?.rows_affected())
}

/// The articles among these that this visitor has used so already.
pub(crate) async fn known(
    on: &impl ConnectionTrait,
    visitors: &[(ArticleId, String)],
    kind: Use,
) -> Result<Vec<ArticleId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        article_id: ArticleId,
    }
    if visitors.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<Value> = vec![kind.slug().into()];
    let mut pairs = Vec::new();
    for (article, visitor) in visitors {
        values.extend([article.0.into(), visitor.as_str().into()]);
        pairs.push(format!("(article_id = ${} AND visitor = ${})", values.len() - 1, values.len()));
    }
    let sql = format!("SELECT article_id FROM article_use WHERE kind = $1 AND ({})", pairs.join(" OR "));
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(Row::find_by_statement(statement).all(on).await?.into_iter().map(|row| row.article_id).collect())
}

/// Keeps a use; false when this visitor had it already.
pub(crate) async fn keep(
    on: &impl ConnectionTrait,
    article: ArticleId,
    visitor: &str,
    kind: Use,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO article_use (article_id, visitor, kind, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let values = vec![article.0.into(), visitor.into(), kind.slug().into(), now.into()];
    let new = run(on, sql, values).await? == 1;
    if new && let Some(column) = kind.column() {
        add(on, article, column, 1).await?;
    }
    Ok(new)
}

/// Takes a use back, as when a draft is taken up again.
pub(crate) async fn take_back(
    on: &impl ConnectionTrait,
    article: ArticleId,
    visitor: &str,
    kind: Use,
) -> Result<(), DbError> {
    let sql = "DELETE FROM article_use WHERE article_id = $1 AND visitor = $2 AND kind = $3";
    let gone = run(on, sql, vec![article.0.into(), visitor.into(), kind.slug().into()]).await? == 1;
    match kind.column() {
        Some(column) if gone => add(on, article, column, -1).await,
        _ => Ok(()),
    }
}

/// What a visitor says of an article, the last answer only.
pub(crate) async fn judge(
    on: &impl ConnectionTrait,
    article: ArticleId,
    visitor: &str,
    helped: bool,
    words: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let before = judgement(on, article, visitor).await?;
    let sql = "INSERT INTO article_use (article_id, visitor, kind, helped, words, at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (article_id, visitor, kind) DO UPDATE SET helped = EXCLUDED.helped, \
               words = COALESCE(EXCLUDED.words, article_use.words), at = EXCLUDED.at";
    let kind = Use::Judged.slug();
    let values = vec![article.0.into(), visitor.into(), kind.into(), helped.into(), words.into(), now.into()];
    run(on, sql, values).await?;
    let column = |helped| if helped { "helped" } else { "missed" };
    if before == Some(helped) {
        return Ok(());
    }
    if let Some(before) = before {
        add(on, article, column(before), -1).await?;
    }
    add(on, article, column(helped), 1).await
}

async fn judgement(
    on: &impl ConnectionTrait,
    article: ArticleId,
    visitor: &str,
) -> Result<Option<bool>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        helped: Option<bool>,
    }
    let sql = "SELECT helped FROM article_use WHERE article_id = $1 AND visitor = $2 AND kind = $3";
    let values: [Value; 3] = [article.0.into(), visitor.into(), Use::Judged.slug().into()];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(Row::find_by_statement(statement).one(on).await?.and_then(|row| row.helped))
}

/// `column` is one of ours, never anyone's input.
async fn add(
    on: &impl ConnectionTrait,
    article: ArticleId,
    column: &'static str,
    by: i64,
) -> Result<(), DbError> {
    let none = "INSERT INTO article_count (article_id, offered, opened, answered, helped, missed) \
                VALUES ($1, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING";
    run(on, none, vec![article.0.into()]).await?;
    let sql = format!("UPDATE article_count SET {column} = {column} + $2 WHERE article_id = $1");
    run(on, &sql, vec![article.0.into(), by.into()]).await?;
    Ok(())
}

/// The totals of every article that has some.
pub(crate) async fn counts(on: &impl ConnectionTrait) -> Result<HashMap<ArticleId, Counts>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        article_id: ArticleId,
        offered: i64,
        opened: i64,
        answered: i64,
        helped: i64,
        missed: i64,
    }
    let sql = "SELECT article_id, offered, opened, answered, helped, missed FROM article_count";
    let rows = Row::find_by_statement(Statement::from_string(on.get_database_backend(), sql)).all(on).await?;
    let counts = rows.into_iter().map(|row| {
        let Row { article_id, offered, opened, answered, helped, missed } = row;
        (article_id, Counts { offered, opened, answered, helped, missed })
    });
    Ok(counts.collect())
}

/// What people missed in an article, in their words, the latest first.
pub(crate) async fn remarks(
    on: &impl ConnectionTrait,
    article: ArticleId,
) -> Result<Vec<(DateTime<Utc>, String)>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        at: DateTime<Utc>,
        words: String,
    }
    let sql = "SELECT at, words FROM article_use WHERE article_id = $1 AND kind = $2 AND words IS NOT NULL \
               ORDER BY at DESC LIMIT 20";
    let values: [Value; 2] = [article.0.into(), Use::Judged.slug().into()];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    let rows = Row::find_by_statement(statement).all(on).await?;
    Ok(rows.into_iter().map(|row| (row.at, row.words)).collect())
}
