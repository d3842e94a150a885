//! What is in force or to come, kept in memory for a few seconds: requests ask it without a statement each,
//! and it is still known when the database no longer answers.

use std::sync::Arc;
use std::time::Duration;

use beffroi_db::Db;
use beffroi_db::reach::{self, Why};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::maintenance;
use crate::model::Maintenance;

/// How long it serves before it is read anew.
const KEPT: Duration = Duration::from_secs(3);
/// How long a request waits for it.
const PATIENCE: Duration = Duration::from_secs(1);

type Known = Option<(Instant, Arc<Vec<Maintenance>>)>;

/// The maintenance in force or to come.
#[derive(Clone, Debug)]
pub struct Notices {
    db: Db,
    known: Arc<Mutex<Known>>,
}

impl Notices {
    /// Read from this database.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, known: Arc::default() }
    }

    /// What is known. When it cannot be read, what was known stays.
    pub async fn now(&self) -> Arc<Vec<Maintenance>> {
        let mut known = self.known.lock().await;
        if let Some((at, list)) = known.as_ref()
            && at.elapsed() < KEPT
        {
            return Arc::clone(list);
        }
        // In a task of its own: the statement is the site's, not that of the page that happens to wait.
        let db = self.db.clone();
        let read = async move { maintenance::coming(&db).await };
        let fresh = timeout(PATIENCE, tokio::spawn(reach::everything(Why::Announcements, read))).await;
        let list = match fresh {
            Ok(Ok(Ok(list))) => Arc::new(list),
            _ => known.as_ref().map(|(_, list)| Arc::clone(list)).unwrap_or_default(),
        };
        *known = Some((Instant::now(), Arc::clone(&list)));
        list
    }

    /// Forgets it: it changed here.
    pub(crate) async fn forget(&self) {
        *self.known.lock().await = None;
    }
}
