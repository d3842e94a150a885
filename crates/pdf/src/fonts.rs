//! The typefaces of a document, embedded: Noto Sans to read, DejaVu for codes and for signs Noto lacks.
//!
//! They come as crates, so the machine that prints needs no font of its own and every page is the same.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// Every face, in the order of [`BOOK`].
pub static FACES: LazyLock<Vec<Font>> = LazyLock::new(|| {
    [
        notosans::REGULAR_TTF,
        notosans::ITALIC_TTF,
        notosans::BOLD_TTF,
        notosans::BOLD_ITALIC_TTF,
        dejavu::sans::regular(),
        dejavu::sans::bold(),
        dejavu::sans_mono::regular(),
        dejavu::sans_mono::bold(),
    ]
    .into_iter()
    .filter_map(|face| Font::new(Bytes::new(face), 0))
    .collect()
});

/// What each face can do.
pub static BOOK: LazyLock<LazyHash<FontBook>> =
    LazyLock::new(|| LazyHash::new(FontBook::from_fonts(FACES.iter())));

/// Whether some face draws this character.
pub fn can_draw(character: char) -> bool {
    FACES.iter().any(|face| face.info().coverage.contains(u32::from(character)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_is_readable() {
        assert_eq!(FACES.len(), 8);
    }

    #[test]
    fn french_and_the_signs_of_a_form_can_be_drawn() {
        for character in "ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ’«»“”–—…€§°№×→✓✗☐☑\u{a0}\u{202f}\u{fffd}".chars()
        {
            assert!(can_draw(character), "{character:?}");
        }
    }
}
