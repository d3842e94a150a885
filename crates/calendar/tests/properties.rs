//! What holds for every deadline, whatever the day, the delay and the pauses.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use beffroi_calendar::{Closure, Delay, PARIS, Pause, WorkingCalendar, end_of_day, paris_day};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

/// Any second from 2025 to 2029: few enough days for closures to fall where they matter.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (1_735_689_600_i64..1_893_456_000).prop_map(|seconds| Utc.timestamp_opt(seconds, 0).unwrap())
}

/// Such a second, of a working day.
fn worked_instant() -> impl Strategy<Value = DateTime<Utc>> {
    let calendar = WorkingCalendar::default();
    instant().prop_map(move |mut instant| {
        while !calendar.is_working_day(paris_day(instant)) {
            instant += TimeDelta::days(1);
        }
        instant
    })
}

fn date() -> impl Strategy<Value = NaiveDate> {
    instant().prop_map(paris_day)
}

fn delay() -> impl Strategy<Value = Delay> {
    prop_oneof![
        (1..200_u32).prop_map(Delay::OfficeHours),
        (1..60_u32).prop_map(Delay::WorkingDays),
        (1..400_u32).prop_map(Delay::WorkingDayHours),
    ]
}

/// A pause that begins up to a month after an instant and lasts up to ten days.
fn pause_after(start: DateTime<Utc>, begins: u32, lasts: u32) -> Pause {
    let from = start + TimeDelta::minutes(i64::from(begins));
    Pause { from, to: Some(from + TimeDelta::minutes(i64::from(lasts))) }
}

fn calendar() -> impl Strategy<Value = WorkingCalendar> {
    let closure = (date(), 0..40_u64).prop_map(|(from, days)| Closure {
        from,
        to: from + Days::new(days),
        reason: "Fermeture".into(),
    });
    (prop::collection::vec(closure, 0..12), any::<bool>()).prop_map(|(closures, closures_suspend)| {
        WorkingCalendar { closures, closures_suspend, ..WorkingCalendar::default() }
    })
}

fn working_days_after(calendar: &WorkingCalendar, from: NaiveDate, to: NaiveDate) -> usize {
    from.iter_days().skip(1).take_while(|day| *day <= to).filter(|day| calendar.is_working_day(*day)).count()
}

proptest! {
    #[test]
    fn exactly_the_hours_promised_are_worked_before_the_deadline(
        calendar in calendar(), start in instant(), hours in 1..200_u32,
    ) {
        let deadline = calendar.deadline(start, Delay::OfficeHours(hours), &[]);
        prop_assert_eq!(calendar.working_time_between(start, deadline), TimeDelta::hours(i64::from(hours)));
    }

    #[test]
    fn exactly_the_days_promised_are_worked_after_the_start(
        calendar in calendar(), start in date(), n in 1..60_u32,
    ) {
        let end = calendar.end_of_working_day(start, n);
        let last = paris_day(end);
        prop_assert_eq!(end.with_timezone(&PARIS).time().to_string(), "23:59:59");
        prop_assert!(calendar.is_working_day(last));
        prop_assert_eq!(working_days_after(&calendar, start, last), n as usize);
    }

    #[test]
    fn whole_days_of_hours_end_at_the_hour_they_began(start in worked_instant(), days in 1..30_u32) {
        let calendar = WorkingCalendar::default();
        let deadline = calendar.deadline(start, Delay::WorkingDayHours(24 * days), &[]);
        let clock = |instant: DateTime<Utc>| instant.with_timezone(&PARIS).time();
        prop_assume!(clock(start) != chrono::NaiveTime::MIN);
        prop_assert_eq!(clock(deadline), clock(start));
        prop_assert_eq!(working_days_after(&calendar, paris_day(start), paris_day(deadline)), days as usize);
    }

    #[test]
    fn a_pause_pushes_office_hours_by_the_work_it_stops(
        calendar in calendar(), start in instant(), hours in 1..200_u32, begins in 0..43_200_u32, lasts in 1..14_400_u32,
    ) {
        let pause = pause_after(start, begins, lasts);
        let deadline = calendar.deadline(start, Delay::OfficeHours(hours), &[pause]);
        let worked = calendar.working_time_between(start, deadline);
        let stopped = calendar.working_time_between(pause.from.min(deadline), pause.to.unwrap().min(deadline));
        prop_assert_eq!(worked - stopped, TimeDelta::hours(i64::from(hours)));
    }

    #[test]
    fn one_more_pause_never_brings_the_deadline_nearer(
        calendar in calendar(), start in instant(), delay in delay(),
        pauses in prop::collection::vec((0..43_200_u32, 1..14_400_u32), 1..5),
    ) {
        let pauses: Vec<_> = pauses.into_iter().map(|(begins, lasts)| pause_after(start, begins, lasts)).collect();
        let fewer = calendar.deadline(start, delay, &pauses[1..]);
        prop_assert!(fewer <= calendar.deadline(start, delay, &pauses));
        let mut twice = pauses.clone();
        twice.extend(pauses.iter().rev());
        prop_assert_eq!(calendar.deadline(start, delay, &pauses), calendar.deadline(start, delay, &twice));
    }

    #[test]
    fn who_starts_later_never_ends_sooner(
        calendar in calendar(), start in instant(), later in 0..1_000_000_i64, delay in delay(),
    ) {
        let ends = |start| calendar.deadline(start, delay, &[]);
        prop_assert!(ends(start) <= ends(start + TimeDelta::seconds(later)));
    }

    #[test]
    fn a_deadline_is_never_before_its_start(calendar in calendar(), start in instant(), delay in delay()) {
        prop_assert!(start < calendar.deadline(start, delay, &[]));
    }

    #[test]
    fn working_time_adds_up(calendar in calendar(), a in instant(), b in 0..3_000_000_i64, c in 0..3_000_000_i64) {
        let b = a + TimeDelta::seconds(b);
        let c = b + TimeDelta::seconds(c);
        let worked = |from, to| calendar.working_time_between(from, to);
        prop_assert_eq!(worked(a, b) + worked(b, c), worked(a, c));
    }

    #[test]
    fn the_next_working_day_is_the_first(calendar in calendar(), date in date()) {
        let next = calendar.next_working_day(date);
        prop_assert!(date < next && calendar.is_working_day(next));
        prop_assert_eq!(working_days_after(&calendar, date, next), 1);
        prop_assert_eq!(calendar.end_of_working_day(date, 1), end_of_day(next));
    }
}
