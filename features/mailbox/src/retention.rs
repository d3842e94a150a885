//! Originals are kept as long as the operator says, then forgotten with who wrote them; what they did
//! stays on the requests. (SRV, RGPD)

use std::time::Duration;

use beffroi_db::DbError;
use chrono::TimeDelta;

use crate::store;
use crate::{Mailbox, MailboxError};

/// How often originals whose time is over are looked for.
const EVERY: Duration = Duration::from_secs(3600);
/// How long we remember to whom a machine answered: longer than it keeps from answering again.
const ANSWERED: TimeDelta = TimeDelta::days(1);

/// Forgets the originals whose time is over, save those that somebody still has to look at; says how many.
///
/// # Errors
/// When the database or the store does not answer; what was forgotten stays so.
pub async fn forget_expired(mailbox: &Mailbox) -> Result<usize, MailboxError> {
    let db = &mailbox.desk.site.db;
    let mut forgotten = 0;
    loop {
        let expired = store::expired(db.read(), db.now() - mailbox.keep).await?;
        if expired.is_empty() {
            break;
        }
        for (id, sha256) in &expired {
            // The file first: were it last, and the program killed between the two, nothing would know of it.
            if !store::is_kept(db.read(), sha256, *id).await? {
                mailbox.desk.files.forget_mail(sha256).await?;
            }
            db.write::<_, DbError, _>(async |tx| store::forget(tx, *id).await).await?;
        }
        forgotten += expired.len();
    }
    db.write::<_, DbError, _>(async |tx| store::forget_answered(tx, tx.now() - ANSWERED).await).await?;
    Ok(forgotten)
}

/// Forgets every hour until `stop` resolves, whether or not mails still come in.
pub async fn watch_originals(mailbox: Mailbox, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        match forget_expired(&mailbox).await {
            Ok(0) => {}
            Ok(forgotten) => tracing::info!(forgotten, "originals of mails were forgotten"),
            Err(error) => tracing::error!(%error, "the originals of mails could not be forgotten"),
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
