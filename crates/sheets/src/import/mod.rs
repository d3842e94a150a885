//! The published catalogue → draft sheets in our format, with the origin of every block and what the export lost.
//! (INTRO-02, INTRO-15, CSU-11, LIRE-01)

mod draft;
mod gaps;
mod html;
mod lines;
mod pages;
#[cfg(test)]
mod tests;

use lines::Line;

/// A file ready to be completed by an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name, made of the title.
    pub slug: String,
    /// The title as printed in the source.
    pub title: String,
    /// The text of the file; reads back with [`crate::parse_sheet`].
    pub file_text: String,
}

/// Something the source announces and does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The title of the sheet.
    pub sheet: String,
    /// The line of the text (for HTML, of the text extracted from it).
    pub line: usize,
    /// What is missing, in French.
    pub what: String,
}

/// What an import gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// One draft a page of the source, in its order.
    pub drafts: Vec<Draft>,
    /// What editors have to supply.
    pub missing: Vec<Missing>,
}

/// Reads the catalogue exported as plain text.
#[must_use]
pub fn import_text(text: &str) -> Imported {
    import(&lines::of_text(text))
}

/// Reads the catalogue exported as HTML (BookStack). Green text becomes example steps.
#[must_use]
pub fn import_html(html: &str) -> Imported {
    import(&html::lines(html))
}

fn import(lines: &[Line]) -> Imported {
    let edition = draft::Edition::found_in(lines);
    let mut imported = Imported::default();
    for (index, page) in pages::pages(lines).iter().enumerate() {
        let missing = gaps::of(page);
        imported.drafts.push(draft::draft(page, &missing, index, &edition));
        imported.missing.extend(missing);
    }
    imported
}
