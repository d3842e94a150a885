//! What an act states is written down with its last signature, and timestamped when an authority is set. (T2)

use std::sync::Arc;

use beffroi_db::jobs::Worker;
use beffroi_db::{Db, DbError, NewJob, Tx};
use beffroi_kernel::ActId;

use super::timestamp::{Authority, Stamp};
use super::{Signed, Statement};
use crate::model::Act;
use crate::sealed::{Entry, sha256};
use crate::store::entities::{statement, timestamp};
use crate::{Acts, ground, store};

/// Asks the authority for the timestamp of an act.
pub const TIMESTAMP_JOB: &str = "acts.timestamp";
/// Acts taken up at once when an authority is set after they were signed.
const TAKEN_UP: u64 = 1_000;

/// What a signed act states, by the names that the school and the holder bear now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn stated(acts: &Acts, act: &Act) -> Result<Statement, DbError> {
    let school = ground::school_of(acts, act.school).await?;
    let holder = match act.holder {
        Some(person) => beffroi_directory::person(&acts.site.db, person).await?.map(|person| person.name()),
        None => act.provider.clone(),
    };
    Ok(Statement {
        code: act.code.clone(),
        reference: act.reference.clone(),
        kind: act.kind,
        title: act.title.clone(),
        uai: school.uai,
        school: school.name,
        holder,
        text: act.text.clone(),
        text_sha256: act.text_sha256.clone(),
        terms_sha256: sha256(act.terms.to_string()),
        signatures: signed(act),
        starts_on: act.starts_on,
        ends_on: act.ends_on,
    })
}

/// The signatures made, in the order they were.
fn signed(act: &Act) -> Vec<Signed> {
    let signed = act.signatures.iter().filter_map(|one| one.made.as_ref()).map(|made| Signed {
        name: made.authority.name.clone(),
        authority: made.authority.words.clone(),
        method: made.method.slug().to_owned(),
        at: made.at,
    });
    let mut signed: Vec<Signed> = signed.collect();
    if !act.strict_order {
        // In order, ranks are the order even when the clock jumped back.
        signed.sort_by_key(|signed| signed.at);
    }
    signed
}

/// Writes down what an act states, in the transaction of its last signature: from here its document, its
/// timestamp and every check rest on these very bytes.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn write_down(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    let statement = stated(acts, act).await?.to_json()?;
    let digest = serde_json::json!({ "statement_sha256": sha256(&statement) });
    let row = statement::Model { act_id: act.id, statement, made_at: tx.now() };
    store::proofs::keep_statement(tx.on(), row.clone()).await?;
    Entry::of("act.stated", act).facts(digest).row(&row).write(tx);
    tx.enqueue(NewJob::new(TIMESTAMP_JOB, &act.id).once(format!("act-timestamp:{}", act.id))).await
}

/// Adds the job of timestamps; without an authority there is nothing to ask, and it says it is done.
#[must_use]
pub fn jobs(worker: Worker, db: &Db, authority: Option<Authority>) -> Worker {
    let (db, authority) = (db.clone(), authority.map(Arc::new));
    worker.on(TIMESTAMP_JOB, move |job| {
        let (db, authority) = (db.clone(), authority.clone());
        async move {
            let Some(authority) = authority else { return Ok(()) };
            stamp(&db, &authority, job.arguments()?).await
        }
    })
}

/// Timestamps what an act states, once.
async fn stamp(db: &Db, authority: &Arc<Authority>, act: ActId) -> Result<(), String> {
    let words = |error: DbError| error.to_string();
    if store::proofs::stamp(db.read(), act).await.map_err(words)?.is_some() {
        return Ok(());
    }
    let Some(statement) = store::proofs::statement(db.read(), act).await.map_err(words)? else {
        return Ok(());
    };
    let asked = Arc::clone(authority);
    let stamp = tokio::task::spawn_blocking(move || asked.stamp(statement.as_bytes())).await;
    let stamp = stamp.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    db.write(async |tx| keep(tx, authority, act, &stamp).await).await.map_err(words)
}

pub(super) async fn keep(tx: &Tx, authority: &Authority, act: ActId, stamp: &Stamp) -> Result<(), DbError> {
    let row = timestamp::Model {
        act_id: act,
        authority: authority.url().to_owned(),
        certified_at: stamp.at,
        response: stamp.response.clone(),
        received_at: tx.now(),
    };
    if store::proofs::keep_stamp(tx.on(), &row).await? {
        let facts = serde_json::json!({
            "authority": row.authority, "certified_at": row.certified_at, "response_sha256": sha256(&row.response),
        });
        Entry::about("act.timestamped", act).facts(facts).row(&row).write(tx);
    }
    Ok(())
}

/// Asks for the timestamps of acts signed before an authority was set.
///
/// # Errors
/// When the database does not answer.
pub async fn take_up(db: &Db) -> Result<usize, DbError> {
    db.write(async |tx| {
        let acts = store::proofs::unstamped(tx.on(), TAKEN_UP).await?;
        for act in &acts {
            let key = format!("act-timestamp:{act}:{}", tx.now().timestamp());
            tx.enqueue(NewJob::new(TIMESTAMP_JOB, act).once(key)).await?;
        }
        Ok(acts.len())
    })
    .await
}
