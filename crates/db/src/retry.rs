//! Running a write transaction again when nothing of it was kept: the database gave it up for another
//! one, or the line was cut before the commit was sent. Whether a lost commit took place cannot be
//! known: that one is never run again. (CSU-06)

use std::cell::Cell;
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr, sqlx};
use tokio::time::{Instant, sleep};

/// Runs of one transaction, the first included.
const MOST: u32 = 20;
/// After so long, a person is told rather than kept waiting.
const LONGEST: Duration = Duration::from_secs(5);
/// The first wait is up to this long, the next up to twice as long, and so on.
const FIRST_WAIT: u64 = 4;
/// How often the wait doubles: 256 ms at most.
const DOUBLINGS: u32 = 6;

tokio::task_local! {
    static SEEN: Cell<Option<Again>>;
}

/// Why a transaction may be run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// The database gave it up: a serialization failure or a deadlock.
    Conflict,
    /// The line was cut.
    Lost,
}

impl Again {
    /// What this failure of a statement says.
    pub(crate) fn of(error: &DbErr) -> Option<Self> {
        let (DbErr::Conn(RuntimeErr::SqlxError(inner))
        | DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))) = error
        else {
            return None;
        };
        match inner.as_ref() {
            sqlx::Error::Database(refused) => Self::of_code(&refused.code()?),
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => Some(Self::Lost),
            _ => None,
        }
    }

    /// SQLSTATE: 40001 is also CockroachDB's « restart transaction » and YugabyteDB's conflicts.
    fn of_code(code: &str) -> Option<Self> {
        match code {
            "40001" | "40P01" => Some(Self::Conflict),
            "08003" | "08006" | "57P01" | "57P02" | "57P03" => Some(Self::Lost),
            _ => None,
        }
    }

    /// The same for the commit itself: after a cut line nobody knows whether it took place.
    pub(crate) fn of_commit(error: &DbErr) -> Option<Self> {
        Self::of(error).filter(|again| *again == Self::Conflict)
    }
}

/// Keeps in mind, for the transaction this task is in, that it may be run again.
pub(crate) fn note(again: Option<Again>) {
    if again.is_some() {
        let _ = SEEN.try_with(|seen| seen.set(again));
    }
}

/// Says for good whether the transaction this task is in may be run again, whatever was noted before.
pub(crate) fn settle(again: Option<Again>) {
    let _ = SEEN.try_with(|seen| seen.set(again));
}

/// What was noted in the transaction this task is in.
fn noted() -> Option<Again> {
    SEEN.try_with(Cell::get).ok().flatten()
}

/// Runs `work` and says beside its result whether it may be run again.
pub(crate) async fn watched<F: Future>(work: F) -> (F::Output, Option<Again>) {
    let both = async {
        let output = work.await;
        (output, noted())
    };
    SEEN.scope(Cell::new(None), both).await
}

/// The runs of one transaction.
#[derive(Debug)]
pub(crate) struct Tries {
    made: u32,
    began: Instant,
}

impl Tries {
    /// Before the first.
    pub(crate) fn new() -> Self {
        Self { made: 0, began: Instant::now() }
    }

    /// Waits a random while, longer each time; false when it is enough.
    pub(crate) async fn again(&mut self, why: Again) -> bool {
        self.made += 1;
        if self.made >= MOST || self.began.elapsed() > LONGEST {
            tracing::warn!(?why, tries = self.made, "a transaction was given up");
            return false;
        }
        tracing::info!(?why, tries = self.made, "a transaction is run again");
        // At random: two that met must not meet again.
        let longest = FIRST_WAIT << self.made.saturating_sub(1).min(DOUBLINGS);
        sleep(Duration::from_millis(rand::random_range(0..=longest))).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::sync::Arc;

    use super::*;

    fn cut() -> DbErr {
        let broken = sqlx::Error::Io(Error::from(ErrorKind::BrokenPipe));
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(broken)))
    }

    #[test]
    fn a_cut_line_is_tried_again_but_never_a_commit_that_may_have_taken_place() {
        assert_eq!(Again::of(&cut()), Some(Again::Lost));
        assert_eq!(Again::of_commit(&cut()), None);
        assert_eq!(Again::of(&DbErr::Custom("autre".into())), None);
    }

    #[test]
    fn only_what_the_database_undid_is_tried_again() {
        for code in ["40001", "40P01"] {
            assert_eq!(Again::of_code(code), Some(Again::Conflict), "{code}");
        }
        // 40003: « statement completion unknown »; a refused value stays refused.
        for code in ["40003", "23505", "22001", "42601", "5", "2067"] {
            assert_eq!(Again::of_code(code), None, "{code}");
        }
    }

    #[tokio::test]
    async fn tries_end() {
        let mut tries = Tries::new();
        let mut made = 1;
        while tries.again(Again::Conflict).await {
            made += 1;
        }
        assert!((10..=MOST).contains(&made), "{made}");
    }

    #[tokio::test]
    async fn what_is_noted_stays_within_its_transaction() {
        note(Some(Again::Lost));
        let ((), again) = watched(async { note(Again::of(&cut())) }).await;
        assert_eq!(again, Some(Again::Lost));
        assert_eq!(watched(async {}).await.1, None);
    }
}
