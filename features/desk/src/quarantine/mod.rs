//! A file that comes in, by a form, by mail or by the API, is in quarantine until an antivirus examined it:
//! whoever looks sees that it is being examined, and nobody reads it. One that bears a virus is never given to
//! anybody, is kept aside a while, then removed. Without an antivirus, files are open as they come.
//! (issue 5: quarantine of uploads; ASVS 5.4.3)

mod clamd;
mod examine;
mod watch;

pub use clamd::{Antivirus, Trouble, Verdict, harmless_virus, largest_file};
pub use examine::{EXAMINE_JOB, REMOVE_JOB};
pub(crate) use examine::{examine, remove};
pub(crate) use watch::{Kept, again, kept};
pub use watch::{Standing, WatchFiles, standing};

use beffroi_db::{DbError, NewJob, Tx};

use beffroi_sheets::{Field, FieldKind};

use crate::Desk;
use crate::drafts::Draft;
use crate::store::entities::attachment;
use crate::store::{drafts, quarantine as store};

beffroi_kernel::words! {
    /// Where the examination of a file stands; one received without an antivirus has none.
    Exam {
        /// Nobody reads it yet.
        Waiting = "waiting", "En cours d’examen";
        /// Open.
        Clean = "clean", "Sans virus connu";
        /// Given to nobody, kept aside.
        Infected = "infected", "Virus trouvé";
        /// Given to nobody, and not there any more.
        Removed = "removed", "Virus trouvé, supprimé";
    }
}

impl Exam {
    /// Where the examination of this file stands.
    #[must_use]
    pub fn of_file(file: &attachment::Model) -> Option<Self> {
        // A word of a later version closes the file.
        file.exam.as_deref().map(|slug| Self::of(slug).unwrap_or(Self::Waiting))
    }

    /// Whether nobody may read such a file.
    #[must_use]
    pub fn closes(self) -> bool {
        self != Self::Clean
    }
}

/// Why a file is given to nobody, if it is not; every way to read a file asks this first.
#[must_use]
pub fn closed(file: &attachment::Model) -> Option<Exam> {
    Exam::of_file(file).filter(|exam| exam.closes())
}

/// What is said to who asks for a file that is closed.
#[must_use]
pub fn refusal(exam: Exam) -> &'static str {
    match exam {
        Exam::Infected | Exam::Removed => {
            "L’antivirus a trouvé un virus dans ce fichier : il n’est donné à personne. Demandez-en une copie saine à la personne qui l’a envoyé."
        }
        Exam::Waiting | Exam::Clean => {
            "Ce fichier est en cours d’examen par l’antivirus. Il s’ouvrira dès que l’examen sera fini : réessayez dans une minute."
        }
    }
}

/// Writes what is known of a file whose content is kept; where there is an antivirus, the file waits for it.
pub(crate) async fn receive(desk: &Desk, tx: &Tx, mut file: attachment::Model) -> Result<(), DbError> {
    if desk.files.antivirus().is_some() {
        file.exam = Some(Exam::Waiting.slug().to_owned());
        file.exam_at = Some(tx.now());
        tx.enqueue(NewJob::new(EXAMINE_JOB, &file.id).once(format!("examine:{}", file.id))).await?;
    }
    drafts::attach(tx.on(), file).await
}

/// The files of a draft that answer a question and are closed; nothing is read for another question.
pub(crate) async fn closed_of_draft(
    desk: &Desk,
    draft: &Draft,
    field: &Field,
) -> Result<Vec<attachment::Model>, DbError> {
    if field.kind != FieldKind::File || !draft.answers.contains_key(&field.id) {
        return Ok(Vec::new());
    }
    store::closed_of_draft(desk.site.db.read(), draft.id).await
}

#[cfg(test)]
mod tests;
