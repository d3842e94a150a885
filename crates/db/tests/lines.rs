//! Lines to the database: the last one given back is taken first, and nothing that was left in the middle reaches
//! whoever takes it next. (CSU-06)
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use beffroi_db::reach::{Why, everything, of_visitor};
use beffroi_db::testing::on_postgres;
use beffroi_db::{Db, DbError, db_test};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::timeout;

async fn text(on: &impl ConnectionTrait, sql: &str) -> Result<String, DbError> {
    let row = on.query_one_raw(Statement::from_string(on.get_database_backend(), sql)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Which connection of PostgreSQL answers.
async fn backend(on: &impl ConnectionTrait) -> String {
    text(on, "SELECT pg_backend_pid()::text").await.unwrap()
}

/// Those of this database that are in the middle of a transaction, once what was left has been mended.
async fn in_transactions(db: &Db) -> String {
    let sql = "SELECT COUNT(*)::text FROM pg_stat_activity WHERE datname = current_database() \
               AND state LIKE 'idle in transaction%'";
    for _ in 0..100 {
        if text(db.read(), sql).await.unwrap() == "0" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    text(db.read(), sql).await.unwrap()
}

#[test]
fn one_after_the_other_share_one_line() {
    on_postgres(|db| async move {
        let first = backend(db.read()).await;
        for _ in 0..5 {
            assert_eq!(backend(db.read()).await, first);
            assert_eq!(
                db.write::<_, DbError, _>(async |tx| Ok(backend(tx.on()).await)).await.unwrap(),
                first
            );
        }
        // Two at once have two.
        let tx = db.begin().await.unwrap();
        assert_ne!(backend(tx.on()).await, backend(db.read()).await);
    });
}

#[db_test]
async fn a_write_that_is_left_is_undone(db: Db) {
    db.read().execute_unprepared("CREATE TABLE kept (name TEXT)").await.unwrap();
    for _ in 0..20 {
        let tx = db.begin().await.unwrap();
        tx.on().execute_unprepared("INSERT INTO kept VALUES ('left')").await.unwrap();
    }
    // The last one too: the next writer may come before it is undone.
    let tx = db.begin().await.unwrap();
    assert_eq!(text(tx.on(), "SELECT CAST(COUNT(*) AS TEXT) FROM kept").await.unwrap(), "0");
    drop(tx);
    if db.backend() == DbBackend::Postgres {
        assert_eq!(in_transactions(&db).await, "0");
    }
}

#[test]
fn a_statement_that_nobody_waits_for_any_more_spoils_no_line() {
    on_postgres(|db| async move {
        for _ in 0..5 {
            let slow = text(db.read(), "SELECT 'slow' FROM pg_sleep(0.2)");
            assert!(timeout(Duration::from_millis(30), slow).await.is_err());
            let slow = db.write::<(), DbError, _>(async |tx| {
                text(tx.on(), "SELECT 'slow' FROM pg_sleep(0.2)").await.map(drop)
            });
            assert!(timeout(Duration::from_millis(30), slow).await.is_err());
        }
        for _ in 0..20 {
            assert_eq!(text(db.read(), "SELECT 'mine'").await.unwrap(), "mine");
        }
        assert_eq!(in_transactions(&db).await, "0");
    });
}

#[test]
fn a_refused_statement_spoils_no_line() {
    on_postgres(|db| async move {
        for _ in 0..20 {
            assert!(text(db.read(), "SELECT 1 / 0").await.is_err());
            assert!(
                db.write::<(), DbError, _>(async |tx| text(tx.on(), "SELECT 1 / 0").await.map(drop))
                    .await
                    .is_err()
            );
            assert_eq!(text(db.read(), "SELECT 'mine'").await.unwrap(), "mine");
        }
        assert_eq!(in_transactions(&db).await, "0");
    });
}

#[test]
fn a_cut_line_is_replaced() {
    on_postgres(|db| async move {
        let first = backend(db.read()).await;
        let cut = "SELECT pg_terminate_backend(pg_backend_pid())::text";
        assert!(text(db.read(), cut).await.is_err());
        assert_ne!(backend(db.read()).await, first);
    });
}

#[test]
fn a_line_cut_while_it_rested_is_not_lent() {
    on_postgres(|db| async move {
        let tx = db.begin().await.unwrap();
        let resting = backend(db.read()).await;
        text(tx.on(), &format!("SELECT pg_terminate_backend({resting})::text")).await.unwrap();
        // Long enough to be tried before it is lent.
        tokio::time::sleep(Duration::from_millis(5_100)).await;
        assert_ne!(backend(db.read()).await, resting);
    });
}

#[test]
fn what_was_refused_is_never_committed_in_silence() {
    on_postgres(|db| async move {
        let swallowed = db.write::<(), DbError, _>(async |tx| {
            let _ = text(tx.on(), "SELECT 1 / 0").await;
            Ok(())
        });
        assert!(swallowed.await.is_err());
    });
}

#[test]
fn a_short_reach_ends_with_its_task() {
    on_postgres(|db| async move {
        let reach =
            "SELECT current_setting('beffroi.everything') || ' ' || current_setting('transaction_read_only')";
        let within = async || (backend(db.read()).await, text(db.read(), reach).await.unwrap());
        let (line, said) = of_visitor(within()).await;
        assert_eq!(said, "off on");
        assert_eq!(in_transactions(&db).await, "0");
        // The same line, at its widest again: there are two by now.
        let tx = db.begin().await.unwrap();
        let seen = [(backend(tx.on()).await, text(tx.on(), reach).await.unwrap()), within().await];
        assert!(seen.iter().any(|(other, _)| *other == line), "{seen:?}");
        assert_eq!([seen[0].1.as_str(), seen[1].1.as_str()], ["on off", "on off"]);
    });
}

#[test]
fn many_wait_their_turn() {
    on_postgres(|db| async move {
        let all = (0..200).map(|number| {
            let db = db.clone();
            tokio::spawn(everything(Why::Test, async move {
                if number % 3 == 0 {
                    db.write::<_, DbError, _>(async |tx| {
                        text(tx.on(), "SELECT 'here' FROM pg_sleep(0.002)").await
                    })
                    .await
                } else {
                    of_visitor(async { text(db.read(), "SELECT 'here' FROM pg_sleep(0.002)").await }).await
                }
            }))
        });
        let all: Vec<_> = all.collect();
        for one in all {
            assert_eq!(one.await.unwrap().unwrap(), "here");
        }
        let lines = "SELECT COUNT(*)::text FROM pg_stat_activity WHERE datname = current_database()";
        assert!(text(db.read(), lines).await.unwrap().parse::<u32>().unwrap() <= 20);
    });
}

#[test]
fn once_closed_nothing_is_left_on_the_server() {
    on_postgres(|db| async move {
        let other = Db::connect(&url(&db).await, db.clock().clone()).await.unwrap();
        let line = backend(other.read()).await;
        let tx = other.begin().await.unwrap();
        let closing = tokio::spawn(other.close());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!closing.is_finished(), "a line is still used");
        tx.commit().await.unwrap();
        closing.await.unwrap().unwrap();
        let still = format!("SELECT COUNT(*)::text FROM pg_stat_activity WHERE pid = {line}");
        for _ in 0..100 {
            if text(db.read(), &still).await.unwrap() == "0" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the line is still open");
    });
}

/// The address of this database.
async fn url(db: &Db) -> String {
    let server = std::env::var("BEFFROI_TEST_POSTGRES").unwrap();
    format!("{server}/{}", text(db.read(), "SELECT current_database()::text").await.unwrap())
}
