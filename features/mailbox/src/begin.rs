//! A mail that answers nothing begins a request: of the type that the Region set, with what the mail
//! says. What it cannot fill stays a draft, and its author receives the link to finish it.

use beffroi_desk::by_mail::{self, NewByMail};
use beffroi_desk::drafts::DraftError;
use beffroi_desk::submit::{SubmitError, submit};
use beffroi_desk::{StoredFile, SubmitRequest};
use beffroi_directory::Person;
use beffroi_kernel::{Access, DraftId, SchoolId};

use crate::follow::{keep_files, words};
use crate::judge::{self, Judged};
use crate::model::Reason;
use crate::receive::{Case, MailboxError};
use crate::store;

/// What the mail gives to the request.
struct Given {
    text: String,
    files: Vec<StoredFile>,
    refused: Vec<String>,
}

async fn given(case: &Case<'_>) -> Result<Given, MailboxError> {
    let (mut files, refused) = keep_files(case).await?;
    let said = words(&case.mail.said, &refused);
    let text = if case.mail.subject.is_empty() { said } else { format!("{}\n\n{said}", case.mail.subject) };
    let destination = &case.settings.destination;
    let longest =
        by_mail::form(&case.mailbox.desk, &destination.sheet, &destination.kind).await.map_err(desk)?.longest;
    if longest.is_some_and(|longest| text.chars().count() > longest)
        && files.iter().all(|file| file.name != "courriel.txt")
    {
        files.push(case.mailbox.desk.files.keep("courriel.txt", text.clone().into_bytes()).await?);
    }
    Ok(Given { text, files, refused })
}

fn desk(error: DraftError) -> MailboxError {
    match error {
        DraftError::Db(error) => error.into(),
        error => MailboxError::Desk(error.to_string()),
    }
}

pub(crate) async fn begin(case: &Case<'_>, person: &Person, access: &Access) -> Result<Reason, MailboxError> {
    let destination = &case.settings.destination;
    let schools =
        by_mail::schools_to_ask_for(&case.mailbox.desk, access, &destination.sheet, &destination.kind).await;
    let schools = schools.map_err(desk)?;
    let (Some(permit), [school]) = (access.permit::<SubmitRequest>(), schools.as_slice()) else {
        let reason = if schools.is_empty() { Reason::NoFunction } else { Reason::Schools };
        return judge::settle(case, Some(person), Judged::of(reason)).await;
    };
    let given = given(case).await?;
    let new = NewByMail {
        school: school.id,
        sheet: &destination.sheet,
        kind: &destination.kind,
        fixed: &destination.fixed,
        text: &given.text,
        files: &given.files,
    };
    let (mail, who) = (case.row.id, (person.id, school.id));
    let treated =
        async |tx: &beffroi_db::Tx, begun: by_mail::Begun| store::begun(tx, mail, begun.draft, who).await;
    let begun = by_mail::begin(&case.mailbox.desk, &permit, access, new, treated).await.map_err(desk)?;
    send(case, person, access, (begun.draft, school.id), &given).await
}

/// Goes on with a mail whose draft was begun before a crash.
pub(crate) async fn resume(
    case: &Case<'_>,
    person: &Person,
    access: &Access,
) -> Result<Reason, MailboxError> {
    let (Some(draft), Some(school)) = (case.row.draft_id, case.row.school_id) else {
        return Err(MailboxError::Desk("le brouillon de ce courriel manque".into()));
    };
    let given = given(case).await?;
    send(case, person, access, (draft, school), &given).await
}

async fn send(
    case: &Case<'_>,
    person: &Person,
    access: &Access,
    (draft, school): (DraftId, SchoolId),
    given: &Given,
) -> Result<Reason, MailboxError> {
    let desk_room = &case.mailbox.desk;
    let judged = |reason: Reason| Judged {
        draft: Some(draft),
        school: Some(school),
        refused: given.refused.clone(),
        ..Judged::of(reason)
    };
    let Some(permit) = access.permit::<SubmitRequest>() else {
        return judge::settle(case, Some(person), judged(Reason::NoFunction)).await;
    };
    // Sending twice gives the same reference: what follows a crash begins here again.
    let reference = match submit(desk_room, &permit, access, draft).await {
        Ok(reference) => reference,
        Err(SubmitError::Db(error) | SubmitError::Draft(DraftError::Db(error))) => return Err(error.into()),
        Err(_) => return judge::settle(case, Some(person), judged(Reason::Drafted)).await,
    };
    let destination = &case.settings.destination;
    let form = by_mail::form(desk_room, &destination.sheet, &destination.kind).await.map_err(desk)?;
    let files = if form.takes_files { &[][..] } else { &given.files };
    let outcome = Judged { reference: Some(reference.clone()), ..judged(Reason::Requested) };
    let treated = async |tx: &beffroi_db::Tx| judge::note(case, tx, Some(person), &outcome).await;
    let done = by_mail::give_files(desk_room, access, &reference, files, treated).await;
    done.map_err(|error| MailboxError::Desk(error.to_string()))?;
    Ok(Reason::Requested)
}
