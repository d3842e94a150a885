//! An agent types in a request received by phone, by mail or on the spot, for somebody of a school within reach.
//! The school's approvals and signatures remain its own. (CSU-05, SRV-29)

use beffroi_db::reach::{self, Why};
use beffroi_db::{DbError, Event};
use beffroi_directory::{School, schools};
use beffroi_kernel::{Access, DraftId, Permit, PersonId, RequestId, Role, SchoolId, Scope};
use beffroi_sheets::RequestType;

use crate::drafts::{self, Draft, DraftError, asking_role, assemble_all, who_may_ask};
use crate::model::Channel;
use crate::store::drafts as store;
use crate::store::entities::{draft, request, typed_request};
use crate::store::requests;
use crate::{Desk, RecordRequest};

/// The channels an agent chooses from.
pub const CHANNELS: &[Channel] = &[Channel::Phone, Channel::Mail, Channel::WalkIn];
/// Longest name of a caller, in characters.
const CALLER: usize = 120;

/// For whom an agent types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A person of the school.
    Person(PersonId),
    /// Somebody else, by name; the request then follows the school's own contact.
    Other(String),
}

/// Why nothing is begun.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The school is beyond reach, or the sheet or the person does not exist.
    #[error("cet établissement, cette personne ou cette demande n’existe pas")]
    NotFound,
    /// Nobody to name, or a channel that is not one.
    #[error("{1}")]
    Missing(&'static str, &'static str),
    /// The sheet does not let this person ask.
    #[error("Cette demande se fait par\u{a0}: {0}. Choisissez une autre personne ou une autre demande.")]
    NotForThem(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What an agent begins to type.
#[derive(Clone, Debug)]
pub struct NewRecord<'a> {
    /// The school.
    pub school: SchoolId,
    /// For whom.
    pub caller: Caller,
    /// How it came in.
    pub channel: Option<Channel>,
    /// The sheet.
    pub sheet: &'a str,
    /// The request type.
    pub kind: &'a str,
}

/// The school, when it is within reach.
///
/// # Errors
/// [`RecordError::NotFound`] when it is not.
pub async fn school(
    desk: &Desk,
    permit: &Permit<RecordRequest>,
    id: SchoolId,
) -> Result<School, RecordError> {
    beffroi_directory::school(&desk.site.db, permit.scope(), id).await?.ok_or(RecordError::NotFound)
}

/// Begins a draft typed in by an agent.
///
/// # Errors
/// As [`RecordError`] says.
pub async fn start(
    desk: &Desk,
    permit: &Permit<RecordRequest>,
    new: &NewRecord<'_>,
) -> Result<DraftId, RecordError> {
    school(desk, permit, new.school).await?;
    let published = desk.catalogue.sheet(new.sheet).await?.ok_or(RecordError::NotFound)?;
    let kind = published.sheet.request(new.kind).ok_or(RecordError::NotFound)?;
    let channel = new.channel.filter(|channel| CHANNELS.contains(channel));
    let channel =
        channel.ok_or(RecordError::Missing("canal", "Dites comment la demande vous est parvenue."))?;
    let (person, caller) = match &new.caller {
        Caller::Person(person) => (may_ask(desk, *person, new.school, kind).await?, None),
        Caller::Other(name) => {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            if name.is_empty() || name.chars().count() > CALLER {
                return Err(RecordError::Missing(
                    "nom",
                    "Écrivez le nom de la personne, en 120 caractères au plus.",
                ));
            }
            (contact(desk, new.school, kind).await?, Some(name))
        }
    };
    let place = (permit.person(), new.school);
    let row = drafts::row(place, (published.id, &kind.id), channel, desk.site.db.now());
    let model = draft::Model { for_person: Some(person), caller, ..row };
    let id = model.id;
    desk.site
        .db
        .write(async |tx| {
            let data = serde_json::json!({ "for": person, "channel": channel.slug(), "type": kind.id });
            let event = Event::new("draft.typed-in", format!("draft:{id}")).by(permit.person());
            tx.journal(event.school(new.school).data(data));
            Ok(store::insert(tx.on(), model).await?)
        })
        .await
        .map(|()| id)
}

/// The person, when the sheet lets them ask in this school.
async fn may_ask(
    desk: &Desk,
    person: PersonId,
    school: SchoolId,
    kind: &RequestType,
) -> Result<PersonId, RecordError> {
    let access = beffroi_directory::access_of(&desk.site.db, person).await?.ok_or(RecordError::NotFound)?;
    if access.functions_in(school).next().is_none() {
        return Err(RecordError::NotFound);
    }
    match asking_role(&access, school, kind) {
        Some(_) => Ok(person),
        None => Err(RecordError::NotForThem(who_may_ask(kind))),
    }
}

/// Who follows a request for somebody without an account here: the first of the school whom the sheet lets ask.
async fn contact(desk: &Desk, school: SchoolId, kind: &RequestType) -> Result<PersonId, RecordError> {
    let mut roles: Vec<Role> = kind.who.clone();
    roles.sort_unstable();
    let now = desk.site.db.now();
    for role in roles {
        let holders = beffroi_directory::holders(&desk.site.db, school, role, now).await?;
        if let Some(person) = holders.first() {
            return Ok(person.id);
        }
    }
    Err(RecordError::NotForThem(who_may_ask(kind)))
}

/// The people of the school whose name holds these words: identifier, name, functions.
///
/// # Errors
/// When the database does not answer.
pub async fn people(
    desk: &Desk,
    school: SchoolId,
    search: &str,
) -> Result<Vec<(PersonId, String, Vec<Role>)>, DbError> {
    let mut people: Vec<(PersonId, String, Vec<Role>)> = Vec::new();
    for held in schools::serving(&desk.site.db, school, search).await? {
        let full = people.len() == 20;
        match people.last_mut() {
            Some((id, _, roles)) if *id == held.person => roles.push(held.role),
            _ if full => break,
            _ => people.push((held.person, held.person_name, vec![held.role])),
        }
    }
    Ok(people)
}

/// What an agent typed in and has not sent yet.
///
/// # Errors
/// When the database does not answer.
pub async fn unsent(
    desk: &Desk,
    permit: &Permit<RecordRequest>,
    access: &Access,
) -> Result<Vec<Draft>, DraftError> {
    let models = store::typed_in(desk.site.db.read(), permit.person()).await?;
    assemble_all(desk, access, models).await
}

/// A request that this agent typed in: what to say on the phone, even while the school validates it.
///
/// # Errors
/// When the database does not answer.
pub async fn receipt(
    desk: &Desk,
    permit: &Permit<RecordRequest>,
    reference: &str,
) -> Result<Option<(request::Model, typed_request::Model)>, DbError> {
    let read = desk.site.db.read();
    let system = Scope::system("a request is shown to the agent who typed it in, whatever its state");
    let sent = requests::by_reference(read, &system, reference);
    let Some(request) = reach::everything(Why::Typed, sent).await? else {
        return Ok(None);
    };
    let typed = reach::everything(Why::Typed, store::typist(read, &system, request.id)).await?;
    Ok(typed.filter(|typed| typed.typed_by == permit.person()).map(|typed| (request, typed)))
}

/// What is kept beside the request when it is sent.
pub(crate) fn kept(
    access: &Access,
    draft: &Draft,
    id: RequestId,
    now: chrono::DateTime<chrono::Utc>,
) -> typed_request::Model {
    typed_request::Model {
        request_id: id,
        school_id: draft.school,
        typed_by: access.person,
        caller: draft.caller.clone(),
        typed_at: now,
    }
}

/// The first line of the conversation: how it came in, who typed it, for whom.
pub(crate) fn first_line(access: &Access, draft: &Draft) -> String {
    let Some(asker) = &draft.asker else {
        return match draft.channel {
            Channel::Mail => "Demande reçue par courriel.",
            Channel::Machine => "Demande déposée par un autre logiciel.",
            _ => "Demande déposée.",
        }
        .to_owned();
    };
    let how = match draft.channel {
        Channel::Phone => "par téléphone",
        Channel::Mail => "par courriel",
        _ => "sur place",
    };
    match &draft.caller {
        Some(caller) => format!(
            "Demande de {caller}, reçue {how} et saisie par {}. Elle est suivie par {}.",
            access.name, asker.name
        ),
        None => format!("Demande de {}, reçue {how} et saisie par {}.", asker.name, access.name),
    }
}
