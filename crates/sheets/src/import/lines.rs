//! The source as lines: numbered, trimmed, each with what it looks like.

use crate::{
    text::{one_line, slug_search_key},
    words::SectionKind,
};

/// A line of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    /// Trimmed, inner spaces reduced; empty for a blank line.
    pub(super) text: String,
    /// An item of a list.
    pub(super) item: bool,
    /// Green in the source: an example. Only HTML can tell.
    pub(super) example: bool,
    /// The title of a page. Only HTML can tell.
    pub(super) title: bool,
}

/// The two lists of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListMark {
    Includes,
    Excludes,
}

impl Line {
    pub(super) fn plain(number: usize, raw: &str) -> Self {
        let text = one_line(raw);
        let bullet = ["- ", "– ", "• ", "* ", "▪ ", "· "].iter().find_map(|mark| text.strip_prefix(mark));
        let item = bullet.is_some();
        let text = bullet.unwrap_or(&text).trim().to_owned();
        Self { number, text, item, example: false, title: false }
    }

    fn key(&self) -> String {
        slug_search_key(&self.text)
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// « Document officiel »: what precedes is a title.
    pub(super) fn is_official_mark(&self) -> bool {
        self.key().trim_end_matches([' ', ':']) == "document officiel"
    }

    /// « Résumé IA : », « Résumé de l’IA : ».
    pub(super) fn is_summary_mark(&self) -> bool {
        let key = self.key();
        let key = key.trim_end_matches([' ', ':']);
        key == "resume ia" || key == "resume de l'ia"
    }

    /// The name of an image or attached document left where it stood.
    pub(super) fn is_file_name(&self) -> bool {
        let key = self.key();
        [".png", ".jpg", ".jpeg", ".gif", ".svg", ".pdf"].iter().any(|ending| key.ends_with(ending))
    }

    /// The title of a part shared by all sheets.
    pub(super) fn section(&self) -> Option<SectionKind> {
        match self.key().trim_end_matches([' ', ':']) {
            "le service" => Some(SectionKind::Service),
            "en detail" => Some(SectionKind::Detail),
            "conseil" | "conseils" => Some(SectionKind::Advice),
            "procedure" | "procedures" => Some(SectionKind::Procedure),
            "plus d'info" | "plus d'infos" => Some(SectionKind::More),
            _ => None,
        }
    }

    /// « Comprend … » or « Ne comprend pas … », with the case it is limited to.
    pub(super) fn list_mark(&self) -> Option<(ListMark, String)> {
        let key = self.key();
        let (mark, words) = if key.starts_with("ne comprend pas") {
            (ListMark::Excludes, 3)
        } else if key.starts_with("comprend") {
            (ListMark::Includes, 1)
        } else {
            return None;
        };
        let rest = self.text.split_whitespace().skip(words).collect::<Vec<_>>().join(" ");
        let case = rest.trim_matches(|c: char| c.is_whitespace() || c == ',' || c == ':');
        // « Comprend à la fois… » is a sentence, not the head of a list.
        let head = case.is_empty() || slug_search_key(case).starts_with("si ");
        head.then(|| (mark, case.to_owned()))
    }

    pub(super) fn announces(&self) -> bool {
        self.text.ends_with(':')
    }

    /// A short line ending in « : » that begins with a capital: a title inside a part.
    pub(super) fn is_subtitle(&self) -> bool {
        self.announces()
            && self.text.chars().count() <= 60
            && self.text.starts_with(char::is_uppercase)
            && !self.text.contains(". ")
            && !self.item
    }
}

pub(super) fn of_text(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().enumerate().map(|(index, raw)| Line::plain(index + 1, raw)).collect()
}
