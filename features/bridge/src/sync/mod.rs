//! The comparison of both sides of a request: the one way by which anything passes. It reads both, does
//! what is missing on either, in order, and may be cut anywhere and run again. One node at a time.

mod compare;
mod inward;
mod outward;

use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_desk::by_machine::{self, MachineError};
use beffroi_desk::reading::Request;
use beffroi_desk::{Desk, ReadInternalNotes};
use beffroi_kernel::{MessageId, Permit, PersonId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::Bridges;
use crate::drivers::Fault;
use crate::model::{Kind, LinkId, LinkState, Way};
use crate::rules::{is_over, wait_after};
use crate::store::bridges::{self as store, Bridge};
use crate::store::exchanges::{self, Exchange};
use crate::store::links::{self, Link};

pub(crate) use compare::tool;
use compare::{Compared, Work};

/// The job that compares both sides of a request.
pub const SYNC_JOB: &str = "bridge.sync";
/// How long a node holds a link: longer than nearly any comparison. Should two meet, the keys of what passes
/// keep it from passing twice.
const HELD: TimeDelta = TimeDelta::minutes(5);
/// How long to wait for the node that holds it.
const BUSY: TimeDelta = TimeDelta::seconds(15);

/// A comparison to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    link: LinkId,
    /// Whether somebody asked: what was set aside is tried again, what differs is mended.
    asked: bool,
}

impl Due {
    pub(crate) fn of(link: LinkId) -> Self {
        Self { link, asked: false }
    }
}

/// Why a comparison stops.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The other side, or what this one refuses as a whole.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Somebody changed the request meanwhile: it is compared again at once.
    #[error("la demande vient de changer")]
    Again,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Compares both sides of a request, and mends what is missing on either.
///
/// # Errors
/// When the database does not answer; what the other side answers is kept and shown, never an error.
pub async fn sync(bridges: &Bridges, due: Due) -> Result<(), DbError> {
    let db = &bridges.desk.site.db;
    let Some(link) = links::find(db.read(), due.link).await? else { return Ok(()) };
    let bridge = store::find(db.read(), link.bridge_id).await?.filter(|bridge| bridge.stopped_at.is_none());
    let Some(bridge) = bridge.filter(|_| link.standing() != LinkState::Ended) else { return Ok(()) };
    if let Some(until) = bridge.rests_until.filter(|until| *until > db.now() && !due.asked) {
        return db.write(async |tx| put_off(tx, &link, due, until).await).await;
    }
    let taken = db
        .write(async |tx| {
            let taken = links::take(tx.on(), link.id, (tx.now(), tx.now() + HELD)).await?;
            if !taken {
                tx.enqueue(again(due, tx.now() + BUSY)).await?;
            } else if due.asked {
                exchanges::take_back(tx.on(), link.id).await?;
            }
            Ok::<_, DbError>(taken)
        })
        .await?;
    if !taken {
        return Ok(());
    }
    // What the node before wrote, if it was just let go.
    let Some(link) = links::find(db.read(), link.id).await? else { return Ok(()) };
    let outcome = match Work::begin(bridges, &bridge, &link, due.asked).await {
        Ok(mut work) => {
            let compared = work.compare().await;
            work.leave().await;
            compared
        }
        Err(trouble) => Err(trouble),
    };
    db.write(async |tx| note_outcome(tx, (&bridge, &link), due, &outcome).await).await?;
    match outcome {
        Err(Trouble::Db(error)) => Err(error),
        _ => Ok(()),
    }
}

fn again(due: Due, at: DateTime<Utc>) -> NewJob {
    let key = format!("bridge:{}:{}:{}", due.link, if due.asked { "asked" } else { "again" }, at.timestamp());
    NewJob::new(SYNC_JOB, &due).once(key).at(at)
}

/// The other side is left alone: this request waits with it, without counting a try.
async fn put_off(tx: &Tx, link: &Link, due: Due, until: DateTime<Utc>) -> Result<(), DbError> {
    links::wait_until(tx.on(), link.id, until).await?;
    tx.enqueue(again(due, until)).await
}

/// Keeps what came of a comparison, and plans the next.
async fn note_outcome(
    tx: &Tx,
    (bridge, link): (&Bridge, &Link),
    due: Due,
    outcome: &Result<Compared, Trouble>,
) -> Result<(), DbError> {
    let now = tx.now();
    match outcome {
        Ok(compared) => {
            if compared.ended {
                links::set_state(tx.on(), link.id, LinkState::Ended).await?;
            }
            if compared.reached {
                store::answered(tx.on(), bridge.id, now).await?;
            }
            links::compared(tx.on(), link.id, compared.seen, (now, compared.next)).await
        }
        Err(Trouble::Again) => {
            links::release(tx.on(), link.id).await?;
            tx.enqueue(again(due, now + BUSY)).await
        }
        Err(Trouble::Db(_)) => links::release(tx.on(), link.id).await,
        Err(Trouble::Fault(fault)) => {
            let since = link.failing_since.unwrap_or(now);
            let mut next = now + wait_after(link.failures.saturating_add(1));
            if fault.passing {
                let failures = bridge.failures.saturating_add(1);
                next = now + wait_after(failures);
                store::rest(tx.on(), bridge.id, failures, next, &fault.words).await?;
            }
            let next = Some(next).filter(|_| !is_over(since, now));
            links::failed(tx.on(), link, &fault.words, (now, next)).await?;
            match next {
                Some(at) => tx.enqueue(again(Due { asked: false, ..due }, at)).await,
                None => Ok(()),
            }
        }
    }
}

/// Somebody wants both sides compared now: what was set aside is tried again, what differs is mended.
///
/// # Errors
/// When the database does not answer.
pub async fn ask_again(bridges: &Bridges, link: &Link, by: PersonId) -> Result<(), DbError> {
    bridges
        .desk
        .site
        .db
        .write(async |tx| {
            store::wake(tx.on(), link.bridge_id).await?;
            links::wait_until(tx.on(), link.id, tx.now()).await?;
            let due = Due { link: link.id, asked: true };
            let key = format!("bridge:{}:asked:{}", link.id, tx.now().timestamp_micros());
            tx.enqueue(NewJob::new(SYNC_JOB, &due).once(key)).await?;
            let data = serde_json::json!({ "request": link.request_id, "theirs": link.theirs });
            let event = Event::new("bridge.asked", format!("bridge:{}", link.bridge_id)).by(by);
            tx.journal(event.school(link.school_id).data(data));
            Ok(())
        })
        .await
}

/// Writes a note that agents read here, and sends it to those of the other side.
///
/// # Errors
/// As the desk says; nothing is then written.
pub async fn note(
    desk: &Desk,
    permit: &Permit<ReadInternalNotes>,
    author: &str,
    (link, request, text): (&Link, &Request, &str),
) -> Result<MessageId, MachineError> {
    let body = format!("{}\n\n— {author}", text.trim());
    let kept = async |tx: &Tx, message: MessageId| {
        let one = Exchange::new(link.id, Way::Out, Kind::Note, "", tx.now());
        let one = Exchange { ours: Some(message.0), body: Some(body.clone()), ..one };
        let due = Due::of(link.id);
        tx.enqueue(NewJob::new(SYNC_JOB, &due).once(format!("bridge:{}:note:{message}", link.id))).await?;
        exchanges::insert(tx.on(), &one).await
    };
    by_machine::note(desk, permit, (request.id, text), kept).await
}
