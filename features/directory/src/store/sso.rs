//! Who is known to a provider, the doors of sessions, and the tokens that served.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SessionId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};

#[derive(FromQueryResult)]
struct Linked {
    person_id: PersonId,
}

/// The person that a provider knows under this name.
pub(crate) async fn linked(
    on: &impl ConnectionTrait,
    (issuer, subject): (&str, &str),
) -> Result<Option<PersonId>, DbError> {
    let sql = "SELECT person_id FROM sso_link WHERE issuer = $1 AND subject = $2";
    Ok(one::<Linked>(on, sql, vec![issuer.into(), subject.into()]).await?.map(|row| row.person_id))
}

/// Links a person to what a provider calls them; false when either is linked already.
pub(crate) async fn link(
    on: &impl ConnectionTrait,
    (issuer, subject): (&str, &str),
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO sso_link (issuer, subject, person_id, created_at, last_used_at) \
               VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING";
    let values = vec![issuer.into(), subject.into(), person.0.into(), now.into()];
    Ok(run(on, sql, values).await? == 1)
}

/// The link served.
pub(crate) async fn used(
    on: &impl ConnectionTrait,
    (issuer, subject): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE sso_link SET last_used_at = $3 WHERE issuer = $1 AND subject = $2";
    run(on, sql, vec![issuer.into(), subject.into(), now.into()]).await?;
    Ok(())
}

/// Forgets what every provider calls a person: how many names there were.
pub(crate) async fn unlink(on: &impl ConnectionTrait, person: PersonId) -> Result<u64, DbError> {
    run(on, "DELETE FROM sso_link WHERE person_id = $1", vec![person.0.into()]).await
}

/// Ends the sessions of a person that providers opened.
pub(crate) async fn close_all(
    on: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let sql = "UPDATE session SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL \
               AND EXISTS (SELECT 1 FROM sso_session d WHERE d.session_id = session.id)";
    run(on, sql, vec![person.0.into(), now.into()]).await
}

/// The door of a session, as it is kept.
pub(crate) struct NewDoor<'a> {
    pub session: SessionId,
    pub issuer: &'a str,
    pub provider: &'a str,
    pub name: &'a str,
    pub subject: &'a str,
    pub sid: Option<&'a str>,
    pub grants: &'a str,
}

pub(crate) async fn insert_door(on: &impl ConnectionTrait, door: &NewDoor<'_>) -> Result<(), DbError> {
    let sql = "INSERT INTO sso_session (session_id, issuer, provider, name, subject, sid, grants) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        door.session.0.into(),
        door.issuer.into(),
        door.provider.into(),
        door.name.into(),
        door.subject.into(),
        door.sid.into(),
        door.grants.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// A session that a provider closed.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Closed {
    pub id: SessionId,
    pub person_id: PersonId,
}

/// Which sessions a provider closes: one over there, or all of a person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing<'a> {
    pub issuer: &'a str,
    pub subject: Option<&'a str>,
    pub sid: Option<&'a str>,
}

/// Ends the live sessions that a provider closes.
pub(crate) async fn close(
    on: &impl ConnectionTrait,
    closing: Closing<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<Closed>, DbError> {
    if closing.subject.is_none() && closing.sid.is_none() {
        return Ok(Vec::new());
    }
    let mut values = vec![closing.issuer.into(), now.into()];
    let mut wheres = "d.issuer = $1".to_owned();
    for (column, value) in [("subject", closing.subject), ("sid", closing.sid)] {
        if let Some(value) = value {
            values.push(value.into());
            wheres.push_str(&format!(" AND d.{column} = ${}", values.len()));
        }
    }
    let sql = format!(
        "UPDATE session SET revoked_at = $2 WHERE revoked_at IS NULL \
         AND id IN (SELECT d.session_id FROM sso_session d WHERE {wheres}) RETURNING id, person_id"
    );
    all(on, &sql, values).await
}

/// Notes that a token served; false when it had. Those long over are forgotten.
pub(crate) async fn serve_once(
    on: &impl ConnectionTrait,
    (issuer, jti): (&str, &str),
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    run(on, "DELETE FROM sso_token WHERE expires_at < $1", vec![now.into()]).await?;
    let sql = "INSERT INTO sso_token (issuer, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(run(on, sql, vec![issuer.into(), jti.into(), until.into()]).await? == 1)
}

/// Keeps that a provider confirmed a person for a text, under the token of the form that waits for it.
pub(crate) async fn confirm(
    on: &impl ConnectionTrait,
    token_hash: &str,
    (person, session): (PersonId, SessionId),
    subject: &str,
    until: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO ceremony (token_hash, purpose, person_id, session_id, subject, state, expires_at) \
               VALUES ($1, 'sso-confirmed', $2, $3, $4, '', $5) ON CONFLICT (token_hash) DO UPDATE \
               SET expires_at = $5, used_at = NULL, subject = $4 \
               WHERE ceremony.purpose = 'sso-confirmed' AND ceremony.person_id = $2 AND ceremony.session_id = $3";
    let values = vec![token_hash.into(), person.0.into(), session.0.into(), subject.into(), until.into()];
    Ok(run(on, sql, values).await? == 1)
}
