//! What a page announces and does not give: empty lists, lost images, absent parts, doubtful titles.

use super::{
    Missing,
    lines::{Line, ListMark},
    pages::Page,
};
use crate::{text::slug_search_key, words::SectionKind};

pub(super) fn of(page: &Page) -> Vec<Missing> {
    let mut gaps = Gaps { page, found: Vec::new() };
    gaps.title();
    gaps.lists();
    gaps.announced();
    gaps.parts();
    gaps.files();
    gaps.found.sort_by_key(|missing| missing.line);
    gaps.found
}

/// Beyond this number in a row, images are counted instead of named.
const MAX_NAMED_FILES: usize = 8;

struct Gaps<'a> {
    page: &'a Page,
    found: Vec<Missing>,
}

impl Gaps<'_> {
    fn add(&mut self, line: usize, what: impl Into<String>) {
        self.found.push(Missing { sheet: self.page.title.clone(), line, what: what.into() });
    }

    /// A word of the title that the text always writes otherwise, by one letter.
    fn title(&mut self) {
        let page = self.page;
        let body =
            page.summary.iter().chain(&page.opening).chain(page.parts.iter().flat_map(|part| &part.lines));
        let written: Vec<String> = body.flat_map(|line| words(&line.text)).collect();
        for word in words(&page.title) {
            if written.contains(&word) {
                continue;
            }
            let near = written.iter().find(|other| is_slip(&word, other));
            if let Some(near) = near {
                self.add(
                    page.line,
                    format!("Titre à vérifier : il écrit « {word} », le texte écrit « {near} »"),
                );
            }
        }
    }

    fn lists(&mut self) {
        for list in self.page.lists().iter().filter(|list| list.items.is_empty()) {
            let name = match list.mark {
                ListMark::Includes => "Comprend",
                ListMark::Excludes => "Ne comprend pas",
            };
            let case = if list.case.is_empty() { String::new() } else { format!(" ({})", list.case) };
            self.add(list.line, format!("La liste « {name} »{case} est vide"));
        }
    }

    /// A line that ends in « : » and is followed by nothing it could announce.
    fn announced(&mut self) {
        let page = self.page;
        let groups = std::iter::once(&page.opening).chain(page.parts.iter().map(|part| &part.lines));
        for lines in groups {
            let lines: Vec<&Line> = lines.iter().filter(|line| !line.is_blank()).collect();
            for (index, line) in lines.iter().enumerate() {
                let next = lines.get(index + 1).copied();
                if line.announces() && line.list_mark().is_none() && !is_answered(line, next, page) {
                    self.add(
                        line.number,
                        format!("La liste annoncée par « {} » n’a pas été transmise", ending(&line.text)),
                    );
                }
            }
        }
    }

    fn parts(&mut self) {
        if !self.page.is_service() {
            return;
        }
        let expected = [SectionKind::Detail, SectionKind::Advice, SectionKind::Procedure, SectionKind::More];
        for kind in expected {
            match self.page.part(kind) {
                None => self
                    .add(self.page.line, format!("La partie « {} » est absente de la source", kind.title())),
                Some(part) if part.lines.iter().all(Line::is_blank) => {
                    self.add(part.line, format!("La partie « {} » est vide", kind.title()));
                }
                Some(part)
                    if kind == SectionKind::Procedure && !part.lines.iter().any(|line| line.example) =>
                {
                    let message = "La couleur du texte de la procédure est perdue : dites ce qui est imposé et ce qui est un exemple";
                    self.add(part.line, message);
                }
                Some(_) => {}
            }
        }
    }

    fn files(&mut self) {
        let is_document = |file: &Line| slug_search_key(&file.text).ends_with(".pdf");
        for run in self.page.files.chunk_by(|a, b| is_document(a) == is_document(b)) {
            if let ([first, .., last], true) = (run, run.len() > MAX_NAMED_FILES) {
                let (count, first_name, last_name) = (run.len(), &first.text, &last.text);
                let what = format!(
                    "{count} images, de « {first_name} » à « {last_name} », n’ont pas été transmises"
                );
                self.add(first.number, what);
                continue;
            }
            for file in run {
                let (kind, ending) = if is_document(file) { ("Le document", "") } else { ("L’image", "e") };
                self.add(file.number, format!("{kind} « {} » n’a pas été transmis{ending}", file.text));
            }
        }
    }
}

/// Whether what follows may be what the line announced: items, or the text under a title.
fn is_answered(line: &Line, next: Option<&Line>, page: &Page) -> bool {
    let Some(next) = next else { return false };
    let image_between = page.files.iter().any(|file| (line.number..next.number).contains(&file.number));
    let continues = next.item || next.text.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
    !image_between && !next.announces() && (continues || line.is_subtitle())
}

/// The last words of a line.
fn ending(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let kept = &words[words.len().saturating_sub(7)..];
    let cut = if kept.len() < words.len() { "… " } else { "" };
    format!("{cut}{}", kept.join(" ").trim_end_matches([':', ' ']))
}

fn words(text: &str) -> Vec<String> {
    let key = slug_search_key(text);
    key.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 5)
        .map(str::to_owned)
        .collect()
}

/// One letter missing, added, changed or swapped, other than a plural or feminine ending.
fn is_slip(word: &str, other: &str) -> bool {
    let stem = |word: &str| word.trim_end_matches(['s', 'x', 'e']).to_owned();
    stem(word) != stem(other) && strsim::damerau_levenshtein(word, other) == 1
}
