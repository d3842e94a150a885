//! Mail in: what people answer by mail, or write to the Region's mailbox, becomes a message on their
//! request or a request of its own, by the same doors as the site. What cannot be treated is set aside
//! and shown; nothing is lost, nothing is done twice. (CSU-01, CSU-05)

mod answers;
mod begin;
mod fetch;
mod fold;
mod follow;
mod judge;
mod message;
mod model;
mod receive;
mod retention;
mod routes;
mod rules;
#[cfg(test)]
mod rules_tests;
mod store;
mod tnef;
mod views;

pub use fetch::{Fetched, ImapError, ImapSettings, fetch, watch};
pub use message::{Incoming, MAX_BYTES, Unreadable, read};
pub use model::*;
pub use receive::{MailboxError, Received, receive, receive_head};
pub use retention::{forget_expired, watch_originals};
pub use routes::routes;

use std::sync::Arc;

use axum::extract::FromRef;
use beffroi_db::DbError;
use beffroi_desk::Desk;
use beffroi_directory::Site;
use chrono::TimeDelta;

/// What the mailbox needs: the desk, and what the operator set.
#[derive(Clone)]
pub struct Mailbox {
    /// Requests, and where files are kept.
    pub desk: Desk,
    /// None where no mail comes in.
    pub settings: Option<Arc<Settings>>,
    /// How long the originals of mails are kept.
    pub keep: TimeDelta,
}

impl FromRef<Mailbox> for Site {
    fn from_ref(mailbox: &Mailbox) -> Self {
        mailbox.desk.site.clone()
    }
}

/// How many mails are set aside, for `doctor`.
///
/// # Errors
/// When the database does not answer.
pub async fn set_aside(db: &beffroi_db::Db) -> Result<i64, DbError> {
    store::aside(db.read()).await
}
