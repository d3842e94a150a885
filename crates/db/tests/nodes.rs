//! Several nodes over one database: conflicts are run again, a schema is migrated once, an older program
//! goes on over a newer schema, and jobs of a node that died are taken by another, once. (CSU-06)
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use beffroi_db::jobs::Worker;
use beffroi_db::journal::{self, Verdict};
use beffroi_db::testing::{beginning, on_empty_postgres};
use beffroi_db::{Db, DbError, Event, NewJob, Schema, Tx, db_test};
use beffroi_kernel::FixedClock;
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::sync::Barrier;

async fn run(on: &impl ConnectionTrait, sql: &str) -> Result<(), DbError> {
    on.execute_raw(Statement::from_string(on.get_database_backend(), sql)).await?;
    Ok(())
}

async fn number(on: &impl ConnectionTrait, sql: &str) -> Result<i64, DbError> {
    let row = on.query_one_raw(Statement::from_string(on.get_database_backend(), sql)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

/// Two writers who meet once, on their first run.
struct Meeting {
    there: Barrier,
    runs: AtomicUsize,
}

impl Meeting {
    fn new() -> Arc<Self> {
        Arc::new(Self { there: Barrier::new(2), runs: AtomicUsize::new(0) })
    }

    async fn meet(&self) {
        if self.runs.fetch_add(1, Ordering::SeqCst) < 2 {
            self.there.wait().await;
        }
    }
}

/// Two accounts of one each, and a journal that says who moved what.
async fn accounts(db: &Db) {
    run(db.read(), "CREATE TABLE account (name TEXT PRIMARY KEY, held BIGINT NOT NULL)").await.unwrap();
    run(db.read(), "INSERT INTO account VALUES ('a', 1), ('b', 1)").await.unwrap();
}

async fn held(db: &Db, name: &str) -> i64 {
    number(db.read(), &format!("SELECT held FROM account WHERE name = '{name}'")).await.unwrap()
}

/// Puts the sum of both accounts into one of them.
async fn sum_into(tx: &Tx, name: &str, meeting: &Meeting) -> Result<(), DbError> {
    run(tx.on(), "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").await?;
    let sum = number(tx.on(), "SELECT CAST(SUM(held) AS BIGINT) FROM account").await?;
    meeting.meet().await;
    run(tx.on(), &format!("UPDATE account SET held = {sum} WHERE name = '{name}'")).await?;
    tx.journal(Event::new("account.summed", name));
    tx.enqueue(NewJob::new("told", &name)).await
}

async fn both(
    db: &Db,
    each: [&'static str; 2],
    work: impl AsyncFn(&Tx, &'static str) -> Result<(), DbError>,
) {
    let [one, other] = each;
    let first = db.write::<_, DbError, _>(async |tx| work(tx, one).await);
    let second = db.write::<_, DbError, _>(async |tx| work(tx, other).await);
    let (first, second) = tokio::join!(first, second);
    first.unwrap();
    second.unwrap();
}

async fn kept_once(db: &Db) {
    assert_eq!(number(db.read(), "SELECT COUNT(*) FROM job").await.unwrap(), 2);
    let verdict = journal::verify(db, None, |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Sound { head, .. } if head.seq == 2));
}

#[db_test]
async fn writers_who_cannot_be_put_in_an_order_are_run_again(db: Db) {
    if db.backend() != DbBackend::Postgres {
        return; // Writers of SQLite pass one by one.
    }
    accounts(&db).await;
    let meeting = Meeting::new();
    both(&db, ["a", "b"], async |tx, name| sum_into(tx, name, &meeting).await).await;
    assert_eq!(meeting.runs.load(Ordering::SeqCst), 3, "40001: one of them was run again");
    let mut left = [held(&db, "a").await, held(&db, "b").await];
    left.sort_unstable();
    assert_eq!(left, [2, 3], "as if one had come after the other");
    kept_once(&db).await;
}

#[db_test]
async fn writers_who_wait_for_each_other_are_run_again(db: Db) {
    if db.backend() != DbBackend::Postgres {
        return;
    }
    accounts(&db).await;
    let meeting = Meeting::new();
    let crossing = async |tx: &Tx, name: &'static str| {
        let other = if name == "a" { "b" } else { "a" };
        run(tx.on(), &format!("UPDATE account SET held = held + 1 WHERE name = '{name}'")).await?;
        meeting.meet().await;
        run(tx.on(), &format!("UPDATE account SET held = held + 10 WHERE name = '{other}'")).await?;
        tx.journal(Event::new("account.crossed", name));
        tx.enqueue(NewJob::new("told", &name)).await
    };
    both(&db, ["a", "b"], crossing).await;
    assert_eq!(meeting.runs.load(Ordering::SeqCst), 3, "40P01: one of them was run again");
    assert_eq!((held(&db, "a").await, held(&db, "b").await), (12, 12));
    kept_once(&db).await;
}

#[db_test]
async fn a_line_cut_before_the_commit_is_sent_is_run_again(db: Db) {
    if db.backend() != DbBackend::Postgres {
        return;
    }
    accounts(&db).await;
    let runs = AtomicUsize::new(0);
    let outcome: Result<(), DbError> = db
        .write(async |tx| {
            run(tx.on(), "UPDATE account SET held = held + 1 WHERE name = 'a'").await?;
            if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                run(tx.on(), "SELECT pg_terminate_backend(pg_backend_pid())").await?;
            }
            tx.journal(Event::new("account.raised", "a"));
            Ok(())
        })
        .await;
    outcome.unwrap();
    assert_eq!((runs.load(Ordering::SeqCst), held(&db, "a").await), (2, 2));
    assert_eq!(journal::head(&db).await.unwrap().seq, 1);
}

#[db_test]
async fn a_refusal_is_not_run_again(db: Db) {
    accounts(&db).await;
    let runs = AtomicUsize::new(0);
    let outcome: Result<(), DbError> = db
        .write(async |tx| {
            runs.fetch_add(1, Ordering::SeqCst);
            run(tx.on(), "INSERT INTO account VALUES ('a', 9)").await
        })
        .await;
    assert!(outcome.is_err());
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[db_test]
async fn a_program_goes_on_over_a_schema_newer_than_its_own(db: Db) {
    let known = Schema { pending: 0, newer: 0 };
    assert_eq!(db.schema().await.unwrap(), known);
    run(db.read(), "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_01_01_later', 1)")
        .await
        .unwrap();
    run(db.read(), "ALTER TABLE job ADD COLUMN later TEXT").await.unwrap();
    assert_eq!(db.schema().await.unwrap(), Schema { pending: 0, newer: 1 });
    db.migrate().await.unwrap();
    db.write::<_, DbError, _>(async |tx| tx.enqueue(NewJob::new("told", &1)).await).await.unwrap();
    let worker = Worker::new(db).on("told", async |_| Ok(()));
    assert_eq!(worker.drain().await.unwrap(), 1);
}

#[test]
fn of_several_nodes_one_migrates() {
    on_empty_postgres(async |url| {
        let clock = Arc::new(FixedClock::at(beginning()));
        let mut nodes = Vec::new();
        for _ in 0..4 {
            nodes.push(Db::connect(&url, clock.clone()).await.unwrap());
        }
        assert!(nodes[0].schema().await.unwrap().pending > 10);
        let all = nodes.iter().cloned().map(|node| tokio::spawn(async move { node.migrate().await }));
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
        assert_eq!(nodes[0].pending_migrations().await.unwrap(), 0);
        for node in nodes {
            node.close().await.unwrap();
        }
    });
}

#[db_test]
async fn a_job_of_a_dead_node_is_taken_after_its_lease_and_settled_by_its_new_holder_alone(db: Db) {
    db.write::<_, DbError, _>(async |tx| tx.enqueue(NewJob::new("told", &1)).await).await.unwrap();
    let (begun, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (at_begun, at_go) = (begun.clone(), go.clone());
    let slow = Worker::new(db.clone()).on("told", move |_| {
        let (begun, go) = (at_begun.clone(), at_go.clone());
        async move {
            begun.wait().await;
            go.wait().await;
            Err("trop tard".into())
        }
    });
    let slow = tokio::spawn(async move { slow.drain().await });
    begun.wait().await;

    let later = |seconds| db.with_clock(Arc::new(FixedClock::at(beginning() + TimeDelta::seconds(seconds))));
    let fast = |db: Db| Worker::new(db).on("told", async |_| Ok(()));
    assert_eq!(fast(later(50)).drain().await.unwrap(), 0, "its lease holds");
    assert_eq!(fast(later(70)).drain().await.unwrap(), 1);
    go.wait().await;
    tokio::time::timeout(Duration::from_secs(20), slow).await.unwrap().unwrap().unwrap();
    assert_eq!(
        number(db.read(), "SELECT COUNT(*) FROM job WHERE state = 'done' AND attempts = 0").await.unwrap(),
        1
    );
}
