//! Originals are kept as long as the operator says, and no longer; what they did stays. (RGPD)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use beffroi_db::{Db, db_test};
use beffroi_mailbox::{Reason, forget_expired, receive};
use chrono::TimeDelta;
use ground::Ground;

const PROOF: &str = "Authentication-Results: mx.region.example; dmarc=pass header.from=lycee.example\r\n";

/// An answer of Claire's, one of nobody's, and one that a machine answers.
fn answer(ground: &Ground) -> Vec<u8> {
    let mail = format!(
        "{PROOF}From: claire.lens@lycee.example\r\nTo: {{{{token}}}}\r\nSubject: Re: Demande\r\n\
         Message-ID: <r1@lycee.example>\r\n\r\nLa salle 204.\r\n"
    );
    ground.filled(mail.as_bytes())
}

const STRANGER: &[u8] = b"From: intrus@ailleurs.example\r\nTo: demandes@region.example\r\nSubject: Offre\r\n\
    Message-ID: <o1@ailleurs.example>\r\n\r\nBonjour.\r\n";

async fn originals(ground: &Ground) -> Vec<(String, Option<String>, String)> {
    let rows =
        ground.rows("SELECT state, sha256, sender FROM mail_in ORDER BY received_at, id", vec![]).await;
    let text = |row: &sea_orm::QueryResult, name: &str| row.try_get("", name).unwrap();
    rows.iter()
        .map(|row| (text(row, "state"), row.try_get("", "sha256").unwrap(), text(row, "sender")))
        .collect()
}

#[db_test]
async fn an_original_is_forgotten_when_its_time_is_over_and_what_it_did_stays(db: Db) {
    let mut ground = Ground::new(db).await;
    let mail = answer(&ground);
    assert_eq!(receive(&ground.mailbox, &mail).await.unwrap().reason, Reason::Answered);
    assert_eq!(receive(&ground.mailbox, STRANGER).await.unwrap().reason, Reason::Unknown);
    let closed = ground.filled(
        format!(
            "{PROOF}From: claire.lens@lycee.example\r\nTo: {{{{closed}}}}\r\nSubject: Re\r\n\r\nMerci.\r\n"
        )
        .as_bytes(),
    );
    assert_eq!(receive(&ground.mailbox, &closed).await.unwrap().reason, Reason::Closed);
    let kept: Vec<String> =
        originals(&ground).await.into_iter().filter_map(|(_, sha256, _)| sha256).collect();
    assert_eq!(kept.len(), 3);
    let answered = "SELECT COUNT(*) AS n FROM mail_answered";
    assert_eq!(ground.number(answered, vec![]).await, 1);

    ground.later(TimeDelta::days(364));
    assert_eq!(forget_expired(&ground.mailbox).await.unwrap(), 0);
    assert_eq!(ground.number(answered, vec![]).await, 0, "to whom a machine answered is forgotten sooner");
    for sha256 in &kept {
        ground.mailbox.desk.files.read_mail(sha256).await.unwrap();
    }

    ground.later(TimeDelta::days(2));
    // No mailbox is set any more: what it left is forgotten all the same.
    let mut unset = ground.mailbox.clone();
    unset.settings = None;
    assert_eq!(forget_expired(&unset).await.unwrap(), 2);
    let left = originals(&ground).await;
    let still =
        |state: &str| left.iter().filter(|(found, sha256, _)| found == state && sha256.is_some()).count();
    assert_eq!((still("aside"), still("handled")), (1, 0), "what somebody has to look at stays: {left:?}");
    assert!(left.iter().all(|(state, _, sender)| state == "aside" || sender.is_empty()), "{left:?}");
    let readable: Vec<bool> = {
        let mut found = Vec::new();
        for sha256 in &kept {
            found.push(ground.mailbox.desk.files.read_mail(sha256).await.is_ok());
        }
        found
    };
    assert_eq!(readable.iter().filter(|kept| **kept).count(), 1, "the files are gone too");
    let said = "SELECT COUNT(*) AS n FROM message WHERE body = 'La salle 204.'";
    assert_eq!(ground.number(said, vec![]).await, 1);
    let persons = "SELECT COUNT(*) AS n FROM mail_in WHERE person_id IS NOT NULL";
    assert_eq!(ground.number(persons, vec![]).await, 0);

    // It comes again, years later: it has no effect, and no original is kept of it.
    assert!(receive(&ground.mailbox, &mail).await.unwrap().again);
    assert_eq!(ground.number(said, vec![]).await, 1);
    assert_eq!(originals(&ground).await, left);
    for sha256 in &kept {
        let readable = ground.mailbox.desk.files.read_mail(sha256).await.is_ok();
        assert_eq!(readable, left.iter().any(|(_, kept, _)| kept.as_ref() == Some(sha256)));
    }
}

/// The same mail by two ways has two sets of headers: only the first is kept, so that only one is forgotten.
#[db_test]
async fn a_mail_that_came_twice_leaves_one_original(db: Db) {
    let ground = Ground::new(db).await;
    let mail = answer(&ground);
    let again = [b"Received: by autre.region.example\r\n".as_slice(), &mail].concat();
    receive(&ground.mailbox, &mail).await.unwrap();
    assert!(receive(&ground.mailbox, &again).await.unwrap().again);
    let hash = |bytes: &[u8]| {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest(bytes))
    };
    let files = &ground.mailbox.desk.files;
    assert!(files.read_mail(&hash(&mail)).await.is_ok());
    assert!(files.read_mail(&hash(&again)).await.is_err());
}
