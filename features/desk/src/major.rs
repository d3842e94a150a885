//! Major incidents: one page, one banner, one answer for everyone who asks the same thing. (CSU-10)
//!
//! An incident is declared from a request or typed by an agent; requests name it as their parent.

mod answer;
mod attach;
mod join;

use std::collections::{BTreeSet, HashMap};

use beffroi_db::reach::{self, Why};
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{Announcement, Board};
use beffroi_kernel::{Access, Permit, PersonId, RequestId, Role, SchoolId, Scope, TerritoryId};
use uuid::Uuid;

use crate::store::major as store;
pub use crate::store::major::{Child, Incident, News};
use crate::store::requests;
use crate::{Desk, LeadIncidents, ReadRequests};

pub use answer::{ANSWER_JOB, answer};
pub use attach::{attach, detach};
pub use join::join;

/// Requests shown on the page of an incident; the others are counted.
pub const SHOWN: u64 = 50;
/// Requests are counted up to here.
pub const COUNTED: i64 = 1_000;
/// An incident names so many schools at most; beyond, it is a territory or the Region.
pub const MOST_SCHOOLS: usize = 100;

/// Why an action on an incident is not done.
#[derive(Debug, thiserror::Error)]
pub enum MajorError {
    /// No such incident, or it does not concern this person.
    #[error("cet incident n’existe pas")]
    NotFound,
    /// It reaches farther than the person's functions.
    #[error("cet incident dépasse votre périmètre : demandez à un responsable de le déclarer")]
    TooFar,
    /// It is over, or not.
    #[error("{0}")]
    State(&'static str),
    /// A field to mend.
    #[error("{1}")]
    Field(&'static str, &'static str),
    /// Somebody changed the request meanwhile.
    #[error("quelqu’un vient de modifier cette demande : recommencez")]
    Changed,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Whom an incident concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every school; visitors are told too.
    Region,
    /// The schools of a territory.
    Territory(TerritoryId),
    /// Those schools.
    Schools(Vec<SchoolId>),
}

impl Audience {
    const fn slug(&self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Territory(_) => "territory",
            Self::Schools(_) => "schools",
        }
    }
}

/// An incident to declare.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// A few words for the public.
    pub title: String,
    /// What is known.
    pub text: String,
    /// The theme of the requests that may be about it.
    pub theme: String,
    /// Whom it concerns.
    pub audience: Audience,
    /// The request that revealed it, if any.
    pub request: Option<RequestId>,
}

/// An incident with all that its page shows.
#[derive(Clone, Debug)]
pub struct Record {
    /// The incident.
    pub incident: Incident,
    /// What was said, latest first.
    pub news: Vec<News>,
    /// Names of those who wrote.
    pub names: HashMap<PersonId, String>,
    /// The territory concerned, in words.
    pub territory: Option<String>,
    /// The schools it names, in words.
    pub schools: Vec<String>,
    /// Requests attached, and those not over; [`COUNTED`] at most.
    pub count: (i64, i64),
    /// The latest requests attached within reach.
    pub children: Vec<Child>,
    /// The requests of one's schools that may be about it.
    pub candidates: Vec<Child>,
    /// Whether the person may give news and resolve.
    pub leads: bool,
}

/// How far a person may declare: everywhere, or in those territories.
pub(crate) fn reach(access: &Access) -> Option<BTreeSet<TerritoryId>> {
    let leading = |function: &&beffroi_kernel::Function| {
        matches!(function.role, Role::Technician | Role::ServiceManager)
    };
    let everywhere = access.holds(Role::DepartmentHead)
        || access.holds(Role::SecurityOfficer)
        // The teams of central services have no territory: their work is everywhere.
        || access.functions.iter().filter(leading).any(|function| function.territory.is_none());
    let territories = access.functions.iter().filter(leading).filter_map(|function| function.territory);
    (!everywhere).then(|| territories.collect())
}

/// Whether the person's functions reach the whole of an incident.
async fn leads(desk: &Desk, access: &Access, incident: &Incident) -> Result<bool, DbError> {
    if access.permit::<LeadIncidents>().is_none() {
        return Ok(false);
    }
    let Some(territories) = reach(access) else { return Ok(true) };
    if incident.declared_by == access.person {
        return Ok(true);
    }
    Ok(match incident.audience.as_str() {
        "region" => false,
        "territory" => incident.territory_id.is_some_and(|one| territories.contains(&one)),
        _ => {
            let schools = store::schools(desk.site.db.read(), incident.id, MOST_SCHOOLS as u64).await?;
            schools.iter().all(|(_, territory, _)| territories.contains(territory))
        }
    })
}

/// Declares an incident; the schools concerned read it at once on every page.
///
/// # Errors
/// [`MajorError::Field`] names the field to mend, [`MajorError::TooFar`] when it exceeds the person's reach.
pub async fn declare(
    desk: &Desk,
    permit: &Permit<LeadIncidents>,
    access: &Access,
    declaration: Declaration,
) -> Result<String, MajorError> {
    check(desk, permit, access, &declaration).await?;
    desk.site.db.write(async |tx| insert(tx, permit, &declaration).await).await
}

async fn insert(
    tx: &Tx,
    permit: &Permit<LeadIncidents>,
    declaration: &Declaration,
) -> Result<String, MajorError> {
    let mut id = RequestId::new();
    let mut reference = None;
    if let Some(request) = declaration.request {
        let mut found = requests::held(tx, permit.scope(), request)
            .await?
            .filter(|found| found.sent_at.is_some())
            .ok_or(MajorError::NotFound)?;
        if found.parent_id.is_some() {
            return Err(MajorError::State("cette demande est déjà rattachée à un incident majeur"));
        }
        // The request that revealed it is the first of those attached to it.
        (id, reference) = (found.id, Some(found.reference.clone()));
        found.parent_id = Some(found.id);
        attach::save(tx, found).await?;
    }
    let reference = match reference {
        Some(reference) => reference,
        None => requests::next_reference(tx.on(), tx.now()).await?,
    };
    let (territory_id, schools) = match &declaration.audience {
        Audience::Region => (None, Vec::new()),
        Audience::Territory(territory) => (Some(*territory), Vec::new()),
        Audience::Schools(schools) => (None, schools.clone()),
    };
    let incident = Incident {
        id,
        reference: reference.clone(),
        request_id: declaration.request,
        title: declaration.title.trim().to_owned(),
        theme: declaration.theme.clone(),
        body: declaration.text.trim().to_owned(),
        audience: declaration.audience.slug().into(),
        territory_id,
        declared_by: permit.person(),
        declared_at: tx.now(),
        updated_at: tx.now(),
        resolved_at: None,
    };
    store::insert(tx.on(), &incident, &schools).await?;
    say(tx, permit.person(), &incident, "declared", &declaration.text, false).await?;
    Ok(reference)
}

async fn check(
    desk: &Desk,
    permit: &Permit<LeadIncidents>,
    access: &Access,
    declaration: &Declaration,
) -> Result<(), MajorError> {
    if declaration.title.trim().is_empty() {
        return Err(MajorError::Field("title", "nommez l’incident en quelques mots"));
    }
    if declaration.title.chars().count() > 120 {
        return Err(MajorError::Field("title", "raccourcissez le titre : 120 caractères au plus"));
    }
    if declaration.text.trim().is_empty() {
        return Err(MajorError::Field("text", "dites ce qui est connu et ce qui est fait"));
    }
    let routing = desk.catalogue.routing().await?;
    if !routing.themes.iter().any(|theme| theme.id == declaration.theme) {
        return Err(MajorError::Field("theme", "choisissez le thème des demandes concernées"));
    }
    let reach = reach(access);
    match &declaration.audience {
        Audience::Region if reach.is_some() => Err(MajorError::TooFar),
        Audience::Territory(territory) if reach.as_ref().is_some_and(|near| !near.contains(territory)) => {
            Err(MajorError::TooFar)
        }
        Audience::Schools(schools) => {
            if schools.is_empty() {
                return Err(MajorError::Field("schools", "indiquez au moins un établissement"));
            }
            if schools.len() > MOST_SCHOOLS {
                return Err(MajorError::Field("schools", "choisissez plutôt le territoire ou la Région"));
            }
            for school in schools {
                let everywhere = Scope::system("a central team declares for any school");
                let scope = if reach.is_none() { &everywhere } else { permit.scope() };
                let found = beffroi_directory::school(&desk.site.db, scope, *school).await?;
                found.ok_or(MajorError::TooFar)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Writes news and, when it is for all, the job that carries it to every request attached.
async fn say(
    tx: &Tx,
    author: PersonId,
    incident: &Incident,
    kind: &'static str,
    text: &str,
    to_all: bool,
) -> Result<(), MajorError> {
    let news = News {
        id: Uuid::now_v7(),
        incident_id: incident.id,
        kind: kind.into(),
        body: text.trim().to_owned(),
        to_all,
        author_id: author,
        created_at: tx.now(),
    };
    store::add_news(tx.on(), &news).await?;
    if to_all {
        let once = format!("major:{}:-", news.id);
        tx.enqueue(NewJob::new(ANSWER_JOB, &(news.id, None::<RequestId>)).once(once)).await?;
    }
    let data = serde_json::json!({ "reference": incident.reference, "news": news.id, "to_all": to_all });
    let name = match kind {
        "declared" => "incident.declared",
        "resolved" => "incident.resolved",
        "reopened" => "incident.reopened",
        _ => "incident.news",
    };
    tx.journal(Event::new(name, format!("incident:{}", incident.id)).by(author).data(data));
    Ok(())
}

/// What a leader says of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// News; to every request attached or on the page alone.
    News {
        /// Whether every request attached receives it as an answer.
        to_all: bool,
    },
    /// It is over: every request attached receives the text as its solution.
    Resolve,
    /// It is not: requests stay attached.
    Reopen,
}

/// Gives news of an incident, resolves it or opens it again.
///
/// # Errors
/// As [`MajorError`] says.
pub async fn tell(
    desk: &Desk,
    permit: &Permit<LeadIncidents>,
    access: &Access,
    name: &str,
    turn: Turn,
    text: &str,
) -> Result<(), MajorError> {
    if text.trim().is_empty() {
        return Err(MajorError::Field("text", "écrivez ce que les établissements doivent savoir"));
    }
    let incident = store::find(desk.site.db.read(), name).await?.ok_or(MajorError::NotFound)?;
    if !leads(desk, access, &incident).await? {
        return Err(MajorError::TooFar);
    }
    desk.site
        .db
        .write(async |tx| {
            let mut incident = store::find(tx.on(), name).await?.ok_or(MajorError::NotFound)?;
            let over = incident.resolved_at.is_some();
            let (kind, to_all) = match turn {
                Turn::News { .. } | Turn::Resolve if over => {
                    return Err(MajorError::State("cet incident est terminé : rouvrez-le d’abord"));
                }
                Turn::Reopen if !over => return Err(MajorError::State("cet incident est déjà ouvert")),
                Turn::News { to_all } => ("news", to_all),
                Turn::Resolve => ("resolved", true),
                Turn::Reopen => ("reopened", false),
            };
            incident.resolved_at = (turn == Turn::Resolve).then_some(tx.now());
            text.trim().clone_into(&mut incident.body);
            incident.updated_at = tx.now();
            store::save(tx.on(), &incident).await?;
            say(tx, permit.person(), &incident, kind, text, to_all).await
        })
        .await
}

/// The incidents that a person may read: those that last first, then the latest.
///
/// # Errors
/// When the database does not answer.
pub async fn list(desk: &Desk, access: &Access) -> Result<Vec<Incident>, DbError> {
    let schools = schools_of(access);
    store::latest(desk.site.db.read(), (!is_agent(access)).then_some(&schools[..])).await
}

fn is_agent(access: &Access) -> bool {
    access.functions.iter().any(|function| !function.role.is_school())
}

fn schools_of(access: &Access) -> Vec<SchoolId> {
    let schools: BTreeSet<SchoolId> =
        access.functions.iter().filter_map(|function| function.school).collect();
    schools.into_iter().collect()
}

/// Opens an incident by its reference, or by the identifier that requests carry.
///
/// # Errors
/// `None` when it does not exist or does not concern the person.
pub async fn open(desk: &Desk, access: &Access, name: &str) -> Result<Option<Record>, DbError> {
    let read = desk.site.db.read();
    let Some(incident) = store::find(read, name).await? else { return Ok(None) };
    let schools = schools_of(access);
    if !is_agent(access) && !store::concerns(read, &incident, &schools).await? {
        return Ok(None);
    }
    let news = store::news(read, incident.id).await?;
    let mut authors: Vec<PersonId> = news.iter().map(|news| news.author_id).collect();
    authors.sort_unstable();
    authors.dedup();
    let (mut children, mut candidates) = (Vec::new(), Vec::new());
    if let Some(permit) = access.permit::<ReadRequests>() {
        children = store::children(&desk.site.db, permit.scope(), incident.id, SHOWN).await?;
        if incident.resolved_at.is_none() && !schools.is_empty() {
            let scope = permit.scope();
            candidates = store::candidates(&desk.site.db, scope, &incident.theme, &schools, 5).await?;
        }
    }
    let named = store::schools(read, incident.id, SHOWN).await?;
    let territory = match incident.territory_id {
        Some(id) => {
            let all = beffroi_directory::teams::territories(&desk.site.db).await?;
            all.into_iter().find(|one| one.id == id).map(|one| one.name)
        }
        None => None,
    };
    Ok(Some(Record {
        names: beffroi_directory::names(&desk.site.db, &authors).await?,
        schools: named.into_iter().map(|(_, _, words)| words).collect(),
        count: reach::everything(Why::Counts, store::count(read, incident.id, COUNTED)).await?,
        leads: leads(desk, access, &incident).await?,
        territory,
        news,
        children,
        candidates,
        incident,
    }))
}

/// The board of the site: incidents that last, read by two statements every few seconds.
#[must_use]
pub fn board(desk: &Desk) -> Board {
    let db = desk.site.db.clone();
    Board::new(move || {
        let db = db.clone();
        Box::pin(async move { in_force(&db).await })
    })
}

/// What every page says on top.
///
/// # Errors
/// When the database does not answer.
pub async fn in_force(db: &beffroi_db::Db) -> Result<Vec<Announcement>, DbError> {
    let incidents = store::lasting(db.read()).await?;
    if incidents.is_empty() {
        return Ok(Vec::new());
    }
    let concerned = store::concerned(db.read()).await?;
    let announcement = |incident: Incident| {
        let mine = || concerned.iter().filter(|(id, _, _)| *id == incident.id);
        Announcement {
            about: beffroi_directory::About::Incident,
            id: incident.id,
            href: format!("/incidents/{}", incident.reference),
            everyone: incident.audience == "region",
            schools: mine().map(|(_, school, _)| *school).collect(),
            territories: mine().map(|(_, _, territory)| *territory).collect(),
            reference: incident.reference,
            title: incident.title,
            text: incident.body,
            theme: incident.theme,
            updated_at: incident.updated_at,
        }
    };
    Ok(incidents.into_iter().map(announcement).collect())
}
