//! What people say on a request: answers, internal notes, reopening, whether it helped.

use beffroi_db::Tx;
use beffroi_kernel::{Access, MessageId, Permit, PersonId, RequestId};

use crate::effects::leave_out_time_over;
use crate::lists::bulk::Mark;
use crate::model::{MessageKind, State, WaitingFor};
use crate::store::entities::request;
use crate::store::requests as store;
use crate::work::{WorkError, end_wait, ground, journal, said, state, write_back};
use crate::{Desk, ReadInternalNotes, ReadRequests, WorkRequests, mails, mentions, search};

/// Adds a message that everyone on the request reads. An agent's first one is the first answer; a
/// requester's message ends a wait for the school.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn reply(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    id: RequestId,
    text: &str,
) -> Result<MessageId, WorkError> {
    reply_marked(desk, permit, access, id, text, None).await
}

/// The same, within a bulk action: its mark is set in the same transaction.
pub(crate) async fn reply_marked(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    id: RequestId,
    text: &str,
    mark: Option<&Mark>,
) -> Result<MessageId, WorkError> {
    desk.site.db.write(async |tx| reply_within(desk, tx, permit, access, (id, text), mark).await).await
}

/// The same, within a transaction that does more.
pub(crate) async fn reply_within(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<ReadRequests>,
    access: &Access,
    (id, text): (RequestId, &str),
    mark: Option<&Mark>,
) -> Result<MessageId, WorkError> {
    if text.trim().is_empty() {
        return Err(WorkError::Missing("écrivez votre message avant de l’envoyer"));
    }
    let mut ground = ground(desk, tx, permit.scope(), id).await?;
    let before = mark.map(|mark| mark.check(&ground.request)).transpose()?;
    if matches!(state(&ground.request), State::Closed | State::Refused | State::Merged) {
        return Err(WorkError::State(state(&ground.request).label()));
    }
    if !exists_for(access, &ground.request) {
        return Err(WorkError::NotFound);
    }
    let agent = works_on(access, &ground.request);
    let message =
        store::add_message(tx.on(), id, Some(access.person), MessageKind::Public, text.trim(), tx.now())
            .await?;
    if agent {
        ground.request.first_answered_at.get_or_insert(tx.now());
        let what = "L’équipe vous a écrit.";
        mails::requester_told(desk, tx, &ground.request, what, format!("message:{message}")).await?;
    } else {
        if ground.request.waiting_for.as_deref() == Some(WaitingFor::School.slug()) {
            end_wait(tx, &mut ground.request).await?;
        }
        mails::assignee_told(desk, tx, &ground.request, format!("message:{message}")).await?;
    }
    journal(tx, permit, &ground.request, "request.answered", serde_json::json!({ "message": message }));
    write_back(tx, &mut ground).await?;
    if let (Some(mark), Some(before)) = (mark, before) {
        mark.done(tx, &before).await?;
    }
    Ok(message)
}

/// Whether the person works on this request rather than asks for it.
#[must_use]
pub fn works_on(access: &Access, request: &request::Model) -> bool {
    request.requester_id != access.person
        && access.permit::<WorkRequests>().is_some()
        && access.functions_in(request.school_id).next().is_none()
}

/// Whether the request exists for this person: until the school has decided, for those of the
/// school only (SRV-29).
pub(crate) fn exists_for(access: &Access, request: &request::Model) -> bool {
    request.sent_at.is_some()
        || request.requester_id == access.person
        || access.functions_in(request.school_id).next().is_some()
}

/// Adds a note that only agents read; those it names after an `@` are told.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn note(
    desk: &Desk,
    permit: &Permit<ReadInternalNotes>,
    id: RequestId,
    text: &str,
) -> Result<MessageId, WorkError> {
    note_to(desk, permit, id, text, &[]).await
}

/// Adds a note that only agents read, and tells these people too.
///
/// # Errors
/// As [`WorkError`] says; someone who cannot read the request cannot be told of it.
pub async fn note_to(
    desk: &Desk,
    permit: &Permit<ReadInternalNotes>,
    id: RequestId,
    text: &str,
    told: &[PersonId],
) -> Result<MessageId, WorkError> {
    desk.site.db.write(async |tx| note_within(desk, tx, permit, (id, text), told).await).await
}

/// The same, within a transaction that does more.
pub(crate) async fn note_within(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<ReadInternalNotes>,
    (id, text): (RequestId, &str),
    told: &[PersonId],
) -> Result<MessageId, WorkError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(WorkError::Missing("écrivez la note avant de l’enregistrer"));
    }
    let request = store::by_id(tx.on(), permit.scope(), id).await?;
    let request = request.filter(|found| found.sent_at.is_some()).ok_or(WorkError::NotFound)?;
    let people = mentions::mentioned(tx, &request, permit.person(), text, told).await?;
    let data = serde_json::json!({ "mentioned": people });
    journal(tx, permit, &request, "request.noted", data);
    let author = Some(permit.person());
    let note = store::add_message(tx.on(), id, author, MessageKind::Internal, text, tx.now()).await?;
    search::index(tx.on(), &request).await?;
    mentions::tell(desk, tx, &request, note, (&people, permit.person())).await?;
    Ok(note)
}

/// The requester says it is not solved: the request goes back to its team.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn reopen(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    id: RequestId,
    why: &str,
) -> Result<(), WorkError> {
    desk.site.db.write(async |tx| reopen_within(desk, tx, permit, (id, why)).await.map(|_| ())).await
}

/// The same, within a transaction that does more; gives the message that says why.
pub(crate) async fn reopen_within(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<ReadRequests>,
    (id, why): (RequestId, &str),
) -> Result<MessageId, WorkError> {
    let why = why.trim();
    if why.is_empty() {
        return Err(WorkError::Missing("dites ce qui ne va pas encore"));
    }
    let mut ground = ground(desk, tx, permit.scope(), id).await?;
    if state(&ground.request) != State::Resolved {
        return Err(WorkError::State(state(&ground.request).label()));
    }
    let request = &mut ground.request;
    leave_out_time_over(tx, request).await?;
    request.state = if request.assignee_id.is_some() { State::Open } else { State::New }.slug().into();
    (request.resolved_at, request.outcome, request.outcome_note, request.satisfaction) =
        (None, None, None, None);
    request.reopened += 1;
    journal(tx, permit, request, "request.reopened", serde_json::Value::Null);
    let author = Some(permit.person());
    let message = store::add_message(tx.on(), id, author, MessageKind::Public, why, tx.now()).await?;
    said(tx, id, "La demande est rouverte.").await?;
    mails::assignee_told(desk, tx, request, format!("message:{message}")).await?;
    write_back(tx, &mut ground).await?;
    Ok(message)
}

/// The requester says in one click whether it helped (1 to 3); the request then closes.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn rate(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    id: RequestId,
    rating: i32,
    note: Option<String>,
) -> Result<(), WorkError> {
    if !(1..=3).contains(&rating) {
        return Err(WorkError::Missing("choisissez l’une des trois réponses"));
    }
    desk.site
        .db
        .write(async |tx| {
            let mut ground = ground(desk, tx, permit.scope(), id).await?;
            if ground.request.requester_id != permit.person() {
                return Err(WorkError::NotFound);
            }
            if !matches!(state(&ground.request), State::Resolved | State::Closed) {
                return Err(WorkError::State(state(&ground.request).label()));
            }
            let request = &mut ground.request;
            request.satisfaction = Some(rating);
            request.satisfaction_note = note;
            request.state = State::Closed.slug().into();
            request.closed_at.get_or_insert(tx.now());
            journal(tx, permit, request, "request.rated", serde_json::json!({ "rating": rating }));
            said(tx, id, "Le demandeur a donné son avis ; la demande est close.").await?;
            write_back(tx, &mut ground).await
        })
        .await
}
