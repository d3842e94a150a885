//! What is sealed before it is kept: a copy of the database alone opens nothing. Keys have a number and an
//! instant from which they seal; the newest seals, all open, so that one is changed for another while the
//! program serves. XChaCha20-Poly1305, a random nonce each time, bound to whose the secret is.
//! (issue 5: rotation; ASVS 11.1.1, 11.2.2)

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Db, DbError, Event, sql};

/// The 32 bytes of a key.
pub type SealKey = [u8; 32];

const NONCE: usize = 24;
/// The number of the only key of an installation that never changed it; what it seals bears no number.
pub const FIRST: u32 = 1;
/// Rows sealed again in one transaction.
const BATCH: usize = 100;

/// A key of the installation.
#[derive(Clone, PartialEq, Eq)]
pub struct Numbered {
    /// From [`FIRST`] on, never used twice.
    pub number: u32,
    /// When it begins to seal; it opens from the moment it is there.
    pub from: DateTime<Utc>,
    /// Its bytes.
    pub key: SealKey,
}

impl fmt::Debug for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Numbered({}, {})", self.number, self.from)
    }
}

/// The keys of the installation for one use; copies share them, and see them change.
#[derive(Clone)]
pub struct Ring {
    keys: Arc<RwLock<Vec<Numbered>>>,
    usage: &'static [u8],
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({:?})", self.numbers())
    }
}

impl Ring {
    /// A ring of these keys.
    #[must_use]
    pub fn new(keys: Vec<Numbered>) -> Self {
        let ring = Self { keys: Arc::default(), usage: b"" };
        ring.set(keys);
        ring
    }

    /// A ring of one key, which seals from ever.
    #[must_use]
    pub fn of(key: SealKey) -> Self {
        Self::new(vec![Numbered { number: FIRST, from: DateTime::<Utc>::UNIX_EPOCH, key }])
    }

    /// The same keys for another use: what one opens, the other does not.
    #[must_use]
    pub fn for_usage(&self, usage: &'static [u8]) -> Self {
        Self { keys: Arc::clone(&self.keys), usage }
    }

    /// Puts these keys in the place of those of the ring and of its copies.
    pub fn set(&self, mut keys: Vec<Numbered>) {
        keys.sort_by_key(|key| key.number);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The numbers of its keys, in order.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        self.read(|keys| keys.iter().map(|key| key.number).collect())
    }

    /// The number of the key that seals at `now`: the newest whose instant has come.
    #[must_use]
    pub fn sealing(&self, now: DateTime<Utc>) -> Option<u32> {
        self.read(|keys| keys.iter().rfind(|key| key.from <= now).map(|key| key.number))
    }

    fn read<T>(&self, look: impl FnOnce(&[Numbered]) -> T) -> T {
        look(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn cipher(&self, number: u32) -> Option<XChaCha20Poly1305> {
        let key = self.read(|keys| keys.iter().find(|key| key.number == number).map(|key| key.key))?;
        if self.usage.is_empty() {
            return Some(XChaCha20Poly1305::new(&key.into()));
        }
        let derived: SealKey = Sha256::new().chain_update(self.usage).chain_update(key).finalize().into();
        Some(XChaCha20Poly1305::new(&derived.into()))
    }

    /// A secret as it is kept, which opens for `whose` only: the number of the key, nonce and ciphertext.
    ///
    /// # Errors
    /// When no key seals yet.
    pub fn seal(&self, now: DateTime<Utc>, whose: &str, secret: &[u8]) -> Result<String, DbError> {
        let failed = || DbError::Corrupt("un secret n’a pas pu être scellé : aucune clé ne scelle".into());
        let number = self.sealing(now).ok_or_else(failed)?;
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: secret, aad: whose.as_bytes() };
        let sealed = self.cipher(number).ok_or_else(failed)?.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| failed())?;
        // Without its number for the first key: programs of before know it so.
        let prefix = if number == FIRST { String::new() } else { prefix(number) };
        Ok(format!("{prefix}{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// The secret back; nothing when its key is not there or it is somebody else's.
    #[must_use]
    pub fn open(&self, whose: &str, kept: &str) -> Option<Vec<u8>> {
        let (number, sealed) = parts(kept)?;
        let bytes = hex::decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let nonce = XNonce::from(<[u8; NONCE]>::try_from(nonce).ok()?);
        self.cipher(number)?.decrypt(&nonce, Payload { msg: sealed, aad: whose.as_bytes() }).ok()
    }
}

fn prefix(number: u32) -> String {
    format!("k{number}:")
}

/// The number of the key of what is kept, and the rest.
fn parts(kept: &str) -> Option<(u32, &str)> {
    let Some(numbered) = kept.strip_prefix('k') else { return Some((FIRST, kept)) };
    let (number, sealed) = numbered.split_once(':')?;
    number.parse().ok().map(|number| (number, sealed))
}

/// A column that holds what is sealed; names are constants of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What it is, for an operator.
    pub label: &'static str,
    /// The table.
    pub table: &'static str,
    /// The column of whose the secret is, a UUID, and the key of the table.
    pub whose: &'static str,
    /// The column of the secret.
    pub column: &'static str,
    /// For what the keys serve there, as [`Ring::for_usage`].
    pub usage: &'static [u8],
}

/// What became of what was sealed under older keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Sealed anew.
    pub done: u64,
    /// Whose key is not there, or that is broken: left as it is.
    pub lost: u64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kept: String,
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

impl Sealed {
    /// How many secrets the key of that number sealed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, db: &Db, number: u32) -> Result<i64, DbError> {
        let Self { table, column, .. } = self;
        let (wanted, pattern) = if number == FIRST {
            ("NOT LIKE", "k%".to_owned())
        } else {
            ("LIKE", format!("{}%", prefix(number)))
        };
        let sql = format!("SELECT COUNT(*) AS count FROM {table} WHERE {column} {wanted} $1");
        Ok(sql::one::<Count>(db.read(), &sql, vec![pattern.into()]).await?.map_or(0, |row| row.count))
    }

    /// How many secrets there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn total(&self, db: &Db) -> Result<i64, DbError> {
        let sql = format!("SELECT COUNT(*) AS count FROM {}", self.table);
        Ok(sql::one::<Count>(db.read(), &sql, vec![]).await?.map_or(0, |row| row.count))
    }

    /// Seals with the newest key what older ones sealed, a hundred rows a transaction: cut, it goes on where it
    /// was when it is run again. A secret changed meanwhile is left to who changed it.
    ///
    /// # Errors
    /// When the database does not answer; what was done stays done.
    pub async fn reseal(&self, db: &Db, ring: &Ring) -> Result<Resealed, DbError> {
        let ring = ring.for_usage(self.usage);
        let mut total = Resealed::default();
        let mut after = Uuid::nil();
        loop {
            let rows = self.older(db, &ring, after).await?;
            let Some(last) = rows.last() else { return Ok(total) };
            after = last.id;
            let batch = db.write(async |tx| self.again(tx, &ring, &rows).await).await?;
            total.done += batch.done;
            total.lost += batch.lost;
        }
    }

    /// The next rows that an older key sealed.
    async fn older(&self, db: &Db, ring: &Ring, after: Uuid) -> Result<Vec<Row>, DbError> {
        let Self { table, whose, column, .. } = self;
        let newest = ring.sealing(db.now()).unwrap_or(FIRST);
        let (wanted, pattern) = if newest == FIRST {
            ("LIKE", "k%".to_owned())
        } else {
            ("NOT LIKE", format!("{}%", prefix(newest)))
        };
        let sql = format!(
            "SELECT {whose} AS id, {column} AS kept FROM {table} WHERE {column} {wanted} $1 AND {whose} > $2 \
             ORDER BY {whose} LIMIT {BATCH}"
        );
        sql::all(db.read(), &sql, vec![pattern.into(), after.into()]).await
    }

    async fn again(&self, tx: &crate::Tx, ring: &Ring, rows: &[Row]) -> Result<Resealed, DbError> {
        let Self { table, whose, column, .. } = self;
        let sql = format!("UPDATE {table} SET {column} = $1 WHERE {whose} = $2 AND {column} = $3");
        let mut batch = Resealed::default();
        for row in rows {
            let bound = row.id.to_string();
            let Some(secret) = ring.open(&bound, &row.kept) else {
                batch.lost += 1;
                continue;
            };
            let sealed = ring.seal(tx.now(), &bound, &secret)?;
            batch.done +=
                sql::run(tx.on(), &sql, vec![sealed.into(), row.id.into(), row.kept.clone().into()]).await?;
        }
        if batch.done > 0 {
            let data = serde_json::json!({ "secrets": batch.done, "key": ring.sealing(tx.now()) });
            tx.journal(Event::new("keys.resealed", format!("keys:{table}")).data(data));
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests;
