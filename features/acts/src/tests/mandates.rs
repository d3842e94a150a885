//! Heads come and go, delegates leave: what then happens to what they signed or hold. (SRV-18, SRV-19)

use beffroi_db::{Db, db_test};
use beffroi_kernel::Role;

use super::{EVER, Ground, PASSWORD, because, confirming};
use crate::model::{Act, ActKind, Cause, EndReason, Review, State, Verdict};
use crate::{EndError, confirm, revoke, store};

async fn reviews(ground: &Ground, act: &Act) -> Vec<Review> {
    store::reviews::of_act(ground.db().read(), act.id).await.unwrap()
}

async fn held(ground: &Ground, act: &Act) -> String {
    store::effects::of_act(ground.db().read(), act.id).await.unwrap().remove(0).state
}

#[db_test]
async fn a_new_head_reviews_each_delegation_and_everyone_is_told_once(db: Db) {
    let ground = Ground::new(db).await;
    let first = ground.serves("Camille", Role::Head, -100..30).await;
    let delegate = ground.serves("Noor", Role::Teacher, -100..EVER).await;
    let [admin, filter] = [
        ground.opens(ActKind::AdminRights, |new| new.holder = Some(delegate)).await,
        ground.opens(ActKind::FilterDelegation, |new| new.holder = Some(delegate)).await,
    ];
    let attestation = ground.opens(ActKind::IsolationAttestation, |_| ()).await;
    for act in [&admin, &filter, &attestation] {
        ground.signs(first, act).await.unwrap();
    }
    ground.work().await;
    let second = ground.serves("Sacha", Role::Head, 30..EVER).await;
    ground.work().await;
    assert!(reviews(&ground, &admin).await.is_empty(), "the head is still in office");

    ground.wait(30).await;
    ground.work().await;

    // What the school attests binds the head who answers for it: every act that the rule of its kind reviews.
    for act in [&admin, &filter, &attestation] {
        let open = reviews(&ground, act).await;
        assert_eq!(open.iter().map(|one| one.cause).collect::<Vec<_>>(), [Cause::HeadChanged]);
    }
    assert_eq!(ground.mails_saying("Ces actes ont été signés avant vous").await, 1);
    assert_eq!(ground.mails_saying("Les droits que vous tenez par acte sont à réviser").await, 1);

    let permit = ground.permit(second).await;
    assert!(matches!(
        confirm(&ground.acts, &permit, confirming(admin.id, "", "faux")).await,
        Err(EndError::Password)
    ));
    confirm(&ground.acts, &permit, confirming(admin.id, "Vu avec elle", PASSWORD)).await.unwrap();
    let decided = reviews(&ground, &admin).await.remove(0).decided.unwrap();
    assert_eq!((decided.verdict, decided.by), (Verdict::Confirmed, Some(second)));
    assert_eq!(ground.now(&admin).await.state, State::InForce);

    revoke(&ground.acts, &permit, filter.id, because("Je décide seul du filtrage")).await.unwrap();
    ground.work().await;
    let decided = reviews(&ground, &filter).await.remove(0).decided.unwrap();
    assert_eq!((decided.verdict, decided.by), (Verdict::Revoked, Some(second)));
    assert_eq!(held(&ground, &filter).await, "undone");
}

#[db_test]
async fn a_head_who_stays_has_nothing_to_review_when_others_change(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -100..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -100..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |new| new.holder = Some(delegate)).await;
    ground.signs(head, &act).await.unwrap();

    ground.serves("Sacha", Role::Teacher, 0..EVER).await;
    ground.gives(delegate, Role::IctCoordinator, Some(ground.school), 0..EVER).await;
    ground.work().await;

    assert!(reviews(&ground, &act).await.is_empty());
}

#[db_test]
async fn a_delegate_who_leaves_holds_nothing_from_that_instant(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -100..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -100..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |new| new.holder = Some(delegate)).await;
    ground.signs(head, &act).await.unwrap();
    ground.work().await;
    assert_eq!(held(&ground, &act).await, "applied");

    ground.leaves(delegate).await;
    ground.work().await;

    assert!(ground.now(&act).await.suspended.is_some());
    assert_eq!(held(&ground, &act).await, "undone");
    assert_eq!(reviews(&ground, &act).await.remove(0).cause, Cause::DelegateLeft);
    assert_eq!(ground.mails_saying("est à réviser : départ de la personne désignée").await, 1);
    let permit = ground.permit(head).await;
    assert!(matches!(
        confirm(&ground.acts, &permit, confirming(act.id, "", PASSWORD)).await,
        Err(EndError::HolderGone)
    ));
    let revoked = revoke(&ground.acts, &permit, act.id, because("Départ")).await.unwrap();
    assert_eq!(revoked.ended.unwrap().reason, EndReason::Revoked);
}

#[db_test]
async fn a_delegate_who_comes_back_is_confirmed_and_holds_again(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -100..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -100..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |new| new.holder = Some(delegate)).await;
    ground.signs(head, &act).await.unwrap();
    ground.leaves(delegate).await;
    ground.work().await;
    ground.gives(delegate, Role::Teacher, Some(ground.school), 0..EVER).await;

    confirm(&ground.acts, &ground.permit(head).await, confirming(act.id, "", PASSWORD)).await.unwrap();
    ground.work().await;

    assert!(ground.now(&act).await.suspended.is_none());
    assert_eq!(held(&ground, &act).await, "applied");
}

#[db_test]
async fn a_closed_account_is_a_departure(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -100..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -100..EVER).await;
    let act = ground.opens(ActKind::FilterDelegation, |new| new.holder = Some(delegate)).await;
    ground.signs(head, &act).await.unwrap();

    ground.closes_account(delegate).await;
    ground.work().await;

    assert!(ground.now(&act).await.suspended.is_some());
}

#[db_test]
async fn a_head_of_two_schools_reviews_each_where_it_is(db: Db) {
    let ground = Ground::new(db).await;
    let first = ground.serves("Camille", Role::Head, -100..10).await;
    let act = ground.opens(ActKind::AdminRights, |_| ()).await;
    ground.signs(first, &act).await.unwrap();
    let both = ground.person("Sacha", "Deux").await;
    ground.gives(both, Role::Head, Some(ground.other), 0..EVER).await;
    ground.work().await;
    assert!(reviews(&ground, &act).await.is_empty(), "head of the other school only");

    ground.gives(both, Role::Head, Some(ground.school), 10..EVER).await;
    ground.wait(10).await;

    assert_eq!(reviews(&ground, &act).await.len(), 1);
}

#[db_test]
async fn during_a_vacancy_nobody_signs_and_rights_wait_for_the_next_head(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -100..EVER).await;
    let deputy = ground.serves("Noor", Role::DeputyHead, -100..EVER).await;
    let [signed, waiting] =
        [ground.opens(ActKind::AdminRights, |_| ()).await, ground.opens(ActKind::AdminRights, |_| ()).await];
    ground.signs(head, &signed).await.unwrap();
    ground.leaves(head).await;
    ground.work().await;

    match ground.signs(deputy, &waiting).await {
        Err(crate::SignError::Lapsed { may_sign }) => assert!(may_sign.is_empty(), "{may_sign:?}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(ground.now(&signed).await.state, State::InForce);

    ground.wait(1).await;
    ground.serves("Sacha", Role::Head, 0..EVER).await;
    ground.work().await;
    assert_eq!(reviews(&ground, &signed).await.len(), 1);
}
