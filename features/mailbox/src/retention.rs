//! Originals are kept as long as the operator says, then forgotten with who wrote them; what they did
//! stays on the requests. (SRV, RGPD)

use crate::store;
use crate::{Mailbox, MailboxError};

/// Forgets the originals whose time is over, save those that somebody still has to look at; says how many.
///
/// # Errors
/// When the database or the store does not answer.
pub async fn forget_expired(mailbox: &Mailbox) -> Result<usize, MailboxError> {
    let settings = mailbox.settings.as_ref().ok_or(MailboxError::NotSet)?;
    let db = &mailbox.desk.site.db;
    let expired = store::expired(db.read(), db.now() - settings.keep).await?;
    for (id, sha256) in &expired {
        let alone =
            db.write::<_, beffroi_db::DbError, _>(async |tx| store::forget(tx, *id, sha256).await).await?;
        if alone {
            mailbox.desk.files.forget_mail(sha256).await?;
        }
    }
    Ok(expired.len())
}
