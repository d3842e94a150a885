//! Signing in beyond the password: the code that follows it, or a passkey instead of it.

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::PersonId;
use serde_json::Value;
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential};

use super::code::{self, CodeError};
use super::keys::{self, Answer, CHALLENGE_LIFE, KeyError, read};
use super::{Door, Method, party::party};
use crate::Site;
use crate::sign_in::{Opened, fingerprint, forget_codes, open, secret};
use crate::store::factors::{self as store, NewCeremony};
use crate::store::people;

/// Whether a code follows the password of this person; if so, the token of the next step.
pub(crate) async fn after_password(tx: &Tx, person: PersonId) -> Result<Option<String>, DbError> {
    let active = store::totp(tx.on(), person).await?.is_some_and(|row| row.confirmed_at.is_some());
    if !active {
        return Ok(None);
    }
    let token = secret();
    let new = NewCeremony {
        token_hash: &fingerprint(&token),
        purpose: "code",
        person: Some(person),
        session: None,
        subject: "",
        state: "",
        expires_at: tx.now() + CHALLENGE_LIFE,
    };
    store::begin(tx.on(), &new, tx.now()).await?;
    Ok(Some(token))
}

/// Why the second step opens nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// The password was typed too long ago.
    #[error("Votre mot de passe a été saisi il y a plus de cinq minutes : saisissez-le de nouveau.")]
    Over,
    /// The code.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The code that follows the password: a session begins.
pub(crate) async fn with_code(
    door: &Door,
    token: &str,
    typed: &str,
    user_agent: &str,
) -> Result<Opened, StepError> {
    let db = &door.site.db;
    let hash = fingerprint(token);
    let waiting = store::waiting(db.read(), &hash, "code", db.now()).await?;
    let person = waiting.and_then(|one| one.person_id).ok_or(StepError::Over)?;
    let method = code::check(door, person, typed).await.inspect_err(|error| refused(person, error))?;
    db.write(async |tx| {
        store::take(tx.on(), &hash, "code", tx.now()).await?.ok_or(StepError::Over)?;
        forget_codes(tx, person).await?;
        enter(tx, person, user_agent, method).await?.ok_or(StepError::Over)
    })
    .await
}

/// Traces a code that is not the one.
pub(crate) fn refused(person: PersonId, error: &CodeError) {
    if matches!(error, CodeError::Wrong | CodeError::Late | CodeError::Slow | CodeError::TooMany) {
        beffroi_web::noted("sign-in.failed", Some(&format!("personne:{person}")), "code");
    }
}

async fn enter(
    tx: &Tx,
    person: PersonId,
    user_agent: &str,
    method: Method,
) -> Result<Option<Opened>, DbError> {
    let found = people::credential_of(tx.on(), person).await?.filter(|one| one.disabled_at.is_none());
    let Some(found) = found else { return Ok(None) };
    Ok(Some(open(tx, &found, user_agent, method).await?))
}

/// A challenge for whoever holds a key of this site.
pub(crate) async fn ask_key(site: &Site) -> Result<Value, KeyError> {
    let party = party(site).ok_or(KeyError::NoName)?;
    let failed = |error| DbError::Corrupt(format!("clé d’accès : {error}"));
    let (options, state) = party.start_discoverable_authentication().map_err(failed)?;
    let mut options = serde_json::to_value(options).map_err(|error| DbError::Corrupt(error.to_string()))?;
    // A button asks for the key: the browser shows its window rather than a line under a field.
    if let Some(options) = options.as_object_mut() {
        options.remove("mediation");
    }
    Ok(keys::ask(site, ("enter", ""), None, options, &state).await?)
}

/// A key in place of login and password: a session begins.
pub(crate) async fn with_key(site: &Site, answer: &str, user_agent: &str) -> Result<Opened, KeyError> {
    let party = party(site).ok_or(KeyError::NoName)?;
    let answer: Answer<PublicKeyCredential> = read(answer).ok_or(KeyError::Refused)?;
    let ceremony = keys::taken(site, &answer.ceremony, "enter").await?.ok_or(KeyError::Refused)?;
    let state: DiscoverableAuthentication = read(&ceremony.state).ok_or(KeyError::Refused)?;
    let (handle, credential_id) =
        party.identify_discoverable_authentication(&answer.credential).map_err(|_| KeyError::Refused)?;
    let person = PersonId(handle);
    let passkey = keys::find(site, person, credential_id).await?.ok_or(KeyError::Refused)?;
    let result = party
        .finish_discoverable_authentication_v2(&answer.credential, state, &passkey)
        .map_err(|_| KeyError::Refused)?;
    keys::used(site, person, &result).await?.ok_or(KeyError::Refused)?;
    site.db
        .write(async |tx| enter(tx, person, user_agent, Method::Passkey).await?.ok_or(KeyError::Refused))
        .await
}

/// Journals that a session began.
pub(crate) fn journal(tx: &Tx, person: PersonId, method: Method) {
    beffroi_web::passed("session.opened", &format!("personne:{person}"), method.slug());
    let data = serde_json::json!({ "method": method.slug() });
    tx.journal(Event::new("session.opened", format!("person:{person}")).by(person).data(data));
}
