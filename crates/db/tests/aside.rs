//! What failed too often is set aside with its reason, and runs again when an operator says so.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use beffroi_db::jobs::Worker;
use beffroi_db::{Db, DbError, NewJob, aside, db_test};
use beffroi_kernel::{FixedClock, JobId};
use chrono::TimeDelta;

#[db_test]
async fn a_job_set_aside_says_why_and_runs_again(db: Db) {
    let clock = FixedClock::at(db.now());
    let db = db.with_clock(Arc::new(clock.clone()));
    db.write::<_, DbError, _>(async |tx| tx.enqueue(NewJob::new("note", &"texte")).await).await.unwrap();
    let (mended, ran) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (able, count) = (Arc::clone(&mended), Arc::clone(&ran));
    let worker = Worker::new(db.clone()).on("note", move |_| {
        let (able, count) = (Arc::clone(&able), Arc::clone(&count));
        async move {
            if !able.load(Ordering::SeqCst) {
                return Err("le serveur ne répond pas".into());
            }
            count.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    });
    for _ in 0..100 {
        worker.drain().await.unwrap();
        clock.advance(TimeDelta::hours(2));
    }
    let aside_now = aside::list(&db, 10).await.unwrap();
    assert_eq!(aside_now.len(), 1);
    assert_eq!(
        (aside_now[0].kind.as_str(), aside_now[0].last_error.as_deref()),
        ("note", Some("le serveur ne répond pas"))
    );

    assert_eq!(aside::retry(&db, Some(JobId::new()), None).await.unwrap(), 0);
    assert_eq!(aside::retry(&db, None, Some("mail")).await.unwrap(), 0);
    mended.store(true, Ordering::SeqCst);
    assert_eq!(aside::retry(&db, Some(aside_now[0].id), None).await.unwrap(), 1);
    worker.drain().await.unwrap();
    assert_eq!(ran.load(Ordering::SeqCst), 1);
    assert!(aside::list(&db, 10).await.unwrap().is_empty());
    assert_eq!(aside::retry(&db, None, None).await.unwrap(), 0);
}
