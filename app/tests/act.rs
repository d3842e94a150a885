//! The document of an act, checked by another process without database nor network; the acts of a real
//! database, compared with their journal.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::fs;
use std::path::PathBuf;

use beffroi_acts::ActKind;
use beffroi_acts::proof::{Sealer, pdf, verify as verify_bytes};
use beffroi_app::keys::journal_key;
use beffroi_app::server::Service;
use beffroi_db::reach::{Why, everything};
use ed25519_dalek::SigningKey;
use ground::document::statement;
use ground::{Engine, Place, Said, Small, act_of_head, head_of};
use sea_orm::{ConnectionTrait, Statement as Sql};

fn sealer() -> Sealer {
    Sealer::new(SigningKey::from_bytes(&[7; 32]))
}

/// A document received, in a place where nothing of Beffroi was ever installed.
fn received(place: &Place, name: &str, bytes: &[u8]) -> PathBuf {
    let path = place.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn verify(place: &Place, file: &std::path::Path, key: &str) -> Said {
    place.run(&["act", "verify", file.to_str().unwrap(), "--key", key])
}

#[tokio::test]
async fn a_document_is_verified_by_another_program_that_has_only_the_key() {
    let place = Place::empty(Engine::Sqlite).await;
    let bytes = pdf(&statement(), "https://beffroi.example", &sealer()).unwrap();
    let file = received(&place, "acte.pdf", &bytes);
    let said = verify(&place, &file, &sealer().public().hex()).well();
    for expected in
        ["Document intact", "A2026-000042", "Hélène Dumetz", "Chef d’établissement, depuis le 01/09/2026"]
    {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
    assert!(said.contains("lundi 5 octobre 2026 à 10\u{a0}h\u{a0}00"), "{said}");
    // The key as it is published, in a file.
    let key = received(&place, "cle.txt", sealer().public().published().as_bytes());
    verify(&place, &file, key.to_str().unwrap()).well();
    assert!(!place.config.data_dir.exists(), "verifying leaves nothing behind");
}

#[tokio::test]
async fn one_byte_changed_another_key_or_no_key_is_refused() {
    let place = Place::empty(Engine::Sqlite).await;
    let bytes = pdf(&statement(), "https://beffroi.example", &sealer()).unwrap();
    let key = sealer().public().hex();
    for at in [0, bytes.len() / 2, bytes.len() - 600, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let said = verify(&place, &received(&place, "change.pdf", &changed), &key);
        assert!(said.code == Some(1) && said.out.contains("Ce fichier ne prouve rien"), "{at}: {said:?}");
    }
    let file = received(&place, "acte.pdf", &bytes);
    let stranger = Sealer::new(SigningKey::from_bytes(&[8; 32])).public().hex();
    let said = verify(&place, &file, &stranger);
    assert!(said.code == Some(1) && said.out.contains("clé inconnue"), "{said:?}");
    let said = place.run(&["act", "verify", file.to_str().unwrap()]);
    assert!(said.code == Some(1) && said.err.contains("--key"), "{said:?}");
    let said = verify(&place, &file, "abc");
    assert!(said.code == Some(1) && said.err.contains("64 chiffres"), "{said:?}");
    let said = verify(&place, &place.path().join("absent.pdf"), &key);
    assert!(said.code == Some(1) && said.err.contains("vérifiez le chemin"), "{said:?}");
}

/// Every region: the first bytes, the objects, the table of places, the seal, the last bytes; each bit in turn.
#[test]
fn no_byte_of_a_document_changes_unseen() {
    let bytes = pdf(&statement(), "https://beffroi.example", &sealer()).unwrap();
    let trusted = [sealer().public()];
    assert!(verify_bytes(&bytes, &trusted).is_ok());
    let found = |words: &[u8]| bytes.windows(words.len()).rposition(|window| window == words).unwrap();
    let seal = found(b"%beffroi-act ");
    let (table, last) = (found(b"startxref"), bytes.len() - 1);
    assert!(seal < table && table < last);
    let spread = (0..seal).step_by(seal / 700);
    let places: Vec<usize> =
        (0..64).chain(spread).chain((seal - 64..last).step_by(4)).chain(last - 16..=last).collect();
    assert!(places.len() > 800, "{}", places.len());
    for at in places {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(verify_bytes(&changed, &trusted).is_err(), "byte {at} of {}", bytes.len());
        // One byte less, and one more.
        if at % 8 == 0 {
            let cut = [&bytes[..at], &bytes[at + 1..]].concat();
            assert!(verify_bytes(&cut, &trusted).is_err(), "without byte {at}");
            let grown = [&bytes[..at], b" ", &bytes[at..]].concat();
            assert!(verify_bytes(&grown, &trusted).is_err(), "a blank before byte {at}");
        }
    }
    for end in [0, 1, bytes.len() / 2, last] {
        assert!(verify_bytes(&bytes[..end], &trusted).is_err(), "cut at {end}");
    }
}

#[tokio::test]
async fn an_installation_verifies_its_own_documents_with_its_own_key() {
    let place = Place::empty(Engine::Sqlite).await;
    let published = place.run(&["act", "key"]).well();
    let own = Sealer::new(journal_key(&place.config.data_dir).unwrap());
    assert_eq!(published, own.public().published());
    let bytes = pdf(&statement(), "https://beffroi.example", &own).unwrap();
    let file = received(&place, "acte.pdf", &bytes);
    place.run(&["act", "verify", file.to_str().unwrap()]).well();
}

/// A school whose head has signed one act, in a real database.
async fn with_a_signed_act(engine: Engine) -> Place {
    let place = Place::empty(engine).await;
    place.run(&["migrate"]).well();
    let db = place.connect().await;
    let service = Service::assemble(&place.config, db.clone()).unwrap();
    let small = Small::install(&service.desk, 0).await;
    let head = head_of(&db, small.school).await;
    let new = act_of_head(ActKind::LiabilityRelease, small.school, head, db.now().date_naive());
    ground::signed(&service, head, new).await;
    db.close().await.unwrap();
    place
}

async fn run(place: &Place, sql: &str) {
    let db = place.connect().await;
    db.read().execute_raw(Sql::from_string(db.backend(), sql.to_owned())).await.unwrap();
    db.close().await.unwrap();
}

async fn what_changes_is_found(engine: Engine) {
    let place = with_a_signed_act(engine).await;
    assert!(
        place.run(&["act", "check"]).well().contains("1 acte(s) comparé(s) au journal : tout correspond")
    );
    place.run(&["journal", "verify"]).well();

    run(&place, "UPDATE act SET text = 'Le texte entiere.'").await;
    let said = place.run(&["act", "check"]);
    assert!(said.code == Some(1) && said.out.contains("le texte ne correspond pas au journal"), "{said:?}");
    // The journal did not change: it is what tells that the act did.
    place.run(&["journal", "verify"]).well();
    run(&place, "UPDATE act SET text = 'Le texte entier.'").await;
    place.run(&["act", "check"]).well();

    run(
        &place,
        "UPDATE journal_entry SET data = replace(data, 'password', 'passkey') WHERE kind = 'act.signed'",
    )
    .await;
    for command in [["act", "check"], ["journal", "verify"]] {
        let said = place.run(&command);
        assert!(said.code == Some(1) && said.out.contains("Journal altéré"), "{said:?}");
    }
    place.remove().await;
}

#[tokio::test]
async fn a_value_changed_in_the_database_or_the_journal_is_found_on_sqlite() {
    what_changes_is_found(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_value_changed_in_the_database_or_the_journal_is_found_on_postgres() {
    everything(Why::Test, what_changes_is_found(Engine::Postgres)).await;
}
