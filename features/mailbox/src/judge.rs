//! Saying what became of a mail, and telling its author when that helps.

use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail, Person, Topic};
use beffroi_kernel::DraftId;
use chrono::TimeDelta;

use crate::answers::{About, answer};
use crate::model::Reason;
use crate::receive::{Case, MailboxError};
use crate::store::{self, Settled};

/// One answer of a machine to the same address within this time.
const BETWEEN_ANSWERS: TimeDelta = TimeDelta::hours(1);

/// What was judged.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) reason: Reason,
    /// The author is not told: the address may be another's.
    pub(crate) silent: bool,
    pub(crate) reference: Option<String>,
    pub(crate) draft: Option<DraftId>,
    /// Files that were not taken, each with its reason.
    pub(crate) refused: Vec<String>,
    pub(crate) school: Option<beffroi_kernel::SchoolId>,
}

impl Judged {
    pub(crate) fn of(reason: Reason) -> Self {
        Self { reason, silent: false, reference: None, draft: None, refused: Vec::new(), school: None }
    }
}

/// Settles a mail that has no other effect.
pub(crate) async fn settle(
    case: &Case<'_>,
    person: Option<&Person>,
    judged: Judged,
) -> Result<Reason, MailboxError> {
    let reason = judged.reason;
    let write =
        case.mailbox.desk.site.db.write::<_, DbError, _>(async |tx| note(case, tx, person, &judged).await);
    write.await?;
    Ok(reason)
}

/// The same within the transaction of the effect.
pub(crate) async fn note(
    case: &Case<'_>,
    tx: &Tx,
    person: Option<&Person>,
    judged: &Judged,
) -> Result<(), DbError> {
    let Judged { reason, reference, school, .. } = judged;
    let how = Settled {
        person: person.map(|person| person.id),
        school: *school,
        reference: reference.clone(),
        detail: (!judged.refused.is_empty()).then(|| judged.refused.join("\n")),
    };
    store::settle(tx, case.row.id, *reason, &how).await?;
    let event = Event::new("mail.settled", format!("mail:{}", case.row.id));
    let event = event.data(serde_json::json!({ "reason": reason.slug(), "reference": reference }));
    let event = person.map_or_else(|| event.clone(), |person| event.clone().by(person.id));
    tx.journal(match school {
        Some(school) => event.school(*school),
        None => event,
    });
    tell(case, tx, person, judged).await
}

async fn tell(case: &Case<'_>, tx: &Tx, person: Option<&Person>, judged: &Judged) -> Result<(), DbError> {
    let about = About {
        base_url: &case.mailbox.desk.site.base_url,
        reference: judged.reference.as_deref(),
        draft: judged.draft,
        refused: &judged.refused,
    };
    let sender = case.row.sender.clone();
    let Some((subject, text)) =
        answer(judged.reason, &about).filter(|_| !judged.silent && !sender.is_empty())
    else {
        return Ok(());
    };
    if !store::may_answer(tx, &sender, tx.now() - BETWEEN_ANSWERS).await? {
        return Ok(());
    }
    let mail = match person {
        Some(person) => Mail::to_person(person.id, subject, text),
        None => Mail::to_address(sender, subject, text),
    };
    let mail = mail.about(Topic::Account);
    tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(format!("mail-in:{}:{}", case.row.id, case.row.attempts)))
        .await
}
