//! Answers kept for calls that are sent twice.

use beffroi_db::DbError;
use beffroi_kernel::DraftId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{one, run};
use crate::model::TokenId;

/// A call that had its effect, or begins to have it.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Call {
    pub(crate) fingerprint: String,
    pub(crate) status: Option<i32>,
    pub(crate) body: Option<String>,
    pub(crate) draft_id: Option<DraftId>,
}

pub(crate) async fn find(
    on: &impl ConnectionTrait,
    (token, key): (TokenId, &str),
    since: DateTime<Utc>,
) -> Result<Option<Call>, DbError> {
    let sql = "SELECT fingerprint, status, body, draft_id FROM api_call \
               WHERE token_id = $1 AND call_key = $2 AND created_at > $3";
    one(on, sql, vec![token.0.into(), key.into(), since.into()]).await
}

/// What is kept of a call.
pub(crate) struct NewCall<'a> {
    pub(crate) token: TokenId,
    pub(crate) key: &'a str,
    pub(crate) fingerprint: &'a str,
    /// Status and body of its answer; none while its request is begun and not yet sent.
    pub(crate) answer: Option<(u16, &'a str)>,
    pub(crate) draft: Option<DraftId>,
}

/// Keeps a call; false when it is kept already. Those kept for longer than `since` are forgotten first.
pub(crate) async fn keep(
    on: &impl ConnectionTrait,
    call: &NewCall<'_>,
    (now, since): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, DbError> {
    run(on, "DELETE FROM api_call WHERE created_at <= $1", vec![since.into()]).await?;
    let sql = "INSERT INTO api_call (token_id, call_key, fingerprint, status, body, draft_id, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token_id, call_key) DO NOTHING";
    let values = vec![
        call.token.0.into(),
        call.key.into(),
        call.fingerprint.into(),
        call.answer.map(|(status, _)| i32::from(status)).into(),
        call.answer.map(|(_, body)| body.to_owned()).into(),
        call.draft.map(|draft| draft.0).into(),
        now.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

/// Keeps the answer of a call begun before.
pub(crate) async fn finish(
    on: &impl ConnectionTrait,
    (token, key): (TokenId, &str),
    (status, body): (u16, &str),
) -> Result<(), DbError> {
    let sql = "UPDATE api_call SET status = $3, body = $4 WHERE token_id = $1 AND call_key = $2";
    run(on, sql, vec![token.0.into(), key.into(), i32::from(status).into(), body.into()]).await?;
    Ok(())
}

/// Forgets a call whose request is refused: mended, it may be sent under the same key.
pub(crate) async fn forget(on: &impl ConnectionTrait, (token, key): (TokenId, &str)) -> Result<(), DbError> {
    let sql = "DELETE FROM api_call WHERE token_id = $1 AND call_key = $2 AND status IS NULL";
    run(on, sql, vec![token.0.into(), key.into()]).await?;
    Ok(())
}
