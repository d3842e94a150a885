//! What a document says: its title and its parts, in plain words, without a hint of layout.

use serde::Serialize;

/// A run of words within a paragraph, an item or a cell.
pub type Inline = Vec<Span>;

/// A document to keep, to sign or to hand over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// What it is, in one line. Also the title of the file and the foot of every page.
    pub title: String,
    /// Language of the words, `fr` unless said otherwise.
    pub lang: String,
    /// Who issues it.
    pub author: String,
    /// The day it bears: year, month, day.
    pub date: (i32, u8, u8),
    /// Its content, in reading order.
    pub parts: Vec<Part>,
}

impl Document {
    /// An empty document in French.
    pub fn new(title: impl Into<String>, author: impl Into<String>, date: (i32, u8, u8)) -> Self {
        Self { title: title.into(), lang: "fr".to_owned(), author: author.into(), date, parts: Vec::new() }
    }
}

/// A block of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Part {
    /// Opens a section. A level that skips one is brought back under the level above it.
    Heading {
        /// 1 for a main section, up to 6.
        level: u8,
        /// Its words.
        text: String,
    },
    /// Running text.
    Paragraph(Inline),
    /// Points of equal standing.
    List(Vec<Inline>),
    /// Steps to take in this order.
    Steps(Vec<Inline>),
    /// Things that compare.
    Table {
        /// What the table shows.
        caption: String,
        /// One name a column.
        headers: Vec<String>,
        /// One cell a column; a short row is filled with empty cells.
        rows: Vec<Vec<Inline>>,
    },
    /// Names and their values: a reference, a school, a date.
    Facts(Vec<(String, String)>),
    /// Words set apart, under a word that says why.
    Note {
        /// Why it is set apart: « À savoir », « Texte signé ».
        label: String,
        /// Its words.
        text: Inline,
    },
    /// What follows begins on a new page.
    PageBreak,
}

/// Words, and how they matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Span {
    /// Plain words.
    Text(String),
    /// Words that count.
    Strong(String),
    /// What the Region commits to: marked by the word « Région », never by colour alone.
    Commitment(String),
    /// What falls to the school: marked by the word « Établissement ».
    Duty(String),
    /// A reference or a code to copy, in letters that cannot be mistaken.
    Code(String),
    /// A link; its address is printed too, since paper has no links.
    Link {
        /// What it leads to.
        text: String,
        /// A full `https:`, `http:`, `mailto:` or `tel:` address. Any other is printed as plain words.
        url: String,
    },
}

/// Plain words, for a paragraph or a cell without emphasis.
pub fn text(words: impl Into<String>) -> Inline {
    vec![Span::Text(words.into())]
}
