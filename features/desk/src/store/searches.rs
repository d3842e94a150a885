//! Saved searches and what each person chose of them: pinned, preferred.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, TeamId};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

use super::run;

/// A saved search as stored, with the choices of the person who looks.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Stored {
    pub(crate) id: Uuid,
    pub(crate) owner_id: PersonId,
    pub(crate) audience: String,
    pub(crate) team_id: Option<TeamId>,
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) pinned: bool,
    pub(crate) preferred: bool,
}

/// The searches of the person `$1`.
const SEEN: &str = "SELECT s.id, s.owner_id, s.audience, s.team_id, s.name, s.query, \
                    COALESCE(p.pinned, FALSE) AS pinned, COALESCE(p.preferred, FALSE) AS preferred \
                    FROM saved_search s LEFT JOIN search_pin p ON p.search_id = s.id AND p.person_id = $1";

/// Those that `$1` may see; the teams are the values from `first` on.
fn seen_by(first: usize, teams: usize) -> String {
    let holes: Vec<String> = (first..first + teams).map(|hole| format!("${hole}")).collect();
    let mut seen = String::from("(s.audience = 'everyone' OR (s.audience = 'me' AND s.owner_id = $1)");
    if !holes.is_empty() {
        seen.push_str(&format!(" OR (s.audience = 'team' AND s.team_id IN ({}))", holes.join(", ")));
    }
    seen.push(')');
    seen
}

/// The searches a person sees: their own, their teams', everyone's; one of them when named.
pub(crate) async fn visible(
    on: &impl ConnectionTrait,
    me: PersonId,
    teams: &[TeamId],
    only: Option<Uuid>,
) -> Result<Vec<Stored>, DbError> {
    let mut values: Vec<Value> = vec![me.0.into()];
    values.extend(teams.iter().map(|team| team.0.into()));
    let mut one = String::new();
    if let Some(id) = only {
        values.push(id.into());
        one = format!(" AND s.id = ${}", values.len());
    }
    let sql = format!("{SEEN} WHERE {}{one} ORDER BY s.name, s.id LIMIT 300", seen_by(2, teams.len()));
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    Ok(Stored::find_by_statement(statement).all(on).await?)
}

/// The searches a person sees, and one of their preferences, in one statement.
pub(crate) async fn visible_and_preference(
    on: &impl ConnectionTrait,
    me: PersonId,
    teams: &[TeamId],
    preference: &str,
) -> Result<(Vec<Stored>, Option<String>), DbError> {
    let mut values: Vec<Value> = vec![me.0.into(), preference.into()];
    values.extend(teams.iter().map(|team| team.0.into()));
    let sql = format!(
        "{SEEN} WHERE {} UNION ALL \
         SELECT person_id, person_id, 'preference', CAST(NULL AS uuid), name, value, FALSE, FALSE \
         FROM preference WHERE person_id = $1 AND name = $2 ORDER BY name, id LIMIT 301",
        seen_by(3, teams.len())
    );
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    let mut rows = Stored::find_by_statement(statement).all(on).await?;
    let place = rows.iter().position(|row| row.audience == "preference");
    let preference = place.map(|place| rows.remove(place).query);
    Ok((rows, preference))
}

/// A search to keep.
pub(crate) struct New<'a> {
    pub(crate) id: Uuid,
    pub(crate) owner: PersonId,
    pub(crate) audience: &'a str,
    pub(crate) team: Option<TeamId>,
    pub(crate) name: &'a str,
    pub(crate) query: &'a str,
}

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    new: &New<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO saved_search (id, owner_id, audience, team_id, name, query, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    let values = vec![
        new.id.into(),
        new.owner.0.into(),
        new.audience.into(),
        new.team.map(|team| team.0).into(),
        new.name.into(),
        new.query.into(),
        now.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

pub(crate) async fn change(
    on: &impl ConnectionTrait,
    id: Uuid,
    name: &str,
    query: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE saved_search SET name = $2, query = $3, updated_at = $4 WHERE id = $1";
    run(on, sql, vec![id.into(), name.into(), query.into(), now.into()]).await?;
    Ok(())
}

pub(crate) async fn delete(on: &impl ConnectionTrait, id: Uuid) -> Result<(), DbError> {
    run(on, "DELETE FROM search_pin WHERE search_id = $1", vec![id.into()]).await?;
    run(on, "DELETE FROM saved_search WHERE id = $1", vec![id.into()]).await?;
    Ok(())
}

/// Writes what a person chose of a search; a preferred one is the only one.
pub(crate) async fn choose(
    on: &impl ConnectionTrait,
    me: PersonId,
    id: Uuid,
    pinned: bool,
    preferred: bool,
) -> Result<(), DbError> {
    if preferred {
        run(on, "UPDATE search_pin SET preferred = FALSE WHERE person_id = $1", vec![me.0.into()]).await?;
    }
    let sql = "INSERT INTO search_pin (person_id, search_id, pinned, preferred) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (person_id, search_id) DO UPDATE SET pinned = $3, preferred = $4";
    run(on, sql, vec![me.0.into(), id.into(), pinned.into(), preferred.into()]).await?;
    Ok(())
}
