//! The chain finds any change; a job exists if and only if its change does.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use beffroi_db::jobs::Worker;
use beffroi_db::journal::{self, Verdict};
use beffroi_db::{Db, DbError, Event, NewJob, db_test};
use beffroi_kernel::{PersonId, SchoolId};
use ed25519_dalek::SigningKey;
use sea_orm::{ConnectionTrait, Statement};

async fn write_entries(db: &Db, count: usize) {
    for number in 0..count {
        db.write::<_, DbError, _>(async |tx| {
            let event = Event::new("request.submitted", format!("request:{number}"))
                .by(PersonId::new())
                .school(SchoolId::new())
                .data(serde_json::json!({ "number": number }));
            tx.journal(event);
            Ok(())
        })
        .await
        .unwrap();
    }
}

async fn run(db: &Db, sql: &str) {
    db.read().execute_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
}

async fn verdict(db: &Db) -> Verdict {
    journal::verify(db, None, |_| ()).await.unwrap()
}

#[db_test]
async fn an_untouched_journal_is_sound_and_its_checkpoints_hold(db: Db) {
    write_entries(&db, 5).await;
    let head = journal::checkpoint(&db, &SigningKey::from_bytes(&[7; 32])).await.unwrap();
    assert_eq!(head.seq, 5);
    assert_eq!(verdict(&db).await, Verdict::Sound { head, checkpoints: 1 });
}

#[db_test]
async fn a_journal_first_signed_empty_is_sound(db: Db) {
    let key = SigningKey::from_bytes(&[7; 32]);
    journal::checkpoint(&db, &key).await.unwrap();
    write_entries(&db, 5).await;
    let head = journal::checkpoint(&db, &key).await.unwrap();
    assert_eq!(verdict(&db).await, Verdict::Sound { head, checkpoints: 2 });
}

#[db_test]
async fn each_changed_column_is_found(db: Db) {
    write_entries(&db, 3).await;
    let changes = [
        ("kind = 'request.closed'", "kind = 'request.submitted'"),
        ("subject = 'request:9'", "subject = 'request:1'"),
        (r#"data = '{"number":2}'"#, r#"data = '{"number":1}'"#),
    ];
    for (change, undo) in changes {
        run(&db, &format!("UPDATE journal_entry SET {change} WHERE seq = 2")).await;
        assert!(matches!(verdict(&db).await, Verdict::Broken { seq: 2, .. }), "{change}");
        run(&db, &format!("UPDATE journal_entry SET {undo} WHERE seq = 2")).await;
    }
    assert!(matches!(verdict(&db).await, Verdict::Sound { .. }));
    run(&db, "UPDATE journal_entry SET actor = NULL WHERE seq = 3").await;
    assert!(matches!(verdict(&db).await, Verdict::Broken { seq: 3, .. }));
}

#[db_test]
async fn a_missing_end_is_found(db: Db) {
    write_entries(&db, 3).await;
    run(&db, "DELETE FROM journal_entry WHERE seq = 3").await;
    assert!(matches!(verdict(&db).await, Verdict::Broken { .. }));
}

#[db_test]
async fn a_rewritten_chain_is_betrayed_by_its_checkpoint(db: Db) {
    write_entries(&db, 2).await;
    journal::checkpoint(&db, &SigningKey::from_bytes(&[7; 32])).await.unwrap();
    run(&db, "DELETE FROM journal_entry").await;
    run(&db, "UPDATE journal_head SET seq = 0, hash = ''").await;
    write_entries(&db, 3).await;
    assert!(matches!(verdict(&db).await, Verdict::Broken { seq: 2, .. }));
}

#[db_test]
async fn a_rolled_back_change_leaves_neither_entry_nor_job(db: Db) {
    let outcome: Result<(), DbError> = db
        .write(async |tx| {
            tx.journal(Event::new("request.submitted", "request:1"));
            tx.enqueue(NewJob::new("mail", &"x")).await?;
            Err(DbError::Corrupt("stop".into()))
        })
        .await;
    assert!(outcome.is_err());
    assert_eq!(journal::head(&db).await.unwrap().seq, 0);
    assert_eq!(Worker::new(db).drain().await.unwrap(), 0);
}

#[db_test]
async fn many_workers_run_each_job_once(db: Db) {
    for number in 0..60 {
        db.write::<_, DbError, _>(async |tx| {
            tx.enqueue(NewJob::new("count", &number).once(format!("count:{}", number % 50))).await
        })
        .await
        .unwrap();
    }
    let runs = Arc::new(AtomicUsize::new(0));
    let worker = |_| {
        let runs = runs.clone();
        let worker = Worker::new(db.clone()).on("count", move |_| {
            let runs = runs.clone();
            async move {
                runs.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
        });
        tokio::spawn(async move { worker.drain().await.unwrap() })
    };
    let workers: Vec<_> = (0..4).map(worker).collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(runs.load(Ordering::Relaxed), 50);
}

#[db_test]
async fn concurrent_writers_chain_without_a_gap(db: Db) {
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { write_entries(&db, 10).await })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(matches!(verdict(&db).await, Verdict::Sound { head, .. } if head.seq == 80));
}
