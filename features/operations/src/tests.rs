//! Signs of life and maintenance on both databases.

use std::sync::Arc;

use beffroi_db::{Db, db_test, journal};
use beffroi_kernel::{FixedClock, Permit, PersonId};
use chrono::{DateTime, TimeDelta, Utc};

use crate::beat::Pulse;
use crate::maintenance::{self, MaintenanceError, NewMaintenance};
use crate::model::{AnnounceMaintenance, Began};
use crate::store;

fn later(db: &Db, seconds: i64) -> Db {
    db.with_clock(Arc::new(FixedClock::at(db.now() + TimeDelta::seconds(seconds))))
}

fn permit() -> Permit<AnnounceMaintenance> {
    Permit::system(PersonId::new(), "tests")
}

#[db_test]
async fn a_silence_begins_another_stretch_and_says_that_the_database_was_away(db: Db) {
    let mut pulse = Pulse::default();
    for seconds in [0, 10, 50, 200, 210] {
        pulse.sign(&later(&db, seconds), "un:8080").await.unwrap();
    }
    pulse.stop(&later(&db, 215)).await.unwrap();
    let seen = store::stretches(db.read(), DateTime::UNIX_EPOCH).await.unwrap();
    let told: Vec<_> = seen
        .iter()
        .map(|one| {
            ((one.from_at - db.now()).num_seconds(), (one.to_at - db.now()).num_seconds(), one.stopped)
        })
        .collect();
    assert_eq!(told, [(0, 50, false), (200, 215, true)]);
    assert_eq!([&seen[0].began, &seen[1].began], [Began::Start.word(), Began::Database.word()]);
    assert_eq!(store::first_sign(db.read()).await.unwrap(), Some(db.now()));
}

fn new(ends_at: DateTime<Utc>) -> NewMaintenance {
    NewMaintenance { text: " Mise à jour ".into(), starts_at: None, ends_at, read_only: true }
}

#[db_test]
async fn a_maintenance_is_announced_in_force_and_over_by_itself_or_by_order(db: Db) {
    let end = db.now() + TimeDelta::hours(2);
    let one = maintenance::announce(&db, &permit(), None, &new(end)).await.unwrap();
    assert_eq!((one.text.as_str(), one.is_on(db.now()), one.is_on(end)), ("Mise à jour", true, false));
    assert_eq!(maintenance::coming(&db).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(maintenance::coming(&later(&db, 7200)).await.unwrap(), []);
    assert!(maintenance::end(&later(&db, 60), &permit(), None, Some(one.id)).await.unwrap());
    assert!(!maintenance::end(&later(&db, 61), &permit(), None, None).await.unwrap());
    assert_eq!(maintenance::coming(&db).await.unwrap(), []);
    let kinds: Vec<String> =
        journal::page(&db, 0, 10).await.unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["maintenance.announced", "maintenance.ended"]);
}

#[db_test]
async fn a_maintenance_that_cannot_be_is_refused_with_its_reason(db: Db) {
    let now = db.now();
    let refused =
        async |new: NewMaintenance| maintenance::announce(&db, &permit(), None, &new).await.unwrap_err();
    let end = now + TimeDelta::hours(1);
    assert!(matches!(
        refused(NewMaintenance { text: "  ".into(), ..new(end) }).await,
        MaintenanceError::NoText
    ));
    assert!(matches!(
        refused(NewMaintenance { text: "a".repeat(401), ..new(end) }).await,
        MaintenanceError::LongText
    ));
    assert!(matches!(refused(new(now)).await, MaintenanceError::Over));
    let late = NewMaintenance { starts_at: Some(end + TimeDelta::hours(1)), ..new(end) };
    assert!(matches!(refused(late).await, MaintenanceError::Backwards));
    assert!(matches!(refused(new(now + TimeDelta::days(8))).await, MaintenanceError::TooLong));
    assert_eq!(journal::head(&db).await.unwrap().seq, 0);
}
