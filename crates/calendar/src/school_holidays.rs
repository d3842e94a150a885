//! The school holidays by zone, read from a data file kept beside the code.
//!
//! They are working days: this table only warns people who choose a date (EQP-22 and open question 3).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

const OFFICIAL: &str = include_str!("../data/school-holidays.toml");

/// A zone of the national school calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SchoolZone {
    /// Besançon, Bordeaux, Clermont-Ferrand, Dijon, Grenoble, Limoges, Lyon, Poitiers.
    A,
    /// Lille, Amiens and ten other academies.
    B,
    /// Créteil, Montpellier, Paris, Toulouse, Versailles.
    C,
}

impl SchoolZone {
    /// The zone of an academy of the Region, by its slug; None for an academy of elsewhere.
    #[must_use]
    pub fn of_academy(slug: &str) -> Option<Self> {
        matches!(slug, "lille" | "amiens").then_some(Self::B)
    }
}

/// Days without class, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolHoliday {
    /// Its French name.
    pub name: String,
    /// The zones concerned.
    pub zones: Vec<SchoolZone>,
    /// The first day without class.
    pub from: NaiveDate,
    /// The last day without class.
    pub to: NaiveDate,
}

/// A school year as its order publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SchoolYear {
    /// "2026-2027".
    pub name: String,
    /// The text these dates come from.
    pub source: String,
    /// The first day known.
    pub from: NaiveDate,
    /// The last day known.
    pub to: NaiveDate,
    /// Its holidays.
    #[serde(rename = "holiday")]
    pub holidays: Vec<SchoolHoliday>,
}

/// The school years that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchoolHolidays {
    years: Vec<SchoolYear>,
}

/// Why a table of school holidays is refused.
#[derive(Debug, thiserror::Error)]
pub enum SchoolHolidaysError {
    /// Not the shape of a table of school holidays.
    #[error("le fichier des vacances scolaires ne se lit pas : {0}")]
    Unreadable(#[from] toml::de::Error),
    /// A year ends before it begins.
    #[error("l’année scolaire {0} finit avant de commencer")]
    YearReversed(String),
    /// Holidays end before they begin, or lie outside their year.
    #[error("année {year} : « {holiday} » a des dates impossibles")]
    HolidayMisplaced {
        /// The school year.
        year: String,
        /// The holidays.
        holiday: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "year")]
    years: Vec<SchoolYear>,
}

impl SchoolHolidays {
    /// The table shipped with this version.
    ///
    /// # Errors
    /// Never in a version that passed its tests.
    pub fn official() -> Result<Self, SchoolHolidaysError> {
        Self::parse(OFFICIAL)
    }

    /// Reads a table, for a Region that receives the dates before the next version.
    ///
    /// # Errors
    /// When the text is not such a table, or its dates contradict one another.
    pub fn parse(text: &str) -> Result<Self, SchoolHolidaysError> {
        let table: Table = toml::from_str(text)?;
        for year in &table.years {
            if year.to < year.from {
                return Err(SchoolHolidaysError::YearReversed(year.name.clone()));
            }
            let misplaced = |h: &&SchoolHoliday| h.to < h.from || h.from < year.from || year.to < h.to;
            if let Some(holiday) = year.holidays.iter().find(misplaced) {
                let (year, holiday) = (year.name.clone(), holiday.name.clone());
                return Err(SchoolHolidaysError::HolidayMisplaced { year, holiday });
            }
        }
        Ok(Self { years: table.years })
    }

    /// The years known, to show their source.
    #[must_use]
    pub fn years(&self) -> &[SchoolYear] {
        &self.years
    }

    /// Whether the table reaches this day. If not, silence about it means nothing.
    #[must_use]
    pub fn covers(&self, date: NaiveDate) -> bool {
        self.years.iter().any(|year| year.from <= date && date <= year.to)
    }

    /// The holidays a zone has on this day, if any.
    #[must_use]
    pub fn holiday_on(&self, date: NaiveDate, zone: SchoolZone) -> Option<&SchoolHoliday> {
        let here = |h: &&SchoolHoliday| h.zones.contains(&zone) && h.from <= date && date <= h.to;
        self.years.iter().flat_map(|year| &year.holidays).find(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Weekday};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_shipped_reads_and_says_where_it_stops() {
        let table = SchoolHolidays::official().unwrap();
        assert!(table.covers(day("2025-09-01")) && table.covers(day("2027-08-31")));
        assert!(!table.covers(day("2025-08-31")) && !table.covers(day("2027-09-01")));
        assert!(table.years().iter().all(|year| !year.source.is_empty()));
    }

    #[test]
    fn each_zone_has_its_own_winter() {
        let table = SchoolHolidays::official().unwrap();
        let away = |date, zone| table.holiday_on(day(date), zone).is_some();
        assert!(away("2027-02-10", SchoolZone::C) && !away("2027-02-10", SchoolZone::B));
        assert!(away("2027-03-05", SchoolZone::B) && !away("2027-03-05", SchoolZone::A));
        assert!(!away("2026-11-02", SchoolZone::B), "classes start again on Monday 2 November");
    }

    #[test]
    fn every_zone_has_its_six_holidays_a_year_beginning_on_a_saturday_but_the_bridge() {
        for year in SchoolHolidays::official().unwrap().years() {
            for zone in [SchoolZone::A, SchoolZone::B, SchoolZone::C] {
                let own: Vec<_> = year.holidays.iter().filter(|h| h.zones.contains(&zone)).collect();
                assert_eq!(own.len(), 6, "{} {zone:?}", year.name);
                let (bridge, long): (Vec<&SchoolHoliday>, Vec<_>) =
                    own.into_iter().partition(|h| h.name.starts_with("Pont"));
                assert!(bridge.iter().all(|h| h.from.weekday() == Weekday::Fri), "{}", year.name);
                assert!(long.iter().all(|h| h.from.weekday() == Weekday::Sat), "{}", year.name);
                let short = long.iter().filter(|h| !h.name.ends_with("été"));
                assert!(
                    short.into_iter().all(|h| (h.to - h.from).num_days() == 15),
                    "two weeks and a weekend"
                );
            }
        }
    }

    #[test]
    fn both_academies_of_the_region_are_in_zone_b() {
        assert_eq!(SchoolZone::of_academy("lille"), Some(SchoolZone::B));
        assert_eq!(SchoolZone::of_academy("amiens"), Some(SchoolZone::B));
        assert_eq!(SchoolZone::of_academy("paris"), None);
    }

    #[test]
    fn holidays_outside_their_year_are_refused() {
        let text = OFFICIAL.replace("2025-10-18", "2024-10-18");
        let refusal = SchoolHolidays::parse(&text).unwrap_err();
        assert!(matches!(refusal, SchoolHolidaysError::HolidayMisplaced { .. }), "{refusal}");
    }
}
