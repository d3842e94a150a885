//! The lines of a list of sites.

use std::path::Path;

#[path = "../../../../features/acts/src/exemptions/danger/lines.rs"]
mod lines;

/// The entries of a list, and how many lines are neither entries nor remarks.
pub fn read(path: &Path) -> std::io::Result<(Vec<String>, u64)> {
    let mut entries = Vec::new();
    let skipped = lines::read(path, |entry| {
        let _ = entry.is_page();
        entries.push(entry.text().to_owned());
    })?;
    Ok((entries, skipped))
}
