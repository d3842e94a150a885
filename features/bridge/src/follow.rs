//! What happened here since the last turn: requests of a team that has a bridge are put in hand, those
//! on both sides are compared. And the round: what nobody announced is looked at every few minutes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_kernel::RequestId;
use chrono::TimeDelta;

use crate::model::{BridgeId, Kind, LinkId, LinkState, Way};
use crate::store::bridges as store;
use crate::store::exchanges::{self, Exchange};
use crate::store::links::{self, Concerned, Link};
use crate::sync::{Due, SYNC_JOB};
use crate::{Bridges, store::bridges::Bridge};

/// Entries of the journal read in one turn.
const BATCH: i64 = 500;
/// How often the journal is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Turns of the journal between two rounds.
const TURNS: u32 = 30;
/// Links of a bridge looked at in one round: a tool is not flooded.
const AT_ONCE: i64 = 25;
/// How long a link put in a round is left out of the next ones.
const AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Follows the journal, and makes rounds, until `stop` resolves.
pub async fn watch(bridges: Bridges, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut turns = 0;
    loop {
        let more = match follow(&bridges).await {
            Ok(count) => count > 0,
            Err(error) => {
                tracing::error!(%error, "the journal could not be followed for bridges");
                false
            }
        };
        turns += 1;
        if !more && turns >= TURNS {
            turns = 0;
            if let Err(error) = round(&bridges).await {
                tracing::error!(%error, "bridges could not be looked at");
            }
        }
        let pause = if more { Duration::ZERO } else { EVERY };
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One turn: gives how many entries of the journal were read.
///
/// # Errors
/// When the database does not answer; the turn is then made again.
pub async fn follow(bridges: &Bridges) -> Result<usize, DbError> {
    let db = &bridges.desk.site.db;
    let Some(from) = store::head(db.read()).await? else {
        return db.write(async |tx| store::begin_head(tx.on()).await.map(|()| 0)).await;
    };
    let entries = store::entries(db.read(), from, BATCH).await?;
    let Some(to) = entries.last().map(|last| last.seq) else { return Ok(0) };
    let living = store::living(db.read()).await?;
    let about: BTreeSet<RequestId> = if living.is_empty() {
        BTreeSet::new()
    } else {
        entries.iter().filter_map(|entry| entry.subject.strip_prefix("request:")?.parse().ok()).collect()
    };
    let ids: Vec<RequestId> = about.into_iter().collect();
    let concerned = links::concerned(db.read(), &ids).await?;
    let known = links::of_requests(db.read(), &ids).await?;
    db.write(async |tx| {
        if store::move_head(tx.on(), from, to).await? {
            for one in &concerned {
                touched(tx, one, &known, (to, &living)).await?;
            }
        }
        Ok(entries.len())
    })
    .await
}

/// Something happened to a request: it is put on the bridge of its team, and compared where it is.
async fn touched(
    tx: &Tx,
    one: &Concerned,
    known: &[Link],
    (seq, living): (i64, &[Bridge]),
) -> Result<(), DbError> {
    let own: Vec<&Link> = known.iter().filter(|link| link.request_id == one.request_id).collect();
    let bridge = one.bridge_id.filter(|_| one.active);
    if let Some(bridge) = bridge.filter(|bridge| !own.iter().any(|link| link.bridge_id == *bridge))
        && let Some(link) = links::insert(tx.on(), (bridge, one.request_id), tx.now()).await?
    {
        tx.enqueue(job(link, seq)).await?;
    }
    for link in own {
        if link.standing() == LinkState::Ended {
            if bridge != Some(link.bridge_id) || !living.iter().any(|one| one.id == link.bridge_id) {
                continue;
            }
            come_back(tx, link).await?;
        }
        tx.enqueue(job(link.id, seq)).await?;
    }
    Ok(())
}

/// A request given to another team, then back: the other side is told so.
async fn come_back(tx: &Tx, link: &Link) -> Result<(), DbError> {
    let state = if link.theirs.is_some() { LinkState::Linked } else { LinkState::Opening };
    links::set_state(tx.on(), link.id, state).await?;
    if link.theirs.is_none() {
        return Ok(());
    }
    let words = format!("La demande {} vous est de nouveau confiée.", link.reference);
    let told = Exchange::new(link.id, Way::Out, Kind::End, "Reprise du suivi", tx.now());
    exchanges::insert(tx.on(), &Exchange { body: Some(words), ..told }).await.map(|_| ())
}

fn job(link: LinkId, seq: i64) -> NewJob {
    NewJob::new(SYNC_JOB, &Due::of(link)).once(format!("bridge:{link}:journal:{seq}"))
}

/// Puts in hand the links that were not compared for long: how many.
///
/// # Errors
/// When the database does not answer.
pub async fn round(bridges: &Bridges) -> Result<usize, DbError> {
    let db = &bridges.desk.site.db;
    let now = db.now();
    let mut due: BTreeMap<uuid::Uuid, BridgeId> = BTreeMap::new();
    for bridge in store::living(db.read()).await? {
        if bridge.rests_until.is_some_and(|until| until > now) {
            continue;
        }
        let links = links::to_check(db.read(), bridge.id, now, AT_ONCE).await?;
        due.extend(links.iter().map(|link| (link.id.0, bridge.id)));
    }
    if due.is_empty() {
        return Ok(0);
    }
    db.write(async |tx| {
        for id in due.keys() {
            let (link, minute) = (LinkId(*id), tx.now().timestamp() / 60);
            links::check_at(tx.on(), link, tx.now() + AGAIN).await?;
            tx.enqueue(NewJob::new(SYNC_JOB, &Due::of(link)).once(format!("bridge:{link}:round:{minute}")))
                .await?;
        }
        Ok(due.len())
    })
    .await
}
