//! Reviews: opened by an event, due on a day, reminded, escalated, decided by the head. (SRV-18 to
//! SRV-20)

use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{Proof, paris_day_end, paris_day_start, prove};
use beffroi_kernel::{ActId, Permit, PersonId, ReviewId};
use beffroi_sheets::Word;
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::acknowledge::acknowledgements;
use crate::ending::{EndError, reason};
use crate::model::{Act, Cause, Decision, Method, Review, RevokeActs, RuleActs, State, Suspension, Verdict};
use crate::revoke::{judged, suffices};
use crate::rules::{REVIEW_OPENS, anniversary, paris_day};
use crate::sealed::Entry;
use crate::sign::method_of;
use crate::store::entities::acknowledgement::Model as AcknowledgementRow;
use crate::store::entities::review::Model as ReviewRow;
use crate::{Acts, EFFECT_JOB, ground, mails, store};

/// The setting by which an overdue review suspends its act: « on » or « off ». Off unless the Region says
/// otherwise, because the source states no sanction. (SRV-20)
pub const REVIEW_SUSPENDS: &str = "acts-review-suspends";
/// The kind of the jobs that remind and escalate.
pub(crate) const STEP_JOB: &str = "acts.review";
/// The kind of the jobs that open the review of the year.
pub(crate) const ANNIVERSARY_JOB: &str = "acts.anniversary";
/// The kind of the jobs that open the review of the end of a contract.
pub(crate) const CONTRACT_JOB: &str = "acts.contract";

/// What happens to a review at an instant.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    Remind,
    Late,
}

/// A step of a review to come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    review: ReviewId,
    step: Step,
}

pub(crate) fn anniversary_job(act: ActId, day: NaiveDate) -> NewJob {
    NewJob::new(ANNIVERSARY_JOB, &(act, day)).at(paris_day_start(day - REVIEW_OPENS))
}

pub(crate) fn contract_job(act: ActId, day: NaiveDate) -> NewJob {
    NewJob::new(CONTRACT_JOB, &(act, day)).at(paris_day_start(day - REVIEW_OPENS))
}

/// Opens a review, once an occasion, and plans its reminders: whether it is new.
pub(crate) async fn open(
    tx: &Tx,
    act: &Act,
    cause: Cause,
    occasion: &str,
    due_at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let id = ReviewId::new();
    let new = Review { id, act: act.id, cause, opened_at: tx.now(), due_at, decided: None };
    let Some(row) = store::reviews::insert(tx.on(), &new, act.school, occasion).await? else {
        return Ok(false);
    };
    let facts = serde_json::json!({ "cause": cause.slug(), "due_at": due_at });
    Entry::of("act.review-opened", act).facts(facts).row(&row).write(tx);
    for days in [14, 3, 0] {
        // At nine in the morning of that day, when people read their mails.
        let day = paris_day(due_at - TimeDelta::microseconds(1)) - Days::new(days);
        let at = paris_day_start(day) + TimeDelta::hours(9);
        if at > tx.now() {
            tx.enqueue(NewJob::new(STEP_JOB, &Planned { review: id, step: Step::Remind }).at(at)).await?;
        }
    }
    tx.enqueue(NewJob::new(STEP_JOB, &Planned { review: id, step: Step::Late }).at(due_at)).await?;
    Ok(true)
}

/// The anniversary of an act comes: its review opens, and the one of next year is planned.
pub(crate) async fn anniversary_comes(acts: &Acts, id: ActId, day: NaiveDate) -> Result<(), DbError> {
    acts.site
        .db
        .write(async |tx| {
            let act = store::acts::lock(tx.on(), id).await?;
            let Some(act) = act.filter(|act| act.state == State::InForce) else { return Ok(()) };
            let granted = act.starts_on.max(act.signed_at.map_or(act.starts_on, paris_day));
            let occasion = format!("anniversary:{}", day.year());
            if open(tx, &act, Cause::Anniversary, &occasion, paris_day_end(day)).await? {
                tx.enqueue(anniversary_job(id, anniversary(granted, day.year() + 1))).await?;
                mails::review_opened(acts, tx, &act, Cause::Anniversary, paris_day_end(day)).await?;
            }
            Ok(())
        })
        .await
}

/// The contract that an act serves ends soon.
pub(crate) async fn contract_ends(acts: &Acts, id: ActId, day: NaiveDate) -> Result<(), DbError> {
    acts.site
        .db
        .write(async |tx| {
            let act = store::acts::lock(tx.on(), id).await?;
            let Some(act) = act.filter(|act| act.state == State::InForce) else { return Ok(()) };
            let occasion = format!("contract-end:{day}");
            if open(tx, &act, Cause::ContractEnd, &occasion, paris_day_end(day)).await? {
                mails::review_opened(acts, tx, &act, Cause::ContractEnd, paris_day_end(day)).await?;
            }
            Ok(())
        })
        .await
}

/// A reminder, or the due date passed: the operations service is told, and by setting the act waits.
pub(crate) async fn step(acts: &Acts, planned: Planned) -> Result<(), DbError> {
    acts.site
        .db
        .write(async |tx| {
            let review = store::reviews::lock(tx.on(), planned.review).await?;
            let Some(review) = review.filter(|review| review.decided.is_none()) else { return Ok(()) };
            let Some(mut act) = store::acts::lock(tx.on(), review.act).await? else { return Ok(()) };
            match planned.step {
                Step::Remind => mails::review_reminder(acts, tx, &act, &review).await,
                Step::Late => {
                    let stops = store::reviews::setting(tx.on(), REVIEW_SUSPENDS).await?;
                    let stops = stops.as_deref() == Some("on");
                    if stops {
                        let why = format!(
                            "Révision non faite à la date prévue ({}).",
                            review.cause.label().to_lowercase()
                        );
                        suspend(tx, &mut act, why).await?;
                    }
                    mails::review_late(acts, tx, &act, &review, stops).await
                }
            }
        })
        .await
}

/// Suspends an act in force: what it confers is undone until a review confirms it.
pub(crate) async fn suspend(tx: &Tx, act: &mut Act, why: String) -> Result<(), DbError> {
    if act.suspended.is_some() || !act.is_live() {
        return Ok(());
    }
    let facts = serde_json::json!({ "why": why });
    act.suspended = Some(Suspension { at: tx.now(), why });
    store::acts::save(tx.on(), act).await?;
    Entry::of("act.suspended", act).facts(facts).write(tx);
    tx.enqueue(NewJob::new(EFFECT_JOB, &act.id)).await
}

/// What a passkey confirms of a review; the text of an act in force never changes.
#[must_use]
pub(crate) fn confirmation(id: ActId) -> String {
    format!("revision:{id}")
}

/// What the form of confirmation carries.
#[derive(Clone, Copy, Debug)]
pub struct Confirming<'a> {
    /// The act under review.
    pub act: ActId,
    /// What those concerned will read; may be empty.
    pub note: &'a str,
    /// The password typed again, or a passkey's answer about this very confirmation.
    pub proof: Proof<'a>,
    /// Whether what the act asks to acknowledge was ticked apart.
    pub acknowledged: bool,
}

/// The head confirms an act under review, with their password or a passkey: it goes on, and what was suspended
/// holds again. What the act asks to acknowledge is acknowledged again, by whoever now answers for it. (SRV-22)
///
/// # Errors
/// As [`EndError`] says; nothing is then changed.
pub async fn confirm(
    acts: &Acts,
    permit: &Permit<RevokeActs>,
    confirming: Confirming<'_>,
) -> Result<Act, EndError> {
    let Confirming { act: id, note, proof, acknowledged } = confirming;
    let proved = prove(&acts.site, permit.person(), proof, &[confirmation(id)]).await?;
    let method = method_of(&proved);
    acts.site
        .db
        .write(async |tx| {
            let (mut act, authority) = judged(acts, tx, permit, id).await?;
            if !act.is_live() {
                return Err(EndError::TooLate("confirmé"));
            }
            suffices(tx, &act, method).await?;
            if !acknowledged && !acknowledgements(&act)?.is_empty() {
                return Err(EndError::Unacknowledged);
            }
            if let Some(holder) = act.holder {
                let school = ground::school_of(acts, act.school).await?;
                let standing = ground::for_person(tx, &school, act.holder, holder).await?;
                if !standing.serves(holder) {
                    return Err(EndError::HolderGone);
                }
            }
            let note = reason(note).unwrap_or_default();
            let authority = Some(authority.words);
            let by = Some(permit.person());
            let decision = Decision { at: tx.now(), by, authority, verdict: Verdict::Confirmed, note };
            let reviews = store::reviews::decide(tx.on(), id, &decision).await?;
            if reviews.is_empty() {
                return Err(EndError::TooLate(
                    "confirmé : aucune révision n’est ouverte, il ne peut donc être confirmé",
                ));
            }
            let known = store::acts::acknowledge(tx.on(), &act, (permit.person(), tx.now())).await?;
            resumed(tx, &mut act, (&decision, method), (&reviews, &known)).await?;
            mails::confirmed(acts, tx, &act).await?;
            Ok(act)
        })
        .await
}

async fn resumed(
    tx: &Tx,
    act: &mut Act,
    (decision, method): (&Decision, Method),
    (reviews, known): (&[ReviewRow], &[AcknowledgementRow]),
) -> Result<(), DbError> {
    let resumes = act.suspended.take().is_some();
    let facts = serde_json::json!({
        "authority": decision.authority, "note": decision.note, "method": method.slug(),
    });
    Entry::of("act.confirmed", act).by(decision.by).facts(facts).rows(reviews).rows(known).write(tx);
    if resumes {
        store::acts::save(tx.on(), act).await?;
        tx.enqueue(NewJob::new(EFFECT_JOB, &act.id)).await?;
    }
    Ok(())
}

/// Whether an overdue review suspends its act.
///
/// # Errors
/// When the database does not answer.
pub async fn review_suspends(acts: &Acts) -> Result<bool, DbError> {
    Ok(store::reviews::setting(acts.site.db.read(), REVIEW_SUSPENDS).await?.as_deref() == Some("on"))
}

/// The Region decides whether an overdue review suspends its act.
///
/// # Errors
/// When the database does not answer.
pub async fn set_review_suspends(acts: &Acts, permit: &Permit<RuleActs>, on: bool) -> Result<(), DbError> {
    let value = if on { "on" } else { "off" };
    acts.site
        .db
        .write(async |tx| {
            let stamp: (DateTime<Utc>, PersonId) = (tx.now(), permit.person());
            store::reviews::set_setting(tx.on(), REVIEW_SUSPENDS, value, stamp).await?;
            let data = serde_json::json!({ "value": value });
            tx.journal(Event::new("setting.changed", REVIEW_SUSPENDS).by(permit.person()).data(data));
            Ok(())
        })
        .await
}
