//! HTTP in and out.

mod approvals;
mod drafts;
mod home;
mod queue;
mod requests;
mod search;
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
        .merge(work::routes())
        .merge(search::routes())
        .with_state(desk)
}
