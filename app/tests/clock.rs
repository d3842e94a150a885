//! A clock that jumped back: `doctor` says it and what to do, and acts stay in the order of the journal. (T2)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::sync::Arc;

use beffroi_acts::proof::check;
use beffroi_acts::{Act, ActKind};
use beffroi_app::server::Service;
use beffroi_db::reach::{Why, everything};
use beffroi_db::{Db, Event};
use beffroi_kernel::{FixedClock, PersonId, SystemClock};
use chrono::{DateTime, TimeDelta, Utc};
use ground::{Engine, Place, Small, act_of_head, head_of, texts};

async fn at(place: &Place, now: DateTime<Utc>) -> Db {
    Db::connect(&place.config.database_url(), Arc::new(FixedClock::at(now))).await.unwrap()
}

async fn note(place: &Place, now: DateTime<Utc>) {
    let db = at(place, now).await;
    let written: Result<(), beffroi_db::DbError> = db
        .write(async |tx| {
            tx.journal(Event::new("test.noted", "test"));
            Ok(())
        })
        .await;
    written.unwrap();
    db.close().await.unwrap();
}

async fn what_jumped_back_is_said(engine: Engine) {
    let place = Place::empty(engine).await;
    place.run(&["migrate"]).well();
    let now = beffroi_kernel::Clock::now(&SystemClock);
    note(&place, now - TimeDelta::days(2)).await;
    // Two changes at once, the longer one told last: no jump.
    note(&place, now - TimeDelta::days(2) - TimeDelta::seconds(100)).await;
    place.run(&["doctor"]).well();

    note(&place, now - TimeDelta::days(1)).await;
    note(&place, now - TimeDelta::days(1) - TimeDelta::minutes(62)).await;
    let said = place.run(&["doctor"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    for words in [
        "l’horloge a reculé de 1 h 02 min à l’entrée 4 du journal (1 fois",
        "timedatectl",
        "rien n’est perdu",
    ] {
        assert!(said.out.contains(words), "{words}: {said:?}");
    }

    note(&place, now + TimeDelta::hours(3)).await;
    let said = place.run(&["doctor"]);
    assert!(said.code == Some(1) && said.out.contains("le journal va 2 h 5"), "{said:?}");
    place.remove().await;
}

/// A jump of two months ago is in the journal for ever, and worries nobody any more.
async fn an_old_jump_is_forgotten(engine: Engine) {
    let place = Place::empty(engine).await;
    place.run(&["migrate"]).well();
    let now = beffroi_kernel::Clock::now(&SystemClock);
    for days in [60, 61, 1] {
        note(&place, now - TimeDelta::days(days)).await;
    }
    place.run(&["doctor"]).well();
    place.remove().await;
}

/// Prepares and signs an act as the head, at an instant that the clock says.
async fn signed(place: &Place, now: DateTime<Utc>, school: beffroi_kernel::SchoolId, head: PersonId) -> Act {
    let db = at(place, now).await;
    let service = Service::assemble(&place.config, db.clone()).unwrap();
    let new = act_of_head(ActKind::IsolationAttestation, school, head, now.date_naive());
    let act = ground::signed(&service, head, new).await;
    db.close().await.unwrap();
    act
}

async fn acts_follow_the_journal(engine: Engine) {
    let place = Place::empty(engine).await;
    place.run(&["migrate"]).well();
    let now = beffroi_kernel::Clock::now(&SystemClock);
    let db = place.connect().await;
    let small = Small::install(&Service::assemble(&place.config, db.clone()).unwrap().desk, 0).await;
    let head = head_of(&db, small.school).await;

    // The clock is a day ahead, then right again.
    let first = signed(&place, now + TimeDelta::days(1), small.school, head).await;
    let second = signed(&place, now, small.school, head).await;
    assert!(first.created_at > second.created_at && first.reference < second.reference);
    let told = "SELECT subject FROM journal_entry WHERE kind = 'act.signed' ORDER BY seq";
    assert_eq!(texts(&db, told).await, [format!("act:{}", first.id), format!("act:{}", second.id)]);
    let service = Service::assemble(&place.config, db.clone()).unwrap();
    let live = beffroi_acts::live_of_kind(&service.acts, small.school, ActKind::IsolationAttestation).await;
    let live: Vec<String> = live.unwrap().into_iter().map(|act| act.reference).collect();
    assert_eq!(live, [second.reference, first.reference], "newest first, as the journal tells it");
    assert!(check(&db, |_| ()).await.unwrap().faults.is_empty());
    db.close().await.unwrap();
    place.remove().await;
}

/// The weeks that the demonstration lives on a clock of its own end now: nothing of them is still to come.
#[tokio::test]
async fn the_demonstration_leaves_no_journal_ahead_of_the_clock() {
    let place = Place::empty(Engine::Sqlite).await;
    place.run(&["demo"]).well();
    place.run(&["doctor"]).well();
    let db = place.connect().await;
    let newest = ground::newest(&db).await;
    let age = db.now() - newest;
    assert!(age >= TimeDelta::zero() && age < TimeDelta::hours(1), "{age}");
    db.close().await.unwrap();
    place.remove().await;
}

#[tokio::test]
async fn sqlite() {
    what_jumped_back_is_said(Engine::Sqlite).await;
    an_old_jump_is_forgotten(Engine::Sqlite).await;
    acts_follow_the_journal(Engine::Sqlite).await;
}

#[tokio::test]
async fn postgres() {
    everything(Why::Test, what_jumped_back_is_said(Engine::Postgres)).await;
    everything(Why::Test, an_old_jump_is_forgotten(Engine::Postgres)).await;
    everything(Why::Test, acts_follow_the_journal(Engine::Postgres)).await;
}
