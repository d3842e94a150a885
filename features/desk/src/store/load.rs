//! What each member of a team has in hand now.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId, TeamId};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::all;

/// A member of a team and what they have in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// A member, or another team when `sort` says so.
#[derive(FromQueryResult)]
struct Hand {
    sort: String,
    id: uuid::Uuid,
    name: String,
    open: i64,
    urgent: i64,
    late: i64,
    absent: bool,
    on_duty: Option<bool>,
}

/// Members with their load; their requests come from the index of active ones, which holds all that is
/// counted: an urgent request is one whose rank is below zero.
fn members_sql() -> String {
    const AWAY: &str =
        "EXISTS (SELECT 1 FROM absence a WHERE a.person_id = p.id AND a.from_day <= $3 AND a.to_day >= $3)";
    format!(
        "SELECT 'member' AS sort, p.id AS id, p.given_name || ' ' || p.family_name AS name, \
         COALESCE(w.open, 0) AS open, COALESCE(w.urgent, 0) AS urgent, COALESCE(w.late, 0) AS late, \
         {AWAY} AS absent, p.id = (SELECT d.person_id FROM duty d WHERE d.team_id = $1 AND d.weekday = $4 \
         AND d.from_day <= $3 AND (d.to_day IS NULL OR d.to_day >= $3) AND NOT EXISTS (SELECT 1 FROM absence b \
         WHERE b.person_id = d.person_id AND b.from_day <= $3 AND b.to_day >= $3) \
         ORDER BY d.from_day DESC, d.id LIMIT 1) AS on_duty, p.search_key AS rank \
         FROM person p LEFT JOIN (SELECT r.assignee_id AS assignee_id, COUNT(*) AS open, \
         CAST(SUM(CASE WHEN r.pressing < 0 THEN 1 ELSE 0 END) AS bigint) AS urgent, \
         CAST(SUM(CASE WHEN r.next_due < $2 THEN 1 ELSE 0 END) AS bigint) AS late FROM request r \
         WHERE r.active AND r.assignee_id IN (SELECT g.person_id FROM function_held g WHERE g.team_id = $1) \
         GROUP BY r.assignee_id) w ON w.assignee_id = p.id \
         WHERE p.disabled_at IS NULL AND p.id IN (SELECT f.person_id FROM function_held f WHERE f.team_id = $1 \
         AND f.from_at <= $2 AND (f.to_at IS NULL OR f.to_at > $2))"
    )
}

type Instant = (DateTime<Utc>, NaiveDate, i32);

async fn fetch(
    on: &impl ConnectionTrait,
    sql: &str,
    team: TeamId,
    (now, day, weekday): Instant,
) -> Result<Vec<Hand>, DbError> {
    all(on, sql, vec![team.0.into(), now.into(), day.into(), weekday.into()]).await
}

/// Every member with their load, in one statement.
pub(crate) async fn members(
    on: &impl ConnectionTrait,
    team: TeamId,
    at: Instant,
) -> Result<Vec<Member>, DbError> {
    let sql = format!("{} ORDER BY rank, id", members_sql());
    Ok(fetch(on, &sql, team, at).await?.into_iter().map(Member::from).collect())
}

/// Every member with their load, and the other active teams, by name, in one statement.
pub(crate) async fn hands(
    on: &impl ConnectionTrait,
    team: TeamId,
    at: Instant,
) -> Result<(Vec<Member>, Vec<(TeamId, String)>), DbError> {
    let sql = format!(
        "{} UNION ALL SELECT 'team', t.id, t.name, 0, 0, 0, FALSE, FALSE, t.name FROM team t \
         WHERE t.active AND t.id <> $1 ORDER BY rank, id",
        members_sql()
    );
    let (members, teams): (Vec<Hand>, Vec<Hand>) =
        fetch(on, &sql, team, at).await?.into_iter().partition(|hand| hand.sort == "member");
    let teams = teams.into_iter().map(|hand| (TeamId(hand.id), hand.name)).collect();
    Ok((members.into_iter().map(Member::from).collect(), teams))
}

impl From<Hand> for Member {
    fn from(hand: Hand) -> Self {
        Self {
            person: PersonId(hand.id),
            name: hand.name,
            open: hand.open,
            urgent: hand.urgent,
            late: hand.late,
            absent: hand.absent,
            on_duty: hand.on_duty.unwrap_or(false),
        }
    }
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
