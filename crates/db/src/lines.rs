//! Connections to the database: the one given back last is the first taken. A quiet site then uses few of them, and
//! what each remembers (plans, pages, its share of the processor's cache) stays warm; the driver's own pool hands
//! them out in turn, and asks each, when it comes back, whether it is still there. (Decision 0035)

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::error::{ConnAcquireErr, RuntimeErr};
use sea_orm::sea_query::Values;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use sea_orm::{DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::connection::counted;

/// How long one waits for a line.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How long a line that is tried may take to answer.
const ANSWERS_IN: Duration = Duration::from_secs(2);
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
    pool: DatabaseConnection,
    /// The last one given back at the end.
    resting: Mutex<Vec<Resting>>,
    room: Arc<Semaphore>,
    most: u32,
}

#[derive(Debug)]
struct Resting {
    wire: Wire,
    since: Instant,
}

#[derive(Debug)]
struct Wire {
    connection: Kind,
    opened: Instant,
}

#[derive(Debug)]
enum Kind {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// The same on either kind of connection.
macro_rules! either {
    ($kind:expr, $connection:ident => $run:expr) => {
        match $kind {
            Kind::Postgres($connection) => $run.await.map(Into::into),
            Kind::Sqlite($connection) => $run.await.map(Into::into),
        }
    };
}

/// What a line is in the middle of.
#[derive(Clone, Copy, Debug, Default)]
struct Midst {
    /// A statement whose end was not seen, or that failed.
    unsettled: bool,
    /// A transaction neither committed nor rolled back.
    transaction: bool,
}

/// A connection of one's own, given back when dropped: what it was in the middle of is rolled back first.
#[derive(Debug)]
pub(crate) struct Line {
    wire: Option<Wire>,
    midst: Midst,
    lines: Lines,
    /// Its room, and the turn of whoever has it: kept until it is given back.
    permits: Vec<OwnedSemaphorePermit>,
}

impl Lines {
    /// Up to `most` lines at once, opened by this pool when they are needed.
    pub(crate) fn over(pool: &DatabaseConnection, most: u32) -> Self {
        let room = Arc::new(Semaphore::new(most as usize));
        Self(Arc::new(Exchange { pool: pool.clone(), resting: Mutex::default(), room, most }))
    }

    /// A line, once there is room.
    pub(crate) async fn take(&self) -> Result<Line, DbErr> {
        // On the heap: what opens a connection is large, and rare.
        let taken = timeout(PATIENCE, Box::pin(self.taken())).await;
        taken.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
    }

    async fn taken(&self) -> Result<Line, DbErr> {
        let room = Arc::clone(&self.0.room).acquire_owned().await;
        let room = room.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let wire = match self.rested().await {
            Some(wire) => wire,
            None => self.opened().await.map_err(acquired)?,
        };
        Ok(Line { wire: Some(wire), midst: Midst::default(), lines: self.clone(), permits: vec![room] })
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.0.pool.get_database_backend()
    }

    async fn opened(&self) -> Result<Wire, sqlx::Error> {
        let pool = &self.0.pool;
        let connection = match self.backend() {
            DbBackend::Postgres => {
                Kind::Postgres(pool.get_postgres_connection_pool().acquire().await?.detach())
            }
            _ => Kind::Sqlite(pool.get_sqlite_connection_pool().acquire().await?.detach()),
        };
        Ok(Wire { connection, opened: Instant::now() })
    }

    /// The last line given back that still answers.
    async fn rested(&self) -> Option<Wire> {
        loop {
            let Resting { mut wire, since } = self.resting().pop()?;
            let rest = since.elapsed();
            if rest > RESTS_FOR || wire.opened.elapsed() > LIVES_FOR {
                bid_farewell(wire);
            } else if rest < TRUSTED_FOR || matches!(timeout(ANSWERS_IN, wire.ping()).await, Ok(Ok(()))) {
                return Some(wire);
            }
        }
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Resting>> {
        self.0.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, wire: Wire) {
        let mut resting = self.resting();
        resting.push(Resting { wire, since: Instant::now() });
        // Those beneath rest for longest.
        if resting.first().is_some_and(|first| first.since.elapsed() > RESTS_FOR) {
            let longest = resting.remove(0);
            drop(resting);
            bid_farewell(longest.wire);
        }
    }

    /// No line is taken any more; waits for those that are used, then closes all.
    pub(crate) async fn close(&self) {
        let all = timeout(PATIENCE, self.0.room.acquire_many(self.0.most)).await;
        self.0.room.close();
        drop(all);
        let resting = std::mem::take(&mut *self.resting());
        for Resting { wire, .. } in resting {
            let _ = wire.close().await;
        }
    }
}

impl Wire {
    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        either!(&mut self.connection, connection => connection.ping())
    }

    async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        match &mut self.connection {
            Kind::Postgres(connection) => connection.execute("ROLLBACK").await.map(drop),
            Kind::Sqlite(connection) => connection.execute("ROLLBACK").await.map(drop),
        }
    }

    /// Says good-bye to the database: dropped, it would wonder what became of us.
    async fn close(self) -> Result<(), sqlx::Error> {
        either!(self.connection, connection => connection.close())
    }
}

/// Closes a connection without waiting for it.
fn bid_farewell(wire: Wire) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(wire.close());
    }
}

impl Line {
    /// Begins a transaction by these statements, in one round trip; `turn` is over when the line is given back.
    pub(crate) async fn begin(&mut self, sql: &str, turn: OwnedSemaphorePermit) -> Result<(), DbErr> {
        self.permits.push(turn);
        // From here on: cut short, it may have begun.
        self.midst.transaction = true;
        self.simple(sql).await.map(drop)
    }

    /// Commits the transaction.
    pub(crate) async fn commit(&mut self) -> Result<(), DbErr> {
        if self.midst.unsettled && self.lines.backend() == DbBackend::Postgres {
            // PostgreSQL would answer to the commit of a transaction it gave up as if all were well.
            return Err(DbErr::Custom("la base a abandonné la transaction".into()));
        }
        self.simple("COMMIT").await?;
        self.midst.transaction = false;
        Ok(())
    }

    /// Statements without values, which are not kept prepared.
    pub(crate) async fn simple(&mut self, sql: &str) -> Result<ExecResult, DbErr> {
        let wire = begun(&mut self.wire, &mut self.midst)?;
        let done = either!(wire, connection => connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))));
        self.ended(done).map_err(DbErr::Exec)
    }

    /// What a statement changed.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<ExecResult, DbErr> {
        let (sql, values, began) = parts(statement);
        let wire = begun(&mut self.wire, &mut self.midst)?;
        let done = either!(wire, connection => connection.execute(query(&sql, values)));
        counted(&sql, began.elapsed());
        self.ended(done).map_err(DbErr::Exec)
    }

    /// The rows of a statement.
    pub(crate) async fn all(&mut self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let (sql, values, began) = parts(statement);
        let rows = match begun(&mut self.wire, &mut self.midst)? {
            Kind::Postgres(connection) => rows(connection.fetch_all(query(&sql, values)).await),
            Kind::Sqlite(connection) => rows(connection.fetch_all(query(&sql, values)).await),
        };
        counted(&sql, began.elapsed());
        self.ended(rows).map_err(DbErr::Query)
    }

    /// The first row of a statement.
    pub(crate) async fn one(&mut self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let (sql, values, began) = parts(statement);
        let row = match begun(&mut self.wire, &mut self.midst)? {
            Kind::Postgres(connection) => rows(connection.fetch_optional(query(&sql, values)).await),
            Kind::Sqlite(connection) => rows(connection.fetch_optional(query(&sql, values)).await),
        };
        counted(&sql, began.elapsed());
        Ok(self.ended(row).map_err(DbErr::Query)?.pop())
    }

    /// A statement ended: a line whose statement failed is looked at before another uses it.
    fn ended<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, RuntimeErr> {
        self.midst.unsettled = done.is_err();
        done.map_err(|error| RuntimeErr::SqlxError(Arc::new(error)))
    }
}

/// A statement begins: until it ends, the line is in its midst.
fn begun<'line>(wire: &'line mut Option<Wire>, midst: &mut Midst) -> Result<&'line mut Kind, DbErr> {
    midst.unsettled = true;
    let wire = wire.as_mut().ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
    Ok(&mut wire.connection)
}

fn rows<R: Into<QueryResult>>(
    found: Result<impl IntoIterator<Item = R>, sqlx::Error>,
) -> Result<Vec<QueryResult>, sqlx::Error> {
    Ok(found?.into_iter().map(Into::into).collect())
}

impl Drop for Line {
    fn drop(&mut self) {
        let (Some(mut wire), midst) = (self.wire.take(), self.midst) else { return };
        if !midst.unsettled && !midst.transaction {
            return self.lines.give_back(wire);
        }
        // Without a runtime the connection falls, and the transaction with it.
        let Ok(runtime) = Handle::try_current() else { return };
        let (lines, permits) = (self.lines.clone(), std::mem::take(&mut self.permits));
        runtime.spawn(async move {
            let mended = async { if midst.transaction { wire.roll_back().await } else { wire.ping().await } };
            let mended = timeout(PATIENCE, mended).await;
            if matches!(mended, Ok(Ok(()))) {
                lines.give_back(wire);
            }
            drop(permits);
        });
    }
}

fn parts(statement: Statement) -> (String, SqlxValues, Instant) {
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    (statement.sql, SqlxValues(values), Instant::now())
}

fn query<D>(sql: &str, values: SqlxValues) -> sqlx::query::Query<'_, D, SqlxValues>
where
    D: sqlx::Database,
    SqlxValues: sqlx::IntoArguments<D>,
{
    sqlx::query_with(AssertSqlSafe(sql), values)
}

fn acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))),
    }
}
