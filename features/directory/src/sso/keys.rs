//! Signatures of tokens (JWS, RFC 7515) by the keys that a provider publishes (JWK, RFC 7517). The
//! arithmetic is `ring`'s; asymmetric algorithms only, so that no text of ours is taken for a key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use serde::Deserialize;
use serde_json::Value;

/// No token of a provider is longer.
const LONGEST_TOKEN: usize = 64 * 1024;

/// Why a token is worth nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// It is no signed token.
    #[error("jeton illisible")]
    Unreadable,
    /// Signed in a way that is not accepted, or not at all.
    #[error("algorithme de signature « {0} » refusé")]
    Algorithm(String),
    /// None of the published keys has its name: they may have changed.
    #[error("clé de signature inconnue")]
    UnknownKey,
    /// The signature is false.
    #[error("signature fausse")]
    Forged,
    /// A claim is not what it must be: which.
    #[error("« {0} » ne convient pas")]
    Claim(&'static str),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// A published key.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Key {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys of a provider. Those of a kind that is not known are left aside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(pub Vec<Key>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<Value>,
        }
        let published = Published::deserialize(source)?;
        Ok(Self(published.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }
}

enum Way {
    Rsa(&'static RsaParameters),
    Curve { name: &'static str, algorithm: &'static dyn VerificationAlgorithm },
}

fn way(alg: &str) -> Option<Way> {
    let curve = |name, algorithm| Some(Way::Curve { name, algorithm });
    match alg {
        "RS256" => Some(Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256)),
        "RS384" => Some(Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384)),
        "RS512" => Some(Way::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512)),
        "PS256" => Some(Way::Rsa(&signature::RSA_PSS_2048_8192_SHA256)),
        "PS384" => Some(Way::Rsa(&signature::RSA_PSS_2048_8192_SHA384)),
        "PS512" => Some(Way::Rsa(&signature::RSA_PSS_2048_8192_SHA512)),
        "ES256" => curve("P-256", &signature::ECDSA_P256_SHA256_FIXED),
        "ES384" => curve("P-384", &signature::ECDSA_P384_SHA384_FIXED),
        "EdDSA" => curve("Ed25519", &signature::ED25519),
        _ => None,
    }
}

impl Key {
    /// Whether a token of this header may be signed by it.
    fn fits(&self, header: &Header, way: &Way) -> bool {
        let kind = match way {
            Way::Rsa(_) => self.kty == "RSA",
            Way::Curve { name, .. } => {
                matches!(self.kty.as_str(), "EC" | "OKP") && self.crv.as_deref() == Some(name)
            }
        };
        kind && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == header.alg)
            && (header.kid.is_none() || self.kid == header.kid)
    }

    fn verifies(&self, way: &Way, message: &[u8], signed: &[u8]) -> bool {
        let number = |text: &Option<String>| text.as_deref().and_then(|one| URL_SAFE_NO_PAD.decode(one).ok());
        match way {
            Way::Rsa(parameters) => {
                let (Some(n), Some(e)) = (number(&self.n), number(&self.e)) else { return false };
                let start = n.iter().position(|byte| *byte != 0).unwrap_or(n.len());
                let key = RsaPublicKeyComponents { n: n.get(start..).unwrap_or_default(), e: e.as_slice() };
                key.verify(parameters, message, signed).is_ok()
            }
            Way::Curve { name, algorithm } => {
                let Some(x) = number(&self.x) else { return false };
                let point = match number(&self.y) {
                    _ if *name == "Ed25519" => x,
                    Some(y) => [&[4], x.as_slice(), y.as_slice()].concat(),
                    None => return false,
                };
                UnparsedPublicKey::new(*algorithm, point).verify(message, signed).is_ok()
            }
        }
    }
}

/// The claims of a token that one of these keys signed. `kinds` are the types it may have, beside none.
///
/// # Errors
/// [`TokenError::UnknownKey`] when fresher keys may know better; otherwise the token is worth nothing.
pub(crate) fn verified(token: &str, keys: &Keys, kinds: &[&str]) -> Result<Value, TokenError> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, signed] = parts.as_slice() else { return Err(TokenError::Unreadable) };
    if token.len() > LONGEST_TOKEN {
        return Err(TokenError::Unreadable);
    }
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Unreadable);
    let header: Header = serde_json::from_slice(&decoded(head)?).map_err(|_| TokenError::Unreadable)?;
    if header.crit.is_some() {
        return Err(TokenError::Algorithm("crit".into()));
    }
    let way = way(&header.alg).ok_or_else(|| TokenError::Algorithm(header.alg.chars().take(20).collect()))?;
    if let Some(kind) = &header.typ
        && !kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
    {
        return Err(TokenError::Claim("typ"));
    }
    let fitting: Vec<&Key> = keys.0.iter().filter(|key| key.fits(&header, &way)).collect();
    if fitting.is_empty() {
        return Err(TokenError::UnknownKey);
    }
    let signed = decoded(signed)?;
    let message = token.get(..head.len() + 1 + body.len()).unwrap_or_default().as_bytes();
    if !fitting.iter().any(|key| key.verifies(&way, message, &signed)) {
        return Err(TokenError::Forged);
    }
    serde_json::from_slice(&decoded(body)?).map_err(|_| TokenError::Unreadable)
}
