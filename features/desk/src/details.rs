//! What hangs on a request under work: tasks, appointments, links, merging, closing by itself.

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{AppointmentId, Permit, RequestId, Scope, TaskId};
use chrono::{DateTime, Utc};

use crate::model::{MessageKind, State};
use crate::store::entities::{appointment, request, task};
use crate::store::requests as store;
use crate::work::WorkError;
use crate::{Desk, WorkRequests, acts, mails};

async fn find(tx: &Tx, permit: &Permit<WorkRequests>, id: RequestId) -> Result<request::Model, WorkError> {
    let request = store::held(tx, permit.scope(), id).await?;
    request.filter(|found| found.sent_at.is_some()).ok_or(WorkError::NotFound)
}

fn journal(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &request::Model,
    kind: &'static str,
    data: serde_json::Value,
) {
    tx.journal(
        Event::new(kind, format!("request:{}", request.id))
            .by(permit.person())
            .school(request.school_id)
            .data(data),
    );
}

/// Ticks or unticks a line of a task's checklist; a task whose lines are all ticked is done.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn tick(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    task: TaskId,
    line: Option<usize>,
) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let request = find(tx, permit, id).await?;
            let tasks = store::tasks(tx.on(), id).await?;
            let mut task = tasks.iter().find(|model| model.id == task).cloned().ok_or(WorkError::NotFound)?;
            let mut lines: Vec<(String, bool)> =
                serde_json::from_str(&task.checklist).map_err(DbError::from)?;
            match line {
                Some(line) => {
                    let (_, ticked) = lines.get_mut(line).ok_or(WorkError::NotFound)?;
                    *ticked = !*ticked;
                }
                None => {
                    let done = task.done_at.is_none();
                    lines.iter_mut().for_each(|(_, ticked)| *ticked = done);
                    task.done_at = done.then_some(tx.now());
                }
            }
            if !lines.is_empty() {
                let all = lines.iter().all(|(_, ticked)| *ticked);
                task.done_at = all.then_some(task.done_at.unwrap_or(tx.now()));
            }
            task.done_by = task.done_at.map(|_| permit.person());
            task.checklist = serde_json::to_string(&lines).map_err(DbError::from)?;
            journal(
                tx,
                permit,
                &request,
                "task.ticked",
                serde_json::json!({ "task": task.id, "done": task.done_at.is_some() }),
            );
            acts::ticked(desk, tx, &request, (&tasks, &task)).await?;
            Ok(store::save_task(tx.on(), task).await?)
        })
        .await
}

/// Adds a task.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn add_task(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    title: &str,
) -> Result<(), WorkError> {
    if title.trim().is_empty() {
        return Err(WorkError::Missing("nommez la tâche"));
    }
    desk.site
        .db
        .write(async |tx| {
            let request = find(tx, permit, id).await?;
            let position = i32::try_from(store::tasks(tx.on(), id).await?.len()).unwrap_or(i32::MAX);
            let title = title.trim().to_owned();
            let task = task::Model {
                id: TaskId::new(),
                request_id: id,
                position,
                title,
                checklist: "[]".into(),
                done_at: None,
                done_by: None,
            };
            journal(tx, permit, &request, "task.added", serde_json::json!({ "task": task.id }));
            Ok(store::insert_tasks(tx.on(), vec![task]).await?)
        })
        .await
}

/// Agrees a visit; the requester is told.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn appoint(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    place: &str,
) -> Result<(), WorkError> {
    if ends_at <= starts_at {
        return Err(WorkError::Missing("l’heure de fin doit suivre l’heure de début"));
    }
    desk.site
        .db
        .write(async |tx| {
            let request = find(tx, permit, id).await?;
            let model = appointment::Model {
                id: AppointmentId::new(),
                request_id: id,
                starts_at,
                ends_at,
                place: place.trim().to_owned(),
                state: "agreed".into(),
                made_by: permit.person(),
            };
            let once = format!("appointment:{}", model.id);
            journal(tx, permit, &request, "appointment.made", serde_json::json!({ "starts_at": starts_at }));
            store::add_appointment(tx.on(), model).await?;
            Ok(mails::requester_told(
                desk,
                tx,
                &request,
                "Un rendez-vous est fixé : la date est sur le site.",
                once,
            )
            .await?)
        })
        .await
}

/// Links two requests.
///
/// # Errors
/// [`WorkError::NotFound`] when the other one is out of reach.
pub async fn link(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    other: &str,
) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let request = find(tx, permit, id).await?;
            let other = other_request(tx, permit.scope(), id, other).await?;
            journal(tx, permit, &request, "request.linked", serde_json::json!({ "to": other.reference }));
            Ok(store::add_link(tx.on(), id, other.id, "related", tx.now()).await?)
        })
        .await
}

/// Goes on in another request of the same school; this one keeps its history and ends.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn merge(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    into: &str,
) -> Result<String, WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let mut request = find(tx, permit, id).await?;
            let target = other_request(tx, permit.scope(), id, into).await?;
            if target.school_id != request.school_id {
                return Err(WorkError::Missing("les deux demandes ne concernent pas le même établissement"));
            }
            if !State::of(&request.state).is_some_and(State::is_active)
                || !State::of(&target.state).is_some_and(State::is_active)
            {
                return Err(WorkError::Missing("seules deux demandes en cours peuvent être fusionnées"));
            }
            request.state = State::Merged.slug().into();
            request.merged_into = Some(target.id);
            request.closed_at = Some(tx.now());
            request.next_due = None;
            journal(tx, permit, &request, "request.merged", serde_json::json!({ "into": target.reference }));
            store::end_pause(tx.on(), id, tx.now()).await?;
            store::add_link(tx.on(), id, target.id, "merged", tx.now()).await?;
            let here = format!("Cette demande se poursuit dans la demande {}.", target.reference);
            store::add_message(tx.on(), id, None, MessageKind::System, &here, tx.now()).await?;
            let there = format!("La demande {} a été fusionnée ici.", request.reference);
            store::add_message(tx.on(), target.id, None, MessageKind::System, &there, tx.now()).await?;
            mails::requester_told(desk, tx, &request, &here, format!("merged:{id}")).await?;
            if !store::save(tx.on(), request, tx.now()).await? {
                return Err(WorkError::Changed);
            }
            Ok(target.reference)
        })
        .await
}

async fn other_request(
    tx: &Tx,
    scope: &Scope,
    id: RequestId,
    reference: &str,
) -> Result<request::Model, WorkError> {
    let other = store::by_reference(tx.on(), scope, reference.trim()).await?;
    other
        .filter(|other| other.id != id && other.sent_at.is_some())
        .ok_or(WorkError::Missing("aucune demande ne porte cette référence dans votre périmètre"))
}

/// Closes a request left resolved since `resolved_at`; anything else meanwhile leaves it be.
///
/// # Errors
/// When the database does not answer.
pub async fn auto_close(desk: &Desk, id: RequestId, resolved_at: DateTime<Utc>) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let scope = Scope::system("closing requests left resolved");
            let Some(mut request) = store::held(tx, &scope, id).await? else {
                return Ok(());
            };
            if request.state != State::Resolved.slug() || request.resolved_at != Some(resolved_at) {
                return Ok(());
            }
            request.state = State::Closed.slug().into();
            request.closed_at = Some(tx.now());
            tx.journal(Event::new("request.auto-closed", format!("request:{id}")).school(request.school_id));
            store::add_message(
                tx.on(),
                id,
                None,
                MessageKind::System,
                "Sans nouvelle du demandeur, la demande est close.",
                tx.now(),
            )
            .await?;
            if store::save(tx.on(), request, tx.now()).await? { Ok(()) } else { Err(WorkError::Changed) }
        })
        .await
}
