//! The calendar of a team: the roster and the absences decide who is on duty; a visit on a day of
//! closure is flagged; one's own calendar opens with its secret alone. (CSU-06)

use beffroi_calendar::paris_day;
use beffroi_db::{Db, db_test};
use beffroi_desk::team_calendar::{self as calendar, CalendarError};
use beffroi_desk::work::Step;
use beffroi_desk::{ManageTeam, WorkRequests, details};
use beffroi_kernel::{Access, Role};
use chrono::{Days, TimeDelta};

use crate::acts::permit;
use crate::ground::Ground;

async fn someone(ground: &Ground, login: &str) -> Access {
    let person = beffroi_directory::people::person_by_login(ground.db(), login).await.unwrap().unwrap();
    ground.access(person.id).await
}

#[db_test]
async fn the_roster_comes_back_each_week_and_leaves_the_absent_out(db: Db) {
    let ground = Ground::new(db).await;
    let manager = someone(&ground, "responsable.nord").await;
    let team = beffroi_directory::team_by_slug(ground.db(), "mobile-nord").await.unwrap().unwrap();
    let members = beffroi_directory::team_members(ground.db(), team.id).await.unwrap();
    let (first, second) = (members[0].id, members[1].id);
    let roster = permit::<ManageTeam>(&manager);
    let today = paris_day(ground.db().now());
    for (person, from) in [(first, today), (second, today.checked_sub_days(Days::new(30)).unwrap())] {
        calendar::add_duty(&ground.desk, &roster, &manager, &team, (person, 0), (from, None)).await.unwrap();
    }
    let duty = async || {
        let now = ground.db().now();
        let said = calendar::on_duty(&ground.desk, team.id, now).await.unwrap().map(|one| one.person);
        let day = paris_day(now);
        let agenda = calendar::agenda(&ground.desk, team.clone(), (day, day)).await.unwrap();
        assert_eq!(agenda.duty(day).map(|duty| duty.person), said, "the page and the rule agree");
        let beside = calendar::on_duty_today(&ground.desk, team.id).await.unwrap();
        let named = agenda.duty(day).map(|duty| duty.name.clone());
        assert_eq!(beside, named, "as does the name beside every list");
        said
    };
    // Monday; the latest roster wins, and comes back after a week.
    assert_eq!(duty().await, Some(first));
    ground.pass(TimeDelta::days(1));
    assert_eq!(duty().await, None);
    ground.pass(TimeDelta::days(6));
    assert_eq!(duty().await, Some(first));

    let away = ground.access(first).await;
    let mine = permit::<WorkRequests>(&away);
    let monday = paris_day(ground.db().now());
    calendar::add_absence(&ground.desk, &mine, (monday, monday), "Congé").await.unwrap();
    assert_eq!(duty().await, Some(second));
    let agenda = calendar::agenda(&ground.desk, team.clone(), (monday, monday)).await.unwrap();
    let absence = agenda.absences[0].id;
    let theirs = permit::<WorkRequests>(&ground.access(second).await);
    let foreign = calendar::remove_absence(&ground.desk, &theirs, absence).await;
    assert!(matches!(foreign, Err(CalendarError::NotFound)), "{foreign:?}");
    calendar::remove_absence(&ground.desk, &mine, absence).await.unwrap();
    assert_eq!(duty().await, Some(first));

    let other = beffroi_directory::team_by_slug(ground.db(), "mobile-sud").await.unwrap().unwrap();
    let far = calendar::add_duty(&ground.desk, &roster, &manager, &other, (first, 0), (monday, None)).await;
    assert!(matches!(far, Err(CalendarError::NotFound)), "another territory's roster: {far:?}");
}

#[db_test]
async fn visits_are_shown_with_closures_and_ones_own_calendar_by_its_secret_alone(db: Db) {
    let ground = Ground::new(db).await;
    let (head, technician) = (ground.person(Role::Head).await, ground.agent("mobile-nord").await);
    let reference = ground.ask(&head, ("poste-de-travail", "panne")).await;
    let request = ground.folder(&head, &reference).await.request;
    ground.work(&technician, request.id, Step::Take).await.unwrap();
    let starts = ground.db().now() + TimeDelta::days(3);
    let ends = starts + TimeDelta::hours(1);
    let works = permit::<WorkRequests>(&technician);
    details::appoint(&ground.desk, &works, request.id, starts, ends, "Salle 204").await.unwrap();
    let day = paris_day(starts);
    beffroi_directory::schools::add_closure(ground.db(), &permit(&head), ground.school, (day, day), "Pont")
        .await
        .unwrap();
    let team = beffroi_directory::team(ground.db(), request.team_id).await.unwrap().unwrap();
    let agenda = calendar::agenda(&ground.desk, team, (day, day)).await.unwrap();
    let shown: Vec<_> = agenda.visits.iter().filter(|(visit, _)| visit.reference == reference).collect();
    assert_eq!(shown[0].1.as_deref(), Some("Pont"));

    let secret = &calendar::new_link(&ground.desk, &works).await.unwrap();
    let text = calendar::ical(&ground.desk, &secret.to_uppercase()).await.unwrap().unwrap();
    assert!(
        text.starts_with("BEGIN:VCALENDAR") && text.contains(&format!("Rendez-vous {reference}")),
        "{text}"
    );
    assert!(!text.contains(&request.title), "a telephone shows the reference only");
    calendar::new_link(&ground.desk, &works).await.unwrap();
    assert!(calendar::ical(&ground.desk, secret).await.unwrap().is_none(), "the old password is dead");
    for nothing in ["", "rien"] {
        assert!(calendar::ical(&ground.desk, nothing).await.unwrap().is_none());
    }
}
