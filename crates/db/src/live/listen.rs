//! The task that hears PostgreSQL: `LISTEN`, proved by an echo (a connection pooler may swallow it
//! without a word), begun again with patience when the line is cut; where there is no `LISTEN`, the
//! journal is read every two seconds.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use tokio::time::{Instant, sleep, timeout_at};

use super::{CHANNEL, Change, Heard, Live, send};
use crate::DbError;

/// How often the journal is read where there is no `LISTEN`.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// How long an echo may take.
const ECHO_WITHIN: Duration = Duration::from_secs(5);
/// Entries read at once; more than that is said as « something was missed ».
const ENTRIES: u64 = 200;
/// The first and the longest wait before trying again.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Why listening ended.
enum Ended {
    /// The line was cut, after having worked or not.
    Cut { worked: bool },
    /// This database does not let one listen.
    Never,
    /// Nobody needs it any more.
    Over,
}

/// Hears until the bus is gone.
pub(super) async fn run(live: Weak<Live>) {
    let mut patience = PATIENCE.0;
    loop {
        match listen(&live).await {
            Ended::Over => return,
            Ended::Never => {
                tracing::warn!("changes of other processes are read from the journal every two seconds");
                return read_journal(&live).await;
            }
            Ended::Cut { worked } => {
                patience = if worked { PATIENCE.0 } else { (patience * 2).min(PATIENCE.1) };
                sleep(patience).await;
            }
        }
    }
}

async fn listen(live: &Weak<Live>) -> Ended {
    let Some(bus) = live.upgrade() else { return Ended::Over };
    if !bus.notifies.load(Ordering::Relaxed) {
        return Ended::Never;
    }
    let pool = bus.connection.get_postgres_connection_pool().clone();
    let Ok(mut listener) = PgListener::connect_with(&pool).await else {
        return Ended::Cut { worked: false };
    };
    if listener.listen(CHANNEL).await.is_err() {
        return Ended::Never;
    }
    match echoes(&bus, &mut listener).await {
        Ok(true) => {}
        Ok(false) => return Ended::Never,
        Err(_) => return Ended::Cut { worked: false },
    }
    // What was committed before the line was open is not told again.
    bus.tell(Heard::Missed);
    bus.listening.send_replace(true);
    drop(bus);
    loop {
        let heard = listener.try_recv().await;
        let Some(bus) = live.upgrade() else { return Ended::Over };
        match heard {
            Ok(Some(notification)) => bus.hear(notification.payload()),
            Ok(None) | Err(_) => {
                tracing::warn!("the line of notifications was cut");
                return Ended::Cut { worked: true };
            }
        }
    }
}

/// Whether what is notified comes back.
async fn echoes(bus: &Live, listener: &mut PgListener) -> Result<bool, DbError> {
    let word = format!("echo:{}", beffroi_kernel::JobId::new());
    send(&bus.connection, std::slice::from_ref(&word)).await?;
    let until = Instant::now() + ECHO_WITHIN;
    loop {
        match timeout_at(until, listener.try_recv()).await {
            Ok(Ok(Some(heard))) if heard.payload() == word => return Ok(true),
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None)) => return Err(DbError::Corrupt("the line was cut".into())),
            Ok(Err(error)) => return Err(DbError::Corrupt(error.to_string())),
            Err(_) => return Ok(false),
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Entry {
    seq: i64,
    actor: Option<beffroi_kernel::PersonId>,
    kind: String,
    subject: String,
    school_id: Option<beffroi_kernel::SchoolId>,
}

/// Changes of other processes, from the journal; those of this one are told at their commit.
async fn read_journal(live: &Weak<Live>) {
    let mut reached = None;
    loop {
        let Some(bus) = live.upgrade() else { return };
        bus.locally.store(true, Ordering::Relaxed);
        match entries(&bus, reached).await {
            Ok((seq, changes)) => {
                if reached.is_none() {
                    bus.tell(Heard::Missed);
                }
                reached = Some(seq);
                for heard in changes {
                    bus.tell(heard);
                }
                bus.listening.send_replace(true);
            }
            Err(error) => tracing::warn!(%error, "the journal could not be read for changes"),
        }
        drop(bus);
        sleep(POLL_EVERY).await;
    }
}

/// The changes after `reached`, and how far they go.
async fn entries(bus: &Live, reached: Option<i64>) -> Result<(i64, Vec<Heard>), DbError> {
    let on = &bus.connection;
    let Some(reached) = reached else {
        return Ok((head(on).await?, Vec::new()));
    };
    let sql =
        "SELECT seq, actor, kind, subject, school_id FROM journal_entry WHERE seq > $1 ORDER BY seq LIMIT $2";
    let values = [reached.into(), ENTRIES.into()];
    let statement = Statement::from_sql_and_values(on.get_database_backend(), sql, values);
    let entries = Entry::find_by_statement(statement).all(on).await?;
    if entries.len() as u64 == ENTRIES {
        return Ok((head(on).await?, vec![Heard::Missed]));
    }
    let last = entries.last().map_or(reached, |entry| entry.seq);
    let heard = |entry: Entry| {
        let Entry { actor, kind, subject, school_id: school, .. } = entry;
        Heard::Change(Arc::new(Change { subject, kind, school, actor }))
    };
    Ok((last, entries.into_iter().map(heard).collect()))
}

async fn head(on: &sea_orm::DatabaseConnection) -> Result<i64, DbError> {
    let statement =
        Statement::from_string(on.get_database_backend(), "SELECT seq FROM journal_head WHERE id = 1");
    let row = on.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| DbError::Corrupt("la tête du journal manque".into()))?;
    Ok(row.try_get("", "seq")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Event, db_test};

    #[db_test]
    async fn where_nothing_is_notified_changes_come_by_the_journal(db: Db) {
        let bus = Arc::new(Live::over(db.pool().clone()).await);
        if bus.locally.load(Ordering::Relaxed) {
            return; // One process on SQLite tells itself.
        }
        bus.notifies.store(false, Ordering::Relaxed);
        let mut heard = bus.about("request:1");
        bus.ready().await;
        assert_eq!(heard.next().await, Some(Heard::Missed));
        db.write::<_, DbError, _>(async |tx| {
            tx.journal(Event::new("request.answered", "request:1"));
            Ok(())
        })
        .await
        .unwrap();
        let next = tokio::time::timeout(POLL_EVERY * 3, heard.next()).await.unwrap();
        assert!(matches!(next, Some(Heard::Change(_))), "{next:?}");
        bus.close();
    }

    #[db_test]
    async fn without_notifications_the_journal_is_read(db: Db) {
        let bus = Arc::new(Live::over(db.pool().clone()).await);
        let (from, _) = entries(&bus, None).await.unwrap();
        db.write::<_, DbError, _>(async |tx| {
            tx.journal(Event::new("request.answered", "request:1"));
            Ok(())
        })
        .await
        .unwrap();
        let (to, heard) = entries(&bus, Some(from)).await.unwrap();
        assert_eq!(to, from + 1);
        assert!(matches!(&heard[..], [Heard::Change(change)] if change.subject == "request:1"), "{heard:?}");
        assert_eq!(entries(&bus, Some(to)).await.unwrap(), (to, Vec::new()));
    }
}
