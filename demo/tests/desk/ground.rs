//! What the stories stand on: the demo Region on a database of one's own, whose clock moves when told.

use std::path::Path;
use std::sync::Arc;

use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::Db;
use beffroi_db::jobs::Worker;
use beffroi_demo::{Cast, populate};
use beffroi_desk::{Desk, Files};
use beffroi_directory::{MAIL_JOB, Site, access_of, team_by_slug};
use beffroi_kernel::{Access, FixedClock, PersonId, Role, SchoolId, Scope};
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement};

pub struct Ground {
    pub desk: Desk,
    pub cast: Cast,
    pub school: SchoolId,
    pub other: SchoolId,
    clock: FixedClock,
    _files: tempfile::TempDir,
}

/// The texts of `catalogue/`.
fn sheets() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md" || end == "toml") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            texts.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    texts.sort();
    texts
}

impl Ground {
    pub async fn new(db: Db) -> Self {
        Self::edited(db, |text| text).await
    }

    /// The Region with sheets changed by `edit`.
    pub async fn edited(db: Db, edit: impl Fn(String) -> String) -> Self {
        let clock = FixedClock::at(db.now());
        let files = tempfile::tempdir().unwrap();
        let db = db.with_clock(Arc::new(clock.clone()));
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: true };
        let catalogue = Catalogue::new(site.clone());
        let kept = Files::local(files.path()).unwrap();
        let desk = Desk::new(site.clone(), catalogue, kept, Acts::new(site));
        let sheets: Vec<_> = sheets().into_iter().map(|(name, text)| (name, edit(text))).collect();
        let (cast, _) = populate(&desk, &sheets, 7, |_| ()).await.unwrap();
        let (school, other) = (cast.school[0].0, cast.school[11].0);
        let ground = Self { desk, cast, school, other, clock, _files: files };
        ground.run("UPDATE team SET email = 'equipe@beffroi.invalid'").await;
        ground
    }

    /// Publishes the sheets changed by `edit`, once the Region is there.
    pub async fn publishes(&self, edit: impl Fn(String) -> String) {
        let sheets: Vec<_> = sheets().into_iter().map(|(name, text)| (name, edit(text))).collect();
        self.desk.catalogue.publish_as_system("tests", &sheets).await.unwrap();
    }

    pub fn db(&self) -> &Db {
        &self.desk.site.db
    }

    pub fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// Runs what is due, mails apart.
    pub async fn run_jobs(&self) {
        let worker = beffroi_desk::jobs(Worker::new(self.db().clone()), self.desk.clone());
        let worker = beffroi_acts::jobs(worker, &self.desk.acts);
        let worker = beffroi_acts::proof::jobs(worker, self.db(), None);
        worker.leaving(&[MAIL_JOB]).drain().await.unwrap();
        let failed =
            "SELECT COALESCE(MAX(kind || ' : ' || last_error), '') FROM job WHERE last_error IS NOT NULL";
        let statement = Statement::from_string(self.db().backend(), failed);
        let row = self.db().read().query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "");
    }

    async fn run(&self, sql: &str) {
        self.db().read().execute_raw(Statement::from_string(self.db().backend(), sql)).await.unwrap();
    }

    pub async fn count(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.db().backend(), sql);
        self.db().read().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    pub async fn access(&self, person: PersonId) -> Access {
        access_of(&self.desk.site.db, person).await.unwrap().unwrap()
    }

    /// Someone of that function in a school.
    pub async fn holder(&self, school: SchoolId, role: Role) -> Access {
        self.access(self.cast.in_school(school, role).unwrap()).await
    }

    /// Someone of that function in the first school.
    pub async fn person(&self, role: Role) -> Access {
        self.holder(self.school, role).await
    }

    /// Someone of a team.
    pub async fn agent(&self, team: &str) -> Access {
        let team = team_by_slug(self.db(), team).await.unwrap().unwrap();
        self.access(self.cast.in_team(team.id).unwrap()).await
    }

    /// The territory of one school of the cast in so many.
    pub async fn territories(&self, stride: usize) -> Vec<String> {
        let scope = Scope::system("the stories of the desk");
        let mut slugs = Vec::new();
        for (school, ..) in self.cast.school.iter().step_by(stride) {
            let school = beffroi_directory::school(self.db(), &scope, *school).await.unwrap().unwrap();
            slugs.push(school.territory.slug);
        }
        slugs
    }
}
