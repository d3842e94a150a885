//! Pages, as people send and read them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use beffroi_db::{Db, count_queries, db_test};
use beffroi_directory::people;
use beffroi_kernel::{PersonId, Role};
use tower::ServiceExt;

use super::{EVER, Ground, PASSWORD};
use crate::model::{ActKind, State};
use crate::{redraft, routes};

/// A browser where somebody signed in.
pub(super) struct Browser {
    router: Router,
    cookie: String,
}

impl Browser {
    pub(super) async fn of(ground: &Ground, person: PersonId) -> Self {
        let site = ground.acts.site.clone();
        let router = beffroi_directory::routes(site).merge(routes(ground.acts.clone())).router;
        let login = people::person(ground.db(), person).await.unwrap().unwrap().login;
        let body = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let mut browser = Self { router, cookie: String::new() };
        let response = browser.send("/connexion", Some(body)).await;
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        browser.cookie = cookie.split(';').next().unwrap().to_owned();
        browser
    }

    async fn send(&self, path: &str, body: Option<String>) -> axum::response::Response {
        let request = Request::builder().uri(path).header(header::COOKIE, &self.cookie);
        let request = match body {
            Some(body) => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(body)),
            None => request.body(Body::empty()),
        };
        self.router.clone().oneshot(request.unwrap()).await.unwrap()
    }

    /// The status and the words of a page.
    pub(super) async fn page(&self, path: &str, body: Option<String>) -> (StatusCode, String) {
        let response = self.send(path, body).await;
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }
}

fn signing(sha256: &str, password: &str) -> Option<String> {
    Some(format!("texte={sha256}&password={}", password.replace(' ', "+")))
}

#[db_test]
async fn a_head_reads_signs_and_finds_the_proof(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let delegate = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let act = ground.opens(ActKind::FilterDelegation, |new| new.holder = Some(delegate)).await;
    let browser = Browser::of(&ground, head).await;
    let path = format!("/actes/{}", act.id);

    let (_, list) = browser.page("/actes", None).await;
    assert!(list.contains(&format!("{path}/signer")), "{list}");
    let (_, form) = browser.page(&format!("{path}/signer"), None).await;
    assert!(form.contains("Second article.") && form.contains("Vous signez en tant que"), "{form}");
    let (status, again) = browser.page(&format!("{path}/signer"), signing(&act.text_sha256, "faux")).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && again.contains("ne convient pas"), "{again}");

    let text = "Le chef d’établissement décide.\nArticle changé.\nSecond article.";
    let changed =
        ground.db().write(async |tx| redraft(tx, act.id, text, act.terms.clone()).await).await.unwrap();
    let (status, again) = browser.page(&format!("{path}/signer"), signing(&act.text_sha256, PASSWORD)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(again.contains("− Premier article.") && again.contains("+ Article changé."), "{again}");
    assert!(again.contains(&changed.text_sha256), "the form now carries the text that is shown");

    let (status, _) = browser.page(&format!("{path}/signer"), signing(&changed.text_sha256, PASSWORD)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    ground.work().await;
    let (_, page) = browser.page(&path, None).await;
    for said in ["En vigueur", "Chef d’établissement, depuis le", &act.code, "Droit inscrit au registre"] {
        assert!(page.contains(said), "{said} is missing: {page}");
    }
}

#[db_test]
async fn the_former_head_is_refused_with_who_signs_now(db: Db) {
    let ground = Ground::new(db).await;
    let first = ground.serves("Camille", Role::Head, -100..EVER).await;
    ground.gives(first, Role::Teacher, Some(ground.school), -100..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |new| new.by = Some(first)).await;
    let browser = Browser::of(&ground, first).await;
    for held in people::functions_of(ground.db(), first).await.unwrap() {
        if held.role == Role::Head {
            let permit = beffroi_kernel::Permit::system(first, "tests");
            people::end_function(ground.db(), &permit, held.id, ground.db().now()).await.unwrap();
        }
    }
    ground.serves("Sacha", Role::Head, 0..EVER).await;

    let (status, page) =
        browser.page(&format!("/actes/{}/signer", act.id), signing(&act.text_sha256, PASSWORD)).await;

    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(page.contains("Peuvent signer aujourd’hui") && page.contains("Sacha Essai"), "{page}");
    assert_eq!(ground.now(&act).await.state, State::ToSign);
}

#[db_test]
async fn a_page_belongs_to_those_it_concerns(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let holder = ground.serves("Noor", Role::Teacher, -1..EVER).await;
    let colleague = ground.serves("Alix", Role::Teacher, -1..EVER).await;
    let pupil = ground.serves("Jade", Role::Pupil, -1..EVER).await;
    let stranger = ground.person("Sacha", "Ailleurs").await;
    ground.gives(stranger, Role::Head, Some(ground.other), -1..EVER).await;
    let act = ground.opens(ActKind::AdminRights, |new| new.holder = Some(holder)).await;
    ground.signs(head, &act).await.unwrap();
    let scope = beffroi_kernel::Scope::system("tests");
    let uai = beffroi_directory::school(ground.db(), &scope, ground.school).await.unwrap().unwrap().uai;
    let paths = [
        format!("/actes/{}", act.id),
        format!("/etablissements/{uai}/droits"),
        format!("/personnes/{holder}/droits"),
    ];

    for (person, expected) in [
        (head, [200, 200, 200]),
        (holder, [200, 404, 200]),
        (colleague, [404, 404, 404]),
        (pupil, [404, 404, 404]),
        (stranger, [404, 404, 404]),
    ] {
        let browser = Browser::of(&ground, person).await;
        for (path, expected) in paths.iter().zip(expected) {
            assert_eq!(browser.page(path, None).await.0.as_u16(), expected, "{path}");
        }
    }
}

#[db_test]
async fn pages_cost_as_much_with_many_acts_as_with_one(db: Db) {
    let ground = Ground::new(db).await;
    let head = ground.serves("Camille", Role::Head, -1..EVER).await;
    let browser = Browser::of(&ground, head).await;
    let mut costs = Vec::new();
    for _ in 0..2 {
        for _ in 0..4 {
            let act = ground.opens(ActKind::AdminRights, |new| new.holder = Some(head)).await;
            ground.signs(head, &act).await.unwrap();
            ground.opens(ActKind::WebExemption, |_| ()).await;
        }
        let (page, cost) = count_queries(browser.page("/actes", None)).await;
        assert_eq!(page.0, StatusCode::OK);
        costs.push(cost);
    }
    assert_eq!(costs[0], costs[1], "statements of /actes");
    assert!(costs[1] <= 14, "{costs:?}");
}
