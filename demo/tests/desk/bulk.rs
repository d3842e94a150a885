//! One action on several requests: foreseen as it is then done, by the same rules as one by one, and
//! taken back where nobody changed anything since.

use beffroi_db::{Db, db_test};
use beffroi_desk::lists::bulk::{self, Batch, Chosen, Kind, Parameters};
use beffroi_desk::lists::{Queue, Selection};
use beffroi_desk::reading::Request;
use beffroi_desk::work::{Step, WorkError};
use beffroi_desk::{Outcome, State};
use beffroi_directory::team_by_slug;
use beffroi_kernel::{Access, RequestId, Role};
use chrono::TimeDelta;
use uuid::Uuid;

use crate::acts::permit;
use crate::ground::Ground;

const FAULT: (&str, &str) = ("poste-de-travail", "panne");

async fn asked(ground: &Ground, who: &Access, count: usize) -> Vec<Request> {
    let mut requests = Vec::new();
    for _ in 0..count {
        let reference = ground.ask(who, FAULT).await;
        requests.push(ground.folder(who, &reference).await.request);
    }
    requests
}

async fn begin(ground: &Ground, who: &Access, kind: Kind, requests: &[Request]) -> Uuid {
    let ids: Vec<RequestId> = requests.iter().map(|request| request.id).collect();
    bulk::begin(&ground.desk, &permit(who), kind, Chosen::Requests(ids)).await.unwrap()
}

async fn open(ground: &Ground, who: &Access, id: Uuid) -> Batch {
    bulk::open(&ground.desk, who.person, id).await.unwrap().unwrap()
}

/// Chosen, prepared and confirmed.
async fn done(
    ground: &Ground,
    who: &Access,
    kind: Kind,
    parameters: Parameters,
    requests: &[Request],
) -> Batch {
    let id = begin(ground, who, kind, requests).await;
    bulk::prepare(&ground.desk, &open(ground, who, id).await, &parameters).await.unwrap();
    bulk::confirm(&ground.desk, &open(ground, who, id).await).await.unwrap();
    open(ground, who, id).await
}

/// State, team, assignee, deadline and routing of a request: what undoing must put back.
async fn facts(ground: &Ground, who: &Access, request: &Request) -> String {
    let now = ground.folder(who, &request.reference).await.request;
    format!(
        "{} {} {:?} {:?} {} {:?} {:?}",
        now.state,
        now.team_id,
        now.assignee_id,
        now.next_due,
        now.routing_reason,
        now.waiting_for,
        now.first_answered_at
    )
}

#[db_test]
async fn what_is_foreseen_is_what_is_done(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let requests = asked(&ground, &teacher, 5).await;
    ground.work(&technician, requests[0].id, Step::Take).await.unwrap();
    ground.work(&technician, requests[1].id, Step::Resolve(Outcome::Done, "Fait.".into())).await.unwrap();
    let id = begin(&ground, &technician, Kind::Take, &requests).await;
    ground.pass(TimeDelta::minutes(1));
    ground.work(&technician, requests[2].id, Step::Take).await.unwrap();

    let batch = open(&ground, &technician, id).await;
    let foreseen = bulk::foresee(&ground.desk, &permit(&technician), &technician, &batch).await.unwrap();
    let will: Vec<bool> = requests
        .iter()
        .map(|request| foreseen.iter().find(|one| one.item.request_id == request.id).unwrap().outcome.is_ok())
        .collect();
    assert_eq!(will, [false, false, false, true, true], "{foreseen:?}");

    bulk::confirm(&ground.desk, &batch).await.unwrap();
    bulk::confirm(&ground.desk, &batch).await.unwrap();
    let batch = open(&ground, &technician, id).await;
    assert_eq!(batch.state, "done");
    for (request, will) in requests.iter().zip(will) {
        let item = batch.items.iter().find(|item| item.request_id == request.id).unwrap();
        assert_eq!(item.state == "done", will, "{item:?}");
        assert_eq!(item.note.is_none(), will, "{item:?}");
    }
    assert_eq!(ground.count("SELECT COUNT(*) FROM journal_entry WHERE kind = 'requests.bulk-done'").await, 1);
    let others = bulk::open(&ground.desk, teacher.person, id).await.unwrap();
    assert!(others.is_none(), "an action is its person's own");
}

#[db_test]
async fn an_action_is_taken_back_where_nobody_changed_anything_since(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let technician = ground.agent("mobile-nord").await;
    let team = team_by_slug(ground.db(), "impression-services").await.unwrap().unwrap().id;
    let text = "Cause commune.".to_owned();
    let cases = [
        (Kind::Take, Parameters::default()),
        (Kind::Assign, Parameters { person: Some(technician.person), ..Parameters::default() }),
        (Kind::Reassign, Parameters { team: Some(team), text: text.clone(), ..Parameters::default() }),
        (
            Kind::Wait,
            Parameters { waiting_for: "school".into(), text: text.clone(), ..Parameters::default() },
        ),
    ];
    for (kind, parameters) in cases {
        let requests = asked(&ground, &head, 3).await;
        let mut before = Vec::new();
        for request in &requests {
            before.push(facts(&ground, &head, request).await);
        }
        let batch = done(&ground, &technician, kind, parameters, &requests).await;
        assert_eq!(batch.count("done"), 3, "{kind:?} {:?}", batch.items);
        ground.pass(TimeDelta::minutes(5));
        // The head writes on the last one meanwhile.
        let answers = permit(&head);
        beffroi_desk::conversation::reply(&ground.desk, &answers, &head, requests[2].id, "Merci.")
            .await
            .unwrap();
        bulk::undo(&ground.desk, &permit(&technician), &batch).await.unwrap();
        for (request, before) in requests[..2].iter().zip(&before) {
            assert_eq!(facts(&ground, &head, request).await, *before, "{kind:?}");
        }
        let batch = open(&ground, &technician, batch.id).await;
        assert_eq!(
            (batch.state.as_str(), batch.count("undone"), batch.count("kept")),
            ("undone", 2, 1),
            "{kind:?}"
        );
        assert!(matches!(
            bulk::undo(&ground.desk, &permit(&technician), &batch).await,
            Err(WorkError::Missing(_))
        ));
    }
    assert_eq!(ground.count("SELECT COUNT(*) FROM request_pause WHERE to_at IS NULL").await, 0);
}

#[db_test]
async fn after_ten_minutes_it_is_too_late_and_a_message_is_never_taken_back(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let requests = asked(&ground, &teacher, 2).await;
    let message = Parameters { text: "Coupure prévue mardi.".into(), ..Parameters::default() };
    let batch = done(&ground, &technician, Kind::Message, message, &requests).await;
    assert_eq!(batch.count("done"), 2, "{:?}", batch.items);
    assert!(batch.undo_until(ground.db().now()).is_none());
    let folder = ground.folder(&teacher, &requests[0].reference).await;
    assert!(folder.messages.iter().any(|message| message.body == "Coupure prévue mardi."));

    let requests = asked(&ground, &teacher, 2).await;
    let batch = done(&ground, &technician, Kind::Take, Parameters::default(), &requests).await;
    ground.pass(TimeDelta::minutes(11));
    let late = bulk::undo(&ground.desk, &permit(&technician), &batch).await;
    assert!(matches!(late, Err(WorkError::Missing(_))), "{late:?}");
}

#[db_test]
async fn a_long_action_is_done_by_a_job_on_all_of_a_selection(db: Db) {
    let ground = Ground::new(db).await;
    let teacher = ground.person(Role::Teacher).await;
    let technician = ground.agent("mobile-nord").await;
    let requests = asked(&ground, &teacher, 24).await;
    let selection = Selection::of(Queue::Unassigned);
    let chosen = Chosen::All(Box::new(selection));
    let id = bulk::begin(&ground.desk, &permit(&technician), Kind::Take, chosen).await.unwrap();
    bulk::confirm(&ground.desk, &open(&ground, &technician, id).await).await.unwrap();
    let batch = open(&ground, &technician, id).await;
    assert_eq!((batch.state.as_str(), batch.count("todo")), ("running", batch.items.len()));
    ground.run_jobs().await;
    let batch = open(&ground, &technician, id).await;
    assert_eq!(batch.state, "done");
    for request in requests {
        let now = ground.folder(&technician, &request.reference).await.request;
        assert_eq!((now.state.as_str(), now.assignee_id), (State::Open.slug(), Some(technician.person)));
    }
}
