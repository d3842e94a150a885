//! A real Dovecot: mails are fetched, treated and put away; one that cannot be treated stops none; a
//! fetch that is cut anywhere, again and again, loses nothing and does nothing twice.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::task::Poll;

use beffroi_db::{Db, db_test};
use beffroi_mailbox::{Fetched, fetch};
use ground::Ground;
use ground::dovecot::Dovecot;

const PROOF: &str = "Authentication-Results: mx.region.example; dmarc=pass header.from=lycee.example\r\n";

fn answer(ground: &Ground, number: usize) -> Vec<u8> {
    ground.filled(
        format!(
            "{PROOF}From: claire.lens@lycee.example\r\nTo: {{{{token}}}}\r\nSubject: Re: Demande\r\n\
             Message-ID: <m{number}@lycee.example>\r\n\r\nPrécision numéro {number}.\r\n"
        )
        .as_bytes(),
    )
}

fn asking(number: usize) -> Vec<u8> {
    format!(
        "{PROOF}From: paul.escaut@lycee.example\r\nTo: demandes@region.example\r\nSubject: Panne {number}\r\n\
         Message-ID: <n{number}@lycee.example>\r\n\r\nLe poste {number} ne démarre plus depuis lundi.\r\n"
    )
    .into_bytes()
}

#[db_test]
async fn a_poison_mail_is_set_aside_and_the_others_go_on(db: Db) {
    let ground = Ground::new(db).await;
    let dovecot = Dovecot::start();
    dovecot.deliver("1", &answer(&ground, 1));
    dovecot.deliver("2", b"\xff\xfe\x00rien de lisible\x00");
    dovecot.deliver("3", b"From: intrus@ailleurs.example\r\nSubject: Offre\r\n\r\nBonjour.\r\n");
    dovecot.deliver("4", &asking(1));
    let fetched = fetch(&ground.mailbox, &dovecot.imap()).await.unwrap();
    assert_eq!(fetched, Fetched { done: 2, aside: 2, failed: 0 });
    assert_eq!((dovecot.holds(""), dovecot.holds(".Trait&AOk-s"), dovecot.holds(".&AMA- part")), (0, 2, 2));
    assert_eq!(fetch(&ground.mailbox, &dovecot.imap()).await.unwrap(), Fetched::default());
    let shown = ground.number("SELECT COUNT(*) AS n FROM mail_in WHERE state = 'aside'", vec![]).await;
    assert_eq!(shown, 2);
}

/// Drops the work after it went on so many times, with its connection and its transaction, as when the
/// process is killed; `None` then.
async fn cut_after<F: Future>(mut polls: usize, work: F) -> Option<F::Output> {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(None);
        }
        polls -= 1;
        work.as_mut().poll(context).map(Some)
    })
    .await
}

#[db_test]
async fn a_fetch_cut_anywhere_loses_nothing_and_does_nothing_twice(db: Db) {
    const MAILS: usize = 8;
    let ground = Ground::new(db).await;
    let dovecot = Dovecot::start();
    let before = ground.number("SELECT COUNT(*) AS n FROM request", vec![]).await;
    for number in 0..MAILS {
        dovecot.deliver(&format!("a{number}"), &answer(&ground, number));
        dovecot.deliver(&format!("b{number}"), &asking(number));
    }
    // Later and later in the first mail, then anywhere in those that follow.
    let mut cuts = 0;
    for polls in (1..80).step_by(5).chain((80..400).step_by(7)) {
        cuts += usize::from(cut_after(polls, fetch(&ground.mailbox, &dovecot.imap())).await.is_none());
    }
    assert!(cuts > 10, "the fetch was cut {cuts} times only");
    for _ in 0..3 {
        fetch(&ground.mailbox, &dovecot.imap()).await.unwrap();
    }
    let wanted = i64::try_from(MAILS).unwrap();
    let answers =
        "SELECT COUNT(*) AS n FROM message WHERE kind = 'public' AND body LIKE 'Précision numéro %'";
    assert_eq!(ground.number(answers, vec![]).await, wanted, "each answer once");
    let distinct = "SELECT COUNT(DISTINCT body) AS n FROM message WHERE body LIKE 'Précision numéro %'";
    assert_eq!(ground.number(distinct, vec![]).await, wanted);
    let requests = ground.number("SELECT COUNT(*) AS n FROM request", vec![]).await;
    assert_eq!(requests - before, wanted, "each request once");
    let drafts = "SELECT COUNT(*) AS n FROM draft WHERE request_id IS NULL";
    assert_eq!(ground.number(drafts, vec![]).await, 0, "no draft is left behind");
    assert_eq!((dovecot.holds(""), dovecot.holds(".Trait&AOk-s")), (0, 2 * MAILS));
}
