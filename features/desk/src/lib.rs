//! The desk: drafts, requests, approvals inside the school, routing, conversation, work, clocks.
//! (CSU, LIRE-02/03, and the request side of every sheet)

pub mod approvals;
pub mod attachments;
mod clock;
pub mod conversation;
pub mod details;
pub mod drafts;
pub mod effects;
mod files;
pub mod lists;
mod mails;
mod model;
pub mod reading;
mod routes;
pub mod search;
mod store;
pub mod submit;
mod views;
pub mod work;

pub use files::{FileError, Files};
pub use model::*;
pub use routes::routes;

use axum::extract::FromRef;
use beffroi_catalogue::Catalogue;
use beffroi_db::jobs::Worker;
use beffroi_directory::Site;

/// What the desk needs: the site, the published catalogue and where files are kept.
#[derive(Clone)]
pub struct Desk {
    /// Database, clock and address.
    pub site: Site,
    /// The published sheets.
    pub catalogue: Catalogue,
    /// Attachments by content hash.
    pub files: Files,
}

impl FromRef<Desk> for Site {
    fn from_ref(desk: &Desk) -> Self {
        desk.site.clone()
    }
}

/// The worker with the jobs of the desk.
#[must_use]
pub fn jobs(worker: Worker, desk: Desk) -> Worker {
    let (closing, indexing) = (desk.clone(), desk.clone());
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
        .on(effects::EFFECT_END_JOB, move |job| {
            let desk = desk.clone();
            async move { effects::term(&desk, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
}
