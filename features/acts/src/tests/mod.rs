//! What acts promise, on both databases.

mod decided;
mod effects;
mod exemptions;
pub(crate) mod liability;
mod mandates;
mod pages;
mod passkeys;
mod reviews;
mod signing;

use std::ops::Range;
use std::sync::Arc;

use beffroi_db::jobs::Worker;
use beffroi_db::{Db, journal};
use beffroi_directory::Proof;
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{
    MAIL_JOB, ManagePeople, ManageSchools, PASSWORD_RESET_JOB, Site, access_of, schools,
};
use beffroi_kernel::{
    Access, ActId, Action, FixedClock, FunctionId, Permit, PersonId, Role, SchoolId, Scope,
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement};

use crate::model::{Act, ActKind, NewAct, Who};
use crate::rules::paris_day;
use crate::sign::{SignError, Signing};
use crate::{Acts, Confirming, jobs, open_act, sign, store};

pub(crate) const PASSWORD: &str = "cerf volant bleu tasse";
/// No end.
pub(crate) const EVER: i64 = 9_999;

/// Two invented schools, a clock that moves when told, and nobody yet.
pub(crate) struct Ground {
    pub acts: Acts,
    pub clock: FixedClock,
    pub school: SchoolId,
    pub other: SchoolId,
}

/// A reason, and the password typed again.
pub(crate) const fn because(why: &str) -> (&str, Proof<'_>) {
    (why, Proof::Password(PASSWORD))
}

/// A confirmation with what is to acknowledge ticked.
pub(crate) const fn confirming<'a>(act: ActId, note: &'a str, password: &'a str) -> Confirming<'a> {
    Confirming { act, note, proof: Proof::Password(password), acknowledged: true }
}

fn managing() -> Permit<ManagePeople> {
    Permit::system(PersonId::new(), "tests")
}

impl Ground {
    pub async fn new(db: Db) -> Self {
        let clock = FixedClock::at(beffroi_db::testing::beginning());
        let db = db.with_clock(Arc::new(clock.clone()));
        organisation::install(&db, None, &Organisation::default()).await.unwrap();
        let uai = |digits| beffroi_kernel::Uai::from_digits(digits).as_str().to_owned();
        let csv = format!(
            "uai;nom;commune\n{};Lycée du Beffroi;Hondeville\n{};Lycée des Moulins;Marcq\n",
            uai(590_001),
            uai(590_002)
        );
        let keeping: Permit<ManageSchools> = Permit::system(PersonId::new(), "tests");
        import::schools(&db, &keeping, csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
        let mut found = schools::list(&db, &Scope::system("tests"), "", None).await.unwrap();
        found.sort_by(|one, other| one.uai.cmp(&other.uai));
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: false };
        Self { acts: Acts::new(site), clock, school: found[0].id, other: found[1].id }
    }

    pub fn db(&self) -> &Db {
        &self.acts.site.db
    }

    pub fn at(&self, days: i64) -> DateTime<Utc> {
        self.db().now() + TimeDelta::days(days)
    }

    /// Lets so many days pass, and does what they bring.
    pub async fn wait(&self, days: i64) {
        self.clock.advance(TimeDelta::days(days));
        self.work().await;
    }

    /// Runs every job that is due, save mails, which are kept to be read.
    pub async fn work(&self) {
        let left = &[MAIL_JOB, PASSWORD_RESET_JOB, beffroi_directory::search::SCHOOL_CHANGED_JOB];
        jobs(Worker::new(self.db().clone()).leaving(left), &self.acts).drain().await.unwrap();
    }

    pub async fn person(&self, given: &str, family: &str) -> PersonId {
        let new = NewPerson { given_name: given.into(), family_name: family.into(), ..NewPerson::default() };
        let person = people::create_person(self.db(), &managing(), new).await.unwrap();
        people::set_password(self.db(), &managing(), person, PASSWORD, false).await.unwrap();
        person
    }

    /// Somebody with a function in the first school, from and to so many days after now.
    pub async fn serves(&self, given: &str, role: Role, days: Range<i64>) -> PersonId {
        let person = self.person(given, "Essai").await;
        self.gives(person, role, Some(self.school), days).await;
        person
    }

    pub async fn gives(
        &self,
        person: PersonId,
        role: Role,
        school: Option<SchoolId>,
        days: Range<i64>,
    ) -> FunctionId {
        let to = (days.end < EVER).then(|| self.at(days.end));
        let from = self.at(days.start);
        let new = NewFunction { person, role, school, team: None, territory: None, from, to };
        people::give_function(self.db(), &managing(), new).await.unwrap()
    }

    /// Ends what a person is in the first school, now.
    pub async fn leaves(&self, person: PersonId) {
        for held in people::functions_of(self.db(), person).await.unwrap() {
            if held.is_held(self.db().now()) && held.school.is_some() {
                people::end_function(self.db(), &managing(), held.id, self.db().now()).await.unwrap();
            }
        }
    }

    pub async fn closes_account(&self, person: PersonId) {
        people::set_disabled(self.db(), &managing(), person, true).await.unwrap();
    }

    pub async fn access(&self, person: PersonId) -> Access {
        access_of(self.db(), person).await.unwrap().unwrap()
    }

    pub async fn permit<A: Action>(&self, person: PersonId) -> Permit<A> {
        self.access(person).await.permit::<A>().unwrap()
    }

    /// An act of the first school that the head signs, changed as told.
    pub async fn opens(&self, kind: ActKind, change: impl FnOnce(&mut NewAct)) -> Act {
        let mut new = NewAct {
            kind,
            school: self.school,
            title: format!("{} de l’essai", kind.label()),
            text: "Le chef d’établissement décide.\nPremier article.\nSecond article.".into(),
            terms: serde_json::json!({}),
            holder: None,
            provider: None,
            starts_on: paris_day(self.db().now()),
            ends_on: None,
            request: None,
            supersedes: None,
            signatories: vec![vec![Who::Role(Role::Head)]],
            strict_order: true,
            region_opens: false,
            by: None,
        };
        change(&mut new);
        self.db().write(async |tx| open_act(&self.acts, tx, new.clone()).await).await.unwrap()
    }

    pub async fn signs(&self, person: PersonId, act: &Act) -> Result<Act, SignError> {
        let permit = self.permit(person).await;
        let signing = Signing {
            act: act.id,
            text_sha256: &act.text_sha256,
            proof: Proof::Password(PASSWORD),
            acknowledged: true,
        };
        sign(&self.acts, &permit, signing).await
    }

    pub async fn now(&self, act: &Act) -> Act {
        store::acts::find(self.db().read(), &Scope::system("tests"), act.id).await.unwrap().unwrap()
    }

    pub async fn journal(&self, id: ActId) -> Vec<String> {
        let entries = journal::of_subject(self.db(), &format!("act:{id}")).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }

    /// Every mail written so far, as the outbox keeps it.
    pub async fn mails(&self) -> Vec<String> {
        let sql = "SELECT payload FROM job WHERE kind = 'mail' ORDER BY created_at, id";
        let statement = Statement::from_string(self.db().backend(), sql);
        let rows = self.db().read().query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "payload").unwrap()).collect()
    }

    /// Mails whose text holds these words.
    pub async fn mails_saying(&self, words: &str) -> usize {
        self.mails().await.iter().filter(|mail| mail.contains(words)).count()
    }
}
