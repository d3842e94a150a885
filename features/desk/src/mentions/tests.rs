//! A note mentions those who may read it, and nobody else.

use beffroi_db::{Db, db_test};
use beffroi_kernel::Role;

use super::*;
use crate::composer::{beside, ground::Ground};
use crate::conversation::{note, note_to};
use crate::reading;
use crate::store::folder;

async fn found(ground: &Ground, access: &Access, reference: &str) -> Vec<String> {
    let permit = access.permit().unwrap();
    let readers = readers(&ground.desk, &permit, access, reference).await.unwrap().unwrap();
    readers.iter().map(Reader::name).collect()
}

#[db_test]
async fn only_agents_who_read_the_request_are_offered(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    ground.technician("Paul", "Escaut").await;
    let far = ground.team("mobile-sud").await;
    ground.person(("Lise", "Somme"), Role::Technician, None, Some(far)).await;
    ground.person(("Anne", "Lys"), Role::DepartmentHead, None, None).await;
    ground.person(("Marc", "Scarpe"), Role::Head, Some(ground.school), None).await;
    ground.request("2026-00001", |_| ()).await;

    assert_eq!(found(&ground, &nora, "2026-00001").await, ["Paul Escaut", "Anne Lys"]);
}

#[db_test]
async fn those_a_note_names_are_told_once_and_find_it(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let paul = ground.technician("Paul", "Escaut").await;
    let anne = ground.person(("Anne", "Lys"), Role::DepartmentHead, None, None).await;
    let request = ground.request("2026-00002", |_| ()).await;

    let text = "Vu avec @Paul Escaut, et @Nora Artois le sait. Pas @Anne Lysandre.";
    note_to(&ground.desk, &nora.permit().unwrap(), request.id, text, &[paul.person]).await.unwrap();

    let mails = ground.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("Demande 2026-00002 : on vous a cité"), "{mails:?}");
    assert!(!mails[0].contains("Escaut") && !mails[0].contains("Artois"), "no name in the mail: {mails:?}");
    let list = |access: Access| {
        let desk = ground.desk.clone();
        async move { super::list(&desk, &access.permit().unwrap(), None).await.unwrap().lines }
    };
    let lines = list(paul.clone()).await;
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((line.reference.as_str(), line.by.as_str(), line.seen), ("2026-00002", "Nora Artois", false));
    assert!(list(anne).await.is_empty() && list(nora).await.is_empty());
}

#[db_test]
async fn a_person_out_of_reach_cannot_be_told(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let far = ground.team("mobile-sud").await;
    let lise = ground.person(("Lise", "Somme"), Role::Technician, None, Some(far)).await;
    let head = ground.person(("Marc", "Scarpe"), Role::Head, Some(ground.school), None).await;
    let request = ground.request("2026-00003", |_| ()).await;
    let permit = nora.permit().unwrap();

    for person in [lise.person, head.person] {
        let refused = note_to(&ground.desk, &permit, request.id, "À voir", &[person]).await;
        assert!(matches!(refused, Err(WorkError::Missing(_))), "{refused:?}");
    }
    note(&ground.desk, &permit, request.id, "À voir avec @Lise Somme et @Marc Scarpe").await.unwrap();

    assert_eq!(ground.mails().await, Vec::<String>::new());
    let messages = folder::conversation(&ground.desk.site.db, request.id, true).await.unwrap();
    assert_eq!(messages.len(), 1, "the refused notes are not kept");
}

#[db_test]
async fn opening_the_request_marks_the_mention_seen(db: Db) {
    let ground = Ground::new(db).await;
    let nora = ground.technician("Nora", "Artois").await;
    let paul = ground.technician("Paul", "Escaut").await;
    let request = ground.request("2026-00004", |_| ()).await;
    note(&ground.desk, &nora.permit().unwrap(), request.id, "@paul escaut ?").await.unwrap();
    let mut folder = crate::views::request::tests::folder(crate::State::New);
    (folder.request, folder.as_agent, folder.reads_notes) = (reading::Request { ..request }, true, true);

    // Another agent who opens it changes nothing.
    beside(&ground.desk, &nora, &folder).await.unwrap();
    let permit = paul.permit().unwrap();
    assert!(!list(&ground.desk, &permit, None).await.unwrap().lines[0].seen);
    beside(&ground.desk, &paul, &folder).await.unwrap();
    assert!(list(&ground.desk, &permit, None).await.unwrap().lines[0].seen);
}
