//! `kill -9` between what an act makes true outside and its commit: a revocation undoes it all the same, and the proof
//! is kept once. The proxy's reload command is what kills: the lists are written, nothing is committed. (SEC-11)
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use beffroi_acts::proof::check;
use beffroi_acts::{Act, ActKind, NewAct, RevokeActs, revoke};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::Db;
use beffroi_db::journal::{self, Verdict};
use beffroi_db::reach::{Why, everything};
use beffroi_directory::Proof;
use beffroi_kernel::{Clock, FixedClock, PersonId, SystemClock};
use chrono::{DateTime, Days, TimeDelta, Utc};
use ground::{Engine, PASSWORD, Place, Small, access, act_of_head, head_of, texts};

const SITE: &str = "https://manuels.example/";

struct Scene {
    place: Place,
    config: Config,
    small: Small,
    head: PersonId,
}

impl Scene {
    async fn set(engine: Engine) -> Self {
        let place = Place::empty(engine).await;
        let mut config = place.config.clone();
        config.proxy_lists = Some(place.path().join("proxy"));
        place.run(&["migrate"]).well();
        let db = place.connect().await;
        let small = Small::install(&Service::assemble(&config, db.clone()).unwrap().desk, 0).await;
        let head = head_of(&db, small.school).await;
        db.close().await.unwrap();
        Self { place, config, small, head }
    }

    /// The program's rooms, within this process, at an instant.
    async fn at(&self, now: DateTime<Utc>) -> (Db, Service) {
        let db = Db::connect(&self.config.database_url(), Arc::new(FixedClock::at(now))).await.unwrap();
        let service = Service::assemble(&self.config, db.clone()).unwrap();
        (db, service)
    }

    /// An exemption that the head signs.
    async fn signed(&self, now: DateTime<Utc>) -> Act {
        let (db, service) = self.at(now).await;
        let today = now.date_naive();
        let new = NewAct {
            text: "Le chef d’établissement ouvre ce site.".into(),
            terms: serde_json::json!({ "url": SITE, "direction": "allow" }),
            starts_on: today - Days::new(1),
            ends_on: Some(today + Days::new(30)),
            ..act_of_head(ActKind::WebExemption, self.small.school, self.head, today)
        };
        let act = ground::signed(&service, self.head, new).await;
        db.close().await.unwrap();
        act
    }

    async fn revoked(&self, now: DateTime<Utc>, act: &Act) {
        let (db, service) = self.at(now).await;
        let access = access(&service.desk, self.head).await;
        let permit = access.permit::<RevokeActs>().unwrap();
        let why = ("Site devenu dangereux", Proof::Password(PASSWORD));
        revoke(&service.acts, &permit, act.id, why).await.unwrap();
        db.close().await.unwrap();
    }

    /// Does the jobs that are due at an instant.
    async fn works(&self, now: DateTime<Utc>) {
        let (db, service) = self.at(now).await;
        service.worker(&self.config).unwrap().drain().await.unwrap();
        db.close().await.unwrap();
    }

    /// The real program, killed without a word by the command that it runs once the lists are written.
    fn killed_while_it_writes(&self) {
        let settings = self.place.path().join("beffroi.toml");
        let folder = self.place.path().join("proxy");
        let text = format!(
            "proxy_lists = '{}'\nproxy_reload = ['sh', '-c', 'kill -9 $PPID; sleep 1']\n",
            folder.display()
        );
        std::fs::write(&settings, text).unwrap();
        let mut program = self.place.program(&["serve", "--config", settings.to_str().unwrap()]);
        let mut program = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..1_200 {
            if let Some(status) = program.try_wait().unwrap() {
                assert_eq!(status.signal(), Some(9), "{status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        program.kill().unwrap();
        program.wait().unwrap();
        panic!("nothing killed the program in a minute");
    }

    /// Whether the proxy opens the site.
    fn is_open(&self) -> bool {
        let lists = self.place.path().join("proxy").join(self.small.uai.to_string()).join("allow.txt");
        std::fs::read_to_string(lists).is_ok_and(|lines| lines.contains("manuels"))
    }

    /// The state of the effect, and how many of its ends the journal tells.
    async fn effect(&self) -> (Vec<String>, Vec<String>) {
        let db = self.place.connect().await;
        let state = texts(&db, "SELECT state FROM act_effect").await;
        let sql = "SELECT kind FROM journal_entry WHERE kind IN ('act.effect-applied', 'act.effect-undone') ORDER BY seq";
        let told = texts(&db, sql).await;
        db.close().await.unwrap();
        (state, told)
    }

    async fn stays_sound(self) {
        let db = self.place.connect().await;
        assert!(matches!(journal::verify(&db, None, |_| ()).await.unwrap(), Verdict::Sound { .. }));
        assert_eq!(check(&db, |_| ()).await.unwrap().faults, []);
        db.close().await.unwrap();
        self.place.remove().await;
    }
}

fn now() -> DateTime<Utc> {
    SystemClock.now()
}

async fn killed_while_it_opens(engine: Engine) {
    let scene = Scene::set(engine).await;
    let act = scene.signed(now()).await;
    scene.killed_while_it_writes();
    assert!(scene.is_open(), "the adapter was called");
    assert_eq!(scene.effect().await, (vec!["applying".into()], vec![]), "nothing was committed");

    scene.revoked(now(), &act).await;
    scene.works(now() + TimeDelta::minutes(10)).await;
    assert!(!scene.is_open());
    assert_eq!(scene.effect().await, (vec!["undone".into()], vec!["act.effect-undone".into()]));
    scene.stays_sound().await;
}

async fn killed_while_it_closes(engine: Engine) {
    let scene = Scene::set(engine).await;
    let begun = now() - TimeDelta::hours(1);
    let act = scene.signed(begun).await;
    scene.works(begun + TimeDelta::minutes(1)).await;
    assert!(scene.is_open());
    scene.revoked(begun + TimeDelta::minutes(30), &act).await;
    scene.killed_while_it_writes();
    let told = vec!["act.effect-applied".to_owned()];
    assert_eq!(scene.effect().await, (vec!["undoing".into()], told), "nothing was committed");

    scene.works(now() + TimeDelta::minutes(10)).await;
    assert!(!scene.is_open());
    let told = vec!["act.effect-applied".to_owned(), "act.effect-undone".to_owned()];
    assert_eq!(scene.effect().await, (vec!["undone".into()], told));
    scene.stays_sound().await;
}

#[tokio::test]
async fn a_revocation_undoes_what_a_killed_program_opened_on_sqlite() {
    killed_while_it_opens(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_revocation_undoes_what_a_killed_program_opened_on_postgres() {
    everything(Why::Test, killed_while_it_opens(Engine::Postgres)).await;
}

#[tokio::test]
async fn a_revocation_goes_on_after_the_program_was_killed_on_sqlite() {
    killed_while_it_closes(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_revocation_goes_on_after_the_program_was_killed_on_postgres() {
    everything(Why::Test, killed_while_it_closes(Engine::Postgres)).await;
}
