//! What leaves [`beffroi_pdf::render`] is what was typed, in a file that assistive tools can read.
//!
//! The files are read back with poppler (`pdftotext`, `pdfinfo`), an engine that is not ours.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::process::Command;

use beffroi_pdf::{Document, Part, Span, render, text};
use proptest::prelude::*;

/// Words that would be orders, were they ever read as markup.
/// (Poppler reads a backtick before a letter as its accent: here it stands before a blank.)
const HOSTILE: &str = r##"#panic("x") #{1+1} #import "a" $x^2$ *gras* _it_ ` code ` = Titre <a> @b \ \u{41} "q" 'p' // /* [c] ~ -- ..."##;

fn document(parts: Vec<Part>) -> Document {
    Document { parts, ..Document::new("Récépissé", "Région", (2026, 3, 1)) }
}

/// Runs a tool of poppler on a PDF and returns what it says.
fn poppler(tool: &str, options: &[&str], pdf: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    let mut command = Command::new(tool);
    command.args(options).arg(file.path());
    if tool == "pdftotext" {
        command.arg("-");
    }
    let output = command.output().expect("poppler-utils is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The words of a PDF, each run of blanks counted as one.
fn words(pdf: &[u8]) -> String {
    poppler("pdftotext", &["-raw"], pdf).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says(pdf: &[u8], expected: &str) {
    let found = words(pdf);
    let expected = expected.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(found.contains(&expected), "« {expected} » is not in:\n{found}");
}

fn holds(pdf: &[u8], needle: &str) {
    assert!(pdf.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle} is missing");
}

#[test]
fn hostile_words_are_printed_as_they_were_typed() {
    let part = Part::Paragraph(text(HOSTILE));
    says(&render(&document(vec![part])).unwrap(), HOSTILE);
}

#[test]
fn hostile_words_are_harmless_wherever_they_stand() {
    let hostile = || HOSTILE.to_owned();
    let spans = vec![
        Span::Strong(hostile()),
        Span::Commitment(hostile()),
        Span::Duty(hostile()),
        Span::Code(hostile()),
        Span::Link { text: hostile(), url: "https://exemple.fr/#a?b=\"c\"&d=$e\\f".into() },
    ];
    let parts = vec![
        Part::Heading { level: 1, text: hostile() },
        Part::Paragraph(spans.clone()),
        Part::List(vec![spans.clone()]),
        Part::Steps(vec![spans.clone()]),
        Part::Table {
            caption: hostile(),
            headers: vec![hostile(), hostile()],
            rows: vec![vec![spans.clone()]],
        },
        Part::Facts(vec![(hostile(), hostile())]),
        Part::Note { label: hostile(), text: spans },
    ];
    let document = Document { title: hostile(), author: hostile(), ..document(parts) };
    let words = words(&render(&document).unwrap());
    for end in ["#panic(\"x\") #{1+1}", "[c] ~ -- ..."] {
        assert!(words.matches(end).count() >= 33, "lost from:\n{words}");
    }
}

#[test]
fn the_file_is_tagged_titled_dated_and_in_french() {
    let pdf = render(&document(vec![Part::Paragraph(text("Bonjour"))])).unwrap();
    assert!(pdf.starts_with(b"%PDF"));
    let facts = poppler("pdfinfo", &[], &pdf);
    for expected in ["Title:           Récépissé", "Tagged:          yes", "2026", "Creator:         Beffroi"]
    {
        assert!(facts.contains(expected), "{expected} is missing from:\n{facts}");
    }
    for expected in ["/StructTreeRoot", "/MarkInfo", "/Lang", "pdfuaid", "pdfaid"] {
        holds(&pdf, expected);
    }
}

#[test]
fn a_reader_hears_the_structure() {
    let pdf = render(&document(vec![
        Part::Heading { level: 1, text: "Demande".into() },
        Part::List(vec![text("un"), text("deux")]),
        Part::Facts(vec![("Référence".into(), "D-1".into())]),
        Part::Table { caption: "Lots".into(), headers: vec!["Nom".into()], rows: vec![vec![text("PC")]] },
        Part::Paragraph(vec![Span::Link { text: "la fiche".into(), url: "https://exemple.fr".into() }]),
    ]))
    .unwrap();
    let structure = poppler("pdfinfo", &["-struct"], &pdf);
    for tag in ["H1", "L ", "LI", "Lbl", "LBody", "Table", "Caption", "TH", "TD", "Link"] {
        assert!(structure.contains(tag), "{tag} is missing from:\n{structure}");
    }
}

#[test]
fn who_is_bound_is_said_in_a_word() {
    let pdf = render(&document(vec![Part::Paragraph(vec![
        Span::Commitment("installe les postes".into()),
        Span::Text(" ; ".into()),
        Span::Duty("fournit les câbles".into()),
    ])]))
    .unwrap();
    says(&pdf, "Région installe les postes ; Établissement fournit les câbles");
}

#[test]
fn a_link_can_be_followed_from_paper() {
    let link = Span::Link { text: "la fiche".into(), url: "https://exemple.fr/fiche".into() };
    let pdf = render(&document(vec![Part::Paragraph(vec![link])])).unwrap();
    says(&pdf, "la fiche (exemple.fr/fiche)");
}

#[test]
fn pages_are_numbered_and_bear_the_title() {
    let parts = vec![Part::Paragraph(text("un")), Part::PageBreak, Part::Paragraph(text("deux"))];
    let pdf = render(&document(parts)).unwrap();
    says(&pdf, "Récépissé Page 1 sur 2");
    says(&pdf, "Récépissé Page 2 sur 2");
    says(&pdf, "1er mars 2026");
}

#[test]
fn a_long_table_says_its_columns_again_on_each_page() {
    let rows = (1..=90).map(|row| vec![text(format!("Poste {row}")), text("x".repeat(90))]).collect();
    let headers = vec!["Matériel".into(), "Série".into()];
    let pdf = render(&document(vec![Part::Table { caption: "Lots".into(), headers, rows }])).unwrap();
    let words = words(&pdf);
    let pages = words.matches("Récépissé Page").count();
    assert!(pages > 1);
    assert_eq!(words.matches("Matériel Série").count(), pages, "{words}");
    says(&pdf, "Poste 90");
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let document = document(vec![Part::Paragraph(text("Bonjour"))]);
    assert_eq!(render(&document).unwrap(), render(&document).unwrap());
}

#[test]
fn scripts_and_pictograms_never_deny_a_receipt() {
    let mixed =
        "Łódź, Ελλάδα, Україна, العربية, עברית, 漢字, हिन्दी, 👩‍🏫 e\u{301} ﬁn \u{202e}x\u{0}\u{e000}\u{10ffff}";
    let pdf = render(&document(vec![
        Part::Paragraph(text(mixed)),
        Part::Note { label: mixed.into(), text: text(mixed) },
    ]))
    .unwrap();
    says(&pdf, "Łódź, Ελλάδα, Україна,");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_typed_a_document_comes_out(title in "\\PC{1,20}", words in any::<String>(), mono in "\\PC*") {
        let parts = vec![
            Part::Heading { level: 3, text: words.clone() },
            Part::Paragraph(vec![Span::Text(words.clone()), Span::Duty(words.clone()), Span::Code(mono)]),
            Part::Table { caption: words.clone(), headers: vec![words.clone()], rows: vec![vec![text(words)]] },
        ];
        let document = Document { title: format!("T {title}"), ..document(parts) };
        prop_assert!(render(&document).unwrap().starts_with(b"%PDF"));
    }
}
