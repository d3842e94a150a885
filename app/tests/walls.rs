//! A handler that forgets its scope shows no other school all the same, on PostgreSQL; and the second wall is
//! as wide as what people may read, no narrower.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{Request, header};
use axum::middleware::{self, Next};
use axum::routing::get;
use axum::{Json, Router};
use beffroi_acts::liability::{ContestLiability, DecideLiability, ReadLiability};
use beffroi_acts::{OpenActs, ReadActs, RevokeActs, RuleActs};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test, reach, sql};
use beffroi_demo::{PASSWORD, populate};
use beffroi_desk::{
    DecideApprovals, LeadIncidents, ManageTeam, PlanRequests, ReadInternalNotes, ReadRequests,
    SuperviseRequests, WorkRequests,
};
use beffroi_directory::{SignedIn, Site};
use beffroi_kernel::{Action, Breadth, Role};
use beffroi_mailbox::HandleMail;
use ground::{ask, sheets};
use sea_orm::{DbBackend, FromQueryResult};
use tower::ServiceExt;

#[derive(FromQueryResult)]
struct Found {
    reference: String,
}

/// What a hurried developer may write one day.
async fn forgotten(State(site): State<Site>, _: SignedIn) -> Json<Vec<String>> {
    let all = "SELECT reference FROM request ORDER BY reference";
    let found: Vec<Found> = sql::all(site.db.read(), all, vec![]).await.unwrap();
    Json(found.into_iter().map(|one| one.reference).collect())
}

#[db_test]
async fn a_handler_that_forgets_its_scope_shows_no_other_school(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let service = Service::assemble(&config, db.clone()).unwrap();
    let (cast, _) = populate(&service.desk, &sheets(), 1, |_| ()).await.unwrap();
    let here = cast.school[0].0;
    let there = cast.school.iter().map(|(school, _, _)| *school).find(|school| *school != here).unwrap();
    let mut asked = Vec::new();
    for school in [here, there] {
        let head = cast.in_school(school, Role::Head).unwrap();
        asked.push(ask(&service.desk, head, school, "poste-de-travail", "panne").await);
    }
    let site = service.desk.site.clone();
    let hurried = Router::new()
        .route("/oubli", get(forgotten))
        .with_state(site)
        .layer(middleware::from_fn(async |request, next: Next| reach::of_visitor(next.run(request)).await));

    let form = format!("login=proviseur.lille&password={}", PASSWORD.replace(' ', "+"));
    let enter = Request::post("/connexion")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    let entered = service.router().oneshot(enter).await.unwrap();
    let cookie =
        entered.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    let look = Request::get("/oubli").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
    let shown = hurried.oneshot(look).await.unwrap();
    assert_eq!(shown.status(), 200);
    let shown: Vec<String> =
        serde_json::from_slice(&to_bytes(shown.into_body(), 1_000_000).await.unwrap()).unwrap();
    match db.backend() {
        // The first wall is the only one there: this is what it would cost to forget it.
        DbBackend::Sqlite => assert_eq!(shown.len(), 2),
        _ => assert_eq!(shown, [asked[0].clone()]),
    }
}

/// From the narrowest to the widest.
fn width(breadth: Breadth) -> u8 {
    match breadth {
        Breadth::Own => 0,
        // A school, a team or a territory: never one for another.
        Breadth::School => 1,
        Breadth::Team => 2,
        Breadth::Territory => 3,
        Breadth::Region => 4,
    }
}

fn within<A: Action>(faults: &mut Vec<String>) {
    for role in Role::ALL {
        let Some(reach) = A::reach(*role) else { continue };
        let (reach, wall) = (width(reach), width(role.wall()));
        // Schools are no part of a team's reach, nor teams of a school's.
        let mixed = reach.min(wall) == 1 && reach.max(wall) < 4 && reach != wall;
        if reach > wall || mixed {
            faults.push(format!("{} {role}", A::NAME));
        }
    }
}

#[test]
fn no_wall_is_narrower_than_what_a_role_may_read() {
    let mut faults = Vec::new();
    within::<ReadRequests>(&mut faults);
    within::<WorkRequests>(&mut faults);
    within::<ReadInternalNotes>(&mut faults);
    within::<LeadIncidents>(&mut faults);
    within::<ManageTeam>(&mut faults);
    within::<PlanRequests>(&mut faults);
    within::<SuperviseRequests>(&mut faults);
    within::<DecideApprovals>(&mut faults);
    within::<HandleMail>(&mut faults);
    within::<ReadActs>(&mut faults);
    within::<OpenActs>(&mut faults);
    within::<RevokeActs>(&mut faults);
    within::<RuleActs>(&mut faults);
    within::<ReadLiability>(&mut faults);
    within::<DecideLiability>(&mut faults);
    within::<ContestLiability>(&mut faults);
    assert_eq!(faults, Vec::<String>::new());
}
