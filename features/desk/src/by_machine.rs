//! What other programs do in somebody's name enters by the same doors as what is typed on the site.
//! What the caller is answered is kept in the same transaction: a call sent twice has its effect once,
//! whichever node receives it. (CSU-05)

use std::collections::BTreeMap;

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{Access, DraftId, MessageId, Permit, RequestId, SchoolId};
use beffroi_sheets::{Answer, Answers, Field, FieldError, FieldKind, RequestType};

use crate::attachments::{self, AttachError};
use crate::conversation;
use crate::drafts::{self, DraftError, asking_role, who_may_ask};
use crate::model::{Channel, State};
use crate::reading::Request;
use crate::store::lists::{Filter, Lines, latest};
use crate::store::{drafts as store, machine};
use crate::work::{self, Step, WorkError};
use crate::{Desk, ReadInternalNotes, ReadRequests, SubmitRequest, WorkRequests, acts, named, search};

pub use crate::store::machine::Brief;

/// Why a call has no effect.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The same call came by another way at the same time: its answer is kept.
    #[error("cet appel a déjà eu son effet")]
    Twice,
    /// Answers to mend.
    #[error("{} réponse(s) à corriger", .0.len())]
    Answers(Vec<FieldError>),
    /// The draft cannot be begun.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The desk refuses the gesture.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The desk refuses the file.
    #[error(transparent)]
    Attach(#[from] AttachError),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A request that a program begins.
#[derive(Clone, Copy, Debug)]
pub struct NewByMachine<'a> {
    /// The school.
    pub school: SchoolId,
    /// The sheet.
    pub sheet: &'a str,
    /// The request type.
    pub kind: &'a str,
    /// By question, what a form would send.
    pub answers: &'a BTreeMap<String, Vec<(String, String)>>,
}

fn once(kept: bool) -> Result<(), MachineError> {
    if kept { Ok(()) } else { Err(MachineError::Twice) }
}

/// Begins a draft of this person with these answers. `kept` writes what the caller must find again, and
/// says false when it is there already: nothing is then written.
///
/// # Errors
/// [`MachineError::Answers`] names each question to mend.
pub async fn begin<W>(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    new: NewByMachine<'_>,
    kept: W,
) -> Result<DraftId, MachineError>
where
    W: AsyncFnOnce(&Tx, DraftId) -> Result<bool, DbError> + Clone,
{
    let published = desk.catalogue.sheet(new.sheet).await?.ok_or(DraftError::NotFound)?;
    let kind = published.sheet.request(new.kind).ok_or(DraftError::NotFound)?;
    if !permit.scope().schools().contains(&new.school) {
        return Err(DraftError::NotFound.into());
    }
    asking_role(access, new.school, kind).ok_or_else(|| DraftError::NotForYou(who_may_ask(kind)))?;
    let answers = answers(desk, kind, &new).await?;
    let place = (access.person, new.school);
    let mut model = drafts::row(place, (published.id, &kind.id), Channel::Machine, desk.site.db.now());
    model.answers = serde_json::to_string(&answers).map_err(DbError::from)?;
    let id = model.id;
    desk.site
        .db
        .write(async |tx| {
            store::insert(tx.on(), model).await?;
            let event = Event::new("draft.by-machine", format!("draft:{id}")).by(access.person);
            tx.journal(event.school(new.school).data(serde_json::json!({ "type": new.kind })));
            once(kept(tx, id).await?)?;
            Ok(id)
        })
        .await
}

/// The answers as the sheet reads them, or every one to mend.
async fn answers(desk: &Desk, kind: &RequestType, new: &NewByMachine<'_>) -> Result<Answers, MachineError> {
    let (mut answers, mut errors) = (Answers::new(), Vec::new());
    for (id, raw) in new.answers {
        let fault = |message: &str| FieldError { field: id.clone(), message: message.to_owned() };
        match kind.field(id) {
            None => errors.push(fault("cette question n’est pas dans la fiche\u{a0}: retirez-la")),
            Some(field) if field.kind == FieldKind::File => {
                errors.push(fault("un fichier se joint à la demande, une fois créée"));
            }
            Some(field) => match answer(desk, kind, (new.school, field), raw).await? {
                Ok(answer) => {
                    answers.insert(id.clone(), answer);
                }
                Err(error) => errors.push(error),
            },
        }
    }
    if errors.is_empty() { Ok(answers) } else { Err(MachineError::Answers(errors)) }
}

async fn answer(
    desk: &Desk,
    kind: &RequestType,
    (school, field): (SchoolId, &Field),
    raw: &[(String, String)],
) -> Result<Result<Answer, FieldError>, DbError> {
    let read = if field.kind == FieldKind::Person {
        field.read_people(raw, &named::choosable(desk, school, field).await?)
    } else {
        field.read(raw)
    };
    Ok(read.and_then(|answer| match acts::check_address(desk, kind, &field.id, &answer) {
        Ok(()) => Ok(answer),
        Err(message) => Err(FieldError { field: field.id.clone(), message }),
    }))
}

/// Writes what the caller must find again once its request is sent.
///
/// # Errors
/// When the database does not answer.
pub async fn keep<W>(desk: &Desk, kept: W) -> Result<(), DbError>
where
    W: AsyncFnOnce(&Tx) -> Result<(), DbError> + Clone,
{
    desk.site.db.write(async |tx| kept(tx).await).await
}

/// A message that everyone on the request reads.
///
/// # Errors
/// As [`MachineError`] says; nothing is then written.
pub async fn reply<W>(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    (id, text): (RequestId, &str),
    kept: W,
) -> Result<MessageId, MachineError>
where
    W: AsyncFnOnce(&Tx, MessageId) -> Result<bool, DbError> + Clone,
{
    desk.site
        .db
        .write(async |tx| {
            let message = conversation::reply_within(desk, tx, permit, access, (id, text), None).await?;
            once(kept(tx, message).await?)?;
            Ok(message)
        })
        .await
}

/// A note that only agents read.
///
/// # Errors
/// As [`MachineError`] says; nothing is then written.
pub async fn note<W>(
    desk: &Desk,
    permit: &Permit<ReadInternalNotes>,
    (id, text): (RequestId, &str),
    kept: W,
) -> Result<MessageId, MachineError>
where
    W: AsyncFnOnce(&Tx, MessageId) -> Result<bool, DbError> + Clone,
{
    desk.site
        .db
        .write(async |tx| {
            let message = conversation::note_within(desk, tx, permit, (id, text), &[]).await?;
            once(kept(tx, message).await?)?;
            Ok(message)
        })
        .await
}

/// What is solved is not: the request goes back to its team, with the words that say why.
///
/// # Errors
/// As [`MachineError`] says; nothing is then changed.
pub async fn reopen<W>(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    (id, text): (RequestId, &str),
    kept: W,
) -> Result<MessageId, MachineError>
where
    W: AsyncFnOnce(&Tx, MessageId) -> Result<bool, DbError> + Clone,
{
    desk.site
        .db
        .write(async |tx| {
            let message = conversation::reopen_within(desk, tx, permit, (id, text)).await?;
            once(kept(tx, message).await?)?;
            Ok(message)
        })
        .await
}

/// One step of work.
///
/// # Errors
/// As [`MachineError`] says; nothing is then changed.
pub async fn step<W>(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    (id, step): (RequestId, &Step),
    kept: W,
) -> Result<Request, MachineError>
where
    W: AsyncFnOnce(&Tx, &Request) -> Result<bool, DbError> + Clone,
{
    desk.site
        .db
        .write(async |tx| {
            let request = work::within(desk, tx, permit, id, step).await?;
            once(kept(tx, &request).await?)?;
            Ok(request)
        })
        .await
}

/// One file, checked as those that people join.
///
/// # Errors
/// As [`MachineError`] says; no file is then added.
pub async fn join<W>(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    (id, name, bytes): (RequestId, &str, Vec<u8>),
    kept: W,
) -> Result<(), MachineError>
where
    W: AsyncFnOnce(&Tx) -> Result<bool, DbError> + Clone,
{
    let stored = attachments::keep(desk, vec![(name.to_owned(), bytes)]).await?;
    desk.site
        .db
        .write(async |tx| {
            attachments::add_within(desk, tx, permit, access, (id, &stored), true).await?;
            once(kept(tx).await?)
        })
        .await
}

/// A page of the requests within reach, latest first; no state keeps all. For those who do not work on
/// them: agents have [`crate::lists::page`].
///
/// # Errors
/// When the database does not answer.
pub async fn requests(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    (states, only_mine): (&[State], bool),
    words: &str,
    after: Option<&str>,
) -> Result<Lines, DbError> {
    let schools = permit.scope().schools().iter().copied().collect();
    let filter = Filter {
        states: states.iter().map(|state| state.slug()).collect(),
        requester: only_mine.then_some(permit.person()),
        seen_by: Some((permit.person(), schools)),
        found: search::request_ids(desk, permit.scope(), permit.person(), words).await?,
        ..Filter::default()
    };
    latest(&desk.site.db, permit.scope(), &filter, after).await
}

/// What other programs are told of these requests; those that their school has not sent are left out,
/// for nobody outside knows of them (SRV-29).
///
/// # Errors
/// When the database does not answer.
pub async fn briefs(desk: &Desk, ids: &[RequestId]) -> Result<Vec<Brief>, DbError> {
    machine::briefs(desk.site.db.read(), ids).await
}
