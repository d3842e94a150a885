//! What each school made of the example steps: rows that only the school's people see.

use beffroi_db::{DbError, Owned};
use beffroi_kernel::{PersonId, SchoolId, Scope, SheetVersionId};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::entities::school_step::{Column, Entity, Model};
use crate::rules::procedure::{OwnStep, StepChange};

/// The steps of one school for one sheet, or for all of them.
pub(crate) async fn of_school(
    on: &impl ConnectionTrait,
    scope: &Scope,
    school: SchoolId,
    slug: Option<&str>,
) -> Result<Vec<OwnStep>, DbError> {
    let mut rows = Entity::scoped(scope).filter(Column::SchoolId.eq(school.0));
    if let Some(slug) = slug {
        rows = rows.filter(Column::Slug.eq(slug));
    }
    let rows = rows.order_by_asc(Column::Position).order_by_asc(Column::Id).all(on).await?;
    rows.into_iter().map(read).collect()
}

fn read(row: Model) -> Result<OwnStep, DbError> {
    let change = StepChange::of(&row.change)
        .ok_or_else(|| DbError::Corrupt(format!("changement d’étape inconnu « {} »", row.change)))?;
    Ok(OwnStep {
        slug: row.slug,
        block_id: row.block_id,
        change,
        title: row.title.unwrap_or_default(),
        markdown: row.markdown,
        position: row.position,
        based_on: row.based_on,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
    })
}

/// Writes a step in the place of the one of the same block.
pub(crate) async fn put(on: &impl ConnectionTrait, school: SchoolId, step: &OwnStep) -> Result<(), DbError> {
    delete(on, school, &step.slug, &step.block_id).await?;
    let model = Model {
        id: Uuid::now_v7(),
        school_id: school,
        slug: step.slug.clone(),
        based_on: step.based_on,
        block_id: step.block_id.clone(),
        change: step.change.slug().to_owned(),
        title: Some(step.title.clone()).filter(|title| !title.is_empty()),
        markdown: step.markdown.clone(),
        position: step.position,
        updated_at: step.updated_at,
        updated_by: step.updated_by,
    };
    Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

/// Says that the school has seen the version `on_version` and keeps its text.
pub(crate) async fn confirm(
    on: &impl ConnectionTrait,
    school: SchoolId,
    (slug, block_id): (&str, &str),
    on_version: SheetVersionId,
    (at, by): (DateTime<Utc>, PersonId),
) -> Result<bool, DbError> {
    use sea_orm::sea_query::Expr;
    let outcome = Entity::update_many()
        .col_expr(Column::BasedOn, Expr::value(on_version.0))
        .col_expr(Column::UpdatedAt, Expr::value(at))
        .col_expr(Column::UpdatedBy, Expr::value(by.0))
        .filter(Column::SchoolId.eq(school.0))
        .filter(Column::Slug.eq(slug))
        .filter(Column::BlockId.eq(block_id))
        .exec(on)
        .await?;
    Ok(outcome.rows_affected == 1)
}

pub(crate) async fn delete(
    on: &impl ConnectionTrait,
    school: SchoolId,
    slug: &str,
    block_id: &str,
) -> Result<bool, DbError> {
    let outcome = Entity::delete_many()
        .filter(Column::SchoolId.eq(school.0))
        .filter(Column::Slug.eq(slug))
        .filter(Column::BlockId.eq(block_id))
        .exec(on)
        .await?;
    Ok(outcome.rows_affected == 1)
}
