//! What happened since the last turn becomes deliveries: the journal is read in its order, once whichever
//! node reads it, for the place reached moves in the transaction that keeps the deliveries.

use std::collections::HashMap;
use std::time::Duration;

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_desk::by_machine::{Brief, briefs};
use beffroi_kernel::RequestId;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::deliver::{DELIVER_JOB, Due};
use crate::Api;
use crate::model::Happening;
use crate::store::webhooks::{self as store, Entry, NewDelivery, Webhook};

/// Entries read in one turn.
const BATCH: i64 = 500;
/// How often the journal is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Entries of the journal between two cleanings.
const FORGOTTEN_EVERY: i64 = 5_000;
/// How long what was delivered is shown.
const SHOWN: TimeDelta = TimeDelta::days(30);

/// Follows the journal until `stop` resolves.
pub async fn watch(api: Api, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        let more = match follow(&api).await {
            Ok(count) => count > 0,
            Err(error) => {
                tracing::error!(%error, "the journal could not be followed for webhooks");
                false
            }
        };
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
pub async fn follow(api: &Api) -> Result<usize, DbError> {
    let db = &api.desk.site.db;
    let Some(from) = store::head(db.read()).await? else {
        return db.write(async |tx| store::begin_head(tx.on()).await.map(|()| 0)).await;
    };
    let entries = store::entries(db.read(), from, BATCH).await?;
    let Some(last) = entries.last() else { return Ok(0) };
    let webhooks = store::living(db.read()).await?;
    let told = if webhooks.is_empty() { Vec::new() } else { told(api, &entries).await? };
    let to = last.seq;
    db.write(async |tx| {
        if store::move_head(tx.on(), from, to).await? {
            for one in &told {
                for webhook in webhooks.iter().filter(|webhook| webhook.happenings().contains(&one.what)) {
                    tell(tx, webhook, one).await?;
                }
            }
            // Now and then: the whole table is looked at.
            if from / FORGOTTEN_EVERY != to / FORGOTTEN_EVERY {
                store::forget(tx.on(), tx.now() - SHOWN).await?;
            }
        }
        Ok(entries.len())
    })
    .await
}

/// Something to tell.
struct Told {
    what: Happening,
    /// What tells it from everything else: one delivery a webhook.
    happening: String,
    reference: String,
    body: String,
}

/// What the entries tell: of the requests that a team has received, as they stand now.
async fn told(api: &Api, entries: &[Entry]) -> Result<Vec<Told>, DbError> {
    let about = |entry: &Entry| entry.subject.strip_prefix("request:")?.parse::<RequestId>().ok();
    let mut ids: Vec<RequestId> = entries.iter().filter_map(about).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = briefs(&api.desk, &ids).await?;
    let found: HashMap<RequestId, &Brief> = found.iter().map(|brief| (brief.id, brief)).collect();
    let mut told = Vec::new();
    for entry in entries {
        let Some(brief) = about(entry).and_then(|id| found.get(&id)) else { continue };
        // Whatever brought it to a team, sent or approved: the two have the same instant.
        if entry.at == brief.sent_at {
            told.push(one(api, Happening::Created, format!("recue:{}", brief.id), (entry.at, brief)));
        }
        if let Some(what) = Happening::of_entry(&entry.kind) {
            told.push(one(api, what, format!("journal:{}", entry.seq), (entry.at, brief)));
        }
    }
    Ok(told)
}

fn one(api: &Api, what: Happening, happening: String, (at, brief): (DateTime<Utc>, &Brief)) -> Told {
    let base = &api.desk.site.base_url;
    let data = json!({
        "reference": brief.reference,
        "etat": brief.state,
        "issue": brief.outcome,
        "fiche": brief.sheet,
        "type": brief.kind,
        "etablissement": brief.uai,
        "equipe": brief.team,
        "adresse": format!("{base}/demandes/{}", brief.reference),
        "api": format!("{base}/api/v1/demandes/{}", brief.reference),
    });
    Told { what, happening, reference: brief.reference.clone(), body: body(what.slug(), at, &data) }
}

/// The body of a message: its type, when it happened, and what it is about.
pub(super) fn body(event: &str, at: DateTime<Utc>, data: &Value) -> String {
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "type": event, "timestamp": at, "data": data }).to_string()
}

async fn tell(tx: &Tx, webhook: &Webhook, one: &Told) -> Result<(), DbError> {
    let new = NewDelivery {
        webhook: webhook.id,
        happening: &one.happening,
        event: one.what.slug(),
        reference: &one.reference,
        body: &one.body,
    };
    if let Some(delivery) = store::insert_delivery(tx, &new).await? {
        tx.enqueue(NewJob::new(DELIVER_JOB, &Due::first(delivery))).await?;
    }
    Ok(())
}
