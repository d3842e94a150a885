//! The addresses of bridges: the Region's pages, both sides of a request, what the other side announces.

mod announce;
mod region;
mod request;

use beffroi_web::{Routed, Routes};

use crate::Bridges;

/// Every address of bridges.
#[must_use]
pub fn routes(bridges: Bridges) -> Routed {
    Routes::new()
        .merge(region::routes())
        .merge(request::routes())
        .merge(announce::routes())
        .with_state(bridges)
}
