//! Connecting, reading, and the one way to write: a transaction whose journal entries are chained
//! at its very end, so that the chain's head is locked for as short a time as possible.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beffroi_kernel::Clock;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Semaphore;

use crate::batch::Batch;
use crate::jobs::{self, NewJob};
use crate::journal::{self, Event};
use crate::lines::Lines;
use crate::live::{Change, Live};
use crate::reach;
use crate::reader::Reader;
use crate::retry::{self, Again, Tries};
use crate::schema::{self, Schema};
use crate::walls;
use crate::writing::Writing;

/// Lines to PostgreSQL: those of writers, of readers, and two for what either waits for.
const LINES: u32 = 16;
/// Connections beside them: one listens; copies of the whole database take another.
const CONNECTIONS: u32 = 4;
/// Lines that read SQLite, each with its own cache of pages, stale after each write: few stay warm.
const SQLITE_READERS: u32 = 4;
/// The cache of pages of a SQLite connection, in KiB; negative as SQLite wants it.
const SQLITE_CACHE: &str = "-20000";
/// Pages of SQLite's log before they are put in their place: those that every write touches are put there once.
const SQLITE_LOG: &str = "4000";
/// Write transactions at once on PostgreSQL.
const MAX_WRITERS: usize = 6;

/// What a caller can do about a database failure.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database does not answer, or refused the statement.
    #[error("la base de données ne répond pas ou refuse la demande : {0}")]
    Database(#[source] DbErr),
    /// The address of the database cannot be used.
    #[error("adresse de base de données inutilisable « {0} » : attendu sqlite://chemin ou postgres://…")]
    Address(String),
    /// A stored value has a shape this version does not know.
    #[error("valeur illisible en base : {0}")]
    Corrupt(String),
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        retry::note(Again::of(&error));
        Self::Database(error)
    }
}

impl From<serde_json::Error> for DbError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

tokio::task_local! {
    static QUERIES: Cell<u32>;
}

/// Runs `work` and returns its result with the number of statements it sent to the database.
/// Budgets of pages are checked with it.
pub async fn count_queries<F: Future>(work: F) -> (F::Output, u32) {
    let counted = QUERIES.scope(Cell::new(0), async {
        let output = work.await;
        (output, QUERIES.with(Cell::get))
    });
    let (output, count) = counted.await;
    // A count around this one sees these statements too.
    let _ = QUERIES.try_with(|outer| outer.set(outer.get() + count));
    (output, count)
}

/// A statement was sent.
pub(crate) fn counted(sql: &str, elapsed: Duration) {
    let _ = QUERIES.try_with(|count| count.set(count.get() + 1));
    // Without its values: they may be personal.
    tracing::trace!(microseconds = elapsed.as_micros(), "{sql}");
}

async fn open(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let mut connection = Database::connect(options).await?;
    connection.set_metric_callback(|done| counted(&done.statement.sql, done.elapsed));
    Ok(connection)
}

/// A handle on the database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Arc<Handles>);

#[derive(Clone, Debug)]
struct Handles {
    connection: DatabaseConnection,
    /// Where write transactions begin: on SQLite a line of their own, whose cache of pages stays true since
    /// nearly all that is written goes over it.
    writer: Lines,
    reader: Reader,
    writers: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    live: Arc<Live>,
}

impl Db {
    /// Connects to `url` (`sqlite://path` or `postgres://…`).
    ///
    /// # Errors
    /// When the address is of another kind or the database does not answer.
    pub async fn connect(url: &str, clock: Arc<dyn Clock>) -> Result<Self, DbError> {
        let mut options = ConnectOptions::new(url.to_owned());
        options
            .sqlx_logging(false)
            .connect_timeout(Duration::from_secs(10))
            .acquire_timeout(Duration::from_secs(10))
            .max_connections(CONNECTIONS);
        if url.starts_with("sqlite:") {
            options.map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .create_if_missing(true)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(20))
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("cache_size", SQLITE_CACHE)
                    .pragma("wal_autocheckpoint", SQLITE_LOG)
            });
        } else if url.starts_with("postgres") {
            // Compiling a query takes longer than any page here may: 20 ms of a search.
            // What is not a reader's transaction reaches everything (`reach`).
            let session = [("jit", "off"), ("beffroi.everything", "on")];
            // Its name says that this program knows the walls (`walls`).
            options.map_sqlx_postgres_opts(move |postgres| {
                postgres.options(session).application_name(walls::PROGRAM)
            });
        } else {
            return Err(DbError::Address(url.to_owned()));
        }
        let connection = open(options.clone()).await?;
        let (reader, writer, writers) = if url.starts_with("sqlite:") {
            let one = open(options.max_connections(1).to_owned()).await?;
            (Lines::over(&connection, SQLITE_READERS), Lines::over(&one, 1), 1)
        } else {
            // A writer may also read: writers never take all of the lines.
            let lines = Lines::over(&connection, LINES);
            (lines.clone(), lines, MAX_WRITERS)
        };
        let live = Arc::new(Live::over(connection.clone()).await);
        let reader = Reader::over(reader);
        let writers = Arc::new(Semaphore::new(writers));
        Ok(Self(Arc::new(Handles { connection, writer, reader, writers, clock, live })))
    }

    /// Brings the schema to this version.
    ///
    /// # Errors
    /// When a migration fails; it is then rolled back where the database allows.
    pub async fn migrate(&self) -> Result<(), DbError> {
        schema::migrate(&self.0.connection, self.now()).await
    }

    /// The migrations not yet applied.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_migrations(&self) -> Result<usize, DbError> {
        Ok(self.schema().await?.pending)
    }

    /// How the schema stands beside this program.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn schema(&self) -> Result<Schema, DbError> {
        schema::look(&self.0.connection).await
    }

    /// For reads outside a write transaction, as far as the task reaches (`reach`).
    #[must_use]
    pub fn read(&self) -> &Reader {
        &self.0.reader
    }

    /// The pool itself, which reaches everything: for copies of the whole database.
    #[must_use]
    pub fn pool(&self) -> &DatabaseConnection {
        &self.0.connection
    }

    /// Whether PostgreSQL keeps the walls between schools from this account: a superuser, or whoever has
    /// BYPASSRLS, passes through them. Nothing on SQLite, which has none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn walls_stand(&self) -> Result<Option<bool>, DbError> {
        if self.backend() != DbBackend::Postgres {
            return Ok(None);
        }
        let sql = "SELECT row_security_active('request') AS stands";
        let row = self.0.connection.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
        row.map(|row| Ok(row.try_get("", "stands")?)).transpose()
    }

    /// The clock that stamps every change.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The same database at another time: tests move on with it.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Handles { clock, ..Handles::clone(&self.0) }))
    }

    /// What changes, as it changes.
    #[must_use]
    pub fn live(&self) -> &Arc<Live> {
        &self.0.live
    }

    /// The present instant of that clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// SQLite or PostgreSQL.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.0.connection.get_database_backend()
    }

    /// Runs `work` in one write transaction: all of it, its journal and its jobs, or nothing. When the
    /// database gave the transaction up for another one, or the line was cut before the commit was sent,
    /// a copy of `work` is run, a few times at most: it changes nothing outside its transaction.
    ///
    /// # Errors
    /// Whatever `work` returns (the transaction is then rolled back), or a database failure.
    pub async fn write<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: AsyncFnOnce(&Tx) -> Result<T, E> + Clone,
        E: From<DbError>,
    {
        let mut tries = Tries::new();
        loop {
            let (outcome, again) = retry::watched(self.write_once(work.clone())).await;
            match (outcome, again) {
                (Err(_), Some(again)) if tries.again(again).await => {}
                (outcome, _) => return outcome,
            }
        }
    }

    /// The same for work that can be run once only, since what it holds cannot be copied.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_once<T, E, W>(&self, work: W) -> Result<T, E>
    where
        W: AsyncFnOnce(&Tx) -> Result<T, E>,
        E: From<DbError>,
    {
        let tx = self.begin().await?;
        // On the heap: what wraps it to run it again would keep several copies of it on the stack.
        let output = Box::pin(work(&tx)).await?;
        tx.commit().await?;
        Ok(output)
    }

    /// Begins a write transaction; dropped without [`Tx::commit`], it is rolled back.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        reach::release().await;
        let turn = Arc::clone(&self.0.writers).acquire_owned().await;
        let turn = turn.map_err(|_| DbError::Corrupt("la base est fermée".into()))?;
        let writing = Writing::begin(&self.0.writer, turn).await?;
        Ok(Tx {
            writing,
            now: self.now(),
            events: Mutex::default(),
            jobs: Mutex::default(),
            changes: Mutex::default(),
            later: Mutex::default(),
            live: Arc::clone(&self.0.live),
        })
    }

    /// Closes every connection.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn close(self) -> Result<(), DbError> {
        self.0.live.close();
        self.0.reader.close().await;
        self.0.writer.close().await;
        Ok(self.0.connection.clone().close().await?)
    }
}

/// A write transaction. Its instant is fixed at its beginning.
#[derive(Debug)]
pub struct Tx {
    writing: Writing,
    now: DateTime<Utc>,
    events: Mutex<Vec<Event>>,
    jobs: Mutex<Vec<NewJob>>,
    changes: Mutex<BTreeSet<Change>>,
    later: Mutex<Batch>,
    live: Arc<Live>,
}

impl Tx {
    /// For statements within the transaction.
    #[must_use]
    pub fn on(&self) -> &Writing {
        &self.writing
    }

    /// The instant of the change.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Adds an entry to the journal, written when the transaction commits.
    pub fn journal(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Adds a job to the outbox, written when the transaction commits: it exists if and only if the
    /// change does.
    ///
    /// # Errors
    /// None today: the failure of the outbox is the commit's.
    #[expect(clippy::unused_async, reason = "callers await every step of a change alike")]
    pub async fn enqueue(&self, job: NewJob) -> Result<(), DbError> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push(job);
        Ok(())
    }

    /// Tells those who watch, when the transaction commits, of what is not worth an entry of the
    /// journal. Entries are told by themselves.
    pub fn tell(&self, change: Change) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).insert(change);
    }

    /// Adds changes that the commit sends with its own, in one round trip: rows that nothing reads before
    /// the transaction ends.
    pub fn later(&self, add: impl FnOnce(&mut Batch)) {
        add(&mut self.later.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Sends what [`Tx::later`] was given, for what follows to read it.
    ///
    /// # Errors
    /// When the database refuses a change, or does not answer.
    pub async fn flush(&self) -> Result<(), DbError> {
        let batch = std::mem::take(&mut *self.later.lock().unwrap_or_else(PoisonError::into_inner));
        batch.send(&self.writing).await
    }

    /// Writes the jobs, chains the journal entries and commits; then those who watch are told.
    ///
    /// # Errors
    /// When the database does not answer; nothing is then kept.
    pub async fn commit(self) -> Result<(), DbError> {
        let mut batch = self.later.into_inner().unwrap_or_else(PoisonError::into_inner);
        let jobs = self.jobs.into_inner().unwrap_or_else(PoisonError::into_inner);
        jobs::add(&mut batch, self.now, &jobs);
        let events = self.events.into_inner().unwrap_or_else(PoisonError::into_inner);
        journal::append(&self.writing, &mut batch, self.now, &events).await?;
        let mut changes = self.changes.into_inner().unwrap_or_else(PoisonError::into_inner);
        changes.extend(events.iter().map(Event::change));
        self.live.notify(&mut batch, &changes)?;
        batch.send(&self.writing).await?;
        self.writing.commit().await.map_err(|error| {
            retry::settle(Again::of_commit(&error));
            DbError::Database(error)
        })?;
        self.live.committed(changes);
        Ok(())
    }
}
