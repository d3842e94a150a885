//! Functions of a school changed: the acts that rest on them are put to review, and those concerned are
//! told, once. What is done follows from how things stand, so a job run twice does nothing more.
//! (SRV-18, SRV-19)

use beffroi_db::{DbError, Event, Tx};
use beffroi_directory::{FunctionHeld, MandateChange, School, paris_day_end};
use beffroi_kernel::Role;
use chrono::Days;

use crate::ground::{self, Standing};
use crate::model::{Act, Cause, State};
use crate::rules::{REVIEW_OPENS, paris_day, reviewed};
use crate::{Acts, mails, review, store};

/// Days in which a right without a lawful holder is closed for good.
const DEPARTURE_DAYS: Days = Days::new(7);

pub(crate) async fn changed(acts: &Acts, change: MandateChange) -> Result<(), DbError> {
    let school = ground::school_of(acts, change.school).await?;
    acts.site
        .db
        .write(async |tx| {
            let standing = ground::for_school(tx.on(), tx.now(), &school, None).await?;
            let live = store::acts::live_in(tx.on(), school.id).await?;
            departures(acts, tx, &standing, live.clone()).await?;
            let head = standing
                .functions()
                .iter()
                .find(|held| held.role == Role::Head && held.substitute_for.is_none());
            if let Some(head) = head {
                new_head(acts, tx, &school, head, live).await?;
            }
            substitutes(acts, tx, &school, &standing, change).await
        })
        .await
}

/// Rights whose holder serves in the school no more have no lawful holder: they stop at once, and the
/// head ends them for good.
async fn departures(acts: &Acts, tx: &Tx, standing: &Standing, live: Vec<Act>) -> Result<(), DbError> {
    for act in live {
        let Some(holder) = act.holder.filter(|_| reviewed(act.kind, Cause::DelegateLeft)) else { continue };
        if standing.serves(holder) {
            continue;
        }
        let Some(mut act) = store::acts::lock(tx.on(), act.id).await? else { continue };
        let due = paris_day_end(paris_day(tx.now()) + DEPARTURE_DAYS);
        let occasion = format!("delegate-left:{}", departure(&act));
        review::suspend(tx, &mut act, "Le bénéficiaire n’a plus de fonction dans l’établissement.".into())
            .await?;
        if review::open(tx, &act, Cause::DelegateLeft, &occasion, due).await? {
            mails::review_opened(acts, tx, &act, Cause::DelegateLeft, due).await?;
        }
    }
    Ok(())
}

/// A departure is one as long as the act stays suspended for it.
fn departure(act: &Act) -> String {
    let since = act.suspended.as_ref().map(|one| one.at.timestamp_micros());
    since.map_or_else(|| "first".to_owned(), |since| since.to_string())
}

/// Acts signed before the head in office took it are theirs to confirm or revoke.
async fn new_head(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    head: &FunctionHeld,
    live: Vec<Act>,
) -> Result<(), DbError> {
    let due = paris_day_end(paris_day(head.from.max(tx.now())) + REVIEW_OPENS);
    let occasion = format!("head-changed:{}", head.id);
    let mut opened = Vec::new();
    for act in live {
        let before = act.signed_at.is_some_and(|at| at < head.from) && !act.is_signed_by(head.person);
        if before
            && reviewed(act.kind, Cause::HeadChanged)
            && review::open(tx, &act, Cause::HeadChanged, &occasion, due).await?
        {
            opened.push(act);
        }
    }
    if opened.is_empty() {
        return Ok(());
    }
    let data = serde_json::json!({ "function": head.id, "acts": opened.len() });
    tx.journal(Event::new("act.head-changed", format!("school:{}", school.id)).school(school.id).data(data));
    mails::head_changed(acts, tx, school, head, &opened, due).await
}

/// Somebody who begins to stand in for the head is told what waits for a signature.
async fn substitutes(
    acts: &Acts,
    tx: &Tx,
    school: &School,
    standing: &Standing,
    change: MandateChange,
) -> Result<(), DbError> {
    let found = standing.functions().iter().find(|held| {
        held.person == change.person && held.role == Role::Head && held.substitute_for.is_some()
    });
    let Some(substitute) = found else { return Ok(()) };
    let waiting = store::acts::in_state(tx.on(), school.id, State::ToSign).await?;
    let waiting: Vec<&Act> = waiting
        .iter()
        .filter(|act| act.awaited().any(|one| standing.of(substitute.person, &one.who).is_some()))
        .collect();
    if waiting.is_empty() {
        Ok(())
    } else {
        mails::substitute_begins(acts, tx, school, substitute, &waiting).await
    }
}
