//! The delays the catalogue promises, and how they are said. (EQP-22, EQP-25, IDT-08, T1)
//!
//! Three ways of counting working time, which a sheet must choose between; the calendar hours of the GDPR
//! are another type, so that the two can never be mistaken for each other.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A delay in working time. In a sheet: `{ working_days = 5 }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delay {
    /// Hours while offices are open.
    OfficeHours(u32),
    /// Whole working days: the first day is excluded, the last runs to 23:59:59.
    WorkingDays(u32),
    /// Hours of working days, which have twenty-four each.
    WorkingDayHours(u32),
}

impl Delay {
    /// The delay in French words, with its unit always said.
    #[must_use]
    pub fn words(&self) -> String {
        match *self {
            Self::OfficeHours(hours) => {
                format!("{} {}", hours, plural(hours, "heure ouvrée", "heures ouvrées"))
            }
            Self::WorkingDays(days) => working_days(days),
            Self::WorkingDayHours(hours) => {
                let counted = plural(hours, "heure comptée", "heures comptées");
                format!("{hours} {counted} sur les jours ouvrés{}", in_days(hours))
            }
        }
    }
}

/// A delay in hours of the clock, day and night, every day of the year: the 72 hours of the GDPR (art. 33).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CalendarHours(pub u32);

impl CalendarHours {
    /// The time the controller has to notify a personal data breach (GDPR, art. 33, 1).
    pub const BREACH_NOTIFICATION: Self = Self(72);

    /// The delay in French words.
    #[must_use]
    pub fn words(&self) -> String {
        let hours = plural(self.0, "heure", "heures");
        format!("{} {hours}, nuits, week-ends et jours fériés compris", self.0)
    }

    /// That many hours later; nothing suspends it.
    #[must_use]
    pub fn deadline(&self, start: DateTime<Utc>) -> DateTime<Utc> {
        start.checked_add_signed(TimeDelta::hours(i64::from(self.0))).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

fn working_days(days: u32) -> String {
    format!("{} {}", days, plural(days, "jour ouvré", "jours ouvrés"))
}

fn in_days(hours: u32) -> String {
    match (hours / 24, hours % 24) {
        (0, _) => String::new(),
        (days, 0) => format!(" ({})", working_days(days)),
        (days, rest) => format!(" ({} et {rest} {})", working_days(days), plural(rest, "heure", "heures")),
    }
}

/// French says zero and one in the singular.
fn plural(count: u32, one: &'static str, many: &'static str) -> &'static str {
    if count < 2 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sheet {
        solution: Delay,
    }

    #[test]
    fn a_sheet_writes_its_delay_with_its_unit() {
        let read = |text: &str| toml::from_str::<Sheet>(text).map(|sheet| sheet.solution).ok();
        assert_eq!(read("solution = { office_hours = 4 }"), Some(Delay::OfficeHours(4)));
        assert_eq!(read("solution = { working_days = 5 }"), Some(Delay::WorkingDays(5)));
        assert_eq!(read("solution = { working_day_hours = 72 }"), Some(Delay::WorkingDayHours(72)));
    }

    #[test]
    fn a_delay_without_unit_with_two_or_with_another_is_refused() {
        for text in ["5", "{ days = 5 }", "{ working_days = -1 }", "{ working_days = 1, office_hours = 2 }"] {
            assert!(toml::from_str::<Sheet>(&format!("solution = {text}")).is_err(), "{text}");
        }
    }

    #[test]
    fn a_delay_written_is_read_back() {
        let sheet = Sheet { solution: Delay::WorkingDayHours(72) };
        assert_eq!(toml::from_str::<Sheet>(&toml::to_string(&sheet).unwrap()).unwrap(), sheet);
    }

    #[test]
    fn the_words_always_say_what_is_counted() {
        let said = |delay: Delay| delay.words();
        assert_eq!(said(Delay::OfficeHours(4)), "4 heures ouvrées");
        assert_eq!(said(Delay::OfficeHours(1)), "1 heure ouvrée");
        assert_eq!(said(Delay::WorkingDays(5)), "5 jours ouvrés");
        assert_eq!(said(Delay::WorkingDays(1)), "1 jour ouvré");
        let on_working_days = "72 heures comptées sur les jours ouvrés (3 jours ouvrés)";
        assert_eq!(said(Delay::WorkingDayHours(72)), on_working_days);
        let with_a_rest = "36 heures comptées sur les jours ouvrés (1 jour ouvré et 12 heures)";
        assert_eq!(said(Delay::WorkingDayHours(36)), with_a_rest);
        assert_eq!(said(Delay::WorkingDayHours(8)), "8 heures comptées sur les jours ouvrés");
        let gdpr = "72 heures, nuits, week-ends et jours fériés compris";
        assert_eq!(CalendarHours::BREACH_NOTIFICATION.words(), gdpr);
    }

    #[test]
    fn the_hours_of_the_gdpr_run_through_the_weekend() {
        let friday: DateTime<Utc> = "2026-10-23T15:00:00Z".parse().unwrap();
        let monday: DateTime<Utc> = "2026-10-26T15:00:00Z".parse().unwrap();
        assert_eq!(CalendarHours::BREACH_NOTIFICATION.deadline(friday), monday);
    }
}
