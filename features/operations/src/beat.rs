//! The signs of life of a node: one write every ten seconds, so that the database is tried too. After a
//! silence the node begins another stretch and says why. (CSU-06)

use std::time::Duration;

use beffroi_db::{Db, DbError};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::model::Began;
use crate::rules::SILENCE;
use crate::store;

/// How often a node says that it is up.
const EVERY: Duration = Duration::from_secs(10);
/// How long one sign may take: a database that hangs is one that does not answer.
const WITHIN: Duration = Duration::from_secs(8);

/// What a node is called: its machine and its port.
#[must_use]
pub fn node_name(port: u16) -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = machine.trim();
    format!("{}:{port}", if machine.is_empty() { "noeud" } else { machine })
}

/// The stretch in hand: its identifier and the last sign given.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    current: Option<(Uuid, DateTime<Utc>)>,
}

impl Pulse {
    /// One sign of life.
    pub(crate) async fn sign(&mut self, db: &Db, node: &str) -> Result<(), DbError> {
        let now = db.now();
        let version = env!("CARGO_PKG_VERSION");
        let id = match self.current {
            Some((id, last)) if now - last <= SILENCE => {
                store::extend_stretch(db.read(), id, now, false).await?;
                id
            }
            Some(_) => store::begin_stretch(db.read(), (node, version), Began::Database, now).await?,
            None => store::begin_stretch(db.read(), (node, version), Began::Start, now).await?,
        };
        self.current = Some((id, now));
        Ok(())
    }

    /// The last one, by order.
    pub(crate) async fn stop(&self, db: &Db) -> Result<(), DbError> {
        match self.current {
            Some((id, _)) => store::extend_stretch(db.read(), id, db.now(), true).await,
            None => Ok(()),
        }
    }
}

/// Gives signs of life until `stop` resolves.
pub async fn beat(db: Db, node: String, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut pulse = Pulse::default();
    loop {
        match tokio::time::timeout(WITHIN, pulse.sign(&db, &node)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "no sign of life could be written"),
            Err(_) => tracing::error!("the database takes too long to take a sign of life"),
        }
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    if let Err(error) = pulse.stop(&db).await {
        tracing::warn!(%error, "the stop of this node could not be written");
    }
}
