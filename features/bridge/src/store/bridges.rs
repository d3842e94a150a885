//! Bridges, and how far the journal was read for them.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, TeamId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::{BridgeId, Settings, ToolKind};

/// A bridge between a team and its own tool.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Bridge {
    /// Identifier.
    pub id: BridgeId,
    /// What the Region calls it.
    pub name: String,
    /// Slug of the tool.
    pub tool: String,
    /// Its address.
    pub url: String,
    /// Whose requests pass.
    pub team_id: TeamId,
    /// Its name.
    pub team: String,
    /// In whose name what comes is done here.
    pub person_id: PersonId,
    /// Sealed.
    pub(crate) secret: String,
    pub(crate) settings: String,
    /// Who built it.
    pub created_by: PersonId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was stopped for good.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: i32,
    /// Nothing is tried before.
    pub rests_until: Option<DateTime<Utc>>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When the other side last answered.
    pub last_ok_at: Option<DateTime<Utc>>,
}

impl Bridge {
    /// What is on the other side.
    #[must_use]
    pub fn kind(&self) -> ToolKind {
        ToolKind::of(&self.tool).unwrap_or(ToolKind::Beffroi)
    }

    /// What the Region set.
    #[must_use]
    pub fn settings(&self) -> Settings {
        serde_json::from_str(&self.settings).unwrap_or_default()
    }
}

const BRIDGE: &str = "SELECT b.id, b.name, b.tool, b.url, b.team_id, t.name AS team, b.person_id, b.secret, b.settings, \
                      b.created_by, b.created_at, b.stopped_at, b.failures, b.rests_until, b.last_error, b.last_ok_at \
                      FROM bridge b JOIN team t ON t.id = b.team_id";

pub(crate) async fn insert(on: &impl ConnectionTrait, bridge: &Bridge) -> Result<(), DbError> {
    let sql = "INSERT INTO bridge (id, name, tool, url, team_id, person_id, secret, settings, created_by, created_at, failures) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)";
    let values = vec![
        bridge.id.0.into(),
        bridge.name.as_str().into(),
        bridge.tool.as_str().into(),
        bridge.url.as_str().into(),
        bridge.team_id.0.into(),
        bridge.person_id.0.into(),
        bridge.secret.as_str().into(),
        bridge.settings.as_str().into(),
        bridge.created_by.0.into(),
        bridge.created_at.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// Writes back what the Region sets; what it said of failures no longer holds.
pub(crate) async fn update(on: &impl ConnectionTrait, bridge: &Bridge) -> Result<(), DbError> {
    let sql = "UPDATE bridge SET name = $2, url = $3, person_id = $4, secret = $5, settings = $6, failures = 0, \
               rests_until = NULL, last_error = NULL WHERE id = $1";
    let values = vec![
        bridge.id.0.into(),
        bridge.name.as_str().into(),
        bridge.url.as_str().into(),
        bridge.person_id.0.into(),
        bridge.secret.as_str().into(),
        bridge.settings.as_str().into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// Those not stopped, the latest first.
pub(crate) async fn living(on: &impl ConnectionTrait) -> Result<Vec<Bridge>, DbError> {
    let sql = format!("{BRIDGE} WHERE b.stopped_at IS NULL ORDER BY b.created_at DESC, b.id DESC LIMIT 100");
    all(on, &sql, Vec::new()).await
}

pub(crate) async fn find(on: &impl ConnectionTrait, id: BridgeId) -> Result<Option<Bridge>, DbError> {
    one(on, &format!("{BRIDGE} WHERE b.id = $1"), vec![id.0.into()]).await
}

pub(crate) async fn stop(
    on: &impl ConnectionTrait,
    id: BridgeId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE bridge SET stopped_at = $2 WHERE id = $1 AND stopped_at IS NULL";
    Ok(run(on, sql, vec![id.0.into(), now.into()]).await? == 1)
}

/// Notes that the other side answered.
pub(crate) async fn answered(
    on: &impl ConnectionTrait,
    id: BridgeId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let sql = "UPDATE bridge SET failures = 0, rests_until = NULL, last_error = NULL, last_ok_at = $2 WHERE id = $1";
    run(on, sql, vec![id.0.into(), now.into()]).await?;
    Ok(())
}

/// Notes that it did not, and until when it is left alone.
pub(crate) async fn rest(
    on: &impl ConnectionTrait,
    id: BridgeId,
    failures: i32,
    until: DateTime<Utc>,
    why: &str,
) -> Result<(), DbError> {
    let sql = "UPDATE bridge SET failures = $2, rests_until = $3, last_error = $4 WHERE id = $1";
    run(on, sql, vec![id.0.into(), failures.into(), until.into(), why.into()]).await?;
    Ok(())
}

/// Notes why a try failed; nobody waits for that.
pub(crate) async fn said(on: &impl ConnectionTrait, id: BridgeId, why: &str) -> Result<(), DbError> {
    run(on, "UPDATE bridge SET last_error = $2 WHERE id = $1", vec![id.0.into(), why.into()]).await?;
    Ok(())
}

/// Somebody says that the other side is back: it is tried at once.
pub(crate) async fn wake(on: &impl ConnectionTrait, id: BridgeId) -> Result<(), DbError> {
    run(on, "UPDATE bridge SET rests_until = NULL WHERE id = $1", vec![id.0.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Seq {
    seq: i64,
}

/// How far the journal was read; none before the first node started.
pub(crate) async fn head(on: &impl ConnectionTrait) -> Result<Option<i64>, DbError> {
    Ok(one::<Seq>(on, "SELECT seq FROM bridge_head WHERE id = 1", Vec::new()).await?.map(|head| head.seq))
}

/// Begins after what the journal holds now.
pub(crate) async fn begin_head(on: &impl ConnectionTrait) -> Result<(), DbError> {
    let sql = "INSERT INTO bridge_head (id, seq) SELECT 1, seq FROM journal_head WHERE id = 1 \
               ON CONFLICT (id) DO NOTHING";
    run(on, sql, Vec::new()).await?;
    Ok(())
}

/// Moves on from `from` to `to`; false when another node did.
pub(crate) async fn move_head(on: &impl ConnectionTrait, from: i64, to: i64) -> Result<bool, DbError> {
    let sql = "UPDATE bridge_head SET seq = $2 WHERE id = 1 AND seq = $1";
    Ok(run(on, sql, vec![from.into(), to.into()]).await? == 1)
}

/// What an entry of the journal is about.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) subject: String,
}

pub(crate) async fn entries(
    on: &impl ConnectionTrait,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT seq, subject FROM journal_entry WHERE seq > $1 ORDER BY seq LIMIT $2";
    all(on, sql, vec![after.into(), limit.into()]).await
}
