//! Two nodes over one PostgreSQL, one killed without a word twenty times while people send requests and
//! mails leave: no confirmed request lost, none made twice, no mail lost. A mail may leave twice in one case
//! only, which no sender can avoid: its node was killed after the mail server took charge of it and before
//! that was written down. Both then carry the same `Message-ID`, and the test counts them. (CSU-06)
//!
//! `BEFFROI_KILLS` says how many times a node is killed.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use beffroi_db::Db;
use beffroi_db::reach::{Why, everything};
use ground::asking::{Client, Confirmed, each_is_there_once, wait_for_more};
use ground::http::Browser;
use ground::sink::{Sink, Taken};
use ground::{Engine, PASSWORD, Place, Small, desk, id_text, numbers, texts};
use sea_orm::ConnectionTrait;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

const CLIENTS: usize = 5;
/// Confirmations between two kills.
const BURST: usize = 5;
/// How long the mail server thinks before it answers.
const SLOWLY: Duration = Duration::from_millis(15);
/// Between the note of a kill and its effect.
const NOTED: Duration = Duration::from_millis(500);
/// Longest time between the mail server's word and ours, on a busy machine.
const UNSETTLED: Duration = Duration::from_secs(2);
/// A lease and the time to send what waits.
const SETTLED_WITHIN: Duration = Duration::from_secs(120);

/// A node: its address, its own folder, and its process while it lives.
struct Node {
    address: SocketAddr,
    folder: std::path::PathBuf,
    child: Option<Child>,
}

impl Node {
    fn new(place: &Place, number: usize) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let folder = place.path().join(format!("noeud-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        // What each node must have alike: the keys of the installation.
        for key in ["journal.key", "factors.key"] {
            std::fs::copy(place.config.data_dir.join(key), folder.join(key)).unwrap();
        }
        Self { address: listener.local_addr().unwrap(), folder, child: None }
    }

    fn start(&mut self, place: &Place, sink: &Sink) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut program = place.program(&["serve"]);
        program.env("BEFFROI_DATA_DIR", &self.folder).env("BEFFROI_LISTEN", self.address.to_string());
        program.env("BEFFROI_SMTP_URL", sink.url()).env("RUST_LOG", "warn,beffroi_db=info");
        self.child = Some(program.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.join("traces.txt")
    }

    async fn ready(&self) {
        let mut browser = Browser::new(self.address);
        for _ in 0..1_200 {
            if browser.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("a node does not start: {}", read(&self.log()));
    }

    /// `kill -9`.
    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_under_load_loses_nothing_and_does_nothing_twice() {
    everything(Why::Test, killed_under_load()).await;
}

async fn killed_under_load() {
    let kills = std::env::var("BEFFROI_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let place = Place::empty(Engine::Postgres).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let small = Small::install(&desk(&place.config, db.clone()), CLIENTS).await;
    db.read()
        .execute_unprepared("UPDATE person SET email = login || '@lycee.example' WHERE login LIKE 'adjoint%'")
        .await
        .unwrap();
    let sink = Sink::open(SLOWLY).await;
    let mut nodes = [Node::new(&place, 1), Node::new(&place, 2)];
    for node in &mut nodes {
        node.start(&place, &sink);
        node.ready().await;
    }

    let confirmed = Confirmed::default();
    let (stop, stopped) = watch::channel(false);
    let clients = people(&small, &nodes, &confirmed, &stopped).await;
    let mut killed = Vec::new();
    let began = Instant::now();
    for kill in 0..kills {
        wait_for_more(&confirmed, BURST).await;
        // Not always at the same point of a submission or of a mail.
        sleep(Duration::from_millis(7 * (kill as u64 % 11))).await;
        let node = &mut nodes[kill % 2];
        killed.push(Instant::now());
        node.kill();
        if kill == kills / 2 {
            newer_schema(&db).await;
        }
        node.start(&place, &sink);
        node.ready().await;
    }
    stop.send(true).unwrap();
    for client in clients {
        client.await.unwrap();
    }
    let load = began.elapsed();

    let confirmed = confirmed.lock().unwrap().clone();
    assert!(confirmed.len() >= kills * BURST);
    every_mail_has_left(&db).await;
    each_is_there_once(&db, &confirmed).await;
    let twice = mails(&db, &sink.taken(), &killed).await;
    println!(
        "{kills} kills in {} s: {} requests confirmed, {} mails taken by the server, {twice} of them twice \
         (killed between the server's word and ours; same Message-ID)",
        load.as_secs(),
        confirmed.len(),
        sink.taken().len(),
    );
    drop(nodes);
    db.close().await.unwrap();
    place.remove().await;
}

/// People who each begin at another node and go to the other when theirs is gone.
async fn people(
    small: &Small,
    nodes: &[Node; 2],
    confirmed: &Confirmed,
    stopped: &watch::Receiver<bool>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let mut clients = Vec::new();
    for (number, (login, _)) in small.askers.iter().enumerate() {
        let mut nodes = nodes.each_ref().map(|node| node.address).to_vec();
        nodes.rotate_left(number % 2);
        let mut browser = Browser::new(nodes[0]);
        browser.post("/connexion", &[("login", login), ("password", PASSWORD)]).await.unwrap();
        assert!(!browser.cookie.is_empty());
        let client = Client { browser, nodes, school: small.school };
        clients.push(tokio::spawn(client.insist(confirmed.clone(), stopped.clone())));
    }
    clients
}

/// A newer version migrates while both nodes serve: they go on, and start again.
async fn newer_schema(db: &Db) {
    let newer = "ALTER TABLE request ADD COLUMN later text; ALTER TABLE draft ADD COLUMN later text; \
                 ALTER TABLE job ADD COLUMN later text; \
                 INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_01_01_later', 1)";
    db.read().execute_unprepared(newer).await.unwrap();
}

async fn every_mail_has_left(db: &Db) {
    let began = Instant::now();
    // Jobs of later (closing, recalls) wait for their hour.
    let sql = "SELECT COUNT(*) FROM job WHERE kind = 'mail' AND state <> 'done'";
    while numbers(db, sql).await != [0] {
        assert!(began.elapsed() < SETTLED_WITHIN, "mails wait: {:?}", waiting(db).await);
        sleep(Duration::from_millis(500)).await;
    }
}

async fn waiting(db: &Db) -> Vec<String> {
    texts(db, "SELECT kind || ' ' || state || ' ' || attempts || ' ' || COALESCE(last_error, '') FROM job WHERE state <> 'done'")
        .await
}

/// Every acknowledgement reached its person; those that came twice straddle a kill. How many did.
async fn mails(db: &Db, taken: &[Taken], killed: &[Instant]) -> usize {
    let mut by_id: BTreeMap<&str, Vec<&Taken>> = BTreeMap::new();
    for one in taken {
        by_id.entry(one.id.split(['.', '@']).next().unwrap()).or_default().push(one);
    }
    let sql = format!("SELECT {} FROM job WHERE kind = 'mail' AND dedup LIKE 'ack:%'", id_text(db, "id"));
    for job in texts(db, &sql).await {
        assert!(by_id.contains_key(job.as_str()), "the acknowledgement {job} is lost");
    }
    let jobs = texts(db, &format!("SELECT {} FROM job WHERE kind = 'mail'", id_text(db, "id"))).await;
    let mut twice = 0;
    for (id, times) in &by_id {
        assert!(jobs.iter().any(|job| job == id), "nobody asked for the mail {id}");
        for pair in times.windows(2) {
            twice += 1;
            assert_eq!((&pair[0].id, &pair[0].to), (&pair[1].id, &pair[1].to));
            // A kill is noted just before it is done.
            let straddles = killed.iter().any(|kill| {
                pair[0].at <= *kill + NOTED && *kill < pair[1].at && *kill - pair[0].at < UNSETTLED
            });
            assert!(straddles, "{id} left twice although nothing was killed meanwhile: {times:?}");
        }
    }
    assert!(
        twice <= killed.len(),
        "a node sends one mail at a time: {twice} twice for {} kills",
        killed.len()
    );
    twice
}
