//! Those who watch hear a change once it is committed, never before and never instead.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;
use std::time::Duration;

use beffroi_db::live::{Change, Heard, Subscription};
use beffroi_db::{Db, DbError, Event, db_test};
use beffroi_kernel::{PersonId, SchoolId, SystemClock};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::timeout;

/// The next change heard; a line just opened first says that something may have been missed.
async fn change(heard: &mut Subscription) -> Arc<Change> {
    loop {
        let next = timeout(Duration::from_secs(5), heard.next()).await;
        match next.expect("nothing is heard").expect("the bus is closed") {
            Heard::Change(change) => return change,
            Heard::Missed => {}
        }
    }
}

async fn silent(heard: &mut Subscription) {
    let next = timeout(Duration::from_millis(300), heard.next()).await;
    assert!(next.is_err() || next == Ok(Some(Heard::Missed)), "{next:?}");
}

async fn answer(db: &Db, subject: &str) {
    db.write::<_, DbError, _>(async |tx| {
        tx.journal(Event::new("request.answered", subject));
        Ok(())
    })
    .await
    .unwrap();
}

/// Another process: its own connections to the same PostgreSQL; on SQLite the same handle.
async fn elsewhere(db: &Db) -> Db {
    if db.backend() == DbBackend::Sqlite {
        return db.clone();
    }
    let name = Statement::from_string(DbBackend::Postgres, "SELECT CAST(current_database() AS TEXT)");
    let name: String = db.read().query_one_raw(name).await.unwrap().unwrap().try_get_by_index(0).unwrap();
    let server = std::env::var("BEFFROI_TEST_POSTGRES").unwrap();
    Db::connect(&format!("{server}/{name}"), Arc::new(SystemClock)).await.unwrap()
}

#[db_test]
async fn a_committed_change_is_heard_with_its_school_and_author(db: Db) {
    db.live().ready().await;
    let mut heard = db.live().subscribe();
    let (school, actor) = (SchoolId::new(), PersonId::new());
    db.write::<_, DbError, _>(async |tx| {
        tx.journal(Event::new("request.answered", "request:1").by(actor).school(school));
        Ok(())
    })
    .await
    .unwrap();
    let told = change(&mut heard).await;
    assert_eq!((told.subject.as_str(), told.kind.as_str()), ("request:1", "request.answered"));
    assert_eq!((told.school, told.actor), (Some(school), Some(actor)));
}

#[db_test]
async fn nothing_is_heard_before_the_commit_nor_after_a_rollback(db: Db) {
    db.live().ready().await;
    let mut heard = db.live().subscribe();
    let tx = db.begin().await.unwrap();
    tx.journal(Event::new("request.answered", "request:1"));
    silent(&mut heard).await;
    tx.commit().await.unwrap();
    assert_eq!(change(&mut heard).await.subject, "request:1");

    let tx = db.begin().await.unwrap();
    tx.journal(Event::new("request.answered", "request:2"));
    drop(tx);
    let failed: Result<(), DbError> = db
        .write(async |tx| {
            tx.journal(Event::new("request.answered", "request:3"));
            Err(DbError::Corrupt("stop".into()))
        })
        .await;
    assert!(failed.is_err());
    silent(&mut heard).await;
}

#[db_test]
async fn processes_over_one_database_hear_each_other(db: Db) {
    let other = elsewhere(&db).await;
    db.live().ready().await;
    other.live().ready().await;
    let (mut here, mut there) = (db.live().subscribe(), other.live().subscribe());
    answer(&db, "request:1").await;
    answer(&other, "request:2").await;
    for heard in [&mut here, &mut there] {
        assert_eq!(change(heard).await.subject, "request:1");
        assert_eq!(change(heard).await.subject, "request:2");
    }
    other.close().await.unwrap();
}

#[db_test]
async fn one_who_watches_a_request_hears_no_other(db: Db) {
    db.live().ready().await;
    let mut heard = db.live().about("request:2");
    for subject in ["request:1", "request:2", "request:3"] {
        answer(&db, subject).await;
    }
    assert_eq!(change(&mut heard).await.subject, "request:2");
    silent(&mut heard).await;
}

#[db_test]
async fn what_is_told_without_an_entry_leaves_the_journal_alone(db: Db) {
    db.live().ready().await;
    let mut heard = db.live().about("request:1");
    db.write::<_, DbError, _>(async |tx| {
        let (subject, kind) = ("request:1".to_owned(), "presence.changed".to_owned());
        tx.tell(Change { subject, kind, school: None, actor: None });
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(change(&mut heard).await.kind, "presence.changed");
    assert_eq!(beffroi_db::journal::head(&db).await.unwrap().seq, 0);
}

#[db_test]
async fn a_slow_watcher_is_told_that_it_missed_something(db: Db) {
    db.live().ready().await;
    let mut slow = db.live().subscribe();
    let mut told = db.live().subscribe();
    for number in 0..300 {
        answer(&db, &format!("request:{number}")).await;
        change(&mut told).await;
    }
    assert_eq!(slow.next().await, Some(Heard::Missed));
    // Then what came last.
    assert!(matches!(slow.next().await, Some(Heard::Change(_))));
}

#[db_test]
async fn an_import_is_heard_as_one_word(db: Db) {
    db.live().ready().await;
    let mut heard = db.live().about("request:9");
    silent(&mut heard).await;
    db.write::<_, DbError, _>(async |tx| {
        (0..500).for_each(|number| tx.journal(Event::new("school.imported", format!("school:{number}"))));
        Ok(())
    })
    .await
    .unwrap();
    let next = timeout(Duration::from_secs(5), heard.next()).await;
    assert_eq!(next.unwrap(), Some(Heard::Missed));
}

#[db_test]
async fn a_cut_line_is_mended_and_said(db: Db) {
    if db.backend() == DbBackend::Sqlite {
        return;
    }
    let other = elsewhere(&db).await;
    other.live().ready().await;
    let mut heard = other.live().subscribe();
    // The connection that listens is idle in its `LISTEN`.
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()";
    other.read().execute_unprepared(cut).await.unwrap();
    let next = timeout(Duration::from_secs(10), heard.next()).await;
    assert_eq!(next.unwrap(), Some(Heard::Missed));
    answer(&db, "request:1").await;
    assert_eq!(change(&mut heard).await.subject, "request:1");
    other.close().await.unwrap();
}

#[db_test]
async fn closing_ends_every_watch(db: Db) {
    let mut heard = [db.live().subscribe(), db.live().about("request:1")];
    db.live().close();
    for one in &mut heard {
        while let Some(next) = timeout(Duration::from_secs(5), one.next()).await.unwrap() {
            assert_eq!(next, Heard::Missed);
        }
    }
    assert_eq!(db.live().subscribe().next().await, None);
}
