//! Whoever asked for an act changes their mind before it is in force.

use beffroi_kernel::{ActId, PersonId};

use crate::Acts;
use crate::ending::{self, EndError, reason};
use crate::model::{Act, End, EndReason};
use crate::store;

/// Withdraws an act that the same person prepared.
///
/// # Errors
/// As [`EndError`] says; nothing is then changed.
pub async fn withdraw(acts: &Acts, person: PersonId, id: ActId, why: &str) -> Result<Act, EndError> {
    let note = reason(why)?;
    acts.site
        .db
        .write(async |tx| {
            let act = store::acts::lock(tx.on(), id).await?;
            let mut act = act.filter(|act| act.created_by == Some(person)).ok_or(EndError::NotFound)?;
            let withdrawn =
                End { reason: EndReason::Withdrawn, at: tx.now(), by: Some(person), authority: None, note };
            if ending::end(acts, tx, &mut act, withdrawn).await? {
                Ok(act)
            } else {
                Err(EndError::TooLate("retiré"))
            }
        })
        .await
}
