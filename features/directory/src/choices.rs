//! Settings of a school and preferences of a person: small named texts, with defaults where they
//! are read.

use beffroi_db::{Db, DbError, Event};
use beffroi_kernel::{Permit, PersonId, SchoolId};

use crate::ManageOwnSchool;
use crate::schools::SchoolError;
use crate::store::choices;

/// A setting of the school, if it chose.
///
/// # Errors
/// When the database does not answer.
pub async fn setting(db: &Db, school: SchoolId, name: &str) -> Result<Option<String>, DbError> {
    choices::setting(db.read(), school, name).await
}

/// Chooses a setting of one's school, journaled.
///
/// # Errors
/// [`SchoolError::NotFound`] for another's school.
pub async fn set_setting(
    db: &Db,
    permit: &Permit<ManageOwnSchool>,
    school: SchoolId,
    name: &str,
    value: &str,
) -> Result<(), SchoolError> {
    crate::schools::require(db, permit.scope(), school).await?;
    db.write(async |tx| {
        let before = choices::setting(tx.on(), school, name).await?;
        if before.as_deref() == Some(value) {
            return Ok(());
        }
        choices::set_setting(tx.on(), school, name, value).await?;
        let data = serde_json::json!({ "setting": name, "before": before, "after": value });
        tx.journal(
            Event::new("school.set", format!("school:{school}"))
                .by(permit.person())
                .school(school)
                .data(data),
        );
        Ok(())
    })
    .await
}

/// A preference of the person, if they chose.
///
/// # Errors
/// When the database does not answer.
pub async fn preference(db: &Db, person: PersonId, name: &str) -> Result<Option<String>, DbError> {
    choices::preference(db.read(), person, name).await
}

/// Chooses one of one's own preferences, journaled.
///
/// # Errors
/// When the database does not answer.
pub async fn set_preference(db: &Db, person: PersonId, name: &str, value: &str) -> Result<(), DbError> {
    db.write(async |tx| {
        let before = choices::preference(tx.on(), person, name).await?;
        if before.as_deref() == Some(value) {
            return Ok(());
        }
        choices::set_preference(tx.on(), person, name, value).await?;
        let data = serde_json::json!({ "preference": name, "before": before, "after": value });
        tx.journal(Event::new("preference.set", format!("person:{person}")).by(person).data(data));
        Ok(())
    })
    .await
}
