//! From the wall clock of Europe/Paris to UTC and back, on the two nights a year it changes too.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The time zone people read.
pub const PARIS: Tz = chrono_tz::Europe::Paris;

/// The day it is in Paris at this instant.
#[must_use]
pub fn paris_day(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&PARIS).date_naive()
}

/// 23:59:59 in Paris on that day: the last second at which a delay counted in days is kept.
#[must_use]
pub fn end_of_day(date: NaiveDate) -> DateTime<Utc> {
    start_of_day(date.checked_add_days(Days::new(1)).unwrap_or(date)) - TimeDelta::seconds(1)
}

/// Midnight in Paris, as that day begins.
pub(crate) fn start_of_day(date: NaiveDate) -> DateTime<Utc> {
    opening(date.and_time(NaiveTime::MIN))
}

/// The instant a stretch of work opens; when the wall clock shows that hour twice, the first.
pub(crate) fn opening(local: NaiveDateTime) -> DateTime<Utc> {
    match PARIS.from_local_datetime(&local).earliest() {
        Some(instant) => instant.to_utc(),
        None => through_the_gap(local),
    }
}

/// The instant a stretch of work closes; when the wall clock shows that hour twice, the second.
pub(crate) fn closing(local: NaiveDateTime) -> DateTime<Utc> {
    match PARIS.from_local_datetime(&local).latest() {
        Some(instant) => instant.to_utc(),
        None => through_the_gap(local),
    }
}

/// An hour the wall clock skips in spring is read as if the clock had not moved yet.
fn through_the_gap(local: NaiveDateTime) -> DateTime<Utc> {
    let hour = TimeDelta::hours(1);
    match PARIS.from_local_datetime(&(local - hour)).latest() {
        Some(instant) => instant.to_utc() + hour,
        None => local.and_utc(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_ends_at_the_hour_of_its_season() {
        assert_eq!(end_of_day("2026-07-01".parse().unwrap()), utc("2026-07-01T21:59:59Z"));
        assert_eq!(end_of_day("2026-12-01".parse().unwrap()), utc("2026-12-01T22:59:59Z"));
    }

    #[test]
    fn the_day_is_the_one_people_read_in_paris() {
        assert_eq!(paris_day(utc("2026-06-30T22:30:00Z")), "2026-07-01".parse().unwrap());
        assert_eq!(paris_day(utc("2026-12-31T22:30:00Z")), "2026-12-31".parse().unwrap());
    }

    #[test]
    fn the_hour_shown_twice_in_autumn_is_wholly_inside_a_stretch() {
        assert_eq!(opening(local("2026-10-25T02:30:00")), utc("2026-10-25T00:30:00Z"));
        assert_eq!(closing(local("2026-10-25T02:30:00")), utc("2026-10-25T01:30:00Z"));
    }

    #[test]
    fn the_hour_skipped_in_spring_still_gives_an_instant() {
        assert_eq!(opening(local("2026-03-29T02:30:00")), utc("2026-03-29T01:30:00Z"));
        assert_eq!(closing(local("2026-03-29T02:30:00")), utc("2026-03-29T01:30:00Z"));
    }
}
