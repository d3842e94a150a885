//! What the proof of an act states; its JSON is what is signed.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ActKind;

/// One signature of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The name of the signatory, as it was then.
    pub name: String,
    /// The authority held at that instant, with its source.
    pub authority: String,
    /// How the person proved who they are: `password` or `passkey`.
    pub method: String,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
}

/// An act in force, as its document states it. Fields are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The code printed on the document, by which anybody checks it.
    pub code: String,
    /// Its reference, e.g. `A2026-000042`.
    pub reference: String,
    /// What it is about.
    pub kind: ActKind,
    /// Its title.
    pub title: String,
    /// The UAI of the school.
    pub uai: String,
    /// The school, as printed.
    pub school: String,
    /// Who receives a right by it.
    #[serde(default)]
    pub holder: Option<String>,
    /// The exact text that was signed.
    pub text: String,
    /// Its SHA-256, in hexadecimal.
    pub text_sha256: String,
    /// The SHA-256 of what it confers in detail, as stored, in hexadecimal.
    #[serde(default)]
    pub terms_sha256: String,
    /// The signatures, in the order they were made.
    pub signatures: Vec<Signed>,
    /// The first day it holds.
    pub starts_on: NaiveDate,
    /// The last day it holds; none when only a review ends it.
    pub ends_on: Option<NaiveDate>,
}

impl Statement {
    /// Its one writing, which is signed, timestamped and kept: JSON without blanks, fields in their order above,
    /// instants in UTC.
    ///
    /// # Errors
    /// None today: every field has a JSON form.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }
}
