//! The guide of the API is run as it is written: every `sh` block of it, one after the other, against
//! a server. What it says, it does.

use std::process::Command;

use beffroi_db::{Db, db_test};

use crate::ground::{Ground, walled};

const GUIDE: &str = include_str!("../../../../docs/guide/api.md");

/// The commands of the guide, in order.
fn commands() -> String {
    let mut commands = String::from("set -eu\n");
    let mut within = false;
    for line in GUIDE.lines() {
        match (line, within) {
            ("```sh", false) => within = true,
            ("```", true) => within = false,
            (line, true) => {
                commands.push_str(line);
                commands.push('\n');
            }
            _ => {}
        }
    }
    commands
}

#[db_test]
async fn the_guide_of_the_api_does_what_it_says(db: Db) {
    let ground = Ground::new(db).await;
    let (asks, works) = (ground.token(ground.sonia).await, ground.token(ground.nora).await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = walled(&ground.api);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let place = tempfile::tempdir().unwrap();
    let output = tokio::task::spawn_blocking(move || {
        let mut sh = Command::new("sh");
        sh.arg("-c").arg(commands()).current_dir(place.path());
        sh.env("BEFFROI", address).env("JETON", asks).env("JETON_AGENT", works).output().unwrap()
    });
    let output = output.await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    // The signature is the one that the unit test knows.
    assert!(
        out.contains("Demande 20") && out.contains("v1,Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY="),
        "{out}"
    );
}
