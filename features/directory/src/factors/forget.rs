//! A lost phone: an operator forgets every key and code of a person, who signs in with their password.

use beffroi_db::{Db, DbError, Event};
use beffroi_kernel::{Permit, PersonId};

use super::tell;
use crate::ManagePeople;
use crate::store::factors as store;

/// Forgets the passkeys, the one-time codes and the recovery codes of a person: how many keys, and whether
/// a code was asked. Journaled, and told to the person.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(
    db: &Db,
    permit: &Permit<ManagePeople>,
    person: PersonId,
) -> Result<(u64, bool), DbError> {
    db.write(async |tx| {
        let keys = store::delete_passkeys(tx.on(), person).await?;
        let codes = store::delete_totp(tx.on(), person).await? > 0;
        if keys == 0 && !codes {
            return Ok((0, false));
        }
        let data = serde_json::json!({ "passkeys": keys, "code": codes });
        let event = Event::new("factors.forgotten", format!("person:{person}"));
        tx.journal(event.by(permit.person()).data(data));
        let said = "La Région a retiré de votre compte les clés d’accès et le code à usage unique : votre mot de passe suffit de \
                    nouveau pour vous connecter.";
        tell(tx, person, said).await?;
        Ok((keys, codes))
    })
    .await
}
