//! The desk: drafts, requests, approvals inside the school, routing, conversation, work, clocks.
//! (CSU, LIRE-02/03, and the request side of every sheet)

mod acts;
pub mod answered;
pub mod approvals;
pub mod article;
pub mod attachments;
pub mod by_machine;
pub mod by_mail;
mod clock;
pub mod composer;
pub mod context;
pub mod conversation;
pub mod delays;
pub mod details;
pub mod drafts;
pub mod effects;
pub mod escalation;
mod files;
pub mod history;
pub mod lists;
pub mod live;
pub mod load;
mod mails;
pub mod major;
pub mod mentions;
mod model;
pub mod named;
mod naming;
mod neighbour;
pub mod presence;
pub mod quarantine;
mod quota;
pub mod reading;
pub mod record;
pub mod recurring;
mod routes;
pub mod search;
mod sheet_files;
mod store;
pub mod submit;
pub mod team_calendar;
pub mod templates;
mod views;
pub mod work;

pub use files::{FileError, Files, StoredFile};
pub use model::*;
pub use neighbour::Neighbour;
pub use routes::routes;

use std::sync::Arc;

use axum::extract::FromRef;
use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::jobs::Worker;
use beffroi_directory::Site;
use beffroi_search::KnownWords;

/// What the desk needs: the site, the published catalogue and where files are kept.
#[derive(Clone)]
pub struct Desk {
    /// Database, clock and address.
    pub site: Site,
    /// The published sheets.
    pub catalogue: Catalogue,
    /// Attachments by content hash.
    pub files: Files,
    /// Signed decisions, told to the requests that ask for them.
    pub acts: Acts,
    /// What a room above shows beside requests.
    pub neighbour: Option<Arc<dyn Neighbour>>,
    /// Words that searches are corrected by, as far as this process knows them.
    pub words: Arc<KnownWords>,
}

impl Desk {
    /// The desk over these acts: a request moves on with what becomes of its acts.
    #[must_use]
    pub fn new(site: Site, catalogue: Catalogue, files: Files, acts: Acts) -> Self {
        let beneath =
            Self { site, catalogue, files, acts: acts.clone(), neighbour: None, words: Arc::default() };
        let acts = acts.with(Arc::new(acts::ByTeam(beneath.clone())));
        let acts = acts.before(Arc::new(acts::RequestWitness(beneath.clone())));
        Self { acts, ..beneath }
    }
}

impl FromRef<Desk> for Site {
    fn from_ref(desk: &Desk) -> Self {
        desk.site.clone()
    }
}

/// The worker with the jobs of the desk, and of the catalogue it stands on.
#[must_use]
pub fn jobs(worker: Worker, desk: Desk) -> Worker {
    let worker = planned_jobs(beffroi_catalogue::jobs(worker, &desk.catalogue), &desk);
    let worker = quarantine_jobs(worker, &desk);
    let [closing, indexing, expiring, bulk] = std::array::from_fn(|_| desk.clone());
    worker
        .on(beffroi_directory::search::SCHOOL_CHANGED_JOB, move |job| {
            let desk = indexing.clone();
            async move {
                search::school_changed(&desk, job.arguments()?).await.map_err(|error| error.to_string())
            }
        })
        .on(work::AUTO_CLOSE_JOB, move |job| {
            let desk = closing.clone();
            async move {
                let (request, resolved_at) = job.arguments()?;
                details::auto_close(&desk, request, resolved_at).await.map_err(|error| error.to_string())
            }
        })
        .on(delays::COMPUTE_JOB, {
            let desk = desk.clone();
            move |_| {
                let desk = desk.clone();
                async move { delays::run_job(&desk).await.map_err(|error| error.to_string()) }
            }
        })
        .on(answered::EXPIRE_JOB, move |job| {
            let desk = expiring.clone();
            async move {
                let (draft, answered_at) = job.arguments()?;
                answered::expire(&desk, draft, answered_at).await.map_err(|error| error.to_string())
            }
        })
        .on(lists::bulk::BULK_JOB, move |job| {
            let desk = bulk.clone();
            async move { lists::bulk::run(&desk, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
        .on(effects::EFFECT_END_JOB, move |job| {
            let desk = desk.clone();
            async move { effects::term(&desk, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
}

/// The jobs of service levels: incidents, escalations, sharing out, recurrences.
fn planned_jobs(worker: Worker, desk: &Desk) -> Worker {
    let [answering, escalating, sharing, beginning, sending] = std::array::from_fn(|_| desk.clone());
    worker
        .on(major::ANSWER_JOB, move |job| {
            let desk = answering.clone();
            async move {
                let (news, after) = job.arguments()?;
                major::answer(&desk, news, after).await.map_err(|error| error.to_string())
            }
        })
        .on(escalation::CHECK_JOB, move |job| {
            let desk = escalating.clone();
            async move { escalation::check(&desk, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
        .on(load::SHARE_JOB, move |job| {
            let desk = sharing.clone();
            async move { load::share_out(&desk, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
        .on(recurring::BEGIN_JOB, move |job| {
            let desk = beginning.clone();
            async move {
                let (id, day) = job.arguments()?;
                recurring::begin(&desk, id, day).await.map_err(|error| error.to_string())
            }
        })
        .on(recurring::SEND_JOB, move |job| {
            let desk = sending.clone();
            async move {
                let (id, draft) = job.arguments()?;
                recurring::send(&desk, id, draft).await.map_err(|error| error.to_string())
            }
        })
}

/// The jobs of the quarantine: files are examined, those that bear a virus removed in the end.
fn quarantine_jobs(worker: Worker, desk: &Desk) -> Worker {
    let [examining, removing] = std::array::from_fn(|_| desk.clone());
    worker
        .on(quarantine::EXAMINE_JOB, move |job| {
            let desk = examining.clone();
            async move { quarantine::examine(&desk, job.arguments()?).await }
        })
        .on(quarantine::REMOVE_JOB, move |job| {
            let desk = removing.clone();
            async move { quarantine::remove(&desk, &job.arguments::<String>()?).await }
        })
}
