//! A text being typed is found again by its author, for that request, until it is sent.

use beffroi_db::{Db, count_queries, db_test};
use beffroi_kernel::Role;

use super::ground::Ground;
use super::*;
use crate::model::State;
use crate::views::request::tests::folder;

#[db_test]
async fn a_draft_is_its_authors_alone_and_goes_when_sent(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let paul = ground.technician("Paul", "Escaut").await;
    let mut opened = folder(State::Open);
    opened.request = ground.request("2026-00011", |_| ()).await;
    opened.as_agent = true;
    let id = opened.request.id;
    let desk = &ground.desk;

    keep(desk, nora.person, id, Gesture::Reply, "Bonjour,").await.unwrap();
    keep(desk, nora.person, id, Gesture::Note, "Bonjour, je passe.").await.unwrap();

    let kept = beside(desk, &nora, &opened).await.unwrap().draft.unwrap();
    let expected = Draft { kind: Gesture::Note, body: "Bonjour, je passe.".into(), at: desk.site.db.now() };
    assert_eq!(kept, expected);
    assert_eq!(beside(desk, &paul, &opened).await.unwrap().draft, None);

    forget(desk, nora.person, id).await.unwrap();
    assert_eq!(beside(desk, &nora, &opened).await.unwrap().draft, None);
    assert_eq!(keep(desk, nora.person, id, Gesture::Reply, "  ").await.unwrap(), None);
    assert_eq!(beside(desk, &nora, &opened).await.unwrap().draft, None);
}

#[db_test]
async fn what_waits_beside_costs_two_statements_and_one_for_a_school(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let head = ground.person(("Marc", "Scarpe"), Role::Head, Some(ground.school), None).await;
    read_newest_first(&ground.desk, nora.person, true).await.unwrap();
    let mut opened = folder(State::Open);
    let (_, of_school) = count_queries(beside(&ground.desk, &head, &opened)).await;
    opened.as_agent = true;
    let (found, of_agent) = count_queries(beside(&ground.desk, &nora, &opened)).await;
    assert_eq!((of_school, of_agent), (1, 2));
    assert!(found.unwrap().newest_first);
}
