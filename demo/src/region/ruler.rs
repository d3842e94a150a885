//! Working time read off a ruler: what the calendar computes day by day, laid out once over the
//! years of the Region, so that half a million requests cost no more than additions. It must say
//! what [`WorkingCalendar`] says: the tests compare them.

use beffroi_calendar::{Delay, WorkingCalendar, end_of_day};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

/// A working calendar without closures, in seconds, from a first to a last day.
pub(crate) struct Ruler {
    first: NaiveDate,
    /// Midnight in Paris as each day begins.
    midnight: Vec<i64>,
    /// Seconds worked before each day.
    before: Vec<i64>,
    worked: Vec<bool>,
    /// Opening hours, in seconds of the day.
    spans: Vec<(i64, i64)>,
}

impl Ruler {
    /// The ruler of `calendar` from `first`, over so many days.
    pub(crate) fn new(calendar: &WorkingCalendar, first: NaiveDate, days: usize) -> Self {
        let seconds = |time: chrono::NaiveTime| i64::from(time.num_seconds_from_midnight());
        let spans: Vec<_> =
            calendar.hours.spans().iter().map(|span| (seconds(span.from), seconds(span.to))).collect();
        let in_a_day: i64 = spans.iter().map(|(from, to)| to - from).sum();
        let (mut midnight, mut before, mut worked, mut total) = (vec![], vec![], vec![], 0);
        let eve = first.pred_opt().unwrap_or(first);
        for (eve, day) in eve.iter_days().zip(first.iter_days()).take(days) {
            midnight.push((end_of_day(eve) + TimeDelta::seconds(1)).timestamp());
            before.push(total);
            worked.push(calendar.is_working_day(day));
            total += if calendar.is_working_day(day) { in_a_day } else { 0 };
        }
        Self { first, midnight, before, worked, spans }
    }

    /// The day of an instant, counted from the first.
    fn index(&self, at: i64) -> usize {
        self.midnight.partition_point(|midnight| *midnight <= at).saturating_sub(1)
    }

    /// The Paris day of an instant.
    pub(crate) fn day(&self, at: i64) -> NaiveDate {
        let days = u64::try_from(self.index(at)).unwrap_or(0);
        self.first.checked_add_days(chrono::Days::new(days)).unwrap_or(self.first)
    }

    /// Midnight in Paris as this day begins.
    pub(crate) fn midnight(&self, day: NaiveDate) -> i64 {
        let index = usize::try_from((day - self.first).num_days()).unwrap_or(0);
        self.midnight.get(index).copied().unwrap_or(0)
    }

    fn worked_before(&self, at: i64) -> i64 {
        let day = self.index(at);
        let elapsed = at - self.midnight[day];
        let within = |(from, to): &(i64, i64)| elapsed.clamp(*from, *to) - from;
        let today = if self.worked[day] { self.spans.iter().map(within).sum() } else { 0 };
        self.before[day] + today
    }

    /// Seconds worked between two instants.
    pub(crate) fn between(&self, from: i64, to: i64) -> i64 {
        (self.worked_before(to) - self.worked_before(from)).max(0)
    }

    /// The first instant at which so many seconds have been worked.
    pub(crate) fn after(&self, start: i64, seconds: i64) -> i64 {
        if seconds <= 0 {
            return start;
        }
        let target = self.worked_before(start) + seconds;
        let day = self.before.partition_point(|before| *before < target).saturating_sub(1);
        let mut left = target - self.before[day];
        for (from, to) in &self.spans {
            if left <= to - from {
                return self.midnight[day] + from + left;
            }
            left -= to - from;
        }
        self.midnight[day] + 86_400
    }

    /// The deadline of a delay without pause.
    pub(crate) fn deadline(&self, calendar: &WorkingCalendar, start: i64, delay: Delay) -> DateTime<Utc> {
        match delay {
            Delay::OfficeHours(hours) if hours > 0 => instant(self.after(start, i64::from(hours) * 3600)),
            Delay::WorkingDays(days) if days > 0 => {
                let later = (self.index(start) + 1..self.worked.len()).filter(|day| self.worked[*day]);
                let last = later.take(days as usize).last().unwrap_or_default();
                let next = self.midnight.get(last + 1).copied().unwrap_or_default();
                instant(next - 1)
            }
            other => calendar.deadline(instant(start), other, &[]),
        }
    }

    /// Year of the Paris day.
    pub(crate) fn year(&self, at: i64) -> i32 {
        self.day(at).year()
    }
}

/// An instant from seconds.
pub(crate) fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ruler_says_what_the_calendar_says() {
        let calendar = WorkingCalendar::default();
        let first = NaiveDate::from_ymd_opt(2025, 9, 1).unwrap();
        let ruler = Ruler::new(&calendar, first, 500);
        let start = ruler.midnight(first);
        let delays = [
            Delay::OfficeHours(1),
            Delay::OfficeHours(4),
            Delay::OfficeHours(8),
            Delay::WorkingDays(1),
            Delay::WorkingDays(20),
            Delay::WorkingDayHours(72),
        ];
        for step in 0..400i64 {
            let (from, to) = (start + step * 70_001, start + step * 70_001 + step * 2_999);
            assert_eq!(ruler.day(from), beffroi_calendar::paris_day(instant(from)));
            let real = calendar.working_time_between(instant(from), instant(to));
            assert_eq!(ruler.between(from, to), real.num_seconds(), "{step}");
            for delay in delays {
                let real = calendar.deadline(instant(from), delay, &[]);
                assert_eq!(ruler.deadline(&calendar, from, delay), real, "{step} {delay:?}");
            }
        }
    }
}
