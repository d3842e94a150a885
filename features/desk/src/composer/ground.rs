//! A small Region for the tests of what agents write with: one school, its team, agents of several
//! kinds, one request.

use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::{Db, DbError};
use beffroi_directory::import::{self, ImportOptions};
use beffroi_directory::organisation::{self, Organisation};
use beffroi_directory::people::{self, NewFunction, NewPerson};
use beffroi_directory::{Site, access_of, schools, teams};
use beffroi_kernel::{Access, Permit, PersonId, Role, SchoolId, Scope, TeamId, Uai};
use chrono::TimeDelta;

use crate::reading::Request;
use crate::store::requests;
use crate::views::request::tests::request;
use crate::{Desk, Files};

pub(crate) struct Ground {
    pub(crate) desk: Desk,
    pub(crate) school: SchoolId,
    pub(crate) team: TeamId,
    _folder: tempfile::TempDir,
}

impl Ground {
    pub(crate) async fn new(db: Db) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::local(folder.path()).unwrap();
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: true };
        let desk = Desk::new(site.clone(), Catalogue::new(site.clone()), files, Acts::new(site));
        let db = &desk.site.db;
        organisation::install(db, None, &Organisation::default()).await.unwrap();
        let uai = Uai::from_digits(599_001);
        let csv = format!("uai;nom;commune;departement\n{uai};Lycée Honorine Vasseur;Lille;59\n");
        let permit = Permit::system(PersonId::new(), "tests");
        import::schools(db, &permit, csv.as_bytes(), &ImportOptions::default(), |_| ()).await.unwrap();
        let found = schools::school_by_uai(db, &Scope::system("tests"), uai.as_str()).await.unwrap().unwrap();
        Self { school: found.id, team: found.mobile_team.id, desk, _folder: folder }
    }

    pub(crate) async fn team(&self, slug: &str) -> TeamId {
        teams::team_by_slug(&self.desk.site.db, slug).await.unwrap().unwrap().id
    }

    /// A person with this function, in a school or a team.
    pub(crate) async fn person(
        &self,
        (given, family): (&str, &str),
        role: Role,
        school: Option<SchoolId>,
        team: Option<TeamId>,
    ) -> Access {
        let db = &self.desk.site.db;
        let new =
            NewPerson { given_name: given.into(), family_name: family.into(), email: None, login: None };
        let permit = Permit::system(PersonId::new(), "tests");
        let person = people::create_person(db, &permit, new).await.unwrap();
        let from = db.now() - TimeDelta::days(30);
        let function = NewFunction { person, role, school, team, territory: None, from, to: None };
        people::give_function(db, &permit, function).await.unwrap();
        access_of(db, person).await.unwrap().unwrap()
    }

    pub(crate) async fn technician(&self, given: &str, family: &str) -> Access {
        self.person((given, family), Role::Technician, None, Some(self.team)).await
    }

    /// A request of the school in the team's hands.
    pub(crate) async fn request(&self, reference: &str, change: impl FnOnce(&mut Request)) -> Request {
        let mut model = Request { reference: reference.into(), ..request(self.school, self.team) };
        change(&mut model);
        let kept = model.clone();
        let write =
            self.desk.site.db.write::<_, DbError, _>(async |tx| requests::insert(tx.on(), model).await);
        write.await.unwrap();
        kept
    }

    /// The subjects of the mails waiting, with their text.
    pub(crate) async fn mails(&self) -> Vec<String> {
        #[derive(sea_orm::FromQueryResult)]
        struct Payload {
            payload: String,
        }
        let sql = "SELECT payload FROM job WHERE kind = 'mail' ORDER BY id";
        let rows: Vec<Payload> = crate::store::all(self.desk.site.db.read(), sql, Vec::new()).await.unwrap();
        rows.into_iter().map(|row| row.payload).collect()
    }
}
