//! Where a deadline stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a deadline stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There is still time.
    Due,
    /// Done in time.
    Met,
    /// Done too late, or not done and the time is over.
    Breached,
}

impl Status {
    /// Compares whole seconds: a deadline of 23:59:59 is kept until that second is over.
    #[must_use]
    pub fn of(deadline: DateTime<Utc>, done_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        let in_time = |instant: DateTime<Utc>| instant.timestamp() <= deadline.timestamp();
        match done_at {
            Some(done) if in_time(done) => Self::Met,
            None if in_time(now) => Self::Due,
            _ => Self::Breached,
        }
    }

    /// The status in a French word or two.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Due => "en cours",
            Self::Met => "tenu",
            Self::Breached => "dépassé",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_second_is_in_time_and_the_next_is_not() {
        let deadline = at("2026-11-05T22:59:59Z");
        let (last, next) = (at("2026-11-05T22:59:59.900Z"), at("2026-11-05T23:00:00Z"));
        assert_eq!(Status::of(deadline, None, last), Status::Due);
        assert_eq!(Status::of(deadline, None, next), Status::Breached);
        assert_eq!(Status::of(deadline, Some(last), next), Status::Met);
        assert_eq!(Status::of(deadline, Some(next), next), Status::Breached);
    }
}
