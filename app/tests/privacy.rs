//! Personal data: none is forgotten, what is given holds no secret, and erasing takes the name away
//! from everywhere but the proof of acts. On both engines. (GDPR 15 and 17)

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

use beffroi_db::Db;
use beffroi_db::reach::{self, Why};
use beffroi_directory::{ManagePeople, Proof, people};
use beffroi_kernel::{Permit, PersonId};
use beffroi_privacy::{EraseError, ManagePersonalData, erase, erase_as_operator, everything, export};
use ground::{Engine, Place, Small};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Columns of identifiers that are nobody's.
const NOT_PEOPLE: &[&str] = &[
    "act_id",
    "action_id",
    "article_id",
    "awaits_for",
    "based_on",
    "draft_id",
    "id",
    "incident_id",
    "lasts_for",
    "live_id",
    "merged_into",
    "message_id",
    "mobile_team_id",
    "news_id",
    "operations_team_id",
    "other_id",
    "parent_id",
    "request_id",
    "school_id",
    "search_id",
    "session_id",
    "sheet_version_id",
    "subject",
    "supersedes",
    "team_id",
    "territory_id",
    "token_id",
    "webhook_id",
    // What bridges exchange: its link, and what it is here.
    "bridge_id",
    "link_id",
    "ours",
];

async fn identifiers(db: &Db) -> BTreeSet<(String, String)> {
    let sql = match db.backend() {
        DbBackend::Sqlite => {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND lower(p.type) LIKE '%uuid%'"
        }
        _ => {
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'uuid'"
        }
    };
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "t").unwrap(), row.try_get("", "c").unwrap())).collect()
}

async fn no_table_is_forgotten(engine: Engine) {
    let place = Place::empty(engine).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let known: BTreeSet<(String, String)> =
        everything().map(|held| (held.table.to_owned(), held.key.column().to_owned())).collect();
    let found = identifiers(&db).await;
    assert!(found.len() > 80, "{}", found.len());
    for (table, column) in &found {
        let mapped = known.contains(&(table.clone(), column.clone()));
        let other =
            NOT_PEOPLE.contains(&column.as_str()) && (table, column.as_str()) != (&"person".to_owned(), "id");
        assert!(
            mapped || other,
            "{table}.{column} may name a person: say so in features/privacy/src/held.rs"
        );
    }
    db.close().await.unwrap();
    place.remove().await;
}

async fn given_and_erased(engine: Engine) {
    let place = Place::empty(engine).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let desk = ground::desk(&place.config, db.clone());
    let Small { school, askers, .. } = Small::install(&desk, 2).await;
    let (login, person) = &askers[1];
    let sent = ground::ask(&desk, *person, school, "poste-de-travail", "panne").await;
    assert!(!everywhere(&db, login).await.is_empty());

    let given = serde_json::to_string(&export(&db, *person, usize::MAX).await.unwrap().unwrap()).unwrap();
    assert!(given.contains(login) && given.contains(&sent), "{given}");
    for secret in ["argon2", "token", "hash", &askers[0].0] {
        assert!(!given.contains(secret), "{secret} in {given}");
    }

    let permit = Permit::system(PersonId::new(), "the data protection officer of a test");
    let why = "demande écrite du 3 mars";
    let refused = erase_as_operator(&desk, &permit, *person, "oui").await;
    assert!(matches!(refused, Err(EraseError::NoMotive)));
    let refused = erase_as_operator(&desk, &permit, *person, why).await;
    assert!(matches!(refused, Err(EraseError::InOffice(1))));
    let managing: Permit<ManagePeople> = Permit::system(PersonId::new(), "tests");
    for function in people::functions_of(&db, *person).await.unwrap() {
        people::end_function(&db, &managing, function.id, db.now()).await.unwrap();
    }
    let erased = erase_as_operator(&desk, &permit, *person, why).await.unwrap();

    assert_eq!(everywhere(&db, login).await, Vec::<String>::new());
    let left = people::person_by_login(&db, &erased.login).await.unwrap().unwrap();
    assert_eq!((left.name().as_str(), left.disabled), ("Personne effacée", true));
    assert!(people::person_by_login(&db, login).await.unwrap().is_none());
    place.run(&["journal", "verify"]).well();
    db.close().await.unwrap();
    place.remove().await;
}

/// There is no way back: whoever erases proves again to be there, and the command line asks for the identifier.
async fn erasing_is_proved(engine: Engine) {
    let place = Place::empty(engine).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let desk = ground::desk(&place.config, db.clone());
    let (officer, person) = (ground::member(&db, "dpd").await, ground::member(&db, "ancien").await);
    let permit: Permit<ManagePersonalData> = Permit::system(officer, "the data protection officer of a test");
    let why = "demande écrite du 3 mars";
    for proof in [Proof::Password(""), Proof::Password("un autre mot de passe")] {
        let refused = erase(&desk, &permit, person, (why, proof)).await;
        assert!(matches!(refused, Err(EraseError::Password)), "{refused:?}");
    }
    let refused = erase(&desk, &permit, person, (why, Proof::Passkey("{}"))).await;
    assert!(matches!(refused, Err(EraseError::Passkey(_))), "{refused:?}");
    assert!(people::person_by_login(&db, "ancien").await.unwrap().is_some());

    let erased = erase(&desk, &permit, person, (why, Proof::Password(ground::PASSWORD))).await.unwrap();
    assert!(people::person_by_login(&db, &erased.login).await.unwrap().is_some());
    let said = ground::texts(&db, "SELECT data FROM journal_entry WHERE kind = 'person.erased'").await;
    assert!(said.len() == 1 && said[0].contains(r#""proof":"password""#), "{said:?}");

    ground::member(&db, "parti").await;
    let typed = |text: &'static str| {
        let mut program = place.program(&["user", "erase", "parti", "--motive", why]);
        let mut child =
            program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        ground::Said::of(child.wait_with_output().unwrap())
    };
    for wrong in ["", "oui\n", "ancien\n"] {
        let said = typed(wrong);
        assert!(said.code != Some(0) && said.err.contains("personne n’est effacé"), "{said:?}");
    }
    assert!(typed("parti\n").well().contains("parti est effacé"));
    db.close().await.unwrap();
    place.remove().await;
}

/// The tables whose rows hold this word in any column, the vocabulary of searches apart.
async fn everywhere(db: &Db, word: &str) -> Vec<String> {
    let sqlite = db.backend() == DbBackend::Sqlite;
    let tables = if sqlite {
        "SELECT name AS t FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_%' AND name NOT LIKE 'sqlite_%'"
    } else {
        "SELECT table_name::text AS t FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'search_word'"
    };
    let read = |sql: String| db.read().query_all_raw(Statement::from_string(db.backend(), sql));
    let mut found = Vec::new();
    for table in read(tables.to_owned()).await.unwrap() {
        let table: String = table.try_get("", "t").unwrap();
        let columns = if sqlite {
            format!("SELECT name AS c FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT column_name::text AS c FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
            )
        };
        for column in read(columns).await.unwrap() {
            let column: String = column.try_get("", "c").unwrap();
            let sql = format!(
                "SELECT 1 AS one FROM \"{table}\" WHERE lower(CAST(\"{column}\" AS text)) LIKE '%{word}%' LIMIT 1"
            );
            if !read(sql).await.unwrap().is_empty() {
                found.push(format!("{table}.{column}"));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_is_forgotten_sqlite() {
    no_table_is_forgotten(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_is_forgotten_postgres() {
    reach::everything(Why::Test, no_table_is_forgotten(Engine::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_and_erased_sqlite() {
    given_and_erased(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_and_erased_postgres() {
    reach::everything(Why::Test, given_and_erased(Engine::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_is_proved_sqlite() {
    erasing_is_proved(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_is_proved_postgres() {
    erasing_is_proved(Engine::Postgres).await;
}
