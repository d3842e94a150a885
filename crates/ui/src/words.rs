//! Dates, delays and numbers as people say them.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Europe::Paris;

const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// « lundi 23 novembre 2026 »
///
/// ```
/// let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
/// assert_eq!(beffroi_ui::day(day), "dimanche 1er novembre 2026");
/// ```
#[must_use]
pub fn day(day: NaiveDate) -> String {
    let weekday = DAYS[day.weekday().num_days_from_monday() as usize];
    let ordinal = if day.day() == 1 { "er" } else { "" };
    format!("{weekday} {}{ordinal} {} {}", day.day(), MONTHS[day.month0() as usize], day.year())
}

/// The day in Paris, in words.
#[must_use]
pub fn date(instant: DateTime<Utc>) -> String {
    day(instant.with_timezone(&Paris).date_naive())
}

/// « lundi 23 novembre 2026 à 14 h 05 »
#[must_use]
pub fn date_time(instant: DateTime<Utc>) -> String {
    let local = instant.with_timezone(&Paris);
    format!("{} à {}\u{a0}h\u{a0}{:02}", day(local.date_naive()), local.hour(), local.minute())
}

/// « 23/11/2026 14:05 », for tables.
#[must_use]
pub fn short_date_time(instant: DateTime<Utc>) -> String {
    instant.with_timezone(&Paris).format("%d/%m/%Y %H:%M").to_string()
}

/// « il reste 2 jours », « en retard de 3 heures ».
///
/// ```
/// use chrono::TimeDelta;
/// assert_eq!(beffroi_ui::time_left(TimeDelta::hours(50)), "il reste 2\u{a0}jours");
/// assert_eq!(beffroi_ui::time_left(-TimeDelta::hours(1)), "en retard de 1\u{a0}heure");
/// ```
#[must_use]
pub fn time_left(left: TimeDelta) -> String {
    if left < TimeDelta::zero() {
        format!("en retard de {}", span(-left))
    } else {
        format!("il reste {}", span(left))
    }
}

/// « depuis 2 jours »
#[must_use]
pub fn since(elapsed: TimeDelta) -> String {
    format!("depuis {}", span(elapsed))
}

/// A duration by its largest unit.
#[must_use]
pub fn span(duration: TimeDelta) -> String {
    let minutes = duration.num_minutes();
    match minutes {
        ..1 => "moins d’une minute".into(),
        1..60 => plural(minutes, "minute", "minutes"),
        60..2_880 => plural(duration.num_hours(), "heure", "heures"),
        _ => plural(duration.num_days(), "jour", "jours"),
    }
}

/// A number with its noun.
#[must_use]
pub fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{count}\u{a0}{}", if count.abs() < 2 { one } else { many })
}

/// A size as people say it.
#[must_use]
pub fn file_size(bytes: i64) -> String {
    match bytes {
        ..1_000 => plural(bytes, "octet", "octets"),
        1_000..1_000_000 => format!("{}\u{a0}ko", bytes / 1_000),
        _ => format!("{},{}\u{a0}Mo", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Puts no-break spaces where French typography wants them.
#[must_use]
pub fn typo(text: &str) -> String {
    let mut out = text.to_owned();
    for mark in [";", "!", "?", ":", "»"] {
        out = out.replace(&format!(" {mark}"), &format!("\u{a0}{mark}"));
    }
    out.replace("« ", "«\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_by_their_largest_unit() {
        for (minutes, words) in
            [(0, "moins d’une minute"), (1, "1\u{a0}minute"), (90, "1\u{a0}heure"), (3_000, "2\u{a0}jours")]
        {
            assert_eq!(span(TimeDelta::minutes(minutes)), words);
        }
    }

    #[test]
    fn sizes_are_said_with_a_comma() {
        assert_eq!(file_size(2_540_000), "2,5\u{a0}Mo");
    }
}
