//! What waits beside a request for the person who opens it: the text they were typing, their
//! choices, the mentions they have not seen. One statement.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, run};

/// One thing that waits: `what` it is, its name, its text, and when.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Waits {
    pub(crate) what: String,
    pub(crate) name: String,
    pub(crate) body: String,
    pub(crate) at: Option<DateTime<Utc>>,
}

/// Everything that waits there for this person.
pub(crate) async fn waits(
    on: &impl ConnectionTrait,
    person: PersonId,
    request: RequestId,
    preference: &str,
) -> Result<Vec<Waits>, DbError> {
    let sql = "SELECT 'draft' AS what, kind AS name, body, updated_at AS at FROM composer_draft \
               WHERE person_id = $1 AND request_id = $2 \
               UNION ALL SELECT 'choice', name, value, NULL FROM preference WHERE person_id = $1 AND name = $3 \
               UNION ALL SELECT 'mention', '', '', MAX(created_at) FROM mention \
               WHERE person_id = $1 AND request_id = $2 AND seen_at IS NULL HAVING COUNT(*) > 0";
    all(on, sql, vec![person.0.into(), request.0.into(), preference.into()]).await
}

/// Keeps the text being typed; nothing typed keeps nothing.
pub(crate) async fn keep(
    on: &impl ConnectionTrait,
    person: PersonId,
    request: RequestId,
    (kind, body): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO composer_draft (person_id, request_id, kind, body, updated_at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (person_id, request_id) DO UPDATE SET kind = $3, body = $4, updated_at = $5";
    run(on, sql, vec![person.0.into(), request.0.into(), kind.into(), body.into(), now.into()]).await?;
    Ok(())
}

pub(crate) async fn forget(
    on: &impl ConnectionTrait,
    person: PersonId,
    request: RequestId,
) -> Result<(), DbError> {
    let sql = "DELETE FROM composer_draft WHERE person_id = $1 AND request_id = $2";
    run(on, sql, vec![person.0.into(), request.0.into()]).await?;
    Ok(())
}
