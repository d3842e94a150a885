//! A provider in memory: it publishes its keys, gives codes for the exchanges that a browser brings it, and
//! answers like the standard, or as wrongly as a test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use super::super::wire::{Call, Carrier};

pub(super) const ISSUER: &str = "https://sso.example";
pub(super) const CAS: &str = "https://cas.example/cas";
pub(super) const CLIENT: &str = "beffroi";
pub(super) const SECRET: &str = "ne le dites à personne";

/// An exchange that waits for its code.
#[derive(Clone)]
struct Waiting {
    nonce: String,
    challenge: String,
}

#[derive(Default)]
struct Inside {
    /// The name of the present key, which changes when keys turn.
    kid: u32,
    keys: HashMap<u32, SigningKey>,
    waiting: HashMap<String, Waiting>,
    /// What the next tokens say otherwise; null takes a claim away.
    claims: Value,
    /// What the user page says.
    user: Value,
    /// What replaces the header of the next tokens.
    header: Option<Value>,
    asked: Vec<String>,
    tickets: HashMap<String, (String, String)>,
}

/// The provider, shared between a test and the program.
#[derive(Clone)]
pub(super) struct Fake {
    inside: Arc<Mutex<Inside>>,
    now: DateTime<Utc>,
}

fn pairs(url: &Url) -> HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

impl Fake {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let fake = Self { inside: Arc::default(), now };
        fake.turn_keys();
        fake.says(json!({}), json!({ "email": "camille@example.org", "email_verified": true }));
        fake
    }

    fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// A new key takes the place of the present one.
    pub(super) fn turn_keys(&self) {
        let mut inside = self.inside();
        inside.kid += 1;
        let (kid, key) = (inside.kid, SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap());
        inside.keys = HashMap::from([(kid, key)]);
    }

    pub(super) fn says(&self, claims: Value, user: Value) {
        let mut inside = self.inside();
        (inside.claims, inside.user) = (claims, user);
    }

    pub(super) fn signs_with(&self, header: Option<Value>) {
        self.inside().header = header;
    }

    /// The paths that were asked for, since the last time.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inside().asked)
    }

    /// A person shows who they are at `entrance`: the state, and the code that goes back with it.
    pub(super) fn lets_in(&self, entrance: &str) -> (String, String) {
        let url = Url::parse(entrance).unwrap();
        let asked = pairs(&url);
        assert_eq!(url.origin().ascii_serialization(), ISSUER);
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(asked["code_challenge_method"], "S256");
        let code = hex::encode(rand::random::<[u8; 8]>());
        let waiting = Waiting { nonce: asked["nonce"].clone(), challenge: asked["code_challenge"].clone() };
        self.inside().waiting.insert(code.clone(), waiting);
        (asked["state"].clone(), code)
    }

    /// A ticket of CAS for whoever shows who they are at `entrance`: where the browser goes back.
    pub(super) fn gives_ticket(&self, entrance: &str, user: &str) -> (String, String) {
        let url = Url::parse(entrance).unwrap();
        let service = pairs(&url)["service"].clone();
        let ticket = format!("ST-{}", hex::encode(rand::random::<[u8; 8]>()));
        self.inside().tickets.insert(ticket.clone(), (service.clone(), user.to_owned()));
        (format!("{service}&ticket={ticket}"), ticket)
    }

    /// A token that says `claims`, over what every token says.
    pub(super) fn token(&self, claims: &Value) -> String {
        let inside = self.inside();
        let at = self.now.timestamp();
        let mut said = json!({
            "iss": ISSUER, "aud": CLIENT, "sub": "42", "iat": at, "exp": at + 300, "auth_time": at, "sid": "s1",
        });
        for source in [claims, &inside.claims] {
            for (name, value) in source.as_object().unwrap() {
                match value {
                    Value::Null => said.as_object_mut().unwrap().remove(name),
                    value => said.as_object_mut().unwrap().insert(name.clone(), value.clone()),
                };
            }
        }
        let kid = inside.kid.to_string();
        let header = inside.header.clone().unwrap_or_else(|| json!({ "alg": "ES256", "kid": kid }));
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&said));
        let signature: Signature = inside.keys[&inside.kid].sign(message.as_bytes());
        match header["alg"].as_str() {
            Some("none") => format!("{message}."),
            _ => format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())),
        }
    }

    fn keys(&self) -> Value {
        let inside = self.inside();
        let key = |(kid, key): (&u32, &SigningKey)| {
            let point = key.verifying_key().to_sec1_point(false);
            let half = |range| URL_SAFE_NO_PAD.encode(&point.as_bytes()[range]);
            json!({ "kty": "EC", "crv": "P-256", "kid": kid.to_string(), "use": "sig", "x": half(1..33), "y": half(33..65) })
        };
        // A key of a kind that is not known does not hide the others.
        let mut keys: Vec<Value> = inside.keys.iter().map(key).collect();
        keys.push(json!({ "kty": 3 }));
        json!({ "keys": keys })
    }

    fn exchange(
        &self,
        fields: &[(&'static str, String)],
        basic: Option<&(String, String)>,
    ) -> Result<Value, String> {
        let refused = || Err("http status: 400".to_owned());
        if basic != Some(&(CLIENT.to_owned(), SECRET.to_owned())) {
            return refused();
        }
        let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
        let waiting = self.inside().waiting.remove(field("code").unwrap_or_default());
        let Some(waiting) = waiting else { return refused() };
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier").unwrap_or_default()));
        if digest != waiting.challenge {
            return refused();
        }
        let token = self.token(&json!({ "nonce": waiting.nonce }));
        Ok(json!({ "id_token": token, "access_token": "a", "token_type": "Bearer" }))
    }

    fn validate(&self, url: &Url) -> String {
        let asked = pairs(url);
        let found = self
            .inside()
            .tickets
            .remove(&asked["ticket"])
            .filter(|(service, _)| *service == asked["service"]);
        match found {
            Some((_, user)) => format!(
                "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'><cas:authenticationSuccess><cas:user>{user}</cas:user>\
                 <cas:attributes><cas:mail>{user}@example.org</cas:mail></cas:attributes></cas:authenticationSuccess></cas:serviceResponse>"
            ),
            None => "<serviceResponse><authenticationFailure code='INVALID_TICKET'>non</authenticationFailure></serviceResponse>".into(),
        }
    }
}

impl Carrier for Fake {
    fn carry(&self, call: &Call) -> Result<Vec<u8>, String> {
        let url = call.url();
        self.inside().asked.push(url.path().to_owned());
        let answer = match (call, url.path()) {
            (Call::Read { .. }, "/.well-known/openid-configuration") => json!({
                "issuer": ISSUER, "authorization_endpoint": format!("{ISSUER}/entrer"),
                "token_endpoint": format!("{ISSUER}/jetons"), "jwks_uri": format!("{ISSUER}/cles"),
                "userinfo_endpoint": format!("{ISSUER}/moi"), "end_session_endpoint": format!("{ISSUER}/sortir"),
            }),
            (Call::Read { .. }, "/cles") => self.keys(),
            (Call::Read { bearer: Some(_), .. }, "/moi") => {
                let mut user = self.inside().user.clone();
                let sub = self.inside().claims["sub"].as_str().unwrap_or("42").to_owned();
                let known = user.as_object_mut().unwrap();
                known.entry("sub").or_insert(sub.into());
                user
            }
            (Call::Form { fields, basic, .. }, "/jetons") => self.exchange(fields, basic.as_ref())?,
            (Call::Read { .. }, "/cas/p3/serviceValidate") => return Ok(self.validate(url).into_bytes()),
            _ => return Err("http status: 404".into()),
        };
        Ok(answer.to_string().into_bytes())
    }
}

/// The header that a client of this provider would send, as a check of how it is escaped.
#[test]
fn a_secret_is_escaped_in_its_header() {
    let header = super::super::wire::basic_header("a b", "c:d é");
    let text = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap()).unwrap();
    assert_eq!(text, "a+b:c%3Ad+%C3%A9");
}
