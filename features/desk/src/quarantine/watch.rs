//! How the quarantine goes, for those who watch over it: how many files wait, since when and why, and those
//! that bear a virus. (issue 5: quarantine of uploads)

use beffroi_db::{Db, DbError, Event, NewJob};
use beffroi_kernel::{AttachmentId, Permit};
use chrono::{DateTime, Utc};

use super::EXAMINE_JOB;
use crate::Desk;
use crate::store::quarantine as store;
pub(crate) use crate::store::quarantine::Kept;

/// Files with a virus shown on a page.
pub(crate) const PAGE: usize = 50;

beffroi_kernel::actions! {
    /// Sees the files that wait for the antivirus and those that bear a virus, and has one examined anew.
    WatchFiles { SecurityOfficer => Region, DepartmentHead => Region, RegionAdmin => Region }
}

/// Where the quarantine stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Files that wait.
    pub waiting: i64,
    /// When the first of them came.
    pub since: Option<DateTime<Utc>>,
    /// Why that one waits, when an examination failed.
    pub why: Option<String>,
    /// Files that bear a virus, kept aside.
    pub infected: i64,
}

/// Where the quarantine stands, for `doctor`, metrics and pages.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(db: &Db) -> Result<Standing, DbError> {
    let found = store::waiting(db.read()).await?;
    let why = if found.count > 0 { store::reason(db.read()).await? } else { None };
    Ok(Standing { waiting: found.count, since: found.since, why, infected: found.infected })
}

/// A page of the files that bear a virus, and whether there are more.
pub(crate) async fn kept(
    db: &Db,
    permit: &Permit<WatchFiles>,
    before: Option<(DateTime<Utc>, AttachmentId)>,
) -> Result<(Vec<Kept>, bool), DbError> {
    let limit = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut rows = store::kept(db, permit.scope(), before, limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok((rows, more))
}

/// A file kept aside is examined anew, when a signature was wrong; false when it is not kept aside any more.
pub(crate) async fn again(
    desk: &Desk,
    permit: &Permit<WatchFiles>,
    id: AttachmentId,
) -> Result<bool, DbError> {
    desk.site
        .db
        .write(async |tx| {
            if desk.files.antivirus().is_none() || !store::again(tx.on(), id, tx.now()).await? {
                return Ok(false);
            }
            tx.journal(Event::new("file.examined-again", format!("file:{id}")).by(permit.person()));
            let once = format!("examine:{id}:{}", tx.now().timestamp_micros());
            tx.enqueue(NewJob::new(EXAMINE_JOB, &id).once(once)).await?;
            Ok(true)
        })
        .await
}
