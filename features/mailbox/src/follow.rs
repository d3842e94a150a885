//! A mail that answers: its words become a message on the request, its files are joined.

use beffroi_desk::attachments::AttachError;
use beffroi_desk::by_mail::{self, Heard, Said};
use beffroi_desk::reading::Request;
use beffroi_desk::{FileError, StoredFile};
use beffroi_directory::Person;
use beffroi_kernel::Access;

use crate::judge::{self, Judged};
use crate::model::Reason;
use crate::receive::{Case, MailboxError};

/// Most files taken of one mail.
const MAX_FILES: usize = 10;
/// Tries when others write on the same request at the same time.
const TRIES: usize = 3;

/// The files that the desk takes, and what it says of the others.
pub(crate) async fn keep_files(case: &Case<'_>) -> Result<(Vec<StoredFile>, Vec<String>), MailboxError> {
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for (name, bytes) in &case.mail.files {
        if kept.len() == MAX_FILES {
            refused.push(format!(
                "«\u{a0}{name}\u{a0}»\u{a0}: {MAX_FILES} fichiers au plus sont pris d’un courriel."
            ));
            continue;
        }
        match case.mailbox.desk.files.keep(name, bytes.clone()).await {
            Ok(file) => kept.push(file),
            Err(error @ FileError::Store(_)) => return Err(error.into()),
            Err(error) => refused.push(error.to_string()),
        }
    }
    Ok((kept, refused))
}

/// The words of the mail, with what was not joined.
pub(crate) fn words(said: &str, refused: &[String]) -> String {
    if refused.is_empty() {
        return said.to_owned();
    }
    let notes: Vec<String> = refused.iter().map(|why| format!("[Fichier non joint. {why}]")).collect();
    format!("{said}\n\n{}", notes.join("\n")).trim().to_owned()
}

pub(crate) async fn follow(
    case: &Case<'_>,
    person: &Person,
    access: &Access,
    request: &Request,
) -> Result<Reason, MailboxError> {
    let judged = |reason: Reason, refused: &[String]| Judged {
        reference: Some(request.reference.clone()),
        school: Some(request.school_id),
        refused: refused.to_vec(),
        ..Judged::of(reason)
    };
    if !by_mail::is_open(request) {
        return judge::settle(case, Some(person), judged(Reason::Closed, &[])).await;
    }
    let (files, refused) = keep_files(case).await?;
    let text = words(&case.mail.said, &refused);
    let said = Said { text: &text, quoted: &case.mail.quoted, files: &files };
    // Whether it will be a note is known before it is written: the function and the request say it.
    let reason = if by_mail::is_note(access, request) { Reason::Noted } else { Reason::Answered };
    let outcome = judged(reason, &refused);
    let mut tries = 0;
    loop {
        let treated = async |tx: &beffroi_db::Tx| judge::note(case, tx, Some(person), &outcome).await;
        match by_mail::follow_up(&case.mailbox.desk, access, request.id, said, treated).await {
            Ok(Heard::Answered | Heard::Noted) => return Ok(reason),
            Err(AttachError::NotFound) => {
                return judge::settle(case, Some(person), judged(Reason::NoAccess, &[])).await;
            }
            Err(AttachError::State(_)) => {
                return judge::settle(case, Some(person), judged(Reason::Closed, &[])).await;
            }
            Err(AttachError::Db(error)) => return Err(error.into()),
            Err(error) if by_mail::passes(&error) && tries < TRIES => tries += 1,
            Err(error) => return Err(MailboxError::Desk(error.to_string())),
        }
    }
}
