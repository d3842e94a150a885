//! How often one person, or one address, may ask in a minute: by the weight of the route, which is declared where
//! the route is recorded. No human meets these limits; a program that goes astray or wants harm does. Counted on
//! each node, in memory. (issue 5: per-route limits; decision 0030)

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};

use crate::{error, form, net};

/// Pages that one person may ask in a minute on one node, unless the operator says otherwise.
pub const PAGES: u32 = 1_200;
/// A whole school may stand behind one address: so many times what one person may.
const HOUSEHOLD: u32 = 20;
/// The length of a window, in seconds.
const WINDOW: i64 = 60;
/// Counts remembered before those of past windows are forgotten.
const REMEMBERED: usize = 65_536;

/// What a route costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// A page that is read.
    Read,
    /// A form that is sent.
    Write,
    /// A search, an export, a document made on demand, a large file.
    Costly,
    /// The route counts its callers itself.
    Apart,
}

impl Weight {
    /// What a method costs when its route says nothing.
    #[must_use]
    pub fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD | Method::OPTIONS => Self::Read,
            _ => Self::Write,
        }
    }

    /// In the traces.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Costly => "costly",
            Self::Apart => "apart",
        }
    }

    /// How many times fewer than pages.
    const fn share(self) -> u32 {
        match self {
            Self::Read | Self::Apart => 1,
            Self::Write => 2,
            Self::Costly => 5,
        }
    }
}

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asker {
    /// A person signed in, by their identifier.
    Person(u128),
    /// Whoever asks from an address without being signed in; none when it is not known.
    Address(Option<IpAddr>),
}

impl Asker {
    /// Whoever asks from this address.
    #[must_use]
    pub fn from(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(net::household))
    }

    const fn times(self) -> u32 {
        match self {
            Self::Person(_) => 1,
            Self::Address(_) => HOUSEHOLD,
        }
    }
}

/// The counts of the present minute.
#[derive(Debug)]
pub struct Limits {
    counts: Mutex<HashMap<(Asker, Weight), (i64, u32)>>,
    pages: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(PAGES)
    }
}

impl Limits {
    /// So many pages a minute for each person; half as many forms, a fifth as many costly ones.
    #[must_use]
    pub fn new(pages: u32) -> Self {
        Self { counts: Mutex::default(), pages }
    }

    fn most(&self, asker: Asker, weight: Weight) -> u32 {
        (self.pages / weight.share()).saturating_mul(asker.times()).max(1)
    }

    /// Counts one more.
    ///
    /// # Errors
    /// The seconds to wait, when it is one too many.
    pub fn take(&self, asker: Asker, weight: Weight, now: DateTime<Utc>) -> Result<(), u64> {
        if weight == Weight::Apart {
            return Ok(());
        }
        let (second, most) = (now.timestamp(), self.most(asker, weight));
        let window = second.div_euclid(WINDOW);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, (at, _)| *at == window);
        }
        let count = counts.entry((asker, weight)).or_insert((window, 0));
        if count.0 != window {
            *count = (window, 0);
        }
        if count.1 >= most {
            return Err(u64::try_from((window + 1) * WINDOW - second).unwrap_or(1));
        }
        count.1 += 1;
        Ok(())
    }
}

/// Fields that are never written back on a page.
fn is_secret(name: &str) -> bool {
    const SECRETS: [&str; 9] =
        ["password", "present", "again", "passkey", "code", "etape", "confirmation", "secret", "jeton"];
    SECRETS.iter().any(|secret| name.contains(secret))
}

/// What a refused form carried, to send it again; none when it is not text, or carries a secret.
async fn typed(request: Request) -> Option<(String, Vec<(String, String)>)> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if *request.method() != Method::POST || !kind.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let path = request.uri().path_and_query()?.as_str().to_owned();
    let fields = form::read(request.into_body()).await.ok()?;
    let keeps = !fields.is_empty() && !fields.iter().any(|(name, _)| is_secret(name));
    keeps.then_some((path, fields))
}

/// The answer to one too many: when to come back, and what was typed, to send it again. `known` says that the
/// person is signed in: what a stranger sends is not read.
pub async fn refused(wait: u64, request: Request<Body>, known: bool) -> Response {
    let again = if known { typed(request).await } else { None };
    let page = beffroi_ui::errors::too_many(
        wait,
        again.as_ref().map(|(path, fields)| (path.as_str(), fields.as_slice())),
    );
    let mut response = error::page(StatusCode::TOO_MANY_REQUESTS, page);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::CONTENT_LENGTH;
    use chrono::TimeDelta;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn taken(limits: &Limits, asker: Asker, weight: Weight, now: DateTime<Utc>) -> u32 {
        (0..).take_while(|_| limits.take(asker, weight, now).is_ok()).count().try_into().unwrap()
    }

    #[test]
    fn each_weight_has_its_own_count_and_a_minute_its_own() {
        let (limits, person) = (Limits::new(100), Asker::Person(7));
        for (weight, most) in [(Weight::Read, 100), (Weight::Write, 50), (Weight::Costly, 20)] {
            assert_eq!(taken(&limits, person, weight, at(3_610)), most, "{weight:?}");
        }
        assert_eq!(limits.take(person, Weight::Costly, at(3_610)), Err(50));
        assert_eq!(limits.take(person, Weight::Costly, at(3_659)), Err(1));
        assert_eq!(limits.take(person, Weight::Costly, at(3_660)), Ok(()), "the next minute begins anew");
        assert_eq!(limits.take(Asker::Person(8), Weight::Costly, at(3_610)), Ok(()), "each has their own");
        assert_eq!(limits.take(person, Weight::Apart, at(3_610)), Ok(()));
    }

    #[test]
    fn a_school_behind_one_address_comes_in_and_a_flood_does_not() {
        let limits = Limits::new(10);
        let school = Asker::from("198.51.100.1".parse().ok());
        assert_eq!(taken(&limits, school, Weight::Read, at(0)), 200);
        assert_eq!(limits.take(Asker::from("198.51.100.2".parse().ok()), Weight::Read, at(0)), Ok(()));
        let line = |last: u16| Asker::from(format!("2001:db8::{last:x}").parse().ok());
        let all = (0..250).filter(|last| limits.take(line(*last), Weight::Read, at(0)).is_ok());
        assert_eq!(all.count(), 200, "changing the end of an IPv6 address changes nothing");
    }

    #[test]
    fn forgotten_minutes_take_no_memory() {
        let limits = Limits::new(10);
        for person in 0..REMEMBERED as u128 {
            assert!(limits.take(Asker::Person(person), Weight::Read, at(0)).is_ok());
        }
        assert!(limits.take(Asker::Person(1), Weight::Read, at(60)).is_ok());
        assert_eq!(limits.counts.lock().unwrap().len(), 1);
    }

    async fn page(kind: &str, body: &str, known: bool) -> (Response, String) {
        let request = Request::post("/demandes/2026-00042/messages?de=file")
            .header(CONTENT_TYPE, kind)
            .header(CONTENT_LENGTH, body.len())
            .body(Body::from(body.to_owned()));
        let (parts, body) = refused(42, request.unwrap(), known).await.into_parts();
        let bytes = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        (Response::from_parts(parts, Body::empty()), String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_was_typed_is_kept_and_what_is_secret_is_not_written_back() {
        let form = "application/x-www-form-urlencoded";
        let (response, text) = page(form, "message=Toujours+en+panne&kind=reply", true).await;
        assert_eq!(
            (response.status(), &response.headers()[RETRY_AFTER]),
            (StatusCode::TOO_MANY_REQUESTS, &"42".parse().unwrap())
        );
        assert!(text.contains("value=\"Toujours en panne\"") && text.contains("messages?de=file"), "{text}");
        for (kind, body, known) in [
            (form, "login=a&password=cerf+volant", true),
            (form, "message=Toujours", false),
            ("multipart/form-data; boundary=b", "message=Toujours", true),
        ] {
            let (_, text) = page(kind, body, known).await;
            assert!(!text.contains("cerf volant") && !text.contains("Toujours"), "{text}");
            assert!(text.contains("revenez à la page précédente"), "{text}");
        }
    }
}
