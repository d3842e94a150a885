//! Reading outside a write: over a line for each statement, or, for a task with a reach, through one read-only
//! transaction kept for as long as the task lasts. One line serves a whole page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::error::ConnAcquireErr;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::lines::{Line, Lines, PATIENCE};
use crate::reach::{self, Reach, Slot, Way};

/// Transactions of readers at once: with the writers they leave lines to everyone else, so that what a reader
/// waits for always finds one.
const MAX_READERS: usize = 8;

static OPENED: AtomicU64 = AtomicU64::new(1);

/// For reads outside a write transaction.
#[derive(Clone, Debug)]
pub struct Reader {
    lines: Lines,
    turns: Arc<Semaphore>,
    /// Which database: a task may read several.
    database: u64,
}

/// The transaction that a task reads in; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    line: Line,
    reach: Reach,
    database: u64,
}

impl Reader {
    pub(crate) fn over(lines: Lines) -> Self {
        let turns = Arc::new(Semaphore::new(MAX_READERS));
        Self { lines, turns, database: OPENED.fetch_add(1, Ordering::Relaxed) }
    }

    /// No line is taken any more.
    pub(crate) async fn close(&self) {
        self.lines.close().await;
    }

    /// How the next statement goes: SQLite knows no walls.
    fn way(&self) -> Way {
        if self.lines.backend() == DbBackend::Sqlite { Way::Free } else { reach::way() }
    }

    async fn open(&self, slot: &Slot, reach: Reach) -> Result<Held, DbErr> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let mut line = self.lines.take().await?;
        line.begin(&slot.begins(&reach), turn).await?;
        Ok(Held { line, reach, database: self.database })
    }

    /// Rows of a statement, in the transaction of the task, opened by its first read.
    async fn rows(
        &self,
        slot: &Slot,
        reach: Reach,
        statement: Statement,
        one: bool,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let mut place = slot.held.lock().await;
        if place.as_ref().is_some_and(|held| held.reach != reach || held.database != self.database) {
            *place = None;
        }
        let held = match &mut *place {
            Some(held) => held,
            empty => empty.insert(self.open(slot, reach).await?),
        };
        let rows = if one {
            held.line.one(statement).await.map(|row| row.into_iter().collect())
        } else {
            held.line.all(statement).await
        };
        if rows.is_err() {
            // PostgreSQL gave the transaction up with the statement: the next one begins another.
            *place = None;
        }
        rows
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.lines.backend()
    }

    /// What changes a row outside a transaction (a session seen again, the lease of a job) shows none.
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        reach::release().await;
        self.lines.take().await?.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        reach::release().await;
        self.lines.take().await?.simple(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.way() {
            Way::Free => self.lines.take().await?.one(statement).await,
            Way::Within(slot, reach) => Ok(self.rows(&slot, reach, statement, true).await?.pop()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.way() {
            Way::Free => self.lines.take().await?.all(statement).await,
            Way::Within(slot, reach) => self.rows(&slot, reach, statement, false).await,
        }
    }
}
