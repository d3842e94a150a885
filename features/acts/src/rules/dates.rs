//! The calendar of reviews. (SRV-18 to SRV-20)

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use chrono_tz::Europe::Paris;

use crate::kinds::rule;
use crate::model::{ActKind, Cause};

/// A review is open so long before it is due: time for a head to read every act of the school.
pub(crate) const REVIEW_OPENS: Days = Days::new(30);

/// The anniversary, in `year`, of what was granted on a day; on 28 February for a 29 February in a
/// common year.
///
/// ```
/// use chrono::NaiveDate;
/// let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
/// assert_eq!(beffroi_acts::anniversary(day(2028, 2, 29), 2029), day(2029, 2, 28));
/// assert_eq!(beffroi_acts::anniversary(day(2028, 2, 29), 2032), day(2032, 2, 29));
/// ```
#[must_use]
pub fn anniversary(granted_on: NaiveDate, year: i32) -> NaiveDate {
    // Every other day of the calendar exists each year.
    granted_on.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28)).unwrap_or(granted_on)
}

/// The first anniversary after `today`.
pub(crate) fn next_anniversary(granted_on: NaiveDate, today: NaiveDate) -> NaiveDate {
    let this_year = anniversary(granted_on, today.year());
    if this_year > today && this_year > granted_on {
        this_year
    } else {
        anniversary(granted_on, today.year() + 1)
    }
}

/// The day it is in Paris.
pub(crate) fn paris_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Paris).date_naive()
}

/// `01/09/2026`, in Paris.
pub(crate) fn short(at: DateTime<Utc>) -> String {
    paris_day(at).format("%d/%m/%Y").to_string()
}

/// Whether an act of this kind is reviewed for this cause, as its rule says. (T3)
pub(crate) fn reviewed(kind: ActKind, cause: Cause) -> bool {
    rule(kind).reviews.contains(&cause)
}
