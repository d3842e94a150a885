//! Signing: with one's password, the exact text, by those whose function allows it on that day.

use beffroi_db::{Db, db_test};
use beffroi_demo::PASSWORD;
use beffroi_desk::DecideApprovals;
use beffroi_desk::approvals::{self, DecideError};
use beffroi_directory::people::{self, NewFunction};
use beffroi_directory::{ManagePeople, NameSubstitutes, substitutes};
use beffroi_kernel::{Permit, PersonId, Role};
use chrono::{Days, TimeDelta};
use sha2::{Digest, Sha256};

use crate::acts::{permit, signed, yes};
use crate::ground::Ground;

const EXEMPTION: (&str, &str) = ("securite-internet", "derogation-web");

#[db_test]
async fn a_signature_keeps_the_hash_of_the_exact_text(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let head = ground.person(Role::Head).await;
    let reference = ground.ask(&teacher, EXEMPTION).await;
    let step = ground.folder(&teacher, &reference).await.approvals[0].clone();

    let elsewhere = ground.holder(ground.other, Role::Head).await;
    let permit = permit::<DecideApprovals>(&elsewhere);
    let seen = approvals::open(&ground.desk, &permit, &elsewhere, step.id).await;
    assert!(matches!(seen, Err(DecideError::NotFound)), "{seen:?}");
    let decided = ground.decide(&elsewhere, step.id, signed(PASSWORD)).await;
    assert!(matches!(decided, Err(DecideError::NotFound)), "{decided:?}");

    for verdict in [yes(), signed(""), signed("beffroi demonstration 2027")] {
        let unsigned = ground.decide(&head, step.id, verdict).await;
        assert!(matches!(unsigned, Err(DecideError::Password)), "{unsigned:?}");
    }
    assert_eq!(ground.folder(&teacher, &reference).await.approvals.first(), Some(&step));
    ground.decide(&head, step.id, signed(PASSWORD)).await.unwrap();

    let kept = ground.folder(&teacher, &reference).await.approvals[0].clone();
    let text = step.text.unwrap();
    assert!(text.contains("https://ressources.exemple.fr") && text.contains(&teacher.name));
    assert_eq!(kept.text.as_deref(), Some(text.as_str()));
    assert_eq!(kept.text_sha256, Some(hex::encode(Sha256::digest(&text))));
    assert_eq!(kept.decided_by, Some(head.person));
}

#[db_test]
async fn who_decides_follows_from_the_functions_of_the_day(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let head = ground.person(Role::Head).await;
    let deputy = ground.person(Role::DeputyHead).await;
    let mut steps = Vec::new();
    for _ in 0..2 {
        let reference = ground.ask(&teacher, EXEMPTION).await;
        steps.push(ground.folder(&teacher, &reference).await.approvals[0].id);
    }
    let today = ground.db().now().date_naive();
    let period = (today, today + Days::new(3));
    let naming = permit::<NameSubstitutes>(&head);
    substitutes::name_substitute(&ground.desk.site, &naming, ground.school, deputy.person, period)
        .await
        .unwrap();
    let not_yet_known = ground.decide(&deputy, steps[0], signed(PASSWORD)).await;
    assert!(matches!(not_yet_known, Err(DecideError::NotYours(_))), "{not_yet_known:?}");
    let substitute = ground.access(deputy.person).await;
    ground.decide(&substitute, steps[0], signed(PASSWORD)).await.unwrap();
    let authority = "SELECT COUNT(*) FROM approval WHERE authority LIKE '%en remplacement de%'";
    assert_eq!(ground.count(authority).await, 1);

    let manage = Permit::<ManagePeople>::system(PersonId::new(), "tests");
    let function = people::functions_of(ground.db(), head.person).await.unwrap()[0].id;
    let end = ground.db().now() + TimeDelta::hours(1);
    people::end_function(ground.db(), &manage, function, end).await.unwrap();
    ground.pass(TimeDelta::days(1));
    assert!(ground.access(head.person).await.permit::<DecideApprovals>().is_none());
    let back = NewFunction {
        person: head.person,
        role: Role::Teacher,
        school: Some(ground.school),
        team: None,
        territory: None,
        from: ground.db().now() - TimeDelta::hours(2),
        to: None,
    };
    people::give_function(ground.db(), &manage, back).await.unwrap();
    for person in [head.person, deputy.person] {
        let former = ground.access(person).await;
        let late = ground.decide(&former, steps[1], signed(PASSWORD)).await;
        assert!(matches!(late, Err(DecideError::NotFound | DecideError::NotYours(_))), "{late:?}");
    }
}
