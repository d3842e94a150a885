//! What a person knows before they start, of an act that only a passkey signs. (T3, SRV-15)

use beffroi_acts::passkey_kinds;
use beffroi_db::DbError;
use beffroi_directory::{Keys, keys_of};
use beffroi_kernel::{Access, SchoolId};
use beffroi_sheets::RequestType;

use crate::Desk;

/// An act that a password does not sign.
pub(crate) struct KeyAsked {
    /// How passkeys stand for whoever reads, when they may sign it themselves.
    pub(crate) own: Option<Keys>,
}

/// Whether only a passkey signs what this request asks for: its sheet says so, or the Region for every act of its kind.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn key_asked(
    desk: &Desk,
    access: &Access,
    kind: &RequestType,
    schools: &[(SchoolId, String)],
) -> Result<Option<KeyAsked>, DbError> {
    let Some(act) = &kind.act else { return Ok(None) };
    if !act.passkey && !passkey_kinds(&desk.acts).await?.contains(&act.kind) {
        return Ok(None);
    }
    let by = |role| kind.approvals.iter().any(|step| step.sign && step.by.contains(&role));
    let here = |school| schools.iter().any(|(known, _)| Some(*known) == school);
    let own = if access.functions.iter().any(|function| here(function.school) && by(function.role)) {
        Some(keys_of(&desk.site, access.person).await?)
    } else {
        None
    };
    Ok(Some(KeyAsked { own }))
}
