//! What just changed, told to whoever watches: in this process on SQLite, in every process over
//! one PostgreSQL (`NOTIFY` inside the transaction). A comfort: a change not heard is only shown
//! later, so nothing may rest on hearing it. A subscriber too slow, or a line that was cut, hears
//! [`Heard::Missed`] and reads again.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use beffroi_kernel::{PersonId, SchoolId};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

use crate::recent::Recent;
use crate::{Batch, DbError};

mod listen;

/// The channel of the notifications.
pub(crate) const CHANNEL: &str = "beffroi";
/// The payload that stands for more changes than are worth naming.
const MANY: &str = "*";
/// Changes named in one transaction; an import makes thousands, and says only that it did.
const NAMED: usize = 200;
/// Bytes of one notification: PostgreSQL takes fewer than 8 000.
const PAYLOAD: usize = 7_000;
/// Changes a subscriber may be late by.
const LATE: usize = 256;

/// Something that changed: what, where and by whom, never its content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// To what, as in the journal: `request:…`, `person:…`.
    #[serde(rename = "s")]
    pub subject: String,
    /// What, as `noun.verb`.
    #[serde(rename = "k")]
    pub kind: String,
    /// The school concerned.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub school: Option<SchoolId>,
    /// Who did it.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<PersonId>,
}

/// What a subscriber hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// This changed.
    Change(Arc<Change>),
    /// Something was missed: read again.
    Missed,
}

/// What one watcher hears from now on.
#[derive(Debug)]
pub struct Subscription(broadcast::Receiver<Heard>);

impl Subscription {
    /// The next thing heard; nothing once the database is closed. Dropping the wait loses nothing.
    pub async fn next(&mut self) -> Option<Heard> {
        match self.0.recv().await {
            Ok(heard) => Some(heard),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// What was already heard, without waiting.
    pub fn try_next(&mut self) -> Option<Heard> {
        match self.0.try_recv() {
            Ok(heard) => Some(heard),
            Err(broadcast::error::TryRecvError::Lagged(_)) => Some(Heard::Missed),
            Err(_) => None,
        }
    }
}

/// Those who watch, in this process.
#[derive(Debug)]
struct Watchers {
    all: broadcast::Sender<Heard>,
    about: HashMap<String, broadcast::Sender<Heard>>,
}

/// The bus of one database in this process.
#[derive(Debug)]
pub struct Live {
    connection: DatabaseConnection,
    /// Nobody, once closed.
    watchers: Mutex<Option<Watchers>>,
    /// Whether commits of this process are told here, rather than come back by notification.
    locally: AtomicBool,
    /// Whether the database takes notifications.
    notifies: AtomicBool,
    listening: watch::Sender<bool>,
    listener: Mutex<Option<AbortHandle>>,
    recent: Recent,
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    pub(crate) async fn over(connection: DatabaseConnection) -> Self {
        let postgres = connection.get_database_backend() == DbBackend::Postgres;
        // An engine that only speaks PostgreSQL's language may refuse: better now than in a change.
        let notifies = postgres && send(&connection, &[String::new()]).await.is_ok();
        if postgres && !notifies {
            tracing::warn!("the database takes no notification: changes are read from the journal");
        }
        let watchers = Watchers { all: broadcast::channel(LATE).0, about: HashMap::new() };
        Self {
            connection,
            watchers: Mutex::new(Some(watchers)),
            locally: AtomicBool::new(!postgres),
            notifies: AtomicBool::new(notifies),
            listening: watch::channel(!postgres).0,
            listener: Mutex::default(),
            recent: Recent::default(),
        }
    }

    /// The answers that changes make old.
    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Hears everything that changes from now on.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>) -> Subscription {
        let all = guard(&self.watchers).as_ref().map_or_else(closed, |watchers| watchers.all.subscribe());
        // Only now: what the task says first would be lost.
        self.listen();
        Subscription(all)
    }

    /// Hears what changes about `subject` from now on: other changes do not even wake it.
    #[must_use]
    pub fn about(self: &Arc<Self>, subject: &str) -> Subscription {
        let heard = guard(&self.watchers).as_mut().map_or_else(closed, |watchers| {
            watchers.about.retain(|_, sender| sender.receiver_count() > 0);
            let sender = watchers.about.entry(subject.to_owned());
            sender.or_insert_with(|| broadcast::channel(LATE).0).subscribe()
        });
        self.listen();
        Subscription(heard)
    }

    /// Waits until changes of other processes are heard too; at once where there are none.
    pub async fn ready(self: &Arc<Self>) {
        self.listen();
        let _ = self.listening.subscribe().wait_for(|listening| *listening).await;
    }

    /// Every subscription ends: a server that stops does not wait for those who watch.
    pub fn close(&self) {
        guard(&self.watchers).take();
        if let Some(listener) = guard(&self.listener).take() {
            listener.abort();
        }
    }

    /// One task a process listens to PostgreSQL, from the first subscriber on.
    fn listen(self: &Arc<Self>) {
        let mut listener = guard(&self.listener);
        if listener.is_none()
            && self.connection.get_database_backend() == DbBackend::Postgres
            && guard(&self.watchers).is_some()
        {
            *listener = Some(tokio::spawn(listen::run(Arc::downgrade(self))).abort_handle());
        }
    }

    fn tell(&self, heard: Heard) {
        match &heard {
            Heard::Change(change) => self.recent.changed(std::iter::once(change.as_ref())),
            Heard::Missed => self.recent.forget(),
        }
        let mut watchers = guard(&self.watchers);
        let Some(watchers) = watchers.as_mut() else { return };
        // Nobody may be there to hear.
        let _ = watchers.all.send(heard.clone());
        match &heard {
            Heard::Change(change) => {
                if let Some(sender) = watchers.about.get(&change.subject) {
                    let _ = sender.send(heard);
                }
            }
            Heard::Missed => {
                for sender in watchers.about.values() {
                    let _ = sender.send(Heard::Missed);
                }
            }
        }
    }

    /// What a notification says, told to those who watch here.
    fn hear(&self, payload: &str) {
        if payload == MANY {
            return self.tell(Heard::Missed);
        }
        // Other payloads are probes, or of a version to come.
        let changes: Vec<Change> = serde_json::from_str(payload).unwrap_or_default();
        for change in changes {
            self.tell(Heard::Change(Arc::new(change)));
        }
    }

    /// Within the transaction: PostgreSQL tells these changes when it commits, and only then. To be added
    /// last: of what is sent together, only the last may be read.
    pub(crate) fn notify(&self, batch: &mut Batch, changes: &BTreeSet<Change>) -> Result<(), DbError> {
        if changes.is_empty() || !self.notifies.load(Ordering::Relaxed) {
            return Ok(());
        }
        let payloads = payloads(changes)?;
        let calls: Vec<String> =
            (0..payloads.len()).map(|at| format!("pg_notify($1, ${})", at + 2)).collect();
        let values = std::iter::once(CHANNEL.into()).chain(payloads.into_iter().map(Value::from)).collect();
        batch.add(format!("SELECT {}", calls.join(", ")), values);
        Ok(())
    }

    /// After the commit: told to this process where no notification does it.
    pub(crate) fn committed(&self, changes: BTreeSet<Change>) {
        if !self.locally.load(Ordering::Relaxed) {
            // The notification will come; what this process kept is old already.
            return self.recent.changed(changes.iter());
        }
        if changes.len() > NAMED {
            return self.tell(Heard::Missed);
        }
        for change in changes {
            self.tell(Heard::Change(Arc::new(change)));
        }
    }
}

fn closed() -> broadcast::Receiver<Heard> {
    broadcast::channel(1).1
}

async fn send(on: &impl ConnectionTrait, payloads: &[String]) -> Result<(), DbError> {
    for payload in payloads {
        let values = [CHANNEL.into(), payload.as_str().into()];
        let sql = "SELECT pg_notify($1, $2)";
        on.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    }
    Ok(())
}

/// The changes as notifications, each short enough.
fn payloads(changes: &BTreeSet<Change>) -> Result<Vec<String>, DbError> {
    if changes.len() > NAMED {
        return Ok(vec![MANY.to_owned()]);
    }
    let mut payloads = Vec::new();
    let mut current = String::new();
    for change in changes {
        let text = serde_json::to_string(change)?;
        if text.len() > PAYLOAD {
            return Ok(vec![MANY.to_owned()]);
        }
        if !current.is_empty() && current.len() + text.len() > PAYLOAD {
            payloads.push(format!("[{}]", std::mem::take(&mut current)));
        }
        if !current.is_empty() {
            current.push(',');
        }
        current.push_str(&text);
    }
    payloads.push(format!("[{current}]"));
    Ok(payloads)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(count: usize) -> BTreeSet<Change> {
        let change = |number| Change {
            subject: format!("request:{number}"),
            kind: "request.answered".into(),
            school: Some(SchoolId::new()),
            actor: Some(PersonId::new()),
        };
        (0..count).map(change).collect()
    }

    #[test]
    fn notifications_stay_short_and_say_everything() {
        let changes = changes(NAMED);
        let payloads = payloads(&changes).unwrap();
        assert!(payloads.iter().all(|payload| payload.len() < 8_000));
        let read: BTreeSet<Change> =
            payloads.iter().flat_map(|text| serde_json::from_str::<Vec<Change>>(text).unwrap()).collect();
        assert_eq!(read, changes);
    }

    #[test]
    fn an_import_says_only_that_much_changed() {
        assert_eq!(payloads(&changes(NAMED + 1)).unwrap(), ["*"]);
    }
}
