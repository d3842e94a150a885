//! What the catalogue speaks of: versions, what publishing found and did.

use std::sync::Arc;

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SheetVersionId};
use beffroi_sheets::{Finding, Sheet};
use chrono::{DateTime, NaiveDate, Utc};

use crate::rules::diff::DiffLine;

/// A published version of a sheet, read and ready.
#[derive(Clone, Debug)]
pub struct Published {
    /// Its identifier: every request keeps the version it was made under.
    pub id: SheetVersionId,
    /// Its number within the sheet, from 1.
    pub number: i32,
    /// What it declares.
    pub sheet: Arc<Sheet>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

/// A version as listed, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its identifier.
    pub id: SheetVersionId,
    /// The sheet.
    pub slug: String,
    /// Its number within the sheet, from 1.
    pub number: i32,
    /// The title it had.
    pub title: String,
    /// The day from which it applies.
    pub effective_on: NaiveDate,
    /// The hash of its text.
    pub sha256: String,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Who published it; nobody for the command line.
    pub published_by: Option<PersonId>,
}

/// What publishing would do, or did, to one sheet.
#[derive(Clone, Debug)]
pub struct Change {
    /// The sheet.
    pub slug: String,
    /// The number of the running version, when there is one.
    pub from: Option<i32>,
    /// The number published; none when the text is the same.
    pub to: Option<i32>,
    /// The lines that differ.
    pub diff: Vec<DiffLine>,
}

impl Change {
    /// Whether the text is that of the running version.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.to.is_none()
    }
}

/// What was published, or would be.
#[derive(Clone, Debug, Default)]
pub struct PublishReport {
    /// One entry a sheet given.
    pub changes: Vec<Change>,
    /// What the checker says; errors only in a preview.
    pub findings: Vec<Finding>,
    /// Whether the routing file became the stored matrix (first publication only).
    pub routing_seeded: bool,
    /// Whether a routing file was given and left aside, because the matrix is kept in the database.
    pub routing_ignored: bool,
}

impl PublishReport {
    /// Whether the checker found nothing that forbids publishing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }

    /// How many sheets get a new version.
    #[must_use]
    pub fn published(&self) -> usize {
        self.changes.iter().filter(|change| !change.is_unchanged()).count()
    }
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The checker found errors; the running versions stay.
    #[error("le catalogue contient {} erreur(s) : rien n’est publié, la version en cours reste en service", .0.iter().filter(|f| f.is_error()).count())]
    Refused(Vec<Finding>),
    /// Someone published since the preview was shown.
    #[error(
        "le catalogue a été publié par quelqu’un d’autre depuis votre vérification : vérifiez de nouveau vos fichiers"
    )]
    Meanwhile,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}
