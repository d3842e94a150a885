//! What is kept for a few seconds is never older than what this process changed.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::sync::Arc;

use beffroi_db::{Db, DbError, Event, db_test};
use beffroi_kernel::FixedClock;
use chrono::{DateTime, TimeDelta};

async fn ask(db: &Db, read: &Cell<u32>) -> u32 {
    let answer = db.recent("teams".into(), &["team"], async || {
        read.set(read.get() + 1);
        Ok::<_, DbError>(read.get())
    });
    *answer.await.unwrap()
}

#[db_test]
async fn an_answer_is_kept_until_its_noun_changes_or_time_passes(db: Db) {
    let clock = FixedClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let db = db.with_clock(Arc::new(clock.clone()));
    let read = Cell::new(0);

    assert_eq!((ask(&db, &read).await, ask(&db, &read).await), (1, 1));

    let change = async |subject: &str| {
        let tx = db.begin().await.unwrap();
        tx.journal(Event::new("test.changed", subject));
        tx.commit().await.unwrap();
    };
    change("request:1").await;
    assert_eq!(ask(&db, &read).await, 1, "something else changed");
    change("team:1").await;
    assert_eq!(ask(&db, &read).await, 2, "a team changed");

    clock.advance(TimeDelta::seconds(6));
    assert!(ask(&db, &read).await > 2, "another process may have changed it");
}

#[db_test]
async fn a_refused_reading_is_not_kept(db: Db) {
    let refused = db.recent("x".into(), &[], async || Err::<u32, DbError>(DbError::Corrupt("no".into())));
    assert!(refused.await.is_err());
    let read = db.recent("x".into(), &[], async || Ok::<u32, DbError>(7));
    assert_eq!(*read.await.unwrap(), 7);
}
