//! Reading outside a write: through the pool, or, for a task with a reach, through one read-only transaction
//! kept for as long as the task lasts. One connection serves a whole page, tried and given back once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::error::{ConnAcquireErr, RuntimeErr};
use sea_orm::sea_query::Values;
use sea_orm::sqlx::{self, AssertSqlSafe, PgPool, Postgres, Transaction};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::reach::{self, Reach, Slot, Way};

/// Transactions of readers at once: with the writers and the listener they leave connections to everyone else,
/// so that what a reader waits for always finds one.
const MAX_READERS: usize = 8;

/// As for a connection of the pool.
const PATIENCE: Duration = Duration::from_secs(10);

static OPENED: AtomicU64 = AtomicU64::new(1);

/// For reads outside a write transaction.
#[derive(Clone, Debug)]
pub struct Reader {
    connection: DatabaseConnection,
    /// On PostgreSQL alone.
    walls: Option<Walls>,
}

#[derive(Clone, Debug)]
struct Walls {
    pool: PgPool,
    turns: Arc<Semaphore>,
    /// Which database: a task may read several.
    database: u64,
    count: fn(&str, Duration),
}

/// The transaction that a task reads in.
pub(crate) struct Held {
    transaction: Transaction<'static, Postgres>,
    reach: Reach,
    database: u64,
    _turn: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Held({})", self.database)
    }
}

impl Reader {
    /// Over a pool; `count` is told of each statement.
    pub(crate) fn over(connection: &DatabaseConnection, count: fn(&str, Duration)) -> Self {
        let walls = (connection.get_database_backend() == DbBackend::Postgres).then(|| Walls {
            pool: connection.get_postgres_connection_pool().clone(),
            turns: Arc::new(Semaphore::new(MAX_READERS)),
            database: OPENED.fetch_add(1, Ordering::Relaxed),
            count,
        });
        Self { connection: connection.clone(), walls }
    }

    /// The walls in the way of the next statement.
    fn within(&self) -> Option<(&Walls, Arc<Slot>, Reach)> {
        let walls = self.walls.as_ref()?;
        match reach::way() {
            Way::Free => None,
            Way::Within(slot, reach) => Some((walls, slot, reach)),
        }
    }
}

impl Walls {
    async fn open(&self, slot: &Slot, reach: Reach) -> Result<Held, DbErr> {
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let transaction = self.pool.begin_with(AssertSqlSafe(slot.begins(&reach))).await.map_err(acquired)?;
        Ok(Held { transaction, reach, database: self.database, _turn: turn })
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
        let began = Instant::now();
        let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values));
        let on = &mut *held.transaction;
        let rows = if one {
            query.fetch_optional(on).await.map(|row| row.into_iter().collect())
        } else {
            query.fetch_all(on).await
        };
        (self.count)(&statement.sql, began.elapsed());
        match rows {
            Ok(rows) => Ok(rows.into_iter().map(QueryResult::from).collect()),
            Err(error) => {
                // PostgreSQL gave the transaction up with the statement: the next one begins another.
                *place = None;
                Err(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
            }
        }
    }
}

fn acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// What changes a row outside a transaction (a session seen again, the lease of a job) shows none.
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        reach::release().await;
        self.connection.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        reach::release().await;
        self.connection.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self.within() {
            None => self.connection.query_one_raw(statement).await,
            Some((walls, slot, reach)) => Ok(walls.rows(&slot, reach, statement, true).await?.pop()),
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self.within() {
            None => self.connection.query_all_raw(statement).await,
            Some((walls, slot, reach)) => walls.rows(&slot, reach, statement, false).await,
        }
    }
}
