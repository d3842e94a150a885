//! The lines that changed between two texts, with a little of what surrounds them.

use similar::{ChangeTag, TextDiff};

/// Lines kept around each change.
const CONTEXT: usize = 3;

/// One line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// The same on both sides.
    Same(String),
    /// Only in the new text.
    Added(String),
    /// Only in the old text.
    Removed(String),
    /// Lines left out because nothing changed there.
    Gap,
}

/// Compares two texts line by line; empty when they are the same.
#[must_use]
pub fn diff(old: &str, new: &str) -> Vec<DiffLine> {
    let compared = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for group in compared.grouped_ops(CONTEXT) {
        let starts_late =
            group.first().is_some_and(|op| op.old_range().start > 0 && op.new_range().start > 0);
        if !lines.is_empty() || starts_late {
            lines.push(DiffLine::Gap);
        }
        for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(text),
                ChangeTag::Insert => DiffLine::Added(text),
                ChangeTag::Delete => DiffLine::Removed(text),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_shown_with_its_surroundings() {
        let old = "a\nb\nc\nd\ne\nf\ng\n";
        let lines = diff(old, &old.replace('f', "F"));

        assert_eq!(lines[0], DiffLine::Gap);
        assert!(
            lines.contains(&DiffLine::Removed("f".into())) && lines.contains(&DiffLine::Added("F".into()))
        );
        assert!(!lines.contains(&DiffLine::Same("b".into())));
        assert!(diff(old, old).is_empty());
    }
}
