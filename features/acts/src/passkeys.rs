//! Acts that only a passkey signs, confirms or revokes, never a password: those of a kind that the Region lists, and
//! those whose sheet asks for it. It hardens a rule and lifts none. None by default. (T3, SRV-15)

use beffroi_db::{DbError, Event};
use beffroi_kernel::{Permit, PersonId};
use beffroi_sheets::Word;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::model::{Act, ActKind, RuleActs};
use crate::{Acts, store};

/// The setting: slugs of kinds, separated by commas.
pub const PASSKEY_FOR: &str = "acts-passkey-for";

/// The key of the terms of an act by which its sheet asks for a passkey.
pub const PASSKEY_TERM: &str = "passkey";

/// Whether the sheet of this act asked for a passkey when the act was prepared.
fn by_sheet(act: &Act) -> bool {
    act.terms.get(PASSKEY_TERM).and_then(serde_json::Value::as_bool).unwrap_or_default()
}

/// Whether a kind is signed with a passkey only, because the Region says so.
async fn by_region(on: &impl ConnectionTrait, kind: ActKind) -> Result<bool, DbError> {
    let listed = store::reviews::setting(on, PASSKEY_FOR).await?.unwrap_or_default();
    Ok(listed.split(',').any(|slug| slug == kind.slug()))
}

/// Whether this act is decided with a passkey only.
pub(crate) async fn wanted(on: &impl ConnectionTrait, act: &Act) -> Result<bool, DbError> {
    Ok(by_sheet(act) || by_region(on, act.kind).await?)
}

/// Whether one of these acts is signed with a passkey only: they are signed at once, with one proof.
///
/// # Errors
/// When the database does not answer.
pub async fn passkey_only(acts: &Acts, signed: &[Act]) -> Result<bool, DbError> {
    if signed.is_empty() {
        return Ok(false);
    }
    let kinds = passkey_kinds(acts).await?;
    Ok(signed.iter().any(|act| by_sheet(act) || kinds.contains(&act.kind)))
}

/// The kinds signed with a passkey only.
///
/// # Errors
/// When the database does not answer.
pub async fn passkey_kinds(acts: &Acts) -> Result<Vec<ActKind>, DbError> {
    let listed = store::reviews::setting(acts.site.db.read(), PASSKEY_FOR).await?.unwrap_or_default();
    Ok(listed.split(',').filter_map(ActKind::from_slug).collect())
}

/// The Region says which kinds are signed with a passkey only.
///
/// # Errors
/// When the database does not answer.
pub async fn set_passkey_kinds(
    acts: &Acts,
    permit: &Permit<RuleActs>,
    kinds: &[ActKind],
) -> Result<(), DbError> {
    let value = kinds.iter().map(|kind| kind.slug()).collect::<Vec<_>>().join(",");
    acts.site
        .db
        .write(async |tx| {
            let stamp: (DateTime<Utc>, PersonId) = (tx.now(), permit.person());
            store::reviews::set_setting(tx.on(), PASSKEY_FOR, &value, stamp).await?;
            let data = serde_json::json!({ "value": value });
            tx.journal(Event::new("setting.changed", PASSKEY_FOR).by(permit.person()).data(data));
            Ok(())
        })
        .await
}
