//! What several tests stand on: an installation of one's own on either engine, the real program run
//! on it, a small Region, and a plain HTTP client.
#![allow(dead_code, missing_docs, reason = "each test uses its part")]

pub mod asking;
pub mod clamd;
pub mod document;
pub mod http;
pub mod sink;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use beffroi_acts::{Act, ActKind, NewAct, SignActs, Signing, Who, open_act, sign};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_catalogue::Published;
use beffroi_db::Db;
use beffroi_db::testing::create_postgres;
use beffroi_desk::{Desk, SubmitRequest, drafts, submit};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{Proof, access_of, schools, teams};
use beffroi_kernel::{Access, Action, JobId, Permit, PersonId, Role, SchoolId, Scope, SystemClock, Uai};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Database, Statement};

pub const PASSWORD: &str = "vieux pont tiède orange";

#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A place where nothing is installed yet.
pub struct Place {
    pub config: Config,
    folder: tempfile::TempDir,
    database: Option<String>,
}

async fn on_server(sql: String) {
    let admin = Database::connect(format!("{}/postgres", server())).await.unwrap();
    admin.execute_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await.unwrap();
    admin.close().await.unwrap();
}

fn server() -> String {
    std::env::var("BEFFROI_TEST_POSTGRES")
        .expect("BEFFROI_TEST_POSTGRES names the PostgreSQL server of the tests")
}

impl Place {
    pub async fn empty(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut config = Config { data_dir: folder.path().join("data"), listen: port, ..Config::default() };
        let database =
            matches!(engine, Engine::Postgres).then(|| format!("beffroi_{}", JobId::new().0.simple()));
        if let Some(name) = &database {
            config.database_url = Some(create_postgres(&server(), name).await);
        }
        Self { config, folder, database }
    }

    /// A folder of the test's own.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub async fn connect(&self) -> Db {
        std::fs::create_dir_all(&self.config.data_dir).unwrap();
        Db::connect(&self.config.database_url(), Arc::new(SystemClock)).await.unwrap()
    }

    /// The real program, set to this place.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beffroi"));
        command.args(arguments).env_remove("RUST_LOG").current_dir(self.path());
        command
            .env("BEFFROI_DATA_DIR", &self.config.data_dir)
            .env("BEFFROI_LISTEN", self.config.listen.to_string());
        match &self.config.database_url {
            Some(url) => command.env("BEFFROI_DATABASE_URL", url),
            None => command.env_remove("BEFFROI_DATABASE_URL"),
        };
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.program(arguments).output().unwrap())
    }

    pub async fn remove(self) {
        if let Some(name) = self.database {
            on_server(format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// What a command answered.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }
}

/// The texts of `catalogue/`.
pub fn sheets() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md" || end == "toml") {
            files.push((
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    files.sort();
    files
}

/// One lycée with a few deputy heads who have a password, and its technician.
pub struct Small {
    pub school: SchoolId,
    pub uai: Uai,
    pub askers: Vec<(String, PersonId)>,
    pub technician: PersonId,
}

fn system<A: Action>() -> Permit<A> {
    Permit::system(PersonId::new(), "tests")
}

impl Small {
    /// Publishes `catalogue/` and makes the lycée, with so many people who ask.
    pub async fn install(desk: &Desk, askers: usize) -> Self {
        let db = &desk.site.db;
        desk.catalogue.publish_as_system("tests", &sheets()).await.unwrap();
        organisation::install(db, None, &Organisation::default()).await.unwrap();
        beffroi_directory::protection::leave_open(db).await.unwrap();
        let uai = Uai::from_digits(599_001);
        let csv = format!("uai;nom;commune;departement\n{uai};Lycée Honorine Vasseur;Lille;59\n");
        import::schools(db, &system(), csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
        let school =
            schools::school_by_uai(db, &Scope::system("tests"), uai.as_str()).await.unwrap().unwrap().id;
        let team = teams::team_by_slug(db, "mobile-nord").await.unwrap().unwrap().id;
        let mut people = Vec::new();
        for number in 0..askers {
            let login = format!("adjoint{number}");
            let person = member(db, &login).await;
            hold(
                db,
                NewFunction {
                    person,
                    role: Role::DeputyHead,
                    school: Some(school),
                    team: None,
                    territory: None,
                    from: db.now(),
                    to: None,
                },
            )
            .await;
            people.push((login, person));
        }
        let technician = member(db, "technicien").await;
        let team = Some(team);
        hold(
            db,
            NewFunction {
                person: technician,
                role: Role::Technician,
                school: None,
                team,
                territory: None,
                from: db.now(),
                to: None,
            },
        )
        .await;
        Self { school, uai, askers: people, technician }
    }
}

pub async fn member(db: &Db, login: &str) -> PersonId {
    let new = NewPerson {
        given_name: "Sacha".into(),
        family_name: login.into(),
        email: None,
        login: Some(login.into()),
    };
    let person = people::create_person(db, &system(), new).await.unwrap();
    people::set_password(db, &system(), person, PASSWORD, false).await.unwrap();
    person
}

async fn hold(db: &Db, mut function: NewFunction) {
    function.from -= TimeDelta::days(30);
    people::give_function(db, &system(), function).await.unwrap();
}

/// The head of a lycée since thirty days ago, with a password.
pub async fn head_of(db: &Db, school: SchoolId) -> PersonId {
    let person = member(db, "dumetz").await;
    let (school, from) = (Some(school), db.now());
    hold(db, NewFunction { person, role: Role::Head, school, team: None, territory: None, from, to: None })
        .await;
    person
}

/// An act of that kind, from today, for the head alone to sign.
pub fn act_of_head(kind: ActKind, school: SchoolId, head: PersonId, today: NaiveDate) -> NewAct {
    NewAct {
        kind,
        school,
        title: "Acte".into(),
        text: "Le texte entier.".into(),
        terms: serde_json::json!({}),
        holder: None,
        provider: None,
        starts_on: today,
        ends_on: None,
        request: None,
        supersedes: None,
        signatories: vec![vec![Who::Role(Role::Head)]],
        strict_order: true,
        region_opens: false,
        by: Some(head),
    }
}

/// The desk of `config` over `db`.
pub fn desk(config: &Config, db: Db) -> Desk {
    Service::assemble(config, db).unwrap().desk
}

pub async fn access(desk: &Desk, person: PersonId) -> Access {
    access_of(&desk.site.db, person).await.unwrap().unwrap()
}

/// Opens an act and signs it as `person`, with their password.
pub async fn signed(service: &Service, person: PersonId, new: NewAct) -> Act {
    let db = &service.desk.site.db;
    let act = db.write(async |tx| open_act(&service.acts, tx, new.clone()).await).await.unwrap();
    let permit = access(&service.desk, person).await.permit::<SignActs>().unwrap();
    let signing = Signing {
        act: act.id,
        text_sha256: &act.text_sha256,
        proof: Proof::Password(PASSWORD),
        acknowledged: true,
    };
    sign(&service.acts, &permit, signing).await.unwrap()
}

/// A sheet as published now.
pub async fn sheet(desk: &Desk, slug: &str) -> Arc<Published> {
    desk.catalogue.sheet(slug).await.unwrap().unwrap()
}

/// Sends a request of that type in the person's school, through the desk.
pub async fn ask(desk: &Desk, person: PersonId, school: SchoolId, slug: &str, kind: &str) -> String {
    let access = access(desk, person).await;
    let permit = access.permit::<SubmitRequest>().unwrap();
    let id = drafts::start(desk, &permit, &access, school, slug, kind).await.unwrap();
    let draft = drafts::open(desk, &permit, &access, id).await.unwrap();
    let today = desk.site.db.now().date_naive();
    let answers =
        beffroi_demo::fill(draft.kind(), &draft.facts, today, "Salle 204, troisième rangée.").unwrap();
    drafts::put_answers(desk, &draft, answers).await.unwrap();
    submit::submit(desk, &permit, &access, id).await.unwrap()
}

/// The integers of one row.
pub async fn numbers(db: &Db, sql: &str) -> Vec<i64> {
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
    (0..).map_while(|column| row.try_get_by_index::<i64>(column).ok()).collect()
}

/// The texts of the first column.
pub async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

/// SQL that gives an identifier as people write it.
pub fn id_text(db: &Db, column: &str) -> String {
    if db.backend() == sea_orm::DbBackend::Postgres {
        return format!("CAST({column} AS TEXT)");
    }
    let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)]
        .map(|(from, length)| format!("substr(hex({column}), {from}, {length})"));
    format!("lower({})", parts.join(" || '-' || "))
}

/// The latest instant of the journal.
pub async fn newest(db: &Db) -> DateTime<Utc> {
    let sql = "SELECT at FROM journal_entry ORDER BY at DESC LIMIT 1";
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
    row.try_get("", "at").unwrap()
}
