//! The journal: append-only and hash-chained, so that a changed byte is found; checkpoints are
//! signed with Ed25519, so that a rewritten chain is found too.

use beffroi_kernel::{PersonId, SchoolId};
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier, VerifyingKey};
use sea_orm::sea_query::{InsertStatement, Query};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use sha2::{Digest, Sha256};

use crate::{Batch, Db, DbError};

pub mod keys;

use keys::{Change, KeyError};

/// Entries written by one statement.
const ENTRIES: usize = 1_000;

/// Something that happened, to be kept.
#[derive(Clone, Debug)]
pub struct Event {
    kind: &'static str,
    subject: String,
    actor: Option<PersonId>,
    school: Option<SchoolId>,
    data: serde_json::Value,
}

impl Event {
    /// `kind` is `noun.verb` ("request.submitted"); `subject` is what it happened to.
    #[must_use]
    pub fn new(kind: &'static str, subject: impl ToString) -> Self {
        Self { kind, subject: subject.to_string(), actor: None, school: None, data: serde_json::Value::Null }
    }

    /// Who did it.
    #[must_use]
    pub fn by(mut self, actor: PersonId) -> Self {
        self.actor = Some(actor);
        self
    }

    /// The school concerned.
    #[must_use]
    pub fn school(mut self, school: SchoolId) -> Self {
        self.school = Some(school);
        self
    }

    /// Facts worth keeping; never a secret.
    #[must_use]
    pub fn data(mut self, data: serde_json::Value) -> Self {
        self.data = data;
        self
    }

    /// The same for those who watch: without its facts.
    pub(crate) fn change(&self) -> crate::live::Change {
        let (subject, kind) = (self.subject.clone(), self.kind.to_owned());
        crate::live::Change { subject, kind, school: self.school, actor: self.actor }
    }
}

/// An entry as stored.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Entry {
    /// Position in the chain, from 1, without gaps.
    pub seq: i64,
    /// Instant of the transaction.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Option<PersonId>,
    /// What, as `noun.verb`.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// The school concerned.
    pub school_id: Option<SchoolId>,
    /// Facts, as JSON text, hashed as stored.
    pub data: String,
    /// Hash of this entry, hexadecimal.
    pub hash: String,
}

/// The head of the chain.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Head {
    /// Number of entries.
    pub seq: i64,
    /// Hash of the last one, hexadecimal.
    pub hash: String,
}

#[derive(Debug, FromQueryResult)]
struct Checkpoint {
    seq: i64,
    hash: String,
    signature: String,
    public_key: String,
}

/// What `journal verify` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The chain holds, up to this head, with this many signed checkpoints.
    Sound {
        /// The head reached.
        head: Head,
        /// Checkpoints whose signature holds.
        checkpoints: usize,
    },
    /// The entry does not match its hash or does not follow the one before it.
    Broken {
        /// Its position.
        seq: i64,
        /// What is wrong, in French.
        why: &'static str,
    },
}

fn entry_hash(previous: &str, entry: &Entry) -> String {
    let mut hasher = Sha256::new();
    let actor = entry.actor.map(|id| id.to_string()).unwrap_or_default();
    let school = entry.school_id.map(|id| id.to_string()).unwrap_or_default();
    let (seq, at) = (entry.seq.to_string(), entry.at.timestamp_micros().to_string());
    for part in [previous, &seq, &at, &actor, &entry.kind, &entry.subject, &school, &entry.data] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// Chains entries and adds them to what the commit sends. The head is held from here on.
pub(crate) async fn append(
    on: &impl ConnectionTrait,
    batch: &mut Batch,
    now: DateTime<Utc>,
    events: &[Event],
) -> Result<(), DbError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut head = locked_head(on).await?;
    for events in events.chunks(ENTRIES) {
        let mut entries = Vec::with_capacity(events.len());
        for event in events {
            let mut entry = Entry {
                seq: head.seq + 1,
                at: now,
                actor: event.actor,
                kind: event.kind.to_owned(),
                subject: event.subject.clone(),
                school_id: event.school,
                data: serde_json::to_string(&event.data)?,
                hash: String::new(),
            };
            entry.hash = entry_hash(&head.hash, &entry);
            head = Head { seq: entry.seq, hash: entry.hash.clone() };
            entries.push(entry);
        }
        batch.insert(&rows(entries));
    }
    let sql = "UPDATE journal_head SET seq = $1, hash = $2 WHERE id = 1";
    batch.add(sql, vec![head.seq.into(), head.hash.into()]);
    Ok(())
}

fn rows(entries: Vec<Entry>) -> InsertStatement {
    let mut query = Query::insert();
    query.into_table("journal_entry").columns([
        "seq",
        "at",
        "actor",
        "kind",
        "subject",
        "school_id",
        "data",
        "hash",
    ]);
    for entry in entries {
        query.values_panic([
            entry.seq.into(),
            entry.at.into(),
            entry.actor.map(|id| id.0).into(),
            entry.kind.into(),
            entry.subject.into(),
            entry.school_id.map(|id| id.0).into(),
            entry.data.into(),
            entry.hash.into(),
        ]);
    }
    query
}

async fn locked_head(on: &impl ConnectionTrait) -> Result<Head, DbError> {
    let backend = on.get_database_backend();
    // SQLite's immediate transactions are already alone.
    let lock = if backend == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT seq, hash FROM journal_head WHERE id = 1{lock}");
    Head::find_by_statement(Statement::from_string(backend, sql))
        .one(on)
        .await?
        .ok_or_else(|| DbError::Corrupt("la tête du journal manque".into()))
}

/// The head of the chain now.
///
/// # Errors
/// When the database does not answer.
pub async fn head(db: &Db) -> Result<Head, DbError> {
    let sql = "SELECT seq, hash FROM journal_head WHERE id = 1";
    Head::find_by_statement(Statement::from_string(db.backend(), sql))
        .one(db.read())
        .await?
        .ok_or_else(|| DbError::Corrupt("la tête du journal manque".into()))
}

/// The entries after `seq`, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(db: &Db, after: i64, limit: u64) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT seq, at, actor, kind, subject, school_id, data, hash FROM journal_entry \
               WHERE seq > $1 ORDER BY seq LIMIT $2";
    let values = [after.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    Ok(Entry::find_by_statement(Statement::from_sql_and_values(db.backend(), sql, values))
        .all(db.read())
        .await?)
}

/// The entries about `subject`, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_subject(db: &Db, subject: &str) -> Result<Vec<Entry>, DbError> {
    let sql = "SELECT seq, at, actor, kind, subject, school_id, data, hash FROM journal_entry \
               WHERE subject = $1 ORDER BY seq";
    Ok(Entry::find_by_statement(Statement::from_sql_and_values(db.backend(), sql, [subject.into()]))
        .all(db.read())
        .await?)
}

/// Signs the present head with `key`.
///
/// # Errors
/// [`KeyError::NotInForce`] when the journal names another key since.
pub async fn checkpoint(db: &Db, key: &SigningKey) -> Result<Head, KeyError> {
    // The head first: a key changed meanwhile did sign up to it.
    let head = head(db).await?;
    if keys::changes(db).await?.last().is_some_and(|last| last.to != key.verifying_key()) {
        return Err(KeyError::NotInForce);
    }
    let signature = hex::encode(key.sign(signed_text(&head).as_bytes()).to_bytes());
    let sql = "INSERT INTO journal_checkpoint (seq, hash, at, signature, public_key) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (seq) DO NOTHING";
    let public_key = hex::encode(key.verifying_key().to_bytes());
    let values =
        [head.seq.into(), head.hash.clone().into(), db.now().into(), signature.into(), public_key.into()];
    let sql = Statement::from_sql_and_values(db.backend(), sql, values);
    db.read().execute_raw(sql).await.map_err(DbError::from)?;
    Ok(head)
}

fn signed_text(head: &Head) -> String {
    format!("beffroi journal {} {}", head.seq, head.hash)
}

/// Recomputes the whole chain and checks the checkpoints, calling `progress` with each position.
/// `trusted` is a key one has from elsewhere: it must be one of those that signed, and each that came after it must
/// have been named by the one before. Without it, the first key is the one stored beside what it signed.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(
    db: &Db,
    trusted: Option<&VerifyingKey>,
    progress: impl Fn(i64),
) -> Result<Verdict, DbError> {
    let checkpoints = checkpoints(db).await?;
    let mut hands = match Hands::begin(trusted, &keys::changes(db).await?) {
        Ok(hands) => hands,
        Err(broken) => return Ok(broken),
    };
    // A service that starts on an empty database signs its emptiness: no entry will meet that point.
    let mut pending = checkpoints.iter().filter(|point| point.seq > 0).peekable();
    let mut reached = Head { seq: 0, hash: String::new() };
    loop {
        let entries = page(db, reached.seq, 1_000).await?;
        if entries.is_empty() {
            // Somebody may write meanwhile: only a head without its entries is a fault.
            if head(db).await?.seq > reached.seq && !page(db, reached.seq, 1).await?.is_empty() {
                continue;
            }
            break;
        }
        for entry in entries {
            if entry.seq != reached.seq + 1 {
                return Ok(Verdict::Broken { seq: reached.seq + 1, why: "l’entrée manque" });
            }
            if entry_hash(&reached.hash, &entry) != entry.hash {
                return Ok(Verdict::Broken { seq: entry.seq, why: "l’entrée a été modifiée" });
            }
            if let Err(why) = hands.pass(&reached, &entry) {
                return Ok(Verdict::Broken { seq: entry.seq, why });
            }
            reached = Head { seq: entry.seq, hash: entry.hash };
            while let Some(point) = pending.next_if(|point| point.seq == reached.seq) {
                if !signature_holds(point, &reached, hands.key.as_ref()) {
                    return Ok(Verdict::Broken {
                        seq: point.seq,
                        why: "la signature du point de contrôle est fausse",
                    });
                }
            }
        }
        progress(reached.seq);
    }
    if head(db).await? != reached {
        return Ok(Verdict::Broken {
            seq: reached.seq,
            why: "la tête ne correspond pas à la dernière entrée",
        });
    }
    if let Some(point) = pending.next() {
        return Ok(Verdict::Broken {
            seq: point.seq,
            why: "un point de contrôle signé dépasse la fin du journal",
        });
    }
    Ok(Verdict::Sound { head: reached, checkpoints: checkpoints.len() })
}

/// Who must have signed what comes, along the chain.
struct Hands {
    /// The key in force, once it is known for sure.
    key: Option<VerifyingKey>,
    /// A key one has from elsewhere.
    trusted: Option<VerifyingKey>,
    /// Whether that key was met: from there on, each change needs the agreement of the former key.
    met: bool,
}

impl Hands {
    /// Before the first entry; `Err` when `trusted` is no key of this journal.
    fn begin(trusted: Option<&VerifyingKey>, changes: &[Change]) -> Result<Self, Verdict> {
        let trusted = trusted.copied();
        let Some(first) = changes.first() else {
            return Ok(Self { key: trusted, trusted, met: trusted.is_some() });
        };
        let Some(key) = trusted else { return Ok(Self { key: None, trusted, met: false }) };
        let met = first.from == key;
        if !met && changes.iter().all(|change| change.to != key) {
            let why = "la clé donnée n’est aucune de celles qui ont signé ce journal";
            return Err(Verdict::Broken { seq: first.seq, why });
        }
        Ok(Self { key: Some(first.from), trusted, met })
    }

    /// Passes an entry, which follows `before`: when it changes the key, that must hold.
    fn pass(&mut self, before: &Head, entry: &Entry) -> Result<(), &'static str> {
        let change = match keys::told(entry) {
            Ok(None) => return Ok(()),
            Ok(Some(change)) => change,
            Err(()) => return Err("le changement de clé n’est pas signé"),
        };
        if change.after != before.hash || self.key.is_some_and(|key| key != change.from) {
            return Err("le changement de clé ne suit pas ce qui précède");
        }
        if self.met && !change.agreed {
            return Err("la clé change sans l’accord de la précédente");
        }
        self.met |= self.trusted == Some(change.to);
        self.key = Some(change.to);
        Ok(())
    }
}

async fn checkpoints(db: &Db) -> Result<Vec<Checkpoint>, DbError> {
    let sql = "SELECT seq, hash, signature, public_key FROM journal_checkpoint ORDER BY seq";
    Ok(Checkpoint::find_by_statement(Statement::from_string(db.backend(), sql)).all(db.read()).await?)
}

fn signature_holds(point: &Checkpoint, head: &Head, wanted: Option<&VerifyingKey>) -> bool {
    let stored = || {
        let bytes: [u8; 32] = hex::decode(&point.public_key).ok()?.try_into().ok()?;
        VerifyingKey::from_bytes(&bytes).ok()
    };
    let signature = || Some(Signature::from_bytes(&hex::decode(&point.signature).ok()?.try_into().ok()?));
    let (Some(key), Some(signature)) = (wanted.copied().or_else(stored), signature()) else {
        return false;
    };
    point.hash == head.hash && key.verify(signed_text(head).as_bytes(), &signature).is_ok()
}
