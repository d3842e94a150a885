//! What the management of a school reads on top of its pages while a release of liability lasts.

use std::collections::BTreeSet;

use beffroi_db::{Db, DbError};
use beffroi_directory::{About, Announcement};
use beffroi_kernel::RequestId;

use super::Cause;
use crate::store::liability as store;

/// The announcements of the releases that last: one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn announcements(db: &Db) -> Result<Vec<Announcement>, DbError> {
    let announcement = |one: store::Lasting| Announcement {
        about: About::Liability,
        // Told apart from requests by what it is about.
        id: RequestId(one.act_id.0),
        reference: one.reference,
        title: one.name,
        text: Cause::of(&one.ground).map_or_else(String::new, |cause| format!("{}.", cause.label())),
        theme: String::new(),
        href: format!("/etablissements/{}/responsabilite", one.uai),
        updated_at: one.decided_at,
        everyone: false,
        schools: BTreeSet::from([one.school_id]),
        territories: BTreeSet::new(),
    };
    Ok(store::everywhere(db.read()).await?.into_iter().map(announcement).collect())
}
