//! The commands of the guide of bridges are run as they are written: every `sh` block of it, one after the
//! other, against the other side and this one. What it says, it does.

use std::process::Command;

use axum::Router;
use axum::middleware;
use beffroi_db::{Db, db_test, reach};
use serde_json::json;

use crate::ground::{HOOK, Pair};

const GUIDE: &str = include_str!("../../../../docs/guide/passerelles.md");

/// The commands of the guide, in order.
fn commands() -> String {
    let mut commands = String::from("set -eu\n");
    let mut within = false;
    for line in GUIDE.lines() {
        match (line, within) {
            ("```sh", false) => within = true,
            ("```", true) => within = false,
            (line, true) => commands.extend([line, "\n"]),
            _ => {}
        }
    }
    assert!(commands.lines().count() > 20, "the guide has its commands: {commands}");
    commands
}

/// Serves as the program does: a call reaches no row until somebody is known.
async fn served(router: Router) -> String {
    let within = async |call, next: middleware::Next| reach::of_visitor(next.run(call)).await;
    let router = router.layer(middleware::from_fn(within));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[db_test]
async fn the_guide_of_bridges_does_what_it_says(db: Db) {
    let mut pair = Pair::new(db).await;
    let reference = pair.here.ask("Le vidéoprojecteur ne s’allume plus.").await;
    pair.here.turn().await;
    let theirs = pair.theirs().await;
    pair.there.does(pair.there.nora, &theirs, "messages", json!({ "texte": "J’arrive." })).await;
    // The announcement is signed by the clock of the shell.
    pair.here.by_the_real_clock();

    let here = served(beffroi_bridge::routes(pair.here.bridges()).router).await;
    let (asks, works) = (pair.there.token(pair.there.sonia).await, pair.there.token(pair.there.nora).await);
    let announcements = format!("{here}/passerelles/{}/annonces", pair.bridge.id);
    let there = pair.wire.url.clone();
    let output = tokio::task::spawn_blocking(move || {
        let mut sh = Command::new("sh");
        sh.arg("-c").arg(commands()).env("LABAS", there).env("JETON", asks).env("JETON_AGENT", works);
        sh.env("ANNONCES", announcements).env("SECRET", HOOK).env("DEMANDE", theirs).output().unwrap()
    });
    let output = output.await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert_eq!(pair.there.number("SELECT COUNT(*) FROM request").await, 2, "the bridge's, and one by hand");
    pair.here.turn().await;
    let said = pair.here.said(&reference).await;
    assert!(said.len() == 1 && said[0].starts_with("J’arrive."), "announced, hence read at once: {said:?}");
}
