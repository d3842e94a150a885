//! Answers kept a few seconds in this process: what every page reads and few changes touch. A change
//! made here, or heard from another process, makes them read anew; one not heard is seen seconds later.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::Db;
use crate::live::Change;

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::seconds(5);
/// Answers kept at once.
const MOST: usize = 2_000;

#[derive(Debug)]
struct Answer {
    read_at: DateTime<Utc>,
    changes: u64,
    value: Arc<dyn Any + Send + Sync>,
}

/// What is kept, and how often what it is about has changed.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    answers: Mutex<HashMap<String, Answer>>,
    changes: Mutex<HashMap<String, u64>>,
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `request` of `request:…`.
fn noun(subject: &str) -> &str {
    subject.split(':').next().unwrap_or_default()
}

impl Recent {
    pub(crate) fn changed<'a>(&self, changes: impl Iterator<Item = &'a Change>) {
        let mut counts = guard(&self.changes);
        for change in changes {
            *counts.entry(noun(&change.subject).to_owned()).or_default() += 1;
        }
    }

    /// Changes were missed: nothing kept is trusted.
    pub(crate) fn forget(&self) {
        guard(&self.answers).clear();
    }

    fn count(&self, nouns: &[&str]) -> u64 {
        let counts = guard(&self.changes);
        nouns.iter().filter_map(|noun| counts.get(*noun)).sum()
    }

    fn known<T: Send + Sync + 'static>(&self, key: &str, now: DateTime<Utc>, changes: u64) -> Option<Arc<T>> {
        let answers = guard(&self.answers);
        let answer = answers.get(key)?;
        let age = now - answer.read_at;
        let fresh = answer.changes == changes && age >= TimeDelta::zero() && age < KEPT;
        if fresh { Arc::clone(&answer.value).downcast().ok() } else { None }
    }

    fn keep(&self, key: String, answer: Answer) {
        let mut answers = guard(&self.answers);
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, answer);
    }
}

impl Db {
    /// What `read` answers under this key, or answered less than five seconds ago with nothing of these
    /// nouns (`request`, `team`…, as the journal names its subjects) changed since. The key says
    /// everything the answer depends on, the reader's scope included.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn recent<T, E>(
        &self,
        key: String,
        nouns: &[&str],
        read: impl AsyncFnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        T: Send + Sync + 'static,
    {
        // Counted before reading: a change during it makes the answer old at once.
        let (recent, read_at) = (self.live().recent(), self.now());
        let changes = recent.count(nouns);
        if let Some(known) = recent.known(&key, read_at, changes) {
            return Ok(known);
        }
        let value = Arc::new(read().await?);
        let kept: Arc<dyn Any + Send + Sync> = Arc::clone(&value) as _;
        recent.keep(key, Answer { read_at, changes, value: kept });
        Ok(value)
    }
}
