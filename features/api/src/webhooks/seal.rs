//! The secrets of webhooks are sealed before they are kept: a copy of the database alone signs nothing.
//! XChaCha20-Poly1305, a random nonce each time, bound to the webhook.

use beffroi_db::DbError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::model::WebhookId;

const NONCE: usize = 24;

/// The secret of a webhook as it is kept: nonce and ciphertext in hexadecimal.
pub(super) fn seal(key: &[u8; 32], webhook: WebhookId, secret: &[u8]) -> Result<String, DbError> {
    let nonce: [u8; NONCE] = rand::random();
    let aad = webhook.to_string();
    let payload = Payload { msg: secret, aad: aad.as_bytes() };
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| DbError::Corrupt("un secret n’a pas pu être scellé".into()))?;
    Ok(format!("{}{}", hex::encode(nonce), hex::encode(sealed)))
}

/// The secret back; nothing when the key or the webhook is another.
pub(super) fn open(key: &[u8; 32], webhook: WebhookId, kept: &str) -> Option<Vec<u8>> {
    let bytes = hex::decode(kept).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce = XNonce::from(<[u8; NONCE]>::try_from(nonce).ok()?);
    let aad = webhook.to_string();
    XChaCha20Poly1305::new(key.into()).decrypt(&nonce, Payload { msg: sealed, aad: aad.as_bytes() }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_for_its_webhook() {
        let (key, id) = ([7; 32], WebhookId::new());
        let kept = seal(&key, id, b"un secret").unwrap();
        assert_eq!(open(&key, id, &kept).unwrap(), b"un secret");
        assert!(open(&[8; 32], id, &kept).is_none() && open(&key, WebhookId::new(), &kept).is_none());
        assert!(open(&key, id, "ab").is_none() && open(&key, id, "é").is_none());
    }
}
