//! Everything a request's page shows, in a constant number of statements.

use std::collections::HashMap;

use beffroi_db::DbError;
use beffroi_directory::{School, Team};
use beffroi_kernel::{Access, Permit, PersonId, RequestId, Scope};
use beffroi_sheets::Answers;
use chrono::{DateTime, Utc};

use crate::conversation::works_on;
use crate::model::State;
pub use crate::store::entities::appointment::Model as Appointment;
pub use crate::store::entities::approval::Model as Approval;
pub use crate::store::entities::attachment::Model as Attachment;
pub use crate::store::entities::effect::Model as Effect;
pub use crate::store::entities::message::Model as Message;
pub use crate::store::entities::request::Model as Request;
pub use crate::store::entities::task::Model as Task;
use crate::store::{drafts, requests as store};
use crate::{Desk, ReadInternalNotes, ReadRequests};

/// A request with all that hangs on it.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The request.
    pub request: Request,
    /// Where it stands.
    pub state: State,
    /// The school.
    pub school: School,
    /// The owner team.
    pub team: Team,
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
    let read = desk.site.db.read();
    let Some(request) = store::by_reference(read, permit.scope(), reference).await? else {
        return Ok(None);
    };
    let as_agent = works_on(access, &request);
    let of_the_school = access.functions_in(request.school_id).next().is_some();
    if request.sent_at.is_none() && !of_the_school && request.requester_id != access.person {
        // The school has not decided: for everyone else it does not exist yet (SRV-29).
        return Ok(None);
    }
    let reads_notes = as_agent && access.permit::<ReadInternalNotes>().is_some();
    let published = desk.catalogue.version(request.sheet_version_id).await?;
    let published = published.ok_or_else(|| DbError::Corrupt("la version de la fiche manque".into()))?;
    let kind = published.sheet.requests.iter().find(|kind| kind.id == request.request_type);
    let system = Scope::system("the school of a request already found within the permit's scope");
    let school = beffroi_directory::school(&desk.site.db, &system, request.school_id).await?;
    let team = beffroi_directory::team(&desk.site.db, request.team_id).await?;
    let (Some(school), Some(team)) = (school, team) else {
        return Err(DbError::Corrupt("établissement ou équipe".into()));
    };
    let mut folder = Folder {
        state: State::of(&request.state).ok_or_else(|| DbError::Corrupt(request.state.clone()))?,
        answers: shown(kind, &request)?,
        sheet_version: published.number,
        sheet_title: published.sheet.title.clone(),
        next: kind.map(|kind| kind.next.clone()).unwrap_or_default(),
        approvals: store::approvals(read, request.id).await?,
        messages: store::messages(read, request.id, reads_notes).await?,
        files: drafts::files_of_request(read, request.id).await?,
        tasks: store::tasks(read, request.id).await?,
        appointments: store::appointments(read, request.id).await?,
        links: linked(desk, permit, request.id).await?,
        effects: store::effects(read, request.id).await?,
        names: HashMap::new(),
        school,
        team,
        as_agent,
        reads_notes,
        now: desk.site.db.now(),
        request,
    };
    folder.names = names(desk, &folder).await?;
    Ok(Some(folder))
}

async fn linked(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    id: RequestId,
) -> Result<Vec<(String, String, String)>, DbError> {
    let links = store::links(desk.site.db.read(), permit.scope(), id).await?;
    Ok(links.into_iter().map(|(kind, request)| (kind, request.reference, request.title)).collect())
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

async fn names(desk: &Desk, folder: &Folder) -> Result<HashMap<PersonId, String>, DbError> {
    let mut people: Vec<PersonId> = folder.messages.iter().filter_map(|message| message.author_id).collect();
    people.extend(folder.approvals.iter().filter_map(|approval| approval.decided_by));
    people.extend(folder.tasks.iter().filter_map(|task| task.done_by));
    people.extend(folder.request.assignee_id);
    people.push(folder.request.requester_id);
    people.sort_unstable();
    people.dedup();
    beffroi_directory::names(&desk.site.db, &people).await
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
