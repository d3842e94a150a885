//! Passkeys, secrets of one-time codes, recovery codes, and the ceremonies in progress.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SessionId};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{all, one, run};

/// A passkey as it is kept.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct PasskeyRow {
    pub id: Uuid,
    pub person_id: PersonId,
    pub name: String,
    pub credential: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

const PASSKEY: &str = "id, person_id, name, credential, created_at, last_used_at";

pub(crate) async fn passkeys(
    on: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<PasskeyRow>, DbError> {
    let sql = format!("SELECT {PASSKEY} FROM passkey WHERE person_id = $1 ORDER BY created_at, id");
    all(on, &sql, vec![person.0.into()]).await
}

/// The key that a device names, when it is this person's and their account is open.
pub(crate) async fn passkey(
    on: &impl ConnectionTrait,
    person: PersonId,
    credential_id: &str,
) -> Result<Option<PasskeyRow>, DbError> {
    let sql = format!(
        "SELECT {PASSKEY} FROM passkey WHERE credential_id = $2 AND person_id = $1 \
         AND EXISTS (SELECT 1 FROM person p WHERE p.id = $1 AND p.disabled_at IS NULL)"
    );
    one(on, &sql, vec![person.0.into(), credential_id.into()]).await
}

/// Keeps a new key; false when the device's key is already known.
pub(crate) async fn insert_passkey(
    on: &impl ConnectionTrait,
    key: &PasskeyRow,
    credential_id: &str,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO passkey (id, person_id, credential_id, name, credential, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING";
    let values = vec![
        key.id.into(),
        key.person_id.0.into(),
        credential_id.into(),
        key.name.clone().into(),
        key.credential.clone().into(),
        key.created_at.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

pub(crate) async fn use_passkey(
    on: &impl ConnectionTrait,
    id: Uuid,
    credential: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE passkey SET credential = $2, last_used_at = $3 WHERE id = $1";
    run(on, sql, vec![id.into(), credential.into(), now.into()]).await?;
    Ok(())
}

pub(crate) async fn delete_passkey(
    on: &impl ConnectionTrait,
    person: PersonId,
    id: Uuid,
) -> Result<u64, DbError> {
    run(on, "DELETE FROM passkey WHERE id = $1 AND person_id = $2", vec![id.into(), person.0.into()]).await
}

pub(crate) async fn delete_passkeys(on: &impl ConnectionTrait, person: PersonId) -> Result<u64, DbError> {
    run(on, "DELETE FROM passkey WHERE person_id = $1", vec![person.0.into()]).await
}

/// The secret of a person's codes, sealed.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct TotpRow {
    pub secret: String,
    pub confirmed_at: Option<DateTime<Utc>>,
}

pub(crate) async fn totp(on: &impl ConnectionTrait, person: PersonId) -> Result<Option<TotpRow>, DbError> {
    let sql = "SELECT secret, confirmed_at FROM totp WHERE person_id = $1";
    one(on, sql, vec![person.0.into()]).await
}

#[derive(FromQueryResult)]
struct Held {
    held: i64,
}

/// Whether the person has a passkey, or codes that they confirmed.
pub(crate) async fn has_second(on: &impl ConnectionTrait, person: PersonId) -> Result<bool, DbError> {
    let sql = "SELECT (SELECT COUNT(*) FROM passkey WHERE person_id = $1) \
               + (SELECT COUNT(*) FROM totp WHERE person_id = $1 AND confirmed_at IS NOT NULL) AS held";
    Ok(one::<Held>(on, sql, vec![person.0.into()]).await?.is_some_and(|row| row.held > 0))
}

/// A new secret, to be confirmed; false when one is active already.
pub(crate) async fn prepare_totp(
    on: &impl ConnectionTrait,
    person: PersonId,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO totp (person_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0) \
               ON CONFLICT (person_id) DO UPDATE SET secret = $2, created_at = $3, last_step = 0 \
               WHERE totp.confirmed_at IS NULL";
    Ok(run(on, sql, vec![person.0.into(), secret.into(), now.into()]).await? == 1)
}

/// Notes that the code of `step` served; false when it or a later one served already.
pub(crate) async fn use_step(
    on: &impl ConnectionTrait,
    person: PersonId,
    step: i64,
    confirms: Option<DateTime<Utc>>,
) -> Result<bool, DbError> {
    let sql = "UPDATE totp SET last_step = $2, confirmed_at = COALESCE(confirmed_at, $3) \
               WHERE person_id = $1 AND last_step < $2";
    Ok(run(on, sql, vec![person.0.into(), step.into(), confirms.into()]).await? == 1)
}

pub(crate) async fn delete_totp(on: &impl ConnectionTrait, person: PersonId) -> Result<u64, DbError> {
    run(on, "DELETE FROM recovery_code WHERE person_id = $1", vec![person.0.into()]).await?;
    run(on, "DELETE FROM totp WHERE person_id = $1", vec![person.0.into()]).await
}

/// Recovery codes take the place of earlier ones.
pub(crate) async fn set_recovery(
    on: &impl ConnectionTrait,
    person: PersonId,
    hashes: &[String],
) -> Result<(), DbError> {
    run(on, "DELETE FROM recovery_code WHERE person_id = $1", vec![person.0.into()]).await?;
    for hash in hashes {
        let sql = "INSERT INTO recovery_code (person_id, code_hash) VALUES ($1, $2)";
        run(on, sql, vec![person.0.into(), hash.clone().into()]).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Hash {
    code_hash: String,
}

/// What is kept of the recovery codes that have not served.
pub(crate) async fn recovery_hashes(
    on: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<String>, DbError> {
    let sql =
        "SELECT code_hash FROM recovery_code WHERE person_id = $1 AND used_at IS NULL ORDER BY code_hash";
    let rows: Vec<Hash> = all(on, sql, vec![person.0.into()]).await?;
    Ok(rows.into_iter().map(|row| row.code_hash).collect())
}

/// Uses a recovery code, once; false when it is not one or has served.
pub(crate) async fn use_recovery(
    on: &impl ConnectionTrait,
    person: PersonId,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql =
        "UPDATE recovery_code SET used_at = $3 WHERE person_id = $1 AND code_hash = $2 AND used_at IS NULL";
    Ok(run(on, sql, vec![person.0.into(), hash.into(), now.into()]).await? == 1)
}

#[derive(FromQueryResult)]
struct Left {
    remaining: i64,
}

/// How many recovery codes have not served.
pub(crate) async fn recovery_left(on: &impl ConnectionTrait, person: PersonId) -> Result<i64, DbError> {
    let sql = "SELECT COUNT(*) AS remaining FROM recovery_code WHERE person_id = $1 AND used_at IS NULL";
    Ok(one::<Left>(on, sql, vec![person.0.into()]).await?.map_or(0, |row| row.remaining))
}

/// What was asked of a browser, waiting for its answer.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Ceremony {
    pub person_id: Option<PersonId>,
    pub subject: String,
    pub state: String,
}

/// A ceremony to keep.
pub(crate) struct NewCeremony<'a> {
    pub token_hash: &'a str,
    pub purpose: &'a str,
    pub person: Option<PersonId>,
    pub session: Option<SessionId>,
    pub subject: &'a str,
    pub state: &'a str,
    pub expires_at: DateTime<Utc>,
}

/// Keeps a ceremony, and forgets those long over.
pub(crate) async fn begin(
    on: &impl ConnectionTrait,
    new: &NewCeremony<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let old = now - TimeDelta::days(1);
    run(on, "DELETE FROM ceremony WHERE expires_at < $1", vec![old.into()]).await?;
    let sql = "INSERT INTO ceremony (token_hash, purpose, person_id, session_id, subject, state, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        new.token_hash.into(),
        new.purpose.into(),
        new.person.map(|id| id.0).into(),
        new.session.map(|id| id.0).into(),
        new.subject.into(),
        new.state.into(),
        new.expires_at.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

const OPEN: &str = "c.token_hash = $1 AND c.purpose = $2 AND c.used_at IS NULL AND c.expires_at > $3";

/// A ceremony that waits, left as it is.
pub(crate) async fn waiting(
    on: &impl ConnectionTrait,
    token_hash: &str,
    purpose: &str,
    now: DateTime<Utc>,
) -> Result<Option<Ceremony>, DbError> {
    let sql = format!("SELECT c.person_id, c.subject, c.state FROM ceremony c WHERE {OPEN}");
    one(on, &sql, vec![token_hash.into(), purpose.into(), now.into()]).await
}

/// Ends a ceremony, once, and returns it: whatever the answer is worth, it serves no second time. One
/// that a session began ends with that session.
pub(crate) async fn take(
    on: &impl ConnectionTrait,
    token_hash: &str,
    purpose: &str,
    now: DateTime<Utc>,
) -> Result<Option<Ceremony>, DbError> {
    let sql = "UPDATE ceremony SET used_at = $3 WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL \
               AND expires_at > $3 AND (session_id IS NULL OR EXISTS (SELECT 1 FROM session s \
               WHERE s.id = ceremony.session_id AND s.person_id = ceremony.person_id AND s.revoked_at IS NULL)) \
               RETURNING person_id, subject, state";
    one(on, sql, vec![token_hash.into(), purpose.into(), now.into()]).await
}
