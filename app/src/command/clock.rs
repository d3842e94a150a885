//! The clock, as the journal and the database tell it: `beffroi doctor` says when it jumped back. Acts are ordered by the
//! journal whatever it did. (T2)

use beffroi_db::{Db, DbError};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::doctor::{Finding, finding};

/// More than this between two clocks is worth a word.
const SLACK: TimeDelta = TimeDelta::seconds(5);
/// Changes made at once may be written in another order than they began: a step back this long is a jump.
const OVERLAP: TimeDelta = TimeDelta::minutes(2);
/// A jump is said so long; the journal keeps it for ever.
const RECENT: TimeDelta = TimeDelta::days(30);

const REMEDY: &str = "réglez l’horloge de la machine sur un serveur de temps (timedatectl set-ntp true), puis relancez \
    «\u{a0}beffroi doctor\u{a0}»\u{a0}; rien n’est perdu : les actes et les demandes restent dans l’ordre du journal, seules des \
    heures affichées peuvent être fausses";

/// An entry of the journal that says an earlier instant than the one before it.
#[derive(Debug, FromQueryResult)]
struct Step {
    seq: i64,
    at: DateTime<Utc>,
    previous: DateTime<Utc>,
}

/// What the journal and the database say of the clock.
pub(super) async fn look(db: &Db) -> Result<Finding, DbError> {
    let now = db.now();
    if let Some(newest) = newest(db).await?.filter(|newest| *newest > now + SLACK) {
        let ahead = words(newest - now);
        let text =
            format!("l’horloge a reculé\u{a0}: le journal va {ahead} plus loin qu’elle\u{a0}; {REMEDY}");
        return Ok(finding("horloge", false, text));
    }
    let jumps: Vec<Step> =
        steps_back(db).await?.into_iter().filter(|step| step.previous - step.at > OVERLAP).collect();
    if let Some(last) = jumps.last().filter(|step| step.previous > now - RECENT) {
        let text = format!(
            "l’horloge a reculé de {} à l’entrée {} du journal ({} fois en tout)\u{a0}; {REMEDY}",
            words(last.previous - last.at),
            last.seq,
            jumps.len()
        );
        return Ok(finding("horloge", false, text));
    }
    let drift = (database_time(db).await? - now).abs();
    let told = format!("écart avec la base\u{a0}: {} s", drift.num_seconds());
    let text = if drift > SLACK { format!("{told}\u{a0}; {REMEDY}") } else { told };
    Ok(finding("horloge", drift <= SLACK, text))
}

/// `1 h 02 min` or `45 s`.
fn words(length: TimeDelta) -> String {
    match (length.num_hours(), length.num_minutes() % 60) {
        (0, 0) => format!("{} s", length.num_seconds()),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes:02} min"),
    }
}

/// The latest instant of the journal, which is not always that of its last entry.
async fn newest(db: &Db) -> Result<Option<DateTime<Utc>>, DbError> {
    #[derive(FromQueryResult)]
    struct Row {
        at: DateTime<Utc>,
    }
    let sql = "SELECT at FROM journal_entry ORDER BY at DESC LIMIT 1";
    let statement = Statement::from_string(db.backend(), sql);
    Ok(Row::find_by_statement(statement).one(db.read()).await?.map(|row| row.at))
}

/// Every step back of the journal, in its order: one walk through it.
async fn steps_back(db: &Db) -> Result<Vec<Step>, DbError> {
    let sql = "SELECT seq, at, previous FROM (SELECT seq, at, LAG(at) OVER (ORDER BY seq) AS previous FROM journal_entry) \
               walk WHERE at < previous ORDER BY seq";
    Ok(Step::find_by_statement(Statement::from_string(db.backend(), sql)).all(db.read()).await?)
}

async fn database_time(db: &Db) -> Result<DateTime<Utc>, DbError> {
    let sql = match db.backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT) AS seconds"
        }
        _ => "SELECT CAST(strftime('%s', 'now') AS INTEGER) AS seconds",
    };
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await?;
    let seconds: i64 = row.map(|row| row.try_get("", "seconds")).transpose()?.unwrap_or_default();
    Ok(DateTime::from_timestamp(seconds, 0).unwrap_or_default())
}
