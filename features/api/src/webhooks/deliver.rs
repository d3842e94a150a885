//! One delivery: a job of the outbox, sent at least once, tried again later and later, set aside in the
//! end. A program that does not answer is left alone for a while: it delays its own messages, nobody's else.

use beffroi_db::{DbError, NewJob, Tx};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::client::{self, Answer};
use crate::Api;
use crate::model::{DeliveryId, DeliveryState};
use crate::rules::patience::{is_over, wait_after};
use crate::store::webhooks::{self as store, Delivery, Webhook};

/// The job that makes a delivery.
pub const DELIVER_JOB: &str = "api.deliver";

/// A try of a delivery: one that was made already is not made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    delivery: DeliveryId,
    round: i32,
    attempt: i32,
}

impl Due {
    pub(super) fn first(delivery: DeliveryId) -> Self {
        Self { delivery, round: 0, attempt: 0 }
    }

    pub(super) fn of(delivery: &Delivery) -> Self {
        Self { delivery: delivery.id, round: delivery.round, attempt: delivery.attempts }
    }
}

/// Makes a delivery, or puts it off.
///
/// # Errors
/// When the database does not answer; what the other program answers is kept, never an error.
pub async fn deliver(api: &Api, due: Due) -> Result<(), DbError> {
    let db = &api.desk.site.db;
    let Some(delivery) = store::delivery(db.read(), due.delivery).await? else { return Ok(()) };
    let waits = delivery.state == DeliveryState::Waiting.slug();
    if !waits || Due::of(&delivery) != due {
        return Ok(());
    }
    let webhook = store::find(db.read(), delivery.webhook_id).await?;
    let Some(webhook) = webhook.filter(|webhook| webhook.stopped_at.is_none()) else {
        let parked = Delivery {
            last_error: Some("abonnement arrêté".into()),
            ..over(&delivery, DeliveryState::Parked, db.now())
        };
        return db.write(async |tx| store::settle(tx.on(), &parked, &delivery).await.map(|_| ())).await;
    };
    if let Some(until) = webhook.rests_until.filter(|until| *until > db.now()) {
        return put_off(api, &delivery, until).await;
    }
    let answer = send(api, &webhook, &delivery).await;
    db.write(async |tx| note(tx, &webhook, &delivery, &answer).await).await
}

async fn send(api: &Api, webhook: &Webhook, delivery: &Delivery) -> Answer {
    let Some(secret) = api.sealing.open(&webhook.id.to_string(), &webhook.secret) else {
        return Answer::failed("le secret de cet abonnement ne peut plus être lu : créez-en un autre");
    };
    let message = client::Message {
        url: webhook.url.clone(),
        id: delivery.id.to_string(),
        second: api.desk.site.db.now().timestamp(),
        body: delivery.body.clone(),
        secret,
    };
    let networks = (*api.networks).clone();
    let sent = tokio::task::spawn_blocking(move || client::send(&message, networks)).await;
    sent.unwrap_or_else(|_| Answer::failed("envoi interrompu"))
}

fn over(delivery: &Delivery, state: DeliveryState, now: DateTime<Utc>) -> Delivery {
    Delivery { state: state.slug().into(), settled_at: Some(now), next_at: None, ..delivery.clone() }
}

/// The other program is left alone: this message waits with it, without counting a try.
async fn put_off(api: &Api, delivery: &Delivery, until: DateTime<Utc>) -> Result<(), DbError> {
    let db = &api.desk.site.db;
    if is_over(0, delivery.created_at, db.now()) {
        let parked = over(delivery, DeliveryState::Parked, db.now());
        return db.write(async |tx| store::settle(tx.on(), &parked, delivery).await.map(|_| ())).await;
    }
    let later = Delivery { next_at: Some(until), ..delivery.clone() };
    db.write(async |tx| {
        if store::settle(tx.on(), &later, delivery).await? {
            // One after the other once it is back, not all at once.
            tx.enqueue(NewJob::new(DELIVER_JOB, &Due::of(delivery)).at(until + TimeDelta::seconds(1)))
                .await?;
        }
        Ok(())
    })
    .await
}

/// Keeps what came of a try, and plans the next.
async fn note(tx: &Tx, webhook: &Webhook, delivery: &Delivery, answer: &Answer) -> Result<(), DbError> {
    let tried = Delivery {
        last_status: answer.status.map(i32::from),
        last_error: answer.error.clone(),
        ..delivery.clone()
    };
    if answer.is_taken() {
        store::settle(tx.on(), &over(&tried, DeliveryState::Delivered, tx.now()), delivery).await?;
        return store::rest(tx.on(), webhook.id, 0, None).await;
    }
    let failures = webhook.failures.saturating_add(1);
    let until = tx.now() + wait_after(failures);
    store::rest(tx.on(), webhook.id, failures, Some(until)).await?;
    let attempts = delivery.attempts + 1;
    let failed = Delivery { attempts, ..tried };
    if is_over(attempts, delivery.created_at, tx.now()) {
        store::settle(tx.on(), &over(&failed, DeliveryState::Parked, tx.now()), delivery).await?;
        return Ok(());
    }
    let later = Delivery { next_at: Some(until), ..failed };
    if store::settle(tx.on(), &later, delivery).await? {
        tx.enqueue(NewJob::new(DELIVER_JOB, &Due::of(&later)).at(until)).await?;
    }
    Ok(())
}
