//! Signatures of webhooks, as the specification « Standard Webhooks » says: HMAC-SHA256 of the identifier,
//! the second and the body, so that a body cannot be changed nor sent again later.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What a secret begins with when it is shown.
pub(crate) const SECRET_PREFIX: &str = "whsec_";

/// A secret as its owner keeps it.
pub(crate) fn shown(secret: &[u8]) -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(secret))
}

/// The value of `webhook-signature` for a body sent at `second` (Unix time).
#[must_use]
pub fn sign(secret: &[u8], id: &str, second: i64, body: &str) -> String {
    // HMAC takes keys of any length: this one never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(format!("{id}.{second}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with OpenSSL: `printf 'msg_1.1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret -binary | base64`.
    #[test]
    fn a_signature_is_the_one_others_compute() {
        let given = sign(b"secret", "msg_1", 1_700_000_000, "{\"a\":1}");
        assert_eq!(given, format!("v1,{KNOWN}"));
        assert_ne!(given, sign(b"secret", "msg_2", 1_700_000_000, "{\"a\":1}"));
        assert_ne!(given, sign(b"secret", "msg_1", 1_700_000_001, "{\"a\":1}"));
        assert_ne!(given, sign(b"another", "msg_1", 1_700_000_000, "{\"a\":1}"));
    }

    const KNOWN: &str = "Q5nZ7DiOGwijBBqvBVAK6c0zDr2JLkXI7TaV4f+Q2vY=";
}
