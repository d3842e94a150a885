//! The hours a team is at work, and the days of the week it works. (CSU-06)

use chrono::{NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

/// A stretch of the day, on the wall clock of Paris.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Opening.
    pub from: NaiveTime,
    /// Closing, excluded.
    pub to: NaiveTime,
}

/// Opening hours, the same each worked day; always valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Draft")]
pub struct WorkingHours {
    days: Vec<Weekday>,
    spans: Vec<Span>,
}

/// Why opening hours are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// No day of the week.
    #[error("indiquez au moins un jour travaillé dans la semaine")]
    NoDay,
    /// No opening hours.
    #[error("indiquez au moins une plage d’ouverture")]
    NoSpan,
    /// A span closes before it opens.
    #[error("la plage qui commence à {0} doit finir plus tard qu’elle ne commence")]
    Reversed(NaiveTime),
    /// Two spans share some time, or are not in order.
    #[error("la plage qui commence à {0} chevauche la précédente ou n’est pas à sa place")]
    Overlap(NaiveTime),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    days: Vec<Weekday>,
    spans: Vec<Span>,
}

impl TryFrom<Draft> for WorkingHours {
    type Error = HoursError;

    fn try_from(draft: Draft) -> Result<Self, HoursError> {
        Self::new(draft.days, draft.spans)
    }
}

impl WorkingHours {
    /// Opening hours, checked.
    ///
    /// # Errors
    /// When nothing is worked, or spans are reversed, overlap or are out of order.
    pub fn new(days: Vec<Weekday>, spans: Vec<Span>) -> Result<Self, HoursError> {
        if days.is_empty() {
            return Err(HoursError::NoDay);
        }
        if spans.is_empty() {
            return Err(HoursError::NoSpan);
        }
        if let Some(span) = spans.iter().find(|span| span.to <= span.from) {
            return Err(HoursError::Reversed(span.from));
        }
        if let Some(pair) = spans.windows(2).find(|pair| pair[1].from < pair[0].to) {
            return Err(HoursError::Overlap(pair[1].from));
        }
        Ok(Self { days, spans })
    }

    /// Whether this day of the week is worked.
    #[must_use]
    pub fn works_on(&self, day: Weekday) -> bool {
        self.days.contains(&day)
    }

    /// The opening hours of a worked day, in order.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }
}

impl Default for WorkingHours {
    /// 08:00–12:00 and 13:30–17:30, Monday to Friday.
    fn default() -> Self {
        let minutes = |minutes: i64| NaiveTime::MIN + chrono::TimeDelta::minutes(minutes);
        let span = |from: i64, to: i64| Span { from: minutes(from), to: minutes(to) };
        Self {
            days: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri],
            spans: vec![span(8 * 60, 12 * 60), span(13 * 60 + 30, 17 * 60 + 30)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
    }

    #[test]
    fn office_hours_are_eight_hours_from_monday_to_friday() {
        let office = WorkingHours::default();
        assert_eq!(office.spans(), [span("08:00:00", "12:00:00"), span("13:30:00", "17:30:00")]);
        assert!(office.works_on(Weekday::Fri) && !office.works_on(Weekday::Sat));
        assert_eq!(WorkingHours::new(office.days.clone(), office.spans.clone()), Ok(office));
    }

    #[test]
    fn hours_that_make_no_sense_are_refused() {
        let hours = |spans| WorkingHours::new(vec![Weekday::Mon], spans);
        let (eight, ten) = ("08:00:00".parse().unwrap(), "10:00:00".parse().unwrap());
        assert_eq!(hours(vec![]), Err(HoursError::NoSpan));
        assert_eq!(hours(vec![span("08:00:00", "08:00:00")]), Err(HoursError::Reversed(eight)));
        let twice = vec![span("08:00:00", "12:00:00"), span("10:00:00", "13:00:00")];
        assert_eq!(hours(twice), Err(HoursError::Overlap(ten)));
        assert_eq!(WorkingHours::new(vec![], vec![]), Err(HoursError::NoDay));
    }

    #[test]
    fn hours_of_a_settings_file_are_checked_as_they_are_read() {
        let read = |to: &str| {
            let text = format!("days = [\"Mon\"]\nspans = [{{ from = \"08:00:00\", to = \"{to}\" }}]");
            toml::from_str::<WorkingHours>(&text)
        };
        assert!(read("12:00:00").is_ok());
        assert!(read("07:00:00").is_err());
    }
}
