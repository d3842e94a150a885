//! A person writes a request: starting, answering one question at a time, giving files.
//! Every step is saved; nothing typed is lost (CSU-01).

use beffroi_catalogue::Published;
use beffroi_db::{DbError, Tx};
use beffroi_directory::School;
use beffroi_kernel::{Access, ArticleId, AttachmentId, DraftId, Permit, Role, SchoolId, Scope};
use beffroi_sheets::{
    Answer, Answers, Facts, FieldError, FieldKind, FileRef, Refusal, RefusalKind, RequestType,
};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::files::FileError;
use crate::model::Channel;
use crate::store::drafts as store;
use crate::store::entities::{attachment, draft};
use crate::{Desk, FillDrafts, SubmitRequest, acts, named, quarantine};

/// Why a draft cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// No such draft, sheet or question, or not this person's.
    #[error("ce brouillon n’existe plus")]
    NotFound,
    /// It was sent, or changed meanwhile.
    #[error("ce brouillon vient d’être envoyé ou modifié : rouvrez-le pour voir où il en est")]
    Changed,
    /// The sheet does not let this function ask.
    #[error("cette demande se fait par : {0}")]
    NotForYou(String),
    /// The answer cannot be used.
    #[error("{}", .0.message)]
    Answer(FieldError),
    /// The file cannot be taken.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A draft with the sheet it is written under.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its identifier.
    pub id: DraftId,
    /// The school it is for.
    pub school: SchoolId,
    /// The version of the sheet.
    pub published: Arc<Published>,
    /// Index of the request type in the sheet.
    kind: usize,
    /// The answers so far.
    pub answers: Answers,
    /// What conditions may look at.
    pub facts: Facts,
    /// The person was told that it is out of scope and goes on without a service level (LIRE-02).
    pub goodwill: bool,
    /// Already sent.
    pub sent: bool,
    /// The last change when it was read.
    pub updated_at: DateTime<Utc>,
    /// The person of the school for whom an agent types (CSU-05).
    pub asker: Option<Access>,
    /// Who called, when it is somebody else.
    pub caller: Option<String>,
    /// How the request came in.
    pub channel: Channel,
    /// When an article answered instead, and which.
    pub answered: Option<(DateTime<Utc>, ArticleId)>,
}

impl Draft {
    /// Whether an agent types it in for somebody.
    #[must_use]
    pub fn is_typed_in(&self) -> bool {
        self.asker.is_some()
    }

    /// What the approvals look at. A sheet may spare a head or a secretary-general their own approval: never when
    /// somebody else types, for a voice on the phone is nobody's signature.
    #[must_use]
    pub(crate) fn approval_facts(&self) -> Facts {
        let facts = self.facts.clone();
        if self.is_typed_in() { Facts { requester_role: Role::SchoolStaff, ..facts } } else { facts }
    }

    /// The words typed so far, for what may answer them.
    #[must_use]
    pub fn words(&self) -> String {
        let shown =
            self.kind().fields.iter().filter_map(|field| Some(field.show(self.answers.get(&field.id)?)));
        shown.flatten().collect::<Vec<_>>().join(" ")
    }

    /// The request type.
    #[must_use]
    pub fn kind(&self) -> &RequestType {
        &self.published.sheet.requests[self.kind]
    }

    /// The refusal that stops this draft now, if any. An accepted goodwill path lifts a refusal of
    /// scope, never a hard one (T6).
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.kind()
            .refusal(&self.answers, &self.facts)
            .filter(|refusal| refusal.kind == RefusalKind::Hard || !self.goodwill)
    }

    /// Whether it goes on out of scope, without a service level: accepted, and still out of scope.
    #[must_use]
    pub fn is_goodwill(&self) -> bool {
        self.goodwill && self.kind().refusal(&self.answers, &self.facts).is_some()
    }
}

/// The function under which a person asks in a school: the strongest that the sheet lets ask.
pub(crate) fn asking_role(access: &Access, school: SchoolId, kind: &RequestType) -> Option<Role> {
    access.functions_in(school).map(|function| function.role).filter(|role| kind.who.contains(role)).min()
}

/// Begins a draft.
///
/// # Errors
/// [`DraftError::NotForYou`] names the functions that may ask.
pub async fn start(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    school: SchoolId,
    slug: &str,
    request_type: &str,
) -> Result<DraftId, DraftError> {
    let published = desk.catalogue.sheet(slug).await?.ok_or(DraftError::NotFound)?;
    let kind =
        published.sheet.requests.iter().find(|kind| kind.id == request_type).ok_or(DraftError::NotFound)?;
    if !permit.scope().schools().contains(&school) {
        return Err(DraftError::NotFound);
    }
    asking_role(access, school, kind).ok_or_else(|| DraftError::NotForYou(who_may_ask(kind)))?;
    let model = row((access.person, school), (published.id, &kind.id), Channel::Web, desk.site.db.now());
    let id = model.id;
    desk.site.db.write(async |tx| store::insert(tx.on(), model).await).await?;
    Ok(id)
}

/// The row of a draft that somebody begins in a school, on a request type of a version, without answers.
pub(crate) fn row(
    (person_id, school_id): (beffroi_kernel::PersonId, SchoolId),
    (sheet_version_id, request_type): (beffroi_kernel::SheetVersionId, &str),
    channel: Channel,
    at: DateTime<Utc>,
) -> draft::Model {
    draft::Model {
        id: DraftId::new(),
        person_id,
        school_id,
        sheet_version_id,
        request_type: request_type.to_owned(),
        answers: "{}".into(),
        goodwill: false,
        request_id: None,
        created_at: at,
        updated_at: at,
        for_person: None,
        caller: None,
        channel: channel.slug().into(),
        answered_at: None,
        answered_by: None,
    }
}

/// The functions that may ask, in words.
#[must_use]
pub fn who_may_ask(kind: &RequestType) -> String {
    kind.who.iter().map(|role| beffroi_kernel::in_sentence(role.label())).collect::<Vec<_>>().join(", ")
}

/// Opens a draft of this person.
///
/// # Errors
/// [`DraftError::NotFound`] when it is not theirs.
pub async fn open(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    id: DraftId,
) -> Result<Draft, DraftError> {
    open_within(desk, permit.scope(), access, id).await
}

/// Opens a draft of this person, asked for oneself or typed in for somebody (CSU-05).
///
/// # Errors
/// [`DraftError::NotFound`] when it is not theirs.
pub async fn open_own(
    desk: &Desk,
    permit: &Permit<FillDrafts>,
    access: &Access,
    id: DraftId,
) -> Result<Draft, DraftError> {
    open_within(desk, permit.scope(), access, id).await
}

pub(crate) async fn open_within(
    desk: &Desk,
    scope: &Scope,
    access: &Access,
    id: DraftId,
) -> Result<Draft, DraftError> {
    let model =
        store::find(desk.site.db.read(), scope, access.person, id).await?.ok_or(DraftError::NotFound)?;
    of_row(desk, access, model).await
}

/// The draft of a row that is this person's.
pub(crate) async fn of_row(desk: &Desk, access: &Access, model: draft::Model) -> Result<Draft, DraftError> {
    let school = school_of(desk, model.school_id).await?;
    assemble(desk, access, model, &school).await
}

/// The drafts a person has not sent, latest first; those that an article answered too.
///
/// # Errors
/// When the database does not answer.
pub async fn unsent(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
) -> Result<Vec<Draft>, DraftError> {
    assemble_all(desk, access, store::unsent(desk.site.db.read(), permit.person()).await?).await
}

/// Drafts with their sheets; those that their person may not write any more are left out.
pub(crate) async fn assemble_all(
    desk: &Desk,
    access: &Access,
    models: Vec<draft::Model>,
) -> Result<Vec<Draft>, DraftError> {
    let mut drafts = Vec::new();
    // Each school is read once, however many drafts it has.
    let mut schools: HashMap<SchoolId, School> = HashMap::new();
    for model in models {
        let school = match schools.entry(model.school_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(school_of(desk, model.school_id).await?),
        };
        match assemble(desk, access, model, school).await {
            Ok(draft) => drafts.push(draft),
            Err(DraftError::NotFound | DraftError::NotForYou(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(drafts)
}

async fn assemble(
    desk: &Desk,
    access: &Access,
    model: draft::Model,
    school: &School,
) -> Result<Draft, DraftError> {
    let published = desk.catalogue.version(model.sheet_version_id).await?.ok_or(DraftError::NotFound)?;
    let kind = published
        .sheet
        .requests
        .iter()
        .position(|kind| kind.id == model.request_type)
        .ok_or(DraftError::NotFound)?;
    let asker = match model.for_person {
        Some(person) => {
            Some(beffroi_directory::access_of(&desk.site.db, person).await?.ok_or(DraftError::NotFound)?)
        }
        None => None,
    };
    let asking = asker.as_ref().unwrap_or(access);
    let role = asking_role(asking, model.school_id, &published.sheet.requests[kind])
        .ok_or_else(|| DraftError::NotForYou(who_may_ask(&published.sheet.requests[kind])))?;
    let facts = facts(school, role);
    let answers = serde_json::from_str(&model.answers).map_err(DbError::from)?;
    Ok(Draft {
        id: model.id,
        school: model.school_id,
        published,
        kind,
        answers,
        facts,
        goodwill: model.goodwill,
        sent: model.request_id.is_some(),
        updated_at: model.updated_at,
        asker,
        caller: model.caller,
        channel: Channel::of(&model.channel).unwrap_or(Channel::Web),
        answered: model.answered_at.zip(model.answered_by),
    })
}

/// The school of a draft; kept for seconds.
pub(crate) async fn school_of(desk: &Desk, school: SchoolId) -> Result<School, DbError> {
    let db = &desk.site.db;
    let scope = beffroi_kernel::Scope::system("the school of the person's own function");
    let read = async || beffroi_directory::school(db, &scope, school).await;
    let school = db.recent(format!("school {school}"), &["school", "organisation"], read).await?;
    school.as_ref().clone().ok_or_else(|| DbError::Corrupt("l’établissement de la demande manque".into()))
}

/// What the conditions of a sheet may look at, for a person of `role` in `school`.
fn facts(school: &School, role: Role) -> Facts {
    let School { academy, kind, o365, .. } = school;
    Facts { requester_role: role, academy: academy.clone(), school_kind: kind.clone(), o365: *o365 }
}

/// Saves the answer to one question.
///
/// # Errors
/// [`DraftError::Answer`] says how to mend it; what was typed is then not saved.
pub async fn answer(
    desk: &Desk,
    draft: &mut Draft,
    field: &str,
    raw: &[(String, String)],
) -> Result<(), DraftError> {
    let question = draft.kind().field(field).ok_or(DraftError::NotFound)?;
    if question.kind == FieldKind::File {
        // Files come by upload only: what a form says of them is not believed.
        return match draft.answers.get(field) {
            Some(_) => Ok(()),
            None => {
                let none = question.read(&[]).map_err(DraftError::Answer)?;
                change(desk, draft, async |_, answers| {
                    answers.insert(field.to_owned(), none);
                    Ok(())
                })
                .await
            }
        };
    }
    let answer = if question.kind == FieldKind::Person {
        let known = named::choosable(desk, draft.school, question).await?;
        question.read_people(raw, &known).map_err(DraftError::Answer)?
    } else {
        question.read(raw).map_err(DraftError::Answer)?
    };
    let refused = |message| DraftError::Answer(FieldError { field: field.to_owned(), message });
    acts::check_address(desk, draft.kind(), field, &answer).map_err(refused)?;
    change(desk, draft, async |_, answers| {
        answers.insert(field.to_owned(), answer);
        Ok(())
    })
    .await
}

/// Changes the answers as they are now, so that two windows on one draft lose nothing.
async fn change<W>(desk: &Desk, draft: &mut Draft, work: W) -> Result<(), DraftError>
where
    W: AsyncFnOnce(&Tx, &mut Answers) -> Result<(), DbError> + Clone,
{
    let saved = desk.site.db.write::<_, DraftError, _>(async |tx| {
        let mut held = store::hold(tx.on(), draft.id).await?.ok_or(DraftError::Changed)?;
        let mut answers: Answers = serde_json::from_str(&held.answers).map_err(DbError::from)?;
        work(tx, &mut answers).await?;
        held.answers = serde_json::to_string(&answers).map_err(DbError::from)?;
        held.updated_at = tx.now();
        store::save(tx.on(), held).await?;
        Ok((answers, tx.now()))
    });
    (draft.answers, draft.updated_at) = saved.await?;
    Ok(())
}

/// Keeps a file as an answer to `field`.
///
/// # Errors
/// [`DraftError::File`] says why a file is refused.
pub async fn add_file(
    desk: &Desk,
    access: &Access,
    draft: &mut Draft,
    field: &str,
    name: &str,
    bytes: Vec<u8>,
) -> Result<(), DraftError> {
    let stored = desk.files.keep(name, bytes).await?;
    let model = attachment::Model {
        id: AttachmentId::new(),
        school_id: draft.school,
        person_id: access.person,
        draft_id: Some(draft.id),
        request_id: None,
        message_id: None,
        field: Some(field.to_owned()),
        name: stored.name.clone(),
        media_type: stored.media_type,
        size: stored.size,
        sha256: stored.sha256,
        created_at: desk.site.db.now(),
        exam: None,
        exam_at: None,
        exam_note: None,
    };
    let file = FileRef {
        id: model.id.to_string(),
        name: stored.name,
        size: u64::try_from(stored.size).unwrap_or(0),
    };
    change(desk, draft, async |tx, answers| {
        match answers.entry(field.to_owned()).or_insert_with(|| Answer::Files(Vec::new())) {
            Answer::Files(files) => files.push(file),
            other => *other = Answer::Files(vec![file]),
        }
        quarantine::receive(desk, tx, model).await
    })
    .await
}

/// Takes a file back from the draft.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_file(
    desk: &Desk,
    draft: &mut Draft,
    field: &str,
    id: AttachmentId,
) -> Result<(), DraftError> {
    let draft_id = draft.id;
    change(desk, draft, async |tx, answers| {
        if let Some(Answer::Files(files)) = answers.get_mut(field) {
            files.retain(|file| file.id != id.to_string());
            if files.is_empty() {
                answers.remove(field);
            }
        }
        store::remove_file(tx.on(), draft_id, id).await
    })
    .await
}

/// The person goes on although out of scope: no service level, as told (LIRE-02, LIRE-03).
///
/// # Errors
/// When the refusal is hard: nothing lifts it (T6).
pub async fn accept_goodwill(desk: &Desk, draft: &Draft) -> Result<(), DraftError> {
    match draft.refusal() {
        Some(refusal) if refusal.kind == RefusalKind::OutOfScope => {}
        _ => return Err(DraftError::NotFound),
    }
    let accepted = desk.site.db.write::<_, DraftError, _>(async |tx| {
        let mut held = store::hold(tx.on(), draft.id).await?.ok_or(DraftError::Changed)?;
        held.goodwill = true;
        held.updated_at = tx.now();
        Ok(store::save(tx.on(), held).await?)
    });
    accepted.await
}

/// Deletes a draft and its files' records.
///
/// # Errors
/// When the database does not answer.
pub async fn delete(desk: &Desk, draft: &Draft) -> Result<(), DraftError> {
    let deleted = desk.site.db.write::<_, DraftError, _>(async |tx| {
        store::hold(tx.on(), draft.id).await?.ok_or(DraftError::Changed)?;
        Ok(store::delete(tx.on(), draft.id).await?)
    });
    deleted.await
}

/// Puts several answers at once, as an import or a simulation does. Whoever is left to name
/// ([`beffroi_sheets::PersonRef::anyone`]) is named: the first of the school who may be.
///
/// # Errors
/// When the database does not answer.
pub async fn put_answers(desk: &Desk, draft: &Draft, mut given: Answers) -> Result<(), DraftError> {
    named::name_anyone(desk, draft, &mut given).await?;
    change(desk, &mut draft.clone(), async |_, answers| {
        *answers = given;
        Ok(())
    })
    .await
}
