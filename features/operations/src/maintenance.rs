//! Announcing a maintenance, ending it, and reading what is in force or to come. (CSU-06)

use beffroi_db::{Db, DbError, Event};
use beffroi_kernel::{Permit, PersonId};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::model::{AnnounceMaintenance, Maintenance};
use crate::store;

/// Longest text, in characters.
pub const MAX_TEXT: usize = 400;
/// Longest maintenance: longer is not one, and a slip of the year is caught.
const LONGEST: TimeDelta = TimeDelta::days(7);

/// A maintenance to announce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMaintenance {
    /// What people must know.
    pub text: String,
    /// When it begins; now when none is given.
    pub starts_at: Option<DateTime<Utc>>,
    /// When it is over at the latest.
    pub ends_at: DateTime<Utc>,
    /// Whether people read only meanwhile.
    pub read_only: bool,
}

/// Why a maintenance cannot be announced, in words for who announces it.
#[derive(Debug, thiserror::Error)]
pub enum MaintenanceError {
    /// Nothing said.
    #[error(
        "Dites en une phrase ce qui change pour les personnes, par exemple «\u{a0}Mise à jour de Beffroi\u{a0}»."
    )]
    NoText,
    /// Too much said.
    #[error("Le texte dépasse 400 caractères\u{a0}: gardez l’essentiel.")]
    LongText,
    /// It would be over already.
    #[error("La fin est passée\u{a0}: donnez une date et une heure à venir.")]
    Over,
    /// It ends before it begins.
    #[error("La fin vient avant le début\u{a0}: corrigez l’un ou l’autre.")]
    Backwards,
    /// Longer than a week.
    #[error("Une maintenance dure sept jours au plus\u{a0}: vérifiez les dates.")]
    TooLong,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn checked(new: &NewMaintenance, now: DateTime<Utc>) -> Result<DateTime<Utc>, MaintenanceError> {
    let starts_at = new.starts_at.unwrap_or(now);
    if new.text.trim().is_empty() {
        return Err(MaintenanceError::NoText);
    }
    if new.text.trim().chars().count() > MAX_TEXT {
        return Err(MaintenanceError::LongText);
    }
    if new.ends_at <= now {
        return Err(MaintenanceError::Over);
    }
    if new.ends_at <= starts_at {
        return Err(MaintenanceError::Backwards);
    }
    if new.ends_at - starts_at > LONGEST {
        return Err(MaintenanceError::TooLong);
    }
    Ok(starts_at)
}

/// Announces a maintenance to everyone; `by` is who does it, nobody from the command line.
///
/// # Errors
/// As [`MaintenanceError`] says.
pub async fn announce(
    db: &Db,
    _permit: &Permit<AnnounceMaintenance>,
    by: Option<PersonId>,
    new: &NewMaintenance,
) -> Result<Maintenance, MaintenanceError> {
    db.write(async |tx| {
        let starts_at = checked(new, tx.now())?;
        let one = Maintenance {
            id: Uuid::now_v7(),
            text: new.text.trim().to_owned(),
            starts_at,
            ends_at: new.ends_at,
            read_only: new.read_only,
            created_at: tx.now(),
            created_by: by,
            ended_at: None,
        };
        store::insert_maintenance(tx.on(), &one).await?;
        let facts = serde_json::json!({
            "text": one.text, "from": one.starts_at, "to": one.ends_at, "read_only": one.read_only,
        });
        tx.journal(event("maintenance.announced", Some(one.id), by).data(facts));
        Ok(one)
    })
    .await
}

fn event(kind: &'static str, id: Option<Uuid>, by: Option<PersonId>) -> Event {
    let subject = id.map_or_else(|| "maintenance:toutes".to_owned(), |id| format!("maintenance:{id}"));
    let event = Event::new(kind, subject);
    match by {
        Some(person) => event.by(person),
        None => event,
    }
}

/// Ends one maintenance, or all that are in force or to come; whether there was any.
///
/// # Errors
/// When the database does not answer.
pub async fn end(
    db: &Db,
    _permit: &Permit<AnnounceMaintenance>,
    by: Option<PersonId>,
    id: Option<Uuid>,
) -> Result<bool, DbError> {
    db.write(async |tx| {
        let ended = store::end_maintenance(tx.on(), id, tx.now()).await?;
        if ended > 0 {
            tx.journal(event("maintenance.ended", id, by));
        }
        Ok(ended > 0)
    })
    .await
}

/// What is in force or to come, soonest first.
///
/// # Errors
/// When the database does not answer.
pub async fn coming(db: &Db) -> Result<Vec<Maintenance>, DbError> {
    store::coming(db.read(), db.now()).await
}
