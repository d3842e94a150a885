//! A document proves what it says, and nothing once a byte of it changed.
#![allow(clippy::unwrap_used)]

use std::process::Command;
use std::sync::LazyLock;

use chrono::{NaiveDate, TimeZone, Utc};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{PublicKey, Refusal, Sealer, Signed, Statement, pdf, seal, verify};
use crate::ActKind;

const ADDRESS: &str = "https://beffroi.example";
/// One document for all tests: setting it takes a moment.
static PDF: LazyLock<Vec<u8>> = LazyLock::new(|| pdf(&statement(), ADDRESS, &sealer(7)).unwrap());

fn sealer(seed: u8) -> Sealer {
    Sealer::new(SigningKey::from_bytes(&[seed; 32]))
}

fn trusted() -> Vec<PublicKey> {
    vec![sealer(7).public()]
}

pub(super) fn statement() -> Statement {
    let text = "Je délègue à Mme Lou Carlier l’administration locale des postes.\n\n\
        Elle ne la délègue pas. #panic(\"x\") <b>%%EOF";
    Statement {
        code: "7K2M9-QXT4H-DV3NP-Z8RWA".into(),
        reference: "A2026-000042".into(),
        kind: ActKind::AdminRights,
        title: "Droits d’administration limités : Lou Carlier".into(),
        uai: "0590001A".into(),
        school: "Lycée Jean-Bart".into(),
        holder: Some("Lou Carlier".into()),
        text: text.into(),
        text_sha256: hex::encode(Sha256::digest(text)),
        terms_sha256: hex::encode(Sha256::digest("{}")),
        signatures: vec![Signed {
            name: "Hélène Dumetz".into(),
            authority: "Chef d’établissement, depuis le 01/09/2026".into(),
            method: "password".into(),
            at: Utc.with_ymd_and_hms(2026, 10, 4, 22, 30, 5).unwrap(),
        }],
        starts_on: NaiveDate::from_ymd_opt(2026, 10, 5).unwrap(),
        ends_on: NaiveDate::from_ymd_opt(2027, 8, 31),
    }
}

/// What a PDF engine that is not ours reads in the document.
fn poppler(tool: &str, file: &[u8]) -> String {
    let place = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(place.path(), file).unwrap();
    let mut command = Command::new(tool);
    command.arg(place.path());
    if tool == "pdftotext" {
        command.args(["-raw", "-"]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if tool == "pdftotext" {
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_document_proves_what_was_signed() {
    let verified = verify(&PDF, &trusted()).unwrap();
    assert_eq!(verified.statement, statement());
    assert_eq!(verified.key_id, sealer(7).public().id());
}

#[test]
fn the_same_act_gives_the_same_bytes() {
    assert!(*PDF == pdf(&statement(), ADDRESS, &sealer(7)).unwrap());
}

#[test]
fn another_engine_reads_it_whole_and_tagged() {
    let words = poppler("pdftotext", &PDF);
    for expected in [
        "Lycée Jean-Bart (0590001A)",
        "Elle ne la délègue pas. #panic(\"x\") <b>%%EOF",
        "Chef d’établissement, depuis le 01/09/2026",
        "lundi 5 octobre 2026 à 0 h 30 min 05 s",
        "7K2M9-QXT4H-DV3NP-Z8RWA",
        &statement().text_sha256,
        "eIDAS",
    ] {
        assert!(words.contains(expected), "« {expected} » is not in:\n{words}");
    }
    let info = poppler("pdfinfo", &PDF);
    assert!(info.contains("Tagged: yes"), "{info}");
    assert!(info.contains("Title: Droits d’administration limités"), "{info}");
}

proptest! {
    // The whole file is hashed each time, slowly when not optimised; the test below takes every byte of a short one.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_byte_changed_anywhere_in_the_document_is_found(at in 0..PDF.len(), change in 1_u8..) {
        let mut file = PDF.clone();
        file[at] ^= change;
        prop_assert!(verify(&file, &trusted()).is_err());
    }
}

#[test]
fn every_byte_of_a_file_and_of_its_seal_counts() {
    let short =
        Statement { text: String::new(), text_sha256: hex::encode(Sha256::digest("")), ..statement() };
    let file = seal::seal(b"%PDF-1.7\nstartxref\n0\n%%EOF\n", &short, &sealer(7)).unwrap();
    assert!(verify(&file, &trusted()).is_ok());
    for at in 0..file.len() {
        // The case of a letter, or the next sign.
        let change = if file[at].is_ascii_alphabetic() { 0x20 } else { 0x01 };
        let mut changed = file.clone();
        changed[at] ^= change;
        assert!(verify(&changed, &trusted()).is_err(), "byte {at}");
        if at % 5 > 0 {
            continue;
        }
        assert!(verify(&file[..at], &trusted()).is_err(), "cut at {at}");
        let mut longer = file.clone();
        longer.insert(at, b' ');
        assert!(verify(&longer, &trusted()).is_err(), "a blank at {at}");
    }
    for end in ["\n", " ", "%%EOF\n"] {
        assert!(verify(&[&file, end.as_bytes()].concat(), &trusted()).is_err(), "{end:?} after it");
    }
}

#[test]
fn each_refusal_says_what_to_do() {
    assert_eq!(verify(b"%PDF-1.7\n%%EOF\n", &trusted()), Err(Refusal::NoSeal));
    assert_eq!(verify(b"", &trusted()), Err(Refusal::NoSeal));
    let stranger = seal::seal(&PDF, &statement(), &sealer(8)).unwrap();
    assert_eq!(verify(&stranger, &trusted()), Err(Refusal::UnknownKey(sealer(8).public().id())));
    assert_eq!(verify(&PDF, &[]), Err(Refusal::UnknownKey(sealer(7).public().id())));
    // A key kept from before, among others.
    assert!(verify(&stranger, &[sealer(7).public(), sealer(8).public()]).is_ok());
}

#[test]
fn the_seal_of_one_document_is_worth_nothing_on_another() {
    let other = Statement { ends_on: None, ..statement() };
    let other = seal::seal(b"%PDF other\nstartxref\n0\n%%EOF\n", &other, &sealer(7)).unwrap();
    let line = |file: &[u8]| {
        let start = file.windows(9).rposition(|window| window == b"%beffroi-").unwrap();
        (start, start + file[start..].iter().position(|byte| *byte == b'\n').unwrap() + 1)
    };
    let ((start, end), (from, to)) = (line(&PDF), line(&other));
    let mixed = [&PDF[..start], &other[from..to], &PDF[end..]].concat();
    assert_eq!(verify(&mixed, &trusted()), Err(Refusal::Altered));
}

#[test]
fn a_seal_moved_within_its_file_is_found() {
    let start = PDF.windows(9).rposition(|window| window == b"%beffroi-").unwrap();
    let end = start + PDF[start..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let (line, rest) = (&PDF[start..end], [&PDF[..start], &PDF[end..]].concat());
    for at in [rest.len(), rest.len() - 6, start - 1] {
        let moved = [&rest[..at], line, &rest[at..]].concat();
        assert_eq!(verify(&moved, &trusted()), Err(Refusal::Altered), "at {at}");
    }
}

#[test]
fn nothing_follows_the_end_of_the_file() {
    assert!(PDF.trim_ascii_end().ends_with(b"%%EOF"));
}

#[test]
fn a_statement_with_a_field_of_a_later_version_is_still_checked() {
    let before = statement().to_json().unwrap();
    let later = before.replacen('{', "{\"later\":1,", 1);
    let read: Statement = serde_json::from_str(&later).unwrap();
    assert_eq!(read, statement());
}
