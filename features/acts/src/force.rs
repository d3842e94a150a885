//! An act comes into force: at its last signature, or when the Region opens what it confers. (SRV-17)

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::paris_day_start;
use beffroi_kernel::{ActId, Permit, PersonId};

use crate::model::{Act, Cause, End, EndReason, OpenActs, State};
use crate::rules::{next_anniversary, paris_day, reviewed};
use crate::sealed::Entry;
use crate::{Acts, EFFECT_JOB, ending, mails, review, store};

/// Why an act does not come into force.
#[derive(Debug, thiserror::Error)]
pub enum ForceError {
    /// No such act within reach.
    #[error("cet acte n’existe pas")]
    NotFound,
    /// Signatures are missing, or it is over.
    #[error("cet acte ne peut pas entrer en vigueur : {}", .0.label().to_lowercase())]
    NotSigned(State),
    /// Its last day has passed.
    #[error("le dernier jour de cet acte est passé")]
    Past,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Puts a signed act in force; `by` is the agent who opens it. Already in force, it stays so.
///
/// # Errors
/// As [`ForceError`] says; nothing is then changed.
pub async fn put_in_force(acts: &Acts, tx: &Tx, id: ActId, by: Option<PersonId>) -> Result<Act, ForceError> {
    let mut act = store::acts::lock(tx.on(), id).await?.ok_or(ForceError::NotFound)?;
    match act.state {
        State::InForce => return Ok(act),
        State::Signed if act.is_past(paris_day(tx.now())) => return Err(ForceError::Past),
        State::Signed => {}
        other => return Err(ForceError::NotSigned(other)),
    }
    enter(acts, tx, &mut act, by).await?;
    Ok(act)
}

/// An agent of the Region opens what a signed act of their territory confers.
///
/// # Errors
/// As [`ForceError`] says; nothing is then changed.
pub async fn open_rights(acts: &Acts, permit: &Permit<OpenActs>, id: ActId) -> Result<Act, ForceError> {
    let db = &acts.site.db;
    store::acts::find(db.read(), permit.scope(), id).await?.ok_or(ForceError::NotFound)?;
    db.write(async |tx| put_in_force(acts, tx, id, Some(permit.person())).await).await
}

/// The act holds from here: effects, reviews and its end are planned, the one it replaces ends.
pub(crate) async fn enter(acts: &Acts, tx: &Tx, act: &mut Act, by: Option<PersonId>) -> Result<(), DbError> {
    act.state = State::InForce;
    act.in_force_at = Some(tx.now());
    act.in_force_by = by;
    store::acts::save(tx.on(), act).await?;
    let dates = serde_json::json!({ "starts_on": act.starts_on, "ends_on": act.ends_on });
    Entry::of("act.in-force", act).by(by).facts(dates).write(tx);
    plan(tx, act).await?;
    replace(acts, tx, act).await?;
    mails::in_force(acts, tx, act).await
}

async fn plan(tx: &Tx, act: &Act) -> Result<(), DbError> {
    let begins = paris_day_start(act.starts_on).max(tx.now());
    tx.enqueue(NewJob::new(EFFECT_JOB, &act.id).at(begins)).await?;
    if reviewed(act.kind, Cause::Anniversary) {
        let granted = act.starts_on.max(act.signed_at.map_or(act.starts_on, paris_day));
        let day = next_anniversary(granted, granted);
        tx.enqueue(review::anniversary_job(act.id, day)).await?;
    }
    let contract = act.terms.get("contract_ends_on").and_then(|day| day.as_str()?.parse().ok());
    if let Some(day) = contract.filter(|_| reviewed(act.kind, Cause::ContractEnd)) {
        tx.enqueue(review::contract_job(act.id, day)).await?;
    }
    Ok(())
}

async fn replace(acts: &Acts, tx: &Tx, act: &Act) -> Result<(), DbError> {
    let Some(old) = act.supersedes else { return Ok(()) };
    let Some(mut old) = store::acts::lock(tx.on(), old).await? else { return Ok(()) };
    let end = End {
        reason: EndReason::Superseded,
        at: tx.now(),
        by: act.in_force_by,
        authority: None,
        note: format!("Remplacé par l’acte {}.", act.reference),
    };
    ending::end(acts, tx, &mut old, end).await?;
    Ok(())
}
