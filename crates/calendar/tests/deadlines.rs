//! Deadlines people can check on a wall calendar. (EQP-22, IDT-08, POSTE-07)

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use beffroi_calendar::{Closure, Delay, PARIS, Pause, Status, WorkingCalendar};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant, said as the clock of Paris shows it.
fn paris(text: &str) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
    PARIS.from_local_datetime(&local).unwrap().to_utc()
}

fn last_second(text: &str) -> DateTime<Utc> {
    paris(&format!("{text} 23:59")) + TimeDelta::seconds(59)
}

fn pause(from: &str, to: &str) -> Pause {
    Pause { from: paris(from), to: Some(paris(to)) }
}

/// The deadline, and what it must be.
fn runs(start: &str, delay: Delay, pauses: &[Pause], expected: DateTime<Utc>) {
    let deadline = WorkingCalendar::default().deadline(paris(start), delay, pauses);
    let (found, wanted) = (deadline.with_timezone(&PARIS), expected.with_timezone(&PARIS));
    assert_eq!(found, wanted, "{} from {start}", delay.words());
}

#[test]
fn five_working_days_after_a_delivery() {
    for (delivered, last) in [
        ("2026-10-29", "2026-11-05"), // a plain week; 1 November is a Sunday
        ("2026-11-05", "2026-11-13"), // 11 November is a Wednesday
        ("2026-05-07", "2026-05-18"), // 8 May a Friday, Ascension on Thursday 14
        ("2026-12-24", "2027-01-04"), // Christmas and New Year’s Day both on a Friday
    ] {
        let end = WorkingCalendar::default().end_of_working_day(day(delivered), 5);
        assert_eq!(end, last_second(last), "delivered on {delivered}");
        runs(&format!("{delivered} 10:15"), Delay::WorkingDays(5), &[], last_second(last));
    }
}

#[test]
fn the_day_of_the_event_is_the_day_of_paris() {
    runs("2026-10-29 00:30", Delay::WorkingDays(1), &[], last_second("2026-10-30"));
    runs("2026-10-29 23:30", Delay::WorkingDays(1), &[], last_second("2026-10-30"));
}

#[test]
fn the_next_working_day_jumps_over_a_long_weekend() {
    let calendar = WorkingCalendar::default();
    assert_eq!(calendar.next_working_day(day("2026-05-13")), day("2026-05-15"));
    assert_eq!(calendar.next_working_day(day("2026-05-22")), day("2026-05-26"));
    assert!(!calendar.is_working_day(day("2026-05-25")), "Pentecost Monday");
}

#[test]
fn office_hours_stop_for_lunch_for_the_night_and_for_the_weekend() {
    runs("2026-11-17 09:00", Delay::OfficeHours(4), &[], paris("2026-11-17 14:30"));
    runs("2026-11-17 08:00", Delay::OfficeHours(4), &[], paris("2026-11-17 12:00"));
    runs("2026-11-17 16:30", Delay::OfficeHours(4), &[], paris("2026-11-18 11:00"));
    runs("2026-11-20 16:30", Delay::OfficeHours(4), &[], paris("2026-11-23 11:00"));
    runs("2026-11-21 03:00", Delay::OfficeHours(4), &[], paris("2026-11-23 12:00"));
}

#[test]
fn hours_are_those_of_the_clock_on_the_wall_when_it_changes() {
    runs("2026-03-27 17:00", Delay::OfficeHours(2), &[], paris("2026-03-30 09:30"));
    runs("2026-10-23 17:00", Delay::OfficeHours(2), &[], paris("2026-10-26 09:30"));
    runs("2026-10-23 10:00", Delay::WorkingDayHours(72), &[], paris("2026-10-28 10:00"));
    runs("2026-10-23 10:00", Delay::WorkingDays(1), &[], last_second("2026-10-26"));
}

#[test]
fn seventy_two_working_day_hours_are_three_working_days() {
    runs("2026-11-17 10:00", Delay::WorkingDayHours(72), &[], paris("2026-11-20 10:00"));
    runs("2026-11-10 10:00", Delay::WorkingDayHours(72), &[], paris("2026-11-16 10:00"));
    runs("2026-11-21 10:00", Delay::WorkingDayHours(72), &[], paris("2026-11-26 00:00"));
}

#[test]
fn a_pause_pushes_hours_by_its_working_time() {
    let over_lunch = [pause("2026-11-17 11:00", "2026-11-17 14:30")];
    runs("2026-11-17 09:00", Delay::OfficeHours(4), &over_lunch, paris("2026-11-17 16:30"));
    let over_the_weekend = [pause("2026-11-20 12:00", "2026-11-23 12:00")];
    runs("2026-11-20 10:00", Delay::WorkingDayHours(24), &over_the_weekend, paris("2026-11-24 10:00"));
    let at_night = [pause("2026-11-17 19:00", "2026-11-18 07:00")];
    runs("2026-11-17 16:30", Delay::OfficeHours(4), &at_night, paris("2026-11-18 11:00"));
}

#[test]
fn a_pause_pushes_days_by_each_working_day_it_touches_once() {
    let touches_two =
        [pause("2026-11-18 16:00", "2026-11-19 09:00"), pause("2026-11-19 14:00", "2026-11-19 15:00")];
    runs("2026-11-17 10:00", Delay::WorkingDays(3), &touches_two, last_second("2026-11-24"));
    let weekend = [pause("2026-11-21 00:00", "2026-11-23 00:00")];
    runs("2026-11-17 10:00", Delay::WorkingDays(5), &weekend, last_second("2026-11-24"));
}

#[test]
fn a_pause_before_the_start_or_after_the_end_changes_nothing() {
    let elsewhere =
        [pause("2026-11-10 08:00", "2026-11-16 18:00"), pause("2026-12-01 08:00", "2026-12-05 18:00")];
    runs("2026-11-17 09:00", Delay::OfficeHours(4), &elsewhere, paris("2026-11-17 14:30"));
    runs("2026-11-17 09:00", Delay::WorkingDays(5), &elsewhere, last_second("2026-11-24"));
}

#[test]
fn a_delay_is_never_breached_while_its_clock_is_stopped() {
    let calendar = WorkingCalendar::default();
    let (start, open) = (paris("2026-11-17 09:00"), [Pause { from: paris("2026-11-17 11:00"), to: None }]);
    for now in ["2026-11-17 11:00", "2026-11-18 08:00", "2026-11-25 15:00", "2027-01-04 09:00"].map(paris) {
        for delay in [Delay::OfficeHours(4), Delay::WorkingDays(1), Delay::WorkingDayHours(24)] {
            let deadline = calendar.deadline_as_of(now, start, delay, &open);
            assert_eq!(Status::of(deadline, None, now), Status::Due, "{} at {now}", delay.words());
        }
    }
}

#[test]
fn closures_count_as_worked_unless_the_region_suspends_delays() {
    let closure = Closure::new(day("2026-10-19"), day("2026-10-30"), "Congés d’automne").unwrap();
    let mut school = WorkingCalendar { closures: vec![closure], ..WorkingCalendar::default() };
    assert_eq!(school.end_of_working_day(day("2026-10-16"), 5), last_second("2026-10-23"));
    assert!(school.closure_on(day("2026-10-30")).is_some(), "the appointment screen warns all the same");

    school.closures_suspend = true;
    assert_eq!(school.end_of_working_day(day("2026-10-16"), 5), last_second("2026-11-06"));
    assert!(Closure::new(day("2026-10-30"), day("2026-10-19"), "").is_err());
}

#[test]
fn a_school_closed_for_ever_still_gets_an_answer() {
    let closure = Closure::new(day("2026-01-01"), NaiveDate::MAX, "Fermeture définitive").unwrap();
    let school =
        WorkingCalendar { closures: vec![closure], closures_suspend: true, ..WorkingCalendar::default() };
    for delay in [Delay::OfficeHours(1), Delay::WorkingDays(1), Delay::WorkingDayHours(u32::MAX)] {
        let deadline = school.deadline(paris("2026-11-17 09:00"), delay, &[]);
        assert!(deadline > paris("2126-01-01 00:00"), "{deadline}");
    }
}

#[test]
fn a_working_week_has_forty_office_hours_even_when_the_clock_changes() {
    let calendar = WorkingCalendar::default();
    let worked = |from, to| calendar.working_time_between(paris(from), paris(to)).num_minutes();
    assert_eq!(worked("2026-10-22 00:00", "2026-10-29 00:00"), 40 * 60);
    assert_eq!(worked("2026-11-09 00:00", "2026-11-16 00:00"), 32 * 60, "11 November");
    assert_eq!(worked("2026-11-17 11:30", "2026-11-17 13:45"), 45);
    assert_eq!(worked("2026-11-17 13:45", "2026-11-17 11:30"), 0);
}

#[test]
fn the_time_worked_leaves_out_nights_holidays_and_pauses() {
    let calendar = WorkingCalendar::default();
    let worked =
        |from, to, pauses: &[Pause]| calendar.worked_between(paris(from), paris(to), pauses).num_minutes();
    let weekend = ("2026-11-20 16:30", "2026-11-23 11:00");
    assert_eq!(worked(weekend.0, weekend.1, &[]), 4 * 60);
    let (eve, after) = ("2026-11-10 16:00", "2026-11-12 09:00");
    assert_eq!(worked(eve, after, &[]), 150, "11 November does not count");

    let in_the_evening = pause("2026-11-20 16:30", "2026-11-20 17:00");
    let overlapping = pause("2026-11-20 16:45", "2026-11-23 08:30");
    assert_eq!(worked(weekend.0, weekend.1, &[in_the_evening]), 3 * 60 + 30);
    assert_eq!(worked(weekend.0, weekend.1, &[overlapping, in_the_evening]), 2 * 60 + 30, "taken away once");

    let open = Pause { from: paris("2026-11-23 09:00"), to: None };
    assert_eq!(worked(weekend.0, weekend.1, &[open]), 2 * 60, "it runs to the end");
    let later = pause("2026-11-23 12:00", "2026-11-24 12:00");
    assert_eq!(worked(weekend.0, weekend.1, &[later]), 4 * 60);
    assert_eq!(worked(weekend.1, weekend.0, &[in_the_evening]), 0);
}
