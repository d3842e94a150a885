//! Bridges: a team that keeps its own tool finds there the requests it receives here, and what it writes,
//! joins and decides there comes back, without anybody typing it again. Both sides are compared, never
//! believed: the same comparison runs after each change, every few minutes, and when somebody asks for it.
//! (CSU-05, CSU-09, INTRO-02)

pub mod drivers;
mod follow;
mod model;
mod panel;
mod receive;
mod routes;
mod rules;
mod seal;
pub mod settings;
mod store;
mod sync;
mod views;

pub use follow::{follow, round, watch};
pub use model::*;
pub use panel::Panel;
pub use receive::{Announced, Announcement, announced};
pub use routes::routes;
pub use rules::{Sides, Verdict, decide};
pub use seal::SEALED;
pub use store::bridges::Bridge;
pub use store::exchanges::Exchange;
pub use store::links::{Link, Tally};
pub use sync::{Due, SYNC_JOB, ask_again, note, sync};

use std::sync::Arc;

use axum::extract::FromRef;
use beffroi_api::{Api, Networks};
use beffroi_db::DbError;
use beffroi_db::jobs::Worker;
use beffroi_db::sealing::Ring;
use beffroi_desk::Desk;
use beffroi_directory::Site;
use beffroi_kernel::RequestId;

/// What bridges need.
#[derive(Clone)]
pub struct Bridges {
    /// Requests, and where their files are kept.
    pub desk: Desk,
    /// The keys that seal the secrets of bridges.
    pub sealing: Ring,
    /// The private networks that bridges may cross: those of webhooks.
    pub networks: Arc<Networks>,
}

impl Bridges {
    /// Bridges over the same desk, with the same keys and the same networks as the webhooks of `api`.
    #[must_use]
    pub fn over(api: &Api) -> Self {
        let sealing = api.sealing.for_usage(SEALED.usage);
        Self { desk: api.desk.clone(), sealing, networks: Arc::clone(&api.networks) }
    }
}

impl FromRef<Bridges> for Site {
    fn from_ref(bridges: &Bridges) -> Self {
        bridges.desk.site.clone()
    }
}

/// The worker with the jobs of bridges.
#[must_use]
pub fn jobs(worker: Worker, bridges: &Bridges) -> Worker {
    let bridges = bridges.clone();
    worker.on(SYNC_JOB, move |job| {
        let bridges = bridges.clone();
        async move { sync(&bridges, job.arguments()?).await.map_err(|error| error.to_string()) }
    })
}

/// The links of a request by bridges in use.
///
/// # Errors
/// When the database does not answer.
pub async fn links_of(bridges: &Bridges, request: RequestId) -> Result<Vec<Link>, DbError> {
    store::links::of_requests(bridges.desk.site.db.read(), &[request]).await
}
