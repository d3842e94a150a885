//! The eleven public holidays of metropolitan France (code du travail, art. L3133-1), by computus.
//!
//! Alsace-Moselle has two more; no school of this Region is there. Pentecost Monday stays a public holiday
//! even where the day of solidarity is worked on it.

use chrono::{Datelike, NaiveDate, TimeDelta};

/// Month, day, name.
const FIXED: [(u32, u32, &str); 8] = [
    (1, 1, "Jour de l’An"),
    (5, 1, "Fête du Travail"),
    (5, 8, "Victoire de 1945"),
    (7, 14, "Fête nationale"),
    (8, 15, "Assomption"),
    (11, 1, "Toussaint"),
    (11, 11, "Armistice de 1918"),
    (12, 25, "Noël"),
];

/// Days after Easter Sunday, name.
const MOVABLE: [(i64, &str); 3] = [(1, "Lundi de Pâques"), (39, "Ascension"), (50, "Lundi de Pentecôte")];

/// A day the law makes a public holiday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicHoliday {
    /// The day.
    pub date: NaiveDate,
    /// Its name, in French.
    pub name: &'static str,
}

/// Easter Sunday of a year of the Gregorian calendar (anonymous algorithm, Nature, 1876).
/// None only when the year is beyond what a date can hold.
#[must_use]
pub fn easter(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let (century, in_century) = (year.div_euclid(100), year.rem_euclid(100));
    let lunar_drift = (century + 8).div_euclid(25);
    let moon = (century - lunar_drift + 1).div_euclid(3);
    let epact = (19 * golden + century - century.div_euclid(4) - moon + 15).rem_euclid(30);
    let to_sunday =
        (32 + 2 * century.rem_euclid(4) + 2 * (in_century / 4) - epact - in_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let march_days = epact + to_sunday - 7 * late + 21;
    NaiveDate::from_ymd_opt(year, 3, 1)?.checked_add_signed(TimeDelta::days(i64::from(march_days)))
}

/// The public holidays of a year, in order. Two may share a day (1 May 2008 was also Ascension).
#[must_use]
pub fn public_holidays(year: i32) -> Vec<PublicHoliday> {
    let fixed = FIXED.iter().filter_map(|&(month, day, name)| {
        NaiveDate::from_ymd_opt(year, month, day).map(|date| PublicHoliday { date, name })
    });
    let movable = easter(year).into_iter().flat_map(|sunday| {
        MOVABLE.iter().filter_map(move |&(days, name)| {
            sunday.checked_add_signed(TimeDelta::days(days)).map(|date| PublicHoliday { date, name })
        })
    });
    let mut all: Vec<_> = fixed.chain(movable).collect();
    all.sort();
    all
}

/// The public holiday that falls on this day, if any.
#[must_use]
pub fn public_holiday_on(date: NaiveDate) -> Option<PublicHoliday> {
    let after_easter = easter(date.year()).map(|sunday| (date - sunday).num_days());
    let fixed = FIXED.iter().find(|(month, day, _)| (*month, *day) == (date.month(), date.day()));
    let movable = || MOVABLE.iter().find(|(days, _)| Some(*days) == after_easter);
    let name = fixed.map(|(_, _, name)| *name).or_else(|| movable().map(|(_, name)| *name))?;
    Some(PublicHoliday { date, name })
}

/// Whether this day is a public holiday.
#[must_use]
pub fn is_public_holiday(date: NaiveDate) -> bool {
    public_holiday_on(date).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Weekday;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_on_its_known_dates() {
        for known in ["1818-03-22", "1943-04-25", "2000-04-23", "2008-03-23", "2026-04-05", "2038-04-25"] {
            assert_eq!(easter(day(known).year()), Some(day(known)));
        }
    }

    #[test]
    fn the_year_2026_has_its_eleven_holidays_in_order() {
        let dates: Vec<_> = public_holidays(2026).iter().map(|holiday| holiday.date.to_string()).collect();
        assert_eq!(
            dates,
            [
                "2026-01-01",
                "2026-04-06",
                "2026-05-01",
                "2026-05-08",
                "2026-05-14",
                "2026-05-25",
                "2026-07-14",
                "2026-08-15",
                "2026-11-01",
                "2026-11-11",
                "2026-12-25",
            ]
        );
    }

    #[test]
    fn good_friday_and_the_day_after_christmas_are_worked() {
        assert!(!is_public_holiday(day("2026-04-03")));
        assert!(!is_public_holiday(day("2026-12-26")));
    }

    proptest! {
        #[test]
        fn easter_is_a_sunday_from_22_march_to_25_april(year in 1583..9999) {
            let sunday = easter(year).unwrap();
            prop_assert_eq!(sunday.weekday(), Weekday::Sun);
            prop_assert!(((3, 22)..=(4, 25)).contains(&(sunday.month(), sunday.day())));
        }

        #[test]
        fn the_list_of_a_year_and_the_question_about_a_day_agree(year in 1900..2200) {
            let listed: Vec<_> = public_holidays(year).into_iter().map(|holiday| holiday.date).collect();
            prop_assert_eq!(listed.len(), 11);
            for date in day(&format!("{year}-01-01")).iter_days().take_while(|date| date.year() == year) {
                prop_assert_eq!(is_public_holiday(date), listed.contains(&date), "{}", date);
            }
        }
    }
}
