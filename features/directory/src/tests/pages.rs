//! The pages over HTTP: cookies, refusals, who sees what.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use beffroi_db::{Db, db_test};
use beffroi_kernel::Role;
use tower::ServiceExt;

use super::{PASSWORD, Region, managing};
use crate::{people, routes, sign_in};

struct Browser<'a> {
    region: &'a Region,
    cookie: String,
}

struct Seen {
    status: StatusCode,
    to: String,
    cookie: String,
    text: String,
}

impl Seen {
    fn says(&self, words: &str) {
        assert!(self.text.contains(words), "« {words} » is not in:\n{}", self.text);
    }
}

async fn read(response: Response) -> Seen {
    let header = |name| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let (status, to, cookie) = (response.status(), header(LOCATION), header(SET_COOKIE));
    let bytes = axum::body::to_bytes(response.into_body(), 4_000_000).await.unwrap();
    Seen { status, to, cookie, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

impl<'a> Browser<'a> {
    fn stranger(region: &'a Region) -> Self {
        Self { region, cookie: String::new() }
    }

    async fn of(region: &'a Region, login: &str) -> Self {
        let opened = sign_in::sign_in(region.db(), login, PASSWORD, "essai").await.unwrap();
        Self { region, cookie: format!("autre=1; beffroi={}", opened.token) }
    }

    async fn send(&self, request: Request<Body>) -> Seen {
        read(routes(self.region.site.clone()).router.oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str) -> Seen {
        self.send(Request::get(path).header(COOKIE, &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let pair =
            |(name, value): &(&str, &str)| format!("{name}={}", crate::views::people::form_urlencoded(value));
        let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
        let request = Request::post(path)
            .header(COOKIE, &self.cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

#[db_test]
async fn signing_in_sets_a_cookie_that_scripts_cannot_read(db: Db) {
    let mut region = Region::new(db).await;
    let person = region.member("Camille", "Delattre").await;
    region.gives(person, Role::Head, 0, -1..9_999).await;
    let fields = [("login", "camille.delattre"), ("password", PASSWORD), ("suite", "/etablissement")];

    let seen = Browser::stranger(&region).post("/connexion", &fields).await;
    assert_eq!((seen.status, seen.to.as_str()), (StatusCode::SEE_OTHER, "/etablissement"));
    assert!(
        seen.cookie.starts_with("beffroi=") && seen.cookie.contains("HttpOnly; SameSite=Lax"),
        "{}",
        seen.cookie
    );
    let elsewhere = [fields[0], fields[1], ("suite", "//evil.example")];
    assert_eq!(Browser::stranger(&region).post("/connexion", &elsewhere).await.to, "/accueil");

    region.site.secure_cookies = true;
    let seen = Browser::stranger(&region).post("/connexion", &fields).await;
    assert!(
        seen.cookie.starts_with("__Host-beffroi=") && seen.cookie.ends_with("; Secure"),
        "{}",
        seen.cookie
    );
}

#[db_test]
async fn a_wrong_password_is_said_without_saying_which(db: Db) {
    let region = Region::new(db).await;
    region.member("Camille", "Delattre").await;
    let browser = Browser::stranger(&region);

    let known = browser.post("/connexion", &[("login", "camille.delattre"), ("password", "faux")]).await;
    let unknown = browser.post("/connexion", &[("login", "personne.ici"), ("password", "faux")]).await;

    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    known.says("Identifiant ou mot de passe incorrect");
    assert_eq!(known.text.replace("camille.delattre", "personne.ici"), unknown.text);
}

#[db_test]
async fn the_same_page_answers_whether_or_not_an_address_is_known(db: Db) {
    let region = Region::new(db).await;
    region.member("Camille", "Delattre").await;
    let browser = Browser::stranger(&region);

    let known = browser.post("/mot-de-passe-oublie", &[("login", "camille@example.org")]).await;
    let unknown = browser.post("/mot-de-passe-oublie", &[("login", "personne@example.org")]).await;

    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    known.says("Consultez votre messagerie");
}

#[db_test]
async fn a_password_given_by_another_is_changed_first(db: Db) {
    let region = Region::new(db).await;
    let person = region.person("Camille", "Delattre").await;
    region.gives(person, Role::Head, 0, -1..9_999).await;
    people::set_password(region.db(), &managing(), person, PASSWORD, true).await.unwrap();
    let browser = Browser::of(&region, "camille.delattre").await;

    assert!(browser.get("/etablissement").await.to.starts_with("/connexion"));
    assert_eq!(browser.get("/connexion?suite=%2Fetablissement").await.to, "/compte/mot-de-passe");
    let wrong =
        [("present", "faux"), ("password", "nouvelle phrase secrete"), ("again", "nouvelle phrase secrete")];
    browser.post("/compte/mot-de-passe", &wrong).await.says("Ce n’est pas votre mot de passe actuel");
    let right = [("present", PASSWORD), wrong[1], wrong[2]];
    assert_eq!(browser.post("/compte/mot-de-passe", &right).await.to, "/accueil");
    assert_eq!(browser.get("/etablissement").await.status, StatusCode::OK);
}

#[db_test]
async fn a_head_keeps_their_own_school_and_no_other(db: Db) {
    let region = Region::new(db).await;
    let head = region.member("Camille", "Delattre").await;
    let deputy = region.member("Noor", "Vasseur").await;
    region.gives(head, Role::Head, 0, -1..9_999).await;
    region.gives(deputy, Role::DeputyHead, 0, -1..9_999).await;
    let browser = Browser::of(&region, "camille.delattre").await;
    let (own, other) = (region.schools[0].to_string(), region.schools[1].to_string());

    browser.get("/etablissement").await.says("Lycée du Beffroi");
    assert_eq!(browser.get(&format!("/etablissement?e={other}")).await.status, StatusCode::NOT_FOUND);
    for (school, status) in [(&own, StatusCode::SEE_OTHER), (&other, StatusCode::NOT_FOUND)] {
        let days = [
            ("closure_from", "2026-12-21"),
            ("closure_to", "22/12/2026"),
            ("closure_reason", "travaux"),
            ("school", school),
        ];
        assert_eq!(browser.post("/etablissement/fermetures", &days).await.status, status);
        let choice = [("sg-validation", "no"), ("school", school)];
        assert_eq!(browser.post("/etablissement/reglages", &choice).await.status, status);
    }
    assert_eq!(
        crate::setting(region.db(), region.schools[0], "sg-validation").await.unwrap().as_deref(),
        Some("off")
    );
    let deputy = deputy.to_string();
    let wrong = [
        ("school", own.as_str()),
        ("substitute_person", &deputy),
        ("substitute_from", ""),
        ("substitute_to", "2026-10-09"),
    ];
    let seen = browser.post("/etablissement/remplacants", &wrong).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    seen.says(r##"href="#substitute_from""##);
    seen.says("2026-10-09");
    let right = [wrong[0], wrong[1], ("substitute_from", "2026-10-05"), wrong[3]];
    assert_eq!(browser.post("/etablissement/remplacants", &right).await.status, StatusCode::SEE_OTHER);
    browser.get("/etablissement").await.says("en remplacement de Camille Delattre");
}

#[db_test]
async fn the_regions_pages_are_the_regions(db: Db) {
    let region = Region::new(db).await;
    let head = region.member("Camille", "Delattre").await;
    region.gives(head, Role::Head, 0, -1..9_999).await;
    region.technician("Sacha", "mobile-ouest").await;
    region.region_wide("Ange", Role::RegionAdmin).await;
    let (head, technician, admin) = (
        Browser::of(&region, "camille.delattre").await,
        Browser::of(&region, "sacha.technique").await,
        Browser::of(&region, "ange.region").await,
    );
    let (reached, beyond) = (region.schools[1], region.schools[0]);

    assert_eq!(
        Browser::stranger(&region).get("/region/personnes").await.to,
        "/connexion?suite=%2Fregion%2Fpersonnes"
    );
    for path in
        ["/region/personnes", "/region/etablissements", "/region/etablissements/import", "/region/equipes"]
    {
        assert_eq!(head.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(admin.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(technician.get(&format!("/region/etablissements/{reached}")).await.status, StatusCode::OK);
    assert_eq!(
        technician.get(&format!("/region/etablissements/{beyond}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(technician.get("/region/personnes").await.status, StatusCode::FORBIDDEN);
}

#[db_test]
async fn the_region_creates_a_person_and_gives_a_function(db: Db) {
    let region = Region::new(db).await;
    region.region_wide("Ange", Role::RegionAdmin).await;
    let admin = Browser::of(&region, "ange.region").await;

    let refused = admin
        .post("/region/personnes/nouvelle", &[("given_name", "Lou"), ("email", "pas une adresse")])
        .await;
    refused.says("Indiquez le nom.");
    refused.says(r#"value="Lou""#);
    let created =
        admin.post("/region/personnes/nouvelle", &[("given_name", "Lou"), ("family_name", "Caron")]).await;
    let path = created.to.split('?').next().unwrap().to_owned();
    let school = crate::school(region.db(), &beffroi_kernel::Scope::system("tests"), region.schools[0])
        .await
        .unwrap()
        .unwrap();
    let fields = [("role", "head"), ("school", school.uai.as_str()), ("from", "2026-09-01")];
    let given = admin.post(&format!("{path}/fonctions"), &fields).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.text);

    admin.get(&path).await.says("Lycée du Beffroi");
    admin.get("/region/personnes?q=caron+lou").await.says("lou.caron");
    admin.get(&format!("/region/etablissements/{}", school.id)).await.says("Lou Caron");
    let without =
        admin.post(&format!("{path}/fonctions"), &[("role", "teacher"), ("from", "2026-09-01")]).await;
    without.says("Choisissez l’établissement");
}

#[db_test]
async fn a_file_uploaded_is_imported_with_its_report(db: Db) {
    let region = Region::new(db).await;
    region.region_wide("Ange", Role::RegionAdmin).await;
    let admin = Browser::of(&region, "ange.region").await;
    let uai = beffroi_kernel::Uai::from_digits(590_777);
    let csv = format!("uai;nom;commune\n{uai};Lycée Neuf;Hondeville\nfaux;Lycée Raté;Hondeville\n");
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{csv}\r\n--b--\r\n"
    );
    let request = Request::post("/region/etablissements/import").header(COOKIE, &admin.cookie);
    let request =
        request.header(CONTENT_TYPE, "multipart/form-data; boundary=b").body(Body::from(body)).unwrap();

    let seen = admin.send(request).await;

    assert_eq!(seen.status, StatusCode::OK);
    seen.says("Lignes rejetées, à corriger dans le fichier");
    seen.says("« faux » n’est pas un UAI");
    admin.get("/region/etablissements?q=neuf").await.says(uai.as_str());
}

#[db_test]
async fn pages_for_everyone_need_no_account(db: Db) {
    let region = Region::new(db).await;
    let browser = Browser::stranger(&region);
    for path in [
        "/aide/utiliser-beffroi",
        "/accessibilite",
        "/donnees-personnelles",
        "/connexion",
        "/mot-de-passe-oublie",
    ] {
        let seen = browser.get(path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}");
        assert_eq!(seen.text.matches("<h1").count(), 1, "{path}");
    }
    let seen = browser.get("/nouveau-mot-de-passe").await;
    assert!(seen.status == StatusCode::OK && seen.text.contains("data-fragment=\"code\""), "{}", seen.text);
    assert_eq!(browser.post("/nouveau-mot-de-passe", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let seen = browser.post("/nouveau-mot-de-passe", &[("code", "inconnu")]).await;
    assert_eq!(seen.status, StatusCode::GONE);
}

#[db_test]
async fn signing_out_ends_the_session(db: Db) {
    let region = Region::new(db).await;
    region.member("Camille", "Delattre").await;
    let browser = Browser::of(&region, "camille.delattre").await;
    assert_eq!(browser.get("/compte").await.status, StatusCode::OK);

    let seen = browser.post("/deconnexion", &[]).await;

    assert!(seen.cookie.contains("Max-Age=0"), "{}", seen.cookie);
    assert!(browser.get("/compte").await.to.starts_with("/connexion"));
}
