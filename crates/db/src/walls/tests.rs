//! A program of before the walls and this one over the same PostgreSQL: neither misses a row, and the walls close
//! when the older has left. The older is imitated by what it is to the database: connections without a name.

use std::sync::Arc;
use std::time::Duration;

use beffroi_kernel::FixedClock;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, Statement};
use sea_orm_migration::MigratorTrait;
use tokio::time::{Instant, sleep};

use super::*;
use crate::migrations::Migrator;
use crate::reach;
use crate::testing::{beginning, on_empty_postgres};

const DRAWS: &str = "m2026_12_11_rls";
const COUNT: &str = "SELECT COUNT(*) = 1 AS yes FROM school_step";

/// Connections of another program, of one at most.
async fn called(url: &str, name: &'static str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(1).map_sqlx_postgres_opts(move |postgres| postgres.application_name(name));
    Database::connect(options).await.unwrap()
}

async fn run(on: &impl ConnectionTrait, sql: &str) {
    on.execute_unprepared(sql).await.unwrap();
}

async fn node(url: &str) -> Db {
    Db::connect(url, Arc::new(FixedClock::at(beginning()))).await.unwrap()
}

/// The schema of the program of before, with a row of a school, and that program.
async fn before(url: &str) -> DatabaseConnection {
    let old = called(url, "").await;
    let steps = Migrator::migrations().iter().position(|one| one.name() == DRAWS).unwrap();
    Migrator::up(&old, Some(u32::try_from(steps).unwrap())).await.unwrap();
    let values = "SELECT string_agg(quote_ident(column_name), ', ') || ') VALUES (' || string_agg(CASE udt_name \
        WHEN 'uuid' THEN 'gen_random_uuid()' WHEN 'timestamptz' THEN '''2026-10-05 08:00Z''' WHEN 'bool' THEN 'false' \
        WHEN 'int4' THEN '1' WHEN 'int8' THEN '1' ELSE quote_literal('x') END, ', ') AS values \
        FROM information_schema.columns WHERE table_name = 'school_step' AND table_schema = 'public'";
    let row = old.query_one_raw(Statement::from_string(DbBackend::Postgres, values)).await.unwrap().unwrap();
    let values: String = row.try_get("", "values").unwrap();
    run(&old, &format!("INSERT INTO school_step ({values})")).await;
    old
}

/// Whether the row is seen without saying how far one reaches, as the older program reads.
async fn sees(on: &impl ConnectionTrait) -> bool {
    yes(on, COUNT).await.unwrap()
}

async fn standing(db: &Db) -> Walls {
    db.walls().await.unwrap().unwrap()
}

/// Until PostgreSQL has forgotten the connections that were closed.
async fn alone(db: &Db) {
    let began = Instant::now();
    while !standing(db).await.strangers.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", standing(db).await);
        sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn both_programs_see_every_row_until_the_older_leaves_then_the_walls_close() {
    on_empty_postgres(async |url| {
        let old = before(&url).await;
        let new = node(&url).await;
        new.migrate().await.unwrap();
        let walls = standing(&new).await;
        assert!(walls.open.len() > 25 && !walls.passes, "{walls:?}");
        let [stranger] = &walls.strangers[..] else { panic!("{walls:?}") };
        assert_eq!((stranger.program.as_str(), stranger.connections), ("", 1));
        assert!(sees(&old).await, "the program of before");
        assert!(sees(new.read()).await, "this one");
        assert_eq!(new.close_walls().await.unwrap(), walls.open, "somebody is there");
        assert!(sees(&old).await);

        old.close().await.unwrap();
        alone(&new).await;
        assert_eq!(new.close_walls().await.unwrap(), Vec::<String>::new());
        let closed = Walls::default();
        assert_eq!(standing(&new).await, closed);
        assert!(sees(new.read()).await, "everything is within reach of this task");
        assert!(!reach::of_visitor(async { sees(new.read()).await }).await, "nothing is of a visitor's");
        let late = called(&url, "").await;
        assert!(!sees(&late).await, "a statement that says nothing");
        assert_eq!(standing(&new).await.strangers.len(), 1, "and it is said");
        new.migrate().await.unwrap();
        assert_eq!(standing(&new).await.open, closed.open, "closed walls stay closed");
        late.close().await.unwrap();

        assert!(new.open_walls().await.unwrap() > 25);
        let back = called(&url, "").await;
        assert!(sees(&back).await, "the program of before is back");
        for on in [back.close().await, new.close().await.map_err(|_| DbErr::Custom(String::new()))] {
            on.unwrap();
        }
    });
}

#[test]
fn a_database_just_made_has_its_walls_closed_and_tools_do_not_keep_them_open() {
    on_empty_postgres(async |url| {
        let tools = [called(&url, "psql").await, called(&url, "pg_dump").await];
        for tool in &tools {
            run(tool, "SELECT 1").await;
        }
        let new = node(&url).await;
        new.migrate().await.unwrap();
        assert_eq!(standing(&new).await, Walls::default());
        new.close().await.unwrap();
        for tool in tools {
            tool.close().await.unwrap();
        }
    });
}

#[test]
fn a_node_whose_line_is_cut_is_waited_for() {
    on_empty_postgres(async |url| {
        let old = before(&url).await;
        let sign = "INSERT INTO node_stretch (id, node, version, began, from_at, to_at, stopped) \
                    VALUES (gen_random_uuid(), 'un', '0', 'start', '2026-10-05 07:00Z', '2026-10-05 07:55Z', false)";
        run(&old, sign).await;
        old.close().await.unwrap();
        let new = node(&url).await;
        alone(&new).await;
        new.migrate().await.unwrap();
        let walls = standing(&new).await;
        assert!(walls.open.len() > 25 && walls.silent == ["un"], "five minutes ago it was alive: {walls:?}");
        run(new.pool(), "UPDATE node_stretch SET knows_walls = true, to_at = '2026-10-05 08:00Z'").await;
        assert!(standing(&new).await.free(), "a node of this program");
        run(new.pool(), "UPDATE node_stretch SET knows_walls = false, stopped = true").await;
        assert!(standing(&new).await.free(), "it stopped, and said so");
        run(new.pool(), "UPDATE node_stretch SET to_at = '2026-10-05 07:49Z', stopped = false").await;
        new.migrate().await.unwrap();
        assert_eq!(standing(&new).await, Walls::default(), "eleven minutes of silence");
        new.close().await.unwrap();
    });
}

#[test]
fn a_table_in_use_is_closed_by_the_next_call_and_makes_nobody_wait() {
    on_empty_postgres(async |url| {
        let old = before(&url).await;
        let new = node(&url).await;
        new.migrate().await.unwrap();
        old.close().await.unwrap();
        alone(&new).await;
        let page = new.pool().begin().await.unwrap();
        assert!(sees(&page).await);
        let began = Instant::now();
        assert_eq!(new.close_walls().await.unwrap(), ["school_step"]);
        assert!(began.elapsed() < Duration::from_secs(5));
        page.rollback().await.unwrap();
        assert_eq!(new.close_walls().await.unwrap(), Vec::<String>::new());
        new.close().await.unwrap();
    });
}

#[test]
fn a_migration_that_meets_a_change_in_another_order_is_run_again() {
    on_empty_postgres(async |url| {
        let old = before(&url).await;
        let new = node(&url).await;
        let change = old.begin().await.unwrap();
        // The last table that the migration takes, then the first.
        run(&change, "LOCK TABLE bridge_link IN ROW EXCLUSIVE MODE").await;
        let migrating = tokio::spawn({
            let new = new.clone();
            async move { new.migrate().await }
        });
        let waits = "SELECT COUNT(*) = 1 AS yes FROM pg_locks \
                     WHERE relation = to_regclass('bridge_link') AND NOT granted";
        while !yes(new.pool(), waits).await.unwrap() {
            sleep(Duration::from_millis(10)).await;
        }
        run(&change, "LOCK TABLE request IN ROW EXCLUSIVE MODE").await;
        change.commit().await.unwrap();
        migrating.await.unwrap().unwrap();
        assert_eq!(new.pending_migrations().await.unwrap(), 0);
        old.close().await.unwrap();
        new.close().await.unwrap();
    });
}
