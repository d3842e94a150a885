//! The lines cut into pages: a title followed by « Document officiel ».

use super::lines::{Line, ListMark};
use crate::words::SectionKind;

/// One page of the source.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) line: usize,
    /// The automatic summary, a paragraph a line.
    pub(super) summary: Vec<Line>,
    /// Text before the first part (presentation pages).
    pub(super) opening: Vec<Line>,
    /// The lines of each part.
    pub(super) parts: Vec<Part>,
    /// Images and documents named in place of their content.
    pub(super) files: Vec<Line>,
}

/// One part of a page.
pub(super) struct Part {
    pub(super) kind: SectionKind,
    pub(super) line: usize,
    pub(super) lines: Vec<Line>,
}

/// A list of a service: its case, its lines.
pub(super) struct List {
    pub(super) mark: ListMark,
    pub(super) case: String,
    pub(super) line: usize,
    pub(super) items: Vec<Line>,
}

impl Page {
    /// A sheet of a service has the two lists; an explanation of how to read sheets has not.
    pub(super) fn is_service(&self) -> bool {
        !self.lists().is_empty()
    }

    pub(super) fn part(&self, kind: SectionKind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind == kind)
    }

    pub(super) fn lists(&self) -> Vec<List> {
        let mut lists: Vec<List> = Vec::new();
        let lines = self.part(SectionKind::Service).map_or([].as_slice(), |part| part.lines.as_slice());
        for line in lines.iter().filter(|line| !line.is_blank()) {
            match (line.list_mark(), lists.last_mut()) {
                (Some((mark, case)), _) => {
                    lists.push(List { mark, case, line: line.number, items: Vec::new() })
                }
                (None, Some(list)) => list.items.push(line.clone()),
                (None, None) => {}
            }
        }
        lists
    }
}

pub(super) fn pages(lines: &[Line]) -> Vec<Page> {
    let starts = starts(lines);
    starts
        .iter()
        .enumerate()
        .map(|(index, start)| {
            let end = starts.get(index + 1).copied().unwrap_or(lines.len());
            page(&lines[*start..end])
        })
        .collect()
}

/// Where pages begin: a title of the HTML, or the line before « Document officiel ».
fn starts(lines: &[Line]) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let start = if line.title {
            Some(index)
        } else if line.is_official_mark() {
            // A mark after an image or after nothing repeats the page's own.
            (0..index)
                .rev()
                .find(|before| !lines[*before].is_blank())
                .filter(|before| !lines[*before].is_file_name())
        } else {
            None
        };
        starts.extend(start.filter(|start| !starts.contains(start)));
    }
    starts
}

fn page(lines: &[Line]) -> Page {
    let title = &lines[0];
    let mut page = Page {
        title: title.text.trim_end_matches(':').trim().to_owned(),
        line: title.number,
        summary: Vec::new(),
        opening: Vec::new(),
        parts: Vec::new(),
        files: Vec::new(),
    };
    let mut in_summary = false;
    let mut current = None;
    let mut blanks = 0;
    for line in &lines[1..] {
        blanks = if line.is_blank() { blanks + 1 } else { 0 };
        // On a page without parts, two blank lines end the summary.
        let ended = blanks >= 2 && !page.summary.iter().all(Line::is_blank);
        if line.is_official_mark() {
            in_summary = false;
        } else if line.is_summary_mark() {
            in_summary = true;
        } else if let Some(kind) = line.section() {
            in_summary = false;
            current = Some(page.open(kind, line.number));
        } else if line.is_file_name() {
            page.files.push(line.clone());
        } else {
            in_summary = in_summary && !ended;
            page.destination(in_summary, current).push(line.clone());
        }
    }
    // Every sheet of ours has its parts in the same order.
    page.parts.sort_by_key(|part| part.kind);
    page
}

impl Page {
    /// The place of this part; one written twice in the source is one part.
    fn open(&mut self, kind: SectionKind, line: usize) -> usize {
        self.parts.iter().position(|part| part.kind == kind).unwrap_or_else(|| {
            self.parts.push(Part { kind, line, lines: Vec::new() });
            self.parts.len() - 1
        })
    }

    fn destination(&mut self, in_summary: bool, part: Option<usize>) -> &mut Vec<Line> {
        if in_summary {
            return &mut self.summary;
        }
        match part.and_then(|part| self.parts.get_mut(part)) {
            Some(part) => &mut part.lines,
            None => &mut self.opening,
        }
    }
}
