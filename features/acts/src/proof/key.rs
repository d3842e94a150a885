//! The key that seals documents: the journal's own, published so that anybody checks them. (T2)

use std::fmt;

use beffroi_db::journal::keys::{Other, Signer};
use beffroi_ui::date;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a key's identifier.
const ID_LENGTH: usize = 16;

/// What seals the documents of acts, with the key that signs the journal at that instant.
pub struct Sealer(Signer);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealer").field(&self.public().id()).finish()
    }
}

impl Sealer {
    /// A sealer with this key, the journal's.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self::following(Signer::new(key))
    }

    /// A sealer whose key changes with that of the journal.
    #[must_use]
    pub fn following(signer: Signer) -> Self {
        Self(signer)
    }

    /// The key to publish.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.key().verifying_key())
    }

    /// The signature of a message, and the key that made it.
    pub(super) fn sign(&self, message: &[u8]) -> (Signature, PublicKey) {
        let key = self.0.key();
        (key.sign(message), PublicKey(key.verifying_key()))
    }
}

/// A published key, with which anybody checks a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text is no public key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "aucune clé publique n’y est lisible\u{a0}: une clé compte 64 chiffres hexadécimaux, seule sur sa ligne"
)]
pub struct NoKey;

impl PublicKey {
    /// The key itself.
    #[must_use]
    pub fn key(&self) -> VerifyingKey {
        self.0
    }

    /// How documents name it: the first 16 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = hex::encode(Sha256::digest(self.0.as_bytes()));
        id.truncate(ID_LENGTH);
        id
    }

    /// Its 64 hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.0.as_bytes())
    }

    /// The text that publishes it, which [`PublicKey::read_all`] reads back.
    #[must_use]
    pub fn published(&self) -> String {
        format!(
            "# Clé publique (Ed25519) qui scelle les actes et le journal de cette installation de Beffroi.\n\
             # Gardez-en une copie hors de cette machine ; identifiant : {}\n{}\n",
            self.id(),
            self.hex()
        )
    }

    /// The same with the other keys of the journal: those that others may have read are named, never given.
    #[must_use]
    pub fn published_with(&self, others: &[Other]) -> String {
        let line = |other: &Other| {
            let key = Self(other.key);
            let until = other.until.map_or_else(String::new, |at| format!(" jusqu’au {}", date(at)));
            if other.withdrawn {
                return format!("# Retirée{until}, ne s’y fier en rien ; identifiant : {}\n", key.id());
            }
            format!("# Autre clé de cette installation{until} ; identifiant : {}\n{}\n", key.id(), key.hex())
        };
        others.iter().fold(self.published(), |text, other| text + &line(other))
    }

    /// Those of the other keys of the journal that still prove something.
    #[must_use]
    pub fn trusted(others: &[Other]) -> Vec<Self> {
        others.iter().filter(|other| !other.withdrawn).map(|other| Self(other.key)).collect()
    }

    /// Whether a document names one of the keys that were withdrawn.
    #[must_use]
    pub fn is_withdrawn(id: &str, others: &[Other]) -> bool {
        others.iter().any(|other| other.withdrawn && Self(other.key).id() == id)
    }

    /// Every key of a text: one a line, lines that begin with `#` aside.
    ///
    /// # Errors
    /// When a line is no key, or there is none.
    pub fn read_all(text: &str) -> Result<Vec<Self>, NoKey> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let keys = lines.map(Self::read).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(NoKey) } else { Ok(keys) }
    }

    fn read(line: &str) -> Result<Self, NoKey> {
        let bytes = hex::decode(line).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(NoKey)?;
        VerifyingKey::from_bytes(&bytes).map(Self).map_err(|_| NoKey)
    }

    /// Whether this key made the signature; the strict rule, which takes one encoding only.
    pub(super) fn made(&self, message: &[u8], signature: &Signature) -> bool {
        self.0.verify_strict(message, signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_key_is_read_back() {
        let key = Sealer::new(SigningKey::from_bytes(&[7; 32])).public();
        assert_eq!(PublicKey::read_all(&key.published()), Ok(vec![key.clone()]));
        assert_eq!(PublicKey::read_all(&format!("\n  {}  \r\n", key.hex())), Ok(vec![key]));
    }

    #[test]
    fn other_keys_are_published_but_those_withdrawn() {
        let public = |number| SigningKey::from_bytes(&[number; 32]).verifying_key();
        let other = |number, withdrawn| Other { key: public(number), until: None, withdrawn };
        let own = PublicKey(public(7));
        let text = own.published_with(&[other(6, false), other(5, true)]);
        assert_eq!(PublicKey::read_all(&text), Ok(vec![own, PublicKey(public(6))]));
        assert!(text.contains(&PublicKey(public(5)).id()), "it is named: {text}");
    }

    #[test]
    fn what_is_no_key_is_said() {
        for text in ["", "# rien", "abcd", "ééé", &"0g".repeat(32)] {
            assert_eq!(PublicKey::read_all(text), Err(NoKey), "{text}");
        }
    }
}
