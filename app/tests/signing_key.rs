//! The key that signs the journal and the acts, changed on a real installation of either engine: what the former
//! signed holds, what it signs afterwards is refused, and a backup has the key of its own journal.
//! (ASVS 11.1.1, 11.2.2)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::fs;

use beffroi_acts::proof::{Sealer, pdf};
use beffroi_app::keys::{journal_key, journal_key_path, signing};
use beffroi_app::server::Service;
use beffroi_db::journal::{self, keys};
use beffroi_db::reach::{Why, everything};
use ed25519_dalek::SigningKey;
use ground::document::statement;
use ground::{Engine, Place};

/// The key at hand.
fn key(place: &Place) -> SigningKey {
    journal_key(&place.config.data_dir).unwrap()
}

fn public(key: &SigningKey) -> String {
    hex::encode(key.verifying_key().to_bytes())
}

/// A document that this installation sealed with its key of the moment.
fn sealed(place: &Place, name: &str) -> String {
    let bytes = pdf(&statement(), "https://beffroi.example", &Sealer::new(key(place))).unwrap();
    let path = place.path().join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

async fn installed(engine: Engine) -> Place {
    let place = Place::empty(engine).await;
    place.run(&["migrate"]).well();
    let db = place.connect().await;
    let service = Service::assemble(&place.config, db.clone()).unwrap();
    ground::Small::install(&service.desk, 1).await;
    db.close().await.unwrap();
    place.run(&["journal", "sign"]).well();
    place
}

async fn the_key_changes(engine: Engine) {
    let place = installed(engine).await;
    let (first, replies) = (key(&place), signing::reply_key(&place.config.data_dir).unwrap());
    let old = sealed(&place, "ancien.pdf");
    assert!(place.run(&["doctor"]).out.contains("la clé du journal signe"));

    let said = place.run(&["keys", "rotate", "--journal"]).well();
    let second = key(&place);
    assert!(first != second && said.contains(&public(&second)), "{said}");
    assert_eq!(
        signing::reply_key(&place.config.data_dir).unwrap(),
        replies,
        "mails already sent are answered"
    );
    place.run(&["journal", "sign"]).well();
    for trusted in [&first, &second] {
        let said = place.run(&["journal", "verify", "--public-key", &public(trusted)]).well();
        assert!(said.contains("avec l’accord de l’ancienne"), "{said}");
    }
    let said = place.run(&["journal", "verify", "--public-key", &public(&SigningKey::from_bytes(&[9; 32]))]);
    assert!(said.code == Some(1) && said.out.contains("la clé donnée"), "{said:?}");
    let new = sealed(&place, "nouveau.pdf");
    for file in [&old, &new] {
        place.run(&["act", "verify", file]).well();
    }
    let published = place.run(&["act", "key"]).well();
    assert!(published.contains(&public(&first)) && published.contains(&public(&second)), "{published}");

    // Elsewhere, from a backup: the same head, which its key goes on signing.
    let archive = place.path().join("sauvegarde.tar.gz");
    place.run(&["backup", archive.to_str().unwrap()]).well();
    let elsewhere = Place::empty(engine).await;
    elsewhere.run(&["restore", archive.to_str().unwrap()]).well();
    assert_eq!(elsewhere.run(&["journal", "head"]).well(), place.run(&["journal", "head"]).well());
    elsewhere.run(&["journal", "sign"]).well();
    elsewhere.run(&["journal", "verify", "--public-key", &public(&first)]).well();
    elsewhere.run(&["act", "verify", &old]).well();
    assert_eq!(signing::reply_key(&elsewhere.config.data_dir).unwrap(), replies);

    // A node where the key was not copied signs nothing, and is told so.
    fs::write(journal_key_path(&elsewhere.config.data_dir), hex::encode(first.to_bytes())).unwrap();
    let said = elsewhere.run(&["journal", "sign"]);
    assert!(said.code == Some(1) && said.err.contains("n’est plus celle du journal"), "{said:?}");
    let said = elsewhere.run(&["doctor"]).out;
    assert!(said.contains("À VOIR  signature"), "{said}");
    elsewhere.remove().await;
    place.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_changes_sqlite() {
    the_key_changes(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_changes_postgres() {
    everything(Why::Test, the_key_changes(Engine::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_leaked_proves_nothing_any_more() {
    let place = installed(Engine::Sqlite).await;
    let replies = signing::reply_key(&place.config.data_dir).unwrap();
    let old = sealed(&place, "ancien.pdf");
    place.run(&["keys", "rotate", "--journal", "--leaked"]).well();
    assert_ne!(signing::reply_key(&place.config.data_dir).unwrap(), replies);
    let said = place.run(&["act", "verify", &old]);
    assert!(said.code == Some(1) && said.out.contains("une clé retirée depuis"), "{said:?}");
    place.run(&["act", "verify", &sealed(&place, "nouveau.pdf")]).well();
    place.run(&["journal", "verify"]).well();
    assert!(place.run(&["act", "key"]).well().contains("# Retirée"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_replaced_and_it_shows() {
    let place = installed(Engine::Sqlite).await;
    place.run(&["keys", "rotate", "--journal"]).well();
    let said = place.run(&["keys", "rotate", "--journal", "--lost"]);
    assert!(said.code == Some(1) && said.err.contains("sans --lost"), "{said:?}");
    let before = key(&place);
    fs::remove_file(journal_key_path(&place.config.data_dir)).unwrap();
    // The program made another one, which the journal does not know.
    for command in [&["journal", "sign"][..], &["keys", "rotate", "--journal"]] {
        let said = place.run(command);
        assert!(said.code == Some(1) && said.err.contains("n’est plus celle du journal"), "{said:?}");
    }
    place.run(&["keys", "rotate", "--journal", "--lost"]).well();
    assert!(place.run(&["journal", "verify"]).well().contains("l’ancienne était perdue"));
    let said = place.run(&["journal", "verify", "--public-key", &public(&before)]);
    assert!(said.code == Some(1) && said.out.contains("sans l’accord"), "{said:?}");
}

/// Cut between the journal and the file, the change is ended by the same command; cut before, it is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_cut_is_ended() {
    let place = installed(Engine::Sqlite).await;
    let beside = place.config.data_dir.join("journal.key.neuf");
    let next = SigningKey::from_bytes(&[5; 32]);
    fs::write(&beside, hex::encode(next.to_bytes())).unwrap();
    let said = place.run(&["keys", "rotate", "--journal"]);
    assert!(said.code == Some(1) && said.err.contains("effacez ce fichier"), "{said:?}");
    let db = place.connect().await;
    keys::change(&db, &keys::Former::Held(key(&place)), &next, false).await.unwrap();
    assert!(matches!(journal::checkpoint(&db, &key(&place)).await, Err(keys::KeyError::NotInForce)));
    db.close().await.unwrap();
    place.run(&["keys", "rotate", "--journal"]).well();
    assert!(key(&place) == next && !beside.exists());
    place.run(&["journal", "sign"]).well();
    place.run(&["journal", "verify"]).well();
}

/// The accounts of the demo have a password that everybody knows: they never join those of a real Region. (ASVS 15.2.3)
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_does_not_enter_where_somebody_lives() {
    let place = installed(Engine::Sqlite).await;
    let said = place.run(&["demo"]);
    assert!(said.code == Some(1) && said.err.contains("ne s’ajoute qu’à une base vide"), "{said:?}");
    place.run(&["demo", "--if-empty"]).well();
    let db = place.connect().await;
    assert!(beffroi_demo::accounts(&db).await.unwrap().is_empty());
}
