//! What a granted request makes true: applied with the solution, given back to the team at its term,
//! ended or renewed when the team has dealt with it. (SRV-31, SEC-12)

use beffroi_acts::Act;
use beffroi_calendar::{end_of_day, paris_day};
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_kernel::{Permit, PersonId, RequestId, Scope, TaskId};
use beffroi_sheets::{Answer, Answers, EffectDeclaration, RequestType};
use chrono::{DateTime, Utc};

use crate::model::{Outcome, State};
use crate::store::entities::{effect, pause, request, task};
use crate::store::requests as store;
use crate::work::{WorkError, ground, journal, said, state, write_back};
use crate::{Desk, WorkRequests, mails};

/// The job that gives an effect back to the team at its term.
pub const EFFECT_END_JOB: &str = "desk.effect-end";

const APPLIED: &str = "applied";
/// At its date of end: to be undone.
const TO_UNDO: &str = "to-undo";
/// At the end of its validity: to be reviewed, then renewed or undone.
const TO_REVIEW: &str = "to-review";
const UNDONE: &str = "undone";

/// The team gives its solution: effects at their term end with it, and what the sheet declares
/// becomes true if it was done. A request solved twice has one effect in force.
pub(crate) async fn settle(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &request::Model,
    kind: &RequestType,
    outcome: Outcome,
) -> Result<(), DbError> {
    let granted = matches!(outcome, Outcome::Done | Outcome::Degraded);
    let mut again = granted;
    for effect in store::effects(tx.on(), request.id).await? {
        match effect.state.as_str() {
            // Done means undone as planned.
            TO_UNDO => again = false,
            APPLIED if granted => {
                again = false;
                continue;
            }
            APPLIED | TO_REVIEW => {}
            _ => continue,
        }
        undo(tx, permit, request, effect).await?;
    }
    // What its acts gave and took back is closed, not opened again.
    let acts = beffroi_acts::of_request(tx, request.id).await?;
    again &= acts.is_empty() || acts.iter().any(Act::is_live);
    match &kind.effect {
        Some(declared) if again => apply(tx, permit, request, declared, kind.act.is_some()).await,
        _ => Ok(()),
    }
}

async fn undo(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &request::Model,
    mut effect: effect::Model,
) -> Result<(), DbError> {
    effect.state = UNDONE.into();
    effect.undone_at = Some(tx.now());
    effect.undone_by = Some(permit.person());
    journal(tx, permit, request, "effect.undone", serde_json::json!({ "kind": effect.kind }));
    store::save_effect(tx.on(), effect).await
}

async fn apply(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &request::Model,
    declared: &EffectDeclaration,
    by_act: bool,
) -> Result<(), DbError> {
    let answers: Answers = serde_json::from_str(&request.answers)?;
    let until = term_of(declared, &answers, tx.now());
    let model = applied(request, declared, (tx.now(), permit.person()), until);
    // An act ends by itself, and its effect with it.
    if let Some(until) = until.filter(|_| !by_act) {
        let once = format!("effect:{}", model.id);
        tx.enqueue(NewJob::new(EFFECT_END_JOB, &model.id).at(until).once(once)).await?;
    }
    journal(tx, permit, request, "effect.applied", serde_json::json!({ "kind": model.kind, "until": until }));
    store::add_effect(tx.on(), model).await
}

fn applied(
    request: &request::Model,
    declared: &EffectDeclaration,
    (applied_at, applied_by): (DateTime<Utc>, PersonId),
    until: Option<DateTime<Utc>>,
) -> effect::Model {
    effect::Model {
        id: RequestId::new().0,
        request_id: request.id,
        school_id: request.school_id,
        kind: declared.kind.clone(),
        text: declared.text.clone(),
        state: APPLIED.into(),
        applied_at,
        applied_by,
        until,
        undone_at: None,
        undone_by: None,
    }
}

/// The end of the last day: the date answered, or the anniversary that the sheet's validity gives.
pub(crate) fn term_of(
    declared: &EffectDeclaration,
    answers: &Answers,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let answered = match declared.until.as_ref().and_then(|field| answers.get(field)) {
        Some(Answer::Date(day)) => Some(*day),
        _ => None,
    };
    let last = answered.or_else(|| declared.valid_for.and_then(|term| term.after(paris_day(now))));
    last.map(end_of_day)
}

/// At its term an effect must be undone or reviewed: the team gets a task and the request comes
/// back to it.
///
/// # Errors
/// When the database does not answer.
pub async fn term(desk: &Desk, effect: uuid::Uuid) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let Some(mut effect) = store::effect(tx.on(), effect).await? else {
                return Ok(());
            };
            if effect.state != APPLIED {
                return Ok(());
            }
            let scope = Scope::system("an effect reached its term");
            let mut ground = ground(desk, tx, &scope, effect.request_id).await?;
            let renewable = ground.kind.effect.as_ref().is_some_and(|declared| declared.valid_for.is_some());
            let (next, what) = if renewable { (TO_REVIEW, "Réviser") } else { (TO_UNDO, "Retirer") };
            effect.state = next.into();
            add_task(tx, &ground.request, &format!("{what} à échéance : {}", effect.text)).await?;
            store::save_effect(tx.on(), effect).await?;
            if !state(&ground.request).is_active() {
                come_back(tx, &mut ground.request).await?;
                if let Some(team) = beffroi_directory::team(&desk.site.db, ground.request.team_id).await? {
                    mails::team_told(desk, tx, &ground.request, &team).await?;
                }
            }
            write_back(tx, &mut ground).await
        })
        .await
}

/// What a request made true ends with its act.
pub(crate) async fn ended_with(tx: &Tx, request: &request::Model, act: &Act) -> Result<(), DbError> {
    let Some(end) = &act.ended else { return Ok(()) };
    // One act for each person: what it made true is no more when the last of them ends.
    let acts = beffroi_acts::of_request(tx, request.id).await?;
    let last = !acts.iter().any(|other| other.id != act.id && other.is_live());
    for mut effect in store::effects(tx.on(), request.id).await? {
        if last && effect.state != UNDONE {
            effect.state = UNDONE.into();
            (effect.undone_at, effect.undone_by) = (Some(tx.now()), end.by);
            store::save_effect(tx.on(), effect).await?;
        }
    }
    said(tx, request.id, &format!("L’acte {} ne vaut plus : {}", act.reference, end.note)).await?;
    Ok(())
}

/// Something must be done by hand: the team gets a task, and the request comes back to it.
pub(crate) async fn give_back(desk: &Desk, id: RequestId, title: &str) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let scope = Scope::system("an act of a request ended");
            let mut ground = ground(desk, tx, &scope, id).await?;
            add_task(tx, &ground.request, title).await?;
            if !state(&ground.request).is_active() {
                come_back(tx, &mut ground.request).await?;
                if let Some(team) = beffroi_directory::team(&desk.site.db, ground.request.team_id).await? {
                    mails::team_told(desk, tx, &ground.request, &team).await?;
                }
            }
            write_back(tx, &mut ground).await
        })
        .await
}

async fn add_task(tx: &Tx, request: &request::Model, title: &str) -> Result<(), DbError> {
    let position = i32::try_from(store::tasks(tx.on(), request.id).await?.len()).unwrap_or(i32::MAX);
    let task = task::Model {
        id: TaskId::new(),
        request_id: request.id,
        position,
        title: title.to_owned(),
        checklist: "[]".into(),
        done_at: None,
        done_by: None,
    };
    tx.journal(Event::new("effect.term", format!("request:{}", request.id)).school(request.school_id));
    store::insert_tasks(tx.on(), vec![task]).await?;
    said(tx, request.id, &format!("{title}.")).await?;
    Ok(())
}

/// The time during which the request was over does not count.
pub(crate) async fn leave_out_time_over(tx: &Tx, request: &request::Model) -> Result<(), DbError> {
    let over = pause::Model {
        id: RequestId::new().0,
        request_id: request.id,
        waiting_for: "over".into(),
        from_at: request.resolved_at.or(request.closed_at).unwrap_or(tx.now()),
        to_at: Some(tx.now()),
    };
    store::begin_pause(tx.on(), over).await
}

async fn come_back(tx: &Tx, request: &mut request::Model) -> Result<(), DbError> {
    leave_out_time_over(tx, request).await?;
    request.state = State::New.slug().into();
    (request.assignee_id, request.resolved_at, request.closed_at) = (None, None, None);
    Ok(())
}
