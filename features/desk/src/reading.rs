//! Everything a request's page shows, in a constant number of statements.

use std::collections::HashMap;

use beffroi_db::DbError;
use beffroi_directory::TeamName;
use beffroi_kernel::{Access, Permit, PersonId, SchoolId};
use beffroi_sheets::Answers;
use chrono::{DateTime, Utc};

use crate::conversation::{exists_for, works_on};
use crate::model::State;
pub use crate::store::entities::appointment::Model as Appointment;
pub use crate::store::entities::approval::Model as Approval;
pub use crate::store::entities::attachment::Model as Attachment;
pub use crate::store::entities::effect::Model as Effect;
pub use crate::store::entities::message::Model as Message;
pub use crate::store::entities::request::Model as Request;
pub use crate::store::entities::task::Model as Task;
use crate::store::folder as store;
use crate::{Desk, ReadInternalNotes, ReadRequests};

/// A school, by name only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolName {
    /// Identifier.
    pub id: SchoolId,
    /// National identifier.
    pub uai: String,
    /// Name, as people say it.
    pub name: String,
    /// Town.
    pub city: String,
}

/// A request with all that hangs on it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The request.
    pub request: Request,
    /// Where it stands.
    pub state: State,
    /// The school.
    pub school: SchoolName,
    /// The owner team.
    pub team: TeamName,
    /// The questions asked, in order, with the answers as shown.
    pub answers: Vec<(String, Vec<String>)>,
    /// The number of the sheet's version.
    pub sheet_version: i32,
    /// The sheet's title.
    pub sheet_title: String,
    /// What happens after sending, from the sheet.
    pub next: Vec<String>,
    /// The school's approvals, in order.
    pub approvals: Vec<Approval>,
    /// The conversation this person may read.
    pub messages: Vec<Message>,
    /// The files.
    pub files: Vec<Attachment>,
    /// The work.
    pub tasks: Vec<Task>,
    /// The visits.
    pub appointments: Vec<Appointment>,
    /// The requests that have to do with this one: kind of link, reference, title.
    pub links: Vec<(String, String, String)>,
    /// What it made true.
    pub effects: Vec<Effect>,
    /// Names of everyone above.
    pub names: HashMap<PersonId, String>,
    /// Whether this person works on it, rather than asks.
    pub as_agent: bool,
    /// Whether this person reads internal notes.
    pub reads_notes: bool,
    /// The instant of reading.
    pub now: DateTime<Utc>,
}

impl Folder {
    /// The name of a person, or the service itself.
    #[must_use]
    pub fn name(&self, person: Option<PersonId>) -> &str {
        person.and_then(|person| self.names.get(&person)).map_or("Beffroi", String::as_str)
    }
}

/// Opens a request by its reference.
///
/// # Errors
/// `None` when it does not exist within the permit's scope.
pub async fn open(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
) -> Result<Option<Folder>, DbError> {
    let db = &desk.site.db;
    let Some(opening) = store::opening(db, permit.scope(), reference).await? else {
        return Ok(None);
    };
    let request = &opening.request;
    if !exists_for(access, request) {
        // The school has not decided: for everyone else it does not exist yet (SRV-29).
        return Ok(None);
    }
    let as_agent = works_on(access, request);
    let reads_notes = as_agent && access.permit::<ReadInternalNotes>().is_some();
    let published = desk.catalogue.version(request.sheet_version_id).await?;
    let published = published.ok_or_else(|| DbError::Corrupt("la version de la fiche manque".into()))?;
    let kind = published.sheet.requests.iter().find(|kind| kind.id == request.request_type);
    let said = store::conversation(db, request.id, reads_notes).await?;
    let decided = store::approvals(db, request.id).await?;
    let pieces = store::pieces(db, permit.scope(), request.id, request.school_id).await?;
    let names = names(&opening, &said, &decided, pieces.names);
    let school =
        SchoolName { id: request.school_id, uai: opening.uai, name: opening.school_name, city: opening.city };
    Ok(Some(Folder {
        state: State::of(&request.state).ok_or_else(|| DbError::Corrupt(request.state.clone()))?,
        answers: shown(kind, request)?,
        sheet_version: published.number,
        sheet_title: published.sheet.title.clone(),
        next: kind.map(|kind| kind.next.clone()).unwrap_or_default(),
        approvals: decided.into_iter().map(|decided| decided.approval).collect(),
        messages: said.into_iter().map(|said| said.message).collect(),
        files: pieces.files,
        tasks: pieces.tasks,
        appointments: pieces.appointments,
        links: pieces.links,
        effects: pieces.effects,
        names,
        school,
        team: TeamName { id: request.team_id, slug: opening.team_slug, name: opening.team_name },
        as_agent,
        reads_notes,
        now: db.now(),
        request: opening.request,
    }))
}

/// The names of everyone on the page.
fn names(
    opening: &store::Opening,
    said: &[store::Said],
    decided: &[store::Decided],
    workers: Vec<(PersonId, String)>,
) -> HashMap<PersonId, String> {
    let mut names: HashMap<PersonId, String> = workers.into_iter().collect();
    names.insert(opening.request.requester_id, opening.requester_name.clone());
    names.extend(opening.request.assignee_id.zip(opening.assignee_name.clone()));
    names.extend(said.iter().filter_map(|said| said.message.author_id.zip(said.author.clone())));
    names.extend(decided.iter().filter_map(|step| step.approval.decided_by.zip(step.decider.clone())));
    names
}

fn shown(
    kind: Option<&beffroi_sheets::RequestType>,
    request: &Request,
) -> Result<Vec<(String, Vec<String>)>, DbError> {
    let answers: Answers = serde_json::from_str(&request.answers)?;
    let Some(kind) = kind else { return Ok(Vec::new()) };
    let fields = kind
        .fields
        .iter()
        .filter_map(|field| Some((field.label.clone(), field.show(answers.get(&field.id)?))));
    Ok(fields.collect())
}

/// The questions and answers of a request, as shown.
///
/// # Errors
/// When the database does not answer.
pub async fn answers_of(desk: &Desk, request: &Request) -> Result<Vec<(String, Vec<String>)>, DbError> {
    let published = desk.catalogue.version(request.sheet_version_id).await?;
    let published = published.ok_or_else(|| DbError::Corrupt("la version de la fiche manque".into()))?;
    shown(published.sheet.requests.iter().find(|kind| kind.id == request.request_type), request)
}
