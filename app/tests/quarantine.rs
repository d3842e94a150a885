//! The quarantine with a real `clamd`, on both engines: nobody reads a file before it was examined, nobody ever
//! reads one that bears a virus, and an antivirus that is away keeps files waiting. (ASVS 5.4.3)
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod ground;

use std::process::Stdio;
use std::time::Duration;

use beffroi_app::server::Service;
use beffroi_db::Db;
use beffroi_db::reach::{Why, everything};
use beffroi_desk::attachments::{self, ContentError};
use beffroi_desk::quarantine::{self, Exam, Verdict, harmless_virus};
use beffroi_desk::reading::{self, Attachment, Folder};
use beffroi_desk::{Desk, ReadRequests};
use beffroi_kernel::PersonId;
use futures_util::TryStreamExt;
use ground::clamd::{Clamd, VIRUS};
use ground::http::Browser;
use ground::{Engine, PASSWORD, Place, Small, access, ask, numbers, texts};
use tokio::time::sleep;

/// An installation with an antivirus, and a request of a person.
struct Ground {
    place: Place,
    service: Service,
    person: PersonId,
    login: String,
    reference: String,
}

impl Ground {
    async fn new(mut place: Place, clamd: &Clamd, keep_days: u32) -> Self {
        place.config.clamd = Some(clamd.address());
        place.config.quarantine_days = keep_days;
        let db = place.connect().await;
        db.migrate().await.unwrap();
        let service = Service::assemble(&place.config, db).unwrap();
        let Small { school, askers, .. } = Small::install(&service.desk, 1).await;
        let (login, person) = askers.into_iter().next().unwrap();
        let reference = ask(&service.desk, person, school, "poste-de-travail", "panne").await;
        Self { place, service, person, login, reference }
    }

    fn desk(&self) -> &Desk {
        &self.service.desk
    }

    fn db(&self) -> &Db {
        &self.desk().site.db
    }

    async fn folder(&self) -> Folder {
        let access = access(self.desk(), self.person).await;
        let permit = access.permit::<ReadRequests>().unwrap();
        reading::open(self.desk(), &permit, &access, &self.reference).await.unwrap().unwrap()
    }

    async fn send(&self, name: &str, bytes: &[u8]) {
        let access = access(self.desk(), self.person).await;
        let permit = access.permit::<ReadRequests>().unwrap();
        let id = self.folder().await.request.id;
        attachments::add(self.desk(), &permit, &access, id, vec![(name.into(), bytes.to_vec())])
            .await
            .unwrap();
    }

    async fn file(&self, name: &str) -> Attachment {
        self.folder().await.files.into_iter().rfind(|file| file.name == name).unwrap()
    }

    /// What a reader is given.
    async fn given(&self, name: &str) -> Result<Vec<u8>, Exam> {
        match attachments::content(self.desk(), &self.file(name).await).await {
            Ok(content) => Ok(content.pieces.try_collect::<Vec<_>>().await.unwrap().concat()),
            Err(ContentError::Closed(exam)) => Err(exam),
            Err(ContentError::File(error)) => panic!("{error:?}"),
        }
    }

    /// Runs what is due, as the service does.
    async fn work(&self) {
        self.service.worker(&self.place.config).unwrap().drain().await.unwrap();
    }

    async fn remove(self) {
        self.service.desk.site.db.close().await.unwrap();
        self.place.remove().await;
    }
}

async fn nobody_reads_a_virus(engine: Engine) {
    let place = Place::empty(engine).await;
    let clamd = Clamd::started(place.path()).await;
    nobody_reads_what_it_finds(place, clamd).await;
}

async fn nobody_reads_what_it_finds(place: Place, clamd: Clamd) {
    let ground = Ground::new(place, &clamd, 30).await;
    ground.send("devis.txt", b"trois postes").await;
    ground.send("jeu.txt", &[b"avant ".as_slice(), &harmless_virus()].concat()).await;
    for name in ["devis.txt", "jeu.txt"] {
        assert_eq!(ground.given(name).await, Err(Exam::Waiting), "{name}");
    }
    assert_eq!(quarantine::standing(ground.db()).await.unwrap().waiting, 2);

    ground.work().await;
    assert_eq!(ground.given("devis.txt").await.unwrap(), b"trois postes");
    assert_eq!(ground.given("jeu.txt").await, Err(Exam::Infected));
    let file = ground.file("jeu.txt").await;
    assert_eq!(file.exam_note.as_deref(), Some(VIRUS));
    let said = ground.folder().await.messages;
    let told = |message: &&reading::Message| {
        message.body.contains("Un virus a été trouvé dans le fichier «\u{a0}jeu.txt\u{a0}»")
    };
    assert_eq!(said.iter().filter(told).count(), 1, "{said:?}");
    let mails = texts(ground.db(), "SELECT payload FROM job WHERE dedup LIKE 'file-infected:%'").await;
    assert!(mails.len() == 1 && mails[0].contains("N’ouvrez plus ce fichier"), "{mails:?}");
    let sql = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'file.infected'";
    assert_eq!(numbers(ground.db(), sql).await, [1]);

    // The same content again, twice: it waits, is closed, and is said each time; what was clean stays open.
    ground.send("copie.txt", &[b"avant ".as_slice(), &harmless_virus()].concat()).await;
    ground.send("devis-2.txt", b"trois postes").await;
    assert_eq!(ground.given("devis-2.txt").await, Err(Exam::Waiting));
    ground.work().await;
    assert_eq!(ground.given("copie.txt").await, Err(Exam::Infected));
    assert!(ground.given("devis.txt").await.is_ok() && ground.given("devis-2.txt").await.is_ok());
    let standing = quarantine::standing(ground.db()).await.unwrap();
    assert_eq!((standing.waiting, standing.infected), (0, 2));

    // Its time is not over: it is still there, for whoever must study it.
    assert!(ground.desk().files.read(&file.sha256).await.is_ok());
    ground.remove().await;
}

async fn an_antivirus_away_keeps_files_waiting(engine: Engine) {
    let place = Place::empty(engine).await;
    let mut clamd = Clamd::new(place.path());
    let ground = Ground::new(place, &clamd, 0).await;
    ground.send("devis.txt", b"trois postes").await;
    ground.send("jeu.txt", &harmless_virus()).await;
    ground.work().await;
    assert_eq!(ground.given("devis.txt").await, Err(Exam::Waiting));
    let standing = quarantine::standing(ground.db()).await.unwrap();
    assert_eq!(standing.waiting, 2);
    assert!(standing.why.unwrap().contains("l’antivirus ne répond pas"));
    let said = ground.place.program(&["doctor"]).env("BEFFROI_CLAMD", clamd.address()).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("À VOIR  antivirus    l’antivirus ne répond pas"), "{said}");
    assert!(said.contains("2\u{a0}fichiers attendent"), "{said}");
    // An operator who takes the antivirus away opens nothing by that.
    let said = ground.place.program(&["doctor"]).env_remove("BEFFROI_CLAMD").output().unwrap();
    assert!(String::from_utf8(said.stdout).unwrap().contains("remettez la clé clamd"));

    clamd.start().await;
    for _ in 0..100 {
        ground.work().await;
        if ground.given("devis.txt").await.is_ok() && ground.given("jeu.txt").await == Err(Exam::Removed) {
            break;
        }
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(ground.given("devis.txt").await.unwrap(), b"trois postes");
    // Kept aside no day at all: it is gone, and its row says so.
    assert_eq!(ground.given("jeu.txt").await, Err(Exam::Removed));
    assert!(ground.desk().files.read(&ground.file("jeu.txt").await.sha256).await.is_err());
    let sql = "SELECT COUNT(*) FROM journal_entry WHERE kind = 'file.removed'";
    assert_eq!(numbers(ground.db(), sql).await, [1]);
    let said = ground.place.program(&["doctor"]).env("BEFFROI_CLAMD", clamd.address()).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains("reconnaît le virus d’essai, prend un fichier de 20 Mo"), "{said}");

    // Sent again after it was removed: it comes back into quarantine, and goes again.
    ground.send("jeu.txt", &harmless_virus()).await;
    ground.work().await;
    assert_eq!(ground.given("jeu.txt").await, Err(Exam::Removed));
    ground.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_a_virus_sqlite() {
    nobody_reads_a_virus(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_a_virus_postgres() {
    everything(Why::Test, nobody_reads_a_virus(Engine::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_a_virus_found_over_tcp() {
    let place = Place::empty(Engine::Sqlite).await;
    let clamd = Clamd::started_over_tcp(place.path()).await;
    nobody_reads_what_it_finds(place, clamd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_antivirus_away_keeps_files_waiting_sqlite() {
    an_antivirus_away_keeps_files_waiting(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_antivirus_away_keeps_files_waiting_postgres() {
    everything(Why::Test, an_antivirus_away_keeps_files_waiting(Engine::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_examined_and_one_too_large_for_the_antivirus_waits() {
    let folder = tempfile::tempdir().unwrap();
    let clamd = Clamd::started(folder.path()).await;
    sizes_are_judged(&clamd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tcp_the_verdicts_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut clamd = Clamd::started_over_tcp(folder.path()).await;
    let antivirus = quarantine::Antivirus::at(&clamd.address(), 30).unwrap();
    let clean = antivirus.examine_bytes(b"trois postes".to_vec()).await.unwrap();
    assert_eq!(clean, Verdict::Clean);
    let found = antivirus.examine_bytes(harmless_virus()).await.unwrap();
    assert_eq!(found, Verdict::Infected(VIRUS.into()));
    sizes_are_judged(&clamd).await;
    clamd.stop();
    let away = antivirus.examine_bytes(b"trois postes".to_vec()).await.unwrap_err();
    assert!(away.to_string().contains("ne répond pas"), "{away}");
}

async fn sizes_are_judged(clamd: &Clamd) {
    let antivirus = quarantine::Antivirus::at(&clamd.address(), 30).unwrap();
    // The virus at the very end of the largest file that is received.
    let mut bytes = quarantine::largest_file();
    let at = bytes.len() - harmless_virus().len();
    bytes[at..].copy_from_slice(&harmless_virus());
    let found = antivirus.examine_bytes(bytes).await.unwrap();
    assert_eq!(found, Verdict::Infected(VIRUS.into()));
    let refused = antivirus.examine_bytes(vec![0; 26 * 1024 * 1024]).await.unwrap_err();
    assert!(matches!(refused, quarantine::Trouble::TooLarge), "{refused}");
}

/// The real service: what a browser is given.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_given_what_is_clean_and_told_why_the_rest_is_not() {
    let place = Place::empty(Engine::Sqlite).await;
    let mut clamd = Clamd::new(place.path());
    let ground = Ground::new(place, &clamd, 30).await;
    ground.send("devis.txt", b"trois postes").await;
    ground.send("jeu.txt", &harmless_virus()).await;
    let mut program = ground.place.program(&["serve"]);
    program.env("BEFFROI_CLAMD", clamd.address()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = program.spawn().unwrap();
    let mut browser = Browser::new(ground.place.config.listen);
    for _ in 0..600 {
        if browser.get("/readyz").await.is_ok_and(|answer| answer.status == 200) {
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    browser.post("/connexion", &[("login", &ground.login), ("password", PASSWORD)]).await.unwrap();

    let mut addresses = Vec::new();
    for name in ["devis.txt", "jeu.txt"] {
        addresses.push(format!("/fichiers/{}", ground.file(name).await.id));
    }
    let waits = browser.get(&addresses[0]).await.unwrap();
    assert_eq!(waits.status, 409);
    assert!(waits.body.contains("en cours d’examen par l’antivirus"), "{}", waits.body);
    let page = browser.get(&format!("/demandes/{}", ground.reference)).await.unwrap().body;
    assert!(page.contains("En cours d’examen par l’antivirus") && !page.contains(&addresses[0]), "{page}");

    clamd.start().await;
    let mut clean = waits;
    // A job that failed waits for seconds; after it did not answer, the antivirus is left alone for thirty.
    for _ in 0..300 {
        clean = browser.get(&addresses[0]).await.unwrap();
        if clean.status == 200 {
            break;
        }
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!((clean.status, clean.body.as_str()), (200, "trois postes"));
    let mut infected = browser.get(&addresses[1]).await.unwrap();
    for _ in 0..300 {
        if infected.body.contains("trouvé un virus") {
            break;
        }
        sleep(Duration::from_millis(200)).await;
        infected = browser.get(&addresses[1]).await.unwrap();
    }
    assert_eq!(infected.status, 409);
    assert!(infected.body.contains("a trouvé un virus dans ce fichier"), "{}", infected.body);
    let page = browser.get(&format!("/demandes/{}", ground.reference)).await.unwrap().body;
    assert!(page.contains(&addresses[0]) && !page.contains(&addresses[1]), "{page}");
    assert!(page.contains("Virus trouvé"), "{page}");
    let _ = child.kill();
    let _ = child.wait();
    ground.remove().await;
}
