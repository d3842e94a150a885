//! Who may read a request among agents, and whom notes mention.

use beffroi_db::DbError;
use beffroi_kernel::{Action, Breadth, MessageId, PersonId, RequestId, Role};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::entities::request;
use super::{all, run};
use crate::ReadInternalNotes;

/// Mentions on a page.
pub(crate) const PAGE: usize = 50;
/// Most agents offered.
const MOST: u64 = 400;

/// An agent who may be mentioned.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Reader {
    /// The person.
    pub id: PersonId,
    /// Their first name.
    pub given_name: String,
    /// Their family name.
    pub family_name: String,
}

impl Reader {
    /// The name as mentioned.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// The roles that read internal notes this far, quoted for SQL: words of ours, never typed.
fn roles(wanted: &[Breadth]) -> String {
    let reaches =
        |role: &&Role| ReadInternalNotes::reach(**role).is_some_and(|reach| wanted.contains(&reach));
    Role::ALL.iter().filter(reaches).map(|role| format!("'{}'", role.slug())).collect::<Vec<_>>().join(", ")
}

/// The agents who may read the notes of this request now: not those of its school, nor who asked.
pub(crate) async fn readers(
    on: &impl ConnectionTrait,
    request: &request::Model,
    now: DateTime<Utc>,
) -> Result<Vec<Reader>, DbError> {
    let team = roles(&[Breadth::Team, Breadth::Territory]);
    let (territory, region) = (roles(&[Breadth::Territory]), roles(&[Breadth::Region]));
    let held = |f: &str| format!("{f}.from_at <= $1 AND ({f}.to_at IS NULL OR {f}.to_at > $1)");
    let sql = format!(
        "SELECT DISTINCT p.id, p.given_name, p.family_name FROM function_held f \
         JOIN person p ON p.id = f.person_id \
         WHERE f.school_id IS NULL AND f.role IN ({team}, {region}) AND {} AND p.disabled_at IS NULL AND p.id <> $2 \
         AND (f.role IN ({region}) OR (f.team_id = $3 AND f.role IN ({team})) \
              OR (f.role IN ({territory}) AND f.territory_id = (SELECT s.territory_id FROM school s WHERE s.id = $4))) \
         AND NOT EXISTS (SELECT 1 FROM function_held h WHERE h.person_id = p.id AND h.school_id = $4 AND {}) \
         ORDER BY p.family_name, p.given_name, p.id LIMIT {MOST}",
        held("f"),
        held("h"),
    );
    let values =
        vec![now.into(), request.requester_id.0.into(), request.team_id.0.into(), request.school_id.0.into()];
    all(on, &sql, values).await
}

/// A mention as kept.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Mention {
    pub(crate) message_id: MessageId,
    pub(crate) request_id: RequestId,
    pub(crate) by_id: PersonId,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) seen_at: Option<DateTime<Utc>>,
}

pub(crate) async fn add(
    on: &impl ConnectionTrait,
    request: &request::Model,
    message: MessageId,
    (person, by): (PersonId, PersonId),
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO mention (message_id, person_id, request_id, school_id, by_id, created_at, seen_at) \
               VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT DO NOTHING";
    let values = vec![
        message.0.into(),
        person.0.into(),
        request.id.0.into(),
        request.school_id.0.into(),
        by.0.into(),
        now.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// The mentions of a person, latest first, one more than a page.
pub(crate) async fn of_person(
    on: &impl ConnectionTrait,
    person: PersonId,
    before: Option<MessageId>,
) -> Result<Vec<Mention>, DbError> {
    let mut values: Vec<Value> = vec![person.0.into()];
    let mut sql =
        "SELECT message_id, request_id, by_id, created_at, seen_at FROM mention WHERE person_id = $1"
            .to_owned();
    if let Some(before) = before {
        values.push(before.0.into());
        sql.push_str(" AND message_id < $2");
    }
    sql.push_str(&format!(" ORDER BY message_id DESC LIMIT {}", PAGE + 1));
    all(on, &sql, values).await
}

/// The person has opened the request: what mentioned them there is seen.
pub(crate) async fn see(
    on: &impl ConnectionTrait,
    person: PersonId,
    request: RequestId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE mention SET seen_at = $1 WHERE person_id = $2 AND request_id = $3 AND seen_at IS NULL";
    run(on, sql, vec![now.into(), person.0.into(), request.0.into()]).await?;
    Ok(())
}
