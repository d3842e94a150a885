//! A request comes back on its day through the normal way, once, while its author may ask. (CSU-01)

use beffroi_calendar::paris_day;
use beffroi_db::{Db, db_test};
use beffroi_desk::recurring::{self, Change, Plan, Unit};
use beffroi_desk::{PlanRequests, reading};
use beffroi_kernel::{Access, Permit, Role};
use chrono::{Days, TimeDelta};

use crate::acts::permit;
use crate::ground::Ground;

const BREAKDOWN: (&str, &str) = ("poste-de-travail", "panne");

async fn planned(ground: &Ground, who: &Access) -> String {
    let reference = ground.ask(who, BREAKDOWN).await;
    let first = paris_day(ground.db().now()) + Days::new(5);
    let plan = Plan { every: 1, unit: Unit::Week, first, until: None };
    recurring::plan(&ground.desk, &permit(who), who, &reference, plan).await.unwrap();
    reference
}

async fn only(ground: &Ground, who: &Access) -> recurring::Recurrence {
    let mut all = recurring::list(&ground.desk, &permit::<PlanRequests>(who)).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[db_test]
async fn it_is_sent_on_the_next_working_day_with_the_same_answers_once(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.person(Role::Head).await;
    let model = planned(&ground, &head).await;
    // Monday 5 October, in five days: a Saturday. The request is made on Monday the 12th.
    ground.pass(TimeDelta::days(6));
    ground.run_jobs().await;
    assert_eq!(only(&ground, &head).await.last_reference, None);
    ground.pass(TimeDelta::days(1));
    ground.run_jobs().await;
    let one = only(&ground, &head).await;
    let made: reading::Request = ground.folder(&head, &one.last_reference.clone().unwrap()).await.request;
    let model = ground.folder(&head, &model).await.request;
    assert_eq!(
        (made.request_type, made.requester_id, made.state),
        (model.request_type, head.person, "new".into())
    );
    assert_eq!(one.next_day, one.anchor + Days::new(7));
    // The same day run again makes nothing.
    recurring::begin(&ground.desk, one.id, one.anchor).await.unwrap();
    ground.run_jobs().await;
    assert_eq!(only(&ground, &head).await, one);

    let set = permit::<PlanRequests>(&head);
    recurring::change(&ground.desk, &set, one.id, Change::Pause).await.unwrap();
    ground.pass(TimeDelta::days(30));
    ground.run_jobs().await;
    assert_eq!(only(&ground, &head).await.last_reference, one.last_reference);
    recurring::change(&ground.desk, &set, one.id, Change::Resume).await.unwrap();
    ground.pass(TimeDelta::days(8));
    ground.run_jobs().await;
    assert_ne!(only(&ground, &head).await.last_reference, one.last_reference);
    let stranger = permit::<PlanRequests>(&ground.holder(ground.other, Role::Head).await);
    assert!(recurring::list(&ground.desk, &stranger).await.unwrap().is_empty());
    assert!(recurring::change(&ground.desk, &stranger, one.id, Change::End).await.is_err());
}

#[db_test]
async fn it_stops_and_the_head_is_told_when_its_author_left(db: Db) {
    let ground = Ground::new(db).await;
    let (author, head) = (ground.person(Role::IctCoordinator).await, ground.person(Role::Head).await);
    planned(&ground, &author).await;
    let admin = Permit::system(head.person, "a story ends a function");
    let held = beffroi_directory::people::functions_of(ground.db(), author.person).await.unwrap();
    for function in held {
        let now = ground.db().now();
        beffroi_directory::people::end_function(ground.db(), &admin, function.id, now).await.unwrap();
    }
    ground.pass(TimeDelta::days(7));
    ground.run_jobs().await;
    let one = only(&ground, &head).await;
    assert_eq!((one.state.as_str(), one.last_reference), ("stopped", None));
    let told = format!("SELECT COUNT(*) FROM job WHERE dedup = 'recurrence-stop:{}:{}'", one.id, head.person);
    assert_eq!(ground.count(&told).await, 1);
}
