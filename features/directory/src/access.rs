//! Who is looking: the functions held at the clock's instant, read in one query a request.

use beffroi_db::{Db, DbError};
use beffroi_kernel::{Access, PersonId};

use crate::rules::held_at;
use crate::store::sessions;

/// What a person may do now, without a session: for workers, the command line and tests. `None`
/// when the person does not exist or their account is closed.
///
/// # Errors
/// When the database does not answer.
pub async fn access_of(db: &Db, person: PersonId) -> Result<Option<Access>, DbError> {
    let at = db.now();
    let found = sessions::mandates_of(db.read(), person).await?;
    Ok(found.map(|(name, mandates)| Access { person, name, functions: held_at(&mandates, at), at }))
}
