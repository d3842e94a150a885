//! Somebody who could sign says no, and why.

use beffroi_kernel::{ActId, Permit};

use crate::ending::{self, EndError, reason};
use crate::model::{Act, End, EndReason, SignActs};
use crate::rules::{Refusal, place_of};
use crate::{Acts, ground, store};

/// Refuses to sign: the act ends, whoever prepared it is told why.
///
/// # Errors
/// As [`EndError`] says; nothing is then changed.
pub async fn refuse(acts: &Acts, permit: &Permit<SignActs>, id: ActId, why: &str) -> Result<Act, EndError> {
    let note = reason(why)?;
    let person = permit.person();
    acts.site
        .db
        .write(async |tx| {
            let mut act = store::acts::lock(tx.on(), id).await?.ok_or(EndError::NotFound)?;
            let school = ground::school_of(acts, act.school).await?;
            let standing = ground::for_person(tx, &school, act.holder, person).await?;
            let authority = match place_of(&act, person, &standing.ground()) {
                Ok((_, authority)) => authority,
                Err(Refusal::NoAuthority) if standing.serves(person) => return Err(EndError::NoAuthority),
                Err(Refusal::NoAuthority) => return Err(EndError::NotFound),
                Err(_) => return Err(EndError::TooLate("refusé")),
            };
            let refused = End {
                reason: EndReason::Refused,
                at: tx.now(),
                by: Some(person),
                authority: Some(authority.words),
                note,
            };
            if ending::end(acts, tx, &mut act, refused).await? {
                Ok(act)
            } else {
                Err(EndError::TooLate("refusé"))
            }
        })
        .await
}
