//! The pieces of a mail that are read apart.

/// The author's words in a plain text, and what is folded.
pub fn fold(text: &str) -> (String, String) {
    crate::fold::fold(text)
}

/// The same in HTML.
pub fn fold_html(html: &str) -> (String, String) {
    crate::fold::fold_html(html)
}

/// The sizes of the files of a `winmail.dat`; none when it is not one.
pub fn winmail(bytes: &[u8]) -> Option<Vec<usize>> {
    crate::tnef::read(bytes).map(|unwrapped| unwrapped.files.iter().map(|(_, content)| content.len()).collect())
}
