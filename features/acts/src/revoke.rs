//! The head takes back what an act gave; the Region does so for safety. What it conferred is undone.

use beffroi_db::Tx;
use beffroi_kernel::{ActId, Permit, Role};

use crate::ending::{self, EndError, reason};
use crate::model::{Act, ActKind, Authority, End, EndReason, RevokeActs, Who};
use crate::{Acts, ground, store};

/// Who takes back what an act gave: the head of the school, or the Region for safety.
pub(crate) const JUDGES: &[Who] =
    &[Who::Role(Role::Head), Who::Role(Role::DepartmentHead), Who::Role(Role::SecurityOfficer)];

/// Revokes a signed act, for a reason that those concerned will read. The authority is read anew at
/// that instant.
///
/// # Errors
/// As [`EndError`] says; nothing is then changed.
pub async fn revoke(acts: &Acts, permit: &Permit<RevokeActs>, id: ActId, why: &str) -> Result<Act, EndError> {
    let note = reason(why)?;
    acts.site
        .db
        .write(async |tx| {
            let (mut act, authority) = judged(acts, tx, permit, id).await?;
            let revoked = End {
                reason: EndReason::Revoked,
                at: tx.now(),
                by: Some(permit.person()),
                authority: Some(authority.words),
                note,
            };
            if ending::end(acts, tx, &mut act, revoked).await? {
                Ok(act)
            } else {
                Err(EndError::TooLate("révoqué"))
            }
        })
        .await
}

/// Revokes within a transaction of somebody else's decision, already judged by its caller: a security
/// measure, a dangerous address.
///
/// # Errors
/// As [`EndError`] says; nothing is then changed.
pub async fn revoke_for_safety(
    acts: &Acts,
    tx: &Tx,
    id: ActId,
    by: Option<beffroi_kernel::PersonId>,
    why: &str,
) -> Result<Act, EndError> {
    let note = reason(why)?;
    let mut act = store::acts::lock(tx.on(), id).await?.ok_or(EndError::NotFound)?;
    let revoked = End {
        reason: EndReason::Revoked,
        at: tx.now(),
        by,
        authority: Some("Région, pour la sécurité".into()),
        note,
    };
    if ending::end(acts, tx, &mut act, revoked).await? {
        Ok(act)
    } else {
        Err(EndError::TooLate("révoqué"))
    }
}

/// Who may take back an act of this kind. A release of liability is lifted on its own page, which answers
/// what was said against it.
const fn judges(kind: ActKind) -> &'static [Who] {
    if matches!(kind, ActKind::LiabilityRelease) { &[] } else { JUDGES }
}

/// The act, kept as it is, and the authority by which this person judges it at this instant.
pub(crate) async fn judged(
    acts: &Acts,
    tx: &Tx,
    permit: &Permit<RevokeActs>,
    id: ActId,
) -> Result<(Act, Authority), EndError> {
    let act = store::acts::lock(tx.on(), id).await?.ok_or(EndError::NotFound)?;
    let school = ground::school_of(acts, act.school).await?;
    let standing = ground::for_person(tx, &school, act.holder, permit.person()).await?;
    match standing.of(permit.person(), judges(act.kind)) {
        Some(authority) => Ok((act, authority)),
        None if permit.scope().schools().contains(&act.school) => Err(EndError::NoAuthority),
        None => Err(EndError::NotFound),
    }
}
