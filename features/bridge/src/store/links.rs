//! Requests that are on both sides.

use beffroi_db::{DbError, sql::places};
use beffroi_kernel::{RequestId, SchoolId};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::{BridgeId, LinkId, LinkState, Standing};
use crate::rules::Sides;

/// A request that is on both sides.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Link {
    /// Identifier.
    pub id: LinkId,
    /// By which bridge.
    pub bridge_id: BridgeId,
    /// The request here.
    pub request_id: RequestId,
    /// Of this school.
    pub school_id: SchoolId,
    /// Its reference.
    pub reference: String,
    /// Slug of [`LinkState`].
    pub state: String,
    /// Its number there.
    pub theirs: Option<String>,
    /// Its page there.
    pub their_url: Option<String>,
    /// Where it stands there, in their code.
    pub their_state: Option<String>,
    /// The same in their words.
    pub their_label: Option<String>,
    pub(crate) seen_ours: Option<String>,
    pub(crate) seen_theirs: Option<String>,
    /// When something last went there.
    pub last_out_at: Option<DateTime<Utc>>,
    /// When something last came from there.
    pub last_in_at: Option<DateTime<Utc>>,
    /// When both sides were last compared.
    pub checked_at: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: i32,
    /// Since when it fails.
    pub failing_since: Option<DateTime<Utc>>,
    /// The next try; none while nothing fails, or when it waits for somebody.
    pub next_at: Option<DateTime<Utc>>,
    /// Why it fails, in French.
    pub last_error: Option<String>,
}

impl Link {
    /// Where both sides stood when they were last compared.
    #[must_use]
    pub fn seen(&self) -> Option<Sides> {
        let ours = Standing::of(self.seen_ours.as_deref()?)?;
        let theirs = Standing::of(self.seen_theirs.as_deref()?)?;
        Some(Sides { ours, theirs })
    }

    /// Whether it is on both sides.
    #[must_use]
    pub fn standing(&self) -> LinkState {
        LinkState::of(&self.state).unwrap_or(LinkState::Ended)
    }
}

const LINK: &str = "SELECT l.id, l.bridge_id, l.request_id, r.school_id, r.reference, l.state, l.theirs, l.their_url, \
                    l.their_state, l.their_label, l.seen_ours, l.seen_theirs, l.last_out_at, l.last_in_at, l.checked_at, \
                    l.failures, l.failing_since, l.next_at, l.last_error \
                    FROM bridge_link l JOIN request r ON r.id = l.request_id";

/// A request that should be on both sides, and its link when there is one.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Concerned {
    pub(crate) request_id: RequestId,
    /// The bridge of its present team.
    pub(crate) bridge_id: Option<BridgeId>,
    pub(crate) active: bool,
}

/// Those of these requests that a team received, with the living bridge of their team.
pub(crate) async fn concerned(
    on: &impl ConnectionTrait,
    ids: &[RequestId],
) -> Result<Vec<Concerned>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT r.id AS request_id, b.id AS bridge_id, r.active FROM request r \
         LEFT JOIN bridge b ON b.team_id = r.team_id AND b.stopped_at IS NULL \
         WHERE r.sent_at IS NOT NULL AND r.id IN ({})",
        places(1, ids.len())
    );
    all(on, &sql, ids.iter().map(|id| id.0.into()).collect()).await
}

/// The links of these requests whose bridge lives.
pub(crate) async fn of_requests(on: &impl ConnectionTrait, ids: &[RequestId]) -> Result<Vec<Link>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "{LINK} JOIN bridge b ON b.id = l.bridge_id WHERE b.stopped_at IS NULL AND l.request_id IN ({}) ORDER BY l.id",
        places(1, ids.len())
    );
    all(on, &sql, ids.iter().map(|id| id.0.into()).collect()).await
}

/// Every link of a request, those of stopped bridges too.
pub(crate) async fn of_request(on: &impl ConnectionTrait, id: RequestId) -> Result<Vec<Link>, DbError> {
    all(on, &format!("{LINK} WHERE l.request_id = $1 ORDER BY l.id"), vec![id.0.into()]).await
}

pub(crate) async fn find(on: &impl ConnectionTrait, id: LinkId) -> Result<Option<Link>, DbError> {
    one(on, &format!("{LINK} WHERE l.id = $1"), vec![id.0.into()]).await
}

/// The link of that number of this bridge: another bridge's does not exist.
pub(crate) async fn by_theirs(
    on: &impl ConnectionTrait,
    bridge: BridgeId,
    theirs: &str,
) -> Result<Option<Link>, DbError> {
    one(on, &format!("{LINK} WHERE l.bridge_id = $1 AND l.theirs = $2"), vec![bridge.0.into(), theirs.into()])
        .await
}

/// Keeps a link to open there; none when there is one.
pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    (bridge, request): (BridgeId, RequestId),
    now: DateTime<Utc>,
) -> Result<Option<LinkId>, DbError> {
    let sql = "INSERT INTO bridge_link (id, bridge_id, request_id, state, check_at, failures, created_at) \
               VALUES ($1, $2, $3, 'opening', $4, 0, $4) ON CONFLICT (request_id, bridge_id) DO NOTHING";
    let id = LinkId::new();
    let values = vec![id.0.into(), bridge.0.into(), request.0.into(), now.into()];
    Ok((run(on, sql, values).await? == 1).then_some(id))
}

/// Takes the link in hand until `until`; false when another does.
pub(crate) async fn take(
    on: &impl ConnectionTrait,
    id: LinkId,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, DbError> {
    let sql =
        "UPDATE bridge_link SET busy_until = $3 WHERE id = $1 AND (busy_until IS NULL OR busy_until <= $2)";
    Ok(run(on, sql, vec![id.0.into(), now.into(), until.into()]).await? == 1)
}

/// The request exists there under this number.
pub(crate) async fn opened(
    on: &impl ConnectionTrait,
    id: LinkId,
    theirs: &str,
    url: &str,
) -> Result<bool, DbError> {
    let sql = "UPDATE bridge_link SET state = 'linked', theirs = $2, their_url = $3 WHERE id = $1 AND theirs IS NULL";
    Ok(run(on, sql, vec![id.0.into(), theirs.into(), url.into()]).await? == 1)
}

pub(crate) async fn set_state(
    on: &impl ConnectionTrait,
    id: LinkId,
    state: LinkState,
) -> Result<(), DbError> {
    run(on, "UPDATE bridge_link SET state = $2 WHERE id = $1", vec![id.0.into(), state.slug().into()])
        .await?;
    Ok(())
}

/// Something passed.
pub(crate) async fn passed(
    on: &impl ConnectionTrait,
    id: LinkId,
    outwards: bool,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let column = if outwards { "last_out_at" } else { "last_in_at" };
    let sql = format!("UPDATE bridge_link SET {column} = $2 WHERE id = $1");
    run(on, &sql, vec![id.0.into(), now.into()]).await?;
    Ok(())
}

/// Where it stands there, as just read.
pub(crate) async fn read(
    on: &impl ConnectionTrait,
    id: LinkId,
    (state, label): (&str, &str),
) -> Result<(), DbError> {
    let sql = "UPDATE bridge_link SET their_state = $2, their_label = $3 WHERE id = $1";
    run(on, sql, vec![id.0.into(), state.into(), label.into()]).await?;
    Ok(())
}

/// Both sides were compared: where they stand, and when to look again.
pub(crate) async fn compared(
    on: &impl ConnectionTrait,
    id: LinkId,
    seen: Option<Sides>,
    (now, next): (DateTime<Utc>, TimeDelta),
) -> Result<(), DbError> {
    let sql = "UPDATE bridge_link SET seen_ours = COALESCE($2, seen_ours), seen_theirs = COALESCE($3, seen_theirs), \
               checked_at = $4, check_at = $5, failures = 0, failing_since = NULL, next_at = NULL, last_error = NULL, \
               busy_until = NULL WHERE id = $1";
    let values = vec![
        id.0.into(),
        seen.map(|seen| seen.ours.slug()).into(),
        seen.map(|seen| seen.theirs.slug()).into(),
        now.into(),
        (now + next).into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// It failed, and why; it is tried again at `next`, or waits for somebody.
pub(crate) async fn failed(
    on: &impl ConnectionTrait,
    link: &Link,
    why: &str,
    (now, next): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<(), DbError> {
    let sql = "UPDATE bridge_link SET failures = $2, failing_since = COALESCE(failing_since, $3), next_at = $4, \
               last_error = $5, busy_until = NULL WHERE id = $1";
    let values =
        vec![link.id.0.into(), link.failures.saturating_add(1).into(), now.into(), next.into(), why.into()];
    run(on, sql, values).await?;
    Ok(())
}

/// Lets go of a link that was not compared to the end.
pub(crate) async fn release(on: &impl ConnectionTrait, id: LinkId) -> Result<(), DbError> {
    run(on, "UPDATE bridge_link SET busy_until = NULL WHERE id = $1", vec![id.0.into()]).await?;
    Ok(())
}

/// It is compared at that instant.
pub(crate) async fn wait_until(
    on: &impl ConnectionTrait,
    id: LinkId,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    run(on, "UPDATE bridge_link SET next_at = $2 WHERE id = $1", vec![id.0.into(), at.into()]).await?;
    Ok(())
}

/// The links of a bridge that were not compared for long, the longest first.
pub(crate) async fn to_check(
    on: &impl ConnectionTrait,
    bridge: BridgeId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Link>, DbError> {
    let sql = format!(
        "{LINK} WHERE l.bridge_id = $1 AND l.state = 'linked' AND l.check_at <= $2 ORDER BY l.check_at LIMIT $3"
    );
    all(on, &sql, vec![bridge.0.into(), now.into(), limit.into()]).await
}

pub(crate) async fn check_at(
    on: &impl ConnectionTrait,
    id: LinkId,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    run(on, "UPDATE bridge_link SET check_at = $2 WHERE id = $1", vec![id.0.into(), at.into()]).await?;
    Ok(())
}

/// How the links of a bridge stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Tally {
    /// On both sides, or on their way.
    pub running: i64,
    /// Failing.
    pub failing: i64,
}

/// The same, of which bridge.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(crate) struct OfBridge {
    pub(crate) bridge_id: BridgeId,
    #[sea_orm(nested)]
    pub(crate) tally: Tally,
}

pub(crate) async fn tallies(on: &impl ConnectionTrait) -> Result<Vec<OfBridge>, DbError> {
    let sql = "SELECT bridge_id, COUNT(*) AS running, COUNT(failing_since) AS failing FROM bridge_link \
               WHERE state IN ('opening', 'linked') GROUP BY bridge_id";
    all(on, sql, Vec::new()).await
}

/// The links of a bridge that fail, the latest first.
pub(crate) async fn failing(
    on: &impl ConnectionTrait,
    bridge: BridgeId,
    limit: i64,
) -> Result<Vec<Link>, DbError> {
    let sql = format!(
        "{LINK} WHERE l.bridge_id = $1 AND l.state IN ('opening', 'linked') AND l.failing_since IS NOT NULL \
         ORDER BY l.failing_since DESC, l.id DESC LIMIT $2"
    );
    all(on, &sql, vec![bridge.0.into(), limit.into()]).await
}
