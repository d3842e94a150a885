//! Forms of the catalogue filled with anything: every field answers or says why, and deciding never fails. (CSU-01)
#![no_main]

use std::sync::LazyLock;

use beffroi_sheets::{Answers, Facts, RequestType, Role, parse_sheet};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

static ASKED: LazyLock<Vec<RequestType>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalogue");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let sheets = files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    let texts = sheets.map(|path| std::fs::read_to_string(path).unwrap());
    texts.filter_map(|text| parse_sheet("fiche.md", &text).ok()).flat_map(|sheet| sheet.requests).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let [first, second, form @ ..] = bytes else { return };
    let request = &ASKED[usize::from(u16::from_be_bytes([*first, *second])) % ASKED.len()];
    let raw: Vec<(String, String)> = form_urlencoded::parse(form).into_owned().collect();
    // Fields are numbered, so that the fuzzer need not guess their names.
    let named = |(name, value): &(String, String)| {
        let (rank, part) = name.split_once('.').map_or((name.as_str(), None), |(rank, part)| (rank, Some(part)));
        let field = rank.parse::<usize>().ok().and_then(|rank| request.fields.get(rank));
        let id = field.map_or(rank, |field| field.id.as_str());
        (part.map_or(id.to_owned(), |part| format!("{id}.{part}")), value.clone())
    };
    let raw: Vec<(String, String)> = raw.iter().map(named).collect();
    let facts = Facts {
        requester_role: Role::ALL[usize::from(*second) % Role::ALL.len()],
        academy: "lille".into(),
        school_kind: "LGT".into(),
        o365: first % 2 == 0,
    };
    let mut answers = Answers::default();
    for field in &request.fields {
        if let Ok(answer) = field.read(&raw) {
            field.show(&answer);
            answers.insert(field.id.clone(), answer);
        }
    }
    request.asked(&answers, &facts);
    request.next_unanswered(&answers, &facts);
    request.refusal(&answers, &facts);
    request.approvals(&answers, &facts, true);
    request.tasks(&answers, &facts);
    request.act_terms(&answers);
    let effective = request.effective(&answers, &facts);
    assert!(effective.len() <= answers.len(), "answers were added");
    let _ = request.check(&answers, &facts);
});
