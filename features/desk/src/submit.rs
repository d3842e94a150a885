//! A person sends the request they drafted: from here it has a reference, one owner team and, once
//! the school has approved it, its clocks. (CSU-01, CSU-08, SRV-29)

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{Access, ApprovalId, DraftId, Permit, RequestId, Role, TaskId};
use beffroi_sheets::{Answers, ApprovalStep, Decision, FieldError, Nature, Word};
use chrono::{DateTime, Utc};

use crate::clock;
use crate::drafts::{self, Draft, DraftError};
use crate::mails;
use crate::model::{ApprovalState, Channel, MessageKind, State};
use crate::store::entities::{approval, request, task};
use crate::store::{drafts as draft_store, requests as store};
use crate::{Desk, SubmitRequest};

/// Why a request is not sent. The draft is kept.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The draft itself cannot be used.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// Answers to mend.
    #[error("{} réponse(s) à corriger", .0.len())]
    Answers(Vec<FieldError>),
    /// The sheet does not cover it; its page says why and what to do instead.
    #[error("cette demande est hors du service")]
    OutOfScope,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

struct Prepared {
    request: request::Model,
    approvals: Vec<approval::Model>,
    tasks: Vec<task::Model>,
}

/// Sends a draft and returns the request's reference. Sending twice gives the same reference.
///
/// # Errors
/// [`SubmitError::OutOfScope`] when a refusal stands, [`SubmitError::Answers`] when one is missing.
pub async fn submit(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    id: DraftId,
) -> Result<String, SubmitError> {
    let draft = drafts::open(desk, permit, access, id).await?;
    if draft.refusal().is_some() {
        return Err(SubmitError::OutOfScope);
    }
    let answers = draft.kind().check(&draft.answers, &draft.facts).map_err(SubmitError::Answers)?;
    let decision = route(desk, &draft).await?;
    let examples_on =
        beffroi_directory::setting(&desk.site.db, draft.school, "sg-validation").await?.as_deref()
            != Some("off");

    desk.site
        .db
        .write(async |tx| {
            let mut prepared =
                prepare(desk, access, &draft, &answers, &decision, examples_on, tx.now()).await?;
            if !draft_store::mark_sent(tx.on(), draft.id, draft.updated_at, prepared.request.id).await? {
                return already_sent(tx, permit, access, draft.id).await;
            }
            prepared.request.reference = store::next_reference(tx.on(), tx.now()).await?;
            if prepared.request.state == State::New.slug() {
                clock::send(desk, &mut prepared.request, draft.kind(), tx.now()).await?;
            }
            insert(desk, tx, &draft, prepared, &decision).await
        })
        .await
}

async fn already_sent(
    tx: &Tx,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    id: DraftId,
) -> Result<String, SubmitError> {
    let draft =
        draft_store::find(tx.on(), permit.scope(), access.person, id).await?.ok_or(DraftError::NotFound)?;
    let request = draft.request_id.ok_or(DraftError::Changed)?;
    let sent = store::by_id(tx.on(), permit.scope(), request).await?.ok_or(DraftError::NotFound)?;
    Ok(sent.reference)
}

pub(crate) async fn route(desk: &Desk, draft: &Draft) -> Result<Decision, DbError> {
    let routing = desk.catalogue.routing().await?;
    let place = beffroi_directory::place(&desk.site.db, draft.school).await?;
    Ok(routing.route(&draft.kind().theme, draft.kind().provider_first, &place))
}

async fn prepare(
    desk: &Desk,
    access: &Access,
    draft: &Draft,
    answers: &Answers,
    decision: &Decision,
    examples_on: bool,
    now: DateTime<Utc>,
) -> Result<Prepared, SubmitError> {
    let team = beffroi_directory::team_by_slug(&desk.site.db, &decision.team).await?;
    let team = team.ok_or_else(|| DbError::Corrupt(format!("l’équipe « {} » manque", decision.team)))?;
    let kind = draft.kind();
    let id = RequestId::new();
    let steps = kind.approvals(answers, &draft.facts, examples_on);
    let approvals = approval_steps(access, draft, id, &steps, answers, now);
    let waiting = approvals.iter().any(|step| step.state != ApprovalState::Granted.slug());
    let summary = summary(kind, answers);
    let request = request::Model {
        id,
        reference: String::new(),
        school_id: draft.school,
        requester_id: access.person,
        requester_role: draft.facts.requester_role.slug().into(),
        sheet_version_id: draft.published.id,
        sheet_slug: draft.published.sheet.slug.clone(),
        request_type: kind.id.clone(),
        title: kind.title.clone(),
        summary,
        nature: kind.nature.slug().into(),
        theme: kind.theme.clone(),
        state: if waiting { State::Validation } else { State::New }.slug().into(),
        waiting_for: None,
        team_id: team.id,
        assignee_id: None,
        routing_reason: decision.because.clone(),
        forced_assignment: false,
        goodwill: draft.is_goodwill(),
        urgent: kind.nature == Nature::Incident && kind.theme == "securite",
        channel: Channel::Web.slug().into(),
        answers: serde_json::to_string(answers).map_err(DbError::from)?,
        examples_on: examples_on.to_string(),
        submitted_at: now,
        sent_at: None,
        first_answer_due: None,
        solution_due: None,
        next_due: None,
        first_answered_at: None,
        resolved_at: None,
        closed_at: None,
        outcome: None,
        outcome_note: None,
        satisfaction: None,
        satisfaction_note: None,
        merged_into: None,
        updated_at: now,
        version: 1,
        active: false,
        pressing: 0,
        first_answer_minutes: None,
        solution_minutes: None,
        reopened: 0,
        parent_id: None,
    };
    let tasks = planned_tasks(id, draft, answers)?;
    Ok(Prepared { request, approvals, tasks })
}

fn planned_tasks(id: RequestId, draft: &Draft, answers: &Answers) -> Result<Vec<task::Model>, DbError> {
    let planned = draft.kind().tasks(answers, &draft.facts);
    let models = planned.into_iter().zip(0..).map(|(planned, position)| {
        let checklist: Vec<(String, bool)> =
            planned.checklist.into_iter().map(|item| (item, false)).collect();
        let checklist = serde_json::to_string(&checklist)?;
        Ok(task::Model {
            id: TaskId::new(),
            request_id: id,
            position,
            title: planned.title,
            checklist,
            done_at: None,
            done_by: None,
        })
    });
    models.collect()
}

/// The first answers that say what it is about, for lists and mails' bodies.
fn summary(kind: &beffroi_sheets::RequestType, answers: &Answers) -> String {
    let shown = kind.fields.iter().filter(|field| !field.before).filter_map(|field| {
        let words = field.show(answers.get(&field.id)?).join(", ");
        (!words.is_empty()).then_some(words)
    });
    shown.take(2).collect::<Vec<_>>().join(" — ").chars().take(160).collect()
}

/// The steps in strict order. A plain approval by someone who is asking themselves is granted at
/// once; a signature is always asked for.
fn approval_steps(
    access: &Access,
    draft: &Draft,
    id: RequestId,
    steps: &[&ApprovalStep],
    answers: &Answers,
    now: DateTime<Utc>,
) -> Vec<approval::Model> {
    let mine: Vec<Role> = access.functions_in(draft.school).map(|function| function.role).collect();
    let mut turn_taken = false;
    let mut models = Vec::new();
    for (step, position) in steps.iter().zip(0..) {
        let own = step.by.iter().find(|role| mine.contains(role)).filter(|_| !step.sign);
        let state = match (own, turn_taken) {
            (Some(_), _) => ApprovalState::Granted,
            (None, false) => ApprovalState::Pending,
            (None, true) => ApprovalState::Later,
        };
        turn_taken |= state == ApprovalState::Pending;
        models.push(approval::Model {
            id: ApprovalId::new(),
            request_id: id,
            school_id: draft.school,
            position,
            roles: step.by.iter().map(|role| role.slug()).collect::<Vec<_>>().join(","),
            title: step.title.clone(),
            sign: step.sign,
            text: step.text.as_ref().map(|text| signed_text(text, draft, answers, access)),
            state: state.slug().into(),
            decided_by: own.map(|_| access.person),
            authority: own.map(|role| format!("{}, auteur de la demande", role.label())),
            reason: None,
            decided_at: own.map(|_| now),
            text_sha256: None,
        });
    }
    models
}

/// The exact text to sign: the sheet's words, then every answer it bears on.
fn signed_text(text: &str, draft: &Draft, answers: &Answers, access: &Access) -> String {
    let mut lines =
        vec![text.trim().to_owned(), String::new(), format!("Demande présentée par {}.", access.name)];
    for field in &draft.kind().fields {
        if let Some(answer) = answers.get(&field.id) {
            lines.push(format!("{} — {}", field.label, field.show(answer).join(" ; ")));
        }
    }
    lines.join("\n")
}

async fn insert(
    desk: &Desk,
    tx: &Tx,
    draft: &Draft,
    prepared: Prepared,
    decision: &Decision,
) -> Result<String, SubmitError> {
    let Prepared { request, approvals, tasks } = prepared;
    let event = Event::new("request.submitted", format!("request:{}", request.id))
        .by(request.requester_id)
        .school(request.school_id)
        .data(serde_json::json!({
            "reference": request.reference,
            "sheet": draft.published.id,
            "type": request.request_type,
            "team": decision.team,
            "because": decision.because,
            "goodwill": request.goodwill,
        }));
    tx.journal(event);
    store::insert(tx.on(), request.clone()).await?;
    draft_store::give_files_to_request(tx.on(), draft.id, request.id).await?;
    store::insert_tasks(tx.on(), tasks).await?;
    store::add_message(tx.on(), request.id, None, MessageKind::System, "Demande déposée.", tx.now()).await?;
    mails::acknowledgement(desk, tx, &request).await?;
    if request.urgent {
        mails::heads_told(desk, tx, &request).await?;
    }
    if let Some(next) = approvals.iter().find(|step| step.state == ApprovalState::Pending.slug()) {
        mails::approval_needed(desk, tx, &request, next).await?;
    }
    if request.sent_at.is_some() {
        mails::team_told(desk, tx, &request).await?;
    }
    let reference = request.reference.clone();
    store::insert_approvals(tx.on(), approvals).await?;
    Ok(reference)
}
