//! The HTML of a BookStack export → lines, with page titles, list items, images and green text recognised.

use scraper::{ElementRef, Html, Node};

use super::lines::Line;
use crate::text::one_line;

/// Elements that stand on a line of their own.
const BLOCKS: &[&str] = &[
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "li",
    "tr",
    "div",
    "ul",
    "ol",
    "table",
    "section",
    "article",
    "details",
    "summary",
    "blockquote",
    "main",
    "body",
    "tbody",
    "thead",
    "header",
    "nav",
    "footer",
    "figure",
];

pub(super) fn lines(html: &str) -> Vec<Line> {
    let document = Html::parse_document(html);
    let mut writer = Writer::default();
    writer.element(document.root_element(), Look::default());
    writer.flush(Look::default());
    writer.lines
}

/// How the text being read is shown.
#[derive(Clone, Copy, Default)]
struct Look {
    title: bool,
    item: bool,
    green: bool,
}

#[derive(Default)]
struct Writer {
    lines: Vec<Line>,
    text: String,
    /// Letters of the current line, and those of them in green.
    letters: usize,
    green_letters: usize,
}

impl Writer {
    fn element(&mut self, element: ElementRef<'_>, outer: Look) {
        let name = element.value().name();
        match name {
            "head" | "script" | "style" | "template" | "noscript" => return,
            "ul" if element.value().classes().any(|class| class == "contents") => return,
            "br" => return self.flush(outer),
            "img" => return self.image(element, outer),
            _ => {}
        }
        let look = Look {
            title: outer.title || is_page_title(element),
            item: outer.item || name == "li",
            green: is_green(element).unwrap_or(outer.green),
        };
        let block = BLOCKS.contains(&name);
        if block {
            self.flush(outer);
        }
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.write(text, look),
                Node::Element(_) => {
                    if let Some(child) = ElementRef::wrap(child) {
                        self.element(child, look);
                    }
                }
                _ => {}
            }
        }
        if block {
            self.flush(look);
        }
    }

    fn write(&mut self, text: &str, look: Look) {
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        self.letters += letters;
        self.green_letters += if look.green { letters } else { 0 };
        self.text.push_str(text);
    }

    /// An image stands for a content that text cannot carry.
    fn image(&mut self, element: ElementRef<'_>, look: Look) {
        self.flush(look);
        let alt = element.value().attr("alt").map(one_line).filter(|alt| !alt.is_empty());
        let source = element.value().attr("src").filter(|src| !src.starts_with("data:"));
        let name = alt.or_else(|| source.and_then(|src| src.rsplit('/').next()).map(str::to_owned));
        let name = name.unwrap_or_else(|| "image.png".to_owned());
        let known = Line::plain(0, &name).is_file_name();
        self.text = if known { name } else { format!("{name}.png") };
        self.flush(Look::default());
    }

    /// Ends the current line; each is followed by a blank one, as paragraphs are in the text export.
    fn flush(&mut self, look: Look) {
        let text = std::mem::take(&mut self.text);
        let (letters, green) = (std::mem::take(&mut self.letters), std::mem::take(&mut self.green_letters));
        if text.trim().is_empty() {
            return;
        }
        let mut line = Line::plain(self.lines.len() + 1, &text);
        line.item |= look.item;
        line.title = look.title;
        line.example = letters > 0 && green * 2 > letters;
        self.lines.push(line);
        self.lines.push(Line::plain(self.lines.len() + 1, ""));
    }
}

/// BookStack gives each page's title the id `page-<number>`.
fn is_page_title(element: ElementRef<'_>) -> bool {
    element.value().name() == "h1" && element.value().id().is_some_and(|id| id.starts_with("page-"))
}

/// Whether the element's own colour is green; nothing when it sets none.
fn is_green(element: ElementRef<'_>) -> Option<bool> {
    let style = element.value().attr("style")?;
    let colour =
        style.split(';').filter_map(|rule| rule.split_once(':')).find(|(key, _)| key.trim() == "color")?.1;
    let [red, green, blue] = channels(colour.trim())?;
    Some(green > red.saturating_add(30) && green > blue.saturating_add(30))
}

fn channels(colour: &str) -> Option<[u8; 3]> {
    if colour.eq_ignore_ascii_case("green") {
        return Some([0, 128, 0]);
    }
    if let Some(hex) = colour.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.is_ascii()) {
        let channel = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
        return Some([channel(0)?, channel(2)?, channel(4)?]);
    }
    let inner = colour.split_once('(')?.1.trim_end_matches(')');
    let mut numbers =
        inner.split([',', ' ', '/']).filter(|part| !part.is_empty()).map(|part| part.parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}
