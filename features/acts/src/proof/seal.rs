//! The seal of a document: one line within the PDF, which a byte changed anywhere breaks. (T2)
//!
//! The line is a comment, to a PDF reader: `%beffroi-act `, the base64 of a [`Seal`] in JSON, a line feed. It stands
//! just before `startxref`: no object moves, and nothing follows `%%EOF`, as an archive (PDF/A) wants. What is signed
//! is `beffroi act 1`, a line feed, the SHA-256 of all bytes before the base64, the SHA-256 of all bytes after it,
//! and the bytes of the statement.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PublicKey, Sealer, Statement};

const MARK: &[u8] = b"%beffroi-act ";
/// Where a PDF says its table begins: its last lines.
const END: &[u8] = b"startxref";
const VERSION: u32 = 1;
const PURPOSE: &[u8] = b"beffroi act 1\n";

/// What the line holds. The statement is kept as the very text that was signed, so that a program
/// older than one of its fields still checks it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seal {
    version: u32,
    statement: String,
    key_id: String,
    signature: String,
}

/// Why a file proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It holds no seal.
    #[error(
        "il ne porte pas de sceau\u{a0}: ce n’est pas le document d’un acte, ou il a été coupé, modifié ou enregistré à nouveau"
    )]
    NoSeal,
    /// Its seal is of a later kind.
    #[error(
        "son sceau est d’une version ({0}) que ce programme ne connaît pas\u{a0}: prenez une version plus récente de Beffroi"
    )]
    Version(u32),
    /// Sealed by a key we were not told to trust.
    #[error(
        "il a été scellé par une clé inconnue ici ({0})\u{a0}: donnez la clé publiée par la Région qui l’a émis, ou tenez-le pour faux"
    )]
    UnknownKey(String),
    /// Sealed by a key that others may have read.
    #[error(
        "il a été scellé par une clé retirée depuis ({0}), que d’autres ont pu lire\u{a0}: demandez l’acte à nouveau à la Région"
    )]
    Withdrawn(String),
    /// A byte changed.
    #[error("il a été modifié depuis qu’il a été scellé\u{a0}: ne vous y fiez pas, demandez l’original")]
    Altered,
}

/// What a sound document proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What was signed.
    pub statement: Statement,
    /// The key that sealed it.
    pub key_id: String,
}

/// `file` with the seal of `statement` in it.
pub(super) fn seal(file: &[u8], statement: &Statement, sealer: &Sealer) -> serde_json::Result<Vec<u8>> {
    let (before, after) = file.split_at(last(file, END).unwrap_or(file.len()));
    let (before, after) = ([before, MARK].concat(), [b"\n", after].concat());
    let statement = statement.to_json()?;
    let (signature, key) = sealer.sign(&message(&before, &after, &statement));
    let signature = hex::encode(signature.to_bytes());
    let seal = Seal { version: VERSION, statement, key_id: key.id(), signature };
    Ok([before, STANDARD.encode(serde_json::to_vec(&seal)?).into_bytes(), after].concat())
}

/// Checks a document with the keys one trusts: its seal, every byte before it, and the hash of its text.
/// Needs neither network nor database.
///
/// # Errors
/// [`Refusal`] says what to do.
pub fn verify(file: &[u8], trusted: &[PublicKey]) -> Result<Verified, Refusal> {
    let (before, seal, after) = open(file).ok_or(Refusal::NoSeal)?;
    if seal.version != VERSION {
        return Err(Refusal::Version(seal.version));
    }
    let unknown = || Refusal::UnknownKey(seal.key_id.clone());
    let key = trusted.iter().find(|key| key.id() == seal.key_id).ok_or_else(unknown)?;
    let bytes: Option<[u8; 64]> = hex::decode(&seal.signature).ok().and_then(|bytes| bytes.try_into().ok());
    let signature = Signature::from_bytes(&bytes.ok_or(Refusal::Altered)?);
    if !key.made(&message(before, after, &seal.statement), &signature) {
        return Err(Refusal::Altered);
    }
    let statement: Statement = serde_json::from_str(&seal.statement).map_err(|_| Refusal::Altered)?;
    if hex::encode(Sha256::digest(&statement.text)) != statement.text_sha256 {
        return Err(Refusal::Altered);
    }
    Ok(Verified { statement, key_id: seal.key_id })
}

/// The bytes before the base64 of the last seal, what it holds, the bytes after; only its one exact writing is taken.
fn open(file: &[u8]) -> Option<(&[u8], Seal, &[u8])> {
    let (before, rest) = file.split_at(last(file, MARK)? + MARK.len());
    let (encoded, after) = rest.split_at(rest.iter().position(|byte| *byte == b'\n')?);
    let json = STANDARD.decode(encoded).ok()?;
    let seal: Seal = serde_json::from_slice(&json).ok()?;
    let exact = serde_json::to_vec(&seal).is_ok_and(|exact| exact == json)
        && seal.signature.bytes().all(|digit| !digit.is_ascii_uppercase());
    exact.then_some((before, seal, after))
}

/// Where `words` stand last in `file`.
fn last(file: &[u8], words: &[u8]) -> Option<usize> {
    file.windows(words.len()).rposition(|window| window == words)
}

/// What is signed. Each side has its own hash, so that a seal moved elsewhere in its file is found too.
fn message(before: &[u8], after: &[u8], statement: &str) -> Vec<u8> {
    [PURPOSE, &Sha256::digest(before)[..], &Sha256::digest(after)[..], statement.as_bytes()].concat()
}
