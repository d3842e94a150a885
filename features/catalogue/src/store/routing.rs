//! Themes and the routing matrix.

use beffroi_db::DbError;
use beffroi_sheets::{Routing, Rule, Target, Theme};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::entities::{routing_rule, theme};
use crate::routing::StoredRule;

/// The themes, then the rules with their identifiers, in the order of the file.
pub(crate) async fn read(on: &impl ConnectionTrait) -> Result<(Vec<Theme>, Vec<StoredRule>), DbError> {
    let themes = theme::Entity::find().order_by_asc(theme::Column::Position).all(on).await?;
    let rules = routing_rule::Entity::find()
        .order_by_asc(routing_rule::Column::Position)
        .order_by_asc(routing_rule::Column::Id)
        .all(on)
        .await?;
    let themes = themes.into_iter().map(|row| Theme { id: row.slug, label: row.label }).collect();
    Ok((themes, rules.into_iter().map(stored).collect::<Result<_, _>>()?))
}

fn stored(row: routing_rule::Model) -> Result<StoredRule, DbError> {
    let to: Target = row
        .target
        .parse()
        .map_err(|_| DbError::Corrupt(format!("cible de routage inconnue « {} »", row.target)))?;
    let rule = Rule { theme: row.theme, territory: row.territory, academy: row.academy, to };
    Ok(StoredRule { id: row.id, position: row.position, rule })
}

pub(crate) async fn seed(on: &impl ConnectionTrait, routing: &Routing) -> Result<(), DbError> {
    for (position, theme) in (0..).zip(&routing.themes) {
        insert_theme(on, theme, position).await?;
    }
    for (position, rule) in (0..).zip(&routing.rules) {
        insert_rule(on, rule, position).await?;
    }
    Ok(())
}

pub(crate) async fn insert_theme(
    on: &impl ConnectionTrait,
    theme: &Theme,
    position: i32,
) -> Result<(), DbError> {
    let model = theme::Model { slug: theme.id.clone(), label: theme.label.clone(), position };
    theme::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(())
}

pub(crate) async fn rename_theme(on: &impl ConnectionTrait, id: &str, label: &str) -> Result<(), DbError> {
    theme::Entity::update_many()
        .col_expr(theme::Column::Label, Expr::value(label))
        .filter(theme::Column::Slug.eq(id))
        .exec(on)
        .await?;
    Ok(())
}

pub(crate) async fn delete_theme(on: &impl ConnectionTrait, id: &str) -> Result<(), DbError> {
    theme::Entity::delete_many().filter(theme::Column::Slug.eq(id)).exec(on).await?;
    Ok(())
}

pub(crate) async fn insert_rule(
    on: &impl ConnectionTrait,
    rule: &Rule,
    position: i32,
) -> Result<Uuid, DbError> {
    let id = Uuid::now_v7();
    let model = routing_rule::Model {
        id,
        theme: rule.theme.clone(),
        territory: rule.territory.clone(),
        academy: rule.academy.clone(),
        target: rule.to.to_string(),
        position,
    };
    routing_rule::Entity::insert(model.into_active_model().reset_all()).exec_without_returning(on).await?;
    Ok(id)
}

pub(crate) async fn retarget(on: &impl ConnectionTrait, id: Uuid, to: &Target) -> Result<(), DbError> {
    routing_rule::Entity::update_many()
        .col_expr(routing_rule::Column::Target, Expr::value(to.to_string()))
        .filter(routing_rule::Column::Id.eq(id))
        .exec(on)
        .await?;
    Ok(())
}

pub(crate) async fn delete_rule(on: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    routing_rule::Entity::delete_many().filter(routing_rule::Column::Id.eq(id)).exec(on).await?;
    Ok(())
}
