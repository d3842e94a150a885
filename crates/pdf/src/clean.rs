//! Makes a document printable whatever was typed in it: pure, before any layout.
//!
//! An accessible PDF refuses a character without a glyph, an empty heading or a skipped level. People’s words
//! hold all of these, and none is a reason to deny them their receipt.

use typst::foundations::Datetime;

use crate::document::{Document, Inline, Part, Span};
use crate::{PdfError, fonts};

/// Stands for a character we cannot draw.
const UNKNOWN: char = '\u{fffd}';
/// Bounds a PDF string can safely hold.
const LONGEST_ADDRESS: usize = 2_000;

/// The same document, which the template can print as it is.
pub fn clean(document: &Document) -> Result<Document, PdfError> {
    let title = line(&document.title);
    if title.is_empty() {
        return Err(PdfError::NoTitle);
    }
    let lang = &document.lang;
    if !(2..=3).contains(&lang.len()) || !lang.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return Err(PdfError::Language(lang.clone()));
    }
    let (year, month, day) = document.date;
    if !(1..=9_999).contains(&year) || Datetime::from_ymd(year, month, day).is_none() {
        return Err(PdfError::Date(year, month, day));
    }

    let mut open = Vec::new();
    let parts = document.parts.iter().filter_map(|given| part(given, &mut open)).collect();
    Ok(Document { title, lang: lang.clone(), author: line(&document.author), date: document.date, parts })
}

/// A part ready to print; `None` when nothing of it is left. `open` holds the levels of the sections we are in.
fn part(part: &Part, open: &mut Vec<u8>) -> Option<Part> {
    match part {
        Part::Heading { level, text } => {
            let text = Some(line(text)).filter(|text| !text.is_empty())?;
            open.retain(|outer| outer < level);
            open.push(*level);
            let level = u8::try_from(open.len()).unwrap_or(u8::MAX).min(6);
            Some(Part::Heading { level, text })
        }
        Part::Paragraph(words) => inline(words).map(Part::Paragraph),
        Part::List(items) => items_of(items).map(Part::List),
        Part::Steps(items) => items_of(items).map(Part::Steps),
        Part::Table { caption, headers, rows } => table(caption, headers, rows),
        Part::Facts(facts) => {
            let facts: Vec<_> = facts
                .iter()
                .map(|(name, value)| (line(name), block(value)))
                .filter(|(name, value)| !name.is_empty() || !value.is_empty())
                .collect();
            (!facts.is_empty()).then_some(Part::Facts(facts))
        }
        Part::Note { label, text } => {
            let (label, text) = (line(label), inline(text).unwrap_or_default());
            (!label.is_empty() || !text.is_empty()).then_some(Part::Note { label, text })
        }
        Part::PageBreak => Some(Part::PageBreak),
    }
}

/// A table with as many cells in every row as it has columns.
fn table(caption: &str, headers: &[String], rows: &[Vec<Inline>]) -> Option<Part> {
    let columns = rows.iter().map(Vec::len).chain([headers.len()]).max().filter(|columns| *columns > 0)?;
    let mut headers: Vec<_> = headers.iter().map(|header| line(header)).collect();
    headers.resize(columns, String::new());
    let rows = rows
        .iter()
        .map(|row| {
            let mut cells: Vec<_> = row.iter().map(|cell| inline(cell).unwrap_or_default()).collect();
            cells.resize(columns, Inline::new());
            cells
        })
        .collect();
    Some(Part::Table { caption: line(caption), headers, rows })
}

fn items_of(items: &[Inline]) -> Option<Vec<Inline>> {
    let items: Vec<_> = items.iter().filter_map(|item| inline(item)).collect();
    (!items.is_empty()).then_some(items)
}

fn inline(spans: &[Span]) -> Option<Inline> {
    let spans: Inline = spans.iter().map(span).filter(|span| !words_of(span).is_empty()).collect();
    (!spans.is_empty()).then_some(spans)
}

fn span(span: &Span) -> Span {
    match span {
        Span::Text(words) => Span::Text(block(words)),
        Span::Strong(words) => Span::Strong(block(words)),
        Span::Commitment(words) => Span::Commitment(block(words)),
        Span::Duty(words) => Span::Duty(block(words)),
        Span::Code(words) => Span::Code(block(words)),
        Span::Link { text, url } => {
            let (text, url) = (block(text), line(url));
            match (leads_somewhere(&url), text.is_empty()) {
                (true, true) => Span::Link { text: url.clone(), url },
                (true, false) => Span::Link { text, url },
                (false, true) => Span::Text(url),
                (false, false) => Span::Text(text),
            }
        }
    }
}

fn words_of(span: &Span) -> &str {
    match span {
        Span::Text(words)
        | Span::Strong(words)
        | Span::Commitment(words)
        | Span::Duty(words)
        | Span::Code(words)
        | Span::Link { text: words, .. } => words,
    }
}

/// Whether a reader of the file can follow this address, and safely.
fn leads_somewhere(url: &str) -> bool {
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme))
        && url.len() <= LONGEST_ADDRESS
        && !url.contains(char::is_whitespace)
}

/// Words on one line.
fn line(words: &str) -> String {
    block(words).split('\n').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Words as typed, their line breaks kept.
fn block(words: &str) -> String {
    words.replace("\r\n", "\n").chars().filter_map(printable).collect()
}

fn printable(character: char) -> Option<char> {
    match character {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\t' => Some(' '),
        unseen if is_unseen(unseen) => None,
        seen if fonts::can_draw(seen) && !is_private(seen) => Some(seen),
        '\u{202f}' => Some('\u{a0}'),
        blank if blank.is_whitespace() => Some(' '),
        _ => Some(UNKNOWN),
    }
}

/// Characters that leave no trace on paper, or that turn the reading direction and so could disguise a text.
fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Characters that mean something in one font only; an archive refuses them.
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::text;

    fn parts(parts: Vec<Part>) -> Vec<Part> {
        let document = Document { parts, ..Document::new("Titre", "", (2026, 3, 1)) };
        clean(&document).unwrap().parts
    }

    fn heading(level: u8) -> Part {
        Part::Heading { level, text: format!("Niveau {level}") }
    }

    fn levels(given: &[u8]) -> Vec<u8> {
        let found = parts(given.iter().map(|level| heading(*level)).collect());
        found
            .iter()
            .filter_map(|part| if let Part::Heading { level, .. } = part { Some(*level) } else { None })
            .collect()
    }

    #[test]
    fn headings_never_skip_a_level() {
        assert_eq!(levels(&[2, 3, 3, 1, 4, 0, 9]), [1, 2, 2, 1, 2, 1, 2]);
    }

    #[test]
    fn what_is_left_blank_is_not_printed() {
        let blank = vec![
            Part::Heading { level: 1, text: " \n\u{200b}".into() },
            Part::Paragraph(text("")),
            Part::List(vec![]),
            Part::Table { caption: "Vide".into(), headers: vec![], rows: vec![] },
            Part::Facts(vec![(String::new(), String::new())]),
        ];
        assert_eq!(parts(blank), []);
    }

    #[test]
    fn every_row_of_a_table_has_every_column() {
        let given = Part::Table {
            caption: "Lots".into(),
            headers: vec!["A".into(), "B".into()],
            rows: vec![vec![text("1")], vec![text("1"), text("2"), text("3")]],
        };
        let [Part::Table { headers, rows, .. }] = &parts(vec![given])[..] else { panic!("a table") };
        assert_eq!(headers.len(), 3);
        assert!(rows.iter().all(|row| row.len() == 3));
    }

    #[test]
    fn signs_that_disguise_a_text_are_dropped_and_unknown_ones_shown() {
        assert_eq!(
            block("a\u{202e}b\u{0}c\u{feff}\r\nd\te\u{e000}\u{1f9d1}"),
            "ab\u{63}\nd e\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn only_addresses_one_can_follow_stay_links() {
        for (url, link) in [
            ("https://exemple.fr/a", true),
            ("mailto:a@exemple.fr", true),
            ("javascript:alert(1)", false),
            ("/catalogue/reseau", false),
            ("https://exemple.fr/a b", false),
        ] {
            let given = Span::Link { text: "ici".into(), url: url.into() };
            assert_eq!(matches!(span(&given), Span::Link { .. }), link, "{url}");
        }
    }

    #[test]
    fn a_document_has_a_title_a_language_and_a_day() {
        let good = Document::new("Titre", "", (2026, 3, 1));
        let title = Document { title: " ".into(), ..good.clone() };
        let lang = Document { lang: "fr\" #x".into(), ..good.clone() };
        let date = Document { date: (2026, 2, 30), ..good };
        assert!(matches!(clean(&title), Err(PdfError::NoTitle)));
        assert!(matches!(clean(&lang), Err(PdfError::Language(_))));
        assert!(matches!(clean(&date), Err(PdfError::Date(2026, 2, 30))));
    }
}
