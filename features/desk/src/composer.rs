//! What waits beside a request for the person who opens it: the text they were typing, found again
//! on any machine; the order they read in; their reply templates; what mentions them. (CSU-09)

use beffroi_db::DbError;
use beffroi_kernel::{Access, PersonId, RequestId};
use chrono::{DateTime, Utc};

use crate::model::Gesture;
use crate::reading::Folder;
use crate::store::composer as store;
use crate::store::mentions;
use crate::store::templates::Template;
use crate::{Desk, templates};

/// The preference of those who read the newest message first.
const ORDER: &str = "timeline-order";
const NEWEST: &str = "newest";
/// Longest draft kept, in bytes.
const LONGEST: usize = 100_000;

/// A text being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it was for.
    pub kind: Gesture,
    /// The text.
    pub body: String,
    /// When it was last kept.
    pub at: DateTime<Utc>,
}

/// What waits beside a request.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// The text being typed.
    pub draft: Option<Draft>,
    /// Whether the timeline begins with the latest.
    pub newest_first: bool,
    /// Templates that suit the request, most sent first; agents only.
    pub templates: Vec<Template>,
}

/// Reads what waits, in two statements at most; mentions of the person there are then seen.
///
/// # Errors
/// When the database does not answer.
pub async fn beside(desk: &Desk, access: &Access, folder: &Folder) -> Result<Beside, DbError> {
    let (person, id) = (access.person, folder.request.id);
    let mut beside = Beside::default();
    let mut mentioned = false;
    for one in store::waits(desk.site.db.read(), person, id, ORDER).await? {
        match (one.what.as_str(), one.at) {
            ("draft", Some(at)) => {
                let kind = Gesture::of(&one.name).unwrap_or(Gesture::Reply);
                beside.draft = Some(Draft { kind, body: one.body, at });
            }
            ("choice", _) => beside.newest_first = one.body == NEWEST,
            ("mention", _) => mentioned = true,
            _ => {}
        }
    }
    if folder.as_agent {
        let kind = format!("{}/{}", folder.request.sheet_slug, folder.request.request_type);
        beside.templates = templates::usable(desk, access, Some(&kind)).await?;
    }
    if mentioned && folder.reads_notes {
        desk.site
            .db
            .write::<_, DbError, _>(async |tx| mentions::see(tx.on(), person, id, tx.now()).await)
            .await?;
    }
    Ok(beside)
}

/// Keeps the text being typed; an empty one is forgotten. Gives the instant, if something is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(
    desk: &Desk,
    person: PersonId,
    request: RequestId,
    kind: Gesture,
    body: &str,
) -> Result<Option<DateTime<Utc>>, DbError> {
    if body.trim().is_empty() {
        forget(desk, person, request).await?;
        return Ok(None);
    }
    let end = body.floor_char_boundary(LONGEST);
    desk.site
        .db
        .write(async |tx| {
            store::keep(tx.on(), person, request, (kind.slug(), &body[..end]), tx.now()).await?;
            Ok(Some(tx.now()))
        })
        .await
}

/// Forgets the text being typed: it was sent.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(desk: &Desk, person: PersonId, request: RequestId) -> Result<(), DbError> {
    desk.site.db.write(async |tx| store::forget(tx.on(), person, request).await).await
}

/// Chooses whether the timeline begins with the latest.
///
/// # Errors
/// When the database does not answer.
pub async fn read_newest_first(desk: &Desk, person: PersonId, newest: bool) -> Result<(), DbError> {
    let value = if newest { NEWEST } else { "oldest" };
    beffroi_directory::set_preference(&desk.site.db, person, ORDER, value).await
}

#[cfg(test)]
pub(crate) mod ground;
#[cfg(test)]
mod tests;
