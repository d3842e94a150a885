//! How many calls a token may make: so many a minute, counted on each node, told in every answer.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};

use crate::TokenId;

/// Calls a token may make in a minute on one node, unless the operator says otherwise.
pub const CALLS: u32 = 300;
/// The length of a window, in seconds.
const WINDOW: i64 = 60;
/// Tokens remembered before those of past windows are forgotten.
const REMEMBERED: usize = 4_096;

/// The counts of the present minute.
#[derive(Debug)]
pub struct Limits {
    counts: Mutex<HashMap<TokenId, (i64, u32)>>,
    most: u32,
}

/// Where a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Calls of a window.
    most: u32,
    /// Calls left in this window; none when this one is too many.
    left: Option<u32>,
    /// Seconds before the next window.
    pub(crate) wait: u64,
}

impl Limits {
    /// So many calls a minute for each token.
    #[must_use]
    pub fn new(most: u32) -> Self {
        Self { counts: Mutex::default(), most }
    }

    /// Calls a token may make in a minute.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most
    }

    /// Counts one call of `token`.
    pub(crate) fn take(&self, token: TokenId, now: DateTime<Utc>) -> Standing {
        let second = now.timestamp();
        let window = second.div_euclid(WINDOW);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= REMEMBERED {
            counts.retain(|_, (at, _)| *at == window);
        }
        let count = counts.entry(token).or_insert((window, 0));
        if count.0 != window {
            *count = (window, 0);
        }
        let wait = u64::try_from((window + 1) * WINDOW - second).unwrap_or(1);
        let most = self.most;
        if count.1 >= most {
            return Standing { most, left: None, wait };
        }
        count.1 += 1;
        Standing { most, left: Some(most - count.1), wait }
    }
}

impl Standing {
    /// Whether this call is one too many.
    pub(crate) fn is_over(self) -> bool {
        self.left.is_none()
    }

    /// Says it in the headers of the answer.
    pub(crate) fn tell(self, headers: &mut HeaderMap) {
        let said = [
            ("ratelimit-policy", format!("\"minute\";q={};w={WINDOW}", self.most)),
            ("ratelimit", format!("\"minute\";r={};t={}", self.left.unwrap_or(0), self.wait)),
        ];
        for (name, value) in said {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_token_has_its_calls_a_minute_and_no_more() {
        let (limits, token, other) = (Limits::new(CALLS), TokenId::new(), TokenId::new());
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(3_610);
        for call in 1..=CALLS {
            assert_eq!(limits.take(token, now), Standing { most: CALLS, left: Some(CALLS - call), wait: 50 });
        }
        assert!(limits.take(token, now).is_over());
        assert!(!limits.take(other, now).is_over(), "each token has its own count");
        assert!(!limits.take(token, now + TimeDelta::seconds(50)).is_over(), "the next minute begins anew");
    }

    #[test]
    fn the_headers_say_what_is_left() {
        let mut headers = HeaderMap::new();
        Standing { most: 300, left: Some(12), wait: 7 }.tell(&mut headers);
        assert_eq!(headers["ratelimit"], "\"minute\";r=12;t=7");
        assert_eq!(headers["ratelimit-policy"], "\"minute\";q=300;w=60");
    }
}
