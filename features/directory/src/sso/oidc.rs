//! OpenID Connect: where a person is sent, and what a provider answers of them. Authorization code with
//! PKCE, state and nonce; its documents are kept for a while and its keys read anew when one is unknown.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use url::Url;

use super::claims::{self, Expected, LoggedOut, Said};
use super::keys::{Keys, TokenError, verified};
use super::settings::ProviderSettings;
use super::wire::{Call, Wire};

/// How long the documents of a provider serve before they are read anew.
const KEPT: TimeDelta = TimeDelta::minutes(30);
/// An unknown key makes them read anew, no more often than so.
const PATIENCE: TimeDelta = TimeDelta::seconds(30);

/// Why a provider's answer opens nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    /// It does not answer, or not as it should.
    #[error("le fournisseur ne répond pas : {0}")]
    Unreachable(String),
    /// Its token is worth nothing.
    #[error("jeton refusé : {0}")]
    Token(#[from] TokenError),
    /// The documents it publishes contradict the configuration.
    #[error("le document du fournisseur ne convient pas : {0}")]
    Document(String),
}

/// What a provider publishes of itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

struct Known {
    document: Arc<Document>,
    keys: Arc<Keys>,
    at: DateTime<Utc>,
}

/// A provider that speaks OpenID Connect.
pub(crate) struct Oidc {
    settings: Arc<ProviderSettings>,
    client_id: String,
    secret: Option<String>,
    wire: Wire,
    known: Mutex<Option<Known>>,
}

/// What begins an exchange and is held against its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking<'a> {
    pub redirect: &'a str,
    pub state: &'a str,
    pub nonce: &'a str,
    pub verifier: &'a str,
    /// Whether the person must show again who they are.
    pub again: bool,
}

/// What comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered<'a> {
    pub code: &'a str,
    pub redirect: &'a str,
    pub nonce: &'a str,
    pub verifier: &'a str,
    pub since: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

impl Oidc {
    pub(super) fn new(settings: Arc<ProviderSettings>, wire: Wire) -> Result<Self, String> {
        let read = |file: &std::path::PathBuf| {
            let text = std::fs::read_to_string(file);
            text.map(|text| text.trim().to_owned()).map_err(|error| format!("{} : {error}", file.display()))
        };
        let secret = settings.client_secret_file.as_ref().map(read).transpose()?;
        let client_id = settings.client_id.clone().unwrap_or_default();
        Ok(Self { settings, client_id, secret, wire, known: Mutex::new(None) })
    }

    /// The documents and keys, from memory while they are fresh; `anew` when a key was not among them.
    async fn known(&self, now: DateTime<Utc>, anew: bool) -> Result<(Arc<Document>, Arc<Keys>), OidcError> {
        let mut known = self.known.lock().await;
        let limit = if anew { PATIENCE } else { KEPT };
        if let Some(kept) = known.as_ref().filter(|kept| now - kept.at < limit) {
            return Ok((Arc::clone(&kept.document), Arc::clone(&kept.keys)));
        }
        let (document, keys) = self.read().await?;
        let fresh = Known { document: Arc::new(document), keys: Arc::new(keys), at: now };
        let answer = (Arc::clone(&fresh.document), Arc::clone(&fresh.keys));
        *known = Some(fresh);
        Ok(answer)
    }

    async fn read(&self) -> Result<(Document, Keys), OidcError> {
        let base = self.settings.url.trim_end_matches('/');
        let url = Url::parse(&format!("{base}/.well-known/openid-configuration"));
        let url = url.map_err(|error| OidcError::Document(error.to_string()))?;
        let asked = self.wire.json(Call::Read { url, bearer: None }).await;
        let document: Document = asked.map_err(OidcError::Unreachable)?;
        if document.issuer != self.settings.url {
            let said = format!("son « issuer » est « {} », et « url » doit être le même", document.issuer);
            return Err(OidcError::Document(said));
        }
        if !self.settings.may_call(&document.authorization_endpoint) {
            let said = format!("« {} » n’est pas chez lui", document.authorization_endpoint);
            return Err(OidcError::Document(said));
        }
        let keys = self.wire.json(Call::Read { url: document.jwks_uri.clone(), bearer: None }).await;
        Ok((document, keys.map_err(OidcError::Unreachable)?))
    }

    /// Where a person shows who they are.
    pub(crate) async fn entrance(&self, asking: Asking<'_>, now: DateTime<Utc>) -> Result<Url, OidcError> {
        let (document, _) = self.known(now, false).await?;
        let mut url = document.authorization_endpoint.clone();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(asking.verifier.as_bytes()));
        let scopes = self.settings.scopes.join(" ");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", asking.redirect)
            .append_pair("scope", &scopes)
            .append_pair("state", asking.state)
            .append_pair("nonce", asking.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if asking.again {
            url.query_pairs_mut().append_pair("prompt", "login").append_pair("max_age", "0");
        }
        Ok(url)
    }

    /// Who came back with this code, with the claims of the token and, if there is one, of the user page.
    pub(crate) async fn identity(
        &self,
        answered: Answered<'_>,
        now: DateTime<Utc>,
    ) -> Result<Said, OidcError> {
        let (document, _) = self.known(now, false).await?;
        let tokens: Tokens =
            self.wire.json(self.exchange(&document, answered)).await.map_err(OidcError::Unreachable)?;
        let token = self.signed(&tokens.id_token, &["JWT"], now).await?;
        let expected = Expected {
            issuer: &self.settings.url,
            client_id: &self.client_id,
            nonce: answered.nonce,
            since: answered.since,
            now,
        };
        let mut said = claims::identity(token, expected)?;
        if let (Some(url), Some(bearer)) = (&document.userinfo_endpoint, tokens.access_token) {
            let call = Call::Read { url: url.clone(), bearer: Some(bearer) };
            let more: Map<String, Value> = self.wire.json(call).await.map_err(OidcError::Unreachable)?;
            if more.get("sub").and_then(Value::as_str) != Some(said.subject.as_str()) {
                return Err(TokenError::Claim("sub").into());
            }
            // What is signed is worth more than what is not.
            for (name, value) in more {
                said.claims.entry(name).or_insert(value);
            }
        }
        Ok(said)
    }

    fn exchange(&self, document: &Document, answered: Answered<'_>) -> Call {
        let mut fields = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", answered.code.to_owned()),
            ("redirect_uri", answered.redirect.to_owned()),
            ("code_verifier", answered.verifier.to_owned()),
        ];
        let methods = document.token_endpoint_auth_methods_supported.as_deref();
        // In the header where the provider says nothing, as the standard wants; in the form where it may
        // be, for some do not undo the escapes of the header.
        let in_header = methods.is_none_or(|all| !all.iter().any(|one| one == "client_secret_post"));
        let mut basic = None;
        match &self.secret {
            Some(secret) if in_header => basic = Some((self.client_id.clone(), secret.clone())),
            Some(secret) => {
                fields.push(("client_id", self.client_id.clone()));
                fields.push(("client_secret", secret.clone()));
            }
            None => fields.push(("client_id", self.client_id.clone())),
        }
        Call::Form { url: document.token_endpoint.clone(), fields, basic }
    }

    /// The claims of a token that the provider signed, with fresh keys if its key is a new one.
    async fn signed(&self, token: &str, kinds: &[&str], now: DateTime<Utc>) -> Result<Value, OidcError> {
        let (_, keys) = self.known(now, false).await?;
        match verified(token, &keys, kinds) {
            Err(TokenError::UnknownKey) => {
                let (_, keys) = self.known(now, true).await?;
                Ok(verified(token, &keys, kinds)?)
            }
            known => Ok(known?),
        }
    }

    /// What a logout token closes.
    pub(crate) async fn logout(&self, token: &str, now: DateTime<Utc>) -> Result<LoggedOut, OidcError> {
        let token = self.signed(token, &["JWT", "logout+jwt"], now).await?;
        Ok(claims::logout(token, (&self.settings.url, &self.client_id), now)?)
    }

    /// Where a person closes the session of the provider too; nothing when it has no such page.
    pub(crate) async fn exit(&self, back: &str, now: DateTime<Utc>) -> Result<Option<Url>, OidcError> {
        let (document, _) = self.known(now, false).await?;
        let Some(mut url) = document.end_session_endpoint.clone() else { return Ok(None) };
        if !self.settings.may_call(&url) {
            return Ok(None);
        }
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("post_logout_redirect_uri", back);
        Ok(Some(url))
    }

    /// Reads its documents and keys anew: how many keys it has.
    pub(super) async fn look(&self) -> Result<usize, OidcError> {
        Ok(self.read().await?.1.0.len())
    }
}
