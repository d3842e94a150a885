//! Territories, academies and teams.

use beffroi_db::DbError;
use beffroi_kernel::{TeamId, TerritoryId};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::{Team, TeamKind, Territory};

const COLUMNS: &str = "id, slug, name, kind, territory_id, academy, email";

#[derive(FromQueryResult)]
struct TeamRow {
    id: TeamId,
    slug: String,
    name: String,
    kind: String,
    territory_id: Option<TerritoryId>,
    academy: Option<String>,
    email: Option<String>,
}

impl TeamRow {
    fn read(self) -> Result<Team, DbError> {
        let kind = TeamKind::of(&self.kind)
            .ok_or_else(|| DbError::Corrupt(format!("équipe de sorte « {} »", self.kind)))?;
        let (id, slug, name, academy, email) = (self.id, self.slug, self.name, self.academy, self.email);
        Ok(Team { id, slug, name, kind, territory: self.territory_id, academy, email })
    }
}

pub(crate) async fn team(on: &impl ConnectionTrait, id: TeamId) -> Result<Option<Team>, DbError> {
    let row: Option<TeamRow> =
        one(on, &format!("SELECT {COLUMNS} FROM team WHERE id = $1"), vec![id.0.into()]).await?;
    row.map(TeamRow::read).transpose()
}

pub(crate) async fn by_slug(on: &impl ConnectionTrait, slug: &str) -> Result<Option<Team>, DbError> {
    let row: Option<TeamRow> =
        one(on, &format!("SELECT {COLUMNS} FROM team WHERE slug = $1"), vec![slug.into()]).await?;
    row.map(TeamRow::read).transpose()
}

pub(crate) async fn teams(on: &impl ConnectionTrait) -> Result<Vec<Team>, DbError> {
    let rows: Vec<TeamRow> = all(
        on,
        &format!("SELECT {COLUMNS} FROM team WHERE active = $1 ORDER BY name, id"),
        vec![true.into()],
    )
    .await?;
    rows.into_iter().map(TeamRow::read).collect()
}

pub(crate) async fn insert(on: &impl ConnectionTrait, team: &Team) -> Result<bool, DbError> {
    let sql = "INSERT INTO team (id, slug, name, kind, territory_id, academy, email, active) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (slug) DO NOTHING";
    let values = vec![
        team.id.0.into(),
        team.slug.clone().into(),
        team.name.clone().into(),
        team.kind.slug().into(),
        team.territory.map(|id| id.0).into(),
        team.academy.clone().into(),
        team.email.clone().into(),
        true.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

#[derive(FromQueryResult)]
struct TerritoryRow {
    id: TerritoryId,
    slug: String,
    name: String,
}

pub(crate) async fn territories(on: &impl ConnectionTrait) -> Result<Vec<Territory>, DbError> {
    let rows: Vec<TerritoryRow> =
        all(on, "SELECT id, slug, name FROM territory ORDER BY slug", vec![]).await?;
    Ok(rows.into_iter().map(|row| Territory { id: row.id, slug: row.slug, name: row.name }).collect())
}

pub(crate) async fn insert_territory(
    on: &impl ConnectionTrait,
    territory: &Territory,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO territory (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (slug) DO NOTHING";
    let values = vec![territory.id.0.into(), territory.slug.clone().into(), territory.name.clone().into()];
    Ok(run(on, sql, values).await? == 1)
}

#[derive(FromQueryResult)]
struct AcademyRow {
    slug: String,
    name: String,
}

/// Slug and name of every academy.
pub(crate) async fn academies(on: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbError> {
    let rows: Vec<AcademyRow> = all(on, "SELECT slug, name FROM academy ORDER BY name", vec![]).await?;
    Ok(rows.into_iter().map(|row| (row.slug, row.name)).collect())
}

pub(crate) async fn insert_academy(
    on: &impl ConnectionTrait,
    slug: &str,
    name: &str,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO academy (slug, name) VALUES ($1, $2) ON CONFLICT (slug) DO NOTHING";
    Ok(run(on, sql, vec![slug.into(), name.into()]).await? == 1)
}
