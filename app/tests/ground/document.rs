//! What the document of an invented act states.

use beffroi_acts::ActKind;
use beffroi_acts::proof::{Signed, Statement};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};

/// A delegation signed by a head.
pub fn statement() -> Statement {
    let text = "Je délègue à Mme Lou Carlier l’administration locale des postes.";
    let day = NaiveDate::from_ymd_opt(2026, 10, 5).unwrap();
    Statement {
        code: "7K2M9-QXT4H-DV3NP-Z8RWA".into(),
        reference: "A2026-000042".into(),
        kind: ActKind::AdminRights,
        title: "Droits d’administration limités".into(),
        uai: "0590001A".into(),
        school: "Lycée Jean-Bart".into(),
        holder: Some("Lou Carlier".into()),
        text: text.into(),
        text_sha256: hex::encode(Sha256::digest(text)),
        terms_sha256: String::new(),
        signatures: vec![Signed {
            name: "Hélène Dumetz".into(),
            authority: "Chef d’établissement, depuis le 01/09/2026".into(),
            method: "password".into(),
            at: day.and_hms_opt(8, 0, 0).unwrap().and_utc(),
        }],
        starts_on: day,
        ends_on: None,
    }
}
