//! RFC 3161: an authority that is not ours says that a statement existed at an instant. Optional, by the
//! configuration's `timestamp_url`. (T2)

use std::io::Read;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use cmpv2::status::PkiStatus;
use cms::cert::x509::spki::AlgorithmIdentifier;
use cms::signed_data::SignedData;
use der::asn1::{Any, Int, ObjectIdentifier, OctetString};
use der::{Decode, Encode, Sequence};
use sha2::{Digest, Sha256};
use x509_tsp::{Accuracy, MessageImprint, TimeStampReq, TimeStampResp, TspVersion};

const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// An answer with its chain of certificates counts some kilobytes.
const LARGEST_ANSWER: u64 = 64 * 1024;
/// From the first byte sent to the last one read.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(20);

/// Why there is no timestamp.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// The authority did not answer as asked.
    #[error("l’autorité d’horodatage ne répond pas\u{a0}: {0}")]
    Unreachable(String),
    /// It answered no.
    #[error("l’autorité d’horodatage refuse la demande ({0})")]
    Refused(String),
    /// Its answer cannot be read.
    #[error("la réponse de l’autorité d’horodatage est illisible\u{a0}: {0}")]
    Unreadable(#[from] der::Error),
    /// Its answer is about something else.
    #[error("la réponse de l’autorité d’horodatage ne correspond pas à la demande\u{a0}: {0}")]
    Unrelated(&'static str),
}

/// A timestamp received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The instant that the authority certifies, to the second.
    pub at: DateTime<Utc>,
    /// Its whole answer (`TimeStampResp`, DER): what `openssl ts -verify -in` reads.
    pub response: Vec<u8>,
}

/// An authority of the configuration.
#[derive(Clone, Debug)]
pub struct Authority {
    url: String,
}

/// What a token certifies. Unlike the crate's own type, it takes an instant with a fraction of a second,
/// which the standard allows and some authorities write.
#[derive(Sequence)]
struct Certified {
    version: TspVersion,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<cms::cert::x509::ext::Extensions>,
}

impl Authority {
    /// The authority served at `url` (http or https), which comes from the configuration only.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// Where it is served.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks it to timestamp `bytes`; only their hash leaves. Blocks up to twenty seconds.
    ///
    /// # Errors
    /// When it does not answer, refuses, or answers about something else.
    pub fn stamp(&self, bytes: &[u8]) -> Result<Stamp, StampError> {
        let (digest, nonce) = (Sha256::digest(bytes), nonce());
        let query = query(&digest, &nonce)?;
        let answer = self.send(&query).map_err(|error| StampError::Unreachable(error.to_string()))?;
        read(answer, &digest, &nonce)
    }

    fn send(&self, query: &[u8]) -> Result<Vec<u8>, ureq::Error> {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(LONGEST_EXCHANGE))
            .max_redirects(0)
            .build()
            .new_agent();
        let mut answer = agent
            .post(&self.url)
            .header("Content-Type", "application/timestamp-query")
            .header("Accept", "application/timestamp-reply")
            .send(query)?;
        let mut bytes = Vec::new();
        answer.body_mut().as_reader().take(LARGEST_ANSWER).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Eight random bytes that read as a positive integer in its shortest form.
fn nonce() -> [u8; 8] {
    let mut nonce: [u8; 8] = rand::random();
    nonce[0] = nonce[0] & 0x3f | 0x40;
    nonce
}

fn query(digest: &[u8], nonce: &[u8]) -> Result<Vec<u8>, StampError> {
    let hash_algorithm = AlgorithmIdentifier { oid: SHA_256, parameters: Some(Any::null()) };
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint { hash_algorithm, hashed_message: OctetString::new(digest)? },
        req_policy: None,
        nonce: Some(Int::new(nonce)?),
        cert_req: true,
        extensions: None,
    };
    Ok(request.to_der()?)
}

/// Reads an answer and checks that it is about what was asked. Whether the authority deserves trust is for
/// whoever relies on the token to check, with its certificates.
///
/// # Errors
/// When it cannot be read, refuses, or is about something else.
pub(super) fn read(response: Vec<u8>, digest: &[u8], nonce: &[u8]) -> Result<Stamp, StampError> {
    let answer = TimeStampResp::from_der(&response)?;
    if !matches!(answer.status.status, PkiStatus::Accepted | PkiStatus::GrantedWithMods) {
        return Err(StampError::Refused(format!("{:?}", answer.status.status)));
    }
    let token = answer.time_stamp_token.ok_or(StampError::Unrelated("le jeton manque"))?;
    if token.content_type != SIGNED_DATA {
        return Err(StampError::Unrelated("le jeton n’est pas signé"));
    }
    let signed: SignedData = token.content.decode_as()?;
    let content = signed.encap_content_info;
    let content = content.econtent.filter(|_| content.econtent_type == TST_INFO);
    let content = content.ok_or(StampError::Unrelated("le jeton ne certifie aucun instant"))?;
    let certified = Certified::from_der(content.value())?;
    let imprint = &certified.message_imprint;
    if imprint.hash_algorithm.oid != SHA_256 || imprint.hashed_message.as_bytes() != digest {
        return Err(StampError::Unrelated("l’empreinte diffère"));
    }
    if certified.nonce.as_ref().map(Int::as_bytes) != Some(nonce) {
        return Err(StampError::Unrelated("le nombre aléatoire diffère"));
    }
    let at = instant(certified.gen_time.value()).ok_or(StampError::Unrelated("l’instant est illisible"))?;
    Ok(Stamp { at, response })
}

/// « 20261005080000Z », with a fraction of a second or without.
fn instant(text: &[u8]) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if seconds.len() != 14 || !digits(seconds) || !digits(fraction) {
        return None;
    }
    NaiveDateTime::parse_from_str(seconds, "%Y%m%d%H%M%S").ok().map(|at| at.and_utc())
}

#[cfg(test)]
#[path = "timestamp_tests.rs"]
pub(super) mod tests;
