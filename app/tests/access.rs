//! Every route, as every role, in its own school and another's: what each answers is written in
//! `access.golden`. A route without a line there fails, and so does an answer that changed.
//!
//! `UPDATE_GOLDEN=1 cargo nextest run -p beffroi --test access` writes the file anew; its diff is the
//! thing to review.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use beffroi_app::config::Config;
use beffroi_app::server::Service;
use beffroi_db::{Db, db_test};
use beffroi_desk::{DecideApprovals, Desk, SubmitRequest, approvals, drafts, submit};
use beffroi_kernel::{Access, Role, SchoolId, Scope};
use sea_orm::{ConnectionTrait, Statement};
use tower::ServiceExt;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access.golden");

/// Columns and demo accounts. Everything the paths name belongs to the school of « lille ».
const PEOPLE: &[(&str, &str)] = &[
    ("public", ""),
    ("head", "proviseur.lille"),
    ("sg", "sg.lille"),
    ("teacher", "enseignant.lille"),
    ("coordinator", "tic.lille"),
    ("pupil", "eleve.lille"),
    ("other-head", "proviseur.roubaix"),
    ("other-teacher", "enseignant.roubaix"),
    ("technician", "technicien.nord"),
    ("other-technician", "technicien.sud"),
    ("manager", "responsable.nord"),
    ("provider", "prestataire"),
    ("academy", "academie"),
    ("works", "travaux"),
    ("security", "rssi"),
    ("region", "catalogue"),
    ("department", "departement"),
    ("dpo", "dpd"),
];

struct Ground {
    service: Service,
    /// Built once: it is as large as the site.
    router: Router,
    names: BTreeMap<&'static str, String>,
    sessions: Vec<(&'static str, Option<String>)>,
}

#[db_test]
async fn every_route_answers_every_role_as_written(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let mut ground = ground(db, folder.path()).await;
    let mut table = String::from("# status by role; « 401 » is a 303 to /connexion\n");
    let mut spent = true;
    let mut routes = ground.service.routes().list;
    routes.sort_unstable_by_key(|(method, path)| (*path, *method));
    // Signing out ends the session that the next lines use: it has its own test.
    for (method, path) in routes.into_iter().filter(|(_, path)| *path != "/deconnexion") {
        for &reference in references(path) {
            // A post may grant, send or delete what the paths name, and what was named apart serves once:
            // lines after them need new ones.
            if spent || reference.is_some() {
                ground.names = names(&ground.service.desk, reference).await;
            }
            spent = method == "POST" || reference.is_some();
            write!(table, "{method} {path}{} |", reference.map_or("", Reference::words)).unwrap();
            line(&ground, method, path, &mut table).await;
        }
    }
    compare(&table);
}

/// Which request `{reference}` names.
#[derive(Clone, Copy)]
enum Reference {
    /// It waits for a validation in the school.
    Validation,
    /// The team has it.
    Sent,
    /// Any; and its act is signed, stated and timestamped.
    Signed,
}

impl Reference {
    fn words(self) -> &'static str {
        match self {
            Self::Validation => " (en validation)",
            Self::Sent => " (transmise)",
            Self::Signed => " (signé)",
        }
    }
}

fn references(path: &str) -> &'static [Option<Reference>] {
    if path.starts_with("/actes/{id}") {
        return &[None, Some(Reference::Signed)];
    }
    if path.contains("{reference}") { &[Some(Reference::Validation), Some(Reference::Sent)] } else { &[None] }
}

async fn line(ground: &Ground, method: &str, path: &str, table: &mut String) {
    for (column, cookie) in &ground.sessions {
        let status = call(ground, method, path, cookie.as_deref()).await;
        write!(table, " {column}={status}").unwrap();
    }
    table.push('\n');
}

fn compare(table: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, table).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    let expected: Vec<&str> = golden.lines().collect();
    let changed: Vec<&str> = table.lines().filter(|line| !expected.contains(line)).collect();
    assert!(changed.is_empty(), "without this expectation in access.golden:\n{}", changed.join("\n"));
    assert_eq!(table.lines().count(), expected.len(), "access.golden names routes that no longer exist");
}

async fn ground(db: Db, folder: &Path) -> Ground {
    let config = Config { data_dir: folder.to_owned(), ..Config::default() };
    let service = Service::assemble(&config, db).unwrap();
    beffroi_demo::populate(&service.desk, &sheets(), 7, |_| ()).await.unwrap();
    let router = service.router();
    let names = BTreeMap::new();
    let mut sessions = Vec::new();
    for (column, login) in PEOPLE {
        let cookie = if login.is_empty() { None } else { Some(sign_in(&router, login).await) };
        sessions.push((*column, cookie));
    }
    Ground { service, router, names, sessions }
}

fn sheets() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, String)> = paths
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

/// What the parameters of the paths stand for, all of the first school and its teacher: a request
/// that waits for a validation, one that the team has, a draft.
async fn names(desk: &Desk, wanted: Option<Reference>) -> BTreeMap<&'static str, String> {
    let db = &desk.site.db;
    let scope = Scope::system("the access test");
    let school = beffroi_directory::schools::list(db, &scope, "Vasseur", None).await.unwrap().remove(0).id;
    let teacher =
        beffroi_directory::people::person_by_login(db, "enseignant.lille").await.unwrap().unwrap().id;
    let access = beffroi_directory::access_of(db, teacher).await.unwrap().unwrap();
    let asked = send(desk, &access, school, ("logiciel-pedagogie", "installation")).await;
    let uai = beffroi_directory::school(db, &scope, school).await.unwrap().unwrap().uai;
    let sg =
        beffroi_directory::holders(db, school, Role::SecretaryGeneral, db.now()).await.unwrap().remove(0).id;
    let sg = beffroi_directory::access_of(db, sg).await.unwrap().unwrap();
    let waiting = approvals::waiting_for(desk, &sg.permit::<DecideApprovals>().unwrap(), &sg).await.unwrap();
    let approval = waiting.iter().find(|one| one.request.reference == asked).unwrap().step.id;
    let reference = match wanted {
        Some(Reference::Sent) => send(desk, &access, school, ("poste-de-travail", "panne")).await,
        _ => asked,
    };
    let permit = access.permit::<SubmitRequest>().unwrap();
    let draft = drafts::start(desk, &permit, &access, school, "poste-de-travail", "panne").await.unwrap();
    let field = drafts::open(desk, &permit, &access, draft).await.unwrap().kind().fields[0].id.clone();
    BTreeMap::from([
        ("slug", "poste-de-travail".to_owned()),
        ("kind", "panne".to_owned()),
        ("number", "1".to_owned()),
        ("queue", "moi".to_owned()),
        ("school", school.to_string()),
        ("person", teacher.to_string()),
        ("draft", draft.to_string()),
        ("approval", approval.to_string()),
        ("act", signed(desk, act(desk, school, teacher).await, wanted).await),
        ("uai", uai),
        ("reference", reference),
        ("field", field),
    ])
}

/// An act that waits for the head, on a right of the teacher.
async fn act(desk: &Desk, school: SchoolId, teacher: beffroi_kernel::PersonId) -> beffroi_acts::Act {
    let acts = beffroi_acts::Acts::new(desk.site.clone());
    let new = beffroi_acts::NewAct {
        kind: beffroi_acts::ActKind::AdminRights,
        school,
        title: "Droits d’essai".into(),
        text: "Le chef d’établissement délègue.".into(),
        terms: serde_json::json!({}),
        holder: Some(teacher),
        provider: None,
        starts_on: desk.site.db.now().date_naive(),
        ends_on: None,
        request: None,
        supersedes: None,
        signatories: vec![vec![beffroi_acts::Who::Role(Role::Head)]],
        strict_order: true,
        region_opens: true,
        by: Some(teacher),
    };
    let opened = desk.site.db.write(async |tx| beffroi_acts::open_act(&acts, tx, new.clone()).await).await;
    opened.unwrap()
}

/// The act, signed by the head and timestamped when that is wanted.
async fn signed(desk: &Desk, act: beffroi_acts::Act, wanted: Option<Reference>) -> String {
    if !matches!(wanted, Some(Reference::Signed)) {
        return act.id.to_string();
    }
    let db = &desk.site.db;
    let head = beffroi_directory::holders(db, act.school, Role::Head, db.now()).await.unwrap().remove(0).id;
    let head = beffroi_directory::access_of(db, head).await.unwrap().unwrap();
    let (text_sha256, password) = (act.text_sha256.as_str(), beffroi_demo::PASSWORD);
    let signing = beffroi_acts::Signing {
        act: act.id,
        text_sha256,
        proof: beffroi_directory::Proof::Password(password),
        acknowledged: true,
    };
    let permit = head.permit::<beffroi_acts::SignActs>().unwrap();
    beffroi_acts::sign(&beffroi_acts::Acts::new(desk.site.clone()), &permit, signing).await.unwrap();
    // What an authority answered: whether it is worth something is another test's.
    let sql = "INSERT INTO act_timestamp (act_id, authority, certified_at, response, received_at) \
               VALUES ($1, $2, $3, $4, $3)";
    let values = [act.id.0.into(), "essai".into(), db.now().into(), vec![0x30_u8].into()];
    db.read().execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await.unwrap();
    act.id.to_string()
}

async fn send(desk: &Desk, access: &Access, school: SchoolId, (slug, kind): (&str, &str)) -> String {
    let permit = access.permit::<SubmitRequest>().unwrap();
    let id = drafts::start(desk, &permit, access, school, slug, kind).await.unwrap();
    let draft = drafts::open(desk, &permit, access, id).await.unwrap();
    let today = desk.site.db.now().date_naive();
    let answers = beffroi_demo::fill(draft.kind(), &draft.facts, today, "Salle 12").unwrap();
    drafts::put_answers(desk, &draft, answers).await.unwrap();
    submit::submit(desk, &permit, access, id).await.unwrap()
}

async fn sign_in(router: &Router, login: &str) -> String {
    let body = format!("login={login}&password={}", beffroi_demo::PASSWORD.replace(' ', "+"));
    let request = Request::post("/connexion")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let cookie =
        response.headers().get(header::SET_COOKIE).unwrap_or_else(|| panic!("{login} cannot sign in"));
    cookie.to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn fill(path: &str, names: &BTreeMap<&'static str, String>) -> String {
    let part = |part: &str| {
        let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) else {
            return part.to_owned();
        };
        let known = match name {
            "id" if path.starts_with("/brouillons") => "draft",
            "id" if path.starts_with("/validations") => "approval",
            "id" if path.starts_with("/actes") => "act",
            "id" if path.starts_with("/personnes") => "person",
            "id" if path.starts_with("/region/etablissements") => "school",
            "id" if path.starts_with("/region/personnes") => "person",
            other => other,
        };
        names.get(known).cloned().unwrap_or_else(|| uuid::Uuid::nil().to_string())
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Posts are empty on purpose: what is allowed is refused for what it lacks, and nothing is done
/// that the next column would see.
async fn call(ground: &Ground, method: &str, path: &str, cookie: Option<&str>) -> String {
    let mut request = Request::builder().method(method).uri(fill(path, &ground.names));
    if let Some(cookie) = cookie {
        request = request.header(header::COOKIE, cookie);
    }
    if method == "POST" {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let response = ground.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    assert!(status.as_u16() < 500, "{method} {path}: {status}");
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|to| to.to_str().unwrap().to_owned())
        .unwrap_or_default();
    if location.starts_with("/connexion?suite=") { "401".to_owned() } else { status.as_str().to_owned() }
}
