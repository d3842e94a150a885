//! Sessions, failed sign-ins and links to a new password. Only hashes of tokens are kept.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SchoolId, SessionId, TeamId, TerritoryId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::factors::Method;
use crate::model::Session;
use crate::rules::{FAILURES_KEPT, Mandate, SESSION_IDLE, SESSION_LIFE};
use crate::sso::OwnDoor;

/// A live session with its person and every function of theirs: one row a function.
#[derive(FromQueryResult)]
struct SeenRow {
    session_id: SessionId,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    proved_at: Option<DateTime<Utc>>,
    person_id: PersonId,
    given_name: String,
    family_name: String,
    must_change_password: bool,
    provider: Option<String>,
    subject: Option<String>,
    grants: Option<String>,
    role: Option<String>,
    school_id: Option<SchoolId>,
    team_id: Option<TeamId>,
    territory_id: Option<TerritoryId>,
    from_at: Option<DateTime<Utc>>,
    to_at: Option<DateTime<Utc>>,
    substitute_for: Option<PersonId>,
}

/// Who a live session belongs to.
pub(crate) struct Seen {
    pub session: SessionId,
    pub last_seen_at: DateTime<Utc>,
    pub person: PersonId,
    pub name: String,
    pub must_change_password: bool,
    pub mandates: Vec<Mandate>,
    /// The door, when it is not the password.
    pub door: Option<OwnDoor>,
    /// Functions that the provider of that door grants, as they are kept.
    pub grants: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When the session showed a second factor.
    pub proved_at: Option<DateTime<Utc>>,
}

const FUNCTION: &str = "f.role, f.school_id, f.team_id, COALESCE(f.territory_id, t.territory_id) AS territory_id, \
                        f.from_at, f.to_at, f.substitute_for";

/// The session of that token, if it is neither revoked, nor over, nor idle for too long: one query.
pub(crate) async fn seen(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<Seen>, DbError> {
    let sql = format!(
        "SELECT s.id AS session_id, s.created_at, s.last_seen_at, s.proved_at, p.id AS person_id, p.given_name, p.family_name, \
         p.must_change_password, d.provider, d.subject, d.grants, {FUNCTION} FROM session s \
         JOIN person p ON p.id = s.person_id LEFT JOIN sso_session d ON d.session_id = s.id \
         LEFT JOIN function_held f ON f.person_id = p.id LEFT JOIN team t ON t.id = f.team_id \
         WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.last_seen_at > $3 \
         AND p.disabled_at IS NULL"
    );
    let values = vec![token_hash.into(), now.into(), (now - SESSION_IDLE).into()];
    let mut rows: Vec<SeenRow> = all(on, &sql, values).await?;
    let Some(first) = rows.first_mut() else {
        return Ok(None);
    };
    let mut seen = Seen {
        session: first.session_id,
        last_seen_at: first.last_seen_at,
        person: first.person_id,
        name: format!("{} {}", first.given_name, first.family_name),
        must_change_password: first.must_change_password,
        mandates: Vec::new(),
        door: first
            .provider
            .take()
            .zip(first.subject.take())
            .map(|(provider, subject)| OwnDoor { provider, subject }),
        grants: first.grants.take(),
        created_at: first.created_at,
        proved_at: first.proved_at,
    };
    for row in rows {
        let (Some(role), Some(from)) = (row.role, row.from_at) else {
            continue;
        };
        let (school, team, territory) = (row.school_id, row.team_id, row.territory_id);
        seen.mandates.push(mandate(&role, school, team, territory, (from, row.to_at), row.substitute_for)?);
    }
    Ok(Some(seen))
}

fn mandate(
    role: &str,
    school: Option<SchoolId>,
    team: Option<TeamId>,
    territory: Option<TerritoryId>,
    (from, to): (DateTime<Utc>, Option<DateTime<Utc>>),
    substitute_for: Option<PersonId>,
) -> Result<Mandate, DbError> {
    let role = role.parse().map_err(|error| DbError::Corrupt(format!("{error}")))?;
    Ok(Mandate { role, school, team, territory, from, to, substitute_for })
}

#[derive(FromQueryResult)]
struct MandateRow {
    given_name: String,
    family_name: String,
    role: Option<String>,
    school_id: Option<SchoolId>,
    team_id: Option<TeamId>,
    territory_id: Option<TerritoryId>,
    from_at: Option<DateTime<Utc>>,
    to_at: Option<DateTime<Utc>>,
    substitute_for: Option<PersonId>,
}

/// A person's name and functions, without a session: for workers and tests.
pub(crate) async fn mandates_of(
    on: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Option<(String, Vec<Mandate>)>, DbError> {
    let sql = format!(
        "SELECT p.given_name, p.family_name, {FUNCTION} FROM person p LEFT JOIN function_held f ON f.person_id = p.id \
         LEFT JOIN team t ON t.id = f.team_id WHERE p.id = $1 AND p.disabled_at IS NULL"
    );
    let rows: Vec<MandateRow> = all(on, &sql, vec![person.0.into()]).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let name = format!("{} {}", first.given_name, first.family_name);
    let mut mandates = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(role), Some(from)) = (row.role, row.from_at) else {
            continue;
        };
        let (school, team, territory) = (row.school_id, row.team_id, row.territory_id);
        mandates.push(mandate(&role, school, team, territory, (from, row.to_at), row.substitute_for)?);
    }
    Ok(Some((name, mandates)))
}

pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    token_hash: &str,
    person: PersonId,
    (user_agent, method): (&str, Method),
    now: DateTime<Utc>,
) -> Result<SessionId, DbError> {
    let sql = "INSERT INTO session (id, token_hash, person_id, created_at, last_seen_at, expires_at, user_agent, method, proved_at) \
               VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)";
    let id = SessionId::new();
    let values = vec![
        id.0.into(),
        token_hash.into(),
        person.0.into(),
        now.into(),
        (now + SESSION_LIFE).into(),
        user_agent.into(),
        method.slug().into(),
        method.is_second().then_some(now).into(),
    ];
    run(on, sql, values).await?;
    Ok(id)
}

/// The session showed a second factor, or who its person is, at that instant.
pub(crate) async fn prove(
    on: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    run(on, "UPDATE session SET proved_at = $2 WHERE id = $1", vec![id.0.into(), now.into()]).await?;
    Ok(())
}

/// Ends the live session of that token: whose it was, and which.
pub(crate) async fn end(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<(SessionId, PersonId)>, DbError> {
    let sql = "UPDATE session SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL RETURNING id, person_id";
    let ended: Option<Ended> = one(on, sql, vec![token_hash.into(), now.into()]).await?;
    Ok(ended.map(|ended| (ended.id, ended.person_id)))
}

#[derive(FromQueryResult)]
struct Ended {
    id: SessionId,
    person_id: PersonId,
}

pub(crate) async fn touch(
    on: &impl ConnectionTrait,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    run(on, "UPDATE session SET last_seen_at = $2 WHERE id = $1", vec![id.0.into(), now.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct SessionRow {
    id: SessionId,
    created_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    user_agent: String,
    method: String,
    name: Option<String>,
}

pub(crate) async fn live(
    on: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>, DbError> {
    let sql = "SELECT s.id, s.created_at, s.last_seen_at, s.user_agent, s.method, d.name FROM session s \
               LEFT JOIN sso_session d ON d.session_id = s.id WHERE s.person_id = $1 AND s.revoked_at IS NULL \
               AND s.expires_at > $2 AND s.last_seen_at > $3 ORDER BY s.last_seen_at DESC, s.id";
    let rows: Vec<SessionRow> =
        all(on, sql, vec![person.0.into(), now.into(), (now - SESSION_IDLE).into()]).await?;
    let sessions = rows.into_iter().map(|row| Session {
        id: row.id,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        user_agent: row.user_agent,
        method: Method::of(&row.method),
        door: row.name,
    });
    Ok(sessions.collect())
}

/// Revokes one session of `person`; zero when it is not theirs.
pub(crate) async fn revoke(
    on: &impl ConnectionTrait,
    person: PersonId,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let sql = "UPDATE session SET revoked_at = $3 WHERE id = $1 AND person_id = $2 AND revoked_at IS NULL";
    run(on, sql, vec![id.0.into(), person.0.into(), now.into()]).await
}

/// Revokes every session of `person`, save one.
pub(crate) async fn revoke_all(
    on: &impl ConnectionTrait,
    person: PersonId,
    save: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let sql = "UPDATE session SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL AND id <> $3";
    // A new identifier is nobody's: nothing is then saved.
    let save = save.unwrap_or_else(SessionId::new);
    run(on, sql, vec![person.0.into(), now.into(), save.0.into()]).await
}

#[derive(FromQueryResult)]
struct Attempt {
    failures: i32,
}

#[derive(FromQueryResult)]
struct Lock {
    locked_until: Option<DateTime<Utc>>,
}

/// Counts a try before it is judged, so that tries sent together are counted too. Returns the
/// number of tries in a row, or nothing when the door is closed.
pub(crate) async fn count_attempt(
    on: &impl ConnectionTrait,
    key: &str,
    now: DateTime<Utc>,
) -> Result<Option<i32>, DbError> {
    let sql = "INSERT INTO sign_in_attempt (login_key, failures, last_at) VALUES ($1, 1, $2) \
               ON CONFLICT (login_key) DO UPDATE SET last_at = $2, locked_until = NULL, \
               failures = CASE WHEN sign_in_attempt.last_at < $3 THEN 1 ELSE sign_in_attempt.failures + 1 END \
               WHERE sign_in_attempt.locked_until IS NULL OR sign_in_attempt.locked_until <= $2 RETURNING failures";
    let values = vec![key.into(), now.into(), (now - FAILURES_KEPT).into()];
    Ok(one::<Attempt>(on, sql, values).await?.map(|attempt| attempt.failures))
}

pub(crate) async fn lock(on: &impl ConnectionTrait, key: &str, until: DateTime<Utc>) -> Result<(), DbError> {
    run(
        on,
        "UPDATE sign_in_attempt SET locked_until = $2 WHERE login_key = $1",
        vec![key.into(), until.into()],
    )
    .await?;
    Ok(())
}

pub(crate) async fn locked_until(
    on: &impl ConnectionTrait,
    key: &str,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let sql = "SELECT locked_until FROM sign_in_attempt WHERE login_key = $1";
    Ok(one::<Lock>(on, sql, vec![key.into()]).await?.and_then(|lock| lock.locked_until))
}

pub(crate) async fn forget_attempts(on: &impl ConnectionTrait, key: &str) -> Result<(), DbError> {
    run(on, "DELETE FROM sign_in_attempt WHERE login_key = $1", vec![key.into()]).await?;
    Ok(())
}

/// Keeps the hash of a link to a new password; the person's earlier links stop working.
pub(crate) async fn insert_reset(
    on: &impl ConnectionTrait,
    token_hash: &str,
    person: PersonId,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE password_reset SET used_at = $2 WHERE person_id = $1 AND used_at IS NULL";
    run(on, sql, vec![person.0.into(), now.into()]).await?;
    let sql = "INSERT INTO password_reset (token_hash, person_id, expires_at) VALUES ($1, $2, $3)";
    run(on, sql, vec![token_hash.into(), person.0.into(), until.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Reset {
    person_id: PersonId,
}

/// Whose link this is, if it still works.
pub(crate) async fn reset_person(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<PersonId>, DbError> {
    let sql = "SELECT r.person_id FROM password_reset r JOIN person p ON p.id = r.person_id \
               WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > $2 AND p.disabled_at IS NULL";
    Ok(one::<Reset>(on, sql, vec![token_hash.into(), now.into()]).await?.map(|reset| reset.person_id))
}

/// Uses a link, once; false when it was used meanwhile.
pub(crate) async fn use_reset(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE password_reset SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    Ok(run(on, sql, vec![token_hash.into(), now.into()]).await? == 1)
}
