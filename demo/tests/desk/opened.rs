//! A right opened by an act, from its signature to its closing by the team. (SRV-14 to SRV-19, SEC-09)

use beffroi_acts::{RevokeActs, for_request, in_force_for_request, revoke, withdraw};
use beffroi_db::{Db, db_test};
use beffroi_demo::PASSWORD;
use beffroi_desk::approvals::{DecideError, Verdict};
use beffroi_desk::work::Step;
use beffroi_desk::{Outcome, details};
use beffroi_directory::Proof;
use beffroi_kernel::Role;
use chrono::TimeDelta;

use crate::acts::{permit, signed};
use crate::ground::Ground;

const ADMIN: (&str, &str) = ("serveurs-et-donnees", "delegation-admin");
const EXEMPTION: (&str, &str) = ("securite-internet", "derogation-web");

fn done() -> Step {
    Step::Resolve(Outcome::Done, "C’est fait.".into())
}

#[db_test]
async fn a_revoked_right_comes_back_to_the_team_that_closes_it(db: Db) {
    closed_by_the_team(&Ground::new(db).await, TimeDelta::days(40)).await;
}

#[db_test]
async fn a_right_opened_by_hand_and_revoked_before_its_first_day_is_closed_too(db: Db) {
    closed_by_the_team(&Ground::new(db).await, TimeDelta::zero()).await;
}

/// A right is signed, opened by its team, and revoked after this time.
async fn closed_by_the_team(ground: &Ground, after: TimeDelta) {
    let (teacher, head) = (ground.person(Role::Teacher).await, ground.person(Role::Head).await);
    let reference = ground.ask(&teacher, ADMIN).await;
    let folder = ground.folder(&teacher, &reference).await;
    let mut step = folder.approvals.iter().filter(|step| step.sign);
    let request = ground.decide(&head, step.next().unwrap().id, signed(PASSWORD)).await.unwrap();
    assert!(in_force_for_request(&ground.desk.acts, request.id).await.unwrap().is_none(), "not opened yet");
    let agent = ground.agent(&folder.team.slug).await;
    ground.work(&agent, request.id, done()).await.unwrap();
    let act = in_force_for_request(&ground.desk.acts, request.id).await.unwrap().expect("opened by the team");
    ground.pass(after);
    ground.run_jobs().await;
    let head = ground.access(head.person).await;
    let why = ("Mission terminée.", Proof::Password(PASSWORD));
    revoke(&ground.desk.acts, &permit::<RevokeActs>(&head), act.id, why).await.unwrap();
    ground.run_jobs().await;
    ground.run_jobs().await;

    let back = ground.folder(&agent, &reference).await;
    let closing = |title: &str| title.starts_with("Fermer les droits de l’acte");
    assert_eq!(back.tasks.iter().filter(|task| closing(&task.title)).count(), 1, "given once");
    assert_eq!(back.request.state, "new", "the request is in the queue again");
    assert!(back.effects.iter().all(|effect| effect.state == "undone"));

    // The act says that closing is the team's, then by whom it is done, then that it waits again.
    let proofs = async |words: &str| {
        ground.count(&format!("SELECT COUNT(*) FROM act_effect WHERE undone_proof LIKE '%{words}%'")).await
    };
    let left = "Fermeture confiée à l’équipe";
    let closed = format!("Droits fermés par {}, demande {reference}", agent.name);
    assert_eq!((proofs(left).await, proofs(&closed).await), (1, 0));
    let task = back.tasks.iter().find(|task| closing(&task.title)).unwrap().id;
    for expected in [(0, 1), (1, 0), (0, 1)] {
        details::tick(&ground.desk, &permit(&agent), request.id, task, None).await.unwrap();
        assert_eq!((proofs(left).await, proofs(&closed).await), expected);
    }
    ground.run_jobs().await;
    assert_eq!(proofs(&closed).await, 1, "nothing is given to the team again");
    let checked = beffroi_acts::proof::check(ground.db(), |_| ()).await.unwrap();
    assert_eq!(checked.faults, [], "the journal answers for it");
}

#[db_test]
async fn a_password_does_not_sign_what_its_sheet_wants_signed_with_a_key(db: Db) {
    let keyed = |text: String| text.replace("[request.act]\n", "[request.act]\npasskey = true\n");
    let ground = Ground::new(db).await;
    ground.publishes(keyed).await;
    let (teacher, head) = (ground.person(Role::Teacher).await, ground.person(Role::Head).await);
    for what in [ADMIN, EXEMPTION] {
        let reference = ground.ask(&teacher, what).await;
        let folder = ground.folder(&teacher, &reference).await;
        let step = folder.approvals.iter().find(|step| step.sign).unwrap().id;
        let refused = ground.decide(&head, step, signed(PASSWORD)).await;
        let Err(DecideError::Passkey(said)) = refused else { panic!("{what:?}: {refused:?}") };
        assert!(said.contains("demande une clé d’accès"), "{said}");
        assert_eq!(
            ground.folder(&teacher, &reference).await.request.state,
            "validation",
            "nothing is signed"
        );
    }
}

#[db_test]
async fn a_text_other_than_the_one_shown_is_not_signed(db: Db) {
    let ground = Ground::new(db).await;
    let (teacher, head) = (ground.person(Role::Teacher).await, ground.person(Role::Head).await);
    let reference = ground.ask(&teacher, EXEMPTION).await;
    let folder = ground.folder(&teacher, &reference).await;
    let act = for_request(&ground.desk.acts, folder.request.id).await.unwrap().remove(0);
    let verdict = |sha: &str| Verdict::Grant {
        password: Some(PASSWORD.into()),
        shown: Some(vec![sha.to_owned()]),
        acknowledged: true,
    };
    let stale = ground.decide(&head, folder.approvals[0].id, verdict("another text")).await;
    assert!(matches!(stale, Err(DecideError::TextChanged)), "{stale:?}");
    assert_eq!(ground.count("SELECT COUNT(*) FROM act WHERE state = 'to-sign'").await, 1);
    ground.decide(&head, folder.approvals[0].id, verdict(&act.text_sha256)).await.unwrap();
}

#[db_test]
async fn whoever_asked_withdraws_and_the_school_is_not_said_to_refuse(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let reference = ground.ask(&teacher, EXEMPTION).await;
    let folder = ground.folder(&teacher, &reference).await;
    let act = for_request(&ground.desk.acts, folder.request.id).await.unwrap().remove(0);
    assert!(act.text.contains("Adresse exacte"), "the signatory reads what is opened: {}", act.text);

    withdraw(&ground.desk.acts, teacher.person, act.id, "Le cours est annulé.").await.unwrap();

    assert_eq!(ground.folder(&teacher, &reference).await.request.state, "refused");
    let said = |words: &str| format!("SELECT COUNT(*) FROM message WHERE body LIKE '%{words}%'");
    assert_eq!(ground.count(&said("Retirée avant signature")).await, 1);
    assert_eq!(ground.count(&said("Refusée par l’établissement")).await, 0);
}
