//! A page of the source → the text of a draft sheet.

use std::{collections::BTreeSet, fmt::Write as _};

use chrono::NaiveDate;
use toml::Value;

use super::{
    Draft, Missing,
    lines::{Line, ListMark},
    pages::Page,
};
use crate::{
    text::slugify,
    words::{SectionKind, StepKind, Word},
};

const TO_COMPLETE: &str = "À compléter";

/// The edition of the catalogue and its date, when a file name gives them: « 25 05 16 - … - V1_3.png ».
pub(super) struct Edition {
    name: Option<String>,
    date: Option<NaiveDate>,
}

impl Edition {
    pub(super) fn found_in(lines: &[Line]) -> Self {
        let files: Vec<&str> =
            lines.iter().filter(|line| line.is_file_name()).map(|line| line.text.as_str()).collect();
        Self {
            name: files.iter().find_map(|file| version(file)),
            date: files.iter().find_map(|file| date(file)),
        }
    }
}

/// « V1 » in « … - V1_3.png » or « … - V1.pdf ».
fn version(file: &str) -> Option<String> {
    let last = file.rsplit(" - ").next()?;
    let digits: String = last.strip_prefix('V')?.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty() && last != file).then(|| format!("V{digits}"))
}

/// 16 May 2025 in « 25 05 16 - … ».
fn date(file: &str) -> Option<NaiveDate> {
    let (day, _) = file.split_once(" - ")?;
    let numbers: Vec<u32> = day.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    match (&numbers[..], day.len()) {
        (&[year, month, day], 8) => NaiveDate::from_ymd_opt(2000 + i32::try_from(year).ok()?, month, day),
        _ => None,
    }
}

pub(super) fn draft(page: &Page, missing: &[Missing], index: usize, edition: &Edition) -> Draft {
    let slug = slugify(&page.title);
    let mut to_complete: Vec<String> = missing.iter().map(|missing| missing.what.clone()).collect();
    to_complete.push("Le résumé en une ou deux phrases".to_owned());
    if page.is_service() {
        to_complete.push("Les demandes que la fiche permet".to_owned());
    }
    if edition.date.is_none() {
        to_complete.push("La date d’effet et l’édition : la source ne les donne pas".to_owned());
    }
    to_complete.dedup();

    let mut writer = Writer { text: String::new(), ids: BTreeSet::new() };
    writer.front(page, &slug, index, edition, &to_complete);
    writer.lists(page);
    writer.text.push_str("+++\n");
    writer.body(page);
    Draft { slug, title: page.title.clone(), file_text: writer.text }
}

struct Writer {
    text: String,
    /// Ids already given in this draft.
    ids: BTreeSet<String>,
}

/// A text between TOML quotes.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

impl Writer {
    fn key(&mut self, key: &str, value: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{key} = {value}");
    }

    fn front(&mut self, page: &Page, slug: &str, index: usize, edition: &Edition, to_complete: &[String]) {
        self.text.push_str("+++\n");
        self.key("slug", quoted(slug));
        if !page.is_service() {
            self.key("kind", quoted("page"));
        }
        self.key("title", quoted(&page.title));
        self.key("order", index);
        self.key("edition", quoted(edition.name.as_deref().unwrap_or(TO_COMPLETE)));
        self.key("effective", edition.date.unwrap_or_default());
        self.key("summary", quoted(TO_COMPLETE));
        self.key("keywords", "[]");
        self.text.push_str("to_complete = [\n");
        for entry in to_complete {
            let _ = writeln!(self.text, "  {},", quoted(entry));
        }
        self.text.push_str("]\n");
    }

    fn lists(&mut self, page: &Page) {
        for list in page.lists() {
            for item in &list.items {
                let text = if list.case.is_empty() {
                    item.text.clone()
                } else {
                    format!("{} ({})", item.text, list.case)
                };
                match list.mark {
                    ListMark::Includes => {
                        self.text.push_str("\n[[includes]]\n");
                        self.key("text", quoted(&text));
                    }
                    ListMark::Excludes => {
                        let id = self.unique_id(&item.text);
                        self.text.push_str("\n[[excludes]]\n");
                        self.key("id", quoted(&id));
                        self.key("text", quoted(&text));
                        self.key("why", quoted(TO_COMPLETE));
                        self.key("instead", quoted(TO_COMPLETE));
                    }
                }
                self.key("origin", quoted("official"));
            }
        }
    }

    fn body(&mut self, page: &Page) {
        let service = page.parts.iter().position(|part| part.kind == SectionKind::Service);
        if service.is_none() && !(page.summary.is_empty() && page.opening.is_empty()) {
            self.part_title(SectionKind::Service);
            self.opening(page);
        }
        for part in &page.parts {
            self.part_title(part.kind);
            if part.kind == SectionKind::Service {
                self.opening(page);
            }
            // The lines of the two lists are in the front matter.
            let end =
                part.lines.iter().position(|line| line.list_mark().is_some()).unwrap_or(part.lines.len());
            self.blocks(&part.lines[..end], part.kind);
        }
    }

    fn part_title(&mut self, kind: SectionKind) {
        let _ = write!(self.text, "\n## {}\n", kind.title());
    }

    fn opening(&mut self, page: &Page) {
        let summary: Vec<&Line> = page.summary.iter().filter(|line| !line.is_blank()).collect();
        if !summary.is_empty() {
            let id = self.unique_id("resume-automatique");
            let _ = write!(self.text, "\n### Résumé automatique {{#{id} .summary}}\n");
            self.paragraphs(&summary);
        }
        self.blocks(&page.opening, SectionKind::Service);
    }

    /// One block a title inside the part, or a paragraph.
    fn blocks(&mut self, lines: &[Line], kind: SectionKind) {
        for (title, paragraph) in blocks(lines) {
            let id = self.unique_id(&title);
            let step = match kind {
                SectionKind::Procedure if paragraph.iter().all(|line| line.example) => {
                    format!(" .{}", StepKind::Example.slug())
                }
                SectionKind::Procedure => format!(" .{}", StepKind::Imposed.slug()),
                SectionKind::Advice => " .advice".to_owned(),
                _ => String::new(),
            };
            let _ = write!(self.text, "\n### {} {{#{id} .official{step}}}\n", escaped(&title));
            self.paragraphs(&paragraph);
        }
    }

    fn paragraphs(&mut self, lines: &[&Line]) {
        let mut after_item = false;
        for line in lines {
            let bullet = if line.item { "- " } else { "" };
            let gap = if after_item && line.item { "" } else { "\n" };
            let _ = writeln!(self.text, "{gap}{bullet}{}", escaped(&line.text));
            after_item = line.item;
        }
    }

    fn unique_id(&mut self, text: &str) -> String {
        let words: Vec<String> = slugify(text).split('-').take(6).map(str::to_owned).collect();
        let base = if words.concat().is_empty() { "bloc".to_owned() } else { words.join("-") };
        let mut id = base.clone();
        let mut number = 2;
        while !self.ids.insert(id.clone()) {
            id = format!("{base}-{number}");
            number += 1;
        }
        id
    }
}

/// The text cut at its inner titles; elsewhere at blank lines, a title made of the first words.
fn blocks(lines: &[Line]) -> Vec<(String, Vec<&Line>)> {
    let mut found: Vec<(String, Vec<&Line>)> = Vec::new();
    let mut titled = false;
    let mut begin = true;
    for line in lines {
        if line.is_blank() {
            begin = !titled;
        } else if line.is_subtitle() {
            found.push((line.text.trim_end_matches([' ', ':']).to_owned(), Vec::new()));
            (titled, begin) = (true, false);
        } else if let Some(last) = found.last_mut().filter(|_| !begin || line.item) {
            last.1.push(line);
            begin = false;
        } else {
            found.push((first_words(&line.text), vec![line]));
            begin = false;
        }
    }
    // A title without text would be an empty block.
    for (title, paragraph) in &mut found {
        if paragraph.is_empty() {
            title.push_str(" (à compléter)");
        }
    }
    found
}

fn first_words(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() <= 8 {
        return text.trim_end_matches(['.', ' ', ':']).to_owned();
    }
    format!("{}…", words[..7].join(" ").trim_end_matches([',', ';', ':', '.']))
}

/// The text with nothing that Markdown would take for a mark.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        let everywhere = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '{' | '}' | '|');
        let at_start = index == 0 && matches!(c, '#' | '+' | '-' | '=' | '~');
        let numbered =
            matches!(c, '.' | ')') && index > 0 && text[..index].chars().all(|c| c.is_ascii_digit());
        if everywhere || at_start || numbered {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
