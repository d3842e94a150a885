//! `beffroi backup` while people write, `beffroi restore` elsewhere: the same journal head, every
//! file; and `journal verify` finds a single changed byte.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use beffroi_db::reach::{Why, everything};
use beffroi_db::{Db, journal};
use beffroi_desk::{Desk, Files, ReadRequests, attachments, reading};
use beffroi_kernel::{PersonId, SchoolId};
use ground::{Engine, Place, Small, access, ask, desk, texts};
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};

const WRITERS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    a_backup_taken_under_load_restores(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    everything(Why::Test, a_backup_taken_under_load_restores(Engine::Postgres)).await;
}

async fn a_backup_taken_under_load_restores(engine: Engine) {
    let place = Place::empty(engine).await;
    let db = place.connect().await;
    db.migrate().await.unwrap();
    let desk = desk(&place.config, db.clone());
    let small = Small::install(&desk, WRITERS).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = small
        .askers
        .iter()
        .map(|(_, person)| write(desk.clone(), *person, small.school, Arc::clone(&stop)))
        .map(|writes| tokio::spawn(everything(Why::Test, writes)))
        .collect();
    let installed = journal::head(&db).await.unwrap().seq;
    while journal::head(&db).await.unwrap().seq < installed + 20 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    let archive = place.path().join("sauvegarde.tar.gz");
    let before = journal::head(&db).await.unwrap().seq;
    let command = place.program(&["backup", archive.to_str().unwrap()]);
    let said = run_aside(command).await.well();
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(
        journal::head(&db).await.unwrap().seq > before + 1,
        "nobody wrote meanwhile: the test proves nothing"
    );
    db.close().await.unwrap();

    let announced = said.lines().find_map(|line| line.strip_prefix("Tête du journal : ")).unwrap().to_owned();
    let elsewhere = Place::empty(engine).await;
    let restored = elsewhere.run(&["restore", archive.to_str().unwrap()]).well();
    assert!(restored.contains(&announced), "{restored} / {announced}");
    assert_eq!(elsewhere.run(&["journal", "head"]).well().trim(), announced);
    assert!(elsewhere.run(&["journal", "verify"]).well().contains("Journal intact"));
    let twice = elsewhere.run(&["restore", archive.to_str().unwrap()]);
    assert!(twice.code != Some(0) && twice.err.contains("endroit vide"), "{}", twice.err);

    let db = elsewhere.connect().await;
    every_file_is_there(&db, &elsewhere.config.files_dir()).await;
    change_one_byte(&db, 41).await;
    db.close().await.unwrap();
    let verdict = elsewhere.run(&["journal", "verify"]);
    assert_eq!(verdict.code, Some(1));
    assert!(verdict.out.contains("entrée 41 "), "{}", verdict.out);
    elsewhere.remove().await;
    place.remove().await;
}

/// The program, without stopping the writers.
async fn run_aside(mut command: std::process::Command) -> ground::Said {
    tokio::task::spawn_blocking(move || ground::Said::of(command.output().unwrap())).await.unwrap()
}

/// Sends requests, each with a file of its own, until told to stop.
async fn write(desk: Desk, person: PersonId, school: SchoolId, stop: Arc<AtomicBool>) {
    let access = access(&desk, person).await;
    let permit = access.permit::<ReadRequests>().unwrap();
    while !stop.load(Ordering::Relaxed) {
        let reference = ask(&desk, person, school, "poste-de-travail", "panne").await;
        let folder = reading::open(&desk, &permit, &access, &reference).await.unwrap().unwrap();
        let text = format!("{reference} ").repeat(20_000).into_bytes();
        let file = vec![(format!("{reference}.txt"), text)];
        attachments::add(&desk, &permit, &access, folder.request.id, file).await.unwrap();
    }
}

async fn every_file_is_there(db: &Db, folder: &Path) {
    let files = Files::local(folder).unwrap();
    let named = texts(db, "SELECT sha256 FROM attachment").await;
    assert!(named.len() > 3);
    for hash in named {
        let bytes = files.read(&hash).await.unwrap();
        assert_eq!(hex::encode(Sha256::digest(bytes)), hash);
    }
}

async fn change_one_byte(db: &Db, seq: i64) {
    let entry = journal::page(db, seq - 1, 1).await.unwrap().pop().unwrap();
    let mut bytes = entry.data.into_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let data = String::from_utf8(bytes).unwrap();
    let sql = "UPDATE journal_entry SET data = $1 WHERE seq = $2";
    let statement = Statement::from_sql_and_values(db.backend(), sql, [data.into(), seq.into()]);
    db.read().execute_raw(statement).await.unwrap();
}
