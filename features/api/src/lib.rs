//! The API: what another program does in a person's name, with a token that never exceeds the functions
//! this person holds at the call; and webhooks, which tell other programs what happens to requests.
//! (CSU-05, INTRO-02)

mod caller;
mod document;
mod limits;
mod model;
mod once;
mod problem;
mod routes;
mod rules;
mod store;
pub mod tokens;
mod v1;
mod views;
pub mod webhooks;

pub use limits::{CALLS, Limits};
pub use model::*;
pub use problem::{Problem, no_such_address};
pub use routes::routes;
pub use rules::networks::{Network, Networks};
pub use rules::signature::sign;

use std::sync::Arc;

use axum::extract::FromRef;
use beffroi_db::jobs::Worker;
use beffroi_db::sealing::Ring;
use beffroi_desk::Desk;
use beffroi_directory::Site;

/// What the API needs.
#[derive(Clone)]
pub struct Api {
    /// Requests, and the catalogue they are made of.
    pub desk: Desk,
    /// How many calls each token made in the present minute, on this node.
    pub limits: Arc<Limits>,
    /// The keys that seal the secrets of webhooks.
    pub sealing: Ring,
    /// The private networks to which webhooks may be delivered; none by default.
    pub networks: Arc<Networks>,
}

impl Api {
    /// The API over this desk.
    #[must_use]
    pub fn new(desk: Desk, sealing: Ring, networks: Networks) -> Self {
        let sealing = sealing.for_usage(webhooks::SEALED.usage);
        Self { desk, limits: Arc::new(Limits::new(CALLS)), sealing, networks: Arc::new(networks) }
    }
}

impl Api {
    /// With another number of calls a minute for each token, on each node.
    #[must_use]
    pub fn allowing(self, calls: u32) -> Self {
        Self { limits: Arc::new(Limits::new(calls)), ..self }
    }
}

impl FromRef<Api> for Site {
    fn from_ref(api: &Api) -> Self {
        api.desk.site.clone()
    }
}

/// The worker with the jobs of the API.
#[must_use]
pub fn jobs(worker: Worker, api: &Api) -> Worker {
    let api = api.clone();
    worker.on(webhooks::DELIVER_JOB, move |job| {
        let api = api.clone();
        async move { webhooks::deliver(&api, job.arguments()?).await.map_err(|error| error.to_string()) }
    })
}

/// The OpenAPI document of this version, as served at `/api/openapi.json`.
#[must_use]
pub fn openapi(base_url: &str) -> serde_json::Value {
    v1::doors().document(base_url)
}
