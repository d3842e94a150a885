//! What the claims of a token must be (OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6): pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::keys::TokenError;

/// Clocks differ by less.
const SKEW: TimeDelta = TimeDelta::seconds(60);
/// A token older than this is not of this exchange.
const OLDEST: TimeDelta = TimeDelta::minutes(10);
/// The event of a logout token.
const LOGGED_OUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What an ID token is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    /// What this exchange began with.
    pub nonce: &'a str,
    /// For a confirmation: the person must have shown who they are since then.
    pub since: Option<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

/// What an ID token says that counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Said {
    pub subject: String,
    pub sid: Option<String>,
    pub claims: Map<String, Value>,
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str).filter(|value| !value.is_empty())
}

fn instant(claims: &Map<String, Value>, name: &'static str) -> Result<Option<DateTime<Utc>>, TokenError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| seconds.is_finite()).ok_or(TokenError::Claim(name))?;
    #[expect(clippy::cast_possible_truncation, reason = "an instant out of reach is then refused")]
    let whole = seconds as i64;
    Ok(Some(DateTime::from_timestamp(whole, 0).ok_or(TokenError::Claim(name))?))
}

fn claims_of(token: Value) -> Result<Map<String, Value>, TokenError> {
    match token {
        Value::Object(claims) => Ok(claims),
        _ => Err(TokenError::Unreadable),
    }
}

/// Issuer, audience and dates: what every token must have right.
fn common(
    claims: &Map<String, Value>,
    (issuer, client_id): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), TokenError> {
    if text(claims, "iss") != Some(issuer) {
        return Err(TokenError::Claim("iss"));
    }
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !audiences.contains(&client_id) {
        return Err(TokenError::Claim("aud"));
    }
    let party = text(claims, "azp");
    if party.is_some_and(|party| party != client_id) || (audiences.len() > 1 && party.is_none()) {
        return Err(TokenError::Claim("azp"));
    }
    let made = instant(claims, "iat")?.ok_or(TokenError::Claim("iat"))?;
    if made > now + SKEW || made < now - OLDEST {
        return Err(TokenError::Claim("iat"));
    }
    if instant(claims, "nbf")?.is_some_and(|from| from > now + SKEW) {
        return Err(TokenError::Claim("nbf"));
    }
    Ok(())
}

/// What an ID token says, when it is of this provider, for this site, of now and of this exchange.
///
/// # Errors
/// The claim that is not what it must be.
pub(crate) fn identity(token: Value, expected: Expected<'_>) -> Result<Said, TokenError> {
    let claims = claims_of(token)?;
    common(&claims, (expected.issuer, expected.client_id), expected.now)?;
    let until = instant(&claims, "exp")?.ok_or(TokenError::Claim("exp"))?;
    if until <= expected.now - SKEW {
        return Err(TokenError::Claim("exp"));
    }
    if text(&claims, "nonce") != Some(expected.nonce) {
        return Err(TokenError::Claim("nonce"));
    }
    if claims.contains_key("events") {
        return Err(TokenError::Claim("events"));
    }
    if let Some(since) = expected.since {
        let shown = instant(&claims, "auth_time")?.ok_or(TokenError::Claim("auth_time"))?;
        if shown < since - SKEW || shown > expected.now + SKEW {
            return Err(TokenError::Claim("auth_time"));
        }
    }
    let subject = text(&claims, "sub").filter(|sub| sub.len() <= 255).ok_or(TokenError::Claim("sub"))?;
    let (subject, sid) = (subject.to_owned(), text(&claims, "sid").map(str::to_owned));
    Ok(Said { subject, sid, claims })
}

/// What a logout token closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoggedOut {
    pub subject: Option<String>,
    pub sid: Option<String>,
    /// Serves once.
    pub jti: String,
    /// Until when it could be sent again.
    pub until: DateTime<Utc>,
}

/// What a logout token closes, when it is of this provider, for this site and of now.
///
/// # Errors
/// The claim that is not what it must be.
pub(crate) fn logout(token: Value, party: (&str, &str), now: DateTime<Utc>) -> Result<LoggedOut, TokenError> {
    let claims = claims_of(token)?;
    common(&claims, party, now)?;
    if instant(&claims, "exp")?.is_some_and(|until| until <= now - SKEW) {
        return Err(TokenError::Claim("exp"));
    }
    let event = claims.get("events").and_then(|events| events.get(LOGGED_OUT));
    if !event.is_some_and(Value::is_object) {
        return Err(TokenError::Claim("events"));
    }
    if claims.contains_key("nonce") {
        return Err(TokenError::Claim("nonce"));
    }
    let [subject, sid] = ["sub", "sid"].map(|name| text(&claims, name).map(str::to_owned));
    if subject.is_none() && sid.is_none() {
        return Err(TokenError::Claim("sub"));
    }
    let jti = text(&claims, "jti").filter(|jti| jti.len() <= 255).ok_or(TokenError::Claim("jti"))?;
    Ok(LoggedOut { subject, sid, jti: jti.to_owned(), until: now + OLDEST + SKEW + SKEW })
}

/// A claim by its name, or within another: `realm_access.roles`.
fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        find(claims.get(outer)?.as_object()?, inner)
    })
}

/// The values of a claim: one, several, or none.
pub(crate) fn values<'a>(claims: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    match find(claims, name) {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(NOW, 0).unwrap()
    }

    fn expected() -> Expected<'static> {
        let (issuer, client_id, nonce) = ("https://sso.example", "beffroi", "n");
        Expected { issuer, client_id, nonce, since: None, now: now() }
    }

    fn token(change: &Value) -> Value {
        let mut token = json!({
            "iss": "https://sso.example", "aud": "beffroi", "sub": "42", "nonce": "n", "iat": NOW, "exp": NOW + 300,
        });
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => token.as_object_mut().unwrap().remove(name),
                value => token.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
        token
    }

    #[test]
    fn a_token_of_this_exchange_is_read() {
        let said = identity(token(&json!({"sid": "s"})), expected()).unwrap();
        assert_eq!((said.subject.as_str(), said.sid.as_deref()), ("42", Some("s")));
        let several = token(&json!({"aud": ["autre", "beffroi"], "azp": "beffroi"}));
        assert!(identity(several, expected()).is_ok());
    }

    #[test]
    fn a_token_of_another_is_refused_for_its_claim() {
        for (change, claim) in [
            (json!({"iss": "https://autre.example"}), "iss"),
            (json!({"iss": "https://sso.example/"}), "iss"),
            (json!({"aud": "autre"}), "aud"),
            (json!({"aud": null}), "aud"),
            (json!({"aud": ["beffroi", "autre"]}), "azp"),
            (json!({"azp": "autre"}), "azp"),
            (json!({"exp": NOW - 61}), "exp"),
            (json!({"exp": null}), "exp"),
            (json!({"exp": "demain"}), "exp"),
            (json!({"iat": NOW + 120}), "iat"),
            (json!({"iat": NOW - 601}), "iat"),
            (json!({"iat": null}), "iat"),
            (json!({"nbf": NOW + 120}), "nbf"),
            (json!({"nonce": "autre"}), "nonce"),
            (json!({"nonce": null}), "nonce"),
            (json!({"sub": ""}), "sub"),
            (json!({"sub": "x".repeat(256)}), "sub"),
            (json!({"events": {LOGGED_OUT: {}}}), "events"),
        ] {
            assert_eq!(identity(token(&change), expected()), Err(TokenError::Claim(claim)), "{change}");
        }
    }

    #[test]
    fn a_confirmation_wants_the_person_to_have_shown_who_they_are_since() {
        let expected = Expected { since: Some(now() - TimeDelta::seconds(30)), ..expected() };
        assert!(identity(token(&json!({"auth_time": NOW - 10})), expected).is_ok());
        for change in [json!({}), json!({"auth_time": NOW - 3600}), json!({"auth_time": NOW + 3600})] {
            assert_eq!(identity(token(&change), expected), Err(TokenError::Claim("auth_time")), "{change}");
        }
    }

    #[test]
    fn a_logout_token_is_not_an_identity_and_names_somebody() {
        let party = ("https://sso.example", "beffroi");
        let good = json!({"nonce": null, "jti": "j", "events": {LOGGED_OUT: {}}});
        assert_eq!(logout(token(&good), party, now()).unwrap().subject.as_deref(), Some("42"));
        for (change, claim) in [
            (json!({"events": {}}), "events"),
            (json!({"events": null}), "events"),
            (json!({"nonce": "n"}), "nonce"),
            (json!({"sub": null}), "sub"),
            (json!({"jti": null}), "jti"),
            (json!({"aud": "autre"}), "aud"),
            (json!({"iat": NOW - 3600}), "iat"),
        ] {
            let mut token = token(&good);
            for (name, value) in change.as_object().unwrap() {
                token[name] = value.clone();
            }
            assert_eq!(logout(token, party, now()), Err(TokenError::Claim(claim)), "{change}");
        }
    }
}
