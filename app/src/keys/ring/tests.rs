//! The file of keys: read as it was before, changed whole, a key taken away only when nothing can need it.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn numbers(folder: &Path) -> Vec<u32> {
    keys(folder).unwrap().iter().map(|key| key.number).collect()
}

#[test]
fn a_file_of_one_key_goes_on_working() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path()), format!("{}\n", "07".repeat(32))).unwrap();
    let ring = ring(folder.path()).unwrap();
    let of_before = Ring::of([7; 32]).seal(now(), "a", b"secret").unwrap();
    assert_eq!(ring.open("a", &of_before).unwrap(), b"secret");

    let later = now() + TimeDelta::days(400);
    let new = rotate(folder.path(), later, TimeDelta::zero()).unwrap();
    ring.set(keys(folder.path()).unwrap());
    assert_eq!((new.number, numbers(folder.path()), ring.sealing(later)), (2, vec![1, 2], Some(2)));
    assert_eq!(ring.open("a", &of_before).unwrap(), b"secret");
    let mode = fs::metadata(path(folder.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_first_key_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let made = keys(folder.path()).unwrap();
    assert_eq!((made.len(), made[0].number), (1, FIRST));
    assert_eq!(keys(folder.path()).unwrap(), made);
}

#[test]
fn what_is_no_file_of_keys_is_refused_whole() {
    let key = "07".repeat(32);
    for text in [
        String::new(),
        "# rien".into(),
        "07".into(),
        format!("0 2026-10-05T08:00:00Z {key}"),
        format!("2 hier {key}"),
        format!("2 {key}"),
        format!("1 2026-10-05T08:00:00Z {key}\n1 2026-10-06T08:00:00Z {key}"),
        format!("1 2026-10-05T08:00:00Z {key}\n2 2026-10-06T08:00:00Z abc"),
    ] {
        assert_eq!(read(&text, now), None, "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path()), "abc").unwrap();
    assert!(keys(folder.path()).is_err() && rotate(folder.path(), now(), TimeDelta::zero()).is_err());
    assert_eq!(fs::read_to_string(path(folder.path())).unwrap(), "abc", "left as it is");
}

#[test]
fn a_key_may_wait_for_its_time_and_one_waits_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path()), format!("1 2026-10-05T08:00:00Z {}", "07".repeat(32))).unwrap();
    let new = rotate(folder.path(), now(), TimeDelta::minutes(60)).unwrap();
    let ring = ring(folder.path()).unwrap();
    assert_eq!((ring.sealing(now()), ring.sealing(new.from)), (Some(1), Some(2)));
    assert!(matches!(rotate(folder.path(), now(), TimeDelta::zero()), Err(KeysError::Waits(2, _))));
}

#[test]
fn a_key_is_taken_away_once_a_newer_one_seals_and_every_node_knows_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path(folder.path()), format!("1 2026-10-05T08:00:00Z {}", "07".repeat(32))).unwrap();
    let at = |minutes| now() + TimeDelta::minutes(minutes);
    let retire = |number, minutes| retire(folder.path(), number, at(minutes));
    assert!(matches!(retire(1, 0), Err(KeysError::Seals(1))));
    rotate(folder.path(), at(0), TimeDelta::minutes(60)).unwrap();
    assert!(matches!(retire(1, 59), Err(KeysError::Seals(1))));
    assert!(matches!(retire(1, 69), Err(KeysError::TooSoon(1))));
    assert!(matches!(retire(2, 70), Err(KeysError::Seals(2))));
    assert!(matches!(retire(3, 70), Err(KeysError::Unknown(3))));
    assert_eq!(numbers(folder.path()), [1, 2]);
    retire(1, 70).unwrap();
    assert_eq!(numbers(folder.path()), [2]);
}

#[test]
fn two_commands_at_once_lose_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let before = keys(folder.path()).unwrap();
    fs::write(folder.path().join("factors.key.neuf"), "").unwrap();
    let refused = rotate(folder.path(), before[0].from, TimeDelta::zero()).unwrap_err().to_string();
    assert!(refused.contains("factors.key.neuf"), "{refused}");
    assert_eq!(keys(folder.path()).unwrap(), before);
}
