//! What the tests stand on: two schools, a secretary-general of both, a technician, the Region.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::middleware::{self, Next};
use beffroi_acts::Acts;
use beffroi_api::{Api, HoldTokens, Networks, Token, tokens};
use beffroi_catalogue::Catalogue;
use beffroi_db::{Db, reach};
use beffroi_desk::{Desk, Files};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{Site, access_of, schools, teams};
use beffroi_kernel::{Access, Action, FixedClock, FunctionId, Permit, PersonId, Role, SchoolId, Scope, Uai};
use chrono::TimeDelta;
use http_body_util::BodyExt;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const BASE: &str = "https://beffroi.example";

pub fn system<A: Action>() -> Permit<A> {
    Permit::system(PersonId::new(), "tests")
}

/// The routes of the API, each call within the reach of its token.
pub fn walled(api: &Api) -> Router {
    let within = async |call: Request<Body>, next: Next| reach::of_visitor(next.run(call)).await;
    beffroi_api::routes(api.clone()).router.layer(middleware::from_fn(within))
}

pub struct Ground {
    pub api: Api,
    /// National identifiers of the two schools.
    pub uai: [String; 2],
    pub schools: [SchoolId; 2],
    /// Secretary-general of both schools.
    pub sonia: PersonId,
    pub functions: Vec<FunctionId>,
    pub nora: PersonId,
    pub rene: PersonId,
    pub eve: PersonId,
    _folder: tempfile::TempDir,
}

/// What a call was answered.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Got {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The body, when the status is this one.
    #[track_caller]
    pub fn with(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// The fields a refusal names.
    #[track_caller]
    pub fn faults(self) -> Vec<String> {
        let body = self.with(422);
        let faults = body["erreurs"].as_array().cloned().unwrap_or_default();
        faults.iter().map(|fault| fault["champ"].as_str().unwrap().to_owned()).collect()
    }
}

fn sheets() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogue");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md" || end == "toml") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

async fn school(db: &Db, number: u32) -> (String, SchoolId) {
    let uai = Uai::from_digits(number);
    let csv = format!("uai;nom;commune;departement\n{uai};Lycée numéro {number};Lille;59\n");
    import::schools(db, &system(), csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
    let scope = Scope::system("tests");
    let found = schools::school_by_uai(db, &scope, uai.as_str()).await.unwrap().unwrap();
    (found.uai, found.id)
}

async fn person(db: &Db, name: &str, places: &[(Role, Option<SchoolId>)]) -> (PersonId, Vec<FunctionId>) {
    let new = NewPerson {
        given_name: "Sacha".into(),
        family_name: name.into(),
        email: None,
        login: Some(name.into()),
    };
    let person = people::create_person(db, &system(), new).await.unwrap();
    let team = teams::team_by_slug(db, "mobile-nord").await.unwrap().map(|team| team.id);
    let mut functions = Vec::new();
    for (role, school) in places {
        let from = db.now() - TimeDelta::days(30);
        let team = team.filter(|_| *role == Role::Technician);
        let new = NewFunction { person, role: *role, school: *school, team, territory: None, from, to: None };
        functions.push(people::give_function(db, &system(), new).await.unwrap());
    }
    (person, functions)
}

impl Ground {
    pub async fn new(db: Db) -> Self {
        Self::with(db, Networks::default()).await
    }

    pub async fn with(db: Db, networks: Networks) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::local(folder.path()).unwrap();
        let site = Site { db: db.clone(), base_url: BASE.into(), secure_cookies: true };
        let desk = Desk::new(site.clone(), Catalogue::new(site.clone()), files, Acts::new(site));
        desk.catalogue.publish_as_system("tests", &sheets()).await.unwrap();
        organisation::install(&db, None, &Organisation::default()).await.unwrap();
        let (first, second) = (school(&db, 599_001).await, school(&db, 599_002).await);
        let both = [(Role::SecretaryGeneral, Some(first.1)), (Role::SecretaryGeneral, Some(second.1))];
        let (sonia, functions) = person(&db, "sonia", &both).await;
        let (nora, _) = person(&db, "nora", &[(Role::Technician, None)]).await;
        let (rene, _) = person(&db, "rene", &[(Role::RegionAdmin, None)]).await;
        let (eve, _) = person(&db, "eve", &[(Role::Pupil, Some(first.1))]).await;
        let api = Api::new(desk, beffroi_db::sealing::Ring::of([7; 32]), networks);
        let (uai, schools) = ([first.0, second.0], [first.1, second.1]);
        Self { api, uai, schools, sonia, functions, nora, rene, eve, _folder: folder }
    }

    pub fn db(&self) -> &Db {
        &self.api.desk.site.db
    }

    /// The same, so much later.
    pub fn later(&mut self, by: TimeDelta) {
        let clock = Arc::new(FixedClock::at(self.db().now() + by));
        self.api.desk.site.db = self.db().with_clock(clock);
    }

    pub async fn access(&self, person: PersonId) -> Access {
        access_of(self.db(), person).await.unwrap().unwrap()
    }

    /// A token of that person for those of their functions that `keep` keeps.
    pub async fn token_for(
        &self,
        person: PersonId,
        writes: bool,
        keep: impl Fn(&beffroi_kernel::Function) -> bool,
    ) -> (Token, String) {
        let access = self.access(person).await;
        let functions = access.functions.iter().filter(|one| keep(one)).map(tokens::function_key).collect();
        let new = tokens::NewToken { name: "essai".into(), functions, writes, days: 30 };
        tokens::make(self.db(), &access.permit::<HoldTokens>().unwrap(), &access, new).await.unwrap()
    }

    /// A token of that person for all they do.
    pub async fn token(&self, person: PersonId) -> String {
        self.token_for(person, true, |_| true).await.1
    }

    pub async fn call(&self, request: Request<Body>) -> Got {
        let response = walled(&self.api).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Got { status: parts.status, headers: parts.headers, bytes }
    }

    pub async fn get(&self, token: &str, path: &str) -> Got {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        self.call(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Got {
        self.post_once(token, path, body, None).await
    }

    pub async fn post_once(&self, token: &str, path: &str, body: &Value, key: Option<&str>) -> Got {
        let mut request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.call(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A question that nobody has to approve.
    pub fn question(&self, school: usize) -> Value {
        json!({
            "etablissement": self.uai[school], "fiche": "poste-de-travail", "type": "question",
            "reponses": { "sujet": "autre", "question": "Qui change les piles du vidéoprojecteur ?" },
        })
    }

    /// Sends one and gives its reference.
    pub async fn ask(&self, token: &str, school: usize) -> String {
        let body = self.post(token, "/api/v1/demandes", &self.question(school)).await.with(201);
        body["reference"].as_str().unwrap().to_owned()
    }

    pub async fn number(&self, sql: &str) -> i64 {
        let db = self.db();
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}
