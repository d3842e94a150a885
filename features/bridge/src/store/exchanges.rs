//! What passed between the two sides of a request, once each thing.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{all, one, run};
use crate::model::{ExchangeId, ExchangeState, Kind, LinkId, Way};

/// One thing that passes.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Exchange {
    /// Identifier, and the key under which the other side knows it.
    pub id: ExchangeId,
    /// Of which request.
    pub link_id: LinkId,
    /// Slug of [`Way`].
    pub way: String,
    /// Slug of [`Kind`].
    pub kind: String,
    /// What it is here.
    pub ours: Option<Uuid>,
    /// What it is there.
    pub theirs: Option<String>,
    /// Slug of [`ExchangeState`].
    pub state: String,
    /// Tries so far.
    pub attempts: i32,
    /// Why it is not done, in French.
    pub last_error: Option<String>,
    /// What it is, in a few words, never those that people wrote.
    pub label: String,
    pub(crate) body: Option<String>,
    /// When it was met.
    pub created_at: DateTime<Utc>,
    /// When it passed.
    pub done_at: Option<DateTime<Utc>>,
}

impl Exchange {
    /// A thing to pass.
    pub(crate) fn new(link: LinkId, way: Way, kind: Kind, label: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: ExchangeId::new(),
            link_id: link,
            way: way.slug().into(),
            kind: kind.slug().into(),
            ours: None,
            theirs: None,
            state: ExchangeState::Waiting.slug().into(),
            attempts: 0,
            last_error: None,
            label: label.chars().take(120).collect(),
            body: None,
            created_at: now,
            done_at: None,
        }
    }

    /// The same, passed already.
    pub(crate) fn done(self) -> Self {
        Self { state: ExchangeState::Done.slug().into(), done_at: Some(self.created_at), ..self }
    }

    pub(crate) fn is(&self, way: Way, kind: Kind) -> bool {
        self.way == way.slug() && self.kind == kind.slug()
    }

    /// How it went.
    #[must_use]
    pub fn standing(&self) -> ExchangeState {
        ExchangeState::of(&self.state).unwrap_or(ExchangeState::Aside)
    }
}

const EXCHANGE: &str = "SELECT id, link_id, way, kind, ours, theirs, state, attempts, last_error, label, body, created_at, done_at \
                        FROM bridge_exchange";

/// Keeps one; false when that thing of that side is known.
pub(crate) async fn insert(on: &impl ConnectionTrait, one: &Exchange) -> Result<bool, DbError> {
    let sql = "INSERT INTO bridge_exchange (id, link_id, way, kind, ours, theirs, state, attempts, last_error, label, body, \
               created_at, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    let values = vec![
        one.id.0.into(),
        one.link_id.0.into(),
        one.way.as_str().into(),
        one.kind.as_str().into(),
        one.ours.into(),
        one.theirs.clone().into(),
        one.state.as_str().into(),
        one.attempts.into(),
        one.last_error.clone().into(),
        one.label.as_str().into(),
        one.body.clone().into(),
        one.created_at.into(),
        one.done_at.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

/// Everything that passed or waits, the oldest first.
pub(crate) async fn of_link(on: &impl ConnectionTrait, link: LinkId) -> Result<Vec<Exchange>, DbError> {
    all(on, &format!("{EXCHANGE} WHERE link_id = $1 ORDER BY created_at, id"), vec![link.0.into()]).await
}

/// The latest, newest first.
pub(crate) async fn latest(
    on: &impl ConnectionTrait,
    link: LinkId,
    limit: i64,
) -> Result<Vec<Exchange>, DbError> {
    let sql = format!("{EXCHANGE} WHERE link_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
    all(on, &sql, vec![link.0.into(), limit.into()]).await
}

/// It is about to be tried: whatever comes of it is not known before it is written.
pub(crate) async fn tried(on: &impl ConnectionTrait, id: ExchangeId) -> Result<(), DbError> {
    let sql = "UPDATE bridge_exchange SET attempts = attempts + 1 WHERE id = $1";
    run(on, sql, vec![id.0.into()]).await?;
    Ok(())
}

/// It passed; false when it had.
pub(crate) async fn settle(
    on: &impl ConnectionTrait,
    id: ExchangeId,
    theirs: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE bridge_exchange SET state = 'done', theirs = COALESCE($2, theirs), done_at = $3, last_error = NULL, body = NULL \
               WHERE id = $1 AND state <> 'done'";
    Ok(run(on, sql, vec![id.0.into(), theirs.into(), now.into()]).await? == 1)
}

/// Both sides stand the same: no change of state waits any more.
pub(crate) async fn settle_states(
    on: &impl ConnectionTrait,
    link: LinkId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE bridge_exchange SET state = 'done', done_at = $2, last_error = NULL \
               WHERE link_id = $1 AND way = 'out' AND kind = 'state' AND state <> 'done'";
    run(on, sql, vec![link.0.into(), now.into()]).await?;
    Ok(())
}

/// It did not pass, and why; `aside` waits for somebody.
pub(crate) async fn fail(
    on: &impl ConnectionTrait,
    id: ExchangeId,
    why: &str,
    aside: bool,
) -> Result<(), DbError> {
    let state = if aside { ExchangeState::Aside } else { ExchangeState::Waiting };
    let sql = "UPDATE bridge_exchange SET state = $2, last_error = $3 WHERE id = $1 AND state <> 'done'";
    run(on, sql, vec![id.0.into(), state.slug().into(), why.into()]).await?;
    Ok(())
}

/// What was set aside is to be done again.
pub(crate) async fn take_back(on: &impl ConnectionTrait, link: LinkId) -> Result<u64, DbError> {
    let sql =
        "UPDATE bridge_exchange SET state = 'waiting' WHERE link_id = $1 AND state = 'aside' AND way = 'out'";
    let sent = run(on, sql, vec![link.0.into()]).await?;
    // What came and was refused here is met again where it is.
    let sql = "DELETE FROM bridge_exchange WHERE link_id = $1 AND state = 'aside' AND way = 'in'";
    Ok(sent + run(on, sql, vec![link.0.into()]).await?)
}

#[derive(FromQueryResult)]
struct Written {
    id: Uuid,
}

/// The last message that this person wrote on a request: within a transaction that has just written one,
/// that one.
pub(crate) async fn last_message(
    on: &impl ConnectionTrait,
    request: RequestId,
    author: PersonId,
) -> Result<Option<Uuid>, DbError> {
    let sql = "SELECT id FROM message WHERE request_id = $1 AND author_id = $2 AND kind = 'public' ORDER BY id DESC LIMIT 1";
    Ok(one::<Written>(on, sql, vec![request.0.into(), author.0.into()]).await?.map(|one| one.id))
}

/// The last file that this person joined to a request: as above.
pub(crate) async fn last_file(
    on: &impl ConnectionTrait,
    request: RequestId,
    author: PersonId,
) -> Result<Option<Uuid>, DbError> {
    let sql = "SELECT id FROM attachment WHERE request_id = $1 AND person_id = $2 ORDER BY id DESC LIMIT 1";
    Ok(one::<Written>(on, sql, vec![request.0.into(), author.0.into()]).await?.map(|one| one.id))
}

/// What of a request waits or was set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Left {
    pub(crate) waiting: i64,
    pub(crate) aside: i64,
}

pub(crate) async fn left(on: &impl ConnectionTrait, link: LinkId) -> Result<Left, DbError> {
    let sql = "SELECT COALESCE(SUM(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0) AS waiting, \
               COALESCE(SUM(CASE WHEN state = 'aside' THEN 1 ELSE 0 END), 0) AS aside \
               FROM bridge_exchange WHERE link_id = $1";
    Ok(one(on, sql, vec![link.0.into()]).await?.unwrap_or_default())
}
