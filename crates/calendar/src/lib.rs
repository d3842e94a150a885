//! Working time: public holidays, school zones, closures, delays and their deadlines.
//! (CSU-06, POSTE-07, EQP-22, EQP-25, IDT-08)
//!
//! Everything here is pure: an instant comes in, an instant goes out. Instants are UTC; days and hours of
//! work are those of Europe/Paris, whatever the season.

mod delay;
mod hours;
mod paris;
mod public_holidays;
mod school_holidays;
mod status;
mod stretch;
mod working;

pub use delay::{CalendarHours, Delay};
pub use hours::{HoursError, Span, WorkingHours};
pub use paris::{PARIS, end_of_day, paris_day};
pub use public_holidays::{PublicHoliday, easter, is_public_holiday, public_holiday_on, public_holidays};
pub use school_holidays::{SchoolHoliday, SchoolHolidays, SchoolHolidaysError, SchoolYear, SchoolZone};
pub use status::Status;
pub use stretch::Pause;
pub use working::{Closure, ClosureError, WorkingCalendar};
