//! The clocks: they start when the team receives the request, stand still while it waits, and the
//! first public answer meets the first deadline.

use beffroi_calendar::{Pause, WorkingCalendar, paris_day};
use beffroi_db::{Db, db_test};
use beffroi_desk::reading::Request;
use beffroi_desk::work::{Step, WorkError};
use beffroi_desk::{Outcome, WaitingFor};
use beffroi_desk::{attachments, conversation};
use beffroi_kernel::{Access, RequestId, Role};
use beffroi_sheets::RequestType;
use chrono::TimeDelta;

use crate::acts::{permit, yes};
use crate::ground::Ground;

const STUDY: (&str, &str) = ("logiciel-administration", "etudier-logiciel");

async fn kind(ground: &Ground) -> RequestType {
    let sheet = ground.desk.catalogue.sheet(STUDY.0).await.unwrap().unwrap();
    sheet.sheet.requests.iter().find(|kind| kind.id == STUDY.1).unwrap().clone()
}

/// A study asked on Monday, which the school approves on Tuesday.
async fn received(ground: &Ground, asker: &Access) -> Request {
    let general = ground.person(Role::SecretaryGeneral).await;
    let reference = ground.ask(asker, STUDY).await;
    let folder = ground.folder(asker, &reference).await;
    assert_eq!((folder.request.first_answer_due, folder.request.solution_due), (None, None));
    ground.pass(TimeDelta::days(1));
    ground.decide(&general, folder.approvals[0].id, yes()).await.unwrap()
}

async fn say(ground: &Ground, who: &Access, id: RequestId, words: &str) {
    conversation::reply(&ground.desk, &permit(who), who, id, words).await.unwrap();
}

#[db_test]
async fn clocks_start_when_the_team_receives_and_the_first_answer_is_public(db: Db) {
    let ground = Ground::new(db).await;
    let asker = ground.person(Role::IctCoordinator).await;
    let request = received(&ground, &asker).await;
    let (kind, calendar) = (kind(&ground).await, WorkingCalendar::default());
    let tuesday = ground.db().now();
    assert_eq!(request.sent_at, Some(tuesday));
    assert_eq!(request.first_answer_due, Some(calendar.deadline(tuesday, kind.first_answer, &[])));
    assert_eq!(request.solution_due, Some(calendar.deadline(tuesday, kind.solution, &[])));
    assert_eq!(request.next_due, request.first_answer_due);

    let technician = ground.agent("mobile-nord").await;
    ground.pass(TimeDelta::hours(1));
    ground.work(&technician, request.id, Step::Take).await.unwrap();
    conversation::note(&ground.desk, &permit(&technician), request.id, "À étudier.").await.unwrap();
    say(&ground, &asker, request.id, "Une précision.").await;
    let before = ground.folder(&asker, &request.reference).await.request;
    assert_eq!((before.first_answered_at, before.next_due), (None, request.first_answer_due));
    say(&ground, &technician, request.id, "Bien reçu.").await;
    let answered = ground.folder(&asker, &request.reference).await.request;
    assert_eq!(answered.first_answered_at, Some(ground.db().now()));
    assert_eq!(answered.next_due, request.solution_due);
}

async fn wait(ground: &Ground, who: &Access, id: RequestId, whom: WaitingFor) -> Request {
    let step = Step::Wait(whom, "Il nous manque la liste des postes.".into());
    ground.work(who, id, step).await.unwrap()
}

#[db_test]
async fn clocks_stand_still_while_the_request_waits(db: Db) {
    let ground = Ground::new(db).await;
    let asker = ground.person(Role::IctCoordinator).await;
    let request = received(&ground, &asker).await;
    let technician = ground.agent("mobile-nord").await;
    let silent = Step::Wait(WaitingFor::School, " ".into());
    let silent = ground.work(&technician, request.id, silent).await;
    assert!(matches!(silent, Err(WorkError::Missing(_))), "{silent:?}");

    ground.pass(TimeDelta::days(1));
    let mut pauses = vec![Pause { from: ground.db().now(), to: None }];
    assert_eq!(wait(&ground, &technician, request.id, WaitingFor::School).await.next_due, None);
    ground.pass(TimeDelta::days(2));
    pauses[0].to = Some(ground.db().now());
    let file = vec![("postes.txt".to_owned(), b"204-1, 204-2".to_vec())];
    attachments::add(&ground.desk, &permit(&asker), &asker, request.id, file).await.unwrap();
    let given = ground.folder(&asker, &request.reference).await.request;
    assert_eq!((given.state.as_str(), given.waiting_for.as_deref()), ("new", None));

    let (kind, calendar) = (kind(&ground).await, WorkingCalendar::default());
    let due = |pauses: &[Pause]| Some(calendar.deadline(request.sent_at.unwrap(), kind.solution, pauses));
    assert_eq!(given.solution_due, due(&pauses));
    assert!(given.solution_due > request.solution_due);
    assert_eq!(given.next_due, given.solution_due);

    // What the school says does not end a wait for a provider.
    ground.pass(TimeDelta::days(3));
    pauses.push(Pause { from: ground.db().now(), to: None });
    wait(&ground, &technician, request.id, WaitingFor::Provider).await;
    say(&ground, &asker, request.id, "Et alors ?").await;
    ground.pass(TimeDelta::days(1));
    assert_eq!(ground.folder(&asker, &request.reference).await.request.state, "waiting");
    pauses[1].to = Some(ground.db().now());
    let resumed = ground.work(&technician, request.id, Step::Resume).await.unwrap();
    assert_eq!(resumed.solution_due, due(&pauses));

    // A message does end a wait for the school, on the very day it began: that day counts no more.
    pauses.push(Pause { from: ground.db().now(), to: Some(ground.db().now() + TimeDelta::hours(2)) });
    wait(&ground, &technician, request.id, WaitingFor::School).await;
    ground.pass(TimeDelta::hours(2));
    say(&ground, &asker, request.id, "Voici.").await;
    let spoken = ground.folder(&asker, &request.reference).await.request;
    assert_eq!((spoken.state.as_str(), spoken.solution_due), ("new", due(&pauses)));
    assert_eq!(paris_day(spoken.solution_due.unwrap()).to_string(), LAST_DAY);
}

/// Received on Tuesday 6 October 2026 for thirty working days: All Saints’ Day falls on a Sunday, 11
/// November does not count, nor do the five days that the pauses touch.
const LAST_DAY: &str = "2026-11-25";

#[db_test]
async fn what_people_waited_for_is_measured_without_pauses_and_anew_when_reopened(db: Db) {
    let ground = Ground::new(db).await;
    let asker = ground.person(Role::IctCoordinator).await;
    // Received on Tuesday 6 October at 10:00.
    let request = received(&ground, &asker).await;
    assert_eq!((request.first_answer_minutes, request.solution_minutes), (None, None));
    let technician = ground.agent("mobile-nord").await;
    ground.pass(TimeDelta::hours(5));
    // 10:00 to 12:00, then 13:30 to 15:00.
    let waiting = wait(&ground, &technician, request.id, WaitingFor::School).await;
    assert_eq!((waiting.first_answer_minutes, waiting.solution_minutes), (Some(210), None));
    ground.pass(TimeDelta::days(1));
    ground.work(&technician, request.id, Step::Resume).await.unwrap();
    ground.pass(TimeDelta::hours(2));
    let solve = async || {
        let step = Step::Resolve(Outcome::Done, "Étude jointe.".into());
        ground.work(&technician, request.id, step).await.unwrap()
    };
    let solved = solve().await;
    assert_eq!((solved.first_answer_minutes, solved.solution_minutes), (Some(210), Some(330)));
    assert_eq!(solved.reopened, 0);

    // The weekend and the days during which it was over do not count; Monday at 17:00 it is reopened.
    ground.pass(TimeDelta::days(5));
    conversation::reopen(&ground.desk, &permit(&asker), request.id, "Il manque une page.").await.unwrap();
    let reopened = ground.folder(&asker, &request.reference).await.request;
    assert_eq!((reopened.solution_minutes, reopened.reopened), (None, 1));
    ground.pass(TimeDelta::hours(16));
    let again = solve().await;
    // Thirty minutes before 17:30, an hour after 8:00.
    assert_eq!((again.first_answer_minutes, again.solution_minutes), (Some(210), Some(330 + 90)));
}
