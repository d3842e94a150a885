//! Every mail of `corpus/` becomes what `corpus.toml` says, on both engines; and one of 30 MB.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::fmt::Write;
use std::path::Path;

use beffroi_db::{Db, db_test};
use beffroi_mailbox::{Reason, Received, receive};
use chrono::TimeDelta;
use ground::Ground;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    mail: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    file: String,
    becomes: String,
    says: Option<String>,
    folds: Option<String>,
    files: Option<Vec<String>>,
    count: Option<usize>,
    told: Option<bool>,
    #[serde(default)]
    again: bool,
}

/// What a mail left on a request.
#[derive(Debug, Default, PartialEq, Eq)]
struct Left {
    said: String,
    folded: String,
    files: Vec<String>,
}

/// How many messages and files there are, to tell what is new.
async fn before(ground: &Ground) -> (Vec<String>, Vec<String>) {
    (ids(ground, "message").await, ids(ground, "attachment").await)
}

async fn ids(ground: &Ground, table: &str) -> Vec<String> {
    let rows = ground.rows(&format!("SELECT id FROM {table}"), vec![]).await;
    rows.iter().map(|row| row.try_get::<beffroi_kernel::MessageId>("", "id").unwrap().to_string()).collect()
}

async fn left(ground: &Ground, known: &(Vec<String>, Vec<String>), reason: Reason) -> Left {
    let mut left = Left::default();
    let text = |row: &sea_orm::QueryResult, name: &str| row.try_get::<String>("", name).unwrap();
    let id =
        |row: &sea_orm::QueryResult| row.try_get::<beffroi_kernel::MessageId>("", "id").unwrap().to_string();
    for row in ground.rows("SELECT id, body, kind FROM message ORDER BY id", vec![]).await {
        if !known.0.contains(&id(&row)) && text(&row, "kind") != "system" {
            let body = text(&row, "body");
            let quoted = body.find("\n\n> ").map_or(body.len(), |at| at);
            left.said.push_str(&body[..quoted]);
            left.folded.push_str(&body[quoted..]);
        }
    }
    if reason == Reason::Requested {
        let rows = ground.rows("SELECT answers FROM request ORDER BY id DESC LIMIT 1", vec![]).await;
        left.said = text(&rows[0], "answers");
    }
    for row in ground.rows("SELECT id, name FROM attachment ORDER BY id", vec![]).await {
        if !known.1.contains(&id(&row)) {
            left.files.push(text(&row, "name"));
        }
    }
    left
}

/// What is not as the table says, in words.
async fn faults(
    ground: &Ground,
    expected: &Expected,
    known: &(Vec<String>, Vec<String>),
    received: &Received,
) -> String {
    let mut faults = String::new();
    if received.reason.slug() != expected.becomes || received.again != expected.again {
        write!(faults, " became {} (again: {})", received.reason.slug(), received.again).unwrap();
    }
    let left = left(ground, known, received.reason).await;
    if expected.says.as_ref().is_some_and(|said| !left.said.contains(said.as_str())) {
        write!(faults, " says {:?}", left.said).unwrap();
    }
    if expected
        .folds
        .as_ref()
        .is_some_and(|folded| !left.folded.contains(folded.as_str()) || left.said.contains(folded.as_str()))
    {
        write!(faults, " said {:?} folds {:?}", left.said, left.folded).unwrap();
    }
    if expected.files.as_ref().is_some_and(|files| *files != left.files)
        || expected.count.is_some_and(|count| count != left.files.len())
    {
        write!(faults, " files {:?}", left.files).unwrap();
    }
    let told = ground.told(received.id).await;
    if expected.told.is_some_and(|expected| expected != told) {
        write!(faults, " told {told}").unwrap();
    }
    let written = !left.said.is_empty() || !left.files.is_empty();
    let should =
        matches!(received.reason, Reason::Answered | Reason::Noted | Reason::Requested | Reason::Drafted);
    if written && !should {
        write!(faults, " wrote {left:?}").unwrap();
    }
    faults
}

#[db_test]
async fn every_mail_becomes_what_the_table_says(db: Db) {
    let mut ground = Ground::new(db).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let table: Table = toml::from_str(&std::fs::read_to_string(folder.join("corpus.toml")).unwrap()).unwrap();
    let present = std::fs::read_dir(folder.join("corpus")).unwrap().count();
    assert_eq!(present, table.mail.len(), "each mail of the corpus is in the table");
    assert!(present >= 40);
    let mut wrong = String::new();
    for expected in &table.mail {
        // Far enough from the one before for a machine to answer again.
        ground.later(TimeDelta::minutes(61));
        let mail = std::fs::read(folder.join(format!("corpus/{}.eml", expected.file))).unwrap();
        let known = before(&ground).await;
        match receive(&ground.mailbox, &ground.filled(&mail)).await {
            Ok(received) => {
                let faults = faults(&ground, expected, &known, &received).await;
                if !faults.is_empty() {
                    writeln!(wrong, "{} should be {}:{faults}", expected.file, expected.becomes).unwrap();
                }
            }
            Err(error) => writeln!(wrong, "{}: {error}", expected.file).unwrap(),
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[db_test]
async fn a_mail_of_30_mb_is_refused_kindly_and_its_author_told_how_to_go_on(db: Db) {
    let ground = Ground::new(db).await;
    let mut mail = ground.filled(
        b"From: claire.lens@lycee.example\r\nTo: {{token}}\r\nSubject: Les plans\r\nMIME-Version: 1.0\r\n\
          Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    );
    let line = [&[b'A'; 76][..], b"\r\n"].concat();
    while mail.len() <= beffroi_mailbox::MAX_BYTES {
        mail.extend_from_slice(&line);
    }
    let received = receive(&ground.mailbox, &mail).await.unwrap();
    assert_eq!(received.reason, Reason::TooLarge);
    assert!(ground.told(received.id).await);
    let kept = ground.number("SELECT size AS n FROM mail_in", vec![]).await;
    assert!(kept > i64::try_from(beffroi_mailbox::MAX_BYTES).unwrap());
    assert_eq!(receive(&ground.mailbox, &mail).await.unwrap(), Received { again: true, ..received });
}
