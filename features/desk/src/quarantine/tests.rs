//! A file that waits is given to nobody and says why; it opens, or is closed for good, once.

use beffroi_acts::Acts;
use beffroi_catalogue::Catalogue;
use beffroi_db::jobs::Worker;
use beffroi_db::{Db, DbError, db_test};
use beffroi_directory::Site;
use beffroi_kernel::{Access, Function, Role, SchoolId, TeamId};

use super::*;
use crate::attachments::{self, ContentError};
use crate::reading::Request;
use crate::store::requests;
use crate::views::request::tests::request;
use crate::{Files, ReadRequests, State};

struct Ground {
    desk: Desk,
    request: Request,
    author: Access,
    _folder: tempfile::TempDir,
}

impl Ground {
    async fn new(db: Db, antivirus: Option<Antivirus>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = Site { db, base_url: "https://beffroi.example".into(), secure_cookies: true };
        let files = Files::local(folder.path()).unwrap().examined_by(antivirus);
        let desk = Desk::new(site.clone(), Catalogue::new(site.clone()), files, Acts::new(site));
        let request = Request { state: State::Open.slug().into(), ..request(SchoolId::new(), TeamId::new()) };
        let model = request.clone();
        desk.site.db.write::<_, DbError, _>(async |tx| requests::insert(tx.on(), model).await).await.unwrap();
        let at = desk.site.db.now();
        let school = Some(request.school_id);
        let role = Role::Teacher;
        let function =
            Function { role, school, team: None, territory: None, since: at, substitute_for: None };
        let author =
            Access { person: request.requester_id, name: "Claire".into(), functions: vec![function], at };
        Self { desk, request, author, _folder: folder }
    }

    async fn send(&self) -> attachment::Model {
        let permit = self.author.permit::<ReadRequests>().unwrap();
        let files = vec![("devis.txt".to_owned(), b"trois postes".to_vec())];
        attachments::add(&self.desk, &permit, &self.author, self.request.id, files).await.unwrap();
        self.file().await
    }

    async fn file(&self) -> attachment::Model {
        let scope = beffroi_kernel::Scope::system("a test");
        let db = &self.desk.site.db;
        let pieces = crate::store::folder::pieces(db, &scope, self.request.id, self.request.school_id).await;
        pieces.unwrap().files.remove(0)
    }

    async fn closed(&self) -> Option<Exam> {
        match attachments::content(&self.desk, &self.file().await).await {
            Ok(_) => None,
            Err(ContentError::Closed(exam)) => Some(exam),
            Err(error) => panic!("{error}"),
        }
    }
}

fn away() -> Option<Antivirus> {
    Antivirus::at("/nulle/part/clamd", 30)
}

#[db_test]
async fn without_an_antivirus_a_file_is_open_as_it_comes(db: Db) {
    let ground = Ground::new(db, None).await;
    let file = ground.send().await;
    assert_eq!((Exam::of_file(&file), ground.closed().await), (None, None));
    assert_eq!(standing(&ground.desk.site.db).await.unwrap(), Standing::default());
}

#[db_test]
async fn a_file_that_waits_says_why_and_is_given_to_nobody(db: Db) {
    let ground = Ground::new(db, away()).await;
    let file = ground.send().await;
    assert_eq!(ground.closed().await, Some(Exam::Waiting));
    let why = examine(&ground.desk, file.id).await.unwrap_err();
    assert!(why.contains("l’antivirus ne répond pas"), "{why}");
    let found = standing(&ground.desk.site.db).await.unwrap();
    assert_eq!((found.waiting, found.why, found.infected), (1, Some(why.clone()), 0));
    let file = ground.file().await;
    assert_eq!(file.exam_note.as_deref(), Some(why.as_str()));
    assert_eq!(ground.closed().await, Some(Exam::Waiting));
    for (as_agent, reads) in [(true, true), (false, false)] {
        let shown = crate::views::quarantine::file(&file, as_agent).into_string();
        assert!(shown.contains("En cours d’examen") && !shown.contains("href"), "{shown}");
        assert_eq!(shown.contains("ne répond pas"), reads, "why is the technician's: {shown}");
    }
    // The job stays in the outbox, to be tried again.
    let drained = crate::jobs(Worker::new(ground.desk.site.db.clone()), ground.desk.clone()).drain().await;
    drained.unwrap();
    assert_eq!(ground.closed().await, Some(Exam::Waiting));
    let backlog = beffroi_db::jobs::backlog(&ground.desk.site.db, chrono::TimeDelta::zero()).await.unwrap();
    assert!(backlog.waiting >= 1 && backlog.dead == 0, "{backlog:?}");
}

#[db_test]
async fn a_job_run_twice_has_its_effect_once(db: Db) {
    let ground = Ground::new(db, away()).await;
    let file = ground.send().await;
    let db = &ground.desk.site.db;
    let now = db.now();
    let opened =
        async || db.write::<_, DbError, _>(async |tx| store::settle(tx.on(), file.id, now).await).await;
    assert!(opened().await.unwrap() && !opened().await.unwrap());
    assert_eq!(ground.closed().await, None);
    examine(&ground.desk, file.id).await.unwrap();

    // A virus known since closes what was open, and a file that waits no more says nothing.
    let close = async || {
        let close = async |tx: &Tx| store::close(tx.on(), &file.sha256, "Mal", tx.now()).await;
        db.write::<_, DbError, _>(close).await.unwrap().len()
    };
    assert_eq!((close().await, close().await), (1, 0));
    assert_eq!(ground.closed().await, Some(Exam::Infected));
    assert_eq!(standing(db).await.unwrap().infected, 1);
    let late = async |tx: &Tx| store::waits(tx.on(), file.id, "tard").await;
    db.write::<_, DbError, _>(late).await.unwrap();
    assert_eq!(ground.file().await.exam_note.as_deref(), Some("Mal"));
}

#[db_test]
async fn a_word_of_a_later_version_closes_a_file(db: Db) {
    let ground = Ground::new(db, None).await;
    let file = attachment::Model { exam: Some("plus-tard".into()), ..ground.send().await };
    assert_eq!(closed(&file), Some(Exam::Waiting));
}
