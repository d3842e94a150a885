//! Watching a request or the queue while it changes. A stream says that something changed, never
//! what: the page is then read again, by whoever may. The right to watch is asked at the beginning,
//! at each event and each minute; a session that ends, or a function that is lost, ends the stream.

use std::time::Duration;

use beffroi_db::DbError;
use beffroi_db::live::{Heard, Subscription};
use beffroi_db::reach::Reach;
use beffroi_directory::Watching;
use beffroi_kernel::{Access, RequestId};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::conversation::{exists_for, works_on};
use crate::presence::{self, PRESENCE};
use crate::store::entities::request;
use crate::store::{presence as store, requests};
use crate::{Desk, ReadInternalNotes, ReadRequests};

mod queue;
mod seats;

pub use queue::QueueWatch;
pub use seats::{Seat, Seats};

/// How often the right to watch is asked anew when nothing happens.
const CHECK_EVERY: Duration = Duration::from_secs(60);
/// How often a stream looks around by itself: someone who left without a word goes unseen.
const PULSE: Duration = Duration::from_secs(15);

/// What a stream is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One request, by its reference.
    Request(String),
    /// Everything the person may work on.
    Queue,
}

impl Subject {
    /// As addresses write it: `demande:2026-00042` or `file`.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if text == "file" {
            return Some(Self::Queue);
        }
        let reference = text.strip_prefix("demande:").filter(|reference| !reference.is_empty())?;
        Some(Self::Request(reference.to_owned()))
    }
}

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `seen` at the beginning, with what the page shows if it is fresh; `change`; `presence`, with
    /// who is there.
    pub name: &'static str,
    /// A text.
    pub text: String,
}

impl Told {
    fn change() -> Self {
        Self { name: "change", text: String::new() }
    }
}

/// Why one may not watch.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// No such request within reach.
    #[error("cette demande n’existe pas")]
    NotFound,
    /// The queue is for those who work on requests.
    #[error("la file est réservée aux agents")]
    NotAgent,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A stream.
#[derive(Debug)]
pub enum Watch {
    /// Of one request.
    Request(Box<RequestWatch>),
    /// Of the queue.
    Queue(Box<QueueWatch>),
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// As [`WatchError`] says.
    pub async fn begin(desk: &Desk, watching: Watching, subject: Subject) -> Result<Self, WatchError> {
        Ok(match subject {
            Subject::Request(reference) => {
                Self::Request(Box::new(RequestWatch::begin(desk, watching, reference).await?))
            }
            Subject::Queue => Self::Queue(Box::new(QueueWatch::begin(desk, watching).await?)),
        })
    }

    /// The next thing to say; nothing when the person may no longer watch, or the server stops.
    pub async fn next(&mut self) -> Option<Told> {
        match self {
            Self::Request(watch) => watch.next().await,
            Self::Queue(watch) => watch.next().await,
        }
    }
}

/// What a page of the request shows if it is fresh: the version of the request and the last message.
#[must_use]
pub fn seen(request: &request::Model, last_message: Option<impl ToString>) -> String {
    format!("{}.{}", request.version, last_message.map(|id| id.to_string()).unwrap_or_default())
}

fn pulse() -> Interval {
    let mut pulse = interval(PULSE);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pulse.reset();
    pulse
}

/// The stream of one request.
pub struct RequestWatch {
    desk: Desk,
    watching: Watching,
    id: RequestId,
    reference: String,
    about: Subscription,
    person: Subscription,
    pulse: Interval,
    checked: Instant,
    /// Who is there, as last said; agents only.
    present: Option<String>,
    notes: bool,
    to_say: Vec<Told>,
}

impl std::fmt::Debug for RequestWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RequestWatch({})", self.reference)
    }
}

/// What a person may see of the request now.
struct Sight {
    request: request::Model,
    as_agent: bool,
    notes: bool,
}

async fn sight(desk: &Desk, access: &Access, reference: &str) -> Result<Option<Sight>, DbError> {
    let Some(permit) = access.permit::<ReadRequests>() else { return Ok(None) };
    let found = requests::by_reference(desk.site.db.read(), permit.scope(), reference).await?;
    Ok(found.filter(|request| exists_for(access, request)).map(|request| {
        let as_agent = works_on(access, &request);
        let notes = as_agent && access.permit::<ReadInternalNotes>().is_some();
        Sight { request, as_agent, notes }
    }))
}

impl RequestWatch {
    async fn begin(desk: &Desk, watching: Watching, reference: String) -> Result<Self, WatchError> {
        let db = &desk.site.db;
        let found = sight(desk, &watching.access, &reference).await?.ok_or(WatchError::NotFound)?;
        let id = found.request.id;
        // Subscribed before reading what is there: nothing falls between the two.
        let about = db.live().about(&format!("request:{id}"));
        let person = db.live().about(&format!("person:{}", watching.access.person));
        let last = store::last_message(db.read(), id, found.notes).await?;
        let to_say = vec![Told { name: "seen", text: seen(&found.request, last) }];
        let mut watch = Self {
            desk: desk.clone(),
            watching,
            id,
            reference,
            about,
            person,
            pulse: pulse(),
            checked: Instant::now(),
            present: found.as_agent.then(String::new),
            notes: found.notes,
            to_say,
        };
        watch.look_around().await?;
        Ok(watch)
    }

    async fn next(&mut self) -> Option<Told> {
        while self.to_say.is_empty() {
            // A failure of the database ends the stream: the browser comes back by itself.
            self.wait().await.ok().flatten()?;
        }
        Some(self.to_say.remove(0))
    }

    /// Waits for something, and sets down what is to be said of it; nothing when the stream is over.
    async fn wait(&mut self) -> Result<Option<()>, DbError> {
        let heard = tokio::select! {
            heard = self.about.next() => heard,
            heard = self.person.next() => {
                // Something about the person themselves: may they still look?
                return Ok(if heard.is_some() { self.check().await? } else { None });
            }
            _ = self.pulse.tick() => {
                if self.checked.elapsed() >= CHECK_EVERY {
                    return self.check().await;
                }
                if self.present.as_ref().is_some_and(|present| !present.is_empty()) {
                    self.look_around().await?;
                }
                return Ok(Some(()));
            }
        };
        let Some(heard) = heard else { return Ok(None) };
        if self.check().await?.is_none() {
            return Ok(None);
        }
        match &heard {
            Heard::Change(change) if change.kind == PRESENCE => self.look_around().await?,
            // That there is a note is not for those who may not read it.
            Heard::Change(change) if change.kind == "request.noted" && !self.notes => {}
            Heard::Change(_) => self.to_say.push(Told::change()),
            Heard::Missed => {
                self.to_say.push(Told::change());
                self.look_around().await?;
            }
        }
        Ok(Some(()))
    }

    async fn check(&mut self) -> Result<Option<()>, DbError> {
        self.checked = Instant::now();
        let Some(access) = self.watching.again(&self.desk.site.db).await? else { return Ok(None) };
        let sight = sight(&self.desk, &access, &self.reference);
        let Some(found) = Reach::of(&access.wall()).around(sight).await? else { return Ok(None) };
        self.notes = found.notes;
        if !found.as_agent {
            self.present = None;
        }
        Ok(Some(()))
    }

    /// Says who is there, when that is news.
    async fn look_around(&mut self) -> Result<(), DbError> {
        let Some(said) = &mut self.present else { return Ok(()) };
        let access = &self.watching.access;
        let present = presence::others(&self.desk, self.id, access.person);
        let present = Reach::of(&access.wall()).around(present).await?;
        if *said != present {
            said.clone_from(&present);
            self.to_say.push(Told { name: "presence", text: present });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_request_or_the_queue() {
        assert_eq!(Subject::of("file"), Some(Subject::Queue));
        assert_eq!(Subject::of("demande:2026-00042"), Some(Subject::Request("2026-00042".into())));
        for other in ["", "demande:", "demandes", "personne:1"] {
            assert_eq!(Subject::of(other), None, "{other}");
        }
    }
}
