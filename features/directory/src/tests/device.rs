//! A device in memory, as a browser would lend it: it makes a key, keeps it, and signs challenges. For tests
//! only; browsers are tried in `e2e/passkeys.test.mjs`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ciborium::Value as Cbor;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// One key of one person.
pub(crate) struct Device {
    key: SigningKey,
    id: [u8; 16],
    user: String,
    /// The page that asks, as the browser sees it.
    pub origin: &'static str,
    uses: u32,
}

fn field<'a>(asked: &'a Value, name: &str) -> &'a str {
    asked["options"]["publicKey"][name].as_str().unwrap()
}

fn party(origin: &str) -> &str {
    origin.split_once("://").unwrap().1
}

impl Device {
    pub fn new(origin: &'static str) -> Self {
        let key = SigningKey::from_slice(&rand::random::<[u8; 32]>()).unwrap();
        Self { key, id: rand::random(), user: String::new(), origin, uses: 0 }
    }

    fn client(&self, kind: &str, challenge: &str) -> String {
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    /// Who was there (present, verified), for which party, and how many times the key served.
    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.uses += 1;
        let mut data = Sha256::digest(party(self.origin)).to_vec();
        data.push(flags);
        data.extend(self.uses.to_be_bytes());
        data
    }

    /// Makes the key that `asked` wants; what the form sends.
    pub fn creates(&mut self, asked: &Value) -> String {
        asked["options"]["publicKey"]["user"]["id"].as_str().unwrap().clone_into(&mut self.user);
        let mut data = self.data(0x45);
        data.extend([0; 16]);
        data.extend(16_u16.to_be_bytes());
        data.extend(self.id);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.as_bytes()[1..33].to_vec(), point.as_bytes()[33..].to_vec());
        let number = |n: i64| Cbor::Integer(n.into());
        let public = Cbor::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), Cbor::Bytes(x)),
            (number(-3), Cbor::Bytes(y)),
        ]);
        ciborium::into_writer(&public, &mut data).unwrap();
        let text = |word: &str| Cbor::Text(word.into());
        let attestation = Cbor::Map(vec![
            (text("fmt"), text("none")),
            (text("attStmt"), Cbor::Map(Vec::new())),
            (text("authData"), Cbor::Bytes(data)),
        ]);
        let mut object = Vec::new();
        ciborium::into_writer(&attestation, &mut object).unwrap();
        let client = self.client("webauthn.create", field(asked, "challenge"));
        let response =
            json!({ "clientDataJSON": BASE64.encode(client), "attestationObject": BASE64.encode(object) });
        self.sends(asked, &response)
    }

    /// Confirms the challenge of `asked`; what the form sends.
    pub fn confirms(&mut self, asked: &Value) -> String {
        self.answers(asked, 0x05)
    }

    /// The same without asking its owner for anything.
    pub fn confirms_alone(&mut self, asked: &Value) -> String {
        self.answers(asked, 0x01)
    }

    fn answers(&mut self, asked: &Value, flags: u8) -> String {
        let client = self.client("webauthn.get", field(asked, "challenge"));
        let data = self.data(flags);
        let signed = [data.clone(), Sha256::digest(&client).to_vec()].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "clientDataJSON": BASE64.encode(client),
            "authenticatorData": BASE64.encode(data),
            "signature": BASE64.encode(signature.to_der()),
            "userHandle": self.user,
        });
        self.sends(asked, &response)
    }

    fn sends(&self, asked: &Value, response: &Value) -> String {
        let id = BASE64.encode(self.id);
        let credential =
            json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} });
        json!({ "ceremony": asked["ceremony"], "credential": credential }).to_string()
    }
}
