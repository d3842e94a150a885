//! What the tests stand on: a Beffroi here, with a school, its secretary-general, an agent and the account
//! of the bridge; and a line to another that may be cut, before or after it did what it was asked.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Request, Response};
use beffroi_acts::Acts;
use beffroi_api::{Api, HoldTokens, Networks, tokens};
use beffroi_bridge::settings::{self, Typed};
use beffroi_bridge::{Bridge, Bridges, ManageBridges, Secrets, Settings};
use beffroi_catalogue::Catalogue;
use beffroi_db::Db;
use beffroi_db::jobs::Worker;
use beffroi_desk::reading::{self, Folder};
use beffroi_desk::work::{self, Step};
use beffroi_desk::{Desk, Files, ReadRequests, WorkRequests};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{Site, access_of, schools, teams};
use beffroi_kernel::{
    Access, Action, Clock, FixedClock, Permit, PersonId, Role, SchoolId, Scope, SystemClock, TeamId, Uai,
};
use chrono::TimeDelta;
use futures_util::stream;
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tower::ServiceExt;

pub fn system<A: Action>() -> Permit<A> {
    Permit::system(PersonId::new(), "tests")
}

/// Runs a story on one engine: its statements run on both in other tests.
pub fn once<F: Future<Output = ()>>(story: impl FnOnce(Db) -> F) {
    beffroi_db::testing::on_sqlite(story);
}

/// One Beffroi.
pub struct Side {
    pub api: Api,
    pub uai: String,
    /// Secretary-general of the school.
    pub sonia: PersonId,
    /// An agent of the team that receives.
    pub nora: PersonId,
    /// The account of the bridge, a provider of that team.
    pub account: PersonId,
    pub team: TeamId,
    _folder: tempfile::TempDir,
}

fn sheets() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = paths.filter(|path| path.extension().is_some_and(|end| end == "md" || end == "toml"));
    let read = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&path).unwrap())
    };
    let mut files: Vec<_> = texts.map(read).collect();
    files.sort();
    files
}

async fn person(
    db: &Db,
    name: &str,
    (role, school, team): (Role, Option<SchoolId>, Option<TeamId>),
) -> PersonId {
    let new = NewPerson {
        given_name: "Sacha".into(),
        family_name: name.into(),
        email: None,
        login: Some(name.to_lowercase()),
    };
    let person = people::create_person(db, &system(), new).await.unwrap();
    let from = db.now() - TimeDelta::days(30);
    let function = NewFunction { person, role, school, team, territory: None, from, to: None };
    people::give_function(db, &system(), function).await.unwrap();
    person
}

impl Side {
    /// `number` tells its school from another side's.
    pub async fn new(db: Db, number: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site =
            Site { db: db.clone(), base_url: format!("https://cote-{number}.example"), secure_cookies: true };
        let files = Files::local(folder.path()).unwrap();
        let desk = Desk::new(site.clone(), Catalogue::new(site.clone()), files, Acts::new(site));
        desk.catalogue.publish_as_system("tests", &sheets()).await.unwrap();
        organisation::install(&db, None, &Organisation::default()).await.unwrap();
        let uai = Uai::from_digits(number);
        let csv = format!("uai;nom;commune;departement\n{uai};Lycée {number};Lille;59\n");
        import::schools(&db, &system(), csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
        let school =
            schools::school_by_uai(&db, &Scope::system("tests"), uai.as_str()).await.unwrap().unwrap().id;
        let team = teams::team_by_slug(&db, "mobile-nord").await.unwrap().unwrap().id;
        let sonia = person(&db, "Sonia", (Role::SecretaryGeneral, Some(school), None)).await;
        let nora = person(&db, "Nora", (Role::Technician, None, Some(team))).await;
        let account = person(&db, "Passerelle", (Role::ProviderAgent, None, Some(team))).await;
        let own = Networks::parse(&["127.0.0.0/8".into()]).unwrap();
        let api = Api::new(desk, beffroi_db::sealing::Ring::of([7; 32]), own);
        Self { api, uai: uai.as_str().to_owned(), sonia, nora, account, team, _folder: folder }
    }

    pub fn desk(&self) -> &Desk {
        &self.api.desk
    }

    pub fn db(&self) -> &Db {
        &self.api.desk.site.db
    }

    pub fn bridges(&self) -> Bridges {
        Bridges::over(&self.api)
    }

    pub fn later(&mut self, by: TimeDelta) {
        self.keep_time_by(Arc::new(FixedClock::at(self.db().now() + by)));
    }

    pub fn by_the_real_clock(&mut self) {
        self.keep_time_by(Arc::new(SystemClock));
    }

    fn keep_time_by(&mut self, clock: Arc<dyn Clock>) {
        let db = self.db().with_clock(clock);
        self.api.desk.site.db = db.clone();
        self.api.desk.catalogue = Catalogue::new(Site { db, ..self.api.desk.site.clone() });
    }

    pub async fn access(&self, person: PersonId) -> Access {
        access_of(self.db(), person).await.unwrap().unwrap()
    }

    pub async fn token(&self, person: PersonId) -> String {
        let access = self.access(person).await;
        let functions = access.functions.iter().map(tokens::function_key).collect();
        let new = tokens::NewToken { name: "passerelle".into(), functions, writes: true, days: 30 };
        let permit = access.permit::<HoldTokens>().unwrap();
        tokens::make(self.db(), &permit, &access, new).await.unwrap().1
    }

    /// A call of the API, as JSON.
    pub async fn call(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let router = beffroi_api::routes(self.api.clone()).router;
        let response = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let (status, bytes) = (response.status(), response.into_body().collect().await.unwrap().to_bytes());
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }

    /// The secretary-general sends a question, and it reaches the team.
    pub async fn ask(&self, words: &str) -> String {
        let token = self.token(self.sonia).await;
        let body = json!({
            "etablissement": self.uai, "fiche": "poste-de-travail", "type": "question",
            "reponses": { "sujet": "autre", "question": words },
        });
        let made = self.call(&token, Method::POST, "/api/v1/demandes", Some(body)).await;
        made["reference"].as_str().unwrap().to_owned()
    }

    /// A gesture of an agent, or of whoever asks, by the API.
    pub async fn does(&self, person: PersonId, reference: &str, verb: &str, body: Value) {
        let token = self.token(person).await;
        self.call(&token, Method::POST, &format!("/api/v1/demandes/{reference}/{verb}"), Some(body)).await;
    }

    pub async fn folder(&self, person: PersonId, reference: &str) -> Folder {
        let access = self.access(person).await;
        let permit = access.permit::<ReadRequests>().unwrap();
        reading::open(self.desk(), &permit, &access, reference).await.unwrap().unwrap()
    }

    /// What people wrote for everyone, in order.
    pub async fn said(&self, reference: &str) -> Vec<String> {
        let folder = self.folder(self.sonia, reference).await;
        let public = folder.messages.into_iter().filter(|one| one.kind == "public");
        public.map(|one| one.body).collect()
    }

    pub async fn state(&self, reference: &str) -> String {
        self.folder(self.sonia, reference).await.request.state
    }

    pub async fn reassign(&self, reference: &str, team: &str) {
        let team = teams::team_by_slug(self.db(), team).await.unwrap().unwrap().id;
        let request = self.folder(self.nora, reference).await.request.id;
        let permit = self.access(self.nora).await.permit::<WorkRequests>().unwrap();
        let step = Step::Reassign { team, reason: "Ce n’est pas pour nous.".into() };
        work::work(self.desk(), &permit, request, step).await.unwrap();
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let db = self.db();
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    pub async fn text(&self, sql: &str) -> String {
        let db = self.db();
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default()
    }

    /// Reads the journal and compares what is due.
    pub async fn turn(&self) {
        let bridges = self.bridges();
        while beffroi_bridge::follow(&bridges).await.unwrap() > 0 {}
        beffroi_bridge::jobs(Worker::new(self.db().clone()), &bridges).drain().await.unwrap();
        // What these comparisons did is followed too, and changes nothing more.
        while beffroi_bridge::follow(&bridges).await.unwrap() > 0 {}
        beffroi_bridge::jobs(Worker::new(self.db().clone()), &bridges).drain().await.unwrap();
    }

    /// The same after the round, ten minutes later.
    pub async fn ten_minutes(&mut self) {
        self.later(TimeDelta::minutes(11));
        beffroi_bridge::round(&self.bridges()).await.unwrap();
        self.turn().await;
    }

    /// Builds a bridge for the team.
    pub async fn build(&self, tool: &str, url: &str, secrets: Secrets, settings: Settings) -> Bridge {
        // The first turn begins where the journal stands.
        self.turn().await;
        let typed = Typed {
            name: "Infogérance".into(),
            tool: tool.into(),
            url: url.into(),
            team: self.team.to_string(),
            person: self.account.to_string(),
            secrets,
            settings,
        };
        let id = settings::build(&self.bridges(), &system(), &typed).await.unwrap();
        settings::find(&self.bridges(), &system::<ManageBridges>(), id).await.unwrap().unwrap().0
    }
}

/// A line to a router, that may be cut.
#[derive(Clone)]
pub struct Wire {
    mode: Arc<AtomicU8>,
    calls: Arc<std::sync::Mutex<Vec<String>>>,
    pub url: String,
}

const CLEAR: u8 = 0;
const DOWN: u8 = 1;
const LOSES: u8 = 2;

#[derive(Clone)]
struct Ends {
    inner: Router,
    wire: Wire,
}

impl Wire {
    pub async fn to(inner: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let wire = Self { mode: Arc::new(AtomicU8::new(CLEAR)), calls: Arc::default(), url };
        let router = Router::new().fallback(pass).with_state(Ends { inner, wire: wire.clone() });
        tokio::spawn(async move { axum::serve(listener, router).await });
        wire
    }

    /// Nothing passes until [`Wire::mend`].
    pub fn cut(&self) {
        self.mode.store(DOWN, Ordering::SeqCst);
    }

    pub fn mend(&self) {
        self.mode.store(CLEAR, Ordering::SeqCst);
    }

    /// The next change is made there, and its answer is lost.
    pub fn lose_an_answer(&self) {
        self.mode.store(LOSES, Ordering::SeqCst);
    }

    /// Changes asked so far, as `POST /path`.
    pub fn changes(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().filter(|call| !call.starts_with("GET")).cloned().collect()
    }
}

fn broken() -> Response<Body> {
    let cut = stream::once(async { Err::<Bytes, _>(std::io::Error::other("the line is cut")) });
    Response::new(Body::from_stream(cut))
}

async fn pass(State(ends): State<Ends>, request: Request<Body>) -> Response<Body> {
    let mode = ends.wire.mode.load(Ordering::SeqCst);
    if mode == DOWN {
        return broken();
    }
    let changes = request.method() != Method::GET;
    ends.wire.calls.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
    let response = ends.inner.clone().oneshot(request).await.unwrap();
    if mode == LOSES && changes {
        ends.wire.mend();
        return broken();
    }
    response
}

/// Two Beffrois, with a bridge from the first to the second.
pub struct Pair {
    pub here: Side,
    pub there: Side,
    pub wire: Wire,
    pub bridge: Bridge,
    _other: tempfile::TempDir,
}

pub const HOOK: &str = "whsec_c2VjcmV0IGRlIHNlaXplIG9jdGV0cyBhdSBtb2lucw==";

impl Pair {
    pub async fn new(db: Db) -> Self {
        let here = Side::new(db, 599_001).await;
        let other = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", other.path().join("other.db").display());
        let clock = Arc::new(FixedClock::at(here.db().now()));
        let db = Db::connect(&url, clock).await.unwrap();
        db.migrate().await.unwrap();
        let there = Side::new(db, 599_777).await;
        let wire = Wire::to(beffroi_api::routes(there.api.clone()).router).await;
        let token = there.token(there.sonia).await;
        let settings = Settings {
            school: there.uai.clone(),
            sheet: "poste-de-travail".into(),
            kind: "question".into(),
            field: "question".into(),
            answers: vec![("sujet".into(), "autre".into())],
            ..Settings::default()
        };
        let secrets = Secrets { token, hook: HOOK.into(), ..Secrets::default() };
        let bridge = here.build("beffroi", &wire.url, secrets, settings).await;
        Self { here, there, wire, bridge, _other: other }
    }

    /// The only request there.
    pub async fn theirs(&self) -> String {
        assert_eq!(self.there.number("SELECT COUNT(*) FROM request").await, 1);
        self.there.text("SELECT reference FROM request").await
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.wire.mend();
    }
}
