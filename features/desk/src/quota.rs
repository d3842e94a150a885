//! How many requests one person may send in a day, when the Region sets a number: a guard against a program that
//! goes astray, never met by hand. What an agent types in for others is not counted. (ASVS 2.1.3; decision 0030)

use beffroi_db::{DbError, Tx};
use beffroi_directory::{paris_day_start, protection};
use beffroi_kernel::PersonId;
use chrono_tz::Europe::Paris;

use crate::Desk;
use crate::drafts::Draft;
use crate::store::requests as store;
use crate::submit::SubmitError;

/// How many the author of this draft may send in a day; none when nothing limits them.
pub(crate) async fn most(desk: &Desk, draft: &Draft) -> Result<Option<u32>, DbError> {
    if draft.is_typed_in() { Ok(None) } else { protection::requests_a_day(&desk.site.db).await }
}

/// Refuses one more than that, today in Paris.
pub(crate) async fn admit(tx: &Tx, person: PersonId, most: Option<u32>) -> Result<(), SubmitError> {
    let Some(most) = most else { return Ok(()) };
    let today = paris_day_start(tx.now().with_timezone(&Paris).date_naive());
    let sent = store::sent_since(tx.on(), person, today).await?;
    if sent < i64::from(most) {
        return Ok(());
    }
    Err(SubmitError::Act(format!(
        "Vous avez déjà envoyé {sent} demandes aujourd’hui : la Région n’en permet pas plus par jour. Votre brouillon est gardé : \
         envoyez-le demain, ou demandez à la Région d’élever ce nombre."
    )))
}
