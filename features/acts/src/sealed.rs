//! What the journal keeps of an act: what happened, and the fingerprint of every row that it left in the database,
//! so that a byte changed in any of them is found. (T2)

use std::collections::BTreeMap;

use beffroi_db::{Event, Tx};
use beffroi_kernel::{ActId, PersonId, SchoolId};
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::model::Act;
use crate::store;

/// The fact of an entry that holds the fingerprints: of each row, by its name.
pub(crate) const ROWS: &str = "rows";

/// The name under which the journal knows an act.
#[must_use]
pub(crate) fn subject(act: ActId) -> String {
    format!("act:{act}")
}

/// SHA-256, in hexadecimal.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A row for which the journal answers.
pub(crate) trait Row: Serialize {
    /// Its table, and what tells it from the other rows of its act: `act_review:<uuid>`.
    fn name(&self) -> String;
}

/// The fingerprint of a row: SHA-256 of its columns that are not empty, in the order of their names, as JSON. So a
/// column that a later version adds leaves the fingerprints of today as they are.
pub(crate) fn fingerprint(row: &impl Row) -> String {
    let Ok(Value::Object(columns)) = serde_json::to_value(row) else { return String::new() };
    let columns: BTreeMap<_, _> = columns.into_iter().filter(|(_, value)| !value.is_null()).collect();
    serde_json::to_vec(&columns).map(sha256).unwrap_or_default()
}

/// An entry of the journal about an act.
#[must_use = "nothing is kept before `write`"]
pub(crate) struct Entry {
    event: Event,
    facts: Map<String, Value>,
    rows: Map<String, Value>,
}

impl Entry {
    /// Something that happened to an act, which is kept as it now is.
    pub(crate) fn of(kind: &'static str, act: &Act) -> Self {
        let entry = Self::about(kind, act.id).school(act.school).row(&store::acts::row(act));
        entry.facts(serde_json::json!({ "reference": act.reference }))
    }

    /// Something that happened to an act and leaves its own row as it was.
    pub(crate) fn about(kind: &'static str, act: ActId) -> Self {
        Self { event: Event::new(kind, subject(act)), facts: Map::new(), rows: Map::new() }
    }

    pub(crate) fn school(mut self, school: SchoolId) -> Self {
        self.event = self.event.school(school);
        self
    }

    /// Who did it; nobody when a term came.
    pub(crate) fn by(mut self, person: Option<PersonId>) -> Self {
        if let Some(person) = person {
            self.event = self.event.by(person);
        }
        self
    }

    /// Facts worth reading, as an object.
    pub(crate) fn facts(mut self, facts: Value) -> Self {
        if let Value::Object(facts) = facts {
            self.facts.extend(facts);
        }
        self
    }

    /// A row as this leaves it.
    pub(crate) fn row(mut self, row: &impl Row) -> Self {
        self.rows.insert(row.name(), fingerprint(row).into());
        self
    }

    /// Rows as this leaves them.
    pub(crate) fn rows<'a, R: Row + 'a>(self, rows: impl IntoIterator<Item = &'a R>) -> Self {
        rows.into_iter().fold(self, Self::row)
    }

    /// Keeps it with what the transaction changes.
    pub(crate) fn write(mut self, tx: &Tx) {
        if !self.rows.is_empty() {
            self.facts.insert(ROWS.to_owned(), Value::Object(self.rows));
        }
        tx.journal(self.event.data(Value::Object(self.facts)));
    }
}
