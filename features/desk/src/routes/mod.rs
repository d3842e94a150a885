//! HTTP in and out.

mod approvals;
mod drafts;
mod escalation;
mod home;
mod load;
mod major;
mod queue;
mod recurring;
mod requests;
mod team;
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
        .merge(major::routes())
        .merge(escalation::routes())
        .merge(team::routes())
        .merge(load::routes())
        .merge(recurring::routes())
        .with_state(desk)
}
