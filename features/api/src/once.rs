//! What a call sends, and calls sent twice: `Idempotency-Key` names a call and its repetitions. Its answer
//! is kept for a day in the transaction of its effect, so that any node gives it again.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use beffroi_db::{Db, DbError, Event, Tx};
use beffroi_kernel::{DraftId, PersonId};
use chrono::TimeDelta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::model::TokenId;
use crate::problem::{Fault, Problem};
use crate::store::calls::{self, NewCall};

/// Largest body of a call, files apart.
const MAX_BYTES: usize = 256 * 1024;
/// Largest body with a file, in base64.
pub(crate) const MAX_FILE_BYTES: usize = 14 * 1024 * 1024;
/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// Most characters of a key.
pub(crate) const LONGEST_KEY: usize = 200;

/// What tells one call from another.
#[derive(Clone, Debug)]
pub(crate) struct Once {
    token: TokenId,
    person: PersonId,
    /// Its method and path, for the journal.
    call: String,
    key: Option<String>,
    fingerprint: String,
}

/// What is known of a call.
pub(crate) enum Known {
    /// Nothing: it is the first time, or it has no key.
    Nothing,
    /// Its request is begun and not yet sent.
    Begun(DraftId),
    /// It had its effect: the answer then given.
    Answered(Response),
}

/// A body read, with what tells its call from another. `LARGEST` is its most bytes.
pub(crate) struct Sent<T, const LARGEST: usize = MAX_BYTES> {
    pub(crate) value: T,
    pub(crate) once: Once,
}

impl Once {
    /// What is known of this call.
    pub(crate) async fn find(&self, db: &Db) -> Result<Known, Problem> {
        let Some(key) = &self.key else { return Ok(Known::Nothing) };
        let Some(call) = calls::find(db.read(), (self.token, key), db.now() - KEPT).await? else {
            return Ok(Known::Nothing);
        };
        if call.fingerprint != self.fingerprint {
            return Err(Problem::reused_key());
        }
        Ok(match (call.status, call.body, call.draft_id) {
            (Some(status), Some(body), _) => Known::Answered(again(status, body)),
            (_, _, Some(draft)) => Known::Begun(draft),
            _ => Known::Nothing,
        })
    }

    /// Keeps the answer in the transaction of the effect; false when it is kept already.
    pub(crate) async fn keep(&self, tx: &Tx, status: StatusCode, body: &str) -> Result<bool, DbError> {
        self.write(tx, Some((status.as_u16(), body)), None).await
    }

    /// Keeps that a request is begun; false when it was.
    pub(crate) async fn begin(&self, tx: &Tx, draft: DraftId) -> Result<bool, DbError> {
        self.write(tx, None, Some(draft)).await
    }

    async fn write(
        &self,
        tx: &Tx,
        answer: Option<(u16, &str)>,
        draft: Option<DraftId>,
    ) -> Result<bool, DbError> {
        // What was done is its owner's doing; that a program did it for them is kept beside.
        let data = serde_json::json!({ "call": self.call });
        tx.journal(Event::new("token.acted", format!("token:{}", self.token)).by(self.person).data(data));
        let Some(key) = &self.key else { return Ok(true) };
        let call = NewCall { token: self.token, key, fingerprint: &self.fingerprint, answer, draft };
        calls::keep(tx.on(), &call, (tx.now(), tx.now() - KEPT)).await
    }

    /// Keeps the answer of a call begun before.
    pub(crate) async fn finish(&self, tx: &Tx, status: StatusCode, body: &str) -> Result<(), DbError> {
        let Some(key) = &self.key else { return Ok(()) };
        calls::finish(tx.on(), (self.token, key), (status.as_u16(), body)).await
    }

    /// Forgets a call whose request is refused.
    pub(crate) async fn forget(&self, tx: &Tx) -> Result<(), DbError> {
        let Some(key) = &self.key else { return Ok(()) };
        calls::forget(tx.on(), (self.token, key)).await
    }
}

/// An answer in JSON.
pub(crate) fn answer(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// What is kept and given.
pub(crate) fn text(value: &impl Serialize) -> String {
    // Plain structs of ours: their serialisation cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn again(status: i32, body: String) -> Response {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = answer(status.unwrap_or(StatusCode::OK), body);
    let name = HeaderName::from_static("idempotency-replayed");
    response.headers_mut().insert(name, HeaderValue::from_static("true"));
    response
}

impl<T: DeserializeOwned, S: Send + Sync, const LARGEST: usize> FromRequest<S> for Sent<T, LARGEST> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let caller = parts.extensions.get::<Caller>().ok_or_else(Problem::token)?;
        let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Problem::media_type());
        }
        let key = match parts.headers.get("idempotency-key") {
            None => None,
            Some(value) => Some(key(value)?),
        };
        let bytes = axum::body::to_bytes(body, LARGEST)
            .await
            .map_err(|_| Problem::too_large(format!("Le contenu dépasse {}\u{a0}ko.", LARGEST / 1024)))?;
        let fingerprint = Sha256::new()
            .chain_update(parts.method.as_str())
            .chain_update([0])
            .chain_update(parts.uri.path())
            .chain_update([0])
            .chain_update(&bytes)
            .finalize();
        let once = Once {
            token: caller.token.id,
            person: caller.token.person,
            call: format!("{} {}", parts.method, parts.uri.path()),
            key,
            fingerprint: hex::encode(fingerprint),
        };
        Ok(Self { value: read(&bytes)?, once })
    }
}

fn key(value: &HeaderValue) -> Result<String, Problem> {
    let key = value.to_str().map(str::trim).unwrap_or_default();
    if key.is_empty() || key.len() > LONGEST_KEY {
        let how = format!("donnez de 1 à {LONGEST_KEY}\u{a0}caractères ASCII, par exemple un UUID");
        return Err(Problem::field("Idempotency-Key", how));
    }
    Ok(key.to_owned())
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| {
        Problem::unreadable(format!(
            "Ce n’est pas du JSON\u{a0}: erreur à la ligne {}, colonne {}.",
            error.line(),
            error.column()
        ))
    })?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        Problem::fields(vec![fault(&path, &error.into_inner().to_string())])
    })
}

/// Serde's words, which programs' authors meet in English, as a field and what to do.
fn fault(path: &str, words: &str) -> Fault {
    let named = words.split('`').nth(1).unwrap_or_default();
    let at = |name: &str| if path == "." { name.to_owned() } else { format!("{path}.{name}") };
    let (champ, message) = if words.starts_with("missing field") {
        (at(named), "ce champ manque")
    } else if words.starts_with("unknown field") {
        (
            if path.ends_with(named) { path.to_owned() } else { at(named) },
            "ce champ n’est pas connu\u{a0}: retirez-le",
        )
    } else if words.starts_with("unknown variant") {
        (path.to_owned(), "ce mot n’est pas dans la liste")
    } else {
        (path.to_owned(), "la valeur n’est pas du type attendu")
    };
    Fault { champ, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading counts")]
    struct Body {
        texte: String,
        parts: Vec<u8>,
    }

    #[test]
    fn a_body_that_cannot_be_read_names_its_field() {
        let cases = [
            ("{\"texte\": 1, \"parts\": []}", "texte", "la valeur n’est pas du type attendu"),
            ("{\"parts\": []}", "texte", "ce champ manque"),
            ("{\"texte\": \"\", \"parts\": [\"a\"]}", "parts[0]", "la valeur n’est pas du type attendu"),
            ("{\"texte\": \"\", \"parts\": [], \"x\": 1}", "x", "ce champ n’est pas connu\u{a0}: retirez-le"),
        ];
        for (text, champ, message) in cases {
            let problem = read::<Body>(text.as_bytes()).unwrap_err();
            assert_eq!(
                (problem.erreurs[0].champ.as_str(), problem.erreurs[0].message.as_str()),
                (champ, message)
            );
            assert_eq!(problem.status, 422);
        }
        assert_eq!(read::<Body>(b"{").unwrap_err().status, 400);
    }
}
