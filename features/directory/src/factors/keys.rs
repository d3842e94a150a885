//! Passkeys: add one, remove one, and confirm a text with one. A challenge is kept here, serves once and
//! within five minutes, and names the text it was made for.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use beffroi_db::DbError;
use beffroi_kernel::{PersonId, SessionId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use webauthn_rs::prelude::{
    AuthenticationResult, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn,
};

use super::{ProofError, party::party, told};
use crate::extract::Current;
use crate::sign_in::{fingerprint, secret};
use crate::store::factors::{self as store, NewCeremony, PasskeyRow};
use crate::{Site, check_password};

/// How long a challenge waits for its answer.
pub(super) const CHALLENGE_LIFE: TimeDelta = TimeDelta::minutes(5);
/// Keys a person may have.
const MOST: usize = 10;
/// Characters of a name.
const NAME_LENGTH: usize = 60;

/// Why a key is not added, removed or asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Not their password.
    #[error("Le mot de passe ne convient pas : saisissez celui avec lequel vous vous connectez.")]
    Password,
    /// The public address is a number.
    #[error(
        "Les clés d’accès demandent une adresse avec un nom, et celle de ce site n’en a pas : prévenez la Région."
    )]
    NoName,
    /// Enough.
    #[error("Vous avez déjà dix clés d’accès : retirez-en une avant d’en ajouter.")]
    Enough,
    /// There is none to ask.
    #[error(
        "Vous n’avez pas encore de clé d’accès : ajoutez-en une depuis « Mon compte », ou saisissez votre mot de passe."
    )]
    None,
    /// What the device answered is worth nothing.
    #[error("Cette clé n’a pas été acceptée : recommencez, ou essayez avec un autre appareil.")]
    Refused,
    /// No such key of theirs.
    #[error("Cette clé d’accès n’existe pas.")]
    NotFound,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A key, as its owner sees it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub id: Uuid,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What a browser sends back: which challenge, and the answer of the device.
#[derive(Deserialize)]
pub(super) struct Answer<T> {
    pub ceremony: String,
    pub credential: T,
}

pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn corrupt(error: impl std::fmt::Display) -> DbError {
    DbError::Corrupt(format!("clé d’accès : {error}"))
}

fn passkey_of(row: &PasskeyRow) -> Result<Passkey, DbError> {
    serde_json::from_str(&row.credential).map_err(corrupt)
}

/// The keys of a person, the oldest first.
pub(crate) async fn list(site: &Site, person: PersonId) -> Result<Vec<Key>, DbError> {
    let rows = store::passkeys(site.db.read(), person).await?;
    let keys = rows.into_iter().map(|row| Key {
        id: row.id,
        name: row.name,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    });
    Ok(keys.collect())
}

/// Whether keys work on this site at all.
pub(crate) fn work(site: &Site) -> bool {
    party(site).is_some()
}

/// Keeps a challenge and returns what the browser gets: its token and the options.
pub(super) async fn ask(
    site: &Site,
    (purpose, subject): (&str, &str),
    asked: Option<(PersonId, SessionId)>,
    options: Value,
    state: &impl serde::Serialize,
) -> Result<Value, DbError> {
    let (token, state) = (secret(), serde_json::to_string(state).map_err(corrupt)?);
    site.db
        .write(async |tx| {
            let new = NewCeremony {
                token_hash: &fingerprint(&token),
                purpose,
                person: asked.map(|(person, _)| person),
                session: asked.map(|(_, session)| session),
                subject,
                state: &state,
                expires_at: tx.now() + CHALLENGE_LIFE,
            };
            store::begin(tx.on(), &new, tx.now()).await
        })
        .await?;
    Ok(json!({ "ceremony": token, "options": options }))
}

/// Ends a challenge and returns whose it was, for what, and its state.
pub(super) async fn taken(
    site: &Site,
    token: &str,
    purpose: &str,
) -> Result<Option<store::Ceremony>, DbError> {
    site.db.write(async |tx| store::take(tx.on(), &fingerprint(token), purpose, tx.now()).await).await
}

/// A challenge for a new key, once the password was typed again.
pub(crate) async fn start_adding(site: &Site, current: &Current, password: &str) -> Result<Value, KeyError> {
    let person = current.access.person;
    let party = party(site).ok_or(KeyError::NoName)?;
    if password.is_empty() || !check_password(&site.db, person, password).await? {
        return Err(KeyError::Password);
    }
    let known = store::passkeys(site.db.read(), person).await?;
    if known.len() >= MOST {
        return Err(KeyError::Enough);
    }
    let passkeys = known.iter().map(passkey_of).collect::<Result<Vec<_>, _>>()?;
    let exclude = passkeys.iter().map(|key| key.cred_id().clone()).collect();
    let login = crate::people::person(&site.db, person).await?.map_or_else(String::new, |one| one.login);
    let (options, state) = party
        .start_passkey_registration(person.0, &login, &current.access.name, Some(exclude))
        .map_err(corrupt)?;
    let mut options = serde_json::to_value(options).map_err(corrupt)?;
    // The device must find the key by itself, so that it opens a session without a login.
    if let Some(wish) = options.pointer_mut("/publicKey/authenticatorSelection") {
        wish["residentKey"] = json!("required");
        wish["requireResidentKey"] = json!(true);
    }
    Ok(ask(site, ("add", ""), Some((person, current.session)), options, &state).await?)
}

/// Keeps the key that a device made.
pub(crate) async fn add(site: &Site, person: PersonId, name: &str, answer: &str) -> Result<(), KeyError> {
    let party = party(site).ok_or(KeyError::NoName)?;
    let answer: Answer<RegisterPublicKeyCredential> = read(answer).ok_or(KeyError::Refused)?;
    let ceremony = taken(site, &answer.ceremony, "add").await?;
    let ceremony = ceremony.filter(|one| one.person_id == Some(person)).ok_or(KeyError::Refused)?;
    let state: PasskeyRegistration = read(&ceremony.state).ok_or(KeyError::Refused)?;
    let passkey =
        party.finish_passkey_registration(&answer.credential, &state).map_err(|_| KeyError::Refused)?;
    let credential_id = URL_SAFE_NO_PAD.encode(passkey.cred_id());
    let name: String = match name.trim() {
        "" => "Clé d’accès".into(),
        name => name.chars().take(NAME_LENGTH).collect(),
    };
    let credential = serde_json::to_string(&passkey).map_err(corrupt)?;
    site.db
        .write(async |tx| {
            let (id, created_at) = (Uuid::now_v7(), tx.now());
            let credential = credential.clone();
            let row = PasskeyRow {
                id,
                person_id: person,
                name: name.clone(),
                credential,
                created_at,
                last_used_at: None,
            };
            if !store::insert_passkey(tx.on(), &row, &credential_id).await? {
                return Err(KeyError::Refused);
            }
            let said = format!("Une clé d’accès a été ajoutée à votre compte : « {name} ».");
            Ok(told(tx, person, "passkey.added", &said).await?)
        })
        .await
}

/// Removes a key, once the password was typed again.
pub(crate) async fn remove(site: &Site, person: PersonId, id: Uuid, password: &str) -> Result<(), KeyError> {
    let keys = store::passkeys(site.db.read(), person).await?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or(KeyError::NotFound)?;
    if password.is_empty() || !check_password(&site.db, person, password).await? {
        return Err(KeyError::Password);
    }
    site.db
        .write(async |tx| {
            if store::delete_passkey(tx.on(), person, id).await? == 0 {
                return Err(KeyError::NotFound);
            }
            let said = format!("La clé d’accès « {} » a été retirée de votre compte.", key.name);
            Ok(told(tx, person, "passkey.removed", &said).await?)
        })
        .await
}

/// A challenge for the texts that `subject` names.
pub(crate) async fn start_confirming(
    site: &Site,
    current: &Current,
    subject: &str,
) -> Result<Value, KeyError> {
    let party = party(site).ok_or(KeyError::NoName)?;
    let person = current.access.person;
    let known = store::passkeys(site.db.read(), person).await?;
    if known.is_empty() {
        return Err(KeyError::None);
    }
    let passkeys = known.iter().map(passkey_of).collect::<Result<Vec<_>, _>>()?;
    let (options, state) = party.start_passkey_authentication(&passkeys).map_err(corrupt)?;
    let options = serde_json::to_value(options).map_err(corrupt)?;
    Ok(ask(site, ("confirm", subject), Some((person, current.session)), options, &state).await?)
}

/// Checks the answer of a device to a challenge made for `subject`.
pub(super) async fn confirm(
    site: &Site,
    person: PersonId,
    answer: &str,
    subject: &str,
) -> Result<(), ProofError> {
    let party = party(site).ok_or(ProofError::Passkey)?;
    let answer: Answer<PublicKeyCredential> = read(answer).ok_or(ProofError::Passkey)?;
    let ceremony = taken(site, &answer.ceremony, "confirm").await?.ok_or(ProofError::Passkey)?;
    if ceremony.person_id != Some(person) || ceremony.subject != subject {
        return Err(ProofError::Passkey);
    }
    let state: PasskeyAuthentication = read(&ceremony.state).ok_or(ProofError::Passkey)?;
    let check = |party: &Webauthn| party.finish_passkey_authentication(&answer.credential, &state).ok();
    let result = check(&party).ok_or(ProofError::Passkey)?;
    used(site, person, &result).await?.ok_or(ProofError::Passkey)
}

/// The key served: its counter and its last use are kept. Nothing when it was removed meanwhile.
pub(super) async fn used(
    site: &Site,
    person: PersonId,
    result: &AuthenticationResult,
) -> Result<Option<()>, DbError> {
    let credential_id = URL_SAFE_NO_PAD.encode(result.cred_id());
    site.db
        .write(async |tx| {
            let Some(row) = store::passkey(tx.on(), person, &credential_id).await? else {
                return Ok(None);
            };
            let mut passkey = passkey_of(&row)?;
            passkey.update_credential(result);
            let credential = serde_json::to_string(&passkey).map_err(corrupt)?;
            store::use_passkey(tx.on(), row.id, &credential, tx.now()).await?;
            Ok(Some(()))
        })
        .await
}

/// The key that a device names, for a person.
pub(super) async fn find(
    site: &Site,
    person: PersonId,
    credential_id: &[u8],
) -> Result<Option<Passkey>, DbError> {
    let row = store::passkey(site.db.read(), person, &URL_SAFE_NO_PAD.encode(credential_id)).await?;
    row.as_ref().map(passkey_of).transpose()
}
