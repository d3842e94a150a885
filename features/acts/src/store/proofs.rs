//! What was stated of acts, their timestamps, and what a code confirms.

use beffroi_db::DbError;
use beffroi_kernel::{ActId, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::Act;

/// What anybody may learn of a signed act by its code: no text, no name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Known {
    pub kind: String,
    pub state: String,
    pub school: String,
    pub uai: String,
    pub signed_at: DateTime<Utc>,
    pub in_force_at: Option<DateTime<Utc>>,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    pub suspended_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// The signed act of that code: one statement, by an index, whether there is one or not.
pub(crate) async fn by_code(on: &impl ConnectionTrait, code: &str) -> Result<Option<Known>, DbError> {
    let sql = "SELECT a.kind, a.state, s.name AS school, s.uai, a.signed_at, a.in_force_at, a.starts_on, a.ends_on, \
               a.suspended_at, a.ended_at \
               FROM act a JOIN school s ON s.id = a.school_id WHERE a.code = $1 AND a.signed_at IS NOT NULL";
    one(on, sql, vec![code.into()]).await
}

/// Keeps what was stated of an act, once and for all.
pub(crate) async fn keep_statement(
    on: &impl ConnectionTrait,
    act: ActId,
    statement: &str,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "INSERT INTO act_statement (act_id, statement, made_at) VALUES ($1, $2, $3)";
    run(on, sql, vec![act.0.into(), statement.into(), now.into()]).await?;
    Ok(())
}

/// What was stated of an act, when it is signed.
pub(crate) async fn statement(on: &impl ConnectionTrait, act: ActId) -> Result<Option<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Kept {
        statement: String,
    }
    let sql = "SELECT statement FROM act_statement WHERE act_id = $1";
    Ok(one::<Kept>(on, sql, vec![act.0.into()]).await?.map(|kept| kept.statement))
}

/// A timestamp to keep.
pub(crate) struct NewStamp<'a> {
    pub act: ActId,
    pub authority: &'a str,
    pub certified_at: DateTime<Utc>,
    pub response: &'a [u8],
}

/// Keeps a timestamp, once an act: whether this is the one.
pub(crate) async fn keep_stamp(
    on: &impl ConnectionTrait,
    stamp: &NewStamp<'_>,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO act_timestamp (act_id, authority, certified_at, response, received_at) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (act_id) DO NOTHING";
    let values: Vec<Value> = vec![
        stamp.act.0.into(),
        stamp.authority.into(),
        stamp.certified_at.into(),
        stamp.response.to_vec().into(),
        now.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

/// The authority's whole answer about an act.
pub(crate) async fn stamp(on: &impl ConnectionTrait, act: ActId) -> Result<Option<Vec<u8>>, DbError> {
    #[derive(FromQueryResult)]
    struct Kept {
        response: Vec<u8>,
    }
    let sql = "SELECT response FROM act_timestamp WHERE act_id = $1";
    Ok(one::<Kept>(on, sql, vec![act.0.into()]).await?.map(|kept| kept.response))
}

/// Whether an act is timestamped.
pub(crate) async fn stamped(on: &impl ConnectionTrait, act: ActId) -> Result<bool, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        #[expect(dead_code, reason = "its presence is the answer")]
        act_id: ActId,
    }
    let sql = "SELECT act_id FROM act_timestamp WHERE act_id = $1";
    Ok(one::<Row>(on, sql, vec![act.0.into()]).await?.is_some())
}

/// Signed acts without a timestamp, oldest first.
pub(crate) async fn unstamped(on: &impl ConnectionTrait, limit: u64) -> Result<Vec<ActId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        act_id: ActId,
    }
    let sql = "SELECT s.act_id FROM act_statement s LEFT JOIN act_timestamp t ON t.act_id = s.act_id \
               WHERE t.act_id IS NULL ORDER BY s.act_id LIMIT $1";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(all::<Row>(on, sql, vec![limit.into()]).await?.into_iter().map(|row| row.act_id).collect())
}

/// The identifiers of acts, in their order, after one of them.
pub(crate) async fn ids(
    on: &impl ConnectionTrait,
    after: Option<ActId>,
    limit: u64,
) -> Result<Vec<ActId>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        id: ActId,
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let after = after.map_or(uuid::Uuid::nil(), |id| id.0);
    let sql = "SELECT id FROM act WHERE id > $1 ORDER BY id LIMIT $2";
    Ok(all::<Row>(on, sql, vec![after.into(), limit.into()]).await?.into_iter().map(|row| row.id).collect())
}

/// One act, whoever asks: for the check of the whole database by its operator.
pub(crate) async fn act(on: &impl ConnectionTrait, id: ActId) -> Result<Option<Act>, DbError> {
    super::acts::find(on, &Scope::system("the operator checks every act against the journal"), id).await
}

/// Every act that the journal says was prepared, with the entry that says so.
pub(crate) async fn opened(on: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        subject: String,
        seq: i64,
    }
    let sql = "SELECT subject, seq FROM journal_entry WHERE kind = $1 ORDER BY seq";
    let rows: Vec<Row> = all(on, sql, vec!["act.opened".into()]).await?;
    Ok(rows.into_iter().map(|row| (row.subject, row.seq)).collect())
}
