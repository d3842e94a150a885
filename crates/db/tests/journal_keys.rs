//! The key of the journal changes for another: what the former signed holds, and nobody else signs. (ASVS 11.1.1, 11.2.2)
#![allow(missing_docs, clippy::unwrap_used)]

use beffroi_db::journal::keys::{self, Former, KeyError};
use beffroi_db::journal::{self, Verdict};
use beffroi_db::{Db, DbError, Event, db_test};
use ed25519_dalek::{Signer, SigningKey};
use sea_orm::{ConnectionTrait, Statement};

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

async fn write(db: &Db) {
    db.write::<_, DbError, _>(async |tx| {
        tx.journal(Event::new("request.submitted", "request:1"));
        Ok(())
    })
    .await
    .unwrap();
}

async fn change(db: &Db, from: u8, to: u8) {
    keys::change(db, &Former::Held(key(from)), &key(to), false).await.unwrap();
}

/// Two entries under key 1, one under key 2, one under key 3; each signed.
async fn three_keys(db: &Db) {
    write(db).await;
    journal::checkpoint(db, &key(1)).await.unwrap();
    write(db).await;
    change(db, 1, 2).await;
    write(db).await;
    journal::checkpoint(db, &key(2)).await.unwrap();
    change(db, 2, 3).await;
    write(db).await;
    journal::checkpoint(db, &key(3)).await.unwrap();
}

async fn run(db: &Db, sql: &str) {
    db.read().execute_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
}

async fn verdict(db: &Db, trusted: Option<u8>) -> Verdict {
    let trusted = trusted.map(|number| key(number).verifying_key());
    journal::verify(db, trusted.as_ref(), |_| ()).await.unwrap()
}

fn broken(verdict: &Verdict) -> Option<(i64, &'static str)> {
    match verdict {
        Verdict::Broken { seq, why } => Some((*seq, why)),
        Verdict::Sound { .. } => None,
    }
}

#[db_test]
async fn what_each_key_signed_holds_after_it_changed(db: Db) {
    three_keys(&db).await;
    for trusted in [None, Some(1), Some(2), Some(3)] {
        let found = verdict(&db, trusted).await;
        assert!(
            matches!(&found, Verdict::Sound { head, checkpoints: 5 } if head.seq == 6),
            "{trusted:?}: {found:?}"
        );
    }
    let found = verdict(&db, Some(9)).await;
    assert!(broken(&found).is_some_and(|(_, why)| why.contains("la clé donnée")), "{found:?}");
}

#[db_test]
async fn a_key_that_no_entry_names_signs_nothing(db: Db) {
    three_keys(&db).await;
    for stranger in [key(1), key(2), key(9)] {
        assert!(matches!(journal::checkpoint(&db, &stranger).await, Err(KeyError::NotInForce)));
        let next = keys::change(&db, &Former::Held(stranger.clone()), &key(8), false).await;
        assert!(matches!(next, Err(KeyError::NotInForce)));
        // Somebody who writes in the database puts their signature there.
        let head = journal::head(&db).await.unwrap();
        let text = format!("beffroi journal {} {}", head.seq, head.hash);
        run(
            &db,
            &format!(
                "UPDATE journal_checkpoint SET signature = '{}', public_key = '{}' WHERE seq = {}",
                hex::encode(stranger.sign(text.as_bytes()).to_bytes()),
                hex::encode(stranger.verifying_key().to_bytes()),
                head.seq
            ),
        )
        .await;
        let found = verdict(&db, None).await;
        assert!(
            broken(&found).is_some_and(|(seq, why)| seq == 6 && why.contains("point de contrôle")),
            "{found:?}"
        );
    }
}

/// Each fact of the entry is signed by both: with the chain made again around it, the change does not hold.
#[db_test]
async fn a_change_made_again_by_hand_is_found(db: Db) {
    write(&db).await;
    change(&db, 1, 2).await;
    let true_entry = journal::of_subject(&db, keys::SUBJECT).await.unwrap().remove(0);
    let facts: serde_json::Value = serde_json::from_str(&true_entry.data).unwrap();
    let other = hex::encode(key(9).verifying_key().to_bytes());
    let changes = [
        ("to", serde_json::json!(other)),
        ("from", serde_json::json!(other)),
        ("after", serde_json::json!("00")),
        ("withdrawn", serde_json::json!(true)),
        ("algorithm", serde_json::json!("rien")),
        ("before", serde_json::json!([{ "key": other, "until": 0, "withdrawn": false }])),
        ("agreed", facts["taken"].clone()),
        ("taken", facts["agreed"].clone()),
    ];
    for (name, value) in changes {
        run(&db, "DELETE FROM journal_entry").await;
        run(&db, "DELETE FROM journal_checkpoint").await;
        run(&db, "UPDATE journal_head SET seq = 0, hash = ''").await;
        write(&db).await;
        let mut forged = facts.clone();
        forged[name] = value;
        db.write::<_, DbError, _>(async |tx| {
            tx.journal(Event::new("journal.key-changed", keys::SUBJECT).data(forged.clone()));
            Ok(())
        })
        .await
        .unwrap();
        let found = verdict(&db, None).await;
        assert!(broken(&found).is_some_and(|(seq, _)| seq == 2), "{name}: {found:?}");
        assert!(keys::changes(&db).await.unwrap().is_empty(), "{name}");
    }
}

/// Whoever has an old key and the database writes the past again: the next key signed over it.
#[db_test]
async fn the_past_cannot_be_written_again_with_an_old_key(db: Db) {
    three_keys(&db).await;
    let data = journal::of_subject(&db, keys::SUBJECT).await.unwrap().remove(0).data;
    run(&db, "DELETE FROM journal_entry").await;
    run(&db, "DELETE FROM journal_checkpoint").await;
    run(&db, "UPDATE journal_head SET seq = 0, hash = ''").await;
    for _ in 0..2 {
        db.write::<_, DbError, _>(async |tx| {
            tx.journal(Event::new("request.submitted", "request:2"));
            Ok(())
        })
        .await
        .unwrap();
    }
    let facts: serde_json::Value = serde_json::from_str(&data).unwrap();
    db.write::<_, DbError, _>(async |tx| {
        tx.journal(Event::new("journal.key-changed", keys::SUBJECT).data(facts.clone()));
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(
        broken(&verdict(&db, None).await).unwrap(),
        (3, "le changement de clé ne suit pas ce qui précède")
    );
    // They stop before the change: the key one has from elsewhere is nowhere.
    run(&db, "DELETE FROM journal_entry WHERE seq = 3").await;
    let sql = "UPDATE journal_head SET seq = 2, hash = (SELECT hash FROM journal_entry WHERE seq = 2)";
    run(&db, sql).await;
    journal::checkpoint(&db, &key(1)).await.unwrap();
    assert!(broken(&verdict(&db, Some(3)).await).is_some());
}

#[db_test]
async fn a_lost_key_is_replaced_and_the_break_is_seen_by_who_trusted_it(db: Db) {
    write(&db).await;
    journal::checkpoint(&db, &key(1)).await.unwrap();
    keys::change(&db, &Former::Lost(key(1).verifying_key()), &key(2), true).await.unwrap();
    write(&db).await;
    journal::checkpoint(&db, &key(2)).await.unwrap();
    assert!(broken(&verdict(&db, None).await).is_none());
    assert!(broken(&verdict(&db, Some(2)).await).is_none());
    let found = verdict(&db, Some(1)).await;
    assert!(broken(&found).is_some_and(|(_, why)| why.contains("sans l’accord")), "{found:?}");
    let told = keys::changes(&db).await.unwrap();
    assert!(!told[0].agreed && told[0].withdrawn);
}

/// A key answers for those before it and after it that it is bound to, never for one put there without it.
#[db_test]
async fn a_key_answers_for_those_it_is_bound_to(db: Db) {
    three_keys(&db).await;
    let told = keys::changes(&db).await.unwrap();
    let names = |own: u8| -> Vec<u8> {
        let known = |one: &keys::Other| (1..=9).find(|number| key(*number).verifying_key() == one.key);
        keys::others(&key(own).verifying_key(), &told).iter().filter_map(known).collect()
    };
    assert_eq!(names(3), [2, 1]);
    assert_eq!(names(2), [1, 3]);
    assert_eq!(names(1), [2, 3]);
    assert!(names(9).is_empty());

    // A change that only the next key signed, as anybody can make one: the former does not answer for it.
    keys::change(&db, &Former::Lost(key(3).verifying_key()), &key(4), false).await.unwrap();
    let told = keys::changes(&db).await.unwrap();
    let after = keys::others(&key(3).verifying_key(), &told);
    assert!(after.iter().all(|one| one.key != key(4).verifying_key()));
}

/// A node that has the former key signs up to the change, never after it.
#[db_test]
async fn signing_goes_on_while_the_key_changes(db: Db) {
    write(&db).await;
    let signer = {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..200 {
                if journal::checkpoint(&db, &key(1)).await.is_err() {
                    return true;
                }
                write(&db).await;
            }
            false
        })
    };
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    change(&db, 1, 2).await;
    assert!(signer.await.unwrap(), "it stops by itself");
    write(&db).await;
    journal::checkpoint(&db, &key(2)).await.unwrap();
    assert!(broken(&verdict(&db, Some(1)).await).is_none());
}
