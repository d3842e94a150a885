//! The key that seals documents: the journal's own, published so that anybody checks them. (T2)

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a key's identifier.
const ID_LENGTH: usize = 16;

/// What seals the documents of acts; its secret never leaves it.
pub struct Sealer(SigningKey);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sealer").field(&self.public().id()).finish()
    }
}

impl Sealer {
    /// A sealer with the journal's key.
    #[must_use]
    pub fn new(key: SigningKey) -> Self {
        Self(key)
    }

    /// The key to publish.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        self.0.sign(message)
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
    fn what_is_no_key_is_said() {
        for text in ["", "# rien", "abcd", "ééé", &"0g".repeat(32)] {
            assert_eq!(PublicKey::read_all(text), Err(NoKey), "{text}");
        }
    }
}
