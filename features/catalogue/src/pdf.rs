//! A published sheet as a tagged PDF, with the same blocks in the same order as its page.

use beffroi_pdf::{Document, Inline, Part, PdfError, Span};
use beffroi_sheets::{Block, Section, SectionKind, Sheet, StepKind};
use chrono::Datelike;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::Published;

/// The PDF of a published sheet. CPU work: about a tenth of a second in a debug build.
///
/// # Errors
/// When the document cannot be laid out.
pub fn sheet_pdf(published: &Published) -> Result<Vec<u8>, PdfError> {
    let sheet = &published.sheet;
    let day = sheet.effective;
    // Months and days fit in a byte.
    let date = (day.year(), day.month() as u8, day.day() as u8);
    let mut document = Document::new(sheet.title.clone(), "Catalogue de services numériques", date);
    document.parts.push(Part::Paragraph(beffroi_pdf::text(sheet.summary.clone())));
    document.parts.push(Part::Facts(vec![
        ("Édition".into(), sheet.edition.clone()),
        ("Version".into(), published.number.to_string()),
        ("En vigueur depuis".into(), beffroi_ui::day(day)),
    ]));
    for section in &sheet.sections {
        document.parts.push(Part::Heading { level: 1, text: section.kind.title().to_owned() });
        if section.kind == SectionKind::Service {
            scope(sheet, &mut document.parts);
        }
        blocks(section, &mut document.parts);
    }
    asked(sheet, &mut document.parts);
    if !sheet.to_complete.is_empty() {
        document.parts.push(Part::Heading { level: 1, text: "À compléter".into() });
        document
            .parts
            .push(Part::List(sheet.to_complete.iter().map(|text| beffroi_pdf::text(text.clone())).collect()));
    }
    beffroi_pdf::render(&document)
}

fn scope(sheet: &Sheet, parts: &mut Vec<Part>) {
    let item = |text: &str, origin: beffroi_sheets::Origin| {
        beffroi_pdf::text(format!("{text} ({})", origin.label()))
    };
    if !sheet.includes.is_empty() {
        parts.push(Part::Heading { level: 2, text: "Comprend".into() });
        parts.push(Part::List(sheet.includes.iter().map(|one| item(&one.text, one.origin)).collect()));
    }
    if !sheet.excludes.is_empty() {
        parts.push(Part::Heading { level: 2, text: "Ne comprend pas".into() });
        parts.push(Part::List(sheet.excludes.iter().map(|one| item(&one.text, one.origin)).collect()));
    }
}

fn blocks(section: &Section, parts: &mut Vec<Part>) {
    for block in &section.blocks {
        if let Some(title) = &block.title {
            parts.push(Part::Heading { level: 2, text: heading(title, block) });
        }
        markdown(&block.markdown, parts);
    }
}

fn heading(title: &str, block: &Block) -> String {
    match block.step {
        Some(StepKind::Imposed) => format!("{title} (étape imposée)"),
        Some(StepKind::Example) => format!("{title} (exemple, à adapter)"),
        None => title.to_owned(),
    }
}

fn asked(sheet: &Sheet, parts: &mut Vec<Part>) {
    if sheet.requests.is_empty() {
        return;
    }
    parts.push(Part::Heading { level: 1, text: "Ce que l’on peut demander".into() });
    let cell = |text: String| beffroi_pdf::text(text);
    let rows = sheet.requests.iter().map(|kind| {
        let who: Vec<&str> = kind.who.iter().map(|role| role.label()).collect();
        vec![
            cell(kind.title.clone()),
            cell(who.join(", ")),
            cell(kind.first_answer.words()),
            cell(kind.solution.words()),
        ]
    });
    parts.push(Part::Table {
        caption: "Demandes possibles et délais".into(),
        headers: ["Demande", "Qui", "Première réponse", "Solution"].map(str::to_owned).into(),
        rows: rows.collect(),
    });
}

/// Reads a block's Markdown into paragraphs and lists.
fn markdown(text: &str, parts: &mut Vec<Part>) {
    let mut reader = Reader::default();
    for event in Parser::new(text) {
        reader.take(event);
    }
    parts.append(&mut reader.parts);
}

#[derive(Default)]
struct Reader {
    parts: Vec<Part>,
    line: Inline,
    items: Vec<Inline>,
    in_list: bool,
    strong: bool,
    link: Option<String>,
}

impl Reader {
    fn take(&mut self, event: Event) {
        match event {
            Event::Text(words) | Event::Code(words) => self.words(&words),
            Event::SoftBreak | Event::HardBreak => self.words(" "),
            Event::Start(Tag::Strong) => self.strong = true,
            Event::End(TagEnd::Strong) => self.strong = false,
            Event::Start(Tag::Link { dest_url, .. }) => self.link = Some(dest_url.to_string()),
            Event::End(TagEnd::Link) => self.link = None,
            Event::Start(Tag::List(_)) => self.in_list = true,
            Event::End(TagEnd::Item) => {
                let item = std::mem::take(&mut self.line);
                self.items.push(item);
            }
            Event::End(TagEnd::List(_)) => {
                self.in_list = false;
                let items = std::mem::take(&mut self.items);
                self.parts.push(Part::List(items));
            }
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_)) if !self.in_list && !self.line.is_empty() => {
                let line = std::mem::take(&mut self.line);
                self.parts.push(Part::Paragraph(line));
            }
            _ => {}
        }
    }

    fn words(&mut self, words: &str) {
        let words = words.to_owned();
        self.line.push(match &self.link {
            Some(link) if link.starts_with("region:") => Span::Commitment(words),
            Some(link) if link.starts_with("school:") => Span::Duty(words),
            Some(link) => Span::Link { text: words, url: link.clone() },
            None if self.strong => Span::Strong(words),
            None => Span::Text(words),
        });
    }
}
