//! What comes by mail enters by the same doors as what is typed on the site: a message on a request
//! that its author may read, or a draft that the author's own functions let them begin. What marks the
//! mail as treated is written in the same transaction. (CSU-01, CSU-05)

use beffroi_db::{DbError, Event, Tx};
use beffroi_directory::School;
use beffroi_kernel::{Access, AttachmentId, DraftId, Permit, RequestId, SchoolId};
use beffroi_sheets::{Answer, Answers, Field, FieldKind, FileRef, RequestType};

use crate::attachments::{AttachError, add_within};
use crate::conversation::{exists_for, note_within, reply_within, works_on};
use crate::drafts::{self, DraftError, asking_role, who_may_ask};
use crate::files::StoredFile;
use crate::model::{Channel, State};
use crate::reading::Request;
use crate::store::entities::attachment;
use crate::store::{drafts as store, requests};
use crate::work::WorkError;
use crate::{Desk, ReadInternalNotes, ReadRequests, SubmitRequest};

/// What a mail said on a request.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Its words, without what it quoted.
    pub text: &'a str,
    /// What it quoted, kept apart.
    pub quoted: &'a str,
    /// Its files, already checked and kept.
    pub files: &'a [StoredFile],
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A message that everyone on the request reads.
    Answered,
    /// An internal note: an agent wrote.
    Noted,
}

/// The request of that reference, when this person may read it and takes part in it.
///
/// # Errors
/// When the database does not answer.
pub async fn readable(desk: &Desk, access: &Access, reference: &str) -> Result<Option<Request>, DbError> {
    let Some(permit) = access.permit::<ReadRequests>() else { return Ok(None) };
    let found = requests::by_reference(desk.site.db.read(), permit.scope(), reference).await?;
    Ok(found.filter(|request| exists_for(access, request) && takes_part(access, request)))
}

fn takes_part(access: &Access, request: &Request) -> bool {
    request.requester_id == access.person
        || access.functions_in(request.school_id).next().is_some()
        || works_on(access, request)
}

/// Whether a request still takes messages.
#[must_use]
pub fn is_open(request: &Request) -> bool {
    !matches!(State::of(&request.state), Some(State::Closed | State::Refused | State::Merged) | None)
}

/// Adds what a mail said to a request, with `treated` in the same transaction. An agent's words become
/// an internal note: nothing reaches a school by a slip of a mail program.
///
/// # Errors
/// As [`AttachError`] says; nothing is then written.
pub async fn follow_up<W>(
    desk: &Desk,
    access: &Access,
    id: RequestId,
    said: Said<'_>,
    treated: W,
) -> Result<Heard, AttachError>
where
    W: AsyncFnOnce(&Tx) -> Result<(), DbError> + Clone,
{
    let permit = access.permit::<ReadRequests>().ok_or(AttachError::NotFound)?;
    desk.site
        .db
        .write(async |tx| {
            treated(tx).await?;
            let request = requests::by_id(tx.on(), permit.scope(), id).await?;
            let request = request.filter(|found| takes_part(access, found)).ok_or(AttachError::NotFound)?;
            if let Some(notes) = access.permit::<ReadInternalNotes>().filter(|_| works_on(access, &request)) {
                note_within(desk, tx, &notes, (id, &as_note(&said)), &[]).await?;
                return Ok(Heard::Noted);
            }
            if !said.text.is_empty() {
                let text = with_quote(said.text, said.quoted);
                reply_within(desk, tx, &permit, access, (id, &text), None).await?;
            }
            if !said.files.is_empty() {
                add_within(desk, tx, &permit, access, (id, said.files), said.text.is_empty()).await?;
            }
            Ok(Heard::Answered)
        })
        .await
}

/// Whether what this person writes by mail becomes an internal note.
#[must_use]
pub fn is_note(access: &Access, request: &Request) -> bool {
    works_on(access, request) && access.permit::<ReadInternalNotes>().is_some()
}

/// Files are for everyone on the request: an agent's are named, not taken.
fn as_note(said: &Said) -> String {
    let mut text =
        if said.text.is_empty() { "Courriel sans texte.".to_owned() } else { said.text.to_owned() };
    if !said.files.is_empty() {
        let names: Vec<&str> = said.files.iter().map(|file| file.name.as_str()).collect();
        text = format!("{text}\n\nFichiers reçus par courriel, non joints\u{a0}: {}.", names.join(", "));
    }
    with_quote(&text, said.quoted)
}

/// The words, then what they answer, marked as mail programs mark it.
fn with_quote(text: &str, quoted: &str) -> String {
    if quoted.trim().is_empty() {
        return text.to_owned();
    }
    let marked: Vec<String> = quoted.lines().map(|line| format!("> {line}")).collect();
    format!("{text}\n\n{}", marked.join("\n"))
}

/// Adds a mail's files to a request it made, with `treated` in the same transaction.
///
/// # Errors
/// As [`AttachError`] says; nothing is then written.
pub async fn give_files<W>(
    desk: &Desk,
    access: &Access,
    reference: &str,
    files: &[StoredFile],
    treated: W,
) -> Result<(), AttachError>
where
    W: AsyncFnOnce(&Tx) -> Result<(), DbError> + Clone,
{
    let permit = access.permit::<ReadRequests>().ok_or(AttachError::NotFound)?;
    desk.site
        .db
        .write(async |tx| {
            treated(tx).await?;
            if files.is_empty() {
                return Ok(());
            }
            let request = requests::by_reference(tx.on(), permit.scope(), reference).await?;
            let request = request.ok_or(AttachError::NotFound)?;
            add_within(desk, tx, &permit, access, (request.id, files), false).await
        })
        .await
}

/// A request that a mail begins.
#[derive(Clone, Copy, Debug)]
pub struct NewByMail<'a> {
    /// The school.
    pub school: SchoolId,
    /// The sheet.
    pub sheet: &'a str,
    /// The request type.
    pub kind: &'a str,
    /// Answers that the Region set for every mail.
    pub fixed: &'a [(String, String)],
    /// The words of the mail, its subject first.
    pub text: &'a str,
    /// Its files, already checked and kept.
    pub files: &'a [StoredFile],
}

/// A draft that a mail began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The draft.
    pub draft: DraftId,
    /// Whether its files are answers of it; otherwise they are still to be given to the request.
    pub files_in: bool,
}

/// Begins a draft of this person, with every answer the mail gives; `treated` is written in the same
/// transaction.
///
/// # Errors
/// [`DraftError::NotForYou`] names the functions that may ask.
pub async fn begin<W>(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    new: NewByMail<'_>,
    treated: W,
) -> Result<Begun, DraftError>
where
    W: AsyncFnOnce(&Tx, Begun) -> Result<(), DbError> + Clone,
{
    let published = desk.catalogue.sheet(new.sheet).await?.ok_or(DraftError::NotFound)?;
    let kind = published.sheet.request(new.kind).ok_or(DraftError::NotFound)?;
    if !permit.scope().schools().contains(&new.school) {
        return Err(DraftError::NotFound);
    }
    asking_role(access, new.school, kind).ok_or_else(|| DraftError::NotForYou(who_may_ask(kind)))?;
    let now = desk.site.db.now();
    let mut model = drafts::row((access.person, new.school), (published.id, &kind.id), Channel::Mail, now);
    let id = model.id;
    let place = file_field(kind).filter(|_| !new.files.is_empty());
    let files: Vec<attachment::Model> = match place {
        Some(field) => {
            new.files.iter().map(|file| row(file, (access, new.school), (id, field), now)).collect()
        }
        None => Vec::new(),
    };
    let answers = answers(kind, &new, place, &files);
    model.answers = serde_json::to_string(&answers).map_err(DbError::from)?;
    let begun = Begun { draft: id, files_in: place.is_some() };
    desk.site
        .db
        .write(async |tx| {
            treated(tx, begun).await?;
            store::insert(tx.on(), model).await?;
            for file in files {
                crate::quarantine::receive(desk, tx, file).await?;
            }
            let event = Event::new("draft.by-mail", format!("draft:{id}")).by(access.person);
            tx.journal(event.school(new.school).data(serde_json::json!({ "type": new.kind })));
            Ok(begun)
        })
        .await
}

/// The first question that takes files, whatever else is answered.
fn file_field(kind: &RequestType) -> Option<&Field> {
    kind.fields.iter().find(|field| field.kind == FieldKind::File && field.when.is_none())
}

fn answers(
    kind: &RequestType,
    new: &NewByMail,
    place: Option<&Field>,
    files: &[attachment::Model],
) -> Answers {
    let mut answers = Answers::new();
    for field in &kind.fields {
        let fixed: Vec<(String, String)> =
            new.fixed.iter().filter(|(name, _)| *name == field.id).cloned().collect();
        if let (false, Ok(answer)) = (fixed.is_empty(), field.read(&fixed)) {
            answers.insert(field.id.clone(), answer);
        }
    }
    let free = |kinds: FieldKind| {
        kind.fields
            .iter()
            .find(|field| field.kind == kinds && field.when.is_none() && !answers.contains_key(&field.id))
    };
    if let Some(field) = free(FieldKind::LongText).or_else(|| free(FieldKind::Text)) {
        let text = [(field.id.clone(), shortened(new.text, field.max))];
        if let Ok(answer) = field.read(&text) {
            answers.insert(field.id.clone(), answer);
        }
    }
    if let Some(field) = place {
        let given = files.iter().map(|file| FileRef {
            id: file.id.to_string(),
            name: file.name.clone(),
            size: u64::try_from(file.size).unwrap_or(0),
        });
        answers.insert(field.id.clone(), Answer::Files(given.collect()));
    }
    answers
}

/// What fits in the answer; whoever calls gives the whole text as a file besides.
fn shortened(text: &str, max: Option<i64>) -> String {
    const MORE: &str = "\n[…] La suite est dans le fichier joint.";
    let max = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(MORE.chars().count());
    text.chars().take(room).chain(MORE.chars()).collect()
}

/// What a request type takes of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Most characters of its words; longer ones go with a file of their own.
    pub longest: Option<usize>,
    /// Whether a question takes files.
    pub takes_files: bool,
}

/// What a request type takes of a mail.
///
/// # Errors
/// [`DraftError::NotFound`] when it is not published.
pub async fn form(desk: &Desk, sheet: &str, kind: &str) -> Result<Form, DraftError> {
    let published = desk.catalogue.sheet(sheet).await?.ok_or(DraftError::NotFound)?;
    let kind = published.sheet.request(kind).ok_or(DraftError::NotFound)?;
    let field = kind.fields.iter().find(|field| field.kind == FieldKind::LongText && field.when.is_none());
    let longest = field.and_then(|field| field.max).and_then(|max| usize::try_from(max).ok());
    Ok(Form { longest, takes_files: file_field(kind).is_some() })
}

/// The schools where this person may ask for that.
///
/// # Errors
/// [`DraftError::NotFound`] when the sheet or the type is not published.
pub async fn schools_to_ask_for(
    desk: &Desk,
    access: &Access,
    sheet: &str,
    kind: &str,
) -> Result<Vec<School>, DraftError> {
    let published = desk.catalogue.sheet(sheet).await?.ok_or(DraftError::NotFound)?;
    let kind = published.sheet.request(kind).ok_or(DraftError::NotFound)?;
    let Some(permit) = access.permit::<SubmitRequest>() else { return Ok(Vec::new()) };
    let mut schools = Vec::new();
    for id in permit.scope().schools() {
        if asking_role(access, *id, kind).is_some()
            && let Some(school) = beffroi_directory::school(&desk.site.db, permit.scope(), *id).await?
        {
            schools.push(school);
        }
    }
    Ok(schools)
}

fn row(
    file: &StoredFile,
    (access, school): (&Access, SchoolId),
    (draft, field): (DraftId, &Field),
    at: chrono::DateTime<chrono::Utc>,
) -> attachment::Model {
    attachment::Model {
        id: AttachmentId::new(),
        school_id: school,
        person_id: access.person,
        draft_id: Some(draft),
        request_id: None,
        message_id: None,
        field: Some(field.id.clone()),
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

/// Whether an error will pass if the same is tried again.
#[must_use]
pub fn passes(error: &AttachError) -> bool {
    matches!(error, AttachError::Work(WorkError::Changed | WorkError::Db(_)) | AttachError::Db(_))
}
