//! The pages of a school's management and of the Region, asked as a browser does.

use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{Request, StatusCode};
use beffroi_db::{Db, db_test};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{ManagePeople, ManageSchools, schools, sign_in};
use beffroi_kernel::{Permit, PersonId, Role, SchoolId, Scope, Uai};
use tower::ServiceExt;

use super::{catalogue, files, sheet};
use crate::routes;

const PASSWORD: &str = "cerf volant bleu tasse";
const FORM: &str = "application/x-www-form-urlencoded";

/// A browser where somebody is signed in.
struct Browser {
    db: Db,
    cookie: String,
}

impl Browser {
    async fn of(db: &Db, role: Role, school: Option<SchoolId>) -> Self {
        let permit: Permit<ManagePeople> = Permit::system(PersonId::new(), "tests");
        let login = Some(format!("camille.{}", role.slug()));
        let new =
            NewPerson { given_name: "Camille".into(), family_name: role.slug().into(), email: None, login };
        let person = people::create_person(db, &permit, new).await.unwrap();
        people::set_password(db, &permit, person, PASSWORD, false).await.unwrap();
        let function =
            NewFunction { person, role, school, team: None, territory: None, from: db.now(), to: None };
        people::give_function(db, &permit, function).await.unwrap();
        let opened =
            sign_in::sign_in(db, &format!("camille.{}", role.slug()), PASSWORD, "test").await.unwrap();
        Self { db: db.clone(), cookie: format!("beffroi={}", opened.token) }
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, kind: &str, body: String) -> (StatusCode, String) {
        self.send(Request::post(path).header(CONTENT_TYPE, kind).body(Body::from(body)).unwrap()).await
    }

    async fn upload(&self, path: &str, parts: &[(&str, &str)]) -> (StatusCode, String) {
        let parts: String = parts
            .iter()
            .map(|(disposition, text)| {
                format!("--xx\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n")
            })
            .collect();
        self.post(path, "multipart/form-data; boundary=xx", format!("{parts}--xx--\r\n")).await
    }

    /// Status, then the page or the address where the browser is sent.
    async fn send(&self, mut request: Request<Body>) -> (StatusCode, String) {
        request.headers_mut().insert(COOKIE, self.cookie.parse().unwrap());
        let response = routes(catalogue(&self.db)).router.oneshot(request).await.unwrap();
        let status = response.status();
        if let Some(location) = response.headers().get(LOCATION) {
            return (status, location.to_str().unwrap().to_owned());
        }
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

async fn region(db: &Db) -> SchoolId {
    organisation::install(db, None, &Organisation::default()).await.unwrap();
    let permit: Permit<ManageSchools> = Permit::system(PersonId::new(), "tests");
    let csv = format!("uai;nom;commune\n{};Lycée du Beffroi;Hondeville\n", Uai::from_digits(590_001));
    import::schools(db, &permit, csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
    catalogue(db).publish_as_system("test", &files()).await.unwrap();
    schools::list(db, &Scope::system("tests"), "", None).await.unwrap()[0].id
}

#[db_test]
async fn a_head_adapts_the_procedure_and_prints_it_without_warning(db: Db) {
    let school = region(&db).await;
    let head = Browser::of(&db, Role::Head, Some(school)).await;
    let (_, warned) = head.get("/catalogue/impression/imprimer").await;
    assert!(warned.contains("Des exemples ne sont pas encore adaptés"));
    for path in ["", "/impression", "/impression/nouvelle", "/impression/prevenir", "/impression/guichet"] {
        let (status, page) = head.get(&format!("/etablissement/procedures{path}")).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
    }

    let step = "/etablissement/procedures/impression/prevenir";
    let (status, page) = head.post(step, FORM, "titre=&texte=Appelez+Mme+Roux".into()).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("Appelez Mme Roux"),
        "nothing is retyped"
    );
    let (status, to) = head.post(step, FORM, "titre=Appeler&texte=Appelez+Mme+Roux".into()).await;
    assert_eq!(
        (status, to.as_str()),
        (StatusCode::SEE_OTHER, "/etablissement/procedures/impression?fait=etape")
    );
    let imposed =
        head.post("/etablissement/procedures/impression/guichet", FORM, "titre=x&texte=y".into()).await;
    assert_eq!(imposed.0, StatusCode::FORBIDDEN);

    let (_, printed) = head.get("/catalogue/impression/imprimer").await;
    assert!(printed.contains("Appelez Mme Roux") && !printed.contains("Des exemples ne sont pas"));
    let new = sheet("impression", 1, "2026-10-01", "Prévenez l’accueil.");
    catalogue(&db).publish_as_system("test", &[new]).await.unwrap();
    let (_, compared) = head.get(step).await;
    for text in ["Prévenez la vie scolaire.", "Prévenez l’accueil.", "Appelez Mme Roux", "Garder notre choix"]
    {
        assert!(compared.contains(text), "{text}");
    }
}

#[db_test]
async fn others_may_neither_adapt_nor_publish(db: Db) {
    let school = region(&db).await;
    let teacher = Browser::of(&db, Role::Teacher, Some(school)).await;
    assert_eq!(teacher.get("/etablissement/procedures").await.0, StatusCode::FORBIDDEN);
    assert_eq!(teacher.get("/region/routage").await.0, StatusCode::FORBIDDEN);
    let head = Browser::of(&db, Role::Head, Some(school)).await;
    assert_eq!(head.get("/region/catalogue").await.0, StatusCode::FORBIDDEN);
    let elsewhere = format!("/etablissement/procedures?etablissement={}", SchoolId::new());
    assert_eq!(head.get(&elsewhere).await.0, StatusCode::NOT_FOUND);
    let technician = Browser::of(&db, Role::RegionAdmin, None).await;
    assert_eq!(technician.get("/etablissement/procedures").await.0, StatusCode::FORBIDDEN);
}

#[db_test]
async fn the_region_checks_then_publishes(db: Db) {
    region(&db).await;
    let admin = Browser::of(&db, Role::RegionAdmin, None).await;
    let (_, text) = sheet("impression", 1, "2026-10-01", "Prévenez l’accueil.");
    let file = r#"name="fichiers"; filename="impression.md""#;

    let (status, broken) = admin
        .upload(
            "/region/catalogue/verifier",
            &[(file, &text.replace("kind", "").replace("impression\"", "inconnu\""))],
        )
        .await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && broken.contains("Rien n’est publié"), "{broken}");
    assert!(!broken.contains("Publier ces versions"));
    let (status, checked) = admin.upload("/region/catalogue/verifier", &[(file, &text)]).await;
    assert!(status == StatusCode::OK && checked.contains("Publier ces versions"), "{checked}");
    let crlf = text.replace('\n', "\r\n");
    let parts = [(r#"name="vu""#, "1"), (r#"name="fichier:impression.md""#, crlf.as_str())];
    let (status, to) = admin.upload("/region/catalogue/publier", &parts).await;
    assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/region/catalogue?fait=publie"));
    assert_eq!(admin.upload("/region/catalogue/publier", &parts).await.0, StatusCode::CONFLICT);

    let (_, state) = admin.get("/region/catalogue?fait=publie").await;
    assert!(state.contains("Le catalogue est publié.") && state.contains("Version 2"), "{state}");
    assert_eq!(admin.get("/region/catalogue/impression/source").await.1, text);
}

#[db_test]
async fn the_region_routes_with_a_reason_and_tries_it(db: Db) {
    region(&db).await;
    let head = Browser::of(&db, Role::DepartmentHead, None).await;
    let matrix = catalogue(&db).matrix().await.unwrap();
    let (school, rule) = (&matrix.landscape.schools[0].label, matrix.rules[0].id);

    let (_, page) = head.get(&format!("/region/routage?etablissement={school}&theme=impression")).await;
    assert!(page.contains("Reçue par") && page.contains("l’équipe mobile de l’établissement"), "{page}");
    let (status, page) =
        head.post("/region/routage/regles", FORM, "theme=usages&vers=mobile-team&raison=".into()).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("href=\"#raison\""), "{page}");
    let (status, _) =
        head.post("/region/routage/regles", FORM, "theme=usages&vers=mobile-team&raison=Essai".into()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(head.get(&format!("/region/routage/regles/{rule}")).await.0, StatusCode::OK);
    let path = format!("/region/routage/regles/{rule}");
    assert_eq!(head.post(&path, FORM, "action=supprimer&raison=Fin".into()).await.0, StatusCode::SEE_OTHER);
    assert_eq!(head.get(&path).await.0, StatusCode::NOT_FOUND);
    let (_, file) = head.get("/region/routage/fichier").await;
    assert_eq!(
        beffroi_sheets::Routing::parse("routing.toml", &file).unwrap(),
        *catalogue(&db).routing().await.unwrap()
    );
}
