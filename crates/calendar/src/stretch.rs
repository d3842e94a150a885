//! Stretches of time, and the pauses that cut them: while the school is awaited, the clock stops. (POSTE-07)

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Time that does not count. One without end is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When the clock stopped.
    pub from: DateTime<Utc>,
    /// When it started again.
    pub to: Option<DateTime<Utc>>,
}

impl Pause {
    /// Whether the clock is stopped at this instant.
    #[must_use]
    pub fn in_force(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// This pause as known at an instant: one still open is taken to end there.
    #[must_use]
    pub fn as_of(self, now: DateTime<Utc>) -> Self {
        Self { to: self.to.or(Some(now)), ..self }
    }
}

/// From an instant to a later one, excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

impl Stretch {
    pub fn length(self) -> TimeDelta {
        self.to - self.from
    }

    pub fn meets(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// The part of it inside a window, if any.
    pub fn within(self, window: Self) -> Option<Self> {
        let part = Self { from: self.from.max(window.from), to: self.to.min(window.to) };
        (part.from < part.to).then_some(part)
    }

    /// What is left of it once the others, sorted, are taken away.
    pub fn without(self, others: &[Self]) -> Vec<Self> {
        let mut kept = Vec::new();
        let mut from = self.from;
        for other in others.iter().filter(|other| self.meets(**other)) {
            if from < other.from {
                kept.push(Self { from, to: other.from });
            }
            from = from.max(other.to);
        }
        if from < self.to {
            kept.push(Self { from, to: self.to });
        }
        kept
    }
}

/// The ended pauses as stretches, sorted; an open one has no length yet, a reversed one none at all.
pub(crate) fn ended(pauses: &[Pause]) -> Vec<Stretch> {
    let stretch = |pause: &Pause| pause.to.map(|to| Stretch { from: pause.from, to });
    let mut ended: Vec<_> = pauses.iter().filter_map(stretch).filter(|s| s.from < s.to).collect();
    ended.sort();
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn stretch(from: i64, to: i64) -> Stretch {
        Stretch { from: at(from), to: at(to) }
    }

    #[test]
    fn pauses_that_overlap_are_taken_away_once() {
        let left =
            stretch(0, 60).without(&[stretch(-5, 5), stretch(10, 30), stretch(12, 20), stretch(55, 90)]);
        assert_eq!(left, [stretch(5, 10), stretch(30, 55)]);
        assert_eq!(stretch(0, 60).without(&[stretch(0, 60)]), []);
        assert_eq!(stretch(0, 60).without(&[stretch(60, 70)]), [stretch(0, 60)]);
    }

    #[test]
    fn an_open_pause_is_in_force_and_has_no_length_until_it_is_read_at_an_instant() {
        let open = Pause { from: at(10), to: None };
        assert!(open.in_force(at(10)) && !open.in_force(at(9)));
        assert_eq!(ended(&[open]), []);
        assert_eq!(ended(&[open.as_of(at(30))]), [stretch(10, 30)]);
        assert_eq!(ended(&[open.as_of(at(5))]), [], "it has not begun");
    }
}
