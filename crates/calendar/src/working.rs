//! A working calendar: which days and hours count, and the deadline a delay gives. (CSU-06, EQP-22, IDT-08)
//!
//! School holidays are working days. The closures a school declares are too, unless the Region decided that
//! they suspend delays (`closures_suspend`).

use crate::delay::Delay;
use crate::hours::WorkingHours;
use crate::paris::{closing, end_of_day, opening, paris_day, start_of_day};
use crate::public_holidays::is_public_holiday;
use crate::stretch::{Pause, Stretch, ended};
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// No deadline is looked for beyond a century: a calendar closed for ever must still answer.
const HORIZON_DAYS: u32 = 36_525;

/// Days a school declares it is closed, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// The first day closed.
    pub from: NaiveDate,
    /// The last day closed.
    pub to: NaiveDate,
    /// Why, as the school says it.
    pub reason: String,
}

/// Why a closure is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClosureError {
    /// It ends before it begins.
    #[error("la fermeture doit finir le jour où elle commence, ou plus tard")]
    Reversed,
}

impl Closure {
    /// A closure, checked.
    ///
    /// # Errors
    /// When it ends before it begins.
    pub fn new(from: NaiveDate, to: NaiveDate, reason: impl Into<String>) -> Result<Self, ClosureError> {
        if to < from {
            return Err(ClosureError::Reversed);
        }
        Ok(Self { from, to, reason: reason.into() })
    }

    /// Whether the school is closed on this day.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.from <= date && date <= self.to
    }
}

/// The days and hours that count, for a school. The default is office hours and no closure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkingCalendar {
    /// The closures declared.
    pub closures: Vec<Closure>,
    /// Whether a day of closure stops delays: the Region's decision.
    pub closures_suspend: bool,
    /// Opening hours.
    pub hours: WorkingHours,
}

/// What an hour of a delay is made of.
#[derive(Clone, Copy)]
enum Counted {
    OfficeHours,
    WholeDays,
}

impl WorkingCalendar {
    /// Whether this day counts.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        let suspended = self.closures_suspend && self.closure_on(date).is_some();
        self.hours.works_on(date.weekday()) && !is_public_holiday(date) && !suspended
    }

    /// The closure on this day, whether or not it suspends delays: to warn who chooses a date.
    #[must_use]
    pub fn closure_on(&self, date: NaiveDate) -> Option<&Closure> {
        self.closures.iter().find(|closure| closure.contains(date))
    }

    /// The first working day after this one.
    #[must_use]
    pub fn next_working_day(&self, date: NaiveDate) -> NaiveDate {
        self.nth_day(date, 1, |_| true)
    }

    /// 23:59:59 in Paris of the nth working day after the start, which is excluded. With none: of the start.
    #[must_use]
    pub fn end_of_working_day(&self, start: NaiveDate, n: u32) -> DateTime<Utc> {
        end_of_day(self.nth_day(start, n, |_| true))
    }

    /// The instant a delay ends, given the pauses that are over.
    ///
    /// Hours are pushed by the working time of the pauses; days by the working days they touch. A pause
    /// still open pushes nothing yet: [`Self::deadline_as_of`] takes it into account.
    #[must_use]
    pub fn deadline(&self, start: DateTime<Utc>, delay: Delay, pauses: &[Pause]) -> DateTime<Utc> {
        let pauses = ended(pauses);
        match delay {
            Delay::OfficeHours(hours) => self.after(start, hours, Counted::OfficeHours, &pauses),
            Delay::WorkingDayHours(hours) => self.after(start, hours, Counted::WholeDays, &pauses),
            Delay::WorkingDays(days) => {
                let free = |day| !pauses.iter().any(|pause| pause.meets(whole(day)));
                end_of_day(self.nth_day(paris_day(start), days, free))
            }
        }
    }

    /// The instant a delay ends as known now: a pause still open is counted up to now.
    #[must_use]
    pub fn deadline_as_of(
        &self,
        now: DateTime<Utc>,
        start: DateTime<Utc>,
        delay: Delay,
        pauses: &[Pause],
    ) -> DateTime<Utc> {
        let pauses: Vec<_> = pauses.iter().map(|pause| pause.as_of(now)).collect();
        self.deadline(start, delay, &pauses)
    }

    /// The time offices were open between two instants; none when the second comes first.
    #[must_use]
    pub fn working_time_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> TimeDelta {
        self.worked_between(from, to, &[])
    }

    /// The same, without the time of the pauses; one still open runs to the end.
    #[must_use]
    pub fn worked_between(&self, from: DateTime<Utc>, to: DateTime<Utc>, pauses: &[Pause]) -> TimeDelta {
        let pauses = ended(&pauses.iter().map(|pause| pause.as_of(to)).collect::<Vec<_>>());
        let window = Stretch { from, to };
        let last = paris_day(to);
        paris_day(from)
            .iter_days()
            .take_while(|day| *day <= last)
            .flat_map(|day| self.stretches(day, Counted::OfficeHours))
            .filter_map(|stretch| stretch.within(window))
            .flat_map(|stretch| stretch.without(&pauses))
            .fold(TimeDelta::zero(), |total, stretch| total + stretch.length())
    }

    /// The instant at which that many hundredths of the time of work between the two have passed,
    /// pauses left out; the end itself when nothing in between counts.
    #[must_use]
    pub fn share_of(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        hundredths: u8,
        pauses: &[Pause],
    ) -> DateTime<Utc> {
        let (pauses, window, last) = (ended(pauses), Stretch { from, to }, paris_day(to));
        let worked: Vec<Stretch> = paris_day(from)
            .iter_days()
            .take_while(|day| *day <= last)
            .flat_map(|day| self.stretches(day, Counted::OfficeHours))
            .filter_map(|stretch| stretch.within(window))
            .flat_map(|stretch| stretch.without(&pauses))
            .collect();
        let total = worked.iter().fold(TimeDelta::zero(), |total, stretch| total + stretch.length());
        let mut left = total * i32::from(hundredths.min(100)) / 100;
        for stretch in worked {
            if left < stretch.length() {
                return stretch.from + left;
            }
            left -= stretch.length();
        }
        to
    }

    /// The nth day after the start that is worked and satisfies `counts`; the start itself with none.
    fn nth_day(&self, start: NaiveDate, n: u32, counts: impl Fn(NaiveDate) -> bool) -> NaiveDate {
        let Some(before) = n.checked_sub(1) else {
            return start;
        };
        days_from(start)
            .skip(1)
            .filter(|day| self.is_working_day(*day) && counts(*day))
            .nth(usize::try_from(before).unwrap_or(usize::MAX))
            .unwrap_or_else(|| horizon(start))
    }

    /// The first instant at which that many hours have counted.
    fn after(&self, start: DateTime<Utc>, hours: u32, counted: Counted, pauses: &[Stretch]) -> DateTime<Utc> {
        let first = paris_day(start);
        let window = Stretch { from: start, to: end_of_day(horizon(first)) };
        let mut left = TimeDelta::hours(i64::from(hours));

        let worked = days_from(first)
            .flat_map(|day| self.stretches(day, counted))
            .filter_map(|stretch| stretch.within(window))
            .flat_map(|stretch| stretch.without(pauses));
        for stretch in worked {
            if left <= stretch.length() {
                return stretch.from + left;
            }
            left -= stretch.length();
        }
        window.to
    }

    /// What counts in a day, in order.
    fn stretches(&self, day: NaiveDate, counted: Counted) -> Vec<Stretch> {
        if !self.is_working_day(day) {
            return Vec::new();
        }
        match counted {
            Counted::WholeDays => vec![whole(day)],
            Counted::OfficeHours => {
                let spans = self.hours.spans().iter();
                let on =
                    |from, to| Stretch { from: opening(day.and_time(from)), to: closing(day.and_time(to)) };
                spans.map(|span| on(span.from, span.to)).collect()
            }
        }
    }
}

/// A day, from midnight to midnight in Paris.
fn whole(day: NaiveDate) -> Stretch {
    Stretch { from: start_of_day(day), to: end_of_day(day) + TimeDelta::seconds(1) }
}

fn days_from(start: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let last = horizon(start);
    start.iter_days().take_while(move |day| *day <= last)
}

fn horizon(start: NaiveDate) -> NaiveDate {
    start.checked_add_days(Days::new(u64::from(HORIZON_DAYS))).unwrap_or(start)
}
