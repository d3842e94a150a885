//! Searching requests: one index for words and marks, and lines that are always read through the
//! reader's scope, so that nothing beyond their access is ever learnt. (CSU-06)

mod bag;
mod find;
mod rank;

pub(crate) use bag::{index, index_new};
pub use find::{Asked, Found, FoundRequest, Outcome, PAGE, find};
pub use rank::How;

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId, SchoolId, Scope};
use beffroi_search::{Expr, Query, Tier, begin_rebuild, candidates, finish_rebuild};

use crate::Desk;
use crate::store::entities::request;
use crate::store::search as store;

/// Requests of one list that a search keeps, the newest first.
const MOST: u32 = 500;
/// Requests read at once to fill the index.
const BATCH: u64 = 1_000;

/// The requests within `scope` that hold the words of `text`, or words near them when none does:
/// the criterion of a list. `None` when the text holds no word.
///
/// # Errors
/// When the database does not answer.
pub async fn request_ids(
    desk: &Desk,
    scope: &Scope,
    person: PersonId,
    text: &str,
) -> Result<Option<Vec<RequestId>>, DbError> {
    let mut query = Query::of(text);
    if query.is_empty() {
        return Ok(None);
    }
    let within = bag::within(scope, person);
    let tier = |expr: Expr| {
        let expr = Expr::All(vec![expr, within.clone()]);
        [Tier { rank: 0, expr, breadth: bag::breadth(scope), limit: MOST, part_of: None }]
    };
    let read = desk.site.db.read();
    let mut answer = candidates(read, &tier(query.all()), Some(&query)).await?;
    if answer.hits.is_empty() {
        query.correct(&answer.words);
        answer = candidates(read, &tier(query.near()), None).await?;
    }
    Ok(Some(answer.hits.into_iter().map(|hit| RequestId(hit.subject)).collect()))
}

/// Empties the index and fills it again with every school, person and request; `progress` is told
/// what is being done and how much of it is. Searches find less until it is over.
///
/// # Errors
/// When the database does not answer; running it again mends the index.
pub async fn reindex(desk: &Desk, progress: impl Fn(&str, u64)) -> Result<u64, DbError> {
    let db = &desk.site.db;
    db.write(async |tx| begin_rebuild(tx.on()).await.map_err(DbError::from)).await?;
    beffroi_directory::search::reindex(db, |done| progress("Établissements et personnes", done)).await?;
    let (mut after, mut done) = (None, 0);
    loop {
        let requests = store::by_age(db.read(), after, BATCH).await?;
        let Some(last) = requests.last() else { break };
        after = Some((last.submitted_at, last.id));
        let docs = bag::docs(db.read(), &requests).await?;
        db.write(async |tx| bag::add(tx.on(), &docs).await).await?;
        done += requests.len() as u64;
        progress("Demandes", done);
    }
    progress("Construction de l’index", done);
    db.write(async |tx| finish_rebuild(tx.on()).await.map_err(DbError::from)).await?;
    Ok(done)
}

/// Puts the requests of a school in the index again: its name or its attachment changed.
///
/// # Errors
/// When the database does not answer.
pub async fn school_changed(desk: &Desk, school: SchoolId) -> Result<(), DbError> {
    let mut after = None;
    loop {
        let requests = store::of_school(desk.site.db.read(), school, after, 100).await?;
        let Some(last) = requests.last() else { return Ok(()) };
        after = Some(last.id);
        again(desk, &requests).await?;
    }
}

/// Puts the requests that a person asked or has in hand in the index again: their name changed.
///
/// # Errors
/// When the database does not answer; `reindex` then mends it.
pub async fn person_changed(desk: &Desk, person: PersonId) -> Result<(), DbError> {
    let mut after = None;
    loop {
        let requests = store::of_person(desk.site.db.read(), person, after, 100).await?;
        let Some(last) = requests.last() else { return Ok(()) };
        after = Some(last.id);
        again(desk, &requests).await?;
    }
}

async fn again(desk: &Desk, requests: &[request::Model]) -> Result<(), DbError> {
    let indexed = desk.site.db.write(async |tx| {
        for request in requests {
            index(tx.on(), request).await?;
        }
        Ok::<_, DbError>(())
    });
    indexed.await
}
