//! The school decides: in order, once, by those whose function allows it on that day.

use beffroi_db::{Db, db_test};
use beffroi_demo::PASSWORD;
use beffroi_desk::approvals::{self, DecideError};
use beffroi_desk::work::{Step, WorkError};
use beffroi_desk::{DecideApprovals, ReadRequests, conversation, details};
use beffroi_directory::people::{self, NewFunction};
use beffroi_directory::{ManagePeople, NameSubstitutes, substitutes};
use beffroi_kernel::{Access, Permit, PersonId, Role};
use chrono::{Days, TimeDelta};
use sha2::{Digest, Sha256};

use crate::ground::{Ground, no, permit, signed, yes};

const FAULT: (&str, &str) = ("poste-de-travail", "panne");
const EXEMPTION: (&str, &str) = ("securite-internet", "derogation-web");

/// The fault of a workstation, approved in two steps.
fn two_steps(text: String) -> String {
    let before = "  [request.effect]\n  kind = \"warranty-repair\"";
    let steps = "  [[request.approval]]\n  by = [\"workshop-director\"]\n  title = \"Avis\"\n\n  \
                 [[request.approval]]\n  by = [\"secretary-general\", \"deputy-head\"]\n  title = \"Accord\"\n\n";
    text.replace(before, &format!("{steps}{before}"))
}

#[db_test]
async fn steps_are_decided_in_order_and_once(db: Db) {
    let ground = Ground::edited(db, two_steps).await;
    let teacher = ground.person(Role::Teacher).await;
    let (director, general, deputy) = (
        ground.person(Role::WorkshopDirector).await,
        ground.person(Role::SecretaryGeneral).await,
        ground.person(Role::DeputyHead).await,
    );
    let reference = ground.ask(&teacher, FAULT).await;
    let folder = ground.folder(&teacher, &reference).await;
    let [first, second] = [folder.approvals[0].id, folder.approvals[1].id];

    unsent_is_unknown(&ground, &reference, &teacher).await;
    let early = ground.decide(&general, second, yes()).await;
    assert!(matches!(early, Err(DecideError::NotYet)), "{early:?}");
    let theirs = ground.decide(&general, first, yes()).await;
    assert!(matches!(theirs, Err(DecideError::NotYours(_))), "{theirs:?}");
    assert_eq!(ground.decide(&director, first, yes()).await.unwrap().state, "validation");

    let (one, other) =
        tokio::join!(ground.decide(&general, second, yes()), ground.decide(&deputy, second, no("Non.")));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    let won = won.unwrap();
    assert!(matches!(lost, Err(DecideError::Decided)), "{lost:?}");
    let sent = i64::from(won.state == "new");
    assert_eq!(won.state, if sent == 1 { "new" } else { "refused" });
    assert_eq!(ground.count("SELECT COUNT(*) FROM job WHERE dedup LIKE 'team:%'").await, sent);
    let decisions = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'approval.decided'";
    assert_eq!(ground.count(decisions).await, 2);
    assert_eq!(ground.folder(&teacher, &reference).await.request.state, won.state);
}

/// Until the school has decided, the request does not exist for any team (SRV-29).
async fn unsent_is_unknown(ground: &Ground, reference: &str, teacher: &Access) {
    let id = ground.folder(teacher, reference).await.request.id;
    let technician = ground.agent("mobile-nord").await;
    assert!(ground.seen(&technician, reference).await.is_none());
    let taken = ground.work(&technician, id, Step::Take).await;
    assert!(matches!(taken, Err(WorkError::State(_) | WorkError::NotFound)), "{taken:?}");
    let said = conversation::reply(&ground.desk, &permit(&technician), &technician, id, "Bonjour").await;
    assert!(matches!(said, Err(WorkError::NotFound)), "{said:?}");
    let noted = conversation::note(&ground.desk, &permit(&technician), id, "À voir").await;
    assert!(matches!(noted, Err(WorkError::NotFound)), "{noted:?}");
    let task = details::add_task(&ground.desk, &permit(&technician), id, "Passer").await;
    assert!(matches!(task, Err(WorkError::NotFound)), "{task:?}");
}

#[db_test]
async fn a_refusal_has_a_reason_and_ends_the_request(db: Db) {
    let ground = Ground::edited(db, two_steps).await;
    let teacher = ground.person(Role::Teacher).await;
    let director = ground.person(Role::WorkshopDirector).await;
    let reference = ground.ask(&teacher, FAULT).await;
    let steps = ground.folder(&teacher, &reference).await.approvals;

    let silent = ground.decide(&director, steps[0].id, no("  ")).await;
    assert!(matches!(silent, Err(DecideError::ReasonMissing)), "{silent:?}");
    ground.decide(&director, steps[0].id, no("Le poste est remplacé demain.")).await.unwrap();
    let folder = ground.folder(&teacher, &reference).await;
    assert_eq!((folder.request.state.as_str(), folder.request.sent_at), ("refused", None));
    assert!(folder.messages.iter().any(|message| message.body.contains("remplacé demain")));

    let general = ground.person(Role::SecretaryGeneral).await;
    let after = ground.decide(&general, steps[1].id, yes()).await;
    assert!(matches!(after, Err(DecideError::NotYet)), "{after:?}");
    let again = ground.decide(&director, steps[0].id, yes()).await;
    assert!(matches!(again, Err(DecideError::Decided)), "{again:?}");
    let id = folder.request.id;
    let late =
        conversation::reply(&ground.desk, &permit::<ReadRequests>(&teacher), &teacher, id, "Si !").await;
    assert!(matches!(late, Err(WorkError::State(_))), "{late:?}");
    assert_eq!(ground.count("SELECT COUNT(*) FROM job WHERE dedup LIKE 'team:%'").await, 0);
}

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
    assert_eq!(ground.folder(&teacher, &reference).await.approvals, [step.clone()]);
    ground.decide(&head, step.id, signed(PASSWORD)).await.unwrap();

    let kept = ground.folder(&teacher, &reference).await.approvals[0].clone();
    let text = step.text.unwrap();
    assert!(text.contains("https://ressources.exemple.fr/cours") && text.contains(&teacher.name));
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
    let authority = "SELECT COUNT(*) FROM approval WHERE authority LIKE '%suppléance%'";
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
