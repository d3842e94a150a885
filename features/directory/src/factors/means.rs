//! What a person can prove who they are with, at this address: their password always, a passkey when they have one
//! and browsers keep keys for this site. (T3, SRV-15)

use beffroi_db::DbError;
use beffroi_kernel::PersonId;

use super::keys;
use crate::Site;
use crate::store::factors as store;

/// How passkeys stand for a person, here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// They have one, and it works here.
    Ready,
    /// They have none yet.
    Missing,
    /// The public address has no name: browsers keep no key for it.
    Impossible,
}

/// How passkeys stand for a person, by one statement at most.
///
/// # Errors
/// When the database does not answer.
pub async fn keys_of(site: &Site, person: PersonId) -> Result<Keys, DbError> {
    if !keys::work(site) {
        return Ok(Keys::Impossible);
    }
    let known = store::passkeys(site.db.read(), person).await?;
    Ok(if known.is_empty() { Keys::Missing } else { Keys::Ready })
}
