//! The secrets of one-time codes are sealed before they are kept: a copy of the database alone gives no
//! code. Each is bound to its person.

use std::fmt;

use beffroi_db::DbError;
use beffroi_db::sealing::{Ring, SealKey, Sealed};
use beffroi_kernel::PersonId;
use chrono::{DateTime, Utc};

/// Where these secrets are kept.
pub const SEALED: Sealed =
    Sealed {
        label: "codes à usage unique", table: "totp", whose: "person_id", column: "secret", usage: b""
    };

/// Seals secrets and opens them again; its keys never leave it.
#[derive(Clone)]
pub struct Vault(Ring);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault with one key.
    #[must_use]
    pub fn new(key: &SealKey) -> Self {
        Self::over(&Ring::of(*key))
    }

    /// A vault with the keys of the installation, which may change while it serves.
    #[must_use]
    pub fn over(ring: &Ring) -> Self {
        Self(ring.for_usage(SEALED.usage))
    }

    /// The secret of a person as it is kept.
    pub(crate) fn seal(
        &self,
        now: DateTime<Utc>,
        person: PersonId,
        secret: &[u8],
    ) -> Result<String, DbError> {
        self.0.seal(now, &person.to_string(), secret)
    }

    /// The secret back; nothing when its key is not there or the person is another.
    pub(crate) fn open(&self, person: PersonId, kept: &str) -> Option<Vec<u8>> {
        self.0.open(&person.to_string(), kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the program of before kept: XChaCha20-Poly1305 under the only key, bound to the person.
    const OF_BEFORE: (&str, &str) = (
        "0199b3c4-7d2e-7a10-8f3b-5a2c9e4d1f60",
        "000102030405060708090a0b0c0d0e0f1011121314151617cc78deff9f3c34d005b3f3228f98caf9dc0e6777a7ecd2f8c1c80c8cd01a4a",
    );

    #[test]
    fn a_secret_opens_with_its_key_for_its_person() {
        let (vault, person, now) = (Vault::new(&[7; 32]), PersonId::new(), DateTime::<Utc>::UNIX_EPOCH);
        let kept = vault.seal(now, person, b"douze ou treize").unwrap();
        assert_eq!(vault.open(person, &kept).unwrap(), b"douze ou treize");
        assert!(!kept.contains(&hex::encode(b"douze")));
        assert_ne!(vault.seal(now, person, b"douze ou treize").unwrap(), kept, "a nonce serves once");

        assert!(vault.open(PersonId::new(), &kept).is_none(), "another person");
        assert!(Vault::new(&[8; 32]).open(person, &kept).is_none(), "another key");
        let changed = format!("{}0", &kept[..kept.len() - 1]);
        assert!(changed == kept || vault.open(person, &changed).is_none(), "another text");
        assert!(vault.open(person, "ab").is_none() && vault.open(person, "é").is_none());
    }

    #[test]
    fn what_the_program_of_before_sealed_opens() {
        let (person, kept) = OF_BEFORE;
        let opened = Vault::new(&[7; 32]).open(person.parse().unwrap(), kept);
        assert_eq!(opened.unwrap(), b"douze ou treize");
    }
}
