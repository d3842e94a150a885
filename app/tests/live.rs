//! Streams: who may watch what, until when, and what they are told. What is told never says more
//! than the page would.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, StatusCode, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::{PASSWORD, populate};
use beffroi_desk::work::{self, Step};
use beffroi_desk::{Desk, ReadInternalNotes, ReadRequests, WorkRequests, conversation, reading};
use beffroi_directory::{people, sign_in, teams};
use beffroi_kernel::{Access, Action, Permit, PersonId, RequestId};
use futures_util::{Stream, StreamExt};
use ground::{access, ask, sheets};
use tokio::time::timeout;
use tower::ServiceExt;

const TEACHER: &str = "enseignant.lille";
const NORTH: &str = "technicien.nord";

struct Town {
    router: Router,
    desk: Desk,
    _files: tempfile::TempDir,
}

/// An open stream, as the text that came so far.
struct Line {
    body: Pin<Box<dyn Stream<Item = Result<Bytes, axum::Error>> + Send>>,
    text: String,
}

impl Line {
    /// The next event: its name and its data; nothing when the stream ends.
    async fn event(&mut self, within: Duration) -> Option<(String, String)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                if !event.contains("event:") {
                    continue;
                }
                return Some((field("event:"), field("data:")));
            }
            let bytes = timeout(within, self.body.next()).await.expect("nothing comes")?;
            self.text.push_str(std::str::from_utf8(&bytes.unwrap()).unwrap());
        }
    }

    async fn next(&mut self) -> (String, String) {
        self.event(Duration::from_secs(5)).await.expect("the stream ended")
    }

    /// The next event of that name.
    async fn hears(&mut self, name: &str) -> String {
        loop {
            let (event, data) = self.next().await;
            if event == name {
                return data;
            }
        }
    }

    async fn is_silent(&mut self) {
        let next = timeout(Duration::from_millis(700), self.event(Duration::from_secs(5))).await;
        assert!(next.is_err(), "{next:?}");
    }

    async fn ends(&mut self) {
        while self.event(Duration::from_secs(5)).await.is_some() {}
    }
}

impl Town {
    async fn new(db: Db) -> Self {
        let files = tempfile::tempdir().unwrap();
        let config = Config { data_dir: files.path().to_owned(), ..Config::default() };
        let service = Service::assemble(&config, db).unwrap();
        let (router, desk) = (service.router(), service.desk);
        populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
        desk.site.db.live().ready().await;
        Self { router, desk, _files: files }
    }

    async fn access(&self, login: &str) -> Access {
        let person = people::person_by_login(&self.desk.site.db, login).await.unwrap().unwrap();
        access(&self.desk, person.id).await
    }

    /// A breakdown of the teacher's school, as its team receives it.
    async fn breakdown(&self) -> (String, RequestId) {
        let teacher = self.access(TEACHER).await;
        let school = teacher.functions[0].school.unwrap();
        let reference = ask(&self.desk, teacher.person, school, "poste-de-travail", "panne").await;
        let permit = teacher.permit::<ReadRequests>().unwrap();
        let folder = reading::open(&self.desk, &permit, &teacher, &reference).await.unwrap().unwrap();
        (reference, folder.request.id)
    }

    async fn answer(&self, login: &str, id: RequestId) {
        let access = self.access(login).await;
        let permit = access.permit::<ReadRequests>().unwrap();
        conversation::reply(&self.desk, &permit, &access, id, "Nous passons demain.").await.unwrap();
    }

    async fn cookie(&self, login: &str) -> String {
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let response = self.post("/connexion", "", &form).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response<Body> {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> Response<Body> {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Opens a stream, which first says what a fresh page shows.
    async fn watch(&self, subject: &str, cookie: &str) -> Line {
        let response = self.get(&format!("/direct?sujet={subject}"), cookie).await;
        assert_eq!(response.status(), StatusCode::OK, "{subject}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert!(response.headers().get(header::CONTENT_ENCODING).is_none());
        let mut line = Line { body: Box::pin(response.into_body().into_data_stream()), text: String::new() };
        assert_eq!(line.next().await.0, "seen");
        line
    }

    async fn status(&self, subject: &str, login: &str) -> u16 {
        let cookie = self.cookie(login).await;
        self.get(&format!("/direct?sujet={subject}"), &cookie).await.status().as_u16()
    }
}

#[db_test]
async fn one_watches_what_one_may_read(db: Db) {
    let town = Town::new(db).await;
    let (reference, _) = town.breakdown().await;
    let subject = format!("demande:{reference}");
    for (login, status) in [
        (TEACHER, 200),
        (NORTH, 200),
        ("proviseur.lille", 200),
        ("departement", 200),
        ("proviseur.roubaix", 404),
        ("eleve.lille", 404),
        ("technicien.sud", 404),
        ("dpd", 404),
    ] {
        assert_eq!(town.status(&subject, login).await, status, "{login}");
    }
    assert_eq!(town.get(&format!("/direct?sujet={subject}"), "").await.status(), StatusCode::SEE_OTHER);
    for (login, status) in [(NORTH, 200), ("prestataire", 200), (TEACHER, 403), ("catalogue", 403)] {
        assert_eq!(town.status("file", login).await, status, "{login}");
    }
    assert_eq!(town.status("autre", NORTH).await, 422);
    assert_eq!(town.status("demande:2026-99999", NORTH).await, 404);
}

#[db_test]
async fn an_answer_is_told_and_a_note_only_to_those_who_read_it(db: Db) {
    let town = Town::new(db).await;
    let (reference, id) = town.breakdown().await;
    let subject = format!("demande:{reference}");
    let mut teacher = town.watch(&subject, &town.cookie(TEACHER).await).await;
    let mut agent = town.watch(&subject, &town.cookie(NORTH).await).await;
    town.answer(NORTH, id).await;
    teacher.hears("change").await;
    agent.hears("change").await;
    let notes = town.access(NORTH).await;
    let permit = notes.permit::<ReadInternalNotes>().unwrap();
    conversation::note(&town.desk, &permit, id, "Pièce à commander.").await.unwrap();
    agent.hears("change").await;
    teacher.is_silent().await;
}

#[db_test]
async fn a_fresh_page_says_the_same_as_its_stream(db: Db) {
    let town = Town::new(db).await;
    let (reference, id) = town.breakdown().await;
    for login in [TEACHER, NORTH] {
        town.answer(login, id).await;
        let cookie = town.cookie(login).await;
        let response = town.get(&format!("/demandes/{reference}"), &cookie).await;
        let page = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        let response = town.get(&format!("/direct?sujet=demande:{reference}"), &cookie).await;
        let body = Box::pin(response.into_body().into_data_stream());
        let said = Line { body, text: String::new() }.hears("seen").await;
        assert!(page.contains(&format!("data-live-seen={said}")), "{said}");
    }
}

#[db_test]
async fn a_revoked_session_and_a_lost_function_end_the_stream(db: Db) {
    let town = Town::new(db).await;
    let (reference, _) = town.breakdown().await;
    let (db, subject) = (&town.desk.site.db, format!("demande:{reference}"));
    let agent = town.access(NORTH).await;
    let cookie = town.cookie(NORTH).await;
    let mut lines = [town.watch(&subject, &cookie).await, town.watch("file", &cookie).await];
    let session = sign_in::sessions_of(db, agent.person).await.unwrap().remove(0).id;
    assert!(sign_in::revoke(db, agent.person, session).await.unwrap());
    for line in &mut lines {
        line.ends().await;
    }

    let cookie = town.cookie(NORTH).await;
    let mut lines = [town.watch(&subject, &cookie).await, town.watch("file", &cookie).await];
    for held in people::functions_of(db, agent.person).await.unwrap() {
        people::end_function(db, &system(), held.id, db.now()).await.unwrap();
    }
    for line in &mut lines {
        line.ends().await;
    }
}

fn system<A: Action>() -> Permit<A> {
    Permit::system(PersonId::new(), "the test of streams")
}

#[db_test]
async fn who_is_there_is_told_to_agents_only(db: Db) {
    let town = Town::new(db).await;
    let (reference, _) = town.breakdown().await;
    let (path, subject) = (format!("/demandes/{reference}/presence"), format!("demande:{reference}"));
    let (teacher, north) = (town.cookie(TEACHER).await, town.cookie(NORTH).await);
    let department = town.cookie("departement").await;
    let mut school = town.watch(&subject, &teacher).await;
    let mut boss = town.watch(&subject, &department).await;
    let name = town.access(NORTH).await.name;

    assert_eq!(town.post(&path, &north, "etat=lit").await.status(), StatusCode::NO_CONTENT);
    assert_eq!(boss.hears("presence").await, format!("\"{name} lit cette demande.\""));
    town.post(&path, &north, "etat=repond").await;
    assert_eq!(boss.hears("presence").await, format!("\"{name} rédige une réponse.\""));
    town.post(&path, &north, "etat=parti").await;
    assert_eq!(boss.hears("presence").await, "\"\"");
    school.is_silent().await;

    assert_eq!(town.post(&path, &north, "").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.post(&path, &teacher, "etat=lit").await.status(), StatusCode::FORBIDDEN);
    let south = town.cookie("technicien.sud").await;
    assert_eq!(town.post(&path, &south, "etat=lit").await.status(), StatusCode::NOT_FOUND);
}

#[db_test]
async fn the_queue_ticks_for_what_is_within_reach_and_once_a_second_at_most(db: Db) {
    let town = Town::new(db).await;
    let mut north = town.watch("file", &town.cookie(NORTH).await).await;
    let mut south = town.watch("file", &town.cookie("technicien.sud").await).await;
    let mut provider = town.watch("file", &town.cookie("prestataire").await).await;
    let (_, id) = town.breakdown().await;
    north.hears("change").await;
    let began = tokio::time::Instant::now();
    for _ in 0..5 {
        town.answer(NORTH, id).await;
    }
    north.hears("change").await;
    assert!(began.elapsed() >= Duration::from_millis(500), "ticks are one second apart");
    for line in [&mut south, &mut provider] {
        line.is_silent().await;
    }
    let north_agent = town.access(NORTH).await;
    let team = teams::team_by_slug(&town.desk.site.db, "impression-services").await.unwrap().unwrap().id;
    let step = Step::Reassign { team, reason: "Une panne d’imprimante.".into() };
    work::work(&town.desk, &north_agent.permit::<WorkRequests>().unwrap(), id, step).await.unwrap();
    provider.hears("change").await;
}

#[db_test]
async fn a_ninth_stream_of_a_session_is_refused_until_one_ends(db: Db) {
    let town = Town::new(db).await;
    let cookie = town.cookie(NORTH).await;
    let mut lines = Vec::new();
    for _ in 0..8 {
        lines.push(town.watch("file", &cookie).await);
    }
    let refused = town.get("/direct?sujet=file", &cookie).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "30");
    lines.pop();
    town.watch("file", &cookie).await;
}

#[db_test]
async fn a_server_that_stops_ends_its_streams(db: Db) {
    let town = Town::new(db).await;
    let mut line = town.watch("file", &town.cookie(NORTH).await).await;
    town.desk.site.db.live().close();
    line.ends().await;
}

#[db_test]
async fn an_answer_written_over_another_is_given_back_once(db: Db) {
    let town = Town::new(db).await;
    let (reference, id) = town.breakdown().await;
    let path = format!("/demandes/{reference}");
    let cookie = town.cookie(NORTH).await;
    town.answer(NORTH, id).await;
    let seen = |page: &str| {
        let field = page.split("name=\"vu\" value=\"").nth(1).expect("the composer says what was seen");
        field.split('"').next().unwrap().to_owned()
    };
    let page = async |response: Response<Body>| {
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let read = seen(&page(town.get(&path, &cookie).await).await);
    town.answer(TEACHER, id).await;
    let form = |seen: &str| format!("kind=reply&message=Je+viens+mardi.&vu={seen}");
    let refused = town.post(&format!("{path}/composer"), &cookie, &form(&read)).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let shown = page(refused).await;
    assert!(shown.contains("Je viens mardi."), "the text is kept");
    assert!(shown.contains("pendant que vous écriviez"));
    let sent = town.post(&format!("{path}/composer"), &cookie, &form(&seen(&shown))).await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
}
