//! The school decides: in order, once; a refusal says why and ends the request.

use beffroi_db::{Db, db_test};
use beffroi_desk::approvals::DecideError;
use beffroi_desk::work::{Step, WorkError};
use beffroi_desk::{conversation, details};
use beffroi_kernel::{Access, Role};

use crate::acts::{no, permit, yes};
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

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
        tokio::join!(ground.decide(&general, second, yes()), ground.decide(&deputy, second, yes()));
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!(won.unwrap().state, "new");
    assert!(matches!(lost, Err(DecideError::Decided)), "{lost:?}");
    for (what, sql) in [
        ("mail to the team", "SELECT COUNT(*) FROM job WHERE dedup LIKE 'team:%'"),
        ("handing over", "SELECT COUNT(*) FROM message WHERE body LIKE 'Validée%'"),
    ] {
        assert_eq!(ground.count(sql).await, 1, "{what}");
    }
    let decisions = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'approval.decided'";
    assert_eq!(ground.count(decisions).await, 2);
    assert_eq!(ground.folder(&teacher, &reference).await.request.state, "new");
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
    let late = conversation::reply(&ground.desk, &permit(&teacher), &teacher, id, "Si !").await;
    assert!(matches!(late, Err(WorkError::State(_))), "{late:?}");
    assert_eq!(ground.count("SELECT COUNT(*) FROM job WHERE dedup LIKE 'team:%'").await, 0);
}
