//! Reading outside a write: over a line for each statement, or, for a task with a reach, through one read-only
//! transaction kept for as long as the task lasts. One line serves a whole page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::error::ConnAcquireErr;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::lines::{Line, Lines};
use crate::reach::{self, Reach, Slot, Way};

/// Transactions of readers at once: with the writers they leave lines to everyone else, so that what a reader
/// waits for always finds one.
const MAX_READERS: usize = 8;

/// As for a line.
const PATIENCE: Duration = Duration::from_secs(10);

static OPENED: AtomicU64 = AtomicU64::new(1);

/// For reads outside a write transaction.
#[derive(Clone, Debug)]
pub struct Reader(Over);

#[derive(Clone, Debug)]
enum Over {
    Sqlite(DatabaseConnection),
    Postgres(Walls),
}

#[derive(Clone, Debug)]
struct Walls {
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
    _turn: OwnedSemaphorePermit,
}

impl Reader {
    /// Over the pool of SQLite, which knows no walls.
    pub(crate) fn over_sqlite(pool: &DatabaseConnection) -> Self {
        Self(Over::Sqlite(pool.clone()))
    }

    /// Over the lines to PostgreSQL.
    pub(crate) fn over_postgres(lines: &Lines) -> Self {
        let turns = Arc::new(Semaphore::new(MAX_READERS));
        let database = OPENED.fetch_add(1, Ordering::Relaxed);
        Self(Over::Postgres(Walls { lines: lines.clone(), turns, database }))
    }
}

impl Walls {
    async fn open(&self, slot: &Slot, reach: Reach) -> Result<Held, DbErr> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let mut line = self.lines.take().await?;
        line.begin(&slot.begins(&reach)).await?;
        Ok(Held { line, reach, database: self.database, _turn: turn })
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
        match self.0 {
            Over::Sqlite(_) => DbBackend::Sqlite,
            Over::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// What changes a row outside a transaction (a session seen again, the lease of a job) shows none.
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Over::Sqlite(pool) => pool.execute_raw(statement).await,
            Over::Postgres(walls) => {
                reach::release().await;
                walls.lines.take().await?.execute(statement).await
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.0 {
            Over::Sqlite(pool) => pool.execute_unprepared(sql).await,
            Over::Postgres(walls) => {
                reach::release().await;
                walls.lines.take().await?.simple(sql).await
            }
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.0 {
            Over::Sqlite(pool) => pool.query_one_raw(statement).await,
            Over::Postgres(walls) => match reach::way() {
                Way::Free => walls.lines.take().await?.one(statement).await,
                Way::Within(slot, reach) => Ok(walls.rows(&slot, reach, statement, true).await?.pop()),
            },
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Over::Sqlite(pool) => pool.query_all_raw(statement).await,
            Over::Postgres(walls) => match reach::way() {
                Way::Free => walls.lines.take().await?.all(statement).await,
                Way::Within(slot, reach) => walls.rows(&slot, reach, statement, false).await,
            },
        }
    }
}
