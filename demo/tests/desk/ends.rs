//! What happens by itself: a request left resolved closes, an effect at its term comes back to its team.

use beffroi_calendar::paris_day;
use beffroi_db::{Db, db_test};
use beffroi_demo::PASSWORD;
use beffroi_desk::reading::{Folder, Request};
use beffroi_desk::work::Step;
use beffroi_desk::{Outcome, conversation};
use beffroi_directory::Proof;
use beffroi_kernel::{Access, Role};
use chrono::{DateTime, Days, TimeDelta, Utc};

use crate::acts::{permit, signed};
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

async fn solve(ground: &Ground, who: &Access, request: &Request) -> Request {
    ground.work(who, request.id, Step::Resolve(Outcome::Done, "C’est fait.".into())).await.unwrap()
}

#[db_test]
async fn a_request_closes_by_itself_only_if_left_resolved(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let mut requests = Vec::new();
    for _ in 0..3 {
        let reference = ground.ask(&teacher, FAULT).await;
        let request = ground.folder(&teacher, &reference).await.request;
        solve(&ground, &technician, &request).await;
        requests.push(request);
    }
    ground.pass(TimeDelta::days(7));
    for request in &requests[1..] {
        conversation::reopen(&ground.desk, &permit(&teacher), request.id, "Toujours pas.").await.unwrap();
    }
    solve(&ground, &technician, &requests[2]).await;
    let states = async || {
        ground.run_jobs().await;
        let mut states = Vec::new();
        for request in &requests {
            states.push(ground.folder(&teacher, &request.reference).await.request.state);
        }
        states.join(" ")
    };

    // Solved on Monday 5 October: the tenth working day is Monday 19.
    ground.pass(TimeDelta::days(7));
    assert_eq!(states().await, "resolved open resolved", "on the day itself");
    ground.pass(TimeDelta::days(1));
    assert_eq!(states().await, "closed open resolved");
    ground.pass(TimeDelta::days(7));
    assert_eq!(states().await, "closed open closed");
}

async fn granted(ground: &Ground, asker: &Access, what: (&str, &str)) -> Folder {
    opened_by(ground, asker, what, "services-centralises").await
}

async fn opened_by(ground: &Ground, asker: &Access, what: (&str, &str), team: &str) -> Folder {
    let head = ground.person(Role::Head).await;
    let reference = ground.ask(asker, what).await;
    let step = ground.folder(asker, &reference).await.approvals[0].id;
    let request = ground.decide(&head, step, signed(PASSWORD)).await.unwrap();
    solve(ground, &ground.agent(team).await, &request).await;
    ground.folder(asker, &reference).await
}

fn effects(folder: &Folder) -> String {
    let mut effects: Vec<_> = folder.effects.iter().collect();
    effects.sort_by_key(|effect| effect.applied_at);
    effects.iter().map(|effect| effect.state.as_str()).collect::<Vec<_>>().join(" ")
}

fn last_day(until: Option<DateTime<Utc>>) -> String {
    paris_day(until.unwrap() - TimeDelta::seconds(1)).to_string()
}

#[db_test]
async fn a_delegation_is_reviewed_on_its_anniversary(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let agent = ground.agent("services-centralises").await;
    let folder = granted(&ground, &head, ("securite-internet", "delegation-filtrage")).await;
    let reference = folder.request.reference.as_str();
    assert_eq!((effects(&folder).as_str(), folder.effects.len()), ("applied", 1));
    assert_eq!(last_day(folder.effects[0].until), "2027-10-05");
    conversation::reopen(&ground.desk, &permit(&head), folder.request.id, "Mal écrit.").await.unwrap();
    solve(&ground, &agent, &folder.request).await;
    assert_eq!(effects(&ground.folder(&head, reference).await), "applied", "solved twice, true once");

    ground.pass(TimeDelta::days(365));
    ground.run_jobs().await;
    let review = "SELECT COUNT(*) FROM act_review WHERE cause = 'anniversary' AND decided_at IS NULL";
    assert_eq!(ground.count(review).await, 1, "the head reviews the act");
    let kept = ground.folder(&agent, reference).await;
    assert_eq!((kept.request.state.as_str(), effects(&kept).as_str()), ("closed", "applied"));
}

#[db_test]
async fn an_exemption_is_withdrawn_at_its_date(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let agent = ground.agent("services-centralises").await;
    let folder = granted(&ground, &teacher, ("securite-internet", "derogation-web")).await;
    let reference = folder.request.reference.as_str();
    let last = ground.db().now().date_naive() + Days::new(10);
    assert_eq!(last_day(folder.effects[0].until), last.to_string());

    ground.pass(TimeDelta::days(10));
    ground.run_jobs().await;
    assert_eq!(effects(&ground.folder(&teacher, reference).await), "applied", "on the last day");
    ground.pass(TimeDelta::days(1));
    ground.run_jobs().await;
    assert_eq!(effects(&ground.folder(&agent, reference).await), "undone", "by itself, with its act");
    let expired = "SELECT COUNT(*) FROM act WHERE state = 'ended' AND end_reason = 'expired'";
    assert_eq!(ground.count(expired).await, 1);
    let undone = "SELECT COUNT(*) FROM act_effect WHERE state = 'undone' AND undone_proof IS NOT NULL";
    assert_eq!(ground.count(undone).await, 1, "with its proof");
}

#[db_test]
async fn a_right_taken_back_is_closed_by_its_team_and_not_opened_again(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let agent = ground.agent("services-centralises").await;
    let folder = granted(&ground, &head, ("outils-de-gestion", "droits-outil")).await;
    ground.run_jobs().await;
    let act = beffroi_acts::for_request(&ground.desk.acts, folder.request.id).await.unwrap().remove(0);
    assert_eq!((effects(&folder).as_str(), act.state), ("applied", beffroi_acts::State::InForce));

    let why = ("Plus besoin.", Proof::Password(PASSWORD));
    beffroi_acts::revoke(&ground.desk.acts, &permit(&head), act.id, why).await.unwrap();
    ground.run_jobs().await;
    let back = ground.folder(&agent, &folder.request.reference).await;
    let task = back.tasks.iter().find(|task| task.title.starts_with("Fermer les droits")).unwrap();
    assert_eq!((back.request.state.as_str(), task.done_at), ("new", None));

    let permit = permit(&agent);
    beffroi_desk::details::tick(&ground.desk, &permit, back.request.id, task.id, None).await.unwrap();
    solve(&ground, &agent, &back.request).await;
    ground.run_jobs().await;
    let closed = ground.folder(&agent, &folder.request.reference).await;
    assert_eq!(effects(&closed), "undone", "done means closed, not opened");
    assert_eq!(ground.count("SELECT COUNT(*) FROM act_effect WHERE state = 'undone'").await, 1);
}
