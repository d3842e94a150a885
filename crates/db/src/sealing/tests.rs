//! Several keys: the newest seals, all open; what older ones sealed is sealed anew, whatever is cut.

use chrono::TimeDelta;

use super::*;
use crate::db_test;

fn at(minutes: i64) -> DateTime<Utc> {
    crate::testing::beginning() + TimeDelta::minutes(minutes)
}

fn key(number: u32, from: i64) -> Numbered {
    Numbered { number, from: at(from), key: [u8::try_from(number).unwrap(); 32] }
}

#[test]
fn the_newest_whose_time_has_come_seals_and_all_open() {
    let ring = Ring::of([1; 32]);
    let old = ring.seal(at(0), "a", b"secret").unwrap();
    assert!(!old.starts_with('k'), "as programs of before know it");

    let copy = ring.for_usage(b"");
    ring.set(vec![key(3, 60), Numbered { number: 1, from: at(-60), key: [1; 32] }, key(2, 0)]);
    assert_eq!(
        (copy.sealing(at(0)), copy.sealing(at(59)), copy.sealing(at(60))),
        (Some(2), Some(2), Some(3))
    );
    let new = copy.seal(at(0), "a", b"secret").unwrap();
    assert!(new.starts_with("k2:"));
    for kept in [&old, &new] {
        assert_eq!(copy.open("a", kept).unwrap(), b"secret");
        assert_eq!(copy.open("b", kept), None, "somebody else's");
    }
    copy.set(vec![key(2, 0), key(3, 60)]);
    assert_eq!(ring.open("a", &old), None, "a retired key opens nothing");
    assert!(ring.open("a", &new).is_some());
    assert!(ring.seal(at(-1), "a", b"x").is_err(), "no key seals yet");
}

#[test]
fn a_use_is_not_another() {
    let ring = Ring::of([7; 32]);
    let kept = ring.for_usage(b"webhooks").seal(at(0), "a", b"secret").unwrap();
    assert_eq!(ring.open("a", &kept), None);
    assert_eq!(ring.for_usage(b"webhooks").open("a", &kept).unwrap(), b"secret");
}

#[test]
fn what_is_not_sealed_opens_nothing() {
    let ring = Ring::of([7; 32]);
    let kept = ring.seal(at(0), "a", b"secret").unwrap();
    for broken in ["", "ab", "é", "k", "k:", "kx:00", "k9:00", &kept[2..], &format!("k1{kept}")] {
        assert_eq!(ring.open("a", broken), None, "{broken}");
    }
    assert_eq!(ring.open("a", &format!("k1:{kept}")).unwrap(), b"secret");
}

const TOTP: Sealed =
    Sealed { label: "codes", table: "totp", whose: "person_id", column: "secret", usage: b"" };

async fn kept(db: &Db, ring: &Ring, count: usize) {
    for _ in 0..count {
        let person = Uuid::now_v7();
        let sealed = ring.seal(db.now(), &person.to_string(), b"secret").unwrap();
        let sql = "INSERT INTO totp (person_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)";
        sql::run(db.read(), sql, vec![person.into(), sealed.into(), db.now().into()]).await.unwrap();
    }
}

#[db_test]
async fn a_sealing_anew_that_was_cut_goes_on_where_it_was(db: Db) {
    let first = Numbered { number: 1, from: at(-60), key: [1; 32] };
    let ring = Ring::new(vec![first.clone()]);
    kept(&db, &ring, 230).await;
    ring.set(vec![first, key(2, 0)]);
    kept(&db, &ring, 3).await;
    assert_eq!((TOTP.count(&db, 1).await.unwrap(), TOTP.count(&db, 2).await.unwrap()), (230, 3));

    // Cut after its first transaction: what a killed program leaves.
    let rows = TOTP.older(&db, &ring, Uuid::nil()).await.unwrap();
    db.write(async |tx| TOTP.again(tx, &ring, &rows).await).await.unwrap();
    // And cut within its second: nothing of it is kept.
    let rows = TOTP.older(&db, &ring, Uuid::nil()).await.unwrap();
    let tx = db.begin().await.unwrap();
    TOTP.again(&tx, &ring, &rows).await.unwrap();
    drop(tx);
    assert_eq!((TOTP.count(&db, 1).await.unwrap(), TOTP.count(&db, 2).await.unwrap()), (130, 103));

    // One changed by its owner meanwhile is left to them; one of a lost key stays as it is.
    let sql = "UPDATE totp SET secret = $1 WHERE person_id = $2";
    let lost = Ring::of([9; 32]).seal(db.now(), "x", b"secret").unwrap();
    sql::run(db.read(), sql, vec![lost.into(), rows[0].id.into()]).await.unwrap();
    let done = db.write(async |tx| TOTP.again(tx, &ring, &rows[..1]).await).await.unwrap();
    assert_eq!(done, Resealed { done: 0, lost: 0 });

    assert_eq!(TOTP.reseal(&db, &ring).await.unwrap(), Resealed { done: 129, lost: 1 });
    assert_eq!((TOTP.count(&db, 1).await.unwrap(), TOTP.count(&db, 2).await.unwrap()), (1, 232));
    assert_eq!(TOTP.reseal(&db, &ring).await.unwrap(), Resealed { done: 0, lost: 1 }, "again: nothing to do");
    ring.set(vec![key(2, 0)]);
    let all: Vec<Row> = sql::all(
        db.read(),
        "SELECT person_id AS id, secret AS kept FROM totp WHERE secret LIKE 'k2:%'",
        vec![],
    )
    .await
    .unwrap();
    assert!(all.iter().all(|row| ring.open(&row.id.to_string(), &row.kept).unwrap() == b"secret"));
}
