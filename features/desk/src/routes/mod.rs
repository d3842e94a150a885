//! HTTP in and out.

mod answered;
mod approvals;
mod delays;
mod article;
mod bulk;
mod drafts;
mod home;
mod live;
mod composer;
mod context;
mod drafts;
mod home;
mod mentions;
mod queue;
mod record;
mod requests;
mod searches;
mod shortcuts;
mod templates;
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
        .merge(delays::routes())
        .merge(live::routes())
        .merge(answered::routes())
        .merge(article::routes())
        .merge(record::routes())
        .merge(composer::routes())
        .merge(context::routes())
        .merge(mentions::routes())
        .merge(shortcuts::routes())
        .merge(templates::routes())
        .with_state(desk)
}
