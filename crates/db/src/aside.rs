//! Jobs set aside after too many failures: an operator reads why, mends the cause, and has them run
//! again. (CSU-06)

use beffroi_kernel::JobId;
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

use crate::{Db, DbError, Event, sql};

/// A job that nobody tries any more.
#[derive(Clone, Debug, FromQueryResult)]
pub struct AsideJob {
    /// Its identifier.
    pub id: JobId,
    /// Which handler runs it.
    pub kind: String,
    /// Failures.
    pub attempts: i32,
    /// The last one, in words for an operator.
    pub last_error: Option<String>,
    /// Since when it waits.
    pub created_at: DateTime<Utc>,
}

/// The jobs set aside, oldest first, at most `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &Db, limit: usize) -> Result<Vec<AsideJob>, DbError> {
    let sql = format!(
        "SELECT id, kind, attempts, last_error, created_at FROM job WHERE state = 'dead' ORDER BY created_at, id LIMIT {limit}"
    );
    sql::all(db.read(), &sql, vec![]).await
}

/// Has jobs set aside run again, from their first try: that one, those of a kind, or all. Says how many.
///
/// # Errors
/// When the database does not answer.
pub async fn retry(db: &Db, id: Option<JobId>, kind: Option<&str>) -> Result<u64, DbError> {
    db.write(async |tx| {
        let sql = "UPDATE job SET state = 'ready', attempts = 0, run_at = $1, last_error = NULL WHERE state = 'dead' \
                   AND ($2 OR id = $3) AND ($4 OR kind = $5)";
        let (any, one) = (id.is_none(), id.map(|id| id.0).unwrap_or_default());
        let (every, kind) = (kind.is_none(), kind.unwrap_or_default());
        let values = vec![tx.now().into(), any.into(), one.into(), every.into(), kind.into()];
        let again = sql::run(tx.on(), sql, values).await?;
        if again > 0 {
            let data = serde_json::json!({ "jobs": again, "kind": kind });
            tx.journal(Event::new("job.retried", "job").data(data));
        }
        Ok(again)
    })
    .await
}
