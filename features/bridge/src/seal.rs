//! The secrets of bridges are sealed before they are kept: a copy of the database alone opens no other
//! tool. XChaCha20-Poly1305, a random nonce each time, bound to the bridge.

use beffroi_db::DbError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::model::{BridgeId, Secrets};

const NONCE: usize = 24;

fn bound(bridge: BridgeId) -> String {
    format!("bridge:{bridge}")
}

/// The secrets of a bridge as they are kept: nonce and ciphertext in hexadecimal.
pub(crate) fn seal(key: &[u8; 32], bridge: BridgeId, secrets: &Secrets) -> Result<String, DbError> {
    let nonce: [u8; NONCE] = rand::random();
    let (text, aad) = (serde_json::to_vec(secrets)?, bound(bridge));
    let payload = Payload { msg: &text, aad: aad.as_bytes() };
    let sealed = XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| DbError::Corrupt("un secret n’a pas pu être scellé".into()))?;
    Ok(format!("{}{}", hex::encode(nonce), hex::encode(sealed)))
}

/// The secrets back; nothing when the key or the bridge is another.
pub(crate) fn open(key: &[u8; 32], bridge: BridgeId, kept: &str) -> Option<Secrets> {
    let bytes = hex::decode(kept).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce = XNonce::from(<[u8; NONCE]>::try_from(nonce).ok()?);
    let aad = bound(bridge);
    let payload = Payload { msg: sealed, aad: aad.as_bytes() };
    let text = XChaCha20Poly1305::new(key.into()).decrypt(&nonce, payload).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_open_with_their_key_for_their_bridge() {
        let (key, id) = ([7; 32], BridgeId::new());
        let secrets = Secrets { token: "un jeton".into(), ..Secrets::default() };
        let kept = seal(&key, id, &secrets).unwrap();
        assert_eq!(open(&key, id, &kept), Some(secrets));
        assert!(open(&[8; 32], id, &kept).is_none() && open(&key, BridgeId::new(), &kept).is_none());
        assert!(open(&key, id, "ab").is_none() && open(&key, id, "é").is_none());
    }
}
