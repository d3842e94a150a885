//! The number of requests that one person may send in a day, as the Region sets it.

use beffroi_db::{Db, db_test};
use beffroi_desk::submit::SubmitError;
use beffroi_directory::protection;
use beffroi_kernel::{Permit, PersonId, Role};
use chrono::TimeDelta;

use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

#[db_test]
async fn a_day_has_so_many_requests_and_the_draft_waits_for_the_next(db: Db) {
    let ground = Ground::new(db).await;
    let permit = Permit::system(PersonId::new(), "tests");
    protection::limit_requests(ground.db(), &permit, Some(2)).await.unwrap();
    let (teacher, colleague) =
        (ground.person(Role::Teacher).await, ground.person(Role::IctCoordinator).await);
    let mut drafts = Vec::new();
    for _ in 0..3 {
        drafts.push(ground.draft(&teacher, FAULT, &[]).await);
    }
    ground.send(&teacher, drafts[0]).await.unwrap();
    let second = ground.send(&teacher, drafts[1]).await.unwrap();
    assert_eq!(ground.send(&teacher, drafts[1]).await.unwrap(), second, "a double click is no third request");
    let Err(SubmitError::Act(why)) = ground.send(&teacher, drafts[2]).await else {
        panic!("a third is sent")
    };
    assert!(why.contains("2 demandes aujourd’hui") && why.contains("brouillon est gardé"), "{why}");
    let own = ground.draft(&colleague, FAULT, &[]).await;
    ground.send(&colleague, own).await.unwrap();

    ground.pass(TimeDelta::hours(15));
    ground.send(&teacher, drafts[2]).await.unwrap();
    assert_eq!(ground.count("SELECT COUNT(*) FROM request").await, 4);
}
