//! The harness of `#[db_test]`: a fresh database for each test, on both engines.
//!
//! PostgreSQL is named by `BEFFROI_TEST_POSTGRES` (the address of a server where databases may be
//! created); `make test` starts one.
#![allow(clippy::expect_used, clippy::missing_panics_doc)]

use std::sync::Arc;

use beffroi_kernel::{FixedClock, JobId};
use chrono::{DateTime, TimeZone, Utc};
use sea_orm::{ConnectionTrait, Database, Statement};

use crate::Db;

/// The instant at which tests begin: a Monday of term, at 10:00 in Paris.
#[must_use]
pub fn beginning() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 10, 5, 8, 0, 0).single().expect("a valid instant")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Runs `story` on a fresh SQLite file.
pub fn on_sqlite<F: Future<Output = ()>>(story: impl FnOnce(Db) -> F) {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = open(&url).await;
        story(db).await;
    });
}

/// Runs `story` on a fresh PostgreSQL database.
pub fn on_postgres<F: Future<Output = ()>>(story: impl FnOnce(Db) -> F) {
    on_empty_postgres(async |url| {
        let db = open(&url).await;
        story(db.clone()).await;
        let _ = db.close().await;
    });
}

/// Runs `story` with the address of a PostgreSQL database that holds nothing yet.
pub fn on_empty_postgres(story: impl AsyncFnOnce(String)) {
    let server = std::env::var("BEFFROI_TEST_POSTGRES")
        .expect("BEFFROI_TEST_POSTGRES names the PostgreSQL server of the tests; `make test` starts one");
    runtime().block_on(async {
        let name = format!("beffroi_{}", JobId::new().0.simple());
        let admin = Database::connect(format!("{server}/postgres")).await.expect("the test server answers");
        let run = async |sql: String| {
            admin
                .execute_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql))
                .await
                .expect("the test server obeys");
        };
        run(format!("CREATE DATABASE {name}")).await;
        story(format!("{server}/{name}")).await;
        run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    });
}

async fn open(url: &str) -> Db {
    let db = Db::connect(url, Arc::new(FixedClock::at(beginning()))).await.expect("the database opens");
    db.migrate().await.expect("the migrations apply");
    db
}
