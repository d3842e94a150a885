//! An article answered before the request was sent: the draft is closed, kept thirty days, and may be taken up
//! again. (LIRE-07)

use beffroi_catalogue::knowledge::{self, Visitor};
use beffroi_db::{DbError, Event, NewJob};
use beffroi_kernel::{Access, ArticleId, DraftId};
use chrono::{DateTime, TimeDelta, Utc};

use crate::Desk;
use crate::drafts::{Draft, DraftError};
use crate::store::drafts as store;

/// Days during which a closed draft may be taken up again.
pub const KEPT_DAYS: i64 = 30;
/// The job that deletes a draft closed for so long.
pub const EXPIRE_JOB: &str = "desk.answered-draft";

fn visitor(draft: &Draft) -> Visitor {
    Visitor::named(draft.id)
}

/// Closes a draft because an article answered: no request is made.
///
/// # Errors
/// [`DraftError::Changed`] when it was sent or closed meanwhile.
pub async fn close(
    desk: &Desk,
    access: &Access,
    draft: &Draft,
    article: ArticleId,
) -> Result<(), DraftError> {
    desk.site
        .db
        .write(async |tx| {
            let mut held = store::hold(tx.on(), draft.id).await?.ok_or(DraftError::Changed)?;
            held.answered_at = Some(tx.now());
            held.answered_by = Some(article);
            held.updated_at = tx.now();
            store::save(tx.on(), held).await?;
            knowledge::answered(tx, article, &visitor(draft)).await?;
            let job = NewJob::new(EXPIRE_JOB, &(draft.id, tx.now()))
                .once(format!("answered:{}:{}", draft.id, tx.now().timestamp_micros()))
                .at(tx.now() + TimeDelta::days(KEPT_DAYS));
            tx.enqueue(job).await?;
            let data = serde_json::json!({ "article": article, "type": draft.kind().id });
            let event = Event::new("draft.answered", format!("draft:{}", draft.id));
            tx.journal(event.by(access.person).school(draft.school).data(data));
            Ok(())
        })
        .await
}

/// Takes a closed draft up again: the article spared nothing.
///
/// # Errors
/// [`DraftError::Changed`] when it is not closed.
pub async fn take_up(desk: &Desk, access: &Access, draft: &Draft) -> Result<(), DraftError> {
    let Some((_, article)) = draft.answered else {
        return Err(DraftError::Changed);
    };
    desk.site
        .db
        .write(async |tx| {
            if !store::reopen(tx.on(), draft.id, tx.now()).await? {
                return Err(DraftError::Changed);
            }
            knowledge::not_answered(tx, article, &visitor(draft)).await?;
            let event = Event::new("draft.taken-up", format!("draft:{}", draft.id));
            tx.journal(event.by(access.person).school(draft.school));
            Ok(())
        })
        .await
}

/// Deletes a draft left closed since `answered_at`.
///
/// # Errors
/// When the database does not answer.
pub async fn expire(desk: &Desk, id: DraftId, answered_at: DateTime<Utc>) -> Result<(), DbError> {
    desk.site
        .db
        .write(async |tx| {
            if store::closed_since(tx.on(), id, answered_at).await? {
                store::delete(tx.on(), id).await?;
                tx.journal(Event::new("draft.expired", format!("draft:{id}")));
            }
            Ok(())
        })
        .await
}
