//! GLPI, as its published documentation says it answers: sessions, tickets, follow-ups, solutions,
//! documents. This is not GLPI: what is proved here is that we say what the documentation says.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use beffroi_bridge::{Secrets, Settings};
use beffroi_db::{Db, db_test};
use serde_json::{Value, json};

use crate::ground::{Side, Wire, once};

#[derive(Default)]
struct Held {
    tickets: Vec<Value>,
    followups: Vec<Value>,
    solutions: Vec<Value>,
    documents: Vec<(String, Vec<u8>)>,
    links: Vec<(String, String)>,
    sessions: usize,
    ended: usize,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Held>>);

fn refusal(status: u16, code: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(json!([code, "voir la documentation"]))).into_response()
}

fn enters(headers: &HeaderMap) -> bool {
    headers.get("session-token").is_some_and(|token| token == "83af7e")
        && headers.get("app-token").is_some_and(|token| token == "application")
}

async fn init(State(fake): State<Fake>, headers: HeaderMap) -> Response {
    let known = headers.get("authorization").is_some_and(|token| token == "user_token utilisateur");
    if !known || headers.get("app-token").is_none_or(|token| token != "application") {
        return refusal(401, "ERROR_GLPI_LOGIN_USER_TOKEN");
    }
    fake.0.lock().unwrap().sessions += 1;
    Json(json!({ "session_token": "83af7e" })).into_response()
}

async fn end(State(fake): State<Fake>) -> Response {
    fake.0.lock().unwrap().ended += 1;
    StatusCode::OK.into_response()
}

async fn full() -> Response {
    Json(json!({ "session": { "glpiname": "passerelle" } })).into_response()
}

async fn tickets(State(fake): State<Fake>, Query(asked): Query<Vec<(String, String)>>) -> Response {
    let wanted =
        asked.iter().find(|(name, _)| name == "searchText[externalid]").map(|(_, value)| value.clone());
    let held = fake.0.lock().unwrap();
    let found = held
        .tickets
        .iter()
        .filter(|one| wanted.as_deref().is_none_or(|mark| one["externalid"].as_str() == Some(mark)));
    Json(found.cloned().collect::<Vec<_>>()).into_response()
}

async fn add(
    State(fake): State<Fake>,
    Path(item): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !enters(&headers) {
        return refusal(401, "ERROR_SESSION_TOKEN_INVALID");
    }
    let mut held = fake.0.lock().unwrap();
    if item == "Document" {
        let text = String::from_utf8_lossy(&body).into_owned();
        let kind = headers["content-type"].to_str().unwrap();
        let limit = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let parts: Vec<&str> = text.split(&format!("--{limit}")).collect();
        let manifest: Value =
            serde_json::from_str(parts[1].split("\r\n\r\n").nth(1).unwrap().trim()).unwrap();
        let content = parts[2].split("\r\n\r\n").nth(1).unwrap().trim_end_matches("\r\n");
        let name = manifest["input"]["_filename"][0].as_str().unwrap().to_owned();
        held.documents.push((name, content.as_bytes().to_vec()));
        return created(held.documents.len());
    }
    let Ok(sent) = serde_json::from_slice::<Value>(&body) else {
        return refusal(400, "ERROR_JSON_PAYLOAD_INVALID");
    };
    let mut input = sent["input"].clone();
    let second = held.followups.len() + held.solutions.len() + 1;
    input["date_creation"] = json!(format!("2026-10-05 10:00:{second:02}"));
    input["users_id"] = json!("passerelle");
    let place = match item.as_str() {
        "Ticket" => {
            input["status"] = json!(1);
            &mut held.tickets
        }
        "ITILFollowup" => &mut held.followups,
        "ITILSolution" => &mut held.solutions,
        "Document_Item" => {
            let text = |name: &str| input[name].as_str().unwrap().to_owned();
            held.links.push((text("documents_id"), text("items_id")));
            return created(held.links.len());
        }
        _ => return refusal(400, "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM"),
    };
    let id = place.len() + 1;
    input["id"] = json!(id);
    place.push(input);
    if item == "ITILSolution" {
        held.tickets[0]["status"] = json!(5);
    }
    created(id)
}

async fn add_ticket(state: State<Fake>, headers: HeaderMap, body: Bytes) -> Response {
    add(state, Path("Ticket".into()), headers, body).await
}

fn created(id: usize) -> Response {
    (StatusCode::CREATED, Json(json!({ "id": id, "message": "ok" }))).into_response()
}

async fn item(
    State(fake): State<Fake>,
    Path((item, id)): Path<(String, usize)>,
    headers: HeaderMap,
) -> Response {
    if !enters(&headers) {
        return refusal(401, "ERROR_SESSION_TOKEN_INVALID");
    }
    let held = fake.0.lock().unwrap();
    if item == "Document" {
        let Some((name, bytes)) = held.documents.get(id - 1) else {
            return refusal(404, "ERROR_ITEM_NOT_FOUND");
        };
        if headers.get("accept").is_some_and(|kind| kind == "application/octet-stream") {
            return Body::from(bytes.clone()).into_response();
        }
        return Json(json!({ "id": id, "filename": name })).into_response();
    }
    match held.tickets.get(id - 1) {
        Some(ticket) => Json(ticket.clone()).into_response(),
        None => refusal(404, "ERROR_ITEM_NOT_FOUND"),
    }
}

async fn update(
    State(fake): State<Fake>,
    Path((_, id)): Path<(String, usize)>,
    Json(sent): Json<Value>,
) -> Response {
    fake.0.lock().unwrap().tickets[id - 1]["status"] = sent["input"]["status"].clone();
    Json(json!([{ "1": true, "message": "" }])).into_response()
}

async fn lines(State(fake): State<Fake>, Path((_, _, sub)): Path<(String, usize, String)>) -> Response {
    let held = fake.0.lock().unwrap();
    let found = match sub.as_str() {
        "ITILFollowup" => held.followups.clone(),
        "ITILSolution" => held.solutions.clone(),
        _ => held
            .links
            .iter()
            .map(|(document, _)| json!({ "documents_id": document.parse::<i64>().unwrap() }))
            .collect(),
    };
    Json(found).into_response()
}

impl Fake {
    fn router(&self) -> Router {
        Router::new()
            .route("/apirest.php/initSession", get(init))
            .route("/apirest.php/killSession", get(end))
            .route("/apirest.php/getFullSession", get(full))
            .route("/apirest.php/Ticket", get(tickets).post(add_ticket))
            .route("/apirest.php/{item}", post(add))
            .route("/apirest.php/{item}/{id}", get(item).put(update))
            .route("/apirest.php/{item}/{id}/{sub}", get(lines))
            .with_state(self.clone())
    }

    /// Somebody there writes.
    fn writes(&self, content: &str, private: i32) {
        let mut held = self.0.lock().unwrap();
        let (id, second) = (held.followups.len() + 1, held.followups.len() + held.solutions.len() + 1);
        held.followups
            .push(json!({ "id": id, "content": content, "is_private": private, "users_id": "jdupont",
                                    "date_creation": format!("2026-10-05 10:00:{second:02}") }));
    }

    fn solves(&self, content: &str) {
        let mut held = self.0.lock().unwrap();
        let id = held.solutions.len() + 1;
        held.solutions.push(json!({ "id": id, "content": content, "status": 2, "users_id": "jdupont", "date_creation": "2026-10-05 10:30:00" }));
        held.tickets[0]["status"] = json!(5);
    }

    fn tickets(&self) -> Vec<Value> {
        self.0.lock().unwrap().tickets.clone()
    }

    fn said(&self) -> Vec<String> {
        let held = self.0.lock().unwrap();
        held.followups.iter().map(|one| one["content"].as_str().unwrap().to_owned()).collect()
    }
}

#[db_test]
async fn a_ticket_is_opened_followed_solved_and_reopened(db: Db) {
    let mut here = Side::new(db, 599_001).await;
    let fake = Fake::default();
    let wire = Wire::to(fake.router()).await;
    let secrets =
        Secrets { token: "utilisateur".into(), app_token: "application".into(), hook: String::new() };
    let settings = Settings {
        group: "7".into(),
        usual: "3".into(),
        authors: [("jdupont".to_owned(), "Jeanne Dupont".to_owned())].into(),
        ..Settings::default()
    };
    here.build("glpi", &wire.url, secrets, settings).await;
    wire.lose_an_answer();
    let reference = here.ask("L’écran <noir> reste éteint.").await;
    here.turn().await;
    for _ in 0..2 {
        here.ten_minutes().await;
    }
    let tickets = fake.tickets();
    assert_eq!(tickets.len(), 1, "once, though the answer was lost");
    assert_eq!((&tickets[0]["_groups_id_assign"], &tickets[0]["urgency"]), (&json!(7), &json!(3)));
    assert!(tickets[0]["name"].as_str().unwrap().starts_with(&reference));
    assert!(tickets[0]["content"].as_str().unwrap().contains("&lt;noir&gt;"), "never as tags");

    here.does(here.sonia, &reference, "messages", json!({ "texte": "C’est en salle 204." })).await;
    here.turn().await;
    fake.writes("&#60;p&#62;Est-il branché ?&#60;/p&#62;", 0);
    fake.writes("<p>Entre nous.</p>", 1);
    for _ in 0..2 {
        here.ten_minutes().await;
    }
    let said = here.said(&reference).await;
    assert_eq!(said.len(), 2, "what is private there stays there: {said:?}");
    assert_eq!(said[1], "Est-il branché ?\n\n— Jeanne Dupont, par la passerelle «\u{a0}Infogérance\u{a0}»");
    assert!(fake.said()[0].starts_with("<p>C’est en salle 204.<br><br>— Sacha Sonia"), "{:?}", fake.said());

    fake.solves("<p>Le câble est changé.</p>");
    here.ten_minutes().await;
    let solved = here.folder(here.sonia, &reference).await.request;
    assert_eq!(solved.state, "resolved");
    assert!(solved.outcome_note.unwrap().starts_with("Le câble est changé."));
    here.does(here.sonia, &reference, "reouverture", json!({ "texte": "Non, il est noir." })).await;
    for _ in 0..2 {
        here.ten_minutes().await;
    }
    assert_eq!(fake.tickets()[0]["status"], json!(2), "reopened there");
    assert_eq!(here.state(&reference).await, "open");
    let held = fake.0.lock().unwrap();
    assert_eq!(held.sessions, held.ended, "every session is closed");
}

#[test]
fn documents_pass_both_ways() {
    once(async |db| {
        use base64::Engine as _;
        let mut here = Side::new(db, 599_001).await;
        let fake = Fake::default();
        let wire = Wire::to(fake.router()).await;
        let secrets =
            Secrets { token: "utilisateur".into(), app_token: "application".into(), hook: String::new() };
        here.build("glpi", &wire.url, secrets, Settings::default()).await;
        let reference = here.ask("L’écran reste éteint.").await;
        here.turn().await;
        let content = base64::engine::general_purpose::STANDARD.encode("Salle 204, au fond.");
        here.does(here.sonia, &reference, "fichiers", json!({ "nom": "plan.txt", "contenu": content })).await;
        here.turn().await;
        {
            let mut held = fake.0.lock().unwrap();
            assert_eq!(held.documents, [("plan.txt".to_owned(), b"Salle 204, au fond.".to_vec())]);
            held.documents.push(("devis.txt".into(), b"Un cable, 4 euros.".to_vec()));
            held.documents.push(("outil.exe".into(), b"MZ".to_vec()));
            held.links.extend([("2".to_owned(), "1".to_owned()), ("3".to_owned(), "1".to_owned())]);
        }
        for _ in 0..2 {
            here.ten_minutes().await;
        }
        let mut names: Vec<String> =
            here.folder(here.sonia, &reference).await.files.into_iter().map(|one| one.name).collect();
        names.sort();
        assert_eq!(names, ["devis.txt", "plan.txt"]);
        assert_eq!(fake.0.lock().unwrap().documents.len(), 3, "nothing goes back");
        let aside = here.text("SELECT last_error FROM bridge_exchange WHERE state = 'aside'").await;
        assert!(aside.contains("outil.exe"), "a program is refused here, and that is shown: {aside}");
    });
}
