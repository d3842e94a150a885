//! A delay that runs out is told in time, to whom it must, once; never while the request waits. (CSU-06)

use beffroi_calendar::WorkingCalendar;
use beffroi_db::{Db, db_test};
use beffroi_desk::escalation::{self, Ladder, Levels, Step, Told};
use beffroi_desk::reading::Request;
use beffroi_desk::work::{Step as Work, WorkError};
use beffroi_desk::{ManageLevels, ManageTeam, WaitingFor, conversation, lists, major, team_calendar};
use beffroi_kernel::{Access, Role};
use chrono::{DateTime, TimeDelta, Utc};

use crate::acts::permit;
use crate::ground::Ground;

const BREAKDOWN: (&str, &str) = ("poste-de-travail", "panne");

impl Ground {
    /// Waits until an instant, then lets the jobs run.
    async fn at(&self, instant: DateTime<Utc>) {
        self.pass(instant - self.db().now());
        self.run_jobs().await;
    }

    /// What was written in the request about its escalation.
    async fn escalated(&self, agent: &Access, reference: &str) -> Vec<String> {
        let folder = self.folder(agent, reference).await;
        let notes =
            folder.messages.into_iter().filter(|one| one.kind == "internal" && one.author_id.is_none());
        notes.map(|one| one.body).collect()
    }

    /// Mails of escalation planned for someone.
    async fn mails_to(&self, who: &Access) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM job WHERE dedup LIKE 'escalated:%:{}'", who.person);
        self.count(&sql).await
    }

    async fn someone(&self, login: &str) -> Access {
        let person = beffroi_directory::people::person_by_login(self.db(), login).await.unwrap().unwrap();
        self.access(person.id).await
    }
}

fn instant(request: &Request, step: Step) -> DateTime<Utc> {
    let window = (request.sent_at.unwrap(), request.first_answer_due.unwrap());
    Ladder::default().instant(step, &WorkingCalendar::default(), window, &[])
}

#[db_test]
async fn each_step_is_told_once_and_an_answer_ends_them(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let manager = ground.someone("responsable.nord").await;
    let reference = ground.ask(&head, BREAKDOWN).await;
    let request = ground.folder(&head, &reference).await.request;
    ground.work(&technician, request.id, Work::Take).await.unwrap();

    ground.at(instant(&request, Step::Soon) - TimeDelta::seconds(1)).await;
    assert!(ground.escalated(&technician, &reference).await.is_empty());
    ground.at(instant(&request, Step::Soon)).await;
    assert_eq!(ground.escalated(&technician, &reference).await.len(), 1);
    assert_eq!((ground.mails_to(&technician).await, ground.mails_to(&manager).await), (1, 0));
    let mine = lists::Selection::of(lists::Queue::Mine);
    let page = lists::page(&ground.desk, &permit(&technician), &mine, &[], None, lists::PAGE).await.unwrap();
    assert!(page.rows.iter().find(|line| line.id == request.id).unwrap().escalated);
    // The school does not read it.
    assert!(ground.escalated(&head, &reference).await.is_empty());

    ground.at(instant(&request, Step::Breach)).await;
    assert_eq!((ground.mails_to(&technician).await, ground.mails_to(&manager).await), (2, 1));
    ground.at(instant(&request, Step::After)).await;
    assert_eq!((ground.mails_to(&technician).await, ground.mails_to(&manager).await), (2, 2));
    escalation::check(&ground.desk, request.id).await.unwrap();
    assert_eq!(ground.escalated(&technician, &reference).await.len(), 3);

    conversation::reply(&ground.desk, &permit(&technician), &technician, request.id, "J’arrive.")
        .await
        .unwrap();
    let page = lists::page(&ground.desk, &permit(&technician), &mine, &[], None, lists::PAGE).await.unwrap();
    assert!(!page.rows.iter().find(|line| line.id == request.id).unwrap().escalated);
}

#[db_test]
async fn nothing_is_escalated_while_the_request_waits_and_its_delay_moves(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let reference = ground.ask(&head, BREAKDOWN).await;
    let request = ground.folder(&head, &reference).await.request;
    let wait = Work::Wait(WaitingFor::School, "Quel poste ?".into());
    ground.work(&technician, request.id, wait).await.unwrap();
    ground.at(request.solution_due.unwrap() + TimeDelta::days(9)).await;
    assert!(ground.escalated(&technician, &reference).await.is_empty());

    let resumed = ground.work(&technician, request.id, Work::Resume).await.unwrap();
    let due = resumed.solution_due.unwrap();
    assert!(due > ground.db().now());
    ground.run_jobs().await;
    assert!(ground.escalated(&technician, &reference).await.is_empty());
    ground.at(due).await;
    // The worker slept through the first step: one message says all.
    assert_eq!(ground.escalated(&technician, &reference).await.len(), 1);
}

#[db_test]
async fn the_person_on_duty_is_told_when_nobody_has_it_in_hand(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let boss = ground.someone("departement").await;
    let reference = ground.ask(&head, BREAKDOWN).await;
    let request = ground.folder(&head, &reference).await.request;
    let team = beffroi_directory::team(ground.db(), request.team_id).await.unwrap().unwrap();
    let on = beffroi_calendar::paris_day(instant(&request, Step::Soon));
    let weekday = i32::try_from(chrono::Datelike::weekday(&on).num_days_from_monday()).unwrap();
    let roster = permit::<ManageTeam>(&boss);
    let who = (technician.person, weekday);
    team_calendar::add_duty(&ground.desk, &roster, &boss, &team, who, (on, None)).await.unwrap();
    ground.at(instant(&request, Step::Soon)).await;
    assert_eq!(ground.mails_to(&technician).await, 1);
}

#[db_test]
async fn the_department_decides_who_is_told(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let boss = ground.someone("departement").await;
    let set = permit::<ManageLevels>(&boss);
    let nobody = Ladder { soon: Told::default(), share: 80, ..Ladder::default() };
    let wrong = Levels { first_answer: Ladder { share: 20, ..nobody }, solution: nobody };
    let refused = escalation::set_levels(&ground.desk, &set, &wrong).await;
    assert!(matches!(refused, Err(WorkError::Missing(_))), "{refused:?}");
    let quiet = Levels { first_answer: nobody, solution: nobody };
    escalation::set_levels(&ground.desk, &set, &quiet).await.unwrap();
    assert_eq!(escalation::levels(&ground.desk).await.unwrap(), quiet);

    let reference = ground.ask(&head, BREAKDOWN).await;
    let request = ground.folder(&head, &reference).await.request;
    ground.at(request.first_answer_due.unwrap() - TimeDelta::seconds(1)).await;
    assert!(ground.escalated(&technician, &reference).await.is_empty());
    ground.at(request.first_answer_due.unwrap()).await;
    assert_eq!(ground.escalated(&technician, &reference).await.len(), 1);
}

#[db_test]
async fn a_request_that_an_incident_explains_is_left_alone_until_it_is_detached(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let boss = ground.someone("departement").await;
    let declaration = major::Declaration {
        title: "Postes bloqués".into(),
        text: "Nous cherchons.".into(),
        theme: "poste".into(),
        audience: major::Audience::Region,
        request: None,
    };
    let incident = major::declare(&ground.desk, &permit(&boss), &boss, declaration).await.unwrap();
    let reference = ground.ask(&head, BREAKDOWN).await;
    let request = ground.folder(&head, &reference).await.request;
    major::attach(&ground.desk, &permit(&head), &head, &reference, &incident).await.unwrap();
    ground.at(request.first_answer_due.unwrap()).await;
    assert!(ground.escalated(&technician, &reference).await.is_empty());
    major::detach(&ground.desk, &permit(&head), &head, &reference).await.unwrap();
    ground.at(ground.db().now() + TimeDelta::hours(5)).await;
    assert_eq!(ground.escalated(&technician, &reference).await.len(), 1);
}
