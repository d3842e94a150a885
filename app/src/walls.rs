//! What `beffroi serve` does about the walls between schools on PostgreSQL: closes them once no program of before
//! them has been connected for a while, and says who keeps them open. (CSU-06, decision 0029)

use std::time::Duration;

use beffroi_db::{Db, DbError, Event, Stranger, Walls};
use metrics::gauge;
use tokio::time::Instant;

/// How often one looks, and what one waits for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Between two looks while walls are open.
    open: Duration,
    /// Between two looks once they are closed.
    closed: Duration,
    /// How long the older program must have been away: a line cut for a moment is not a departure.
    away: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { open: Duration::from_secs(5), closed: Duration::from_secs(60), away: Duration::from_secs(20) }
    }
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
struct Memory {
    /// Since when nobody keeps them open.
    away: Option<Instant>,
    /// Who was said to.
    told: Vec<Stranger>,
}

/// What a look asks for.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Close,
    Wait,
    Rest,
}

impl Memory {
    /// What to do now that they stand so.
    fn judge(&mut self, walls: &Walls, now: Instant, away: Duration) -> Next {
        if walls.open.is_empty() {
            self.away = None;
            return Next::Rest;
        }
        if !walls.free() {
            self.away = None;
            return Next::Wait;
        }
        let since = *self.away.get_or_insert(now);
        if now.duration_since(since) >= away { Next::Close } else { Next::Wait }
    }

    /// Says in the traces who is there, when that changes.
    fn tell(&mut self, walls: &Walls) {
        let open = !walls.open.is_empty();
        // Once the walls are closed, what has a name chose to read so.
        let there = walls.strangers.iter().filter(|one| open || one.program.is_empty());
        let there: Vec<Stranger> = there.cloned().collect();
        let same = |one: &Stranger, other: &Stranger| {
            (&one.account, &one.program, &one.address) == (&other.account, &other.program, &other.address)
        };
        if there.len() != self.told.len() || !there.iter().zip(&self.told).all(|(a, b)| same(a, b)) {
            for one in &there {
                let (address, program) = (&one.address, &one.program);
                if open {
                    tracing::warn!(
                        address,
                        program,
                        "a program of before keeps the walls between schools open"
                    );
                } else {
                    tracing::error!(address, program, "a program of before the walls sees no row: stop it");
                }
            }
        }
        self.told = there;
    }
}

/// Looks after the walls until told to stop.
pub(crate) async fn watch(db: Db, pace: Pace, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut memory = Memory::default();
    loop {
        let rest = match look(&db, &mut memory, pace.away).await {
            Ok(Some(Next::Rest)) => pace.closed,
            Ok(Some(_)) => pace.open,
            Ok(None) => return,
            Err(error) => {
                // Nothing is known of who came and went meanwhile.
                memory.away = None;
                tracing::warn!(%error, "the walls between schools could not be looked at");
                pace.open
            }
        };
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// Nothing on SQLite.
async fn look(db: &Db, memory: &mut Memory, away: Duration) -> Result<Option<Next>, DbError> {
    let Some(mut walls) = db.walls().await? else {
        gauge!("beffroi_walls_open").set(0.0);
        return Ok(None);
    };
    memory.tell(&walls);
    let mut next = memory.judge(&walls, Instant::now(), away);
    if next == Next::Close {
        walls.open = db.close_walls().await?;
        if walls.open.is_empty() {
            next = Next::Rest;
            said(db).await?;
        }
    }
    gauge!("beffroi_walls_open").set(f64::from(u32::try_from(walls.open.len()).unwrap_or(u32::MAX)));
    Ok(Some(next))
}

async fn said(db: &Db) -> Result<(), DbError> {
    tracing::info!("the walls between schools are closed");
    db.write(async |tx| {
        tx.journal(Event::new("walls.closed", "site"));
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use beffroi_db::journal;
    use beffroi_db::testing::{beginning, on_empty_postgres};
    use beffroi_kernel::FixedClock;
    use sea_orm::{ConnectionTrait, Database};
    use tokio::time::sleep;

    use super::*;

    fn stranger(address: &str) -> Stranger {
        Stranger {
            account: "beffroi".into(),
            program: String::new(),
            address: address.into(),
            connections: 3,
        }
    }

    fn walls(open: &[&str], strangers: &[Stranger]) -> Walls {
        let open = open.iter().map(|name| (*name).to_owned()).collect();
        Walls { open, strangers: strangers.to_vec(), ..Walls::default() }
    }

    #[test]
    fn they_are_closed_once_the_older_program_has_been_away_for_a_while() {
        let (mut memory, away, began) = (Memory::default(), Duration::from_secs(20), Instant::now());
        let mut at =
            |second: u64, walls: &Walls| memory.judge(walls, began + Duration::from_secs(second), away);
        let (kept, free) = (walls(&["request"], &[stranger("10.0.0.12")]), walls(&["request"], &[]));
        assert_eq!(at(0, &kept), Next::Wait);
        assert_eq!(at(5, &free), Next::Wait);
        assert_eq!(at(20, &free), Next::Wait);
        assert_eq!(at(24, &kept), Next::Wait, "it was only cut off");
        assert_eq!(at(30, &free), Next::Wait);
        assert_eq!(at(49, &free), Next::Wait);
        assert_eq!(at(50, &free), Next::Close);
        assert_eq!(at(55, &free), Next::Close, "what was in use is tried again");
        assert_eq!(at(60, &walls(&[], &[])), Next::Rest);
        assert_eq!(at(120, &free), Next::Wait, "opened again, for a program that comes back");
    }

    #[test]
    fn who_is_there_is_said_once() {
        let mut memory = Memory::default();
        let one = stranger("10.0.0.12");
        memory.tell(&walls(&["request"], std::slice::from_ref(&one)));
        assert_eq!(memory.told.len(), 1);
        let reader = Stranger { program: "tableaux".into(), ..one.clone() };
        memory.tell(&walls(&[], &[reader, one]));
        assert_eq!(memory.told.len(), 1, "closed, only what does not say its name is of before");
        memory.tell(&walls(&[], &[]));
        assert!(memory.told.is_empty());
    }

    #[test]
    fn the_service_closes_them_by_itself_when_the_older_program_leaves() {
        on_empty_postgres(async |url| {
            let db = Db::connect(&url, Arc::new(FixedClock::at(beginning()))).await.unwrap();
            db.migrate().await.unwrap();
            assert!(db.open_walls().await.unwrap() > 25);
            // Without a name, as the program of before.
            let old = Database::connect(&url).await.unwrap();
            old.execute_unprepared("SELECT 1").await.unwrap();
            let [open, closed, away] = [10, 10, 100].map(Duration::from_millis);
            let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
            let watching = tokio::spawn(watch(db.clone(), Pace { open, closed, away }, async {
                let _ = stopped.await;
            }));
            sleep(Duration::from_millis(400)).await;
            assert!(db.walls().await.unwrap().unwrap().open.len() > 25);
            old.close().await.unwrap();
            let began = Instant::now();
            while !db.walls().await.unwrap().unwrap().open.is_empty() {
                assert!(began.elapsed() < Duration::from_secs(20));
                sleep(Duration::from_millis(20)).await;
            }
            sleep(Duration::from_millis(100)).await;
            stop.send(()).unwrap();
            watching.await.unwrap();
            let said: Vec<String> =
                journal::page(&db, 0, 10).await.unwrap().into_iter().map(|entry| entry.kind).collect();
            assert_eq!(said, ["walls.opened", "walls.closed"]);
            db.close().await.unwrap();
        });
    }
}
