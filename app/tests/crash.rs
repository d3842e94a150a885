//! `kill -9` in a burst of submissions: what was confirmed is there, once, with its journal and its
//! acknowledgement; people who try again after the restart make no second request.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::process::{Child, Stdio};
use std::time::Duration;

use beffroi_db::reach::{Why, everything};
use ground::asking::{Client, Confirmed, each_is_there_once, wait_for_more};
use ground::http::Browser;
use ground::{Engine, PASSWORD, Place, Small, desk};
use tokio::sync::watch;
use tokio::time::sleep;

const CLIENTS: usize = 6;
const KILLS: usize = 4;
/// Confirmations between two kills.
const BURST: usize = 14;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    nothing_confirmed_is_lost(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    everything(Why::Test, nothing_confirmed_is_lost(Engine::Postgres)).await;
}

async fn nothing_confirmed_is_lost(engine: Engine) {
    let place = Place::empty(engine).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let small = Small::install(&desk(&place.config, db.clone()), CLIENTS).await;
    db.close().await.unwrap();

    let confirmed = Confirmed::default();
    let (stop, stopped) = watch::channel(false);
    let mut server = serve(&place).await;
    let mut clients = Vec::new();
    for (login, _) in &small.askers {
        let mut browser = Browser::new(place.config.listen);
        browser.post("/connexion", &[("login", login), ("password", PASSWORD)]).await.unwrap();
        assert!(!browser.cookie.is_empty());
        let client = Client { browser, nodes: vec![place.config.listen], school: small.school };
        clients.push(tokio::spawn(client.insist(confirmed.clone(), stopped.clone())));
    }
    for kill in 0..KILLS {
        wait_for_more(&confirmed, BURST).await;
        // Not always at the same point of a submission.
        sleep(Duration::from_millis(7 * kill as u64)).await;
        drop(server);
        server = serve(&place).await;
    }
    stop.send(true).unwrap();
    for client in clients {
        client.await.unwrap();
    }
    drop(server);

    let db = place.connect().await;
    let confirmed = confirmed.lock().unwrap().clone();
    assert!(confirmed.len() >= KILLS * BURST);
    each_is_there_once(&db, &confirmed).await;
    db.close().await.unwrap();
    place.remove().await;
}

/// Dropped, it is killed at once, without a word of warning.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn serve(place: &Place) -> Server {
    let server =
        Server(place.program(&["serve"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let mut browser = Browser::new(place.config.listen);
    for _ in 0..200 {
        if browser.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
            return server;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the server does not start");
}
