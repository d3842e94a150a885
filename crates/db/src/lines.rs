//! Connections to PostgreSQL: the one given back last is the first taken. A quiet site then uses few of them, and
//! what each remembers (plans, tables, its share of the processor's cache) stays warm; the driver's own pool hands
//! them out in turn, and asks each, when it comes back, whether it is still there. (Decision 0035)

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::error::{ConnAcquireErr, RuntimeErr};
use sea_orm::sea_query::Values;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use sea_orm::{DbErr, ExecResult, QueryResult, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::connection::counted;

/// How long one waits for a line.
const PATIENCE: Duration = Duration::from_secs(10);
/// A line that rested longer is tried before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// A line that rested longer is closed: a busy hour is over.
const RESTS_FOR: Duration = Duration::from_secs(600);
/// An older line is closed: what PostgreSQL keeps for each only grows.
const LIVES_FOR: Duration = Duration::from_secs(1_800);

/// The lines to one database; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Lines(Arc<Exchange>);

#[derive(Debug)]
struct Exchange {
    /// Where new connections come from.
    pool: PgPool,
    /// The last one given back at the end.
    resting: Mutex<Vec<Resting>>,
    room: Arc<Semaphore>,
}

#[derive(Debug)]
struct Resting {
    wire: Wire,
    since: Instant,
}

#[derive(Debug)]
struct Wire {
    connection: PgConnection,
    opened: Instant,
}

/// What a line is in the middle of.
#[derive(Clone, Copy, Debug, Default)]
struct Midst {
    /// A statement whose end was not seen, or that failed.
    statement: bool,
    /// A transaction neither committed nor rolled back.
    transaction: bool,
}

/// A connection of one's own, given back when dropped: what it was in the middle of is rolled back first.
#[derive(Debug)]
pub(crate) struct Line {
    wire: Option<Wire>,
    midst: Midst,
    lines: Lines,
    room: Option<OwnedSemaphorePermit>,
}

impl Lines {
    /// Up to `most` lines at once, opened by this pool when they are needed.
    pub(crate) fn over(pool: &PgPool, most: usize) -> Self {
        let resting = Mutex::new(Vec::with_capacity(most));
        Self(Arc::new(Exchange { pool: pool.clone(), resting, room: Arc::new(Semaphore::new(most)) }))
    }

    /// A line, once there is room.
    pub(crate) async fn take(&self) -> Result<Line, DbErr> {
        let room = timeout(PATIENCE, Arc::clone(&self.0.room).acquire_owned()).await;
        let room = room.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        let room = room.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let wire = match self.rested().await {
            Some(wire) => wire,
            None => {
                let connection = self.0.pool.acquire().await.map_err(acquired)?.detach();
                Wire { connection, opened: Instant::now() }
            }
        };
        Ok(Line { wire: Some(wire), midst: Midst::default(), lines: self.clone(), room: Some(room) })
    }

    /// The last line given back that still answers.
    async fn rested(&self) -> Option<Wire> {
        loop {
            let Resting { mut wire, since } = self.resting().pop()?;
            if since.elapsed() < TRUSTED_FOR || wire.connection.ping().await.is_ok() {
                return Some(wire);
            }
        }
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Resting>> {
        self.0.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, wire: Wire) {
        let now = Instant::now();
        if wire.opened.elapsed() > LIVES_FOR || self.0.room.is_closed() {
            return bid_farewell(wire);
        }
        let mut resting = self.resting();
        resting.push(Resting { wire, since: now });
        if resting.first().is_some_and(|first| now - first.since > RESTS_FOR) {
            let oldest = resting.remove(0);
            drop(resting);
            bid_farewell(oldest.wire);
        }
    }

    /// No line is taken any more; those that rest are closed.
    pub(crate) async fn close(&self) {
        self.0.room.close();
        let resting = std::mem::take(&mut *self.resting());
        for Resting { wire, .. } in resting {
            let _ = wire.connection.close().await;
        }
    }
}

/// Closes a connection as PostgreSQL wishes, without waiting for it.
fn bid_farewell(wire: Wire) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(wire.connection.close());
    }
}

impl Line {
    /// Begins a transaction by these statements, in one round trip.
    pub(crate) async fn begin(&mut self, sql: &str) -> Result<(), DbErr> {
        // From here on: cut short, it may have begun.
        self.midst.transaction = true;
        self.simple(sql).await.map(drop)
    }

    /// Commits the transaction.
    pub(crate) async fn commit(&mut self) -> Result<(), DbErr> {
        self.simple("COMMIT").await?;
        self.midst.transaction = false;
        Ok(())
    }

    /// Statements without values, which are not kept prepared.
    pub(crate) async fn simple(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let done = self.on(async |wire| wire.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await).await;
        done.map(ExecResult::from).map_err(|error| DbErr::Exec(failed(error)))
    }

    /// What a statement changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, values) = parts(statement);
        let began = Instant::now();
        let done = self.on(async |wire| wire.execute(query(&sql, values)).await).await;
        counted(&sql, began.elapsed());
        done.map(ExecResult::from).map_err(|error| DbErr::Exec(failed(error)))
    }

    /// The rows of a statement.
    pub(crate) async fn all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values) = parts(statement);
        let began = Instant::now();
        let rows = self.on(async |wire| wire.fetch_all(query(&sql, values)).await).await;
        counted(&sql, began.elapsed());
        let rows = rows.map_err(|error| DbErr::Query(failed(error)))?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// The first row of a statement.
    pub(crate) async fn one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values) = parts(statement);
        let began = Instant::now();
        let row = self.on(async |wire| wire.fetch_optional(query(&sql, values)).await).await;
        counted(&sql, began.elapsed());
        Ok(row.map_err(|error| DbErr::Query(failed(error)))?.map(QueryResult::from))
    }

    /// Runs `work`; a line whose work failed or was cut short is looked at before another uses it.
    async fn on<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let Some(wire) = &mut self.wire else { return Err(sqlx::Error::PoolClosed) };
        let before = std::mem::replace(&mut self.midst.statement, true);
        let done = work(&mut wire.connection).await;
        self.midst.statement = before || done.is_err();
        done
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let (Some(mut wire), midst) = (self.wire.take(), self.midst) else { return };
        if !midst.statement && !midst.transaction {
            return self.lines.give_back(wire);
        }
        // Without a runtime the connection falls, and the transaction with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let (lines, room) = (self.lines.clone(), self.room.take());
        runtime.spawn(async move {
            let mended = if midst.transaction {
                wire.connection.execute("ROLLBACK").await.map(drop)
            } else {
                wire.connection.ping().await
            };
            if mended.is_ok() {
                lines.give_back(wire);
            }
            drop(room);
        });
    }
}

fn parts(statement: Statement) -> (String, SqlxValues) {
    (statement.sql, SqlxValues(statement.values.unwrap_or_else(|| Values(Vec::new()))))
}

fn query(sql: &str, values: SqlxValues) -> sqlx::query::Query<'_, sqlx::Postgres, SqlxValues> {
    sqlx::query_with(AssertSqlSafe(sql), values)
}

fn failed(error: sqlx::Error) -> RuntimeErr {
    RuntimeErr::SqlxError(Arc::new(error))
}

fn acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(failed(error)),
    }
}
