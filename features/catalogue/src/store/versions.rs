//! Published versions: inserted, read, never changed. There is no update or delete here on purpose.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SheetVersionId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Statement,
};

use super::entities::sheet_version::{Column, Entity, Model};
use crate::Version;

/// Changes whenever something is published, by any node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Stamp {
    /// How many versions there are.
    pub count: i64,
    /// When the last one was published.
    pub latest: Option<DateTime<Utc>>,
}

#[derive(Debug, FromQueryResult)]
struct Row {
    id: SheetVersionId,
    slug: String,
    number: i32,
    title: String,
    effective_on: NaiveDate,
    sha256: String,
    published_at: DateTime<Utc>,
    published_by: Option<PersonId>,
}

impl From<Row> for Version {
    fn from(row: Row) -> Self {
        let Row { id, slug, number, title, effective_on, sha256, published_at, published_by } = row;
        Self { id, slug, number, title, effective_on, sha256, published_at, published_by }
    }
}

/// A version with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub id: SheetVersionId,
    pub slug: String,
    pub number: i32,
    pub source: String,
    pub sha256: String,
    pub published_at: DateTime<Utc>,
}

impl From<Model> for Source {
    fn from(model: Model) -> Self {
        let Model { id, slug, number, source, sha256, published_at, .. } = model;
        Self { id: SheetVersionId(id), slug, number, source, sha256, published_at }
    }
}

pub(crate) async fn stamp(on: &impl ConnectionTrait) -> Result<Stamp, DbError> {
    let sql = "SELECT COUNT(*) AS count, MAX(published_at) AS latest FROM sheet_version";
    let stamp =
        Stamp::find_by_statement(Statement::from_string(on.get_database_backend(), sql)).one(on).await?;
    Ok(stamp.unwrap_or(Stamp { count: 0, latest: None }))
}

/// Every version, without the texts, by sheet then number.
pub(crate) async fn list(on: &impl ConnectionTrait) -> Result<Vec<Version>, DbError> {
    let rows: Vec<Row> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Slug, Column::Number, Column::Title, Column::EffectiveOn])
        .columns([Column::Sha256, Column::PublishedAt, Column::PublishedBy])
        .order_by_asc(Column::Slug)
        .order_by_asc(Column::Number)
        .into_model()
        .all(on)
        .await?;
    Ok(rows.into_iter().map(Version::from).collect())
}

pub(crate) async fn sources(
    on: &impl ConnectionTrait,
    ids: &[SheetVersionId],
) -> Result<Vec<Source>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let models = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.0))).all(on).await?;
    Ok(models.into_iter().map(Source::from).collect())
}

/// The latest version of each sheet, whether or not it applies yet.
pub(crate) async fn latest_sources(on: &impl ConnectionTrait) -> Result<Vec<Source>, DbError> {
    let mut latest: Vec<Version> = Vec::new();
    for version in list(on).await? {
        match latest.last_mut() {
            Some(last) if last.slug == version.slug => *last = version,
            _ => latest.push(version),
        }
    }
    let ids: Vec<SheetVersionId> = latest.iter().map(|version| version.id).collect();
    let mut found = sources(on, &ids).await?;
    found.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(found)
}

/// A version to be inserted.
pub(crate) struct NewVersion<'a> {
    pub slug: &'a str,
    pub number: i32,
    pub title: &'a str,
    pub effective_on: NaiveDate,
    pub source: &'a str,
    pub sha256: String,
    pub by: Option<PersonId>,
}

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    now: DateTime<Utc>,
    new: NewVersion<'_>,
) -> Result<SheetVersionId, DbError> {
    let id = SheetVersionId::new();
    let model = Model {
        id: id.0,
        slug: new.slug.to_owned(),
        number: new.number,
        title: new.title.to_owned(),
        effective_on: new.effective_on,
        source: new.source.to_owned(),
        sha256: new.sha256,
        published_at: now,
        published_by: new.by,
    };
    Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(id)
}
