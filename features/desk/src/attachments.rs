//! Files added to a request after it was sent, and reading any file back: only through a request
//! one may read, or a draft one wrote.

use axum::body::Bytes;
use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{Access, AttachmentId, Permit, RequestId};

use futures_util::stream::BoxStream;

use crate::conversation::{exists_for, works_on};
use crate::files::{FileError, StoredFile};
use crate::model::{MessageKind, State, WaitingFor};
use crate::quarantine::Exam;
use crate::reading::Attachment;
use crate::store::{drafts, requests};
use crate::work::{WorkError, school_gave};
use crate::{Desk, ReadRequests, SubmitRequest, mails, quarantine};

/// Most files taken at once.
pub const MAX_FILES: usize = 5;

/// Why files are not added.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// No such request within reach.
    #[error("cette demande n’existe pas")]
    NotFound,
    /// The request is over.
    #[error("un fichier ne peut plus être joint : la demande est « {0} »")]
    State(&'static str),
    /// No file was chosen.
    #[error("choisissez le fichier à joindre")]
    Nothing,
    /// More than [`MAX_FILES`].
    #[error("joignez au plus {MAX_FILES} fichiers à la fois")]
    TooMany,
    /// A file is refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// Somebody changed the request meanwhile.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Adds files to a request; the conversation says so, and the other side is told.
///
/// # Errors
/// As [`AttachError`] says; no file is then added.
pub async fn add(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    id: RequestId,
    files: Vec<(String, Vec<u8>)>,
) -> Result<(), AttachError> {
    let stored = keep(desk, files).await?;
    add_kept(desk, permit, access, id, &stored, true).await
}

/// Checks files and keeps their content, before anything is said of them.
///
/// # Errors
/// As [`AttachError`] says; nothing then refers to them.
pub(crate) async fn keep(desk: &Desk, files: Vec<(String, Vec<u8>)>) -> Result<Vec<StoredFile>, AttachError> {
    match files.len() {
        0 => return Err(AttachError::Nothing),
        1..=MAX_FILES => {}
        _ => return Err(AttachError::TooMany),
    }
    let mut stored = Vec::new();
    for (name, bytes) in files {
        stored.push(desk.files.keep(&name, bytes).await?);
    }
    Ok(stored)
}

/// Adds files already kept; `told` sends the mail that a message sent with them has not sent.
///
/// # Errors
/// As [`AttachError`] says; no file is then added.
pub(crate) async fn add_kept(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    id: RequestId,
    stored: &[StoredFile],
    told: bool,
) -> Result<(), AttachError> {
    desk.site.db.write(async |tx| add_within(desk, tx, permit, access, (id, stored), told).await).await
}

/// The same, within a transaction that does more.
pub(crate) async fn add_within(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<ReadRequests>,
    access: &Access,
    (id, stored): (RequestId, &[StoredFile]),
    told: bool,
) -> Result<(), AttachError> {
    let request = requests::by_id(tx.on(), permit.scope(), id).await?;
    let request = request.filter(|found| exists_for(access, found)).ok_or(AttachError::NotFound)?;
    if let Some(state @ (State::Closed | State::Refused | State::Merged)) = State::of(&request.state) {
        return Err(AttachError::State(state.label()));
    }
    let author = Some(access.person);
    let text = announcement(stored);
    let said = requests::add_message(tx.on(), id, author, MessageKind::System, &text, tx.now()).await?;
    for file in stored {
        let model = Attachment {
            message_id: Some(said),
            request_id: Some(id),
            ..row(file, &request, access, tx.now())
        };
        let event = Event::new("request.file-added", format!("request:{id}"))
            .by(access.person)
            .school(request.school_id)
            .data(serde_json::json!({ "file": model.id, "sha256": model.sha256, "size": model.size }));
        tx.journal(event);
        quarantine::receive(desk, tx, model).await?;
    }
    if !told {
        return Ok(());
    }
    let once = format!("message:{said}");
    if works_on(access, &request) {
        mails::requester_told(desk, tx, &request, "L’équipe a joint un fichier.", once).await?;
    } else {
        if request.waiting_for.as_deref() == Some(WaitingFor::School.slug()) {
            school_gave(desk, tx, permit.scope(), id).await?;
        }
        mails::assignee_told(desk, tx, &request, once).await?;
    }
    Ok(())
}

fn announcement(files: &[StoredFile]) -> String {
    let names: Vec<String> = files.iter().map(said).collect();
    let what = if names.len() == 1 { "Fichier joint" } else { "Fichiers joints" };
    format!("{what} : {}.", names.join(", "))
}

/// The name of a file, and the one it came under when that one misled.
fn said(file: &StoredFile) -> String {
    match &file.renamed_from {
        Some(given) => {
            format!("« {} » (reçu sous le nom « {given} », qui annonçait un autre type)", file.name)
        }
        None => format!("« {} »", file.name),
    }
}

fn row(
    file: &StoredFile,
    request: &crate::reading::Request,
    access: &Access,
    at: chrono::DateTime<chrono::Utc>,
) -> Attachment {
    Attachment {
        id: AttachmentId::new(),
        school_id: request.school_id,
        person_id: access.person,
        draft_id: None,
        request_id: None,
        message_id: None,
        field: None,
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
        created_at: at,
        exam: None,
        exam_at: None,
        exam_note: None,
    }
}

/// A file that this person may read: of a request within their reach, or of a draft they wrote.
///
/// # Errors
/// When the database does not answer.
pub async fn find(desk: &Desk, access: &Access, id: AttachmentId) -> Result<Option<Attachment>, DbError> {
    let read = desk.site.db.read();
    let Some(file) = drafts::file(read, id).await? else {
        return Ok(None);
    };
    let readable = match (file.request_id, file.draft_id) {
        (Some(request), _) => match access.permit::<ReadRequests>() {
            Some(permit) => {
                let request = requests::by_id(read, permit.scope(), request).await?;
                request.is_some_and(|found| exists_for(access, &found))
            }
            None => false,
        },
        (None, Some(draft)) => match access.permit::<SubmitRequest>() {
            Some(permit) => drafts::find(read, permit.scope(), access.person, draft).await?.is_some(),
            None => false,
        },
        (None, None) => false,
    };
    Ok(Some(file).filter(|_| readable))
}

/// The content of a file, piece by piece, never whole in memory.
pub struct Content {
    /// Its size in bytes.
    pub size: u64,
    /// Its pieces, as the store gives them.
    pub pieces: BoxStream<'static, Result<Bytes, FileError>>,
}

/// Why a file that one may read is not given.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It is in quarantine.
    #[error("{}", quarantine::refusal(*.0))]
    Closed(Exam),
    /// The store does not give it.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The content of a file that [`find`] gave: the one way to it, which no file in quarantine passes.
///
/// # Errors
/// As [`ContentError`] says.
pub async fn content(desk: &Desk, file: &Attachment) -> Result<Content, ContentError> {
    if let Some(exam) = quarantine::closed(file) {
        return Err(ContentError::Closed(exam));
    }
    let (size, pieces) = desk.files.stream(&file.sha256).await?;
    Ok(Content { size, pieces })
}

#[cfg(test)]
mod tests;
