//! A maintenance is said on every page and to programs; in reading only nothing changes and nothing typed is
//! lost; signing in and ending it stay possible. (CSU-06)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_directory::people::{self, NewFunction};
use beffroi_kernel::{Permit, PersonId, Role};
use beffroi_operations::AnnounceMaintenance;
use beffroi_operations::maintenance::{self, NewMaintenance};
use chrono::TimeDelta;
use ground::{PASSWORD, Small, member};
use tower::ServiceExt;

const HEADER: &str = "beffroi-maintenance";

struct Site {
    service: Service,
    router: Router,
    small: Small,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn new(db: Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let service = Service::assemble(&config, db.clone()).unwrap();
        let small = Small::install(&service.desk, 1).await;
        let admin = member(&db, "morel").await;
        let from = db.now() - TimeDelta::days(30);
        let function = NewFunction {
            person: admin,
            role: Role::RegionAdmin,
            school: None,
            team: None,
            territory: None,
            from,
            to: None,
        };
        people::give_function(&db, &Permit::system(PersonId::new(), "tests"), function).await.unwrap();
        Self { router: service.router(), service, small, _folder: folder }
    }

    fn db(&self) -> &Db {
        &self.service.desk.site.db
    }

    async fn send(&self, method: &str, path: &str, cookie: &str, kind: &str, body: &str) -> Response<Body> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_owned()))
            .unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, path: &str, cookie: &str) -> Response<Body> {
        self.send("GET", path, cookie, "text/plain", "").await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> Response<Body> {
        self.send("POST", path, cookie, "application/x-www-form-urlencoded", form).await
    }

    async fn sign_in(&self, login: &str) -> String {
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+").replace('è', "%C3%A8"));
        let response = self.post("/connexion", "", &form).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

async fn text(response: Response<Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn reading_only(db: &Db) -> NewMaintenance {
    let ends_at = db.now() + TimeDelta::hours(2);
    NewMaintenance { text: "Changement de machine".into(), starts_at: None, ends_at, read_only: true }
}

#[db_test]
async fn in_reading_only_nothing_changes_and_nothing_typed_is_lost(db: Db) {
    let site = Site::new(db).await;
    let permit: Permit<AnnounceMaintenance> = Permit::system(PersonId::new(), "tests");
    maintenance::announce(site.db(), &permit, None, &reading_only(site.db())).await.unwrap();

    let page = site.get("/catalogue", "").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(page.headers()[HEADER], "2026-10-05T10:00:00Z");
    assert!(text(page).await.contains("Changement de machine"));

    let cookie = site.sign_in(&site.small.askers[0].0).await;
    let form = format!("school={}&motif=Salle+%3C204%3E+sans+r%C3%A9seau", site.small.school);
    let held = site.post("/demander/poste-de-travail/panne?x=1", &cookie, &form).await;
    assert_eq!(held.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(held.headers()[header::RETRY_AFTER], "3600");
    let shown = text(held).await;
    assert!(shown.contains("action=\"/demander/poste-de-travail/panne?x=1\""), "{shown}");
    assert!(shown.contains("name=\"motif\" value=\"Salle &lt;204&gt; sans réseau\""), "{shown}");
    assert!(shown.contains(&site.small.school.to_string()));

    let secret = site.post("/compte/mot-de-passe", &cookie, "password=vieux&new_password=tout+neuf").await;
    assert_eq!(secret.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!text(secret).await.contains("tout neuf"), "a secret is not written into a page");

    let program = site.send("POST", "/api/demandes", "", "application/json", "{}").await;
    assert_eq!(program.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(program.headers()[header::CONTENT_TYPE], "application/problem+json");
    assert!(text(program).await.contains("Changement de machine"));
    assert_eq!(ground::numbers(site.db(), "SELECT COUNT(*) FROM draft").await, [0]);
}

#[db_test]
async fn the_region_announces_and_ends_it_on_its_page(db: Db) {
    let site = Site::new(db).await;
    let teacher = site.sign_in(&site.small.askers[0].0).await;
    assert_eq!(site.get("/region/maintenance", &teacher).await.status(), StatusCode::FORBIDDEN);
    let cookie = site.sign_in("morel").await;
    let wrong = site.post("/region/maintenance", &cookie, "texte=Travaux&fin=demain&lecture=oui").await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = text(wrong).await;
    assert!(
        wrong.contains("2026-11-24T12:00") && wrong.contains("Travaux") && wrong.contains("checked"),
        "{wrong}"
    );

    // 11:00 in Paris is 09:00 UTC in October.
    let done =
        site.post("/region/maintenance", &cookie, "texte=Travaux&fin=2026-10-05T11%3A00&lecture=oui").await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let page = site.get("/catalogue", "").await;
    assert_eq!(page.headers()[HEADER], "2026-10-05T09:00:00Z");
    assert!(text(page).await.contains("Travaux"), "known at once where it was announced");

    let board = text(site.get("/region/maintenance?fait=annoncee", &cookie).await).await;
    let end = board
        .split("action=\"")
        .find_map(|rest| rest.split('"').next().filter(|path| path.ends_with("/terminer")));
    let ended = site.post(end.expect("it can be ended"), &cookie, "").await;
    assert_eq!(ended.status(), StatusCode::SEE_OTHER);
    let page = site.get("/catalogue", "").await;
    assert!(page.headers().get(HEADER).is_none());
    assert!(!text(page).await.contains("Travaux"));
    let form = format!("school={}", site.small.school);
    let started = site.post("/demander/poste-de-travail/panne", &teacher, &form).await;
    assert_eq!(started.status(), StatusCode::SEE_OTHER);
}

#[db_test]
async fn availability_is_for_everyone(db: Db) {
    let site = Site::new(db).await;
    let page = text(site.get("/disponibilite", "").await).await;
    assert!(page.contains("La mesure commence"), "{page}");
    let stop = tokio::time::sleep(std::time::Duration::from_millis(300));
    beffroi_operations::beat(site.db().clone(), "un:8080".into(), stop).await;
    let later = site.db().now() + TimeDelta::minutes(30);
    let config = Config { data_dir: site._folder.path().to_owned(), ..Config::default() };
    let db = site.db().with_clock(std::sync::Arc::new(beffroi_kernel::FixedClock::at(later)));
    let router = Service::assemble(&config, db).unwrap().router();
    let request = Request::get("/disponibilite").body(Body::empty()).unwrap();
    let page = text(router.oneshot(request).await.unwrap()).await;
    assert!(page.contains("octobre 2026") && page.contains("0,00\u{a0}%"), "{page}");
    assert!(page.contains("programme arrêté par l’exploitant") && page.contains("30\u{a0}min"), "{page}");
}
