//! Migrations only add: while one node is migrated, another still serves with the program of before, which
//! must find all that it knows. Each migration is applied to PostgreSQL and the schema before compared with
//! the schema after. What cannot be done so is done in two releases, or waived here with its reason. (CSU-06)

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement};
use sea_orm_migration::MigratorTrait;

use super::Migrator;
use crate::testing::on_empty_postgres;

/// The last migration written before this rule: no release holds them.
const BEFORE_THE_RULE: &str = "m2026_12_05_mailbox";

/// What is waived: the migration, the fault as the test words it, and why the older program does not mind.
const WAIVED: &[(&str, &str, &str)] = &[];

#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
struct Column {
    place: String,
    kind: String,
    nullable: bool,
    filled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
struct Rule {
    place: String,
    says: String,
}

/// What a program may rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shape {
    /// By `table.column`.
    columns: BTreeMap<String, Column>,
    /// Keys, uniqueness, references and checks, as `table: definition`.
    rules: Vec<Rule>,
}

const COLUMNS: &str = "SELECT table_name || '.' || column_name AS place, udt_name AS kind, is_nullable = 'YES' AS nullable, \
    column_default IS NOT NULL AS filled FROM information_schema.columns WHERE table_schema = 'public'";

/// A unique index refuses rows like a constraint does.
const RULES: &str = "SELECT CAST(conrelid AS regclass)::text AS place, pg_get_constraintdef(oid) AS says FROM pg_constraint \
    WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x') \
    UNION SELECT tablename, 'UNIQUE' || substr(indexdef, strpos(indexdef, ' (')) FROM pg_indexes \
    WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%' ORDER BY 1, 2";

impl Shape {
    async fn of(on: &DatabaseConnection) -> Self {
        let statement = |sql: &str| Statement::from_string(on.get_database_backend(), sql);
        let columns = Column::find_by_statement(statement(COLUMNS)).all(on).await.unwrap();
        let rules = Rule::find_by_statement(statement(RULES)).all(on).await.unwrap();
        Self { columns: columns.into_iter().map(|one| (one.place.clone(), one)).collect(), rules }
    }

    fn knows(&self, table: &str) -> bool {
        let prefix = format!("{table}.");
        self.columns.keys().any(|place| place.starts_with(&prefix))
    }

    /// What a program that rests on `self` would miss in `after`, or be refused by it.
    fn faults(&self, after: &Self) -> Vec<String> {
        let mut faults = Vec::new();
        for (place, old) in &self.columns {
            match after.columns.get(place) {
                None => faults.push(format!("{place} is gone")),
                Some(new) if new.kind != old.kind => faults.push(format!("{place} is of another type")),
                Some(new) if old.nullable && !new.nullable => {
                    faults.push(format!("{place} became mandatory"))
                }
                Some(new) if old.filled && !new.filled => faults.push(format!("{place} lost its default")),
                Some(_) => {}
            }
        }
        for (place, new) in &after.columns {
            let table = place.split('.').next().unwrap_or_default();
            if !self.columns.contains_key(place) && self.knows(table) && !new.nullable && !new.filled {
                faults.push(format!("{place} is mandatory, without a default"));
            }
        }
        for Rule { place, says } in after.rules.iter().filter(|rule| !self.rules.contains(rule)) {
            if self.knows(place) {
                faults.push(format!("{place} has a new rule: {says}"));
            }
        }
        faults
    }
}

async fn run(on: &DatabaseConnection, sql: &str) {
    on.execute_unprepared(sql).await.unwrap();
}

#[test]
fn each_migration_leaves_the_older_program_all_it_knows() {
    on_empty_postgres(async |url| {
        let on = Database::connect(&url).await.unwrap();
        let (mut ruled, mut faults) = (false, Vec::new());
        for migration in Migrator::migrations() {
            let before = Shape::of(&on).await;
            Migrator::up(&on, Some(1)).await.unwrap();
            let name = migration.name();
            if ruled {
                let found = before.faults(&Shape::of(&on).await).into_iter();
                let waived = |fault: &String| WAIVED.iter().any(|(at, what, _)| *at == name && what == fault);
                faults.extend(found.filter(|fault| !waived(fault)).map(|fault| format!("{name}: {fault}")));
            }
            ruled |= name == BEFORE_THE_RULE;
        }
        assert!(ruled, "{BEFORE_THE_RULE} is not among the migrations");
        assert_eq!(
            faults,
            Vec::<String>::new(),
            "add only, do it in two releases, or waive it with its reason"
        );
        on.close().await.unwrap();
    });
}

#[test]
fn each_kind_of_fault_is_found() {
    on_empty_postgres(async |url| {
        let on = Database::connect(&url).await.unwrap();
        run(&on, "CREATE TABLE old (id int PRIMARY KEY, name text, note text, kept int NOT NULL DEFAULT 1)")
            .await;
        let cases = [
            ("ALTER TABLE old DROP COLUMN note", "old.note is gone"),
            ("ALTER TABLE old RENAME COLUMN name TO title", "old.name is gone"),
            ("DROP TABLE old", "old.id is gone"),
            ("ALTER TABLE old ALTER COLUMN name TYPE varchar(3)", "old.name is of another type"),
            ("ALTER TABLE old ALTER COLUMN name SET NOT NULL", "old.name became mandatory"),
            ("ALTER TABLE old ALTER COLUMN kept DROP DEFAULT", "old.kept lost its default"),
            ("ALTER TABLE old ADD COLUMN more int NOT NULL", "old.more is mandatory, without a default"),
            ("CREATE UNIQUE INDEX one ON old (name)", "old has a new rule: UNIQUE (name)"),
            ("ALTER TABLE old ADD CHECK (kept > 0)", "old has a new rule: CHECK ((kept > 0))"),
        ];
        let before = Shape::of(&on).await;
        for (change, fault) in cases {
            run(&on, &format!("DROP TABLE old; CREATE TABLE old (id int PRIMARY KEY, name text, note text, kept int NOT NULL DEFAULT 1); {change}")).await;
            let found = before.faults(&Shape::of(&on).await);
            assert!(found.iter().any(|one| one == fault), "{change}: {found:?}");
            run(&on, "CREATE TABLE IF NOT EXISTS old (id int)").await;
        }
        run(&on, "DROP TABLE old; CREATE TABLE old (id int PRIMARY KEY, name text, note text, kept int NOT NULL DEFAULT 1, \
            more int, filled int NOT NULL DEFAULT 0); CREATE INDEX fast ON old (name); \
            CREATE TABLE fresh (id int PRIMARY KEY, name text NOT NULL UNIQUE)")
            .await;
        assert_eq!(before.faults(&Shape::of(&on).await), Vec::<String>::new());
        on.close().await.unwrap();
    });
}
