//! Yearly reviews, the end of contracts, reminders, what an overdue review does. (SRV-20)

use beffroi_db::{Db, db_test};
use beffroi_kernel::{Permit, PersonId, Role};
use chrono::Days;

use super::{EVER, Ground, PASSWORD, confirming};
use crate::model::{Act, ActKind, Cause, Review, State};
use crate::{EndError, confirm, review_suspends, set_review_suspends, store};

async fn reviews(ground: &Ground, act: &Act) -> Vec<Review> {
    store::reviews::of_act(ground.db().read(), act.id).await.unwrap()
}

async fn granted(ground: &Ground) -> (PersonId, Act) {
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |new| new.holder = Some(delegate)).await;
    ground.signs(head, &act).await.unwrap();
    ground.work().await;
    (head, act)
}

#[db_test]
async fn each_anniversary_opens_a_review_a_month_before(db: Db) {
    let ground = Ground::new(db).await;
    let (head, act) = granted(&ground).await;
    let permit = ground.permit(head).await;
    assert!(matches!(
        confirm(&ground.acts, &permit, confirming(act.id, "", PASSWORD)).await,
        Err(EndError::TooLate(_))
    ));

    ground.wait(334).await;
    assert!(reviews(&ground, &act).await.is_empty());
    ground.wait(1).await;
    let open = reviews(&ground, &act).await;
    assert_eq!((open.len(), open[0].cause), (1, Cause::Anniversary));
    confirm(&ground.acts, &permit, confirming(act.id, "", PASSWORD)).await.unwrap();

    ground.wait(364).await;
    assert_eq!(reviews(&ground, &act).await.len(), 1);
    ground.wait(2).await;
    assert_eq!(reviews(&ground, &act).await.len(), 2);
}

#[db_test]
async fn a_review_is_reminded_then_told_to_the_operations_service_and_nothing_stops(db: Db) {
    let ground = Ground::new(db).await;
    let (_, act) = granted(&ground).await;
    ground.wait(335).await;
    let reminded = async || ground.mails_saying("attend votre décision jusqu’au").await;

    for (days, expected) in [(15, 0), (2, 1), (9, 1), (1, 2), (3, 3)] {
        for _ in 0..days {
            ground.wait(1).await;
        }
        assert_eq!(reminded().await, expected, "after {days} more days");
    }
    ground.wait(1).await;

    assert_eq!(ground.mails_saying("n’a pas été faite à la date prévue").await, 1);
    assert!(ground.mails_saying("L’acte reste en vigueur").await > 0);
    let now = ground.now(&act).await;
    assert!(now.state == State::InForce && now.suspended.is_none(), "the source states no sanction");
}

#[db_test]
async fn by_setting_an_overdue_review_suspends_until_it_is_confirmed(db: Db) {
    let ground = Ground::new(db).await;
    let (head, act) = granted(&ground).await;
    assert!(!review_suspends(&ground.acts).await.unwrap());
    set_review_suspends(&ground.acts, &Permit::system(PersonId::new(), "tests"), true).await.unwrap();

    ground.wait(335).await;
    ground.wait(31).await;
    let effect = async || store::effects::of_act(ground.db().read(), act.id).await.unwrap().remove(0).state;
    assert!(ground.now(&act).await.suspended.is_some());
    assert_eq!(effect().await, "undone");

    confirm(&ground.acts, &ground.permit(head).await, confirming(act.id, "", PASSWORD)).await.unwrap();
    ground.work().await;
    assert!(ground.now(&act).await.suspended.is_none());
    assert_eq!(effect().await, "applied");
}

#[db_test]
async fn the_end_of_a_contract_opens_the_review_of_the_access_it_serves(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let act = ground
        .opens(ActKind::ProviderAccess, |new| {
            new.provider = Some("Société d’essai".into());
            let ends = new.starts_on + Days::new(90);
            new.terms = serde_json::json!({ "contract_ends_on": ends });
        })
        .await;
    ground.signs(head, &act).await.unwrap();

    ground.wait(59).await;
    assert!(reviews(&ground, &act).await.is_empty());
    ground.wait(1).await;
    assert_eq!(reviews(&ground, &act).await[0].cause, Cause::ContractEnd);
}
