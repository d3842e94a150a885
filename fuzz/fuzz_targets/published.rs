//! The published catalogue, read back from its HTML or its text: a draft is always made of what was read.
#![no_main]

use beffroi_sheets::{import_html, import_text, parse_sheet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for imported in [import_html(text), import_text(text)] {
        for draft in imported.drafts {
            let _ = parse_sheet("fiche.md", &draft.file_text);
        }
    }
});
