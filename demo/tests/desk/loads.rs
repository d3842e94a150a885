//! The least loaded of those present receives what arrives when the team chose so; the manager moves
//! work from one to another. (CSU-08)

use beffroi_calendar::paris_day;
use beffroi_db::{Db, db_test};
use beffroi_desk::team_calendar::{self, CalendarError};
use beffroi_desk::work::Step;
use beffroi_desk::{ManageTeam, WorkRequests, load};
use beffroi_kernel::{Access, Role};

use crate::acts::permit;
use crate::ground::Ground;

const BREAKDOWN: (&str, &str) = ("poste-de-travail", "panne");

async fn someone(ground: &Ground, login: &str) -> Access {
    let person = beffroi_directory::people::person_by_login(ground.db(), login).await.unwrap().unwrap();
    ground.access(person.id).await
}

#[db_test]
async fn what_arrives_goes_to_the_least_loaded_member_present(db: Db) {
    let ground = Ground::new(db).await;
    let (head, manager) = (ground.person(Role::Head).await, someone(&ground, "responsable.nord").await);
    let first = ground.ask(&head, BREAKDOWN).await;
    ground.run_jobs().await;
    let first = ground.folder(&head, &first).await.request;
    assert_eq!(first.assignee_id, None, "off by default");
    let team = beffroi_directory::team(ground.db(), first.team_id).await.unwrap().unwrap();
    let roster = permit::<ManageTeam>(&manager);
    load::set_automatic(&ground.desk, &roster, &manager, &team, true).await.unwrap();

    let lightest = load::suggest(&ground.desk, team.id).await.unwrap().unwrap();
    let away = ground.access(lightest.person).await;
    let today = paris_day(ground.db().now());
    let mine = permit::<WorkRequests>(&away);
    team_calendar::add_absence(&ground.desk, &mine, (today, today), "Formation").await.unwrap();
    let present = load::suggest(&ground.desk, team.id).await.unwrap().unwrap();
    assert_ne!(present.person, lightest.person);
    let second = ground.ask(&head, BREAKDOWN).await;
    ground.run_jobs().await;
    let second = ground.folder(&head, &second).await.request;
    assert_eq!((second.assignee_id, second.state.as_str()), (Some(present.person), "open"));
    let after = load::members(&ground.desk, team.id).await.unwrap();
    let after = after.iter().find(|one| one.person == present.person).unwrap();
    assert_eq!(after.open, present.open + 1);
    // Run again, the job changes nothing.
    load::share_out(&ground.desk, second.id).await.unwrap();
    assert_eq!(ground.folder(&head, &second.reference).await.request.version, second.version);
}

#[db_test]
async fn a_manager_moves_work_within_their_own_teams(db: Db) {
    let ground = Ground::new(db).await;
    let (head, manager) = (ground.person(Role::Head).await, someone(&ground, "responsable.nord").await);
    let reference = ground.ask(&head, BREAKDOWN).await;
    let request = ground.folder(&head, &reference).await.request;
    let team = beffroi_directory::team(ground.db(), request.team_id).await.unwrap().unwrap();
    let members = beffroi_directory::team_members(ground.db(), team.id).await.unwrap();
    let (from, to) = (members[0].id, members[1].id);
    ground.work(&ground.access(from).await, request.id, Step::Take).await.unwrap();
    let roster = permit::<ManageTeam>(&manager);
    let asked = |count| load::rebalance(&ground.desk, &roster, &manager, &team, (from, to), count);
    assert!(matches!(asked(0).await, Err(CalendarError::Field("count", _))));
    assert!(asked(20).await.unwrap() >= 1);
    assert_eq!(ground.folder(&head, &reference).await.request.assignee_id, Some(to));

    let other = beffroi_directory::team_by_slug(ground.db(), "mobile-sud").await.unwrap().unwrap();
    let far = load::set_automatic(&ground.desk, &roster, &manager, &other, true).await;
    assert!(matches!(far, Err(CalendarError::NotFound)), "{far:?}");
}
