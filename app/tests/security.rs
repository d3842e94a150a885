//! What an attacker tries first, from outside the pages: headers, forged names, planted sessions, words of
//! other languages, paths that climb. `docs/security.md` names these tests.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::{PASSWORD, populate};
use beffroi_desk::lists::criteria::Criteria;
use beffroi_desk::{Desk, FileError};
use beffroi_directory::{check_password, people};
use beffroi_kernel::{Permit, PersonId, Role};
use ground::{ask, member, sheets, texts};
use tower::ServiceExt;

/// What databases, shells, templates and directories read otherwise than people.
const HOSTILE: &[&str] = &[
    "' OR '1'='1",
    "\"; DROP TABLE request; --",
    "x' UNION SELECT password_hash FROM person --",
    "*) OR (uid=*",
    "NEAR(\"a\" \"b\")",
    "a:* & !b | (c",
    "${7*7}{{7*7}}<%= 7*7 %>",
    "$(id)`id`",
    "%00\u{0}\u{1b}[2J",
    "../../../../etc/passwd",
    "\u{202e}\u{feff}𝕊\u{301}",
];

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

struct Ground {
    router: Router,
    desk: Desk,
    reference: String,
    _folder: tempfile::TempDir,
}

impl Ground {
    /// A served Region with one request in the school of « lille », at `address`.
    async fn new(db: Db, address: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let base_url = address.map(str::to_owned);
        let config = Config { data_dir: folder.path().to_owned(), base_url, ..Config::default() };
        let service = Service::assemble(&config, db).unwrap();
        let (router, desk) = (service.router(), service.desk);
        let (cast, _) = populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
        let school = cast.school[0].0;
        let head = cast.in_school(school, Role::Head).unwrap();
        let reference = ask(&desk, head, school, "poste-de-travail", "panne").await;
        Self { router, desk, reference, _folder: folder }
    }

    async fn send(&self, method: Method, path: &str, given: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in given {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 10_000_000).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(Method::GET, path, &[("cookie", cookie)], Body::empty()).await
    }

    async fn enter(&self, login: &str, more: &[(&str, &str)]) -> Answer {
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send(Method::POST, "/connexion", &[&[kind][..], more].concat(), Body::from(form)).await
    }

    async fn cookie(&self, login: &str) -> String {
        let answer = self.enter(login, &[]).await;
        answer.said(header::SET_COOKIE.as_str()).split(';').next().unwrap().to_owned()
    }
}

impl Answer {
    fn said(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[db_test]
async fn every_answer_closes_the_browser(db: Db) {
    let ground = Ground::new(db.clone(), None).await;
    let large = Body::from(vec![b'a'; 300 * 1024]);
    let cross = [("sec-fetch-site", "cross-site")];
    let mut answers = vec![
        ground.send(Method::POST, "/connexion", &[], large).await,
        ground.send(Method::POST, "/connexion", &cross, Body::empty()).await,
        ground.send(Method::PUT, "/connexion", &[], Body::empty()).await,
    ];
    for path in ["/connexion", "/catalogue", "/rien", "/assets/rien.js", "/healthz", "/metrics", "/accueil"] {
        answers.push(ground.get(path, "").await);
    }
    db.close().await.unwrap();
    answers.push(ground.get("/readyz", "").await);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [413, 403, 405, 200, 200, 404, 404, 200, 404, 303, 503]);
    for answer in answers {
        let policy = answer.said("content-security-policy");
        for part in ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{}: {policy}", answer.status);
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(answer.said("x-content-type-options"), "nosniff");
        assert_eq!(answer.said("referrer-policy"), "same-origin");
        assert_eq!(answer.said("strict-transport-security"), "max-age=31536000; includeSubDomains");
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        assert!(answer.said("cache-control").contains("no-store"), "{}", answer.status);
        assert!(answer.body.is_empty() || answer.said("content-type").contains("charset=utf-8"));
    }
}

#[db_test]
async fn a_page_of_another_site_signs_nobody_in(db: Db) {
    let ground = Ground::new(db, None).await;
    for forged in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://ailleurs.example"), ("host", "beffroi.example")],
        &[("origin", "null"), ("host", "beffroi.example")],
    ] {
        let answer = ground.enter("proviseur.lille", forged).await;
        assert_eq!((answer.status, answer.said("set-cookie")), (403, ""), "{forged:?}");
    }
}

#[db_test]
async fn a_method_that_no_page_expects_is_refused(db: Db) {
    let ground = Ground::new(db, None).await;
    for method in [Method::TRACE, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let answer = ground.send(method.clone(), "/connexion", &[], Body::empty()).await;
        assert_eq!(answer.status, 405, "{method}");
    }
}

#[db_test]
async fn a_name_given_by_a_header_opens_nothing(db: Db) {
    let ground = Ground::new(db, None).await;
    for name in
        ["remote-user", "x-remote-user", "x-forwarded-user", "auth-user", "x-user", "from", "authorization"]
    {
        let given = [(name, "proviseur.lille"), ("x-forwarded-for", "127.0.0.1"), ("x-real-ip", "127.0.0.1")];
        let answer = ground.send(Method::GET, "/accueil", &given, Body::empty()).await;
        assert_eq!((answer.status, answer.said("location")), (303, "/connexion?suite=%2Faccueil"), "{name}");
    }
}

#[db_test]
async fn a_session_belongs_to_this_host_and_is_never_planted(db: Db) {
    let ground = Ground::new(db, Some("https://beffroi.example")).await;
    let planted = "a".repeat(64);
    let answer = ground.enter("proviseur.lille", &[("cookie", &format!("__Host-beffroi={planted}"))]).await;
    let cookie = answer.said("set-cookie").to_owned();
    let (given, attributes) = cookie.split_once(';').unwrap();
    let token = given.strip_prefix("__Host-beffroi=").unwrap();
    assert!(token.len() == 64 && token != planted && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    for attribute in ["Path=/;", "HttpOnly", "SameSite=Lax", "Secure"] {
        assert!(attributes.contains(attribute), "{attributes}");
    }
    assert!(!attributes.contains("Domain") && cookie.len() < 4096);
    assert_eq!(ground.get("/accueil", &format!("__Host-beffroi={planted}")).await.status, 303);
    assert_eq!(ground.get("/accueil", given).await.status, 200);
    let again = ground.enter("proviseur.lille", &[]).await;
    assert!(!again.said("set-cookie").contains(token), "each entry has a token of its own");
}

#[db_test]
async fn words_of_other_languages_are_words(db: Db) {
    let ground = Ground::new(db.clone(), None).await;
    let agent = ground.cookie("technicien.sud").await;
    let requests = "SELECT reference FROM request WHERE reference IS NOT NULL ORDER BY reference";
    let before = texts(&db, requests).await;
    for hostile in HOSTILE {
        let mut paths = vec![
            format!("/recherche?{}", query(&[("q", hostile)])),
            format!("/catalogue?{}", query(&[("q", hostile)])),
            format!("/file/equipe?{}", query(&[("tri", hostile), ("suite", hostile)])),
        ];
        paths
            .extend(Criteria::NAMES.iter().map(|name| format!("/file/equipe?{}", query(&[(name, hostile)]))));
        for path in paths {
            let answer = ground.get(&path, &agent).await;
            assert!(matches!(answer.status, 200 | 404), "{}: {path}", answer.status);
            assert!(!answer.body.contains("$argon2id") && !answer.body.contains("49{{7*7}}"), "{path}");
            assert!(!answer.body.contains(&ground.reference), "out of reach: {path}");
        }
    }
    assert_eq!(texts(&db, requests).await, before);
}

#[db_test]
async fn what_people_write_is_shown_as_they_wrote_it(db: Db) {
    let ground = Ground::new(db, None).await;
    let (head, agent) = (ground.cookie("proviseur.lille").await, ground.cookie("technicien.nord").await);
    let words = "<script>alert(1)</script><img src=x onerror=alert(1)> javascript:alert(1) &lt;b&gt;";
    let body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nreply\r\n\
         --b\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n{words}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"\"\r\n\r\n\r\n--b--\r\n"
    );
    let path = format!("/demandes/{}", ground.reference);
    let given = [("cookie", head.as_str()), ("content-type", "multipart/form-data; boundary=b")];
    let sent = ground.send(Method::POST, &format!("{path}/composer"), &given, Body::from(body)).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    for cookie in [&head, &agent] {
        let page = ground.get(&path, cookie).await.body;
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x"), "{page}");
        assert!(page.contains("&amp;lt;b&amp;gt;"), "what was typed is not read a second time");
        assert!(
            !page.contains("<script>alert")
                && !page.contains("<img src=x")
                && !page.contains("href=\"javascript")
        );
    }
}

#[db_test]
async fn a_new_password_is_asked_for_this_site_whatever_the_header_says(db: Db) {
    let ground = Ground::new(db.clone(), Some("https://beffroi.example")).await;
    let given = [("host", "ailleurs.example"), ("x-forwarded-host", "ailleurs.example")];
    let form = || Body::from("login=proviseur.lille");
    let known = ground.send(Method::POST, "/mot-de-passe-oublie", &given, form()).await;
    let nobody = Body::from("login=personne.nulle-part");
    let unknown = ground.send(Method::POST, "/mot-de-passe-oublie", &given, nobody).await;
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    assert!(!known.body.contains("ailleurs.example"));
    let again = ground.send(Method::POST, "/mot-de-passe-oublie", &given, form()).await;
    assert_eq!(again.status, known.status);
    let jobs = texts(&db, "SELECT payload FROM job WHERE kind = 'password-reset'").await;
    assert_eq!(jobs.len(), 2, "one mail in five minutes: {jobs:?}");
    assert!(jobs.iter().all(|job| !job.contains("ailleurs")), "{jobs:?}");
    assert_eq!(ground.desk.site.base_url, "https://beffroi.example");
}

#[db_test]
async fn a_path_that_climbs_or_hides_leads_nowhere(db: Db) {
    let ground = Ground::new(db, None).await;
    let agent = ground.cookie("technicien.nord").await;
    for path in [
        "/.git/config",
        "/.env",
        "/beffroi.toml",
        "/assets/",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/fichiers/..%2f..%2fjournal.key",
        "/fichiers/00000000-0000-0000-0000-000000000000",
        "/catalogue/..%2f..%2fetc%2fpasswd",
        "//ailleurs.example/",
    ] {
        let answer = ground.get(path, &agent).await;
        assert_eq!((answer.status, answer.said("location")), (404, ""), "{path}");
    }
    for next in
        ["//ailleurs.example", "https://ailleurs.example", "/\\ailleurs.example", "javascript:alert(1)"]
    {
        let path = format!("/connexion?{}", query(&[("suite", next)]));
        let answer = ground.get(&path, &agent).await;
        assert!(!answer.said("location").contains("ailleurs"), "{next}: {}", answer.said("location"));
        assert!(answer.said("location").starts_with('/') && !answer.said("location").starts_with("//"));
    }
}

#[db_test]
async fn a_fault_says_nothing_of_the_inside(db: Db) {
    let ground = Ground::new(db.clone(), None).await;
    db.close().await.unwrap();
    for path in ["/catalogue", "/accueil", "/file/equipe", "/recherche?q=a", "/readyz"] {
        let answer = ground.get(path, "beffroi=0123456789").await;
        assert_eq!(answer.status, 503, "{path}");
        for word in ["sqlx", "sqlite", "postgres", "SELECT", "panicked", "src/"] {
            assert!(!answer.body.contains(word), "{path} says « {word} »");
        }
    }
}

#[db_test]
async fn a_file_that_a_browser_would_run_never_enters(db: Db) {
    let ground = Ground::new(db, None).await;
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let page = "<!DOCTYPE html><script>alert(1)</script>";
    let refused =
        [("plan.svg", svg), ("plan.txt", svg), ("page.html", page), ("note.txt", page), ("a.HTM", "bonjour")];
    for (name, content) in refused {
        let kept = ground.desk.files.keep(name, content.as_bytes().to_vec()).await;
        assert!(matches!(kept, Err(FileError::Dangerous(_))), "{name}");
    }
}

#[db_test]
async fn a_long_password_counts_to_its_last_letter(db: Db) {
    let long = format!("{} cerf volant à Boulogne ", "tasse bleue ".repeat(12));
    let person = member(&db, "camille").await;
    let permit = Permit::system(PersonId::new(), "a test");
    people::set_password(&db, &permit, person, &long, false).await.unwrap();
    assert!(check_password(&db, person, &long).await.unwrap());
    for other in [long.trim().to_owned(), long.to_lowercase(), long[..64].to_owned()] {
        assert!(!check_password(&db, person, &other).await.unwrap(), "{other}");
    }
}
