//! Mentions in internal notes: `@` and the name of an agent who may read the request. The person is
//! told by mail and finds it in a list of their own, until they open the request. (CSU-09)

use beffroi_db::{DbError, Tx};
use beffroi_kernel::{Access, MessageId, Permit, PersonId};
use chrono::{DateTime, Utc};

use crate::conversation::works_on;
use crate::store::entities::request;
pub use crate::store::mentions::Reader;
use crate::store::{mentions as store, requests};
use crate::work::WorkError;
use crate::{Desk, ReadInternalNotes, mails};

/// A mention as its list shows it.
#[derive(Clone, Debug)]
pub struct Line {
    /// The reference of the request.
    pub reference: String,
    /// What is asked.
    pub title: String,
    /// Who wrote the note.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the person has opened the request since.
    pub seen: bool,
}

/// A page of mentions, and where the next begins.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The mentions, latest first.
    pub lines: Vec<Line>,
    /// The cursor of the next page, if there is one.
    pub next: Option<MessageId>,
}

/// The agents whom a note on this request may mention, this person left out.
///
/// # Errors
/// When the database does not answer; `None` when the request is out of reach.
pub async fn readers(
    desk: &Desk,
    permit: &Permit<ReadInternalNotes>,
    access: &Access,
    reference: &str,
) -> Result<Option<Vec<Reader>>, DbError> {
    let read = desk.site.db.read();
    let found = requests::by_reference(read, permit.scope(), reference).await?;
    let Some(request) = found.filter(|found| found.sent_at.is_some() && works_on(access, found)) else {
        return Ok(None);
    };
    let mut readers = store::readers(read, &request, desk.site.db.now()).await?;
    readers.retain(|reader| reader.id != permit.person());
    Ok(Some(readers))
}

/// A page of the mentions of a person whose requests they still reach.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    desk: &Desk,
    permit: &Permit<ReadInternalNotes>,
    before: Option<MessageId>,
) -> Result<Lines, DbError> {
    let read = desk.site.db.read();
    let mut mentions = store::of_person(read, permit.person(), before).await?;
    let more = mentions.len() > store::PAGE;
    mentions.truncate(store::PAGE);
    let next = mentions.last().filter(|_| more).map(|last| last.message_id);
    let ids: Vec<_> = mentions.iter().map(|mention| mention.request_id).collect();
    let found = requests::by_ids(read, permit.scope(), &ids).await?;
    let authors: Vec<PersonId> = mentions.iter().map(|mention| mention.by_id).collect();
    let names = beffroi_directory::names(&desk.site.db, &authors).await?;
    let line = |mention: store::Mention| {
        let request = found.iter().find(|request| request.id == mention.request_id)?;
        Some(Line {
            reference: request.reference.clone(),
            title: request.title.clone(),
            by: names.get(&mention.by_id).cloned().unwrap_or_default(),
            at: mention.created_at,
            seen: mention.seen_at.is_some(),
        })
    };
    Ok(Lines { lines: mentions.into_iter().filter_map(line).collect(), next })
}

/// Whom a note mentions: those chosen, and those named in its text. Each must be able to read it.
pub(crate) async fn mentioned(
    tx: &Tx,
    request: &request::Model,
    by: PersonId,
    text: &str,
    chosen: &[PersonId],
) -> Result<Vec<PersonId>, WorkError> {
    if chosen.is_empty() && !text.contains('@') {
        return Ok(Vec::new());
    }
    let readers = store::readers(tx.on(), request, tx.now()).await?;
    if chosen.iter().any(|person| !readers.iter().any(|reader| reader.id == *person)) {
        return Err(WorkError::Missing(
            "cette personne ne peut pas lire cette demande : choisissez-en une dans la liste",
        ));
    }
    let mut people = named(text, &readers);
    people.extend(chosen);
    people.sort_unstable();
    people.dedup();
    people.retain(|person| *person != by);
    Ok(people)
}

/// Those whose name follows an `@`.
fn named(text: &str, readers: &[Reader]) -> Vec<PersonId> {
    let after: Vec<String> = text.split('@').skip(1).map(str::to_lowercase).collect();
    let follows = |name: &str| {
        after.iter().filter_map(|rest| rest.strip_prefix(name)).any(|rest| {
            // « @Anne Petit » is not « @Anne Petitjean ».
            !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-')
        })
    };
    readers.iter().filter(|reader| follows(&reader.name().to_lowercase())).map(|reader| reader.id).collect()
}

/// Keeps the mentions of a note and tells each person.
pub(crate) async fn tell(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    message: MessageId,
    (people, by): (&[PersonId], PersonId),
) -> Result<(), DbError> {
    for person in people {
        store::add(tx.on(), request, message, (*person, by), tx.now()).await?;
        mails::mentioned(desk, tx, request, *person, message).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
