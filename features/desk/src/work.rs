//! Agents treat a request: take, assign, reassign, wait, resume, resolve, close. One owner team
//! always (CSU-08).

use beffroi_calendar::WorkingCalendar;
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_kernel::{Action, MessageId, Permit, PersonId, RequestId, Scope, TeamId};
use beffroi_sheets::RequestType;

use crate::lists::bulk::Mark;
use crate::model::{MessageKind, Outcome, State, WaitingFor};
use crate::store::entities::{pause, request};
use crate::store::requests as store;
use crate::{Desk, WorkRequests, acts, clock, effects, escalation, load, mails};

/// Working days after a solution before the request closes by itself.
pub const AUTO_CLOSE_DAYS: u32 = 10;
/// The job that closes a request left resolved.
pub const AUTO_CLOSE_JOB: &str = "desk.auto-close";

/// Why an action on a request is not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// No such request within reach.
    #[error("cette demande n’existe pas")]
    NotFound,
    /// The request is not in a state that allows it.
    #[error("cette action n’est plus possible : la demande est « {0} »")]
    State(&'static str),
    /// Somebody changed it meanwhile.
    #[error("quelqu’un vient de modifier cette demande : relisez-la, votre texte est conservé ci-dessous")]
    Changed,
    /// Something is missing in what was typed.
    #[error("{0}")]
    Missing(&'static str),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What an agent does to a request.
#[derive(Clone, Debug)]
pub enum Step {
    /// Takes it in hand.
    Take,
    /// Gives it to a colleague of the team.
    Assign(PersonId),
    /// Gives it to another team, for a reason; kept as a forced assignment.
    Reassign {
        /// The new owner.
        team: TeamId,
        /// Why, for the requester and the journal.
        reason: String,
    },
    /// Waits for someone: clocks stand still.
    Wait(WaitingFor, String),
    /// Goes on after a wait.
    Resume,
    /// Gives the solution (IMP-08: a message is mandatory).
    Resolve(Outcome, String),
    /// Says that it presses more than its deadline tells, or no longer does; for a reason.
    Press {
        /// Whether it is urgent from now on.
        urgent: bool,
        /// Why: the requester reads it.
        reason: String,
    },
    /// Closes for good.
    Close,
}

pub(crate) struct Ground {
    pub(crate) request: request::Model,
    pub(crate) kind: RequestType,
    pub(crate) calendar: WorkingCalendar,
}

pub(crate) async fn ground(desk: &Desk, tx: &Tx, scope: &Scope, id: RequestId) -> Result<Ground, WorkError> {
    let request = store::held(tx, scope, id).await?.ok_or(WorkError::NotFound)?;
    let published = desk.catalogue.version(request.sheet_version_id).await?.ok_or(WorkError::NotFound)?;
    let kind = published
        .sheet
        .requests
        .iter()
        .find(|kind| kind.id == request.request_type)
        .ok_or(WorkError::NotFound)?;
    let calendar = beffroi_directory::calendar(&desk.site.db, request.school_id).await?;
    Ok(Ground { kind: kind.clone(), calendar, request })
}

pub(crate) fn state(request: &request::Model) -> State {
    State::of(&request.state).unwrap_or(State::Closed)
}

pub(crate) async fn write_back(tx: &Tx, ground: &mut Ground) -> Result<(), WorkError> {
    let pauses = store::pauses(tx.on(), ground.request.id).await?;
    let due = ground.request.next_due;
    clock::compute(&mut ground.request, &ground.kind, &ground.calendar, &pauses);
    if ground.request.next_due != due {
        escalation::arm(tx, &ground.request, &ground.calendar, &pauses).await?;
    }
    if store::save(tx.on(), ground.request.clone(), tx.now()).await? {
        Ok(())
    } else {
        Err(WorkError::Changed)
    }
}

pub(crate) fn journal<A: Action>(
    tx: &Tx,
    permit: &Permit<A>,
    request: &request::Model,
    kind: &'static str,
    data: serde_json::Value,
) {
    let event = Event::new(kind, format!("request:{}", request.id))
        .by(permit.person())
        .school(request.school_id)
        .data(data);
    tx.journal(event);
}

pub(crate) async fn said(tx: &Tx, request: RequestId, text: &str) -> Result<MessageId, DbError> {
    store::add_message(tx.on(), request, None, MessageKind::System, text, tx.now()).await
}

/// Does one step of work.
///
/// # Errors
/// As [`WorkError`] says; nothing is then changed.
pub async fn work(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    step: Step,
) -> Result<request::Model, WorkError> {
    work_marked(desk, permit, id, step, None).await
}

/// The same, within a bulk action: its mark is set in the same transaction.
pub(crate) async fn work_marked(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    step: Step,
    mark: Option<&Mark>,
) -> Result<request::Model, WorkError> {
    desk.site.db.write(async |tx| marked(desk, tx, permit, id, &step, mark).await).await
}

/// One step of work within a transaction that does more.
pub(crate) async fn within(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    step: &Step,
) -> Result<request::Model, WorkError> {
    marked(desk, tx, permit, id, step, None).await
}

async fn marked(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    id: RequestId,
    step: &Step,
    mark: Option<&Mark>,
) -> Result<request::Model, WorkError> {
    let mut ground = ground(desk, tx, permit.scope(), id).await?;
    let before = mark.map(|mark| mark.check(&ground.request)).transpose()?;
    if !state(&ground.request).is_active() && !matches!(step, Step::Close) {
        return Err(WorkError::State(state(&ground.request).label()));
    }
    match step {
        Step::Take => assign(desk, tx, permit, &mut ground.request, permit.person()).await?,
        Step::Assign(person) => assign(desk, tx, permit, &mut ground.request, *person).await?,
        Step::Reassign { team, reason } => {
            reassign(desk, tx, permit, &mut ground.request, *team, reason).await?
        }
        Step::Wait(whom, why) => wait(desk, tx, permit, &mut ground.request, *whom, why).await?,
        Step::Resume => resume(tx, permit, &mut ground.request).await?,
        Step::Resolve(outcome, note) => resolve(desk, tx, permit, &mut ground, *outcome, note).await?,
        Step::Press { urgent, reason } => press(tx, permit, &mut ground.request, *urgent, reason).await?,
        Step::Close => close(tx, permit, &mut ground.request).await?,
    }
    write_back(tx, &mut ground).await?;
    if let (Some(mark), Some(before)) = (mark, before) {
        mark.done(tx, &before).await?;
    }
    Ok(ground.request)
}

async fn assign(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &mut request::Model,
    person: PersonId,
) -> Result<(), WorkError> {
    let members = beffroi_directory::team_members(&desk.site.db, request.team_id).await?;
    if !members.iter().any(|member| member.id == person) {
        return Err(WorkError::Missing(
            "cette personne n’est pas de l’équipe : réaffectez d’abord la demande à son équipe",
        ));
    }
    request.assignee_id = Some(person);
    if state(request) == State::New {
        request.state = State::Open.slug().into();
    }
    journal(tx, permit, request, "request.assigned", serde_json::json!({ "to": person }));
    said(tx, request.id, "La demande est prise en charge.").await?;
    Ok(())
}

async fn reassign(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &mut request::Model,
    team: TeamId,
    reason: &str,
) -> Result<(), WorkError> {
    if reason.trim().is_empty() {
        return Err(WorkError::Missing("indiquez pourquoi la demande change d’équipe"));
    }
    let team = beffroi_directory::team(&desk.site.db, team)
        .await?
        .ok_or(WorkError::Missing("choisissez une équipe"))?;
    request.team_id = team.id;
    request.assignee_id = None;
    request.forced_assignment = true;
    request.routing_reason = format!("Réaffectée à « {} » : {}", team.name, reason.trim());
    if state(request) == State::Open {
        request.state = State::New.slug().into();
    }
    journal(
        tx,
        permit,
        request,
        "request.reassigned",
        serde_json::json!({ "team": team.slug, "reason": reason }),
    );
    said(tx, request.id, &format!("{}.", request.routing_reason.trim_end_matches('.'))).await?;
    load::arrived(desk, tx, request).await?;
    Ok(mails::team_told(desk, tx, request, &team).await?)
}

/// Urgent requests come first in every queue and weigh more in hand. (CSU-09)
async fn press(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &mut request::Model,
    urgent: bool,
    reason: &str,
) -> Result<(), WorkError> {
    let reason = reason.trim().trim_end_matches('.');
    if reason.is_empty() {
        return Err(WorkError::Missing("dites pourquoi : le demandeur le lira"));
    }
    if request.urgent == urgent {
        let already =
            if urgent { "cette demande est déjà urgente" } else { "cette demande n’est pas urgente" };
        return Err(WorkError::Missing(already));
    }
    request.urgent = urgent;
    journal(
        tx,
        permit,
        request,
        "request.pressed",
        serde_json::json!({ "urgent": urgent, "reason": reason }),
    );
    let now = if urgent { "La demande est urgente" } else { "La demande n’est plus urgente" };
    said(tx, request.id, &format!("{now} : {reason}.")).await?;
    Ok(())
}

async fn wait(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &mut request::Model,
    whom: WaitingFor,
    why: &str,
) -> Result<(), WorkError> {
    if why.trim().is_empty() {
        return Err(WorkError::Missing("dites ce qui est attendu : le demandeur le lira"));
    }
    if state(request) == State::Waiting {
        store::end_pause(tx.on(), request.id, tx.now()).await?;
    }
    request.state = State::Waiting.slug().into();
    request.waiting_for = Some(whom.slug().into());
    request.first_answered_at.get_or_insert(tx.now());
    let pause = pause::Model {
        id: RequestId::new().0,
        request_id: request.id,
        waiting_for: whom.slug().into(),
        from_at: tx.now(),
        to_at: None,
    };
    store::begin_pause(tx.on(), pause).await?;
    journal(tx, permit, request, "request.waiting", serde_json::json!({ "for": whom.slug() }));
    let id = store::add_message(
        tx.on(),
        request.id,
        Some(permit.person()),
        MessageKind::Public,
        why.trim(),
        tx.now(),
    )
    .await?;
    said(tx, request.id, &format!("En attente : {}. Les délais sont suspendus.", whom.label())).await?;
    let what = "L’équipe attend quelque chose pour continuer : les délais sont suspendus.";
    Ok(mails::requester_told(desk, tx, request, what, format!("message:{id}")).await?)
}

async fn resume(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &mut request::Model,
) -> Result<(), WorkError> {
    if state(request) != State::Waiting {
        return Err(WorkError::State(state(request).label()));
    }
    end_wait(tx, request).await?;
    journal(tx, permit, request, "request.resumed", serde_json::Value::Null);
    Ok(())
}

pub(crate) async fn end_wait(tx: &Tx, request: &mut request::Model) -> Result<(), DbError> {
    store::end_pause(tx.on(), request.id, tx.now()).await?;
    request.state = if request.assignee_id.is_some() { State::Open } else { State::New }.slug().into();
    request.waiting_for = None;
    said(tx, request.id, "Le travail reprend : les délais courent à nouveau.").await?;
    Ok(())
}

/// What the school gave ends a wait for it.
pub(crate) async fn school_gave(desk: &Desk, tx: &Tx, scope: &Scope, id: RequestId) -> Result<(), WorkError> {
    let mut ground = ground(desk, tx, scope, id).await?;
    if ground.request.waiting_for.as_deref() == Some(WaitingFor::School.slug()) {
        end_wait(tx, &mut ground.request).await?;
        write_back(tx, &mut ground).await?;
    }
    Ok(())
}

async fn resolve(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    ground: &mut Ground,
    outcome: Outcome,
    note: &str,
) -> Result<(), WorkError> {
    if note.trim().is_empty() {
        return Err(WorkError::Missing(
            "écrivez au demandeur ce qui a été fait, ou pourquoi ce n’est pas possible",
        ));
    }
    let request = &mut ground.request;
    if state(request) == State::Waiting {
        store::end_pause(tx.on(), request.id, tx.now()).await?;
        request.waiting_for = None;
    }
    request.state = State::Resolved.slug().into();
    request.first_answered_at.get_or_insert(tx.now());
    request.resolved_at = Some(tx.now());
    request.outcome = Some(outcome.slug().into());
    request.outcome_note = Some(note.trim().to_owned());
    request.assignee_id.get_or_insert(permit.person());
    journal(tx, permit, request, "request.resolved", serde_json::json!({ "outcome": outcome.slug() }));
    let id = store::add_message(
        tx.on(),
        request.id,
        Some(permit.person()),
        MessageKind::Public,
        note.trim(),
        tx.now(),
    )
    .await?;
    said(tx, request.id, &format!("Solution proposée : {}.", outcome.label().to_lowercase())).await?;
    let at = ground.calendar.end_of_working_day(beffroi_calendar::paris_day(tx.now()), AUTO_CLOSE_DAYS);
    tx.enqueue(NewJob::new(AUTO_CLOSE_JOB, &(request.id, tx.now())).at(at)).await?;
    acts::settle(desk, tx, permit, request, outcome).await?;
    effects::settle(tx, permit, request, &ground.kind, outcome).await?;
    let what = "L’équipe propose une solution. Dites en un clic si elle convient.";
    Ok(mails::requester_told(desk, tx, request, what, format!("message:{id}")).await?)
}

async fn close(
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &mut request::Model,
) -> Result<(), WorkError> {
    if state(request) != State::Resolved {
        return Err(WorkError::State(state(request).label()));
    }
    request.state = State::Closed.slug().into();
    request.closed_at = Some(tx.now());
    journal(tx, permit, request, "request.closed", serde_json::Value::Null);
    said(tx, request.id, "La demande est close.").await?;
    Ok(())
}
