//! The pages of measured delays as a browser gets them: open to all or kept to people signed in, as
//! the Region says; and the file that a spreadsheet opens.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::{PASSWORD, populate};
use beffroi_desk::delays::{Which, compute};
use beffroi_kernel::Role;
use ground::{ask, sheets};
use tower::ServiceExt;

struct Site(Router);

impl Site {
    async fn send(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let header = |name| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
        let (status, to) = (response.status(), header(header::LOCATION).to_owned());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, to, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, String, String) {
        self.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &str) -> (StatusCode, String, String) {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    async fn sign_in(&self, login: &str) -> String {
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let request =
            Request::post("/connexion").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = self.0.clone().oneshot(request.body(Body::from(form)).unwrap()).await.unwrap();
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

const TYPE: &str = "/delais/poste-de-travail/panne";
const PAGES: [&str; 4] = ["/delais", "/delais/fichier", TYPE, "/delais/poste-de-travail/panne/fichier"];

#[db_test]
async fn everyone_reads_them_until_the_region_keeps_them_to_people_signed_in(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let service = Service::assemble(&config, db).unwrap();
    let site = Site(service.router());
    let desk = service.desk;
    let (cast, _) = populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
    let school = cast.school[0].0;
    let head = cast.in_school(school, Role::Head).unwrap();
    for asked in 0..5 {
        ask(&desk, head, school, "poste-de-travail", "panne").await;
        compute(&desk, Which::All, |_| ()).await.unwrap();
        let (_, _, page) = site.get(TYPE, "").await;
        let published = page.contains("Trop de demandes attendent") || page.contains("trop de demandes");
        assert_eq!(published, asked == 4, "{asked}: {page}");
    }
    let (status, _, page) = site.get("/delais?territoire=nord", "").await;
    assert!(
        status == StatusCode::OK && page.contains("Sur 5 demandes, dont 5 encore sans réponse"),
        "{page}"
    );

    let (_, _, file) = site.get("/delais/fichier", "").await;
    assert!(file.starts_with("\u{feff}# Délais mesurés"), "{file}");
    let lines: Vec<&str> = file.lines().filter(|line| !line.contains("# ")).collect();
    assert_eq!(lines.len(), 3, "titles, the Region, its territory: {file}");
    assert!(lines.iter().all(|line| line.matches(';').count() == lines[0].matches(';').count()));
    assert!(lines[2].contains("\"Nord\";12-mois;") && lines[2].contains(";pas-encore;"), "{file}");

    for wrong in ["/delais?periode=2026-13", "/delais?territoire=est", "/delais/poste-de-travail/rien"] {
        assert_eq!(site.get(wrong, "").await.0, StatusCode::NOT_FOUND, "{wrong}");
    }

    let (head, admin) = (site.sign_in("proviseur.lille").await, site.sign_in("catalogue").await);
    let keep = "lecteurs=connectes";
    assert_eq!(site.post("/delais/ouverture", &head, keep).await.0, StatusCode::FORBIDDEN);
    assert_eq!(site.post("/delais/ouverture", &admin, "lecteurs=").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(site.post("/delais/ouverture", &admin, keep).await.0, StatusCode::SEE_OTHER);
    for page in PAGES {
        let (status, to, _) = site.get(page, "").await;
        assert!(
            status == StatusCode::SEE_OTHER && to.starts_with("/connexion?suite=%2Fdelais"),
            "{page}: {to}"
        );
        assert_eq!(site.get(page, &head).await.0, StatusCode::OK, "{page}");
    }
    site.post("/delais/ouverture", &admin, "lecteurs=tous").await;
    for page in PAGES {
        assert_eq!(site.get(page, "").await.0, StatusCode::OK, "{page}");
    }
}
