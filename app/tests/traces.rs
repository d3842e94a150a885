//! What the traces say and do not: failed sign-ins, refusals, foreign forms, with who and from where; never a
//! secret nor what people write; one event a line, whatever is sent. (ASVS 16.2.1, 16.2.5, 16.3, 16.4.1)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use beffroi_app::config::{Config, LogFormat};
use beffroi_app::logging::subscriber;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::{PASSWORD, populate};
use beffroi_desk::Desk;
use ground::sheets;
use serde_json::Value;
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::EnvFilter;

/// Tries to be a line of its own, in either format.
const HOSTILE: &str =
    "intrus\n2026-10-05T08:00:00Z  INFO forged{\"event\":\"session.opened\"}\r\n\u{1b}[2J\"}";
const FROM: &str = "198.51.100.7";

/// What was written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Ground {
    router: Router,
    desk: Desk,
    _folder: tempfile::TempDir,
}

impl Ground {
    async fn new(db: Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service =
            Service::assemble(&Config { data_dir: folder.path().to_owned(), ..Config::default() }, db)
                .unwrap();
        let (router, desk) = (service.router(), service.desk);
        populate(&desk, &sheets(), 1, |_| ()).await.unwrap();
        Self { router, desk, _folder: folder }
    }

    /// Asks from behind the proxy of this machine; gives the status and the cookie.
    async fn ask(&self, method: &str, path: &str, cookie: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::USER_AGENT, "essai\"} forged")
            .header("x-forwarded-for", format!("1.2.3.4, {FROM}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        if path == "/mot-de-passe-oublie" {
            request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
        }
        let peer: SocketAddr = "127.0.0.1:40000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE).map_or("", |value| value.to_str().unwrap());
        (response.status().as_u16(), cookie.split(';').next().unwrap().to_owned())
    }

    async fn enter(&self, login: &str, password: &str) -> (u16, String) {
        self.ask("POST", "/connexion", "", &[("login", login), ("password", password)]).await
    }
}

/// A day of an intruder; gives what was written and the secrets that must not be in it.
async fn written(db: Db, format: LogFormat) -> (String, Vec<String>, String) {
    let ground = Ground::new(db.clone()).await;
    let teacher =
        beffroi_directory::people::person_by_login(&db, "enseignant.lille").await.unwrap().unwrap().id;
    let lines = Lines::default();
    let writer = lines.clone();
    let logs = subscriber(format, EnvFilter::new("info,sqlx=warn,sea_orm=warn"), move || writer.clone());
    let link = "a1b2c3d4".repeat(8);
    let day = async {
        assert_eq!(ground.enter("enseignant.lille", "un secret tapé de travers").await.0, 422);
        assert_eq!(ground.enter(HOSTILE, "un secret tapé de travers").await.0, 422);
        let (status, cookie) = ground.enter("enseignant.lille", PASSWORD).await;
        assert_eq!(status, 303);
        assert_eq!(ground.ask("GET", "/region/personnes", &cookie, &[]).await.0, 403);
        assert_eq!(ground.ask("GET", "/demandes/2026-99999", &cookie, &[]).await.0, 404);
        assert_eq!(ground.ask("POST", "/mot-de-passe-oublie", &cookie, &[("login", HOSTILE)]).await.0, 403);
        assert_eq!(ground.ask("POST", "/nouveau-mot-de-passe", "", &[("code", &link)]).await.0, 410);
        assert_eq!(ground.ask("GET", "/catalogue/x%0Aforged%22%7D", &cookie, &[]).await.0, 404);
        let asked = [("q", "une recherche intime")];
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
        ground.ask("GET", &format!("/recherche?{query}"), &cookie, &[]).await;
        ground.ask("POST", "/deconnexion", &cookie, &[]).await;
        cookie.split('=').nth(1).unwrap().to_owned()
    };
    let token = day.with_subscriber(logs).await;
    drop(ground.desk);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let secrets = vec![
        "tapé de travers".into(),
        PASSWORD.into(),
        token,
        link,
        "intime".into(),
        "enseignant.lille".into(),
    ];
    (text, secrets, format!("personne:{teacher}"))
}

fn events<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

#[db_test]
async fn refusals_say_who_from_where_and_on_which_route_and_nothing_secret(db: Db) {
    let (text, secrets, teacher) = written(db, LogFormat::Json).await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 10, "{text}");
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "« {secret} » is in:\n{text}");
    }

    let failed = events(&lines, "sign-in.failed");
    let who: Vec<&str> = failed.iter().map(|line| line["who"].as_str().unwrap()).collect();
    assert!(who[0] == teacher && who[1].starts_with("texte:") && who.len() == 2, "{who:?}");
    assert_eq!(who[1].len(), 14, "too little of a fingerprint to guess what was typed");
    for (event, about) in [
        ("session.opened", "password"),
        ("access.refused", "GET /region/personnes"),
        ("access.not-found", "GET /demandes/{reference}"),
        ("session.closed", "sign-out"),
    ] {
        let found = events(&lines, event);
        let one = found.iter().find(|line| line["about"] == about);
        let one = one.unwrap_or_else(|| panic!("no {event} about {about} in:\n{text}"));
        assert_eq!((one["who"].as_str().unwrap(), &one["from"]), (teacher.as_str(), &Value::from(FROM)));
        assert_eq!(one["id"].as_str().unwrap().len(), 36, "the request, as its own line has it");
    }
    assert_eq!(events(&lines, "session.opened").len(), 1, "what was typed is no event");
    assert_eq!(events(&lines, "form.foreign")[0]["about"], "/mot-de-passe-oublie");
    assert!(lines.iter().all(|line| line.get("event").is_none() || line["from"] == FROM), "{text}");
}

#[db_test]
async fn a_line_holds_one_event_whatever_is_sent(db: Db) {
    let (text, secrets, teacher) = written(db, LogFormat::Text).await;
    assert!(text.contains(&teacher) && text.contains(FROM));
    for line in text.lines() {
        assert!(line.contains("INFO") || line.contains("WARN") || line.contains("ERROR"), "{line:?}");
        assert!(!line.contains("forged"), "{line:?}");
    }
    for secret in &secrets {
        assert!(!text.contains(secret.as_str()), "« {secret} » is in:\n{text}");
    }
}
