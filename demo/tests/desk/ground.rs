//! What the stories stand on: the demo Region on a database of one's own, whose clock moves when told.

use std::path::Path;
use std::sync::Arc;

use beffroi_catalogue::Catalogue;
use beffroi_db::Db;
use beffroi_db::jobs::Worker;
use beffroi_demo::{Cast, fill, populate};
use beffroi_desk::approvals::{self, DecideError, Verdict};
use beffroi_desk::reading::{self, Folder, Request};
use beffroi_desk::work::{self, Step, WorkError};
use beffroi_desk::{DecideApprovals, Desk, Files, ReadRequests, SubmitRequest, WorkRequests, drafts, submit};
use beffroi_directory::{MAIL_JOB, Site, access_of, team_by_slug};
use beffroi_kernel::{
    Access, Action, ApprovalId, DraftId, FixedClock, Permit, PersonId, RequestId, Role, SchoolId,
};
use beffroi_sheets::Answer;
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
        let desk = Desk { site, catalogue, files: Files::local(files.path()).unwrap() };
        let sheets: Vec<_> = sheets().into_iter().map(|(name, text)| (name, edit(text))).collect();
        let (cast, _) = populate(&desk, &sheets, 7, |_| ()).await.unwrap();
        let (school, other) = (cast.school[0].0, cast.school[11].0);
        let ground = Self { desk, cast, school, other, clock, _files: files };
        ground.run("UPDATE team SET email = 'equipe@beffroi.invalid'").await;
        ground
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
        worker.leaving(&[MAIL_JOB]).drain().await.unwrap();
        assert_eq!(self.count("SELECT COUNT(*) FROM job WHERE last_error IS NOT NULL").await, 0);
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

    /// A draft filled in so that it passes, then with these choices instead.
    pub async fn draft(&self, who: &Access, what: (&str, &str), choices: &[(&str, &str)]) -> DraftId {
        let school = who.functions.iter().find_map(|function| function.school).unwrap();
        let permit = who.permit::<SubmitRequest>().unwrap();
        let id = drafts::start(&self.desk, &permit, who, school, what.0, what.1).await.unwrap();
        let draft = drafts::open(&self.desk, &permit, who, id).await.unwrap();
        let today = self.db().now().date_naive();
        let mut answers = fill(draft.kind(), &draft.facts, today, "Salle 204, troisième rangée.").unwrap();
        answers.extend(choices.iter().map(|(id, choice)| ((*id).into(), Answer::Choice((*choice).into()))));
        drafts::put_answers(&self.desk, &draft, answers).await.unwrap();
        id
    }

    pub async fn send(&self, who: &Access, draft: DraftId) -> Result<String, submit::SubmitError> {
        submit::submit(&self.desk, &permit(who), who, draft).await
    }

    /// A request of that type, sent.
    pub async fn ask(&self, who: &Access, what: (&str, &str)) -> String {
        let draft = self.draft(who, what, &[]).await;
        self.send(who, draft).await.unwrap()
    }

    pub async fn seen(&self, who: &Access, reference: &str) -> Option<Folder> {
        reading::open(&self.desk, &permit::<ReadRequests>(who), who, reference).await.unwrap()
    }

    pub async fn folder(&self, who: &Access, reference: &str) -> Folder {
        self.seen(who, reference).await.unwrap()
    }

    pub async fn decide(
        &self,
        who: &Access,
        step: ApprovalId,
        verdict: Verdict,
    ) -> Result<Request, DecideError> {
        approvals::decide(&self.desk, &permit::<DecideApprovals>(who), who, step, verdict).await
    }

    pub async fn work(&self, who: &Access, id: RequestId, step: Step) -> Result<Request, WorkError> {
        work::work(&self.desk, &permit::<WorkRequests>(who), id, step).await
    }
}

pub fn permit<A: Action>(who: &Access) -> Permit<A> {
    who.permit().unwrap()
}

pub fn yes() -> Verdict {
    Verdict::Grant { password: None }
}

pub fn no(reason: &str) -> Verdict {
    Verdict::Refuse { reason: reason.into() }
}

pub fn signed(password: &str) -> Verdict {
    Verdict::Grant { password: Some(password.into()) }
}
