//! What an author wrote, apart from what their program quoted: no word of a plain text is invented.
#![no_main]

use beffroi_fuzz::mail;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (said, quoted) = mail::fold(text);
    assert!(said.len() + quoted.len() <= text.len(), "words were added");
    let _ = mail::fold_html(text);
});
