//! Documents people keep: words in, an accessible PDF out.
//!
//! [`render`] sets a [`Document`] with Typst and returns a tagged file that a screen reader can follow
//! (PDF/UA-1) and that an archive accepts (PDF/A-2a): a title, a language, a date, headings without gaps,
//! real lists and tables. Words travel to the template as data, so nothing a person typed is ever markup.
//!
//! Typst is long to compile. This crate depends on no other of the workspace, so nothing makes it rebuild.

mod clean;
mod document;
mod fonts;
mod world;

pub use document::{Document, Inline, Part, Span, text};

use typst::diag::SourceDiagnostic;
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// Why a document could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A PDF without a title is not accessible.
    #[error("the document has no title")]
    NoTitle,
    /// A language is two or three lower-case letters, such as `fr`.
    #[error("`{0}` is not a language code")]
    Language(String),
    /// There is no such day in the calendar.
    #[error("{0:04}-{1:02}-{2:02} is not a date")]
    Date(i32, u8, u8),
    /// The words could not be handed to the template.
    #[error("the document could not be turned into data")]
    Data(#[from] serde_json::Error),
    /// The template failed: a defect of this crate, not of the words.
    #[error("the document could not be laid out: {0}")]
    Layout(String),
    /// The pages could not be written as an accessible PDF.
    #[error("the document could not be exported: {0}")]
    Export(String),
}

/// Sets a document and returns the bytes of its PDF. The same document always gives the same bytes.
///
/// Characters that no embedded font can draw become `�`; invisible and direction-changing ones are dropped,
/// so that what is printed is what is read. Work of some tens of milliseconds: call it off the async threads.
///
/// # Errors
/// [`PdfError::NoTitle`], [`PdfError::Language`] and [`PdfError::Date`] name what the caller must mend.
pub fn render(document: &Document) -> Result<Vec<u8>, PdfError> {
    let data = serde_json::to_vec(&clean::clean(document)?)?;
    let bytes = compile(data);
    // Typst remembers every layout it computed; a server would grow with each document.
    typst::comemo::evict(0);
    bytes
}

fn compile(data: Vec<u8>) -> Result<Vec<u8>, PdfError> {
    let world = world::Press::new(data);
    let pages: PagedDocument =
        typst::compile(&world).output.map_err(|errors| PdfError::Layout(sentence(&errors)))?;

    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|error| PdfError::Export(error.message().to_string()))?;
    let options =
        PdfOptions { creator: Smart::Custom(Some("Beffroi".to_owned())), standards, ..PdfOptions::default() };
    typst_pdf::pdf(&pages, &options).map_err(|errors| PdfError::Export(sentence(&errors)))
}

fn sentence(errors: &[SourceDiagnostic]) -> String {
    errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
}
