//! The steps of escalation already made, and who is told at which.

use beffroi_db::DbError;
use beffroi_kernel::{PersonId, RequestId};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{all, one, run};

/// The delay and the step of each escalation of a request.
pub(crate) async fn made(
    on: &impl ConnectionTrait,
    request: RequestId,
) -> Result<Vec<(String, String)>, DbError> {
    #[derive(FromQueryResult)]
    struct Made {
        clock: String,
        step: String,
    }
    let sql = "SELECT clock, step FROM escalation WHERE request_id = $1";
    let rows: Vec<Made> = all(on, sql, vec![request.0.into()]).await?;
    Ok(rows.into_iter().map(|row| (row.clock, row.step)).collect())
}

/// Notes a step; false when it was made already.
pub(crate) async fn make(
    on: &impl ConnectionTrait,
    request: RequestId,
    (clock, step): (&str, &str),
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let sql = "INSERT INTO escalation (request_id, clock, step, due_at, fired_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let values = vec![request.0.into(), clock.into(), step.into(), due.into(), now.into()];
    Ok(run(on, sql, values).await? == 1)
}

/// A setting of the desk.
pub(crate) async fn setting(on: &impl ConnectionTrait, name: &str) -> Result<Option<String>, DbError> {
    #[derive(FromQueryResult)]
    struct Setting {
        value: String,
    }
    let found: Option<Setting> =
        one(on, "SELECT value FROM desk_setting WHERE name = $1", vec![name.into()]).await?;
    Ok(found.map(|found| found.value))
}

pub(crate) async fn set(
    on: &impl ConnectionTrait,
    name: &str,
    value: &str,
    (by, now): (PersonId, DateTime<Utc>),
) -> Result<(), DbError> {
    let sql = "INSERT INTO desk_setting (name, value, updated_at, updated_by) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, \
               updated_by = excluded.updated_by";
    run(on, sql, vec![name.into(), value.into(), now.into(), by.0.into()]).await?;
    Ok(())
}
