//! What a signatory acknowledges apart from the signature itself: the text in one version, beside a box that they tick.
//! (SRV-22, POSTE-23, IDT-16)

use beffroi_db::DbError;
use serde::Deserialize;

use crate::model::Act;

/// A text to acknowledge, as the terms of an act name it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Acknowledgement {
    /// Its stable name.
    pub name: String,
    /// Which writing of it.
    pub version: String,
    /// What is acknowledged, in full.
    pub text: String,
}

/// What signing an act acknowledges: `terms.acknowledgements`, a list of `{name, version, text}`.
///
/// # Errors
/// When the terms of the act cannot be read.
pub fn acknowledgements(act: &Act) -> Result<Vec<Acknowledgement>, DbError> {
    let listed = act.terms.get("acknowledgements").cloned();
    Ok(listed.map(serde_json::from_value).transpose()?.unwrap_or_default())
}
