//! The addresses of the API, and the pages where people keep tokens and webhooks.

mod documentation;
mod tokens;
mod webhooks;

use axum::middleware;
use beffroi_web::{Routed, Routes};

pub(crate) use tokens::role_of;

use crate::{Api, caller, v1};

/// Every route of the API and of its pages.
#[must_use]
pub fn routes(api: Api) -> Routed {
    let pages = Routes::new()
        .merge(documentation::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
        .with_state(api.clone());
    let calls = v1::doors().into_routes().with_state(api.clone());
    let door = middleware::from_fn_with_state(api, caller::door);
    // Each token has its own count, said in each answer.
    let calls = Routed { router: calls.router.route_layer(door), ..calls };
    pages.merge(calls.apart())
}
