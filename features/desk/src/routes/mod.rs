//! HTTP in and out.

mod approvals;
mod bulk;
mod drafts;
mod home;
mod queue;
mod requests;
mod searches;
mod work;

use beffroi_web::{Routed, Routes};

use crate::Desk;

/// Every route of the desk.
#[must_use]
pub fn routes(desk: Desk) -> Routed {
    Routes::new()
        .merge(home::routes())
        .merge(drafts::routes())
        .merge(approvals::routes())
        .merge(requests::routes())
        .merge(queue::routes())
        .merge(searches::routes())
        .merge(bulk::routes())
        .merge(work::routes())
        .with_state(desk)
}
