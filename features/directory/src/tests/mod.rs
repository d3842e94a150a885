//! What the directory promises, on both databases.

mod device;
mod factors;
mod functions;
mod imports;
mod mails;
mod pages;
mod protection;
mod sign_in;

use beffroi_db::Db;
use beffroi_kernel::{Access, Permit, PersonId, Role, SchoolId, Scope};
use chrono::{DateTime, TimeDelta, Utc};

use crate::import::{self, ImportOptions};
use crate::organisation::{self, Organisation};
use crate::people::{self, NewFunction, NewPerson};
use crate::{ManagePeople, ManageSchools, Site, access_of, schools, teams};

pub(crate) const PASSWORD: &str = "cerf volant bleu tasse";

/// A small invented Region: the default organisation and three schools.
pub(crate) struct Region {
    pub site: Site,
    pub schools: Vec<SchoolId>,
}

pub(crate) fn managing() -> Permit<ManagePeople> {
    Permit::system(PersonId::new(), "tests")
}

pub(crate) fn keeping() -> Permit<ManageSchools> {
    Permit::system(PersonId::new(), "tests")
}

impl Region {
    pub async fn new(db: Db) -> Self {
        organisation::install(&db, None, &Organisation::default()).await.unwrap();
        let csv = "uai;nom;commune\n0590001A;Lycée du Beffroi;Hondeville\n0620001X;Lycée des Moulins;Marcq\n0800001A;Lycée de la Baie;Somme\n";
        let mut lines: Vec<String> = csv.lines().map(str::to_owned).collect();
        for (line, digits) in lines.iter_mut().skip(1).zip([590_001, 620_001, 800_001]) {
            line.replace_range(..8, beffroi_kernel::Uai::from_digits(digits).as_str());
        }
        let text = lines.join("\n");
        let report = import::schools(&db, &keeping(), text.as_bytes(), &ImportOptions::default(), |_| ())
            .await
            .unwrap();
        assert_eq!((report.created, report.rejected.len()), (3, 0), "{report}");
        let mut found = schools::list(&db, &Scope::system("tests"), "", None).await.unwrap();
        found.sort_by(|one, other| one.uai.cmp(&other.uai));
        let schools = found.into_iter().map(|school| school.id).collect();
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: false };
        Self { site, schools }
    }

    pub fn db(&self) -> &Db {
        &self.site.db
    }

    pub async fn person(&self, given: &str, family: &str) -> PersonId {
        let email = Some(format!("{given}@example.org").to_lowercase());
        let new = NewPerson { given_name: given.into(), family_name: family.into(), email, login: None };
        people::create_person(self.db(), &managing(), new).await.unwrap()
    }

    /// A person with a password of their own.
    pub async fn member(&self, given: &str, family: &str) -> PersonId {
        let person = self.person(given, family).await;
        people::set_password(self.db(), &managing(), person, PASSWORD, false).await.unwrap();
        person
    }

    pub async fn gives(
        &self,
        person: PersonId,
        role: Role,
        school: usize,
        days: std::ops::Range<i64>,
    ) -> beffroi_kernel::FunctionId {
        let new = self.function(person, role, school, days);
        people::give_function(self.db(), &managing(), new).await.unwrap()
    }

    /// A function from and to so many days after now; an end beyond 1000 days is no end.
    pub fn function(
        &self,
        person: PersonId,
        role: Role,
        school: usize,
        days: std::ops::Range<i64>,
    ) -> NewFunction {
        let to = (days.end < 1_000).then(|| self.in_days(days.end));
        let school = Some(self.schools[school]);
        NewFunction { person, role, school, team: None, territory: None, from: self.in_days(days.start), to }
    }

    pub async fn technician(&self, given: &str, team: &str) -> PersonId {
        let person = self.member(given, "Technique").await;
        let team = teams::team_by_slug(self.db(), team).await.unwrap().unwrap().id;
        let (from, role) = (self.in_days(-1), Role::Technician);
        let new =
            NewFunction { person, role, school: None, team: Some(team), territory: None, from, to: None };
        people::give_function(self.db(), &managing(), new).await.unwrap();
        person
    }

    pub async fn region_wide(&self, given: &str, role: Role) -> PersonId {
        let person = self.member(given, "Région").await;
        let new = NewFunction {
            person,
            role,
            school: None,
            team: None,
            territory: None,
            from: self.in_days(-1),
            to: None,
        };
        people::give_function(self.db(), &managing(), new).await.unwrap();
        person
    }

    pub fn in_days(&self, days: i64) -> DateTime<Utc> {
        self.db().now() + TimeDelta::days(days)
    }

    /// What the person may do so many days from now.
    pub async fn access(&self, person: PersonId) -> Access {
        access_of(self.db(), person).await.unwrap().unwrap()
    }

    pub async fn journal_kinds(&self, subject: &str) -> Vec<String> {
        let entries = beffroi_db::journal::of_subject(self.db(), subject).await.unwrap();
        entries.into_iter().map(|entry| entry.kind).collect()
    }
}
