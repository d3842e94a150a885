//! The harness of `#[db_test]`: a fresh database for each test, on both engines.
//!
//! PostgreSQL is named by `BEFFROI_TEST_POSTGRES` (the address of a server where databases may be
//! created); `make test` starts one.
#![allow(clippy::expect_used, clippy::missing_panics_doc)]

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use beffroi_kernel::{FixedClock, JobId};
use chrono::{DateTime, TimeZone, Utc};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend, Statement};

use crate::Db;
use crate::reach::{self, Why};

/// The account that owns the databases of tests.
const PLAIN: &str = "beffroi_plain";
/// The lock under which models of databases are made.
const MODELS: i64 = 20_261_123;

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
    on_a_postgres(true, async |url| {
        let db = connect(&url).await;
        story(db.clone()).await;
        let _ = db.close().await;
    });
}

/// Runs `story` with the address of a PostgreSQL database that holds nothing yet.
pub fn on_empty_postgres(story: impl AsyncFnOnce(String)) {
    on_a_postgres(false, story);
}

fn on_a_postgres(migrated: bool, story: impl AsyncFnOnce(String)) {
    let server = std::env::var("BEFFROI_TEST_POSTGRES")
        .expect("BEFFROI_TEST_POSTGRES names the PostgreSQL server of the tests; `make test` starts one");
    runtime().block_on(async {
        let name = format!("beffroi_{}", JobId::new().0.simple());
        let model = if migrated { model(&server).await } else { "template1".to_owned() };
        let url = copy_postgres(&server, &name, &model).await;
        reach::everything(Why::Test, story(url)).await;
        obey(&server, &[format!("DROP DATABASE {name} WITH (FORCE)")]).await;
    });
}

/// A database brought to this program's schema, made by its first test and copied by the others: migrations
/// take longer than most tests.
async fn model(server: &str) -> String {
    let program = std::env::current_exe().expect("a program");
    let built = program.metadata().and_then(|file| file.modified()).expect("the instant of its build");
    let mut hasher = DefaultHasher::new();
    (program, built).hash(&mut hasher);
    let name = format!("beffroi_model_{:x}", hasher.finish());
    let mut options = ConnectOptions::new(format!("{server}/postgres"));
    // One connection: it holds the lock by which the others wait.
    let admin = Database::connect(options.max_connections(1).clone()).await.expect("the test server answers");
    let run = async |sql: String| admin.execute_unprepared(&sql).await.expect("the test server obeys");
    run(format!("SELECT pg_advisory_lock({MODELS})")).await;
    let sql = format!("SELECT 1 AS one FROM pg_database WHERE datname = '{name}'");
    let known = admin.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    if known.expect("the test server answers").is_none() {
        // Named once it is whole: a test that is stopped leaves no half of it.
        let half = format!("{name}_{}", JobId::new().0.simple());
        let url = create_postgres(server, &half).await;
        let db = reach::everything(Why::Test, open(&url)).await;
        db.close().await.expect("the database lets go");
        run(format!("ALTER DATABASE {half} RENAME TO {name}")).await;
    }
    admin.close().await.expect("the test server lets go");
    name
}

/// Creates a database on a server of tests and gives its address. A superuser passes through every wall: the
/// database then belongs to a plain account, as it does where Beffroi is installed.
pub async fn create_postgres(server: &str, name: &str) -> String {
    copy_postgres(server, name, "template1").await
}

async fn copy_postgres(server: &str, name: &str, model: &str) -> String {
    let admin = Database::connect(format!("{server}/postgres")).await.expect("the test server answers");
    let sql = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user";
    let row = admin.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
    let passes = row.ok().flatten().and_then(|row| row.try_get("", "rolsuper").ok()).unwrap_or(false);
    admin.close().await.expect("the test server lets go");
    if !passes {
        obey(server, &[format!("CREATE DATABASE {name} TEMPLATE {model}")]).await;
        return format!("{server}/{name}");
    }
    let account = format!(
        "DO $$ BEGIN CREATE ROLE {PLAIN} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    obey(server, &[account, format!("CREATE DATABASE {name} TEMPLATE {model} OWNER {PLAIN}")]).await;
    let (scheme, rest) = server.split_once("://").expect("an address");
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{PLAIN}@{host}/{name}")
}

async fn obey(server: &str, statements: &[String]) {
    let admin = Database::connect(format!("{server}/postgres")).await.expect("the test server answers");
    for sql in statements {
        admin.execute_unprepared(sql).await.expect("the test server obeys");
    }
    admin.close().await.expect("the test server lets go");
}

async fn connect(url: &str) -> Db {
    Db::connect(url, Arc::new(FixedClock::at(beginning()))).await.expect("the database opens")
}

async fn open(url: &str) -> Db {
    let db = connect(url).await;
    db.migrate().await.expect("the migrations apply");
    db
}
