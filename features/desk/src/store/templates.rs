//! Reply templates.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, TeamId, TemplateId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, run};

/// Most templates offered at once.
pub(crate) const MOST: u64 = 60;

/// A text that agents answer with.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Template {
    /// Its identifier.
    pub id: TemplateId,
    /// What it is called in the list.
    pub name: String,
    /// The text, with its fields and blanks.
    pub body: String,
    /// `own`, `team` or `everyone`.
    pub reach: String,
    /// Who wrote it.
    pub owner_id: PersonId,
    /// The team it is for.
    pub team_id: Option<TeamId>,
    /// The request type it is for, as `sheet/type`; none for all.
    pub request_type: Option<String>,
    /// How many times it was sent.
    pub used: i64,
    /// Last change.
    pub updated_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, name, body, reach, owner_id, team_id, request_type, used, updated_at";

/// `$2, $3…` for the teams, after the person; the condition of what a person may use.
fn usable(teams: &[TeamId]) -> (String, Vec<Value>) {
    let places: Vec<String> = (2..teams.len() + 2).map(|place| format!("${place}")).collect();
    let team = if teams.is_empty() {
        String::new()
    } else {
        format!(" OR (reach = 'team' AND team_id IN ({}))", places.join(", "))
    };
    let condition = format!("(reach = 'everyone' OR (reach = 'own' AND owner_id = $1){team})");
    (condition, teams.iter().map(|team| team.0.into()).collect())
}

/// What a person of these teams may use, most sent first; for one request type or for all of them.
pub(crate) async fn usable_by(
    on: &impl ConnectionTrait,
    person: PersonId,
    teams: &[TeamId],
    request_type: Option<&str>,
) -> Result<Vec<Template>, DbError> {
    let (condition, values) = usable(teams);
    let mut values: Vec<Value> = [person.0.into()].into_iter().chain(values).collect();
    let mut sql = format!("SELECT {COLUMNS} FROM reply_template WHERE {condition}");
    if let Some(kind) = request_type {
        values.push(kind.into());
        sql.push_str(&format!(" AND (request_type IS NULL OR request_type = ${})", values.len()));
    }
    sql.push_str(&format!(" ORDER BY used DESC, name, id LIMIT {MOST}"));
    all(on, &sql, values).await
}

/// One template that the person may use.
pub(crate) async fn find(
    on: &impl ConnectionTrait,
    person: PersonId,
    teams: &[TeamId],
    id: TemplateId,
) -> Result<Option<Template>, DbError> {
    let (condition, values) = usable(teams);
    let mut values: Vec<Value> = [person.0.into()].into_iter().chain(values).collect();
    values.push(id.0.into());
    let sql = format!("SELECT {COLUMNS} FROM reply_template WHERE {condition} AND id = ${}", values.len());
    Ok(all(on, &sql, values).await?.into_iter().next())
}

/// Writes a template, new or changed; its count stays.
pub(crate) async fn put(on: &impl ConnectionTrait, template: &Template) -> Result<(), DbError> {
    let sql = format!(
        "INSERT INTO reply_template ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         ON CONFLICT (id) DO UPDATE SET name = $2, body = $3, reach = $4, team_id = $6, request_type = $7, updated_at = $9"
    );
    let values = vec![
        template.id.0.into(),
        template.name.clone().into(),
        template.body.clone().into(),
        template.reach.clone().into(),
        template.owner_id.0.into(),
        template.team_id.map(|id| id.0).into(),
        template.request_type.clone().into(),
        template.used.into(),
        template.updated_at.into(),
    ];
    run(on, &sql, values).await?;
    Ok(())
}

pub(crate) async fn delete(on: &impl ConnectionTrait, id: TemplateId) -> Result<(), DbError> {
    run(on, "DELETE FROM reply_template WHERE id = $1", vec![id.0.into()]).await?;
    Ok(())
}

/// One more use.
pub(crate) async fn count_use(on: &impl ConnectionTrait, id: TemplateId) -> Result<(), DbError> {
    run(on, "UPDATE reply_template SET used = used + 1 WHERE id = $1", vec![id.0.into()]).await?;
    Ok(())
}
