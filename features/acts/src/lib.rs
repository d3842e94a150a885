//! Acts: signed, dated decisions, what they confer, until when, and the proof of it.
//! (T2, T3, T5, T6; SRV-14 to SRV-29, SEC-08 to SEC-12)
//!
//! An act is prepared by [`open_act`], signed by [`sign()`], opened by the Region when its kind asks so
//! with [`put_in_force`], and ends once. What it makes true elsewhere is an [`Adapter`]'s work.

mod acknowledge;
mod effects;
mod ending;
pub mod exemptions;
mod force;
mod ground;
pub mod kinds;
pub mod liability;
mod mails;
mod mandate;
mod model;
mod open;
mod passkeys;
pub mod proof;
mod reading;
pub mod refusals;
mod refuse;
mod review;
mod revoke;
mod routes;
mod rules;
mod sealed;
mod sign;
mod store;
mod views;
mod withdraw;
mod witness;

#[cfg(test)]
mod tests;

pub use acknowledge::{Acknowledgement, acknowledgements};
pub use effects::{Adapter, BY_HAND, EFFECT_JOB, Recorded, done_by_hand};
pub use ending::EndError;
pub use force::{ForceError, open_rights, put_in_force};
pub use ground::authority;
pub use model::*;
pub use open::{OpenError, open_act, redraft};
pub use passkeys::{PASSKEY_FOR, PASSKEY_TERM, passkey_kinds, passkey_only, set_passkey_kinds};
pub use reading::{
    end_of_request, for_request, in_force_for_request, live_of_kind, of_request, statement, to_sign,
};
pub use refuse::refuse;
pub use review::{Confirming, REVIEW_SUSPENDS, confirm, review_suspends, set_review_suspends};
pub use revoke::{revocation, revoke, revoke_for_safety};
pub use routes::routes;
pub use rules::anniversary;
pub use sign::{SignError, Signing, sign, subject};
pub use views::acknowledge::{ACKNOWLEDGED, UNTICKED, acknowledgement_box};
pub use withdraw::withdraw;
pub use witness::Witness;

use std::sync::Arc;

use axum::extract::FromRef;
use beffroi_db::jobs::Worker;
use beffroi_directory::Site;

use crate::exemptions::DangerLists;

/// What acts need: the site, and what makes their effects true.
#[derive(Clone)]
pub struct Acts {
    /// Database, clock and address.
    pub site: Site,
    adapters: Vec<Arc<dyn Adapter>>,
    witnesses: Vec<Arc<dyn Witness>>,
    dangers: DangerLists,
    decrypts: bool,
}

impl Acts {
    /// Acts whose rights all live inside Beffroi.
    #[must_use]
    pub fn new(site: Site) -> Self {
        Self {
            site,
            adapters: Vec::new(),
            witnesses: Vec::new(),
            dangers: DangerLists::none(),
            decrypts: false,
        }
    }

    /// The same, with what makes some kinds true elsewhere.
    #[must_use]
    pub fn with(mut self, adapter: Arc<dyn Adapter>) -> Self {
        self.adapters.push(adapter);
        self
    }

    /// The same, with what no exemption opens, and whether the proxy sees encrypted pages.
    #[must_use]
    pub fn refusing(self, dangers: DangerLists, decrypts: bool) -> Self {
        Self { dangers, decrypts, ..self }
    }

    /// What no exemption opens, and whether the proxy sees encrypted pages.
    #[must_use]
    pub fn filter(&self) -> (&DangerLists, bool) {
        (&self.dangers, self.decrypts)
    }

    /// The same, with somebody told of what becomes of acts.
    #[must_use]
    pub fn before(mut self, witness: Arc<dyn Witness>) -> Self {
        self.witnesses.push(witness);
        self
    }
}

impl FromRef<Acts> for Site {
    fn from_ref(acts: &Acts) -> Self {
        acts.site.clone()
    }
}

/// The worker with the jobs of acts.
#[must_use]
pub fn jobs(worker: Worker, acts: &Acts) -> Worker {
    let [effects, ending, reviewing, yearly, contracts, mandates] = std::array::from_fn(|_| acts.clone());
    worker
        .on(EFFECT_JOB, move |job| {
            let acts = effects.clone();
            async move { effects::reconcile(&acts, job.arguments()?).await }
        })
        .on(ending::EXPIRE_JOB, move |job| {
            let acts = ending.clone();
            async move { ending::expire(&acts, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
        .on(review::STEP_JOB, move |job| {
            let acts = reviewing.clone();
            async move { review::step(&acts, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
        .on(review::ANNIVERSARY_JOB, move |job| {
            let acts = yearly.clone();
            async move {
                let (act, day) = job.arguments()?;
                review::anniversary_comes(&acts, act, day).await.map_err(|error| error.to_string())
            }
        })
        .on(review::CONTRACT_JOB, move |job| {
            let acts = contracts.clone();
            async move {
                let (act, day) = job.arguments()?;
                review::contract_ends(&acts, act, day).await.map_err(|error| error.to_string())
            }
        })
        .on(beffroi_directory::MANDATE_JOB, move |job| {
            let acts = mandates.clone();
            async move { mandate::changed(&acts, job.arguments()?).await.map_err(|error| error.to_string()) }
        })
}
