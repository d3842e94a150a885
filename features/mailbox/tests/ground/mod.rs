//! What the tests stand on: two schools, the people who write, requests, and what a mail left behind.
#![allow(dead_code, missing_docs, reason = "each test uses its part")]

pub mod dovecot;
pub mod exim;

use std::path::Path;
use std::sync::Arc;

use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::Db;
use beffroi_desk::work::{Step, work};
use beffroi_desk::{Desk, Files, Outcome, SubmitRequest, drafts, submit};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{ReplyAddresses, Site, access_of, schools, teams};
use beffroi_kernel::{Action, FixedClock, MailInId, Permit, PersonId, RequestId, Role, SchoolId, Scope, Uai};
use beffroi_mailbox::{Destination, Mailbox, Settings};
use beffroi_sheets::{Answer, Answers};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

pub const BOX: &str = "demandes@region.example";

pub fn system<A: Action>() -> Permit<A> {
    Permit::system(PersonId::new(), "tests")
}

pub struct Ground {
    pub mailbox: Mailbox,
    pub addresses: ReplyAddresses,
    pub claire: PersonId,
    pub paul: PersonId,
    pub nora: PersonId,
    /// A request of Claire's, and one that is over.
    pub open: String,
    pub closed: String,
    _folder: tempfile::TempDir,
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

async fn school(db: &Db, number: u32) -> SchoolId {
    let uai = Uai::from_digits(number);
    let csv = format!("uai;nom;commune;departement\n{uai};Lycée numéro {number};Lille;59\n");
    import::schools(db, &system(), csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
    schools::school_by_uai(db, &Scope::system("tests"), uai.as_str()).await.unwrap().unwrap().id
}

async fn person(db: &Db, address: &str, places: &[(Role, Option<SchoolId>)]) -> PersonId {
    let login = format!("{}{}", address, PersonId::new().0.simple());
    let new = NewPerson {
        given_name: "Sacha".into(),
        family_name: address.split('@').next().unwrap().into(),
        email: Some(address.into()),
        login: Some(login),
    };
    let person = people::create_person(db, &system(), new).await.unwrap();
    let team = teams::team_by_slug(db, "mobile-nord").await.unwrap().map(|team| team.id);
    for (role, school) in places {
        let from = db.now() - TimeDelta::days(30);
        let team = team.filter(|_| school.is_none());
        let function =
            NewFunction { person, role: *role, school: *school, team, territory: None, from, to: None };
        people::give_function(db, &system(), function).await.unwrap();
    }
    person
}

impl Ground {
    pub async fn new(db: Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::local(folder.path()).unwrap();
        let site = Site { db: db.clone(), base_url: "https://beffroi.example".into(), secure_cookies: true };
        let desk = Desk::new(site.clone(), Catalogue::new(site.clone()), files, Acts::new(site));
        desk.catalogue.publish_as_system("tests", &sheets()).await.unwrap();
        organisation::install(&db, None, &Organisation::default()).await.unwrap();
        let (first, second) = (school(&db, 599_001).await, school(&db, 599_002).await);
        let claire = person(&db, "claire.lens@lycee.example", &[(Role::Head, Some(first))]).await;
        let paul = person(&db, "paul.escaut@lycee.example", &[(Role::Teacher, Some(first))]).await;
        let nora = person(&db, "nora.artois@region.example", &[(Role::Technician, None)]).await;
        let both = [(Role::Teacher, Some(first)), (Role::Teacher, Some(second))];
        person(&db, "deux.lycees@lycee.example", &both).await;
        person(&db, "eleve@lycee.example", &[(Role::Pupil, Some(first))]).await;
        for _ in 0..2 {
            person(&db, "accueil@lycee.example", &[(Role::SchoolStaff, Some(first))]).await;
        }
        let left = person(&db, "ferme@lycee.example", &[(Role::Teacher, Some(first))]).await;
        people::set_disabled(&db, &system(), left, true).await.unwrap();
        let addresses = ReplyAddresses::new(BOX, [7; 32]).unwrap();
        let settings = Settings {
            addresses: addresses.clone(),
            own: vec![BOX.into(), "ne-pas-repondre@region.example".into()],
            authserv: Some("mx.region.example".into()),
            destination: Destination::parse("poste-de-travail/question?sujet=autre").unwrap(),
        };
        let mailbox = Mailbox { desk, settings: Some(Arc::new(settings)), keep: TimeDelta::days(365) };
        let open = ask(&mailbox.desk, claire, first).await;
        let closed = ask(&mailbox.desk, claire, first).await;
        let ground = Self { mailbox, addresses, claire, paul, nora, open, closed, _folder: folder };
        let over = ground.request(&ground.closed).await;
        let done = Step::Resolve(Outcome::Done, "Fait.".into());
        work(&ground.mailbox.desk, &system(), over, done).await.unwrap();
        work(&ground.mailbox.desk, &system(), over, Step::Close).await.unwrap();
        ground
    }

    pub fn db(&self) -> &Db {
        &self.mailbox.desk.site.db
    }

    /// The same, so much later.
    pub fn later(&mut self, by: TimeDelta) {
        let clock = Arc::new(FixedClock::at(self.db().now() + by));
        self.mailbox.desk.site.db = self.db().with_clock(clock);
    }

    pub async fn rows(&self, sql: &str, values: Vec<Value>) -> Vec<QueryResult> {
        let db = self.db();
        db.read().query_all_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await.unwrap()
    }

    pub async fn number(&self, sql: &str, values: Vec<Value>) -> i64 {
        self.rows(sql, values).await[0].try_get("", "n").unwrap()
    }

    pub async fn request(&self, reference: &str) -> RequestId {
        let rows = self.rows("SELECT id FROM request WHERE reference = $1", vec![reference.into()]).await;
        rows[0].try_get("", "id").unwrap()
    }

    /// Whether a machine answered the author of that mail.
    pub async fn told(&self, mail: MailInId) -> bool {
        let key = format!("mail-in:{mail}:%");
        self.number("SELECT COUNT(*) AS n FROM job WHERE dedup LIKE $1", vec![key.into()]).await == 1
    }

    /// Puts what only this run knows in the place of `{{…}}`.
    pub fn filled(&self, mail: &[u8]) -> Vec<u8> {
        let token = self.addresses.address(&self.open, self.claire);
        let places = [
            ("{{token}}", token.clone()),
            ("{{altered}}", altered(&token)),
            ("{{moved}}", token.replace(&self.open, &self.closed)),
            ("{{closed}}", self.addresses.address(&self.closed, self.claire)),
            ("{{agent}}", self.addresses.address(&self.open, self.nora)),
            ("{{thread}}", format!("0198.{}", self.addresses.token(&self.open, self.claire))),
            ("{{reference}}", self.open.clone()),
        ];
        places
            .iter()
            .fold(mail.to_vec(), |mail, (mark, value)| replace(&mail, mark.as_bytes(), value.as_bytes()))
    }
}

fn altered(token: &str) -> String {
    let (local, domain) = token.split_once('@').unwrap();
    let last = if local.ends_with('0') { '1' } else { '0' };
    format!("{}{last}@{domain}", &local[..local.len() - 1])
}

fn replace(mail: &[u8], mark: &[u8], value: &[u8]) -> Vec<u8> {
    let mut filled = Vec::with_capacity(mail.len());
    let mut rest = mail;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
        filled.extend_from_slice(&rest[..at]);
        filled.extend_from_slice(value);
        rest = &rest[at + mark.len()..];
    }
    filled.extend_from_slice(rest);
    filled
}

async fn ask(desk: &Desk, person: PersonId, school: SchoolId) -> String {
    let access = access_of(&desk.site.db, person).await.unwrap().unwrap();
    let permit = access.permit::<SubmitRequest>().unwrap();
    let draft = drafts::start(desk, &permit, &access, school, "poste-de-travail", "question").await.unwrap();
    let opened = drafts::open(desk, &permit, &access, draft).await.unwrap();
    let answers = Answers::from([
        ("sujet".to_owned(), Answer::Choice("autre".into())),
        ("question".to_owned(), Answer::Text("Qui change les piles du vidéoprojecteur ?".into())),
    ]);
    drafts::put_answers(desk, &opened, answers).await.unwrap();
    submit::submit(desk, &permit, &access, draft).await.unwrap()
}
