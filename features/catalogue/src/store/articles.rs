//! Help articles and their versions. A published version is never written again: only a working one is.

use beffroi_db::DbError;
use beffroi_kernel::{ArticleId, ArticleVersionId};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, Statement,
};

pub(crate) use super::article_entities::article::Model as Article;
pub(crate) use super::article_entities::article_version::Model as Version;
use super::article_entities::{article, article_version};

/// Changes whenever an article does, on any node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Stamp {
    /// How many articles there are.
    pub count: i64,
    /// How many changes they had, all together.
    pub changes: i64,
}

pub(crate) async fn stamp(on: &impl ConnectionTrait) -> Result<Stamp, DbError> {
    let sql = "SELECT COUNT(*) AS count, CAST(COALESCE(SUM(version), 0) AS BIGINT) AS changes FROM article";
    let stamp =
        Stamp::find_by_statement(Statement::from_string(on.get_database_backend(), sql)).one(on).await?;
    Ok(stamp.unwrap_or(Stamp { count: 0, changes: 0 }))
}

pub(crate) async fn all(on: &impl ConnectionTrait) -> Result<Vec<Article>, DbError> {
    Ok(article::Entity::find().order_by_asc(article::Column::Slug).all(on).await?)
}

pub(crate) async fn by_id(on: &impl ConnectionTrait, id: ArticleId) -> Result<Option<Article>, DbError> {
    Ok(article::Entity::find_by_id(id).one(on).await?)
}

/// The articles that come from a sheet.
pub(crate) async fn of_sheet(on: &impl ConnectionTrait, sheet: &str) -> Result<Vec<Article>, DbError> {
    Ok(article::Entity::find().filter(article::Column::OriginSheet.eq(sheet)).all(on).await?)
}

/// Whether an article already has this address, other than `except`.
pub(crate) async fn slug_taken(
    on: &impl ConnectionTrait,
    slug: &str,
    except: ArticleId,
) -> Result<bool, DbError> {
    let found = article::Entity::find().filter(article::Column::Slug.eq(slug)).one(on).await?;
    Ok(found.is_some_and(|article| article.id != except))
}

pub(crate) async fn insert(on: &impl ConnectionTrait, model: Article) -> Result<(), DbError> {
    article::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// Writes back an article read in the same transaction, if nobody changed it meanwhile.
pub(crate) async fn save(
    on: &impl ConnectionTrait,
    mut model: Article,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let read = model.version;
    let sql = "UPDATE article SET version = version + 1 WHERE id = $1 AND version = $2";
    let values = [model.id.0.into(), read.into()];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    if on.execute_raw(statement).await?.rows_affected() == 0 {
        return Ok(false);
    }
    model.version = read + 1;
    model.updated_at = now;
    model.into_active_model().reset_all().update(on).await?;
    Ok(true)
}

/// Every version of an article, the newest first.
pub(crate) async fn versions(on: &impl ConnectionTrait, id: ArticleId) -> Result<Vec<Version>, DbError> {
    Ok(article_version::Entity::find()
        .filter(article_version::Column::ArticleId.eq(id))
        .order_by_desc(article_version::Column::Number)
        .all(on)
        .await?)
}

pub(crate) async fn versions_by_id(
    on: &impl ConnectionTrait,
    ids: &[ArticleVersionId],
) -> Result<Vec<Version>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids.iter().map(|id| id.0);
    Ok(article_version::Entity::find().filter(article_version::Column::Id.is_in(ids)).all(on).await?)
}

/// The texts being written or reviewed.
pub(crate) async fn working(on: &impl ConnectionTrait) -> Result<Vec<Version>, DbError> {
    Ok(article_version::Entity::find()
        .filter(article_version::Column::State.is_in(["draft", "review"]))
        .all(on)
        .await?)
}

pub(crate) async fn insert_version(on: &impl ConnectionTrait, model: Version) -> Result<(), DbError> {
    article_version::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// Writes back a working version; false when it is published already, and then nothing changes.
pub(crate) async fn save_version(on: &impl ConnectionTrait, model: Version) -> Result<bool, DbError> {
    let id = model.id;
    let outcome = article_version::Entity::update_many()
        .set(model.into_active_model().reset_all())
        .filter(article_version::Column::Id.eq(id))
        .filter(article_version::Column::State.ne("published"))
        .exec(on)
        .await?;
    Ok(outcome.rows_affected == 1)
}
