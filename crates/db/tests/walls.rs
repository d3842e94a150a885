//! The second wall on PostgreSQL: statements that forget the first one altogether.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::time::Duration;

use beffroi_db::reach::{self, Reach, Why};
use beffroi_db::{Db, DbError, Event, db_test, sql};
use beffroi_kernel::{Access, Function, PersonId, Role, SchoolId, TeamId, TerritoryId};
use chrono::DateTime;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

/// Connections of the pool.
const POOL: usize = 16;

#[derive(Debug, FromQueryResult)]
struct Text {
    text: String,
}

#[derive(Debug, FromQueryResult)]
struct Column {
    name: String,
    kind: String,
    nullable: bool,
}

/// A school with one row of everything.
#[derive(Clone, Copy, Debug)]
struct Town {
    school: Uuid,
    territory: Uuid,
    team: Uuid,
    person: Uuid,
    request: Uuid,
    act: Uuid,
    action: Uuid,
}

async fn texts(db: &Db, statement: &str) -> Vec<String> {
    let rows: Vec<Text> = sql::all(db.read(), statement, vec![]).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

async fn guarded(db: &Db) -> Vec<String> {
    texts(
        db,
        "SELECT DISTINCT c.relname::text AS text FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid ORDER BY 1",
    )
    .await
}

impl Town {
    /// A row in each table behind the wall, and in those that they look into.
    async fn found(db: &Db) -> Self {
        let [school, territory, team, person, request, act, action] = std::array::from_fn(|_| Uuid::now_v7());
        let town = Self { school, territory, team, person, request, act, action };
        for table in [&["school".to_owned(), "bulk_action".to_owned()][..], &guarded(db).await].concat() {
            town.fill(db, &table).await;
        }
        town
    }

    async fn fill(&self, db: &Db, table: &str) {
        let sql = "SELECT column_name::text AS name, udt_name::text AS kind, is_nullable = 'YES' AS nullable \
                   FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1";
        let columns: Vec<Column> = sql::all(db.read(), sql, vec![table.into()]).await.unwrap();
        let values: Vec<String> = columns.iter().map(|column| self.value(table, column)).collect();
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        db.read().execute_unprepared(&sql).await.unwrap();
    }

    fn value(&self, table: &str, column: &Column) -> String {
        let known = match (column.name.as_str(), table) {
            ("school_id", _) | ("id", "school") => self.school,
            ("territory_id", _) => self.territory,
            ("team_id", _) => self.team,
            ("person_id" | "requester_id", _) => self.person,
            ("request_id", _) | ("id", "request") => self.request,
            ("act_id", _) | ("id", "act") => self.act,
            ("action_id", _) | ("id", "bulk_action") => self.action,
            _ if column.nullable => return "NULL".into(),
            _ => Uuid::now_v7(),
        };
        match column.kind.as_str() {
            "uuid" | "text" | "varchar" => format!("'{known}'"),
            "bool" => "false".into(),
            "timestamptz" => "'2026-10-05 08:00Z'".into(),
            "date" => "'2026-10-05'".into(),
            "bytea" => "'\\x00'".into(),
            _ => "1".into(),
        }
    }

    /// Whose every row of a table is.
    async fn of(db: &Db, table: &str) -> Vec<String> {
        let mut owner = None;
        for column in ["school_id", "request_id", "act_id", "action_id", "person_id"] {
            let sql = "SELECT column_name::text AS text FROM information_schema.columns \
                       WHERE table_schema = 'public' AND table_name = $1 AND column_name = $2";
            let found: Option<Text> =
                sql::one(db.read(), sql, vec![table.into(), column.into()]).await.unwrap();
            owner = owner.or(found);
        }
        let owner = owner.map_or("request_id".to_owned(), |column| column.text);
        texts(db, &format!("SELECT CAST({owner} AS text) AS text FROM {table}")).await
    }

    fn is_its(&self, id: &str) -> bool {
        [self.school, self.request, self.act, self.action, self.person]
            .iter()
            .any(|one| one.to_string() == id)
    }
}

fn held(role: Role) -> Function {
    Function {
        role,
        school: None,
        team: None,
        territory: None,
        since: DateTime::UNIX_EPOCH,
        substitute_for: None,
    }
}

fn reach_of(person: Uuid, functions: Vec<Function>) -> Reach {
    let access = Access { person: PersonId(person), name: "A".into(), functions, at: DateTime::UNIX_EPOCH };
    Reach::of(&access.wall())
}

fn head_of(town: &Town) -> Reach {
    let school = Some(SchoolId(town.school));
    reach_of(town.person, vec![Function { school, ..held(Role::Head) }])
}

async fn count(db: &Db, table: &str) -> usize {
    texts(db, &format!("SELECT '' AS text FROM {table}")).await.len()
}

async fn two_towns(db: &Db) -> Option<(Town, Town)> {
    // SQLite has the first wall only.
    if db.backend() != DbBackend::Postgres {
        return None;
    }
    assert_eq!(db.walls_stand().await.unwrap(), Some(true), "the tests' account passes through the walls");
    Some((Town::found(db).await, Town::found(db).await))
}

#[db_test]
async fn a_statement_that_forgets_every_condition_shows_one_school(db: Db) {
    let Some((here, there)) = two_towns(&db).await else { return };
    let tables = guarded(&db).await;
    assert!(tables.len() > 25);
    for table in &tables {
        assert_eq!(count(&db, table).await, 2, "{table}, to whom everything is within reach");
        let seen = head_of(&here).around(Town::of(&db, table)).await;
        assert!(seen.len() == 1 && here.is_its(&seen[0]) && !there.is_its(&seen[0]), "{table}: {seen:?}");
    }
    let one = format!("SELECT title AS text FROM request WHERE id = '{}'", there.request);
    assert_eq!(head_of(&here).around(texts(&db, &one)).await, Vec::<String>::new());
}

#[db_test]
async fn a_territory_a_team_and_a_person_each_open_their_rows(db: Db) {
    let Some((here, there)) = two_towns(&db).await else { return };
    let stranger = Uuid::now_v7();
    let territory = Some(TerritoryId(here.territory));
    let technician = reach_of(stranger, vec![Function { territory, ..held(Role::Technician) }]);
    let team = Some(TeamId(there.team));
    let provider = reach_of(stranger, vec![Function { team, ..held(Role::ProviderAgent) }]);
    // Somebody who asked there, and left since.
    let pupil =
        reach_of(there.person, vec![Function { school: Some(SchoolId(here.school)), ..held(Role::Pupil) }]);
    let department = reach_of(stranger, vec![held(Role::DepartmentHead)]);
    for table in ["request", "message", "approval", "attachment", "escalation", "liability_release"] {
        let sees = async |reach: &Reach| reach.clone().around(Town::of(&db, table)).await;
        for (reach, whose) in [(&technician, &here), (&provider, &there), (&pupil, &there)] {
            let seen = sees(reach).await;
            assert!(seen.len() == 1 && whose.is_its(&seen[0]), "{table}: {seen:?}");
        }
        assert_eq!(sees(&department).await.len(), 2, "{table}");
        assert_eq!(sees(&reach_of(stranger, vec![])).await.len(), 0, "{table}");
    }
    // A team is given requests, not what else there is of a school.
    for table in ["draft", "recurrence", "liability_contest", "school_step", "mail_in"] {
        assert_eq!(provider.clone().around(count(&db, table)).await, 0, "{table}");
    }
}

#[db_test]
async fn without_a_reach_no_row_of_a_school_is_seen(db: Db) {
    if two_towns(&db).await.is_none() {
        return;
    }
    for table in guarded(&db).await {
        assert_eq!(reach::of_visitor(count(&db, &table)).await, 0, "{table}, to a visitor");
        let (lost, name) = (db.clone(), table.clone());
        let lost = tokio::spawn(async move { count(&lost, &name).await }).await.unwrap();
        assert_eq!(lost, 0, "{table}, in a task that nobody gave a reach");
        let raw = format!(
            "BEGIN; RESET beffroi.everything; SET LOCAL beffroi.everything = ''; SELECT 1 / (SELECT CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END FROM {table}); ROLLBACK"
        );
        db.pool()
            .execute_unprepared(&raw)
            .await
            .unwrap_or_else(|error| panic!("{table}, without settings: {error}"));
    }
}

#[db_test]
async fn who_is_known_is_what_the_rest_of_the_request_reaches(db: Db) {
    let Some((here, _)) = two_towns(&db).await else { return };
    let function = Function { school: Some(SchoolId(here.school)), ..held(Role::Head) };
    let access = Access {
        person: PersonId(here.person),
        name: "A".into(),
        functions: vec![function],
        at: DateTime::UNIX_EPOCH,
    };
    let page = async {
        assert_eq!(count(&db, "request").await, 0);
        assert_eq!(reach::everything(Why::SignIn, count(&db, "request")).await, 2);
        reach::known(&access.wall());
        assert_eq!(count(&db, "request").await, 1);
        // What goes on after the page reads no further.
        Reach::current()
    };
    let later = reach::of_visitor(page).await;
    assert_eq!(later.around(count(&db, "request")).await, 1);
    // Whoever was given a reach by the program keeps it.
    reach::known(&access.wall());
    assert_eq!(count(&db, "request").await, 2);
}

#[db_test]
async fn connections_go_back_clean(db: Db) {
    let Some((here, _)) = two_towns(&db).await else { return };
    let sql = "SELECT current_setting('beffroi.everything', true) || COALESCE(current_setting('beffroi.reach', true), '') \
               || (SELECT COUNT(*) FROM request) || pg_sleep(0.2)::text AS text";
    for round in 0..3 {
        let pages = (0..POOL).map(|_| {
            let (db, reach) = (db.clone(), head_of(&here));
            tokio::spawn(reach.around(async move { count(&db, "request").await }))
        });
        for page in pages.collect::<Vec<_>>() {
            assert_eq!(page.await.unwrap(), 1);
        }
        // Every connection of the pool at once.
        let next = (0..POOL - 2).map(|_| {
            let db = db.clone();
            tokio::spawn(reach::everything(Why::Test, async move { texts(&db, sql).await }))
        });
        for next in next.collect::<Vec<_>>() {
            assert_eq!(next.await.unwrap(), ["on2"], "round {round}");
        }
    }
}

#[db_test]
async fn pages_that_read_then_write_never_wait_for_each_other(db: Db) {
    let Some((here, _)) = two_towns(&db).await else { return };
    let page = async |db: Db| -> Result<(), DbError> {
        assert_eq!(count(&db, "request").await, 1);
        db.write::<_, DbError, _>(async |tx| {
            // A writer may also read.
            assert_eq!(count(&db, "request").await, 1);
            tx.journal(Event::new("test.written", "request:1"));
            Ok(())
        })
        .await?;
        assert_eq!(reach::everything(Why::Counts, count(&db, "request")).await, 2);
        assert_eq!(count(&db, "request").await, 1);
        Ok(())
    };
    let pages: Vec<_> = (0..64).map(|_| tokio::spawn(head_of(&here).around(page(db.clone())))).collect();
    let all = async {
        for page in pages {
            page.await.unwrap().unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(8), all).await.expect("no page waits for another");
}

#[db_test]
async fn a_reader_changes_nothing_and_survives_a_refusal(db: Db) {
    let Some((here, _)) = two_towns(&db).await else { return };
    let page = async {
        assert_eq!(count(&db, "request").await, 1);
        for refused in ["SELECT 1 / 0 AS text", "UPDATE request SET title = 'x' RETURNING title AS text"] {
            let statement = Statement::from_string(DbBackend::Postgres, refused);
            assert!(db.read().query_all_raw(statement).await.is_err(), "{refused}");
        }
        assert_eq!(count(&db, "request").await, 1);
    };
    head_of(&here).around(page).await;
    assert_eq!(texts(&db, "SELECT title AS text FROM request WHERE title = 'x'").await.len(), 0);
}

/// A transaction that may write, though its reach is that of a head.
async fn writing_as_head_of(db: &Db, town: &Town) -> beffroi_db::Tx {
    let tx = db.begin().await.unwrap();
    let narrow = format!(
        "SET LOCAL beffroi.everything = 'off'; SET LOCAL beffroi.reach = '{{{},{}}}'",
        town.school, town.person
    );
    tx.on().execute_unprepared(&narrow).await.unwrap();
    tx
}

#[db_test]
async fn who_reaches_less_than_everything_writes_nothing(db: Db) {
    let Some((here, _)) = two_towns(&db).await else { return };
    for table in guarded(&db).await {
        let tx = writing_as_head_of(&db, &here).await;
        let seen = Statement::from_string(DbBackend::Postgres, format!("SELECT 1 FROM {table}"));
        assert_eq!(tx.on().query_all_raw(seen).await.unwrap().len(), 1, "{table}");
        let removed = tx.on().execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
        assert_eq!(removed.rows_affected(), 0, "{table}");
        let copied = tx.on().execute_unprepared(&format!("INSERT INTO {table} SELECT * FROM {table}")).await;
        assert!(copied.unwrap_err().to_string().contains("row-level security"), "{table}");
        let tx = writing_as_head_of(&db, &here).await;
        let column =
            "SELECT attname::text AS text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1";
        let column: Option<Text> = sql::one(db.read(), column, vec![table.clone().into()]).await.unwrap();
        let column = column.unwrap().text;
        let changed =
            tx.on().execute_unprepared(&format!("UPDATE {table} SET {column} = {column}")).await.unwrap();
        assert_eq!(changed.rows_affected(), 0, "{table}");
    }
}
