//! The outbox: jobs enqueued in the transaction of the change, claimed with a lease and a fencing
//! number, run at least once. Handlers must be idempotent.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use beffroi_kernel::JobId;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use serde::Serialize;

use crate::{Db, DbError};

/// How long a worker may hold a job before another takes it.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Longest wait between two tries, in seconds.
const LONGEST_WAIT: i64 = 3600;
/// After so many failures, more than three days of them, a job is set aside and shown to operators.
const MAX_ATTEMPTS: i32 = 90;

/// Values of a job given when it is written.
const COLUMNS: usize = 6;
/// Jobs written by one statement: SQLite binds 32,766 values at most.
const BATCH: usize = 1_000;

/// A job to enqueue.
#[derive(Clone, Debug)]
pub struct NewJob {
    kind: &'static str,
    payload: serde_json::Value,
    dedup: Option<String>,
    run_at: Option<DateTime<Utc>>,
}

impl NewJob {
    /// A job of `kind`, to run as soon as possible.
    #[must_use]
    pub fn new(kind: &'static str, payload: &impl Serialize) -> Self {
        // Payloads are plain structs of ours: their serialisation cannot fail.
        let payload = serde_json::to_value(payload).unwrap_or_default();
        Self { kind, payload, dedup: None, run_at: None }
    }

    /// Enqueued at most once under this key.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup = Some(key.into());
        self
    }

    /// Not before this instant.
    #[must_use]
    pub fn at(mut self, instant: DateTime<Utc>) -> Self {
        self.run_at = Some(instant);
        self
    }
}

/// Writes jobs, as few statements as can be; one whose key is taken is left out.
pub(crate) async fn insert(
    on: &impl ConnectionTrait,
    now: DateTime<Utc>,
    jobs: &[NewJob],
) -> Result<(), DbError> {
    for batch in jobs.chunks(BATCH) {
        insert_batch(on, now, batch).await?;
    }
    Ok(())
}

async fn insert_batch(on: &impl ConnectionTrait, now: DateTime<Utc>, jobs: &[NewJob]) -> Result<(), DbError> {
    let mut values = Vec::with_capacity(jobs.len() * COLUMNS);
    let mut rows = Vec::with_capacity(jobs.len());
    for job in jobs {
        let first = values.len() + 1;
        let places: Vec<String> = (first..first + COLUMNS).map(|place| format!("${place}")).collect();
        let [id, kind, payload, dedup, run_at, created] = &places[..] else { continue };
        rows.push(format!("({id}, {kind}, {payload}, {dedup}, 'ready', 0, 0, {run_at}, {created})"));
        values.extend::<[Value; COLUMNS]>([
            JobId::new().0.into(),
            job.kind.into(),
            job.payload.to_string().into(),
            job.dedup.clone().into(),
            job.run_at.unwrap_or(now).into(),
            now.into(),
        ]);
    }
    let sql = format!(
        "INSERT INTO job (id, kind, payload, dedup, state, attempts, fence, run_at, created_at) VALUES {} \
         ON CONFLICT (dedup) DO NOTHING",
        rows.join(", ")
    );
    on.execute_raw(Statement::from_sql_and_values(on.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// A claimed job.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Job {
    /// Its identifier, also the idempotency key towards other systems.
    pub id: JobId,
    /// Which handler runs it.
    pub kind: String,
    /// Its arguments, as JSON text.
    pub payload: String,
    /// Failures before this run.
    pub attempts: i32,
    fence: i64,
}

impl Job {
    /// The arguments.
    ///
    /// # Errors
    /// When they have another shape.
    pub fn arguments<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_str(&self.payload).map_err(|error| format!("arguments illisibles : {error}"))
    }
}

type Running = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
type Handler = Arc<dyn Fn(Job) -> Running + Send + Sync>;

/// Runs jobs with the handlers it knows.
#[derive(Clone)]
pub struct Worker {
    db: Db,
    handlers: HashMap<&'static str, Handler>,
    left: &'static [&'static str],
}

impl Worker {
    /// A worker without handlers.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, handlers: HashMap::new(), left: &[] }
    }

    /// Holds jobs of these kinds in the outbox: this installation cannot run them.
    #[must_use]
    pub fn leaving(mut self, kinds: &'static [&'static str]) -> Self {
        self.left = kinds;
        self
    }

    /// Runs jobs of `kind` with `handler`; its error is words for an operator, without personal data.
    #[must_use]
    pub fn on<H, F>(mut self, kind: &'static str, handler: H) -> Self
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.handlers.insert(kind, Arc::new(move |job| Box::pin(handler(job))));
        self
    }

    /// Runs jobs until `stop` resolves; the job in hand is finished first.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        if let Err(error) = take_back(&self.db, self.left).await {
            tracing::error!(%error, "jobs that were held could not be taken back");
        }
        loop {
            let worked = match self.turn().await {
                Ok(count) => count > 0,
                Err(error) => {
                    tracing::error!(%error, "jobs could not be claimed");
                    false
                }
            };
            let pause = if worked { Duration::ZERO } else { Duration::from_millis(500) };
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Runs every job that is due, until none is; for tests and the command line.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drain(&self) -> Result<usize, DbError> {
        let mut total = 0;
        loop {
            match self.turn().await? {
                0 => return Ok(total),
                count => total += count,
            }
        }
    }

    async fn turn(&self) -> Result<usize, DbError> {
        hold(&self.db, self.left).await?;
        let jobs = claim(&self.db, 4).await?;
        let count = jobs.len();
        for job in jobs {
            let outcome = match self.handlers.get(job.kind.as_str()) {
                // In a task of its own, so that a panic is one job's failure.
                Some(handler) => match tokio::spawn(handler(job.clone())).await {
                    Ok(outcome) => outcome,
                    Err(error) => Err(format!("interrompu : {error}")),
                },
                None => Err(format!("aucun traitement pour « {} »", job.kind)),
            };
            if let Err(error) = settle(&self.db, &job, outcome).await {
                tracing::error!(job = %job.id, %error, "a job could not be settled: its lease will lapse");
            }
        }
        Ok(count)
    }
}

/// Sets aside the jobs of kinds that this installation leaves, so that no turn reads them again.
async fn hold(db: &Db, left: &[&str]) -> Result<(), DbError> {
    if left.is_empty() {
        return Ok(());
    }
    let left = quoted(left);
    let sql =
        format!("UPDATE job SET state = 'held' WHERE state = 'ready' AND run_at <= $1 AND kind IN ({left})");
    db.read().execute_raw(Statement::from_sql_and_values(db.backend(), sql, [db.now().into()])).await?;
    Ok(())
}

/// Makes the jobs held before ready again, save those of kinds still left.
async fn take_back(db: &Db, left: &[&str]) -> Result<(), DbError> {
    let left = quoted(left);
    let sql = format!("UPDATE job SET state = 'ready' WHERE state = 'held' AND kind NOT IN ({left})");
    db.read().execute_raw(Statement::from_string(db.backend(), sql)).await?;
    Ok(())
}

/// A list for SQL. Kinds are constants of ours, never anyone's input.
fn quoted(kinds: &[&str]) -> String {
    let list = kinds.iter().map(|kind| format!("'{kind}'")).collect::<Vec<_>>().join(", ");
    if list.is_empty() { "''".to_owned() } else { list }
}

async fn claim(db: &Db, limit: i32) -> Result<Vec<Job>, DbError> {
    let lock = if db.backend() == DbBackend::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "UPDATE job SET state = 'running', lease_until = $2, fence = fence + 1 WHERE id IN (\
         SELECT id FROM job WHERE (state = 'ready' AND run_at <= $1) OR (state = 'running' AND lease_until < $1) \
         ORDER BY run_at LIMIT $3{lock}) RETURNING id, kind, payload, attempts, fence"
    );
    let values = [db.now().into(), (db.now() + LEASE).into(), limit.into()];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    Ok(Job::find_by_statement(statement).all(db.read()).await?)
}

async fn settle(db: &Db, job: &Job, outcome: Result<(), String>) -> Result<(), DbError> {
    let (state, error, wait) = match outcome {
        Ok(()) => ("done", None, TimeDelta::zero()),
        Err(error) => {
            tracing::warn!(job = %job.id, kind = job.kind, attempts = job.attempts, error, "a job failed");
            let state = if job.attempts + 1 >= MAX_ATTEMPTS { "dead" } else { "ready" };
            (state, Some(error), TimeDelta::seconds((1 << job.attempts.clamp(0, 12)).min(LONGEST_WAIT)))
        }
    };
    let failed = i32::from(error.is_some());
    // The fence keeps a worker that lost its lease from settling another's run.
    let sql = "UPDATE job SET state = $1, last_error = $2, run_at = $3, attempts = attempts + $4, lease_until = NULL \
               WHERE id = $5 AND fence = $6";
    let values = [
        state.into(),
        error.into(),
        (db.now() + wait).into(),
        failed.into(),
        job.id.0.into(),
        job.fence.into(),
    ];
    db.read().execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    Ok(())
}

/// Jobs that wait, are late by more than `late`, and were set aside: for `doctor` and metrics.
///
/// # Errors
/// When the database does not answer.
pub async fn backlog(db: &Db, late: TimeDelta) -> Result<Backlog, DbError> {
    let sql = "SELECT COALESCE(SUM(CASE WHEN state IN ('ready', 'running') THEN 1 ELSE 0 END), 0) AS waiting, \
               COALESCE(SUM(CASE WHEN state = 'ready' AND run_at < $1 THEN 1 ELSE 0 END), 0) AS late, \
               COALESCE(SUM(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0) AS dead FROM job WHERE state <> 'done'";
    let statement = Statement::from_sql_and_values(db.backend(), sql, [(db.now() - late).into()]);
    Ok(Backlog::find_by_statement(statement).one(db.read()).await?.unwrap_or_default())
}

/// The state of the outbox.
#[derive(Clone, Copy, Debug, Default, FromQueryResult)]
pub struct Backlog {
    /// Ready or running.
    pub waiting: i64,
    /// Ready for too long.
    pub late: i64,
    /// Set aside after too many failures.
    pub dead: i64,
}
