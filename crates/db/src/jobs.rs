//! The outbox: jobs enqueued in the transaction of the change, claimed with a lease and a fencing
//! number, run at least once. Handlers must be idempotent. A lease is short and renewed while its job is
//! worked on: the jobs of a node that was killed are taken by another within a minute. (CSU-06)

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use beffroi_kernel::JobId;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use serde::Serialize;
use tokio::time::Instant;

use crate::reach::{self, Why};
use crate::{Batch, Db, DbError, sql};

/// How long a worker that says nothing holds a job before another takes it.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often a worker says that it still holds its jobs.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How often, a second apart, a job done is settled while the database does not answer: a mail that left
/// and is not settled leaves again.
const SETTLE_TRIES: u32 = 20;
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

/// Adds jobs to what the commit sends; one whose key is taken is left out.
pub(crate) fn add(batch: &mut Batch, now: DateTime<Utc>, jobs: &[NewJob]) {
    for jobs in jobs.chunks(BATCH) {
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
        batch.add(sql, values);
    }
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

/// Why a job failed, in words for an operator, without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It may pass: the job is tried again, later and later.
    Passing(String),
    /// The same would fail again: the job is set aside at once, and shown.
    Lasting(String),
}

impl From<String> for Failure {
    fn from(words: String) -> Self {
        Self::Passing(words)
    }
}

type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;
type Handler = Arc<dyn Fn(Job) -> Running + Send + Sync>;

/// Runs jobs with the handlers it knows.
#[derive(Clone)]
pub struct Worker {
    db: Db,
    handlers: HashMap<&'static str, Handler>,
    left: Vec<&'static str>,
}

impl Worker {
    /// A worker without handlers.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, handlers: HashMap::new(), left: Vec::new() }
    }

    /// Holds jobs of these kinds too in the outbox: this installation cannot run them.
    #[must_use]
    pub fn leaving(mut self, kinds: &'static [&'static str]) -> Self {
        self.left.extend_from_slice(kinds);
        self
    }

    /// Runs jobs of `kind` with `handler`; its error is words for an operator, without personal data.
    #[must_use]
    pub fn on<H, F>(self, kind: &'static str, handler: H) -> Self
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.judging(kind, move |job| {
            let running = handler(job);
            async move { running.await.map_err(Failure::Passing) }
        })
    }

    /// The same with a handler that says whether trying again is of any use.
    #[must_use]
    pub fn judging<H, F>(mut self, kind: &'static str, handler: H) -> Self
    where
        H: Fn(Job) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.handlers.insert(kind, Arc::new(move |job| Box::pin(handler(job))));
        self
    }

    /// Runs jobs until `stop` resolves; the job in hand is finished first.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        if let Err(error) = take_back(&self.db, &self.left).await {
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
        hold(&self.db, &self.left).await?;
        let mut jobs = VecDeque::from(claim(&self.db, 4).await?);
        let (count, mut said) = (jobs.len(), Instant::now());
        while let Some(job) = jobs.pop_front() {
            if said.elapsed() >= RENEW_EVERY && !holds(&self.db, &job, &mut jobs, &mut said).await {
                continue;
            }
            if let Some(outcome) = self.run(&job, &mut jobs, &mut said).await {
                self.settle(&job, &outcome).await;
            }
        }
        Ok(count)
    }

    /// Runs one job and renews its lease and those of the jobs that wait; none once another has it.
    async fn run(
        &self,
        job: &Job,
        waiting: &mut VecDeque<Job>,
        said: &mut Instant,
    ) -> Option<Result<(), Failure>> {
        let Some(handler) = self.handlers.get(job.kind.as_str()) else {
            return Some(Err(format!("aucun traitement pour « {} »", job.kind).into()));
        };
        // In a task of its own, so that a panic is one job's failure.
        let mut task = tokio::spawn(reach::everything(Why::Job, handler(job.clone())));
        loop {
            tokio::select! {
                done = &mut task => {
                    return Some(done.unwrap_or_else(|error| Err(format!("interrompu : {error}").into())));
                }
                () = tokio::time::sleep_until(*said + RENEW_EVERY) => {
                    if !holds(&self.db, job, waiting, said).await {
                        task.abort();
                        return None;
                    }
                }
            }
        }
    }

    async fn settle(&self, job: &Job, outcome: &Result<(), Failure>) {
        if let Err(Failure::Passing(error) | Failure::Lasting(error)) = outcome {
            tracing::warn!(job = %job.id, kind = job.kind, attempts = job.attempts, error, "a job failed");
        }
        for _ in 0..SETTLE_TRIES {
            match settle(&self.db, job, outcome).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(job = %job.id, "another worker has taken this job: it settles it");
                    return;
                }
                Err(error) => tracing::error!(job = %job.id, %error, "a job could not be settled"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tracing::error!(job = %job.id, "a job was not settled: its lease will lapse, it will run again");
    }
}

/// Renews the leases of a job and of those that wait behind it, dropping those taken by another; whether
/// that job is still held. A database that does not answer takes nothing away.
async fn holds(db: &Db, job: &Job, waiting: &mut VecDeque<Job>, said: &mut Instant) -> bool {
    *said = Instant::now();
    let mut lost = Vec::new();
    for one in std::iter::once(job).chain(waiting.iter()) {
        match renew(db, one).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(job = %one.id, kind = one.kind, "the lease of a job lapsed: another has it");
                lost.push(one.id);
            }
            Err(error) => tracing::error!(job = %one.id, %error, "the lease of a job was not renewed"),
        }
    }
    waiting.retain(|one| !lost.contains(&one.id));
    !lost.contains(&job.id)
}

/// Holds a job for another while; false when another worker took it.
async fn renew(db: &Db, job: &Job) -> Result<bool, DbError> {
    let sql = "UPDATE job SET lease_until = $1 WHERE id = $2 AND fence = $3 AND state = 'running'";
    let values = vec![(db.now() + LEASE).into(), job.id.0.into(), job.fence.into()];
    Ok(sql::run(db.read(), sql, values).await? > 0)
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
    Ok(reach::everything(Why::Job, Job::find_by_statement(statement).all(db.read())).await?)
}

/// Writes what became of a job; false when another worker took it meanwhile.
async fn settle(db: &Db, job: &Job, outcome: &Result<(), Failure>) -> Result<bool, DbError> {
    let (state, error, wait) = match outcome {
        Ok(()) => ("done", None, TimeDelta::zero()),
        Err(Failure::Lasting(error)) => ("dead", Some(error.clone()), TimeDelta::zero()),
        Err(Failure::Passing(error)) => {
            let state = if job.attempts + 1 >= MAX_ATTEMPTS { "dead" } else { "ready" };
            let wait = TimeDelta::seconds((1 << job.attempts.clamp(0, 12)).min(LONGEST_WAIT));
            (state, Some(error.clone()), wait)
        }
    };
    let failed = i32::from(error.is_some());
    // The fence keeps a worker that lost its lease from settling another's run.
    let sql = "UPDATE job SET state = $1, last_error = $2, run_at = $3, attempts = attempts + $4, lease_until = NULL \
               WHERE id = $5 AND fence = $6";
    let run_at = (db.now() + wait).into();
    let values = vec![state.into(), error.into(), run_at, failed.into(), job.id.0.into(), job.fence.into()];
    Ok(sql::run(db.read(), sql, values).await? > 0)
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
    /// Set aside: after too many failures, or one that would last.
    pub dead: i64,
}
