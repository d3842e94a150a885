//! A catalogue file → a [`Sheet`]: TOML front matter between `+++` lines, then Markdown. Every fault in one pass. (LIRE-01)

mod front;
pub(crate) mod reader;
mod request;
mod sections;

use std::collections::BTreeMap;

use crate::{finding::Finding, model::Sheet};
use reader::{Node, Source};

/// A sheet and the line of each key of its front matter, by path: `request[0].field[2].when`.
pub(crate) struct Parsed {
    pub(crate) sheet: Sheet,
    pub(crate) lines: Lines,
}

/// Where each key was written.
#[derive(Default)]
pub(crate) struct Lines(pub(crate) BTreeMap<String, usize>);

impl Lines {
    /// The line of the key, or of what contains it, or the first.
    pub(crate) fn at(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some(line) = self.0.get(path) {
                return *line;
            }
            match path.rsplit_once('.') {
                Some((parent, _)) => path = parent,
                None => return 1,
            }
        }
    }
}

/// The key, among [`Lines`], of the first line of a block's text: by the line of the block, since two of them
/// may bear one identifier by mistake.
pub(crate) fn content_key(block: usize) -> String {
    format!("#{block}")
}

/// Reads one sheet. References between parts and files are left to [`crate::check_catalogue`].
///
/// # Errors
/// Every error of the file, with its line.
pub fn parse_sheet(file_name: &str, text: &str) -> Result<Sheet, Vec<Finding>> {
    let (parsed, findings) = read_sheet(file_name, text);
    let errors: Vec<Finding> = findings.into_iter().filter(Finding::is_error).collect();
    match parsed {
        Some(parsed) if errors.is_empty() => Ok(parsed.sheet),
        _ => Err(errors),
    }
}

/// Reads one sheet, keeping what could be read together with the faults.
pub(crate) fn read_sheet(file: &str, text: &str) -> (Option<Parsed>, Vec<Finding>) {
    let unified = text.replace("\r\n", "\n");
    let text = unified.strip_prefix('\u{feff}').unwrap_or(&unified);
    let Some((front, body, body_line)) = split(text) else {
        let message = "le fichier doit commencer par une ligne « +++ », puis l’en-tête TOML et une seconde ligne « +++ »";
        return (None, vec![Finding::error(file, 1, message)]);
    };
    let mut source = Source::new(file, front, 2);
    let Some(table) = source.parse_toml() else {
        return (None, source.findings);
    };
    let mut sheet = front::sheet(Node::root(&table), &mut source);
    sheet.sections = sections::sections(sheet.kind, body, body_line, &mut source);
    (Some(Parsed { sheet, lines: Lines(source.lines) }), source.findings)
}

/// The front matter, the body and the body's first line.
fn split(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.strip_prefix("+++\n")?;
    let mut at = 0;
    for (index, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == "+++" {
            return Some((&rest[..at], &rest[at + line.len()..], index + 3));
        }
        at += line.len();
    }
    None
}
