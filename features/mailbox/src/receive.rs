//! A mail comes in: it is noted with its original, judged, and its effect is written in the same
//! transaction as what became of it. The same mail again, after a crash or by another way, does nothing
//! more. One that cannot be treated is set aside and shown; the others go on. (CSU-01, CSU-05)

use beffroi_db::DbError;
use beffroi_desk::{FileError, by_mail};
use beffroi_directory::{Person, access_of};
use beffroi_kernel::{Access, MailInId, SchoolId};
use chrono::TimeDelta;

use crate::judge::{self, Judged};
use crate::message::{self, Incoming, MAX_BYTES, Unreadable};
use crate::model::{Reason, Settings, State};
use crate::rules::{self, Proof};
use crate::store::{self, NewRow, Row};
use crate::{Mailbox, begin, follow};

/// Tries before a mail is set aside.
const MAX_ATTEMPTS: i32 = 10;
/// Mails of one sender within an hour; more are set aside.
const MAX_AN_HOUR: i64 = 30;

/// Why a mail is not treated now; it will be tried again.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// No mailbox is set.
    #[error("aucune boîte de réception n’est réglée : donnez « mail_address » dans la configuration")]
    NotSet,
    /// The original could not be kept or read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A sheet, a draft or a request did not let itself be written.
    #[error("{0}")]
    Desk(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The mail.
    pub id: MailInId,
    /// What became of it.
    pub reason: Reason,
    /// It had come already: nothing was done this time.
    pub again: bool,
}

/// What the steps of treating a mail know of it.
pub(crate) struct Case<'a> {
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) settings: &'a Settings,
    pub(crate) row: Row,
    pub(crate) mail: Incoming,
}

/// Takes in one mail.
///
/// # Errors
/// When it could not be treated now; nothing is lost, and the same call later goes on from there.
pub async fn receive(mailbox: &Mailbox, bytes: &[u8]) -> Result<Received, MailboxError> {
    let size = bytes.len();
    let kept = if size > MAX_BYTES { head(bytes) } else { bytes };
    take_in(mailbox, kept, size).await
}

/// Takes in a mail too large to be fetched, by its headers.
///
/// # Errors
/// As [`receive`].
pub async fn receive_head(mailbox: &Mailbox, head: &[u8], size: usize) -> Result<Received, MailboxError> {
    take_in(mailbox, head, size.max(MAX_BYTES + 1)).await
}

/// The first bytes of a mail: its headers are there, or it has none.
fn head(bytes: &[u8]) -> &[u8] {
    const MOST: usize = 256 * 1024;
    &bytes[..bytes.len().min(MOST)]
}

async fn take_in(mailbox: &Mailbox, bytes: &[u8], size: usize) -> Result<Received, MailboxError> {
    let settings = mailbox.settings.clone().ok_or(MailboxError::NotSet)?;
    let large = size > MAX_BYTES;
    let (mail, unreadable) = match read(bytes.to_vec(), large).await {
        Ok(mail) => (mail, false),
        Err(Unreadable) => (unread(bytes), true),
    };
    let sha256 = mailbox.desk.files.keep_mail(bytes).await?;
    let sender: String = mail.from.first().map(|one| one.chars().take(250).collect()).unwrap_or_default();
    let new =
        NewRow { identity: &mail.identity, sender: &sender, subject: &mail.subject, sha256: &sha256, size };
    let row = mailbox.desk.site.db.write(async |tx| store::claim(tx, &new).await).await?;
    // It had come already, by another way or long ago: these bytes are nobody's original.
    if row.sha256.as_deref() != Some(&sha256)
        && !store::is_kept(mailbox.desk.site.db.read(), &sha256, row.id).await?
    {
        mailbox.desk.files.forget_mail(&sha256).await?;
    }
    if let Some(done) = already(&row) {
        return Ok(done);
    }
    let id = row.id;
    let case = Case { mailbox, settings: &settings, row, mail };
    let outcome = if case.row.attempts > MAX_ATTEMPTS {
        judge::settle(&case, None, Judged::of(Reason::Failed)).await
    } else if unreadable {
        judge::settle(&case, None, Judged::of(Reason::Unreadable)).await
    } else {
        treat(&case, large).await
    };
    match outcome {
        Ok(reason) => Ok(Received { id, reason, again: false }),
        // Somebody else may have treated it meanwhile: then all is well.
        Err(error) => {
            match store::by_id(mailbox.desk.site.db.read(), id).await?.and_then(|row| already(&row)) {
                Some(done) => Ok(done),
                None => Err(error),
            }
        }
    }
}

/// Reads in a thread of its own, so that bytes that would break the reader break one mail only.
async fn read(bytes: Vec<u8>, headers_only: bool) -> Result<Incoming, Unreadable> {
    let reading = move || if headers_only { message::read_headers(&bytes) } else { message::read(&bytes) };
    tokio::task::spawn_blocking(reading).await.unwrap_or(Err(Unreadable))
}

fn unread(bytes: &[u8]) -> Incoming {
    use sha2::{Digest, Sha256};
    Incoming { identity: hex::encode(Sha256::digest(bytes)), ..Incoming::default() }
}

fn already(row: &Row) -> Option<Received> {
    let settled = row.state().is_settled();
    let reason = row.reason().unwrap_or(Reason::Failed);
    settled.then_some(Received { id: row.id, reason, again: true })
}

/// Tries a mail set aside once more, from its original.
///
/// # Errors
/// As [`receive`]; [`FileError`] when the original is not kept any more.
pub(crate) async fn again(mailbox: &Mailbox, row: &Row) -> Result<Received, MailboxError> {
    let sha256 =
        row.sha256.as_deref().ok_or_else(|| MailboxError::Desk("l’original n’est plus conservé".into()))?;
    let bytes = mailbox.desk.files.read_mail(sha256).await?;
    let size = usize::try_from(row.size).unwrap_or(bytes.len());
    take_in(mailbox, &bytes, size.max(bytes.len())).await
}

/// Who wrote, when that is one person of ours.
enum Author {
    One(Box<(Person, Access)>),
    Not(Reason),
}

async fn treat(case: &Case<'_>, large: bool) -> Result<Reason, MailboxError> {
    let Case { settings, mail, row, .. } = case;
    if let Some(reason) = rules::machine(mail, &settings.own) {
        return judge::settle(case, None, Judged::of(reason)).await;
    }
    if mail.author().is_none() {
        return judge::settle(case, None, Judged::of(Reason::Authors)).await;
    }
    let proof = rules::proof(mail, settings.authserv.as_deref());
    if proof == Proof::Failed {
        return judge::settle(case, None, Judged::of(Reason::Forged)).await;
    }
    let db = &case.mailbox.desk.site.db;
    if store::recent(db.read(), &row.sender, db.now() - TimeDelta::hours(1)).await? > MAX_AN_HOUR {
        return judge::settle(case, None, Judged::of(Reason::TooMany)).await;
    }
    // Nobody is answered whose address may be another's.
    let answerable = proof == Proof::Passed;
    match author(case).await? {
        Author::One(one) => treat_of(case, (&one.0, &one.1), proof, large).await,
        Author::Not(reason) => {
            judge::settle(case, None, Judged { silent: !answerable, ..Judged::of(reason) }).await
        }
    }
}

/// The author is known: what the mail answers, or begins.
async fn treat_of(
    case: &Case<'_>,
    (person, access): (&Person, &Access),
    proof: Proof,
    large: bool,
) -> Result<Reason, MailboxError> {
    let Case { settings, mail, .. } = case;
    let unusable = if large {
        Some(Reason::TooLarge)
    } else if mail.encrypted {
        Some(Reason::Encrypted)
    } else if mail.said.is_empty() && mail.files.is_empty() {
        Some(Reason::Empty)
    } else {
        None
    };
    let school = only_school(access);
    let tokens = rules::tokens(mail, &settings.addresses);
    let token = tokens.iter().find(|token| settings.addresses.is_for(token, person.id));
    if token.is_none() && !tokens.is_empty() {
        return judge::settle(case, None, Judged::of(Reason::Spoofed)).await;
    }
    if token.is_none() && proof == Proof::None {
        let judged = Judged { silent: true, school, ..Judged::of(Reason::Unproved) };
        return judge::settle(case, Some(person), judged).await;
    }
    // A seal made for this person proves as much as the border server does.
    let answerable = proof != Proof::None || token.is_some();
    let settle = async |reason: Reason| {
        let judged = Judged { silent: !answerable, school, ..Judged::of(reason) };
        judge::settle(case, Some(person), judged).await
    };
    if let Some(reason) = unusable {
        return settle(reason).await;
    }
    if case.row.state() == State::Draft {
        return begin::resume(case, person, access).await;
    }
    if let Some(token) = token {
        return match by_mail::readable(&case.mailbox.desk, access, &token.reference).await? {
            Some(request) => follow::follow(case, person, access, &request).await,
            None => settle(Reason::NoAccess).await,
        };
    }
    if let Some(reference) = rules::reference_in(&mail.subject)
        && let Some(request) = by_mail::readable(&case.mailbox.desk, access, &reference).await?
    {
        return follow::follow(case, person, access, &request).await;
    }
    begin::begin(case, person, access).await
}

/// The person of the author's address, if it is one of ours and of one person only.
async fn author(case: &Case<'_>) -> Result<Author, MailboxError> {
    let db = &case.mailbox.desk.site.db;
    let found = beffroi_directory::people_at_address(db, case.mail.author().unwrap_or_default()).await?;
    let [person] = found.as_slice() else {
        let reason = if found.is_empty() { Reason::Unknown } else { Reason::Shared };
        return Ok(Author::Not(reason));
    };
    // A closed account is nobody's.
    Ok(match access_of(db, person.id).await?.filter(|_| !person.disabled) {
        Some(access) => Author::One(Box::new((person.clone(), access))),
        None => Author::Not(Reason::Unknown),
    })
}

/// The school of somebody who works in one only: those who look after it see their mails set aside.
fn only_school(access: &Access) -> Option<SchoolId> {
    let mut schools = access.functions.iter().filter_map(|function| function.school);
    let first = schools.next()?;
    schools.all(|other| other == first).then_some(first)
}
