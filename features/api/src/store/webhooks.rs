//! Webhooks, how far the journal was read for them, and what they delivered.

use beffroi_db::{DbError, Tx};
use beffroi_kernel::PersonId;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};
use crate::model::{DeliveryId, WebhookId};

/// A subscription of another program.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Webhook {
    /// Identifier.
    pub id: WebhookId,
    /// What the Region calls it.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// Sealed.
    pub(crate) secret: String,
    /// Slugs of what it is told, with commas.
    pub(crate) events: String,
    /// Who subscribed.
    pub created_by: PersonId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was stopped for good.
    pub stopped_at: Option<DateTime<Utc>>,
    /// Failures in a row.
    pub failures: i32,
    /// Nothing is tried before.
    pub rests_until: Option<DateTime<Utc>>,
}

/// One event told to one webhook.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Delivery {
    /// Identifier, and `webhook-id`.
    pub id: DeliveryId,
    /// To whom.
    pub webhook_id: WebhookId,
    /// What.
    pub event: String,
    /// On which request.
    pub reference: String,
    pub(crate) body: String,
    /// Slug of where it stands.
    pub state: String,
    pub(crate) round: i32,
    /// Failures so far.
    pub attempts: i32,
    /// The status of the last answer.
    pub last_status: Option<i32>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// The next try.
    pub next_at: Option<DateTime<Utc>>,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// When it was taken, or set aside.
    pub settled_at: Option<DateTime<Utc>>,
}

const WEBHOOK: &str = "SELECT id, name, url, secret, events, created_by, created_at, stopped_at, failures, rests_until \
                       FROM webhook";
const DELIVERY: &str = "SELECT id, webhook_id, event, reference, body, state, round, attempts, last_status, last_error, \
                        next_at, created_at, settled_at FROM webhook_delivery";

pub(crate) async fn insert(on: &impl ConnectionTrait, webhook: &Webhook) -> Result<(), DbError> {
    let sql = "INSERT INTO webhook (id, name, url, secret, events, created_by, created_at, failures) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
    let values = vec![
        webhook.id.0.into(),
        webhook.name.as_str().into(),
        webhook.url.as_str().into(),
        webhook.secret.as_str().into(),
        webhook.events.as_str().into(),
        webhook.created_by.0.into(),
        webhook.created_at.into(),
    ];
    run(on, sql, values).await?;
    Ok(())
}

/// Those not stopped, the latest first.
pub(crate) async fn living(on: &impl ConnectionTrait) -> Result<Vec<Webhook>, DbError> {
    let sql = format!("{WEBHOOK} WHERE stopped_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 100");
    all(on, &sql, Vec::new()).await
}

pub(crate) async fn find(on: &impl ConnectionTrait, id: WebhookId) -> Result<Option<Webhook>, DbError> {
    one(on, &format!("{WEBHOOK} WHERE id = $1"), vec![id.0.into()]).await
}

pub(crate) async fn stop(
    on: &impl ConnectionTrait,
    id: WebhookId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "UPDATE webhook SET stopped_at = $2 WHERE id = $1 AND stopped_at IS NULL";
    Ok(run(on, sql, vec![id.0.into(), now.into()]).await? == 1)
}

/// Notes that it answered, or until when it is left alone.
pub(crate) async fn rest(
    on: &impl ConnectionTrait,
    id: WebhookId,
    failures: i32,
    until: Option<DateTime<Utc>>,
) -> Result<(), DbError> {
    let sql = "UPDATE webhook SET failures = $2, rests_until = $3 WHERE id = $1";
    run(on, sql, vec![id.0.into(), failures.into(), until.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Seq {
    seq: i64,
}

/// How far the journal was read; none before the first node started.
pub(crate) async fn head(on: &impl ConnectionTrait) -> Result<Option<i64>, DbError> {
    Ok(one::<Seq>(on, "SELECT seq FROM webhook_head WHERE id = 1", Vec::new()).await?.map(|head| head.seq))
}

/// Begins after what the journal holds now: what is past is told to nobody.
pub(crate) async fn begin_head(on: &impl ConnectionTrait) -> Result<(), DbError> {
    let sql = "INSERT INTO webhook_head (id, seq) SELECT 1, seq FROM journal_head WHERE id = 1 \
               ON CONFLICT (id) DO NOTHING";
    run(on, sql, Vec::new()).await?;
    Ok(())
}

/// Moves on from `from` to `to`; false when another node did.
pub(crate) async fn move_head(on: &impl ConnectionTrait, from: i64, to: i64) -> Result<bool, DbError> {
    let sql = "UPDATE webhook_head SET seq = $2 WHERE id = 1 AND seq = $1";
    Ok(run(on, sql, vec![from.into(), to.into()]).await? == 1)
}

/// What happened, as the journal keeps it.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Entry {
    pub(crate) seq: i64,
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: String,
    pub(crate) subject: String,
}

pub(crate) async fn entries(
    on: &impl ConnectionTrait,
    after: i64,
    limit: i64,
) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT seq, at, kind, subject FROM journal_entry WHERE seq > $1 ORDER BY seq LIMIT $2";
    all(on, sql, vec![after.into(), limit.into()]).await
}

/// A delivery to make.
pub(crate) struct NewDelivery<'a> {
    pub(crate) webhook: WebhookId,
    pub(crate) happening: &'a str,
    pub(crate) event: &'a str,
    pub(crate) reference: &'a str,
    pub(crate) body: &'a str,
}

/// Keeps a delivery and gives its identifier; none when that webhook is told of it already.
pub(crate) async fn insert_delivery(tx: &Tx, new: &NewDelivery<'_>) -> Result<Option<DeliveryId>, DbError> {
    let sql = "INSERT INTO webhook_delivery (id, webhook_id, happening, event, reference, body, state, round, attempts, \
               next_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, 0, $7, $7) \
               ON CONFLICT (webhook_id, happening) DO NOTHING";
    let id = DeliveryId::new();
    let values = vec![
        id.0.into(),
        new.webhook.0.into(),
        new.happening.into(),
        new.event.into(),
        new.reference.into(),
        new.body.into(),
        tx.now().into(),
    ];
    Ok((run(tx.on(), sql, values).await? == 1).then_some(id))
}

pub(crate) async fn delivery(on: &impl ConnectionTrait, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    one(on, &format!("{DELIVERY} WHERE id = $1"), vec![id.0.into()]).await
}

/// Writes back where a delivery stands; false when another run moved it on.
pub(crate) async fn settle(
    on: &impl ConnectionTrait,
    now: &Delivery,
    before: &Delivery,
) -> Result<bool, DbError> {
    let sql = "UPDATE webhook_delivery SET state = $4, round = $5, attempts = $6, last_status = $7, last_error = $8, \
               next_at = $9, settled_at = $10 WHERE id = $1 AND round = $2 AND attempts = $3";
    let values = vec![
        now.id.0.into(),
        before.round.into(),
        before.attempts.into(),
        now.state.as_str().into(),
        now.round.into(),
        now.attempts.into(),
        now.last_status.into(),
        now.last_error.clone().into(),
        now.next_at.into(),
        now.settled_at.into(),
    ];
    Ok(run(on, sql, values).await? == 1)
}

/// A page of the deliveries of a webhook, the latest first.
pub(crate) async fn deliveries(
    on: &impl ConnectionTrait,
    webhook: WebhookId,
    after: Option<(DateTime<Utc>, DeliveryId)>,
    limit: i64,
) -> Result<Vec<Delivery>, DbError> {
    let order = "ORDER BY created_at DESC, id DESC LIMIT";
    match after {
        None => {
            let sql = format!("{DELIVERY} WHERE webhook_id = $1 {order} $2");
            all(on, &sql, vec![webhook.0.into(), limit.into()]).await
        }
        Some((at, id)) => {
            let sql = format!("{DELIVERY} WHERE webhook_id = $1 AND (created_at, id) < ($2, $3) {order} $4");
            all(on, &sql, vec![webhook.0.into(), at.into(), id.0.into(), limit.into()]).await
        }
    }
}

/// How many deliveries of each living webhook are set aside.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Aside {
    pub(crate) webhook_id: WebhookId,
    pub(crate) n: i64,
}

pub(crate) async fn aside(on: &impl ConnectionTrait) -> Result<Vec<Aside>, DbError> {
    let sql = "SELECT d.webhook_id, COUNT(*) AS n FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id \
               WHERE d.state = 'parked' AND w.stopped_at IS NULL GROUP BY d.webhook_id";
    all(on, sql, Vec::new()).await
}

/// Deliveries settled before that instant are forgotten.
pub(crate) async fn forget(on: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64, DbError> {
    run(on, "DELETE FROM webhook_delivery WHERE settled_at < $1", vec![before.into()]).await
}
