//! The Markdown of a sheet: parts (`##`) cut into blocks (`###`), each of one origin. (INTRO-02, LIRE-01, LIRE-06, LIRE-09, LIRE-10)

use std::ops::Range;

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::{content_key, reader::Source};
use crate::{
    markdown::options,
    model::{Block, Section},
    text::{slug_search_key, slugify},
    words::{Origin, SectionKind, SheetKind, StepKind, Word},
};

/// A heading that cuts the text, with its attributes.
struct Heading {
    level: HeadingLevel,
    title: String,
    id: Option<String>,
    classes: Vec<String>,
    range: Range<usize>,
}

pub(super) fn sections(
    kind: SheetKind,
    body: &str,
    first_line: usize,
    source: &mut Source<'_>,
) -> Vec<Section> {
    let mut reading = Reading { kind, body, first_line, source, sections: Vec::new() };
    let headings = headings(body);
    let start = headings.first().map_or(body.len(), |heading| heading.range.start);
    if !body[..start].trim().is_empty() {
        reading.error(0, "ce texte précède la première partie (« ## Le service »)");
    }
    for (index, heading) in headings.iter().enumerate() {
        let end = headings.get(index + 1).map_or(body.len(), |next| next.range.start);
        reading.take(heading, heading.range.end..end);
    }
    reading.sections
}

fn headings(body: &str) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut open = false;
    for (event, range) in Parser::new_ext(body, options()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, id, classes, .. }) if level <= HeadingLevel::H3 => {
                open = true;
                let id = id.map(|id| id.to_string());
                let classes = classes.iter().map(ToString::to_string).collect();
                found.push(Heading { level, title: String::new(), id, classes, range });
            }
            Event::End(TagEnd::Heading(_)) => open = false,
            Event::Text(text) | Event::Code(text) if open => {
                if let Some(heading) = found.last_mut() {
                    heading.title.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

struct Reading<'a, 't> {
    kind: SheetKind,
    body: &'a str,
    first_line: usize,
    source: &'a mut Source<'t>,
    sections: Vec<Section>,
}

impl Reading<'_, '_> {
    fn line(&self, at: usize) -> usize {
        self.first_line + self.body[..at].matches('\n').count()
    }

    fn error(&mut self, at: usize, message: impl Into<String>) {
        let line = self.line(at);
        self.source.error(line, message);
    }

    fn take(&mut self, heading: &Heading, content: Range<usize>) {
        match (heading.level, part(&heading.title)) {
            (HeadingLevel::H1, _) => {
                self.error(heading.range.start, "le titre de la fiche va dans « title », pas ici")
            }
            (HeadingLevel::H2, Some(kind)) => self.open_section(kind, heading, content),
            (HeadingLevel::H2, None) if self.kind == SheetKind::Service => {
                let titles: Vec<&str> = SectionKind::ALL.iter().map(|kind| kind.title()).collect();
                let message = format!("partie inconnue « {} » : {}", heading.title, titles.join(", "));
                self.error(heading.range.start, message);
            }
            _ => self.open_block(heading, content),
        }
    }

    fn open_section(&mut self, kind: SectionKind, heading: &Heading, content: Range<usize>) {
        if self.sections.iter().any(|section| section.kind == kind) {
            self.error(heading.range.start, format!("la partie « {} » est écrite deux fois", kind.title()));
        } else if self.kind == SheetKind::Service && self.sections.last().is_some_and(|last| last.kind > kind)
        {
            self.error(heading.range.start, format!("la partie « {} » n’est pas à sa place", kind.title()));
        }
        let mut section = Section { kind, blocks: Vec::new() };
        let markdown = self.body[content.clone()].trim();
        if !markdown.is_empty() {
            let origin = heading.classes.iter().find_map(|class| Origin::from_slug(class));
            section.blocks.push(Block {
                id: kind.anchor().to_owned(),
                title: None,
                origin: origin.unwrap_or(Origin::Official),
                step: None,
                markdown: markdown.to_owned(),
                line: self.content_line(None, &content),
            });
        }
        self.sections.push(section);
    }

    /// The first line of a block's text, noted for the checker under the line of its heading, if it has one.
    fn content_line(&mut self, heading: Option<usize>, content: &Range<usize>) -> usize {
        let text = &self.body[content.clone()];
        let line = self.line(content.start + (text.len() - text.trim_start().len()));
        self.source.lines.insert(content_key(heading.unwrap_or(line)), line);
        line
    }

    fn open_block(&mut self, heading: &Heading, content: Range<usize>) {
        if self.sections.is_empty() {
            if self.kind == SheetKind::Service {
                self.error(heading.range.start, "ce bloc précède la première partie (« ## Le service »)");
            }
            self.sections.push(Section { kind: SectionKind::Detail, blocks: Vec::new() });
        }
        let procedure = self.sections.last().is_some_and(|last| last.kind == SectionKind::Procedure);
        let origin = self.origin(heading);
        let step = self.step(heading, procedure);
        self.unknown_classes(heading);
        let line = self.line(heading.range.start);
        let id = heading.id.clone().unwrap_or_else(|| slugify(&heading.title));
        self.content_line(Some(line), &content);
        let block = Block {
            id,
            title: Some(heading.title.trim().to_owned()),
            origin,
            step,
            markdown: self.body[content].trim().to_owned(),
            line,
        };
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(block);
        }
    }

    fn origin(&mut self, heading: &Heading) -> Origin {
        let origins: Vec<Origin> =
            heading.classes.iter().filter_map(|class| Origin::from_slug(class)).collect();
        match origins[..] {
            [origin] => return origin,
            [] => self.error(
                heading.range.start,
                format!(
                    "le bloc « {} » ne dit pas son origine : {{.official}}, {{.summary}} ou {{.local}}",
                    heading.title
                ),
            ),
            _ => {
                self.error(heading.range.start, format!("le bloc « {} » a plusieurs origines", heading.title))
            }
        }
        Origin::Local
    }

    fn step(&mut self, heading: &Heading, procedure: bool) -> Option<StepKind> {
        let steps: Vec<StepKind> =
            heading.classes.iter().filter_map(|class| StepKind::from_slug(class)).collect();
        match steps[..] {
            [step] if procedure => return Some(step),
            [] if procedure => self.error(
                heading.range.start,
                format!("l’étape « {} » doit être {{.imposed}} ou {{.example}}", heading.title),
            ),
            [] => {}
            _ if procedure => {
                self.error(heading.range.start, "une étape est imposée ou un exemple, pas les deux")
            }
            _ => self
                .error(heading.range.start, "{.imposed} et {.example} n’ont de sens que dans la procédure"),
        }
        None
    }

    fn unknown_classes(&mut self, heading: &Heading) {
        let known = |class: &str| {
            class == "advice" || Origin::from_slug(class).is_some() || StepKind::from_slug(class).is_some()
        };
        for class in heading.classes.iter().filter(|class| !known(class)) {
            self.error(heading.range.start, format!("marque inconnue « .{class} »"));
        }
    }
}

/// The part of this title, whatever its capitals and apostrophes.
fn part(title: &str) -> Option<SectionKind> {
    let key = slug_search_key(title.trim());
    SectionKind::ALL.iter().copied().find(|kind| slug_search_key(kind.title()) == key)
}
