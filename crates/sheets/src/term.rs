//! How long an effect lasts, as sheets write it: « 30 days », « 2 weeks », « 6 months », « 1 year ».

use std::str::FromStr;

use chrono::{Days, Months, NaiveDate};

/// A length of time on the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// So many days.
    Days(u16),
    /// So many months; a year is twelve.
    Months(u16),
}

/// A text that is no length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("écrivez une durée comme « 30 days », « 6 months » ou « 1 year »")]
pub struct TermError;

impl FromStr for Term {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (count, unit) = text.split_once(' ').ok_or(TermError)?;
        let count: u16 = count.parse().map_err(|_| TermError)?;
        let times = |size: u16| count.checked_mul(size).filter(|n| *n > 0).ok_or(TermError);
        match unit {
            "day" | "days" => times(1).map(Self::Days),
            "week" | "weeks" => times(7).map(Self::Days),
            "month" | "months" => times(1).map(Self::Months),
            "year" | "years" => times(12).map(Self::Months),
            _ => Err(TermError),
        }
    }
}

impl Term {
    /// The last day of a term that begins on `day`; the last of the month where that day is missing.
    #[must_use]
    pub fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Days(days) => day.checked_add_days(Days::new(u64::from(days))),
            Self::Months(months) => day.checked_add_months(Months::new(u32::from(months))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_term_ends_on_its_anniversary() {
        let end = |term: &str, from| term.parse::<Term>().unwrap().after(day(from)).unwrap();
        assert_eq!(end("1 year", "2026-10-05"), day("2027-10-05"));
        assert_eq!(end("1 year", "2028-02-29"), day("2029-02-28"));
        assert_eq!(end("6 months", "2026-08-31"), day("2027-02-28"));
        assert_eq!(end("2 weeks", "2026-12-24"), day("2027-01-07"));
        assert_eq!(end("1 day", "2026-12-31"), day("2027-01-01"));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in ["longtemps", "0 days", "1an", "-1 year", "1 century", "60000 years", ""] {
            assert_eq!(text.parse::<Term>(), Err(TermError), "{text}");
        }
    }
}
