//! What each member of a team has in hand now.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId, TeamId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::all;

/// A member of a team and what they have in hand.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Requests in hand, of any team.
    pub open: i64,
    /// Of those, urgent ones.
    pub urgent: i64,
    /// Of those, ones past their deadline.
    pub late: i64,
    /// Whether they are absent today.
    pub absent: bool,
    /// Whether they are on duty today.
    pub on_duty: bool,
}

/// Every member with their load, in one statement; their requests come from the index of active ones.
pub(crate) async fn members(
    on: &impl ConnectionTrait,
    team: TeamId,
    (now, day, weekday): (DateTime<Utc>, NaiveDate, i32),
) -> Result<Vec<Member>, DbError> {
    const AWAY: &str =
        "EXISTS (SELECT 1 FROM absence a WHERE a.person_id = p.id AND a.from_day <= $3 AND a.to_day >= $3)";
    let sql = format!(
        "SELECT p.id AS person, p.given_name || ' ' || p.family_name AS name, \
         COALESCE(w.open, 0) AS open, COALESCE(w.urgent, 0) AS urgent, COALESCE(w.late, 0) AS late, \
         {AWAY} AS absent, p.id = (SELECT d.person_id FROM duty d WHERE d.team_id = $1 AND d.weekday = $4 \
         AND d.from_day <= $3 AND (d.to_day IS NULL OR d.to_day >= $3) AND NOT EXISTS (SELECT 1 FROM absence b \
         WHERE b.person_id = d.person_id AND b.from_day <= $3 AND b.to_day >= $3) \
         ORDER BY d.from_day DESC, d.id LIMIT 1) AS on_duty \
         FROM person p LEFT JOIN (SELECT r.assignee_id AS assignee_id, COUNT(*) AS open, \
         CAST(SUM(CASE WHEN r.urgent THEN 1 ELSE 0 END) AS bigint) AS urgent, \
         CAST(SUM(CASE WHEN r.next_due < $2 THEN 1 ELSE 0 END) AS bigint) AS late FROM request r \
         WHERE r.active AND r.assignee_id IN (SELECT g.person_id FROM function_held g WHERE g.team_id = $1) \
         GROUP BY r.assignee_id) w ON w.assignee_id = p.id \
         WHERE p.disabled_at IS NULL AND p.id IN (SELECT f.person_id FROM function_held f WHERE f.team_id = $1 \
         AND f.from_at <= $2 AND (f.to_at IS NULL OR f.to_at > $2)) ORDER BY p.search_key, p.id"
    );
    #[derive(FromQueryResult)]
    struct Row {
        person: PersonId,
        name: String,
        open: i64,
        urgent: i64,
        late: i64,
        absent: bool,
        on_duty: Option<bool>,
    }
    let values = vec![team.0.into(), now.into(), day.into(), weekday.into()];
    let rows: Vec<Row> = all(on, &sql, values).await?;
    let member = |row: Row| Member {
        person: row.person,
        name: row.name,
        open: row.open,
        urgent: row.urgent,
        late: row.late,
        absent: row.absent,
        on_duty: row.on_duty.unwrap_or(false),
    };
    Ok(rows.into_iter().map(member).collect())
}

/// The requests of a team that a person has in hand, least pressing first: the first to give away.
pub(crate) async fn least_pressing(
    on: &impl ConnectionTrait,
    team: TeamId,
    person: PersonId,
    most: i64,
) -> Result<Vec<RequestId>, DbError> {
    #[derive(FromQueryResult)]
    struct Key {
        id: RequestId,
    }
    let sql = "SELECT r.id AS id FROM request r WHERE r.active AND r.assignee_id = $1 AND r.team_id = $2 \
               AND r.state IN ('new', 'open') ORDER BY r.pressing DESC, r.id DESC LIMIT $3";
    let keys: Vec<Key> = all(on, sql, vec![person.0.into(), team.0.into(), most.into()]).await?;
    Ok(keys.into_iter().map(|key| key.id).collect())
}
