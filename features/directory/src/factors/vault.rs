//! The secrets of one-time codes are sealed before they are kept: a copy of the database alone gives no
//! code. XChaCha20-Poly1305, a random nonce each time, bound to the person.

use std::fmt;

use beffroi_db::DbError;
use beffroi_kernel::PersonId;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// The 32 bytes of the sealing key.
pub type SealKey = [u8; 32];

const NONCE: usize = 24;

/// Seals secrets and opens them again; its key never leaves it.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// A vault with the key of the installation.
    #[must_use]
    pub fn new(key: &SealKey) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// The secret of a person as it is kept: nonce and ciphertext in hexadecimal.
    pub(crate) fn seal(&self, person: PersonId, secret: &[u8]) -> Result<String, DbError> {
        let nonce: [u8; NONCE] = rand::random();
        let aad = person.to_string();
        let payload = Payload { msg: secret, aad: aad.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| DbError::Corrupt("un secret n’a pas pu être scellé".into()))?;
        Ok(format!("{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// The secret back; nothing when the key or the person is another.
    pub(crate) fn open(&self, person: PersonId, kept: &str) -> Option<Vec<u8>> {
        let bytes = hex::decode(kept).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let nonce = XNonce::from(<[u8; NONCE]>::try_from(nonce).ok()?);
        let aad = person.to_string();
        self.0.decrypt(&nonce, Payload { msg: sealed, aad: aad.as_bytes() }).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_for_its_person() {
        let (vault, person) = (Vault::new(&[7; 32]), PersonId::new());
        let kept = vault.seal(person, b"douze ou treize").unwrap();
        assert_eq!(vault.open(person, &kept).unwrap(), b"douze ou treize");
        assert!(!kept.contains(&hex::encode(b"douze")));
        assert_ne!(vault.seal(person, b"douze ou treize").unwrap(), kept, "a nonce serves once");

        assert!(vault.open(PersonId::new(), &kept).is_none(), "another person");
        assert!(Vault::new(&[8; 32]).open(person, &kept).is_none(), "another key");
        let changed = format!("{}0", &kept[..kept.len() - 1]);
        assert!(changed == kept || vault.open(person, &changed).is_none(), "another text");
        assert!(vault.open(person, "ab").is_none() && vault.open(person, "é").is_none());
    }
}
