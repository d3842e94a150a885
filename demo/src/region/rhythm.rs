//! When requests are sent over the school years: September peaks, quiet holidays, nothing on Sundays
//! and public holidays, mornings before afternoons.

use beffroi_calendar::{SchoolHolidays, SchoolZone, is_public_holiday};
use chrono::{Datelike, NaiveDate, Weekday};
use rand::RngExt;
use rand::rngs::StdRng;

use super::ruler::Ruler;

/// Hour and how many requests in a hundred begin in it.
const HOURS: &[(i64, u32)] = &[
    (7, 3),
    (8, 13),
    (9, 15),
    (10, 14),
    (11, 11),
    (12, 4),
    (13, 9),
    (14, 12),
    (15, 9),
    (16, 6),
    (17, 3),
    (19, 1),
];

/// How busy a day is, next to an ordinary Thursday of October.
fn weight(day: NaiveDate, holidays: &SchoolHolidays) -> f64 {
    let week = match day.weekday() {
        Weekday::Mon => 1.3,
        Weekday::Tue => 1.15,
        Weekday::Wed => 0.7,
        Weekday::Thu => 1.0,
        Weekday::Fri => 0.9,
        Weekday::Sat => 0.05,
        Weekday::Sun => return 0.0,
    };
    if is_public_holiday(day) {
        return 0.0;
    }
    let month = match (day.month(), day.day()) {
        (9, 1..=20) => 2.0,
        (9, _) => 1.6,
        (8, 25..) => 0.9,
        (10 | 1 | 3, _) => 1.0,
        (11, _) => 1.1,
        (6, _) => 0.7,
        (5, _) => 0.75,
        (7, _) => 0.5,
        _ => 0.85,
    };
    let away = if on_holiday(day, holidays) && !(day.month() == 8 && day.day() >= 25) { 0.12 } else { 1.0 };
    week * month * away
}

/// From the official table where it reaches, by the habits of zone B elsewhere.
fn on_holiday(day: NaiveDate, holidays: &SchoolHolidays) -> bool {
    if holidays.covers(day) {
        return holidays.holiday_on(day, SchoolZone::B).is_some();
    }
    matches!(
        (day.month(), day.day()),
        (10, 19..) | (11, 1..=3) | (12, 20..) | (1, 1..=4) | (2, 10..=25) | (4, 8..=23) | (7, 6..) | (8, _)
    )
}

/// The second at which each of `count` requests is sent, in order, from the ruler's first day to `now`.
pub(crate) fn instants(
    count: usize,
    (first, now): (NaiveDate, i64),
    ruler: &Ruler,
    holidays: &SchoolHolidays,
    dice: &mut StdRng,
) -> Vec<i64> {
    let today = ruler.day(now);
    let days: Vec<(NaiveDate, f64)> = first
        .iter_days()
        .take_while(|day| *day <= today)
        .map(|day| {
            let elapsed = if day == today { share_of(ruler.between(ruler.midnight(day), now)) } else { 1.0 };
            (day, weight(day, holidays) * elapsed)
        })
        .collect();
    let total: f64 = days.iter().map(|(_, weight)| weight).sum();
    let mut instants = Vec::with_capacity(count);
    let mut passed = 0.0;
    for (day, weight) in days {
        passed += weight;
        let until = whole(passed / total * whole_to_real(count)).min(count);
        let midnight = ruler.midnight(day);
        let mut of_day: Vec<i64> = (instants.len()..until).map(|_| time(midnight, now, dice)).collect();
        of_day.sort_unstable();
        instants.extend(of_day);
    }
    instants
}

/// Eight hours of work make a day.
#[expect(clippy::cast_precision_loss, reason = "less than a day of seconds")]
fn share_of(worked: i64) -> f64 {
    worked as f64 / 28_800.0
}

#[expect(clippy::cast_precision_loss, reason = "millions at most")]
fn whole_to_real(count: usize) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "millions at most, never negative"
)]
fn whole(number: f64) -> usize {
    number.round() as usize
}

/// A moment of that day, before now.
fn time(midnight: i64, now: i64, dice: &mut StdRng) -> i64 {
    for _ in 0..40 {
        let mut luck = dice.random_range(0..100u32);
        let hour = HOURS.iter().find(|(_, share)| match luck.checked_sub(*share) {
            Some(left) => {
                luck = left;
                false
            }
            None => true,
        });
        let hour = hour.map_or(9, |(hour, _)| *hour);
        let at = midnight + hour * 3_600 + dice.random_range(0..3_600i64);
        if at < now {
            return at;
        }
    }
    now - 60
}
