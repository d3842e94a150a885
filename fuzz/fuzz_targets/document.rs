//! Documents of acts, and published keys: only the very bytes that were sealed are believed. (T2)
#![no_main]

use std::sync::LazyLock;

use beffroi_fuzz::ActKind;
use beffroi_fuzz::proof::{PublicKey, Sealer, Signed, Statement, sealed, verify};
use beffroi_sheets::Word;
use chrono::{NaiveDate, TimeZone, Utc};
use ed25519_dalek::SigningKey;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

/// A document, and the key that sealed it.
static SEALED: LazyLock<(Vec<u8>, PublicKey)> = LazyLock::new(|| {
    let sealer = Sealer::new(SigningKey::from_bytes(&[7; 32]));
    let text = "Je délègue à Camille Delattre la gestion du filtrage.".to_owned();
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    let statement = Statement {
        code: "7H2KM-Q0XV9-ABCDE-01230".into(),
        reference: "A2026-000042".into(),
        kind: ActKind::ALL[0],
        title: "Délégation".into(),
        uai: "0590001A".into(),
        school: "Lycée Jean-Bart".into(),
        holder: None,
        text_sha256: digest.clone(),
        text,
        terms_sha256: digest,
        signatures: vec![Signed {
            name: "Claude Martin".into(),
            authority: "chef d’établissement".into(),
            method: "password".into(),
            at: Utc.timestamp_opt(1_790_000_000, 0).unwrap(),
        }],
        starts_on: NaiveDate::from_ymd_opt(2026, 10, 5).unwrap(),
        ends_on: None,
    };
    let file = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF";
    (sealed(file, &statement, &sealer), sealer.public())
});

// The input: anything; or, after `~`, six bytes of place and length, then what is written there in a true document.
fuzz_target!(|bytes: &[u8]| {
    let (sealed, key) = &*SEALED;
    let trusted = std::slice::from_ref(key);
    let _ = PublicKey::read_all(&String::from_utf8_lossy(bytes));
    let file = match bytes {
        [b'~', a, b, c, d, e, f, written @ ..] => {
            let start = u32::from_be_bytes([*a, *b, *c, *d]) as usize % (sealed.len() + 1);
            let end = (start + usize::from(u16::from_be_bytes([*e, *f]))).min(sealed.len());
            [&sealed[..start], written, &sealed[end..]].concat()
        }
        _ => bytes.to_vec(),
    };
    assert_eq!(verify(&file, trusted).is_ok(), file == *sealed, "a changed document is believed");
    assert!(verify(&file, &[]).is_err(), "a document is believed without any key");
});
