//! The keys that sign the journal, one after the other. The change from one to the next is an entry of the journal
//! itself, which the former key signs and the next one too, over all that was written before: what the former
//! signed goes on being verified, and what a key signs that no entry names is refused. (ASVS 11.1.1, 11.2.2)

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};

use super::{Entry, Event, Head, locked_head};
use crate::{Db, DbError};

/// What the entries about the key are about.
pub const SUBJECT: &str = "journal:key";
const KIND: &str = "journal.key-changed";
/// The algorithm of every key so far; another one would have its own word here.
const ALGORITHM: &str = "Ed25519";

/// The key that signs at present; copies share it, and see it change.
#[derive(Clone)]
pub struct Signer(Arc<RwLock<SigningKey>>);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", written(&self.key().verifying_key()))
    }
}

impl Signer {
    /// A signer with this key.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self(Arc::new(RwLock::new(key)))
    }

    /// The key that signs now.
    #[must_use]
    pub fn key(&self) -> SigningKey {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts this key in the place of that of the signer and of its copies.
    pub fn set(&self, key: SigningKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = key;
    }
}

/// Why the journal is not signed, or its key not changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key at hand is not the one that the journal names last.
    #[error(
        "la clé de ce poste n’est plus celle du journal : copiez journal.key depuis le nœud où elle fut changée, ou lancez « beffroi keys rotate --journal --lost » si elle est perdue"
    )]
    NotInForce,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The key that signed until now.
#[derive(Clone, Debug)]
pub enum Former {
    /// It is here, and agrees.
    Held(SigningKey),
    /// It is lost: only its public half is known, and nothing of it says that it agrees.
    Lost(VerifyingKey),
}

impl Former {
    fn public(&self) -> VerifyingKey {
        match self {
            Self::Held(key) => key.verifying_key(),
            Self::Lost(key) => *key,
        }
    }
}

/// A change of key, as the journal tells it. That the next key signed it is certain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its entry: from there on, the next key signs.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The key that signed before.
    pub from: VerifyingKey,
    /// The key that signs since.
    pub to: VerifyingKey,
    /// Whether the former key signed the change too; otherwise it was lost.
    pub agreed: bool,
    /// Whether the former key may have been read by others: nothing rests on it any more.
    pub withdrawn: bool,
    /// The keys before it that the next key answers for, the latest first.
    pub before: Vec<Other>,
    /// Hash of the entry before.
    pub(super) after: String,
}

/// The facts of the entry.
#[derive(Serialize, Deserialize)]
struct Facts {
    algorithm: String,
    after: String,
    from: String,
    to: String,
    withdrawn: bool,
    /// Every key so far, the former first: what one of them vouched for does not rest on it alone.
    before: Vec<Known>,
    /// By the former key; none when it was lost.
    agreed: Option<String>,
    /// By the next key.
    taken: String,
}

/// A key as the facts name it.
#[derive(Serialize, Deserialize)]
struct Known {
    key: String,
    /// In microseconds since 1970.
    until: i64,
    withdrawn: bool,
}

impl Known {
    fn of(other: &Other) -> Self {
        let until = other.until.map_or(0, |at| at.timestamp_micros());
        Self { key: written(&other.key), until, withdrawn: other.withdrawn }
    }

    fn read(&self) -> Option<Other> {
        let until = DateTime::from_timestamp_micros(self.until);
        Some(Other { key: public(&self.key)?, until, withdrawn: self.withdrawn })
    }
}

impl Facts {
    fn text(&self, seq: i64) -> String {
        let Self { algorithm, after, from, to, withdrawn, before, .. } = self;
        let text = format!("beffroi journal key {algorithm} {seq} {after} {from} {to} {withdrawn}");
        before.iter().fold(text, |text, one| format!("{text}\n{} {} {}", one.key, one.until, one.withdrawn))
    }
}

/// A key that is not the one at hand, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its public half.
    pub key: VerifyingKey,
    /// When another took its place, if it did.
    pub until: Option<DateTime<Utc>>,
    /// Whether others may have read it: what it signed proves nothing any more.
    pub withdrawn: bool,
}

fn written(key: &VerifyingKey) -> String {
    hex::encode(key.as_bytes())
}

fn public(text: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(&hex::decode(text).ok()?.try_into().ok()?).ok()
}

fn holds(key: &VerifyingKey, text: &str, signature: &str) -> bool {
    let bytes: Option<[u8; 64]> = hex::decode(signature).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.is_some_and(|bytes| key.verify_strict(text.as_bytes(), &Signature::from_bytes(&bytes)).is_ok())
}

/// The change that an entry tells; nothing for an entry about something else, `Err` for one that nobody signed.
pub(super) fn told(entry: &Entry) -> Result<Option<Change>, ()> {
    if entry.subject != SUBJECT || entry.kind != KIND {
        return Ok(None);
    }
    let facts: Facts = serde_json::from_str(&entry.data).map_err(|_| ())?;
    let (from, to) = (public(&facts.from).ok_or(())?, public(&facts.to).ok_or(())?);
    let text = facts.text(entry.seq);
    let agreed = match &facts.agreed {
        Some(signature) if !holds(&from, &text, signature) => return Err(()),
        signature => signature.is_some(),
    };
    if facts.algorithm != ALGORITHM || from == to || !holds(&to, &text, &facts.taken) {
        return Err(());
    }
    let before = facts.before.iter().map(Known::read).collect::<Option<Vec<_>>>().ok_or(())?;
    let (seq, at) = (entry.seq, entry.at);
    Ok(Some(Change { seq, at, from, to, agreed, withdrawn: facts.withdrawn, before, after: facts.after }))
}

async fn read(on: &impl ConnectionTrait) -> Result<Vec<Change>, DbError> {
    let sql = "SELECT seq, at, actor, kind, subject, school_id, data, hash FROM journal_entry \
               WHERE subject = $1 ORDER BY seq";
    let values = [SUBJECT.into()];
    let entries =
        Entry::find_by_statement(Statement::from_sql_and_values(on.get_database_backend(), sql, values))
            .all(on)
            .await?;
    let mut changes: Vec<Change> = Vec::new();
    for entry in &entries {
        // What nobody signed, or does not follow, is left out: `verify` says which entry it is.
        let Ok(Some(change)) = told(entry) else { continue };
        if changes.last().is_none_or(|last| last.to == change.from) {
            changes.push(change);
        }
    }
    Ok(changes)
}

/// Every change of key, oldest first; none as long as the first key signs.
///
/// # Errors
/// When the database does not answer.
pub async fn changes(db: &Db) -> Result<Vec<Change>, DbError> {
    read(db.read()).await
}

/// The key that signs the journal: the last one it names, or the one that signed it last.
///
/// # Errors
/// When the database does not answer.
pub async fn in_force(db: &Db) -> Result<Option<VerifyingKey>, DbError> {
    if let Some(last) = changes(db).await?.last() {
        return Ok(Some(last.to));
    }
    let sql = "SELECT public_key AS text FROM journal_checkpoint ORDER BY seq DESC LIMIT 1";
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await?;
    let text: Option<String> = row.map(|row| row.try_get("", "text")).transpose()?;
    Ok(text.as_deref().and_then(public))
}

/// Changes the key: from the entry that says it on, `next` signs. With `withdrawn`, others may have read the former
/// one, and nothing rests on it any more.
///
/// # Errors
/// [`KeyError::NotInForce`] when the former key is not the one that the journal names.
pub async fn change(db: &Db, former: &Former, next: &SigningKey, withdrawn: bool) -> Result<Head, KeyError> {
    db.write(async |tx| {
        // Held from here on: what both keys sign is the entry just before theirs.
        let head = locked_head(tx.on()).await?;
        let last = read(tx.on()).await?.pop();
        if last.as_ref().is_some_and(|last| last.to != former.public()) {
            return Err(KeyError::NotInForce);
        }
        let former_key = Other { key: former.public(), until: Some(tx.now()), withdrawn };
        let before = last.map(|last| last.before).unwrap_or_default();
        let mut facts = Facts {
            algorithm: ALGORITHM.to_owned(),
            after: head.hash.clone(),
            from: written(&former.public()),
            to: written(&next.verifying_key()),
            withdrawn,
            before: [former_key].iter().chain(&before).map(Known::of).collect(),
            agreed: None,
            taken: String::new(),
        };
        let text = facts.text(head.seq + 1);
        let by = |key: &SigningKey| hex::encode(key.sign(text.as_bytes()).to_bytes());
        facts.taken = by(next);
        facts.agreed = match former {
            Former::Held(key) => Some(by(key)),
            Former::Lost(_) => None,
        };
        let data = serde_json::to_value(&facts).map_err(DbError::from)?;
        tx.journal(Event::new(KIND, SUBJECT).data(data));
        Ok::<_, KeyError>(())
    })
    .await?;
    super::checkpoint(db, next).await
}

/// The other keys of the journal that `own` answers for: those before it, which it named itself when it began, and
/// those after it, each named by the one before. What stands in the database without their signatures gives none.
#[must_use]
pub fn others(own: &VerifyingKey, changes: &[Change]) -> Vec<Other> {
    let mut others =
        changes.iter().rfind(|one| one.to == *own).map_or_else(Vec::new, |one| one.before.clone());
    let mut key = *own;
    for change in changes {
        if change.from == key && change.agreed {
            others.push(Other { key: change.to, until: None, withdrawn: false });
            key = change.to;
        }
    }
    others
}
