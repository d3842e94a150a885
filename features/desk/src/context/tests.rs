//! The context holds what the person reaches: nearest solved requests first.

use beffroi_db::{Db, count_queries, db_test};
use beffroi_kernel::{PersonId, Role, SchoolId, TeamId};

use super::*;
use crate::composer::ground::Ground;
use crate::model::{Outcome, State};

fn solved(one: &mut Request) {
    one.state = State::Closed.slug().into();
    one.outcome = Some(Outcome::Done.slug().into());
}

fn references(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|one| one.reference.as_str()).collect()
}

#[db_test]
async fn what_surrounds_a_request_is_what_one_reaches(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let permit = nora.permit().unwrap();
    let asker = PersonId::new();
    let summary = "Écran noir en salle 204";
    let with = |one: &mut Request| one.summary = summary.into();
    ground.request("2026-00100", |one| (with(one), one.requester_id = asker).0).await;
    ground.request("2026-00101", |one| one.requester_id = asker).await;
    ground.request("2026-00102", |one| (solved(one), one.summary = "Souris perdue".into()).0).await;
    ground.request("2026-00103", |one| (solved(one), one.summary = "Un écran reste noir".into()).0).await;
    // Solved by another team for another school: out of reach, however alike.
    let away = |one: &mut Request| {
        solved(one);
        with(one);
        (one.school_id, one.team_id) = (SchoolId::new(), TeamId::new());
    };
    ground.request("2026-00104", away).await;
    // Not sent to a team yet: it does not exist for agents.
    ground.request("2026-00105", |one| (one.requester_id, one.sent_at) = (asker, None)).await;

    let (around, statements) = count_queries(around(&ground.desk, &permit, &nora, "2026-00100")).await;
    let around = around.unwrap().unwrap();

    assert_eq!(references(&around.requester), ["2026-00101"]);
    assert_eq!(references(&around.school), ["2026-00103", "2026-00102", "2026-00101"]);
    assert_eq!(references(&around.similar), ["2026-00103", "2026-00102"]);
    // Two of them are the shelf of articles, kept in memory afterwards.
    assert_eq!(statements, 7);
}

#[db_test]
async fn a_technician_elsewhere_has_no_context(db: Db) {
    let ground = Ground::new(db).await;
    let far = ground.team("mobile-sud").await;
    let lise = ground.person(("Lise", "Somme"), Role::Technician, None, Some(far)).await;
    ground.request("2026-00110", |_| ()).await;
    let found = around(&ground.desk, &lise.permit().unwrap(), &lise, "2026-00110").await.unwrap();
    assert!(found.is_none());
}
