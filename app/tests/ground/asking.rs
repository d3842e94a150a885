//! People who ask until they are told that it is done, whatever is cut meanwhile.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use beffroi_db::Db;
use beffroi_db::journal::{self, Verdict};
use beffroi_kernel::SchoolId;
use tokio::sync::watch;
use tokio::time::sleep;

use super::http::{Answer, Browser};
use super::{id_text, numbers, texts};

const FORM: &str = "/demander/poste-de-travail/panne";
const ANSWERS: &[(&str, &str)] = &[
    ("origine", "region"),
    ("degradation", "non"),
    ("element", "fixe"),
    ("poste", "CDI-04"),
    ("salle", "CDI"),
    ("gene", "genant"),
];

/// The draft and the reference that its confirmation named.
pub type Confirmed = Arc<Mutex<Vec<(String, String)>>>;

/// A person with a browser.
pub struct Client {
    pub browser: Browser,
    /// Where the site answers; one that does not is left for the next.
    pub nodes: Vec<SocketAddr>,
    pub school: SchoolId,
}

impl Client {
    /// Asks again and again, each time from the page before starting to the confirmation; after a cut
    /// it takes the same draft up, as a person would.
    pub async fn insist(mut self, confirmed: Confirmed, stop: watch::Receiver<bool>) {
        let mut draft = None;
        while draft.is_some() || !*stop.borrow() {
            match self.go_on(&mut draft).await {
                Ok(Some(reference)) => confirmed.lock().unwrap().push((draft.take().unwrap(), reference)),
                Ok(None) => {}
                Err(_) => {
                    self.nodes.rotate_left(1);
                    self.browser.address = self.nodes[0];
                    sleep(Duration::from_millis(30)).await;
                }
            }
        }
    }

    async fn go_on(&mut self, draft: &mut Option<String>) -> std::io::Result<Option<String>> {
        let Some(path) = draft else {
            let school = self.school.to_string();
            let started = self.browser.post(FORM, &[("school", &school)]).await?;
            *draft = Some(sent_on(&started)?);
            return Ok(None);
        };
        let next = sent_on(&self.browser.get(path).await?)?;
        if let Some((_, field)) = next.split_once("/questions/") {
            let given = ANSWERS
                .iter()
                .find(|(name, _)| *name == field)
                .map_or("Rien ne s’allume depuis ce matin.", |(_, given)| given);
            sent_on(&self.browser.post(&next, &[(field, given)]).await?)?;
            return Ok(None);
        }
        self.send(&path.clone()).await
    }

    /// A nervous person presses the button twice; where there are two nodes, each is asked once.
    async fn send(&mut self, path: &str) -> std::io::Result<Option<String>> {
        let send = format!("{path}/envoyer");
        let mut again = self.browser.clone();
        again.address = self.nodes[self.nodes.len() - 1];
        let (first, second) = tokio::join!(self.browser.post(&send, &[]), again.post(&send, &[]));
        let references: Vec<String> =
            [first, second].into_iter().flatten().filter_map(|answer| confirmation(&answer)).collect();
        if let [first, second] = &references[..] {
            assert_eq!(first, second, "one draft, two requests");
        }
        references.into_iter().next().map(Some).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// Where the answer leads; « come back later » is to be tried again.
fn sent_on(answer: &Answer) -> std::io::Result<String> {
    match answer.status {
        303 => Ok(answer.location.clone()),
        503 => Err(std::io::ErrorKind::ConnectionAborted.into()),
        status => panic!("{status} {}", answer.body.get(..600).unwrap_or(&answer.body)),
    }
}

fn confirmation(answer: &Answer) -> Option<String> {
    let reference = answer.location.strip_prefix("/demandes/")?.strip_suffix("/confirmation")?;
    (answer.status == 303).then(|| reference.to_owned())
}

/// Waits until so many more were confirmed.
pub async fn wait_for_more(confirmed: &Confirmed, count: usize) {
    let before = confirmed.lock().unwrap().len();
    for _ in 0..2_400 {
        if confirmed.lock().unwrap().len() >= before + count {
            return;
        }
        sleep(Duration::from_millis(25)).await;
    }
    panic!("{} confirmation(s) in a minute", confirmed.lock().unwrap().len() - before);
}

/// What was confirmed is there, once, with its journal and its acknowledgement, and nothing else is.
pub async fn each_is_there_once(db: &Db, confirmed: &[(String, String)]) {
    let mut told: Vec<String> = confirmed.iter().map(|(_, reference)| reference.clone()).collect();
    told.sort();
    let distinct = told.len();
    told.dedup();
    assert_eq!(told.len(), distinct, "two drafts were told the same reference");

    // Every draft was taken up until it was confirmed: no request may be there besides those.
    assert_eq!(texts(db, "SELECT reference FROM request ORDER BY reference").await, told);
    for (path, reference) in confirmed {
        let draft = path.strip_prefix("/brouillons/").unwrap();
        let id = id_text(db, "d.id");
        let sql = format!(
            "SELECT r.reference FROM draft d JOIN request r ON r.id = d.request_id WHERE {id} = '{draft}'"
        );
        assert_eq!(
            texts(db, &sql).await,
            std::slice::from_ref(reference),
            "the draft {draft} became another request"
        );
    }
    let count = i64::try_from(told.len()).unwrap();
    let sql = "SELECT COUNT(*), COUNT(DISTINCT request_id) FROM draft WHERE request_id IS NOT NULL";
    assert_eq!(numbers(db, sql).await, [count, count]);
    let sql = "SELECT COUNT(*), COUNT(DISTINCT subject) FROM journal_entry WHERE kind = 'request.submitted'";
    assert_eq!(numbers(db, sql).await, [count, count]);

    let mut acknowledged =
        texts(db, "SELECT dedup FROM job WHERE kind = 'mail' AND dedup LIKE 'ack:%' ORDER BY dedup").await;
    let mut expected = texts(db, &format!("SELECT {} FROM request", id_text(db, "id"))).await;
    expected.iter_mut().for_each(|id| *id = format!("ack:{id}"));
    expected.sort();
    acknowledged.sort();
    assert_eq!(acknowledged, expected, "one acknowledgement for each request");

    let verdict = journal::verify(db, None, |_| ()).await.unwrap();
    assert!(matches!(verdict, Verdict::Sound { .. }), "{verdict:?}");
}
