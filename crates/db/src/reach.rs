//! The second wall, under `Scope`: how far the reads of a task reach. On PostgreSQL a reader's statements run
//! in a transaction that says it, and policies (`migrations/m2026_12_11_rls.rs`) hide every other row, whatever
//! the statement forgot. SQLite has the first wall only. (CSU-06, ASVS 8.4.1)

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use beffroi_kernel::Scope;
use tokio::sync::Mutex as Turn;
use uuid::Uuid;

use crate::reader::Held;

/// Why a task reads beyond what one person reaches. A new reason is written here, and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody at the command line of the server.
    Command,
    /// A job of the outbox, which acts for the site.
    Job,
    /// What `beffroi serve` does beside answering: mails, webhooks, signatures, gauges.
    Watch,
    /// Who is this? Asked before anybody is known.
    SignIn,
    /// What every page says on top, read once for all who look.
    Announcements,
    /// Whoever holds the paper of an act may check it, signed in or not.
    Proof,
    /// The signatory of an act, its author or its delegate, each judged by name in Rust.
    Signing,
    /// An agent looks again at what they typed in for somebody else.
    Typed,
    /// The other tool of a bridge signed that a request of its own changed: which, and no more.
    Told,
    /// How many requests an incident gathers, all schools together: a number, no row.
    Counts,
    /// A test puts the world in place.
    Test,
}

/// How far reads reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(Far);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Far {
    /// No row of a school.
    #[default]
    Nothing,
    /// Schools, territories, teams and the person, as PostgreSQL writes an array: identifiers of different
    /// things never meet.
    These(Arc<str>),
    Everything,
}

tokio::task_local! {
    static SLOT: Arc<Slot>;
}

/// What a task may read, and the transaction it reads in.
#[derive(Debug)]
pub(crate) struct Slot {
    reach: Mutex<Reach>,
    /// Whether whoever signs in sets the reach.
    waits: bool,
    /// Whether rows are found by their keys.
    keys: AtomicBool,
    pub(crate) held: Turn<Option<Held>>,
}

impl Slot {
    fn new(reach: Reach, waits: bool) -> Arc<Self> {
        Arc::new(Self {
            reach: Mutex::new(reach),
            waits,
            keys: AtomicBool::new(false),
            held: Turn::new(None),
        })
    }

    fn reach(&self) -> Reach {
        self.reach.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The statement that begins this task's transaction: one round trip.
    pub(crate) fn begins(&self, reach: &Reach) -> String {
        let mut sql = reach.begins();
        if self.keys.load(Ordering::Relaxed) {
            sql.push_str("; SET LOCAL plan_cache_mode = 'force_generic_plan'");
        }
        sql
    }
}

/// How the next statement goes.
pub(crate) enum Way {
    /// By itself: everything is within reach.
    Free,
    /// In the transaction of this task.
    Within(Arc<Slot>, Reach),
}

impl Reach {
    /// That of a person, by their widest scope.
    #[must_use]
    pub fn of(scope: &Scope) -> Self {
        if scope.is_everything() {
            return Self(Far::Everything);
        }
        let schools = scope.schools().iter().map(|id| id.0);
        let territories = scope.territories().iter().map(|id| id.0);
        let teams = scope.teams().iter().map(|id| id.0);
        let person = scope.person().map(|id| id.0);
        Self(Far::These(array(schools.chain(territories).chain(teams).chain(person)).into()))
    }

    /// All rows; the reason is for who reads the code.
    #[must_use]
    pub fn everything(_why: Why) -> Self {
        Self(Far::Everything)
    }

    /// That of the task in hand, for what goes on after it, as a stream does.
    #[must_use]
    pub fn current() -> Self {
        SLOT.try_with(|slot| slot.reach()).unwrap_or_default()
    }

    /// Runs `work`, whose reads reach so far; what it holds of the database is given back at its end.
    pub async fn around<F: Future>(self, work: F) -> F::Output {
        // Whoever waits for a connection holds none.
        release().await;
        SLOT.scope(Slot::new(self, false), work).await
    }

    fn begins(&self) -> String {
        let these = match &self.0 {
            Far::These(these) => these,
            Far::Nothing | Far::Everything => "{}",
        };
        let everything = if self.0 == Far::Everything { "on" } else { "off" };
        format!(
            "BEGIN READ ONLY; SET LOCAL beffroi.everything = '{everything}'; SET LOCAL beffroi.reach = '{these}'"
        )
    }
}

fn array(ids: impl Iterator<Item = Uuid>) -> String {
    let mut text = String::from("{");
    for id in ids {
        let comma = if text.len() > 1 { "," } else { "" };
        // Writing to a string never fails.
        let _ = write!(text, "{comma}{id}");
    }
    text.push('}');
    text
}

/// Runs the answer to a request: it reaches no row of a school until somebody is known.
pub async fn of_visitor<F: Future>(work: F) -> F::Output {
    SLOT.scope(Slot::new(Reach::default(), true), work).await
}

/// The request is this person's: what follows reads within their widest scope.
pub fn known(scope: &Scope) {
    let _ = SLOT.try_with(|slot| {
        if slot.waits {
            *slot.reach.lock().unwrap_or_else(PoisonError::into_inner) = Reach::of(scope);
        }
    });
}

/// What this task reads from here is found by keys, whose values say nothing of the best way: PostgreSQL plans
/// each statement once a connection, not at each run. Planning is half of what a page of many short statements
/// costs; a list, whose values choose among indexes, is not read so.
pub fn by_keys() {
    let _ = SLOT.try_with(|slot| slot.keys.store(true, Ordering::Relaxed));
}

/// Runs `work`, whose reads reach everything.
pub async fn everything<F: Future>(why: Why, work: F) -> F::Output {
    Reach::everything(why).around(work).await
}

/// How the next statement of this task goes. A task that nobody gave a reach reads no row of a school.
pub(crate) fn way() -> Way {
    match SLOT.try_with(Arc::clone) {
        Ok(slot) => match slot.reach() {
            Reach(Far::Everything) => Way::Free,
            reach => Way::Within(slot, reach),
        },
        Err(_) => {
            tracing::warn!("a read outside any reach: it sees no row of a school");
            Way::Within(Slot::new(Reach::default(), false), Reach::default())
        }
    }
}

/// Gives back the connection this task reads through, if it holds one: whoever asks for another holds none,
/// so that no two wait for each other.
pub(crate) async fn release() {
    if let Ok(slot) = SLOT.try_with(Arc::clone) {
        *slot.held.lock().await = None;
    }
}
