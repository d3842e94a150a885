//! The guide of the API is run as it is written: every `sh` block of it, one after the other, against a
//! Region that serves. What it says, it does.
#![allow(missing_docs, clippy::unwrap_used)]

mod ground;

use std::process::Command;

use beffroi_api::{HoldTokens, tokens};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_demo::populate;
use beffroi_directory::people::person_by_login;
use ground::{access, sheets};

const GUIDE: &str = include_str!("../../docs/guide/api.md");

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

async fn token(service: &Service, login: &str) -> String {
    let db = &service.desk.site.db;
    let person = person_by_login(db, login).await.unwrap().unwrap().id;
    let access = access(&service.desk, person).await;
    let functions = access.functions.iter().map(tokens::function_key).collect();
    let new = tokens::NewToken { name: "guide".into(), functions, writes: true, days: 30 };
    tokens::make(db, &access.permit::<HoldTokens>().unwrap(), &access, new).await.unwrap().1
}

#[db_test]
async fn the_guide_of_the_api_does_what_it_says(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let service = Service::assemble(&config, db).unwrap();
    populate(&service.desk, &sheets(), 1, |_| ()).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = service.router(None);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let (asks, works) = (token(&service, "proviseur.lille").await, token(&service, "technicien.nord").await);

    let place = folder.path().to_owned();
    let output = tokio::task::spawn_blocking(move || {
        let mut sh = Command::new("sh");
        sh.arg("-c").arg(commands()).current_dir(place);
        sh.env("BEFFROI", address).env("JETON", asks).env("JETON_AGENT", works).output().unwrap()
    });
    let output = output.await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    // Known from the test of the signature itself.
    assert!(
        out.contains("Demande 20") && out.contains("v1,Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY="),
        "{out}"
    );
}
