//! A request moves on with its acts: signed by all, its step is granted; refused, the request is; ended,
//! what the request made true is no more.

use beffroi_acts::{Act, End, EndReason, State as Stage, Witness};
use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{RequestId, Scope};

use crate::approvals::{self, DecideError};
use crate::model::{ApprovalState, State};
use crate::store::entities::{approval, request};
use crate::store::requests as store;
use crate::{Desk, effects};

/// Told of the acts of requests.
pub(crate) struct RequestWitness(pub(crate) Desk);

/// What stops a step stops the signature with it.
fn stopped(error: DecideError) -> DbError {
    match error {
        DecideError::Db(error) => error,
        other => DbError::Corrupt(other.to_string()),
    }
}

async fn of(tx: &Tx, id: RequestId) -> Result<Option<request::Model>, DbError> {
    store::by_id(tx.on(), &Scope::system("the request of an act already judged"), id).await
}

async fn waiting(tx: &Tx, request: RequestId) -> Result<Option<approval::Model>, DbError> {
    let steps = store::approvals(tx.on(), request).await?;
    Ok(steps.into_iter().find(|step| step.sign && step.state == ApprovalState::Pending.slug()))
}

#[async_trait::async_trait]
impl Witness for RequestWitness {
    async fn signed(&self, tx: &Tx, act: &Act) -> Result<(), DbError> {
        let Some(id) = act.request else { return Ok(()) };
        let all = beffroi_acts::of_request(tx, id).await?;
        if all.iter().any(|one| one.id != act.id && one.state == Stage::ToSign) {
            return Ok(());
        }
        let (Some(request), Some(mut step)) = (of(tx, id).await?, waiting(tx, id).await?) else {
            return Ok(());
        };
        let Some(made) = act.signatures.iter().filter_map(|one| one.made.as_ref()).next_back() else {
            return Ok(());
        };
        step.state = ApprovalState::Granted.slug().into();
        step.decided_by = Some(made.authority.person);
        step.decided_at = Some(made.at);
        step.authority = Some(made.authority.words.clone());
        step.text_sha256 = Some(made.text_sha256.clone());
        if !store::decide(tx.on(), &step).await? {
            return Ok(());
        }
        journal(tx, &step, act);
        approvals::granted(&self.0, tx, request).await.map_err(stopped)?;
        Ok(())
    }

    async fn ended(&self, tx: &Tx, act: &Act) -> Result<(), DbError> {
        let Some(id) = act.request else { return Ok(()) };
        let (Some(request), Some(end)) = (of(tx, id).await?, act.ended.as_ref()) else { return Ok(()) };
        if act.in_force_at.is_some() {
            return effects::ended_with(tx, &request, act).await;
        }
        let Some(mut step) = waiting(tx, id).await?.filter(|_| request.state == State::Validation.slug())
        else {
            return Ok(());
        };
        step.state = ApprovalState::Refused.slug().into();
        (step.decided_by, step.decided_at) = (end.by, Some(end.at));
        (step.authority, step.reason) = (end.authority.clone(), Some(end.note.clone()));
        if !store::decide(tx.on(), &step).await? {
            return Ok(());
        }
        journal(tx, &step, act);
        let (said, what) = words(end);
        approvals::over(&self.0, tx, request, &said, what).await.map_err(stopped)?;
        let others = (end.by, end.note.as_str());
        beffroi_acts::end_of_request(&self.0.acts, tx, id, EndReason::Refused, others).await
    }
}

/// What the request says of the end of its act, and what the requester is told.
fn words(end: &End) -> (String, &'static str) {
    match end.reason {
        EndReason::Refused => (
            format!("Refusée par l’établissement : {}", end.note),
            "Votre établissement n’a pas validé votre demande. Le motif est sur le site.",
        ),
        EndReason::Withdrawn => {
            (format!("Retirée avant signature : {}", end.note), "Votre demande est retirée avant signature.")
        }
        _ => (
            format!("L’acte a pris fin sans être signé : {}", end.note),
            "Votre demande prend fin : son acte n’a pas été signé à temps. Vous pouvez la refaire.",
        ),
    }
}

fn journal(tx: &Tx, step: &approval::Model, act: &Act) {
    let event = Event::new("approval.decided", format!("request:{}", step.request_id));
    let data = serde_json::json!({
        "step": step.title, "state": step.state, "authority": step.authority, "reason": step.reason,
        "act": act.reference,
    });
    let event = event.school(step.school_id).data(data);
    tx.journal(match step.decided_by {
        Some(person) => event.by(person),
        None => event,
    });
}
