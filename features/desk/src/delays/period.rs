//! The periods figures are published for: a month, a school year, the last twelve months. Pure.

use beffroi_calendar::paris_day;
use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// A month of the calendar, in Paris.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

const NAMES: [&str; 12] = [
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
const SEPTEMBER: i32 = 8;

impl Month {
    /// The month an instant falls in.
    #[must_use]
    pub fn of(instant: DateTime<Utc>) -> Self {
        Self::containing(paris_day(instant))
    }

    /// The month of a day.
    #[must_use]
    pub fn containing(day: NaiveDate) -> Self {
        Self(day.year() * 12 + day.month0().cast_signed())
    }

    /// That many months later; earlier when negative.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        let month = self.0.rem_euclid(12).cast_unsigned() + 1;
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), month, 1).unwrap_or_default()
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let next = self.plus(1).first_day();
        next.pred_opt().unwrap_or(next)
    }

    /// « octobre 2026 »
    #[must_use]
    pub fn label(self) -> String {
        format!("{} {}", self.name(), self.0.div_euclid(12))
    }

    /// « octobre »
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.get(usize::try_from(self.0.rem_euclid(12)).unwrap_or(0)).copied().unwrap_or_default()
    }

    /// Whether it is a January: charts write the year there.
    #[must_use]
    pub fn begins_year(self) -> bool {
        self.0.rem_euclid(12) == 0
    }

    /// The year in which the school year of this month begins.
    #[must_use]
    pub fn school_year(self) -> i32 {
        self.plus(-SEPTEMBER).0.div_euclid(12)
    }

    /// The months from this one to another, both included.
    pub fn to(self, last: Self) -> impl DoubleEndedIterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }
}

/// What figures are published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// The twelve months that end with this one, which is under way.
    Rolling(Month),
    /// From September of this year to August of the next.
    SchoolYear(i32),
    /// One month.
    Month(Month),
}

impl Period {
    /// Its first and last months.
    #[must_use]
    pub fn bounds(self) -> (Month, Month) {
        match self {
            Self::Rolling(last) => (last.plus(-11), last),
            Self::SchoolYear(year) => {
                let first = Month(year * 12 + SEPTEMBER);
                (first, first.plus(11))
            }
            Self::Month(month) => (month, month),
        }
    }

    /// Whether a month belongs to it.
    #[must_use]
    pub fn holds(self, month: Month) -> bool {
        let (first, last) = self.bounds();
        (first..=last).contains(&month)
    }

    /// Whether it is not over yet.
    #[must_use]
    pub fn is_under_way(self, today: Month) -> bool {
        self.holds(today)
    }

    /// Its kind, as stored.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Rolling(_) => "rolling",
            Self::SchoolYear(_) => "year",
            Self::Month(_) => "month",
        }
    }

    /// Its first day, as stored.
    #[must_use]
    pub fn start(self) -> NaiveDate {
        self.bounds().0.first_day()
    }

    /// The stored period of that kind and first day.
    #[must_use]
    pub fn stored(kind: &str, start: NaiveDate) -> Option<Self> {
        let first = Month::containing(start);
        match kind {
            "rolling" => Some(Self::Rolling(first.plus(11))),
            "year" => Some(Self::SchoolYear(first.school_year())),
            "month" => Some(Self::Month(first)),
            _ => None,
        }
    }

    /// Its name in addresses: `12-mois`, `2025-2026`, `2026-10`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::Rolling(_) => "12-mois".into(),
            Self::SchoolYear(year) => format!("{year}-{}", year + 1),
            Self::Month(month) => month.first_day().format("%Y-%m").to_string(),
        }
    }

    /// The period of that name, seen from the present month.
    #[must_use]
    pub fn of(slug: &str, today: Month) -> Option<Self> {
        if slug == "12-mois" {
            return Some(Self::Rolling(today));
        }
        let (year, rest) = slug.split_once('-')?;
        let year: i32 = year.parse().ok().filter(|year| (1990..3000).contains(year))?;
        let number: i32 = rest.parse().ok()?;
        match rest.len() {
            2 if (1..=12).contains(&number) => Some(Self::Month(Month(year * 12 + number - 1))),
            4 if number == year + 1 => Some(Self::SchoolYear(year)),
            _ => None,
        }
    }

    /// « les douze derniers mois », « année scolaire 2025-2026 », « octobre 2026 »
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Rolling(_) => "douze derniers mois".into(),
            Self::SchoolYear(year) => format!("année scolaire {year}-{}", year + 1),
            Self::Month(month) => month.label(),
        }
    }
}

/// Every period from the first month of the figures to the present one, the most useful first.
#[must_use]
pub fn choices(first: Option<Month>, today: Month) -> Vec<Period> {
    let first = first.unwrap_or(today);
    let years = first.school_year()..=today.school_year();
    let mut all = vec![Period::Rolling(today)];
    all.extend(years.rev().map(Period::SchoolYear));
    all.extend(first.to(today).rev().map(Period::Month));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::containing(format!("{text}-01").parse().unwrap())
    }

    #[test]
    fn a_month_is_that_of_paris() {
        let new_year_in_paris = "2026-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(Month::of(new_year_in_paris), month("2027-01"));
        assert_eq!(month("2027-02").last_day(), "2027-02-28".parse().unwrap());
        assert_eq!(month("2026-08").label(), "août 2026");
    }

    #[test]
    fn a_school_year_begins_in_september() {
        assert_eq!(month("2026-08").school_year(), 2025);
        assert_eq!(month("2026-09").school_year(), 2026);
        let (first, last) = Period::SchoolYear(2025).bounds();
        assert_eq!((first, last), (month("2025-09"), month("2026-08")));
    }

    #[test]
    fn a_period_is_found_again_by_its_name_and_by_what_is_stored() {
        let today = month("2026-11");
        for period in choices(Some(month("2025-06")), today) {
            assert_eq!(Period::of(&period.slug(), today), Some(period));
            assert_eq!(Period::stored(period.kind(), period.start()), Some(period));
        }
        for wrong in ["", "2026", "2026-13", "2026-00", "2026-2028", "12-moi", "26-10", "2026-1", "-1-02"] {
            assert_eq!(Period::of(wrong, today), None, "{wrong}");
        }
    }

    #[test]
    fn twelve_months_end_with_the_present_one() {
        let rolling = Period::Rolling(month("2026-11"));
        assert!(rolling.holds(month("2025-12")) && !rolling.holds(month("2025-11")));
        assert!(rolling.is_under_way(month("2026-11")));
        let labels: Vec<String> =
            choices(Some(month("2026-08")), month("2026-09")).into_iter().map(Period::label).collect();
        assert_eq!(
            labels,
            [
                "douze derniers mois",
                "année scolaire 2026-2027",
                "année scolaire 2025-2026",
                "septembre 2026",
                "août 2026"
            ]
        );
    }
}
