//! What the requests of a school depend on: where it is attached, its working time, its settings.

use beffroi_calendar::WorkingCalendar;
use beffroi_db::{Db, DbError};
use beffroi_kernel::SchoolId;
use beffroi_sheets::Place;

use crate::rules::paris_day;
use crate::store::standing::{self as store, Part};

/// What the requests of a school depend on.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Where routing finds it.
    pub place: Place,
    /// Its working time.
    pub calendar: WorkingCalendar,
    settings: Vec<(String, String)>,
}

impl Standing {
    /// A setting of the school, when it chose one.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Where a school is attached, its working calendar and its settings; kept for seconds.
///
/// # Errors
/// When the database does not answer.
pub async fn standing(db: &Db, id: SchoolId) -> Result<Standing, DbError> {
    let nouns = ["school", "team", "organisation"];
    let standing = db.recent(format!("standing {id}"), &nouns, async || read(db, id).await).await?;
    Ok(standing.as_ref().clone())
}

async fn read(db: &Db, id: SchoolId) -> Result<Standing, DbError> {
    let today = paris_day(db.now());
    let (mut place, mut contracts) = (None, Vec::new());
    let (mut calendar, mut settings) = (WorkingCalendar::default(), Vec::new());
    for part in store::parts(db.read(), id).await? {
        match part {
            Part::Place(found) => place = Some(found),
            Part::Contract { theme, provider, from, to } => {
                if from <= today && to.is_none_or(|to| to >= today) {
                    contracts.push((theme, provider));
                }
            }
            Part::Closure(closure) => calendar.closures.push(closure),
            Part::Setting(name, value) => settings.push((name, value)),
        }
    }
    let place = place.ok_or_else(|| DbError::Corrupt(format!("l’établissement {id} manque")))?;
    Ok(Standing { place: Place { contracts, ..place }, calendar, settings })
}
