//! The head takes back what an act gave; the Region does so for safety. What it conferred is undone. To revoke is to
//! decide as much as to sign: it asks the same proof. (T2)

use beffroi_db::Tx;
use beffroi_directory::{Proof, prove};
use beffroi_kernel::{ActId, Permit, Role};

use crate::ending::{self, EndError, reason};
use crate::model::{Act, ActKind, Authority, End, EndReason, Method, RevokeActs, Who};
use crate::sign::method_of;
use crate::{Acts, ground, passkeys, store};

/// Who takes back what an act gave: the head of the school, or the Region for safety.
pub(crate) const JUDGES: &[Who] =
    &[Who::Role(Role::Head), Who::Role(Role::DepartmentHead), Who::Role(Role::SecurityOfficer)];

/// What a passkey confirms of a revocation; the text of a signed act never changes.
#[must_use]
pub fn revocation(id: ActId) -> String {
    format!("revocation:{id}")
}

/// Revokes a signed act, for a reason that those concerned will read, with a password or a passkey. The authority is
/// read anew at that instant.
///
/// # Errors
/// As [`EndError`] says; nothing is then changed.
pub async fn revoke(
    acts: &Acts,
    permit: &Permit<RevokeActs>,
    id: ActId,
    (why, proof): (&str, Proof<'_>),
) -> Result<Act, EndError> {
    let note = reason(why)?;
    let proved = prove(&acts.site, permit.person(), proof, &[revocation(id)]).await?;
    let method = method_of(&proved);
    acts.site
        .db
        .write(async |tx| {
            let (mut act, authority) = judged(acts, tx, permit, id).await?;
            suffices(tx, &act, method).await?;
            let revoked = End {
                reason: EndReason::Revoked,
                at: tx.now(),
                by: Some(permit.person()),
                authority: Some(authority.words),
                note,
            };
            if ending::end_proved(acts, tx, &mut act, revoked, Some(method)).await? {
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

/// Refuses a password where only a passkey decides.
pub(crate) async fn suffices(tx: &Tx, act: &Act, method: Method) -> Result<(), EndError> {
    if method == Method::Password && passkeys::wanted(tx.on(), act).await? {
        return Err(EndError::PasskeyWanted);
    }
    Ok(())
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
