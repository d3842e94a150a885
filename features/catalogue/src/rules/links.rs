//! What is thought of an address that was looked at, and when it is looked at again. (LIRE-12)

use chrono::{DateTime, TimeDelta, Utc};

/// What came of one look at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// A page answers, or asks who one is.
    Alive,
    /// Its site says that there is no such page.
    Gone(String),
    /// Nobody answers, or with a fault: that may pass.
    Away(String),
    /// It cannot be looked at from here: an address of an inside network, or without encryption.
    Untold,
}

/// What was last seen of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it was last looked at.
    pub checked_at: DateTime<Utc>,
    /// Looks in a row that found nothing.
    pub failures: i32,
    /// Since when.
    pub failing_since: Option<DateTime<Utc>>,
    /// Why, in French.
    pub why: Option<String>,
    /// Whether people are told to mend it.
    pub dead: bool,
}

/// How often an address that answers is looked at.
const WEEKLY: TimeDelta = TimeDelta::days(7);
/// How often one that does not.
const DAILY: TimeDelta = TimeDelta::hours(22);
/// Days in a row without an answer after which a link is dead: a site may be down for a week-end.
const PATIENCE: i32 = 3;

/// Whether it is time to look.
#[must_use]
pub(crate) fn is_due(seen: Option<&Seen>, now: DateTime<Utc>) -> bool {
    seen.is_none_or(|seen| now - seen.checked_at > if seen.failures > 0 { DAILY } else { WEEKLY })
}

/// What is thought of it after that look.
#[must_use]
pub(crate) fn after(before: Option<&Seen>, look: Look, now: DateTime<Utc>) -> Seen {
    let (why, gone) = match look {
        Look::Alive | Look::Untold => {
            return Seen { checked_at: now, failures: 0, failing_since: None, why: None, dead: false };
        }
        Look::Gone(why) => (why, true),
        Look::Away(why) => (why, false),
    };
    let failures = before.map_or(0, |before| before.failures).saturating_add(1);
    let failing_since = before.and_then(|before| before.failing_since).or(Some(now));
    let dead = gone || failures >= PATIENCE || before.is_some_and(|before| before.dead);
    Seen { checked_at: now, failures, failing_since, why: Some(why), dead }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> DateTime<Utc> {
        use chrono::TimeZone;
        Utc.with_ymd_and_hms(2026, 10, day, 8, 0, 0).unwrap()
    }

    #[test]
    fn a_page_said_gone_is_dead_at_once_and_a_silent_site_after_three_days() {
        let gone = after(None, Look::Gone("404".into()), day(5));
        assert!(gone.dead && gone.failing_since == Some(day(5)));
        let mut seen = after(None, Look::Away("muet".into()), day(5));
        for (today, dead) in [(6, false), (7, true), (8, true)] {
            assert!(!seen.dead || dead);
            seen = after(Some(&seen), Look::Away("muet".into()), day(today));
            assert_eq!((seen.dead, seen.failing_since), (dead, Some(day(5))), "on the {today}th");
        }
        let back = after(Some(&seen), Look::Alive, day(9));
        assert!(!back.dead && back.why.is_none() && back.failing_since.is_none());
    }

    #[test]
    fn what_answers_is_looked_at_each_week_and_what_does_not_each_day() {
        let alive = after(None, Look::Alive, day(5));
        assert!(is_due(None, day(5)) && !is_due(Some(&alive), day(11)) && is_due(Some(&alive), day(13)));
        let away = after(None, Look::Away("muet".into()), day(5));
        assert!(!is_due(Some(&away), day(5)) && is_due(Some(&away), day(6)));
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_accused() {
        let away = after(None, Look::Away("muet".into()), day(5));
        assert!(!after(Some(&away), Look::Untold, day(6)).dead);
    }
}
