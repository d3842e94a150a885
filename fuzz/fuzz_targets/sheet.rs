//! Sheets and routing as editors type them: every fault has its line, and the page of a sheet holds no script. (LIRE-01)
#![no_main]

use beffroi_sheets::{Routing, check_catalogue, parse_sheet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Routing::parse("routing.toml", text);
    let files = [("fiche.md".to_owned(), text.to_owned())];
    let lines = text.lines().count() + 2;
    for finding in check_catalogue(&files).1 {
        assert!(finding.line <= lines, "{finding:?}");
    }
    let Ok(sheet) = parse_sheet("fiche.md", text) else { return };
    for block in sheet.sections.iter().flat_map(|section| &section.blocks) {
        let html = block.html().to_ascii_lowercase();
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(!html.contains("href=\"javascript:") && !html.contains("href=\"data:"), "{html}");
        block.plain();
    }
});
