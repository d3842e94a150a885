//! The keys that seal secrets, changed while the program serves, on both engines: nothing is lost, an old key
//! goes only when nothing needs it, and opens nothing afterwards. (ASVS 11.1.1, 11.2.2)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::collections::BTreeSet;

use beffroi_app::keys::ring::{self, SEALED};
use beffroi_db::sealing::{Numbered, Ring, Sealed};
use beffroi_db::{Db, sql};
use chrono::TimeDelta;
use ground::{Engine, Place};
use uuid::Uuid;

/// A secret sealed as the program seals it, in the table where it belongs.
async fn keep(db: &Db, ring: &Ring, sealed: &Sealed) -> Uuid {
    let (id, now) = (Uuid::now_v7(), db.now());
    let kept = ring.for_usage(sealed.usage).seal(now, &id.to_string(), b"secret").unwrap();
    let (sql, values) = match sealed.table {
        "totp" => (
            "INSERT INTO totp (person_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)",
            vec![id.into(), kept.into(), now.into()],
        ),
        "webhook" => (
            "INSERT INTO webhook (id, secret, created_at, name, url, events, created_by, failures) \
             VALUES ($1, $2, $3, 'n', 'u', 'e', $1, 0)",
            vec![id.into(), kept.into(), now.into()],
        ),
        "bridge" => (
            "INSERT INTO bridge (id, secret, created_at, name, tool, url, team_id, person_id, settings, created_by, failures) \
             VALUES ($1, $2, $3, 'n', 't', 'u', $1, $1, '{}', $1, 0)",
            vec![id.into(), kept.into(), now.into()],
        ),
        table => panic!("say here how {table} keeps a secret"),
    };
    sql::run(db.read(), sql, values).await.unwrap();
    id
}

async fn opens(db: &Db, ring: &Ring, sealed: &Sealed, id: Uuid) -> bool {
    let text = ground::id_text(db, sealed.whose);
    let sql = format!("SELECT {} FROM {} WHERE {text} = '{id}'", sealed.column, sealed.table);
    let kept = ground::texts(db, &sql).await.remove(0);
    ring.for_usage(sealed.usage).open(&id.to_string(), &kept).is_some()
}

/// The keys of the file, as if they had been made so much earlier.
fn earlier(place: &Place, by: TimeDelta) {
    let path = ring::path(&place.config.data_dir);
    let aged = ring::keys(&place.config.data_dir).unwrap().into_iter().map(|key: Numbered| {
        format!("{} {} {}\n", key.number, (key.from - by).to_rfc3339(), hex::encode(key.key))
    });
    std::fs::write(path, aged.collect::<String>()).unwrap();
}

async fn keys_change_under_use(engine: Engine) {
    let place = Place::empty(engine).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let data = &place.config.data_dir;
    let old = ring::ring(data).unwrap();
    earlier(&place, TimeDelta::days(400));
    let mut kept = Vec::new();
    for sealed in &SEALED {
        kept.push((sealed, keep(&db, &old, sealed).await));
    }
    let doctor = || place.run(&["doctor"]).out;
    assert!(doctor().contains("changez-la (beffroi keys rotate)"), "{}", doctor());
    let refused = place.run(&["keys", "retire", "1"]);
    assert!(refused.code != Some(0) && refused.err.contains("scelle encore"), "{}", refused.err);

    // A program that serves has the old keys in hand, then the new ones: neither loses what the other sealed.
    assert!(place.run(&["keys", "rotate"]).well().contains("La clé 2 est faite"));
    let new = ring::ring(data).unwrap();
    for sealed in &SEALED {
        kept.push((sealed, keep(&db, &old, sealed).await));
        kept.push((sealed, keep(&db, &new, sealed).await));
    }
    for (sealed, id) in &kept {
        assert!(opens(&db, &new, sealed, *id).await, "{}", sealed.label);
    }
    old.set(ring::keys(data).unwrap());
    assert!(
        opens(&db, &old, kept[3].0, kept[3].1).await,
        "the file read again, it opens what the new one sealed"
    );

    earlier(&place, TimeDelta::minutes(11));
    let refused = place.run(&["keys", "retire", "1"]);
    assert!(refused.code != Some(0) && refused.err.contains("beffroi keys reseal"), "{}", refused.err);
    assert!(doctor().contains("beffroi keys reseal"), "{}", doctor());
    let said = place.run(&["keys", "reseal"]).well();
    assert!(
        said.contains("codes à usage unique : 2\u{a0}secrets scellés de nouveau, par la clé 2"),
        "{said}"
    );
    assert!(place.run(&["keys", "list"]).well().contains("clé 1  ouvre, scellait"));
    place.run(&["keys", "retire", "1"]).well();
    let last = ring::ring(data).unwrap();
    assert_eq!(last.numbers(), [2]);
    for (sealed, id) in &kept {
        assert!(opens(&db, &last, sealed, *id).await, "{}", sealed.label);
    }
    let of_old = old.for_usage(b"").seal(db.now() - TimeDelta::days(200), "a", b"x").unwrap();
    assert!(!of_old.starts_with('k') && last.open("a", &of_old).is_none(), "a retired key opens nothing");
    assert!(doctor().contains("la clé 2 scelle"), "{}", doctor());

    let sql = "SELECT kind FROM journal_entry WHERE kind LIKE 'keys.%' ORDER BY seq";
    let told = ground::texts(&db, sql).await;
    let resealed = vec!["keys.resealed"; SEALED.len()];
    assert_eq!(told, [vec!["keys.rotated"], resealed, vec!["keys.retired"]].concat());
    place.run(&["journal", "verify"]).well();
    db.close().await.unwrap();
    place.remove().await;
}

/// What is sealed by a key that the file has not is said, and left as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_said() {
    let place = Place::empty(Engine::Sqlite).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    ring::keys(&place.config.data_dir).unwrap();
    let strange = Ring::new(vec![Numbered { number: 7, from: db.now() - TimeDelta::days(1), key: [7; 32] }]);
    keep(&db, &strange, &SEALED[0]).await;
    let said = place.run(&["doctor"]).out;
    assert!(
        said.lines().any(|line| line.starts_with("À VOIR") && line.contains("restaurez factors.key")),
        "{said}"
    );
    let said = place.run(&["keys", "reseal"]);
    assert!(
        said.code != Some(0) && said.out.contains("1 secret(s) ne s’ouvrent avec aucune clé"),
        "{}",
        said.out
    );
}

/// No column of secrets is forgotten by a change of keys.
#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_secrets_is_known() {
    let place = Place::empty(Engine::Sqlite).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let sql = "SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
               WHERE m.type = 'table' AND (p.name LIKE '%secret%' OR p.name LIKE '%sealed%' OR p.name LIKE '%password')";
    let found: BTreeSet<String> = ground::texts(&db, sql).await.into_iter().collect();
    let known: BTreeSet<String> =
        SEALED.iter().map(|sealed| format!("{}.{}", sealed.table, sealed.column)).collect();
    let clear: BTreeSet<String> = ["person.must_change_password".to_owned()].into();
    assert_eq!(&found - &clear, known, "say it in app/src/keys/ring.rs");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_under_use_sqlite() {
    keys_change_under_use(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_under_use_postgres() {
    keys_change_under_use(Engine::Postgres).await;
}
