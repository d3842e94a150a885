//! What an import did, line by line.

use std::collections::BTreeMap;

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its number in the file, the header being 1.
    pub line: u64,
    /// Why, in French.
    pub reason: String,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The separator found, in words.
    pub separator: &'static str,
    /// The encoding found.
    pub encoding: &'static str,
    /// Lines read, the header excluded.
    pub lines: u64,
    /// Schools created.
    pub created: u64,
    /// Schools changed.
    pub updated: u64,
    /// Schools already as in the file.
    pub unchanged: u64,
    /// Lines out of perimeter, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// Lines refused.
    pub rejected: Vec<Rejected>,
}

impl ImportReport {
    pub(super) fn reject(&mut self, line: u64, reason: impl Into<String>) {
        self.rejected.push(Rejected { line, reason: reason.into() });
    }
}

impl std::fmt::Display for ImportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} lignes lues ({}, {})", self.lines, self.encoding, self.separator)?;
        writeln!(f, "établissements créés : {}", self.created)?;
        writeln!(f, "établissements mis à jour : {}", self.updated)?;
        writeln!(f, "établissements inchangés : {}", self.unchanged)?;
        for (why, count) in &self.skipped {
            writeln!(f, "hors périmètre ({why}) : {count}")?;
        }
        writeln!(f, "lignes rejetées : {}", self.rejected.len())?;
        for Rejected { line, reason } in &self.rejected {
            writeln!(f, "  ligne {line} : {reason}")?;
        }
        Ok(())
    }
}
