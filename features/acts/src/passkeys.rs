//! Kinds of acts that the Region wants signed with a passkey: a password alone signs none of them. It
//! hardens a rule and lifts none. None by default. (T3, SRV-15)

use beffroi_db::{DbError, Event};
use beffroi_kernel::{Permit, PersonId};
use beffroi_sheets::Word;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::model::{ActKind, RuleActs};
use crate::{Acts, store};

/// The setting: slugs of kinds, separated by commas.
pub const PASSKEY_FOR: &str = "acts-passkey-for";

/// Whether this kind is signed with a passkey only.
pub(crate) async fn wanted(on: &impl ConnectionTrait, kind: ActKind) -> Result<bool, DbError> {
    let listed = store::reviews::setting(on, PASSKEY_FOR).await?.unwrap_or_default();
    Ok(listed.split(',').any(|slug| slug == kind.slug()))
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
