//! Webhooks, with another program that really listens: signed, told once by identifier, tried again, put
//! aside, and never sent inside the house.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use beffroi_api::webhooks::{self, Delivery, NewWebhook, Webhook};
use beffroi_api::{Happening, Networks, sign};
use beffroi_db::jobs::Worker;
use beffroi_db::{Db, db_test};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::ground::{Ground, system};

/// A message as it came.
#[derive(Clone, Debug)]
struct Message {
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Message {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The other program: it keeps what it receives, and answers as told.
#[derive(Clone, Default)]
struct Receiver {
    came: Arc<Mutex<Vec<Message>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    async fn listen() -> (Self, u16) {
        let receiver = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, port)
    }

    fn came(&self) -> Vec<Message> {
        self.came.lock().unwrap().clone()
    }

    /// What it answers next; 200 after that.
    fn answer(&self, statuses: &[u16]) {
        *self.answers.lock().unwrap() = statuses.to_vec();
    }
}

async fn take(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    receiver.came.lock().unwrap().push(Message { path: uri.path().to_owned(), headers, body });
    let mut answers = receiver.answers.lock().unwrap();
    let status = if answers.is_empty() { 200 } else { answers.remove(0) };
    let status = StatusCode::from_u16(status).unwrap();
    if status.is_redirection() {
        (status, [("location", "/ailleurs")]).into_response()
    } else {
        status.into_response()
    }
}

/// The operator opened this machine to webhooks.
fn own_machine() -> Networks {
    Networks::parse(&["127.0.0.0/8".into(), "::1/128".into()]).unwrap()
}

async fn subscribed(ground: &Ground, url: &str) -> (Webhook, Vec<u8>) {
    // The first turn begins where the journal stands.
    webhooks::follow(&ground.api).await.unwrap();
    let new = NewWebhook { name: "Tickets".into(), url: url.into(), events: Happening::ALL.to_vec() };
    let (webhook, secret) = webhooks::subscribe(&ground.api, &system(), new).await.unwrap();
    let secret = secret.strip_prefix("whsec_").unwrap();
    (webhook, base64::engine::general_purpose::STANDARD.decode(secret).unwrap())
}

/// Reads the journal and runs the jobs that are due.
async fn turn(ground: &Ground) {
    while webhooks::follow(&ground.api).await.unwrap() > 0 {}
    beffroi_api::jobs(Worker::new(ground.db().clone()), &ground.api).drain().await.unwrap();
}

async fn deliveries(ground: &Ground, webhook: &Webhook) -> Vec<Delivery> {
    webhooks::deliveries(&ground.api, &system(), webhook.id, None).await.unwrap().0
}

#[db_test]
async fn another_program_is_told_signed_and_in_order(db: Db) {
    let ground = Ground::with(db, own_machine()).await;
    let (receiver, port) = Receiver::listen().await;
    let (asks, works) = (ground.token(ground.sonia).await, ground.token(ground.nora).await);
    let before = ground.ask(&asks, 0).await;
    let (_, secret) = subscribed(&ground, &format!("http://127.0.0.1:{port}/beffroi")).await;
    let reference = ground.ask(&asks, 0).await;
    turn(&ground).await;
    let step = async |body: Value| {
        ground.post(&works, &format!("/api/v1/demandes/{reference}/etapes"), &body).await.with(200);
        turn(&ground).await;
    };
    step(json!({ "geste": "prendre" })).await;
    step(json!({ "geste": "resoudre", "issue": "done", "texte": "Un secret de lycéen." })).await;
    step(json!({ "geste": "clore" })).await;

    let came = receiver.came();
    let kinds: Vec<String> = came.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["request.created", "request.assigned", "request.solved", "request.closed"]);
    for message in &came {
        let second: i64 = message.header("webhook-timestamp").parse().unwrap();
        let id = message.header("webhook-id");
        assert_eq!(message.header("webhook-signature"), sign(&secret, id, second, &message.body));
        assert_eq!(message.json()["data"]["reference"], reference, "{before} was before");
        assert!(!message.body.contains("lycéen"), "what people write stays here");
    }
    let ids: std::collections::BTreeSet<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ground.number("SELECT COUNT(*) FROM webhook WHERE secret LIKE '%whsec%'").await, 0);
}

#[db_test]
async fn what_is_not_taken_is_sent_again_under_the_same_identifier(db: Db) {
    let mut ground = Ground::with(db, own_machine()).await;
    let (receiver, port) = Receiver::listen().await;
    let token = ground.token(ground.sonia).await;
    let (webhook, _) = subscribed(&ground, &format!("http://127.0.0.1:{port}/")).await;
    receiver.answer(&[500, 302]);
    ground.ask(&token, 0).await;
    turn(&ground).await;
    turn(&ground).await;
    assert_eq!(receiver.came().len(), 1, "nothing more before its time");
    // Another message waits with it: it does not knock at a closed door.
    ground.ask(&token, 0).await;
    turn(&ground).await;
    assert_eq!(receiver.came().len(), 1);
    ground.later(TimeDelta::seconds(7));
    turn(&ground).await;
    let came = receiver.came();
    assert_eq!(came.len(), 2, "one of the two is tried");
    assert!(came.iter().all(|one| one.path == "/"), "a redirect leads nowhere");
    for _ in 0..3 {
        ground.later(TimeDelta::seconds(35));
        turn(&ground).await;
    }
    let stand = deliveries(&ground, &webhook).await;
    assert!(stand.iter().all(|one| one.state == "delivered"), "{stand:?}");
    let came = receiver.came();
    assert_eq!(came.len(), 4);
    let first = came[0].header("webhook-id");
    assert!(
        came[1..].iter().filter(|one| one.header("webhook-id") == first).count() >= 1,
        "the same identifier"
    );
    let same =
        came.iter().filter(|one| one.header("webhook-id") == first).all(|one| one.body == came[0].body);
    assert!(same, "and the same words");
}

#[db_test]
async fn what_is_never_taken_is_set_aside_and_sent_again_by_hand(db: Db) {
    let mut ground = Ground::with(db, own_machine()).await;
    let (receiver, port) = Receiver::listen().await;
    let token = ground.token(ground.sonia).await;
    let (webhook, _) = subscribed(&ground, &format!("http://127.0.0.1:{port}/")).await;
    receiver.answer(&[503; 20]);
    ground.ask(&token, 0).await;
    for _ in 0..12 {
        turn(&ground).await;
        ground.later(TimeDelta::hours(13));
    }
    let parked = deliveries(&ground, &webhook).await.remove(0);
    assert_eq!((parked.state.as_str(), parked.last_status), ("parked", Some(503)));
    assert_eq!(webhooks::list(&ground.api, &system()).await.unwrap()[0].1, 1, "and shown");
    let before = receiver.came().len();
    assert!(before <= 9);
    receiver.answer(&[]);
    let named = (webhook.id, parked.id);
    assert!(webhooks::again(&ground.api, &system(), named).await.unwrap());
    assert!(!webhooks::again(&ground.api, &system(), named).await.unwrap(), "it is on its way");
    turn(&ground).await;
    assert_eq!(deliveries(&ground, &webhook).await[0].state, "delivered");
    assert_eq!(receiver.came().len(), before + 1);
}

#[db_test]
async fn a_name_that_leads_inside_is_refused_before_any_connection(db: Db) {
    let ground = Ground::new(db).await;
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = door.local_addr().unwrap().port();
    let token = ground.token(ground.sonia).await;
    // The name is checked when it is used, not when it is written: it may lead elsewhere by then.
    let (webhook, _) = subscribed(&ground, &format!("https://localhost:{port}/")).await;
    ground.ask(&token, 0).await;
    turn(&ground).await;
    let stands = deliveries(&ground, &webhook).await.remove(0);
    assert_eq!(stands.last_error.as_deref(), Some("adresse interne refusée"));
    let knocked = tokio::time::timeout(std::time::Duration::from_millis(50), door.accept()).await;
    assert!(knocked.is_err(), "somebody knocked");
    for url in [format!("https://127.0.0.1:{port}/"), format!("http://tickets.exemple.fr:{port}/")] {
        let new = NewWebhook { name: "Dedans".into(), url, events: vec![Happening::Created] };
        assert!(webhooks::subscribe(&ground.api, &system(), new).await.is_err());
    }
}

#[db_test]
async fn two_nodes_tell_each_thing_once(db: Db) {
    let ground = Ground::with(db, own_machine()).await;
    let (receiver, port) = Receiver::listen().await;
    let token = ground.token(ground.sonia).await;
    let (webhook, _) = subscribed(&ground, &format!("http://127.0.0.1:{port}/")).await;
    for _ in 0..5 {
        ground.ask(&token, 0).await;
    }
    let (one, other) = tokio::join!(webhooks::follow(&ground.api), webhooks::follow(&ground.api));
    assert!(one.unwrap() > 0 && other.is_ok());
    turn(&ground).await;
    assert_eq!(receiver.came().len(), 5);
    assert!(webhooks::stop(&ground.api, &system(), webhook.id).await.unwrap());
    ground.ask(&token, 0).await;
    turn(&ground).await;
    assert_eq!(receiver.came().len(), 5, "a webhook that is stopped is told nothing");
}

/// A published text may link anywhere: looking at it goes no further than a webhook. (LIRE-12)
#[tokio::test(flavor = "multi_thread")]
async fn a_look_at_a_link_goes_nowhere_inside_the_house() {
    let (receiver, port) = Receiver::listen().await;
    let url = format!("http://127.0.0.1:{port}/page");
    let look = async |networks: Networks| {
        let url = url.clone();
        tokio::task::spawn_blocking(move || webhooks::look(&url, &networks)).await.unwrap()
    };
    assert_eq!(look(Networks::default()).await, webhooks::Looked::Forbidden);
    assert!(receiver.came().is_empty());
    assert_eq!(look(own_machine()).await, webhooks::Looked::Status(200));
    // A site that answers nothing but whole pages, then one that has none.
    receiver.answer(&[405, 200, 404, 404, 302]);
    assert_eq!(look(own_machine()).await, webhooks::Looked::Status(200));
    assert_eq!(look(own_machine()).await, webhooks::Looked::Status(404));
    assert_eq!(look(own_machine()).await, webhooks::Looked::Status(302), "no redirect is followed");
    let away = tokio::task::spawn_blocking(|| webhooks::look("http://127.0.0.1:9/", &own_machine()));
    let away = away.await.unwrap();
    assert!(matches!(away, webhooks::Looked::Away(_)), "{away:?}");
}
