//! Addresses that bring an answer back to its request: `demandes+2026-00042-<seal>@region.example`.
//! The seal binds the request to the one person the mail was sent to; it proves nothing of anyone
//! else. (CSU-05)

use beffroi_kernel::PersonId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of the seal: 128 bits, as for every secret here, and still short enough for an address.
const SEAL: usize = 16;

/// What an address or an identifier of a mail said: a request, and the seal of its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyToken {
    /// The reference of the request, as `2026-00042`.
    pub reference: String,
    seal: [u8; SEAL],
}

impl ReplyToken {
    /// The token in `2026-00042-<seal>`, if it has that shape.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (reference, seal) = text.rsplit_once('-')?;
        let (year, number) = reference.split_once('-')?;
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || number.len() > 12 || !digits(year) || !digits(number) {
            return None;
        }
        let seal = hex::decode(seal).ok()?.try_into().ok()?;
        Some(Self { reference: reference.to_owned(), seal })
    }
}

/// Where answers come back, and the key that seals their addresses.
#[derive(Clone)]
pub struct ReplyAddresses {
    local: String,
    domain: String,
    key: [u8; 32],
}

impl std::fmt::Debug for ReplyAddresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplyAddresses({})", self.mailbox())
    }
}

impl ReplyAddresses {
    /// Addresses under `mailbox` (`demandes@region.example`); none when it is not an address.
    #[must_use]
    pub fn new(mailbox: &str, key: [u8; 32]) -> Option<Self> {
        let address: lettre::Address = mailbox.trim().parse().ok()?;
        let (local, domain) = (address.user().to_lowercase(), address.domain().to_lowercase());
        Some(Self { local, domain, key })
    }

    /// The mailbox itself.
    #[must_use]
    pub fn mailbox(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// `2026-00042-<seal>` for this person.
    #[must_use]
    pub fn token(&self, reference: &str, person: PersonId) -> String {
        let seal = self.sealing(reference, person).finalize().into_bytes();
        format!("{reference}-{}", hex::encode(&seal[..SEAL]))
    }

    /// The address to which this person answers about that request.
    #[must_use]
    pub fn address(&self, reference: &str, person: PersonId) -> String {
        format!("{}+{}@{}", self.local, self.token(reference, person), self.domain)
    }

    /// Whether the token was made for this person; takes the same time whatever differs.
    #[must_use]
    pub fn is_for(&self, token: &ReplyToken, person: PersonId) -> bool {
        self.sealing(&token.reference, person).verify_truncated_left(&token.seal).is_ok()
    }

    /// The token of an address of ours, if it carries one.
    #[must_use]
    pub fn token_in(&self, address: &str) -> Option<ReplyToken> {
        let (local, domain) = address.rsplit_once('@')?;
        let (mailbox, token) = local.split_once('+')?;
        let ours = mailbox.eq_ignore_ascii_case(&self.local) && domain.eq_ignore_ascii_case(&self.domain);
        ours.then(|| ReplyToken::parse(token)).flatten()
    }

    fn sealing(&self, reference: &str, person: PersonId) -> Hmac<Sha256> {
        // As the algorithm does with a key shorter than its block.
        let mut block = [0; 64];
        block[..self.key.len()].copy_from_slice(&self.key);
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(b"beffroi answer by mail\0");
        mac.update(reference.as_bytes());
        mac.update(b"\0");
        mac.update(person.0.as_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> ReplyAddresses {
        ReplyAddresses::new("Demandes@region.example", [7; 32]).unwrap()
    }

    #[test]
    fn an_answer_comes_back_to_its_request_for_its_reader_alone() {
        let (ours, reader, other) = (addresses(), PersonId::new(), PersonId::new());
        let address = ours.address("2026-00042", reader);
        assert!(address.split('@').next().unwrap().len() <= 64, "{address}");
        let token = ours.token_in(&address.to_uppercase()).unwrap();
        assert_eq!(token.reference, "2026-00042");
        assert!(ours.is_for(&token, reader));
        assert!(!ours.is_for(&token, other));
        let elsewhere = ReplyToken { reference: "2026-00043".into(), ..token };
        assert!(!ours.is_for(&elsewhere, reader));
    }

    #[test]
    fn what_is_not_a_token_is_none() {
        let ours = addresses();
        for address in [
            "demandes@region.example",
            "demandes+bonjour@region.example",
            "demandes+2026-00042@region.example",
            "demandes+2026-00042-zz@region.example",
            // 80 bits, as once.
            "demandes+2026-00042-00112233445566778899@region.example",
            "autre+2026-00042-00112233445566778899aabbccddeeff@region.example",
            "demandes+2026-00042-00112233445566778899aabbccddeeff@ailleurs.example",
        ] {
            assert_eq!(ours.token_in(address), None, "{address}");
        }
        assert!(ReplyAddresses::new("pas une adresse", [0; 32]).is_none());
    }
}
