//! What surrounds a request for those who treat it: what else the requester asked, what the school
//! asked last, what was solved that resembles it. (CSU-09)

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use beffroi_catalogue::knowledge::Shown;
use beffroi_db::DbError;
use beffroi_kernel::{Access, Permit};
use beffroi_sheets::slug_search_key;
use chrono::TimeDelta;

use crate::conversation::works_on;
use crate::reading::Request;
use crate::store::{context as store, requests};
use crate::{Desk, WorkRequests, article};

/// Requests of the requester shown.
const OF_REQUESTER: u64 = 5;
/// Requests of the school shown.
const OF_SCHOOL: u64 = 10;
/// Solved requests shown.
const SIMILAR: usize = 5;
/// Solved requests compared, of each kind.
const COMPARED: u64 = 60;
/// How far back solved requests are looked for.
const MEMORY: TimeDelta = TimeDelta::days(400);
/// Shortest word that says something.
const SHORTEST_WORD: usize = 4;

/// What surrounds a request.
#[derive(Clone, Debug)]
pub struct Context {
    /// The request itself.
    pub request: Request,
    /// Its requester's other requests, latest first.
    pub requester: Vec<Request>,
    /// Its school's other requests, latest first.
    pub school: Vec<Request>,
    /// Solved requests that resemble it, nearest first.
    pub similar: Vec<Request>,
    /// Help articles that may answer it.
    pub articles: Vec<Arc<Shown>>,
}

/// Reads what surrounds a request; `None` when the person does not work on it.
///
/// # Errors
/// When the database does not answer.
pub async fn around(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    access: &Access,
    reference: &str,
) -> Result<Option<Context>, DbError> {
    let read = desk.site.db.read();
    let found = requests::by_reference(read, permit.scope(), reference).await?;
    let Some(request) = found.filter(|found| found.sent_at.is_some() && works_on(access, found)) else {
        return Ok(None);
    };
    Ok(Some(Context {
        requester: store::of_requester(read, permit.scope(), &request, OF_REQUESTER).await?,
        school: store::of_school(read, permit.scope(), &request, OF_SCHOOL).await?,
        similar: similar(desk, permit, &request).await?,
        articles: article::useful(desk, access, &request).await?,
        request,
    }))
}

/// Solved requests that resemble this one: of its type, or of its school and theme; those that share
/// most words first, then the latest. Two statements.
///
/// # Errors
/// When the database does not answer.
pub async fn similar(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    request: &Request,
) -> Result<Vec<Request>, DbError> {
    let (read, since) = (desk.site.db.read(), desk.site.db.now() - MEMORY);
    let mut found = store::solved_there(read, permit.scope(), request, since, COMPARED).await?;
    let alike = store::solved_alike(read, permit.scope(), request, since, COMPARED).await?;
    found.extend(
        alike.into_iter().filter(|one| one.school_id != request.school_id || one.theme != request.theme),
    );
    Ok(nearest(request, found))
}

/// Words that say something, as searches compare them.
fn words(request: &Request) -> BTreeSet<String> {
    let key = slug_search_key(&format!("{} {}", request.title, request.summary));
    key.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.chars().count() >= SHORTEST_WORD)
        .map(str::to_owned)
        .collect()
}

fn nearest(request: &Request, found: Vec<Request>) -> Vec<Request> {
    let wanted = words(request);
    let mut ranked: Vec<(usize, Request)> = found
        .into_iter()
        .map(|one| {
            let common = words(&one).intersection(&wanted).count();
            let same_type = one.request_type == request.request_type && one.sheet_slug == request.sheet_slug;
            (2 * common + usize::from(same_type), one)
        })
        .filter(|(score, _)| *score > 0)
        .collect();
    ranked.sort_by_key(|(score, one)| Reverse((*score, one.submitted_at)));
    ranked.into_iter().take(SIMILAR).map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests;
