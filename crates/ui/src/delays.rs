//! Instants that machines read too, and deadlines: when, and how much working time is left.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use maud::{Markup, html};

use crate::{Tone, date_time, shape, span};

/// An instant in words, with its exact value for machines.
#[must_use]
pub fn moment_text(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(machine(at)) { (date_time(at)) } }
}

/// « il y a 3 heures », the exact instant in its title; the date past a month.
#[must_use]
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    let passed = now - at;
    let words = match passed {
        _ if passed < TimeDelta::minutes(1) => "à l’instant".to_owned(),
        _ if passed > TimeDelta::days(30) => format!("le {}", crate::date(at)),
        _ => format!("il y a {}", span(passed)),
    };
    html! { time datetime=(machine(at)) title=(date_time(at)) { (words) } }
}

/// What the hours of a deadline are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Every hour counts, day and night.
    #[default]
    Calendar,
    /// Working days of 24 hours.
    Working,
    /// Opening hours only, this many a day.
    Office(u8),
}

/// What is left of a deadline, or how late it is when `left` is negative.
///
/// ```
/// use beffroi_ui::{Pace, time_left_in};
/// use chrono::TimeDelta;
/// assert_eq!(time_left_in(TimeDelta::hours(51), Pace::Working), "il reste 2\u{a0}j 3\u{a0}h ouvrés");
/// assert_eq!(time_left_in(TimeDelta::hours(-51), Pace::Calendar), "en retard de 2\u{a0}j 3\u{a0}h");
/// assert_eq!(time_left_in(TimeDelta::hours(9), Pace::Office(8)), "il reste 1\u{a0}j 1\u{a0}h ouvrés");
/// ```
#[must_use]
pub fn time_left_in(left: TimeDelta, pace: Pace) -> String {
    let day = match pace {
        Pace::Calendar | Pace::Working => 24 * 60,
        Pace::Office(hours) => u64::from(hours.max(1)) * 60,
    };
    let minutes = left.num_minutes().unsigned_abs();
    let mut text = String::from(if left < TimeDelta::zero() { "en retard de" } else { "il reste" });
    if minutes == 0 {
        text.push_str(" moins d’une minute");
        return text;
    }
    let (days, hours, rest) = (minutes / day, minutes % day / 60, minutes % 60);
    for (count, unit, shown) in [(days, "j", true), (hours, "h", true), (rest, "min", days == 0)] {
        if count > 0 && shown {
            let _ = write!(text, " {count}\u{a0}{unit}");
        }
    }
    if pace != Pace::Calendar {
        text.push_str(match (days, hours) {
            (0, _) => " ouvrées",
            (1, 0) => " ouvré",
            _ => " ouvrés",
        });
    }
    text
}

/// A deadline: its instant in words, then what is left with the shape of its urgency.
#[must_use]
pub fn deadline(due: DateTime<Utc>, left: TimeDelta, pace: Pace) -> Markup {
    let tone = match left {
        late if late < TimeDelta::zero() => Tone::Bad,
        soon if soon < TimeDelta::hours(6) => Tone::Warn,
        _ => Tone::Calm,
    };
    html! {
        "avant le " (moment_text(due)) " "
        span class={ "left " (tone.class()) } { (shape(tone)) " " (time_left_in(left, pace)) }
    }
}

fn machine(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_agree_with_their_noun() {
        for (minutes, pace, words) in [
            (90, Pace::Office(8), "il reste 1\u{a0}h 30\u{a0}min ouvrées"),
            (24 * 60, Pace::Working, "il reste 1\u{a0}j ouvré"),
            (-5, Pace::Calendar, "en retard de 5\u{a0}min"),
            (0, Pace::Calendar, "il reste moins d’une minute"),
        ] {
            assert_eq!(time_left_in(TimeDelta::minutes(minutes), pace), words);
        }
    }

    #[test]
    fn a_late_deadline_says_so_with_a_shape() {
        let due = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let html = deadline(due, TimeDelta::hours(-2), Pace::Calendar).into_string();
        assert!(html.contains("en retard de 2\u{a0}h") && html.contains("<svg"), "{html}");
    }
}
