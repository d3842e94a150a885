//! Signing in and out: a random token in the browser, its hash here; tries are counted before they
//! are judged, and an unknown login answers like a known one.

use beffroi_db::{Db, DbError, Event, Tx};
use beffroi_kernel::{Access, Function, PersonId, SessionId};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::extract::Current;
use crate::factors::{self, Method};
use crate::model::Session;
use crate::passwords;
use crate::protection::{self, Need};
use crate::rules::{held_at, lock_after, login_key};
use crate::sso::Grant;
use crate::store::sessions::Seen;
use crate::store::{people, sessions};

/// A session's last use is written again only after so long: most requests then write nothing.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(5);

/// Why one cannot sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Login or password: which one is not said.
    #[error("identifiant ou mot de passe inconnu")]
    Wrong,
    /// Too many tries: the door opens again at this instant.
    #[error("trop d’essais")]
    Locked(DateTime<Utc>),
    /// The password was right, and a one-time code follows it: the token of that step.
    #[error("un code est demandé")]
    Code(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A session just begun.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What the browser keeps; not kept here.
    pub token: String,
    /// Who.
    pub person: PersonId,
    /// The session.
    pub session: SessionId,
    /// Whether a new password must be chosen first.
    pub must_change_password: bool,
}

/// A random secret, for cookies and links.
pub(crate) fn secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What is kept of a secret.
pub(crate) fn fingerprint(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The key under which tries are counted: the person's, or the typed text's when it names nobody.
pub(crate) fn attempt_key(person: Option<PersonId>, typed: &str) -> String {
    person.map_or_else(|| format!("texte:{}", fingerprint(typed)), |id| format!("personne:{id}"))
}

/// The key as traces show it. Whoever is not known is named by the beginning of a fingerprint: enough to tell that
/// the same text comes again, too little to guess it, for it may be a password typed in the wrong field.
fn shown(key: &str) -> String {
    if key.starts_with("texte:") { key.chars().take(14).collect() } else { key.to_owned() }
}

/// Begins a session with a login or an address, and a password.
///
/// # Errors
/// [`SignInError::Wrong`] or [`SignInError::Locked`], whether or not the login exists.
pub async fn sign_in(db: &Db, typed: &str, password: &str, user_agent: &str) -> Result<Opened, SignInError> {
    let typed = login_key(typed);
    let credential = people::credential(db.read(), &typed).await?.filter(|found| found.disabled_at.is_none());
    let key = attempt_key(credential.as_ref().map(|found| found.id), &typed);
    count(db, &key, credential.as_ref().map(|found| found.id)).await?;

    let hash = credential.as_ref().and_then(|found| found.password_hash.clone());
    let matches = passwords::verify(hash, password.to_owned()).await?;
    let Some(found) = credential.filter(|_| matches) else {
        beffroi_web::noted("sign-in.failed", Some(&shown(&key)), "password");
        return Err(SignInError::Wrong);
    };

    db.write(async |tx| {
        sessions::forget_attempts(tx.on(), &key).await?;
        if let Some(token) = factors::sign_in::after_password(tx, found.id).await? {
            return Ok(Err(SignInError::Code(token)));
        }
        Ok::<_, DbError>(Ok(open(tx, &found, user_agent, Method::Password).await?))
    })
    .await?
}

/// Begins the session of a person just recognised.
pub(crate) async fn open(
    tx: &Tx,
    found: &people::Credential,
    user_agent: &str,
    method: Method,
) -> Result<Opened, DbError> {
    let token = secret();
    let agent: String = user_agent.chars().take(200).collect();
    let how = (agent.as_str(), method);
    let session = sessions::insert(tx.on(), &fingerprint(&token), found.id, how, tx.now()).await?;
    factors::sign_in::journal(tx, found.id, method);
    let must_change_password = found.must_change_password;
    Ok(Opened { token, person: found.id, session, must_change_password })
}

fn code_key(person: PersonId) -> String {
    format!("code:{person}")
}

/// Whether a person may type a one-time code; counts the try, apart from those of the password.
pub(crate) async fn may_type_code(db: &Db, person: PersonId) -> Result<bool, DbError> {
    match count(db, &code_key(person), Some(person)).await {
        Ok(()) => Ok(true),
        Err(SignInError::Db(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The code was right: earlier tries no longer count.
pub(crate) async fn forget_codes(tx: &Tx, person: PersonId) -> Result<(), DbError> {
    sessions::forget_attempts(tx.on(), &code_key(person)).await
}

/// Whether a person signed in may try their password again, as for a signature; counts the try.
pub(crate) async fn may_try(db: &Db, person: PersonId) -> Result<bool, DbError> {
    match count(db, &attempt_key(Some(person), ""), Some(person)).await {
        Ok(()) => Ok(true),
        Err(SignInError::Db(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The password was right: earlier tries no longer count.
pub(crate) async fn forget(db: &Db, person: PersonId) -> Result<(), DbError> {
    db.write(async |tx| sessions::forget_attempts(tx.on(), &attempt_key(Some(person), "")).await).await
}

async fn count(db: &Db, key: &str, person: Option<PersonId>) -> Result<(), SignInError> {
    db.write(async |tx| {
        let Some(failures) = sessions::count_attempt(tx.on(), key, tx.now()).await? else {
            let until = sessions::locked_until(tx.on(), key).await?;
            beffroi_web::noted("sign-in.locked", Some(&shown(key)), "too many tries");
            return Err(SignInError::Locked(until.unwrap_or(tx.now())));
        };
        if let Some(delay) = lock_after(failures) {
            sessions::lock(tx.on(), key, tx.now() + delay).await?;
            if let Some(person) = person {
                let data = serde_json::json!({ "failures": failures, "minutes": delay.num_minutes() });
                tx.journal(Event::new("sign-in.locked", format!("person:{person}")).data(data));
            }
        }
        Ok(())
    })
    .await
}

/// Who the token belongs to, if its session lives: one query, and now and then a second to note
/// the use.
pub(crate) async fn recognise(db: &Db, token: &str) -> Result<Option<Current>, DbError> {
    let now = db.now();
    let Some(seen) = sessions::seen(db.read(), &fingerprint(token), now).await? else {
        return Ok(None);
    };
    if now - seen.last_seen_at >= TOUCH_EVERY {
        sessions::touch(db.read(), seen.session, now).await?;
    }
    Ok(Some(looking(db, seen, now).await?))
}

/// Who has a live session, and what they may do now. While a second factor is owed, they hold no function.
pub(crate) async fn looking(db: &Db, seen: Seen, now: DateTime<Utc>) -> Result<Current, DbError> {
    let mut functions = held_at(&seen.mandates, now);
    let granted = granted(seen.grants.as_deref(), seen.created_at)?;
    let need = match seen.proved_at {
        Some(_) => Need::Nothing,
        None => protection::owed(db, seen.person, (&functions, &granted), now).await?,
    };
    functions.extend(granted);
    if need.blocks() {
        functions.clear();
    }
    let access = Access { person: seen.person, name: seen.name, functions, at: now };
    // Whoever came by a provider typed no password that another chose.
    let must_change_password = seen.must_change_password && seen.door.is_none();
    let fresh = seen.proved_at.unwrap_or(seen.created_at).max(seen.created_at);
    Ok(Current { access, session: seen.session, must_change_password, door: seen.door, need, fresh })
}

/// The session showed who its person is, just now.
pub(crate) async fn proved(db: &Db, person: PersonId, session: SessionId) -> Result<(), DbError> {
    db.write(async |tx| {
        sessions::prove(tx.on(), session, tx.now()).await?;
        let data = serde_json::json!({ "session": session });
        tx.journal(Event::new("session.proved", format!("person:{person}")).by(person).data(data));
        Ok(())
    })
    .await
}

/// Ends the session that a browser had before it signed in anew: its token is worth nothing any more.
pub(crate) async fn leave_former(db: &Db, token: &str) -> Result<(), DbError> {
    db.write(async |tx| {
        if let Some((session, person)) = sessions::end(tx.on(), &fingerprint(token), tx.now()).await? {
            let data = serde_json::json!({ "session": session, "by": "sign-in" });
            tx.journal(Event::new("session.revoked", format!("person:{person}")).by(person).data(data));
        }
        Ok(())
    })
    .await
}

/// The functions that a provider grants for the time of a session.
fn granted(kept: Option<&str>, since: DateTime<Utc>) -> Result<Vec<Function>, DbError> {
    let grants: Vec<Grant> = match kept {
        None | Some("[]") => return Ok(Vec::new()),
        Some(kept) => serde_json::from_str(kept).map_err(|error| DbError::Corrupt(error.to_string()))?,
    };
    let function = |grant: Grant| Function {
        role: grant.role,
        school: grant.school,
        team: grant.team,
        territory: grant.territory,
        since,
        substitute_for: None,
    };
    Ok(grants.into_iter().map(function).collect())
}

/// The live sessions of a person, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn sessions_of(db: &Db, person: PersonId) -> Result<Vec<Session>, DbError> {
    sessions::live(db.read(), person, db.now()).await
}

/// Ends one of the person's own sessions; false when it is not theirs or is over.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke(db: &Db, person: PersonId, session: SessionId) -> Result<bool, DbError> {
    db.write(async |tx| {
        let revoked = sessions::revoke(tx.on(), person, session, tx.now()).await? > 0;
        if revoked {
            let data = serde_json::json!({ "session": session });
            tx.journal(Event::new("session.revoked", format!("person:{person}")).by(person).data(data));
        }
        Ok(revoked)
    })
    .await
}

/// Ends all of the person's sessions but one.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_others(db: &Db, person: PersonId, save: SessionId) -> Result<u64, DbError> {
    db.write(async |tx| {
        let count = sessions::revoke_all(tx.on(), person, Some(save), tx.now()).await?;
        let data = serde_json::json!({ "sessions": count });
        tx.journal(Event::new("session.revoked", format!("person:{person}")).by(person).data(data));
        Ok(count)
    })
    .await
}
