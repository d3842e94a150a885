//! HTTP in and out.

mod answered;
mod approvals;
mod article;
mod bulk;
mod composer;
mod context;
mod delays;
mod drafts;
mod escalation;
mod home;
mod live;
mod load;
mod major;
mod mentions;
mod quarantine;
mod queue;
mod record;
mod recurring;
mod requests;
mod search;
mod searches;
mod shortcuts;
mod team;
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
        .merge(major::routes())
        .merge(escalation::routes())
        .merge(team::routes())
        .merge(load::routes())
        .merge(recurring::routes())
        .merge(search::routes())
        .merge(quarantine::routes())
        .with_state(desk)
}
