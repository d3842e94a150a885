//! A person sends the request they drafted: from here it has a reference, one owner team and, once
//! the school has approved it, its clocks. (CSU-01, CSU-08, SRV-29)

use beffroi_db::{DbError, Event, Tx};
use beffroi_directory::{School, Standing, Team};
use beffroi_kernel::{Access, ApprovalId, DraftId, Permit, PersonId, RequestId, Role, Scope, TaskId};
use beffroi_sheets::{Answer, Answers, ApprovalStep, Decision, FieldError, Nature, Word};
use chrono::{DateTime, Utc};

use crate::acts::{self, ActRefused};
use crate::drafts::{self, Draft, DraftError};
use crate::mails;
use crate::model::{ApprovalState, MessageKind, State};
use crate::store::entities::{approval, request, task};
use crate::store::search::Part;
use crate::store::{drafts as draft_store, later, major as major_store, requests as store};
use crate::{Desk, FillDrafts, SubmitRequest, clock, escalation, load, named, quota, record, search};

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
    /// A rule of the act it asks for refuses it, or the number of requests a day.
    #[error("{0}")]
    Act(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ActRefused> for SubmitError {
    fn from(refused: ActRefused) -> Self {
        match refused {
            ActRefused::Db(error) => Self::Db(error),
            other => Self::Act(other.to_string()),
        }
    }
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
    Ok(send(desk, permit.scope(), access, id).await?.0)
}

/// Sends a draft of this person, asked for oneself or typed in for somebody (CSU-05); says also
/// whether it was typed in.
///
/// # Errors
/// As [`submit`].
pub async fn submit_own(
    desk: &Desk,
    permit: &Permit<FillDrafts>,
    access: &Access,
    id: DraftId,
) -> Result<(String, bool), SubmitError> {
    send(desk, permit.scope(), access, id).await
}

/// The draft is taken first and looked at then, all in one transaction: nobody changes it meanwhile, and what
/// refuses it leaves it as it was.
async fn send(
    desk: &Desk,
    scope: &Scope,
    access: &Access,
    id: DraftId,
) -> Result<(String, bool), SubmitError> {
    desk.site
        .db
        .write(async |tx| {
            let request = RequestId::new();
            let taken = draft_store::take(tx, scope, (access.person, id), request).await?;
            let Some((model, reference)) = taken else { return already_sent(tx, scope, access, id).await };
            let draft = drafts::of_row(desk, access, model).await?;
            let answers = checked(desk, tx, access, &draft).await?;
            let way = way(desk, &draft).await?;
            let examples_on = way.standing.setting("sg-validation") != Some("off");
            let mut prepared = prepare(access, (&draft, request), &answers, &way, examples_on, tx.now())?;
            prepared.request.reference = reference;
            if prepared.request.state == State::New.slug() {
                clock::send(&mut prepared.request, draft.kind(), &way.standing.calendar, tx.now());
                escalation::arm(tx, &prepared.request, &way.standing.calendar, &[]).await?;
            }
            Ok((insert(desk, tx, (access, &draft), prepared, &way).await?, draft.is_typed_in()))
        })
        .await
}

/// The answers that count, when nothing refuses the draft.
async fn checked(desk: &Desk, tx: &Tx, access: &Access, draft: &Draft) -> Result<Answers, SubmitError> {
    if draft.refusal().is_some() {
        return Err(SubmitError::OutOfScope);
    }
    let answers = draft.kind().check(&draft.answers, &draft.facts).map_err(SubmitError::Answers)?;
    let gone = named::gone(desk, draft, &answers).await?;
    if !gone.is_empty() {
        return Err(SubmitError::Answers(gone));
    }
    acts::admit(desk, draft, &answers).await?;
    quota::admit(tx, access.person, quota::most(desk, draft).await?).await?;
    Ok(answers)
}

/// The major incident that explains a request.
pub(crate) struct Known {
    /// Its identifier.
    pub(crate) incident: RequestId,
    /// Its words.
    pub(crate) title: String,
}

/// Sends a draft without its questions: a major incident answers them. One a person and school.
pub(crate) async fn submit_known(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    draft: &Draft,
    known: &Known,
) -> Result<String, SubmitError> {
    let way = way(desk, draft).await?;
    desk.site
        .db
        .write(async |tx| {
            let id = RequestId::new();
            let mut prepared = prepare(access, (draft, id), &draft.answers, &way, false, tx.now())?;
            let request = &mut prepared.request;
            request.state = State::New.slug().into();
            request.parent_id = Some(known.incident);
            request.summary = format!("Concerné par l’incident « {} »", known.title);
            let who = (draft.school, access.person);
            if !major_store::join(tx.on(), known.incident, who, id, tx.now()).await? {
                let before = major_store::joined(tx.on(), known.incident, who).await?;
                let before = before.ok_or(DraftError::Changed)?;
                draft_store::delete(tx.on(), draft.id).await?;
                let sent = store::by_id(tx.on(), permit.scope(), before).await?;
                return Ok(sent.ok_or(DraftError::NotFound)?.reference);
            }
            let taken = draft_store::take(tx, permit.scope(), (access.person, draft.id), id).await?;
            let unchanged = taken.filter(|(row, _)| row.updated_at == draft.updated_at);
            request.reference = unchanged.ok_or(DraftError::Changed)?.1;
            clock::send(request, draft.kind(), &way.standing.calendar, tx.now());
            escalation::arm(tx, request, &way.standing.calendar, &[]).await?;
            (prepared.approvals, prepared.tasks) = (Vec::new(), Vec::new());
            let reference = insert(desk, tx, (access, draft), prepared, &way).await?;
            let text = format!("Rattachée à l’incident majeur « {} ».", known.title);
            later(tx, vec![store::message_of(id, None, MessageKind::System, &text, tx.now())]);
            Ok(reference)
        })
        .await
}

async fn already_sent(
    tx: &Tx,
    scope: &Scope,
    access: &Access,
    id: DraftId,
) -> Result<(String, bool), SubmitError> {
    let draft = draft_store::find(tx.on(), scope, access.person, id).await?.ok_or(DraftError::NotFound)?;
    let request = draft.request_id.ok_or(DraftError::Changed)?;
    let system = Scope::system("the request of a draft that is this person's");
    let sent = store::by_id(tx.on(), &system, request).await?.ok_or(DraftError::NotFound)?;
    Ok((sent.reference, draft.for_person.is_some()))
}

/// Which team receives a request, and by whose working time.
struct Way {
    school: School,
    standing: Standing,
    decision: Decision,
    team: Team,
}

async fn way(desk: &Desk, draft: &Draft) -> Result<Way, DbError> {
    let db = &desk.site.db;
    let school = drafts::school_of(desk, draft.school).await?;
    let standing = beffroi_directory::standing(db, draft.school).await?;
    let kind = draft.kind();
    let decision = desk.catalogue.routing().await?.route(&kind.theme, kind.provider_first, &standing.place);
    let key = format!("team {}", decision.team);
    let read = async || beffroi_directory::team_by_slug(db, &decision.team).await;
    let team = db.recent(key, &["team", "organisation", "routing"], read).await?;
    let team = team
        .as_ref()
        .clone()
        .ok_or_else(|| DbError::Corrupt(format!("l’équipe « {} » manque", decision.team)))?;
    Ok(Way { school, standing, decision, team })
}

fn prepare(
    access: &Access,
    (draft, id): (&Draft, RequestId),
    answers: &Answers,
    way: &Way,
    examples_on: bool,
    now: DateTime<Utc>,
) -> Result<Prepared, SubmitError> {
    let kind = draft.kind();
    let asker = draft.asker.as_ref().unwrap_or(access);
    let steps = kind.approvals(answers, &draft.approval_facts(), examples_on);
    let blank = blank((draft, id), way, asker.person, now);
    let approvals = approval_steps(asker, draft, id, &steps, answers, now);
    let waiting = approvals.iter().any(|step| step.state != ApprovalState::Granted.slug());
    let request = request::Model {
        summary: summary(kind, answers),
        state: if waiting { State::Validation } else { State::New }.slug().into(),
        answers: serde_json::to_string(answers).map_err(DbError::from)?,
        examples_on: examples_on.to_string(),
        ..blank
    };
    let tasks = planned_tasks(id, draft, answers)?;
    Ok(Prepared { request, approvals, tasks })
}

/// The request as its draft and its way make it, before its answers are looked at.
fn blank(
    (draft, id): (&Draft, RequestId),
    way: &Way,
    requester: PersonId,
    now: DateTime<Utc>,
) -> request::Model {
    let kind = draft.kind();
    request::Model {
        id,
        reference: String::new(),
        school_id: draft.school,
        requester_id: requester,
        requester_role: draft.facts.requester_role.slug().into(),
        sheet_version_id: draft.published.id,
        sheet_slug: draft.published.sheet.slug.clone(),
        request_type: kind.id.clone(),
        title: kind.title.clone(),
        summary: String::new(),
        nature: kind.nature.slug().into(),
        theme: kind.theme.clone(),
        state: State::New.slug().into(),
        waiting_for: None,
        team_id: way.team.id,
        assignee_id: None,
        routing_reason: way.decision.because.clone(),
        forced_assignment: false,
        goodwill: draft.is_goodwill(),
        urgent: kind.nature == Nature::Incident && kind.theme == "securite",
        channel: draft.channel.slug().into(),
        answers: String::new(),
        examples_on: String::new(),
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
    }
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
pub(crate) fn summary(kind: &beffroi_sheets::RequestType, answers: &Answers) -> String {
    let shown = kind.fields.iter().filter(|field| !field.before).filter_map(|field| {
        let words = field.show(answers.get(&field.id)?).join(", ");
        (!words.is_empty()).then_some(words)
    });
    shown.take(2).collect::<Vec<_>>().join(" — ").chars().take(160).collect()
}

/// The steps in strict order. A plain approval by someone who is asking themselves is granted at
/// once; a signature is always asked for, and so is everything an agent typed in: a voice on the phone
/// approves nothing.
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
        let own = step.by.iter().find(|role| mine.contains(role));
        let own = own.filter(|_| !step.sign && !draft.is_typed_in());
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
            text: step.text.as_ref().map(|text| signed_text(text, draft.kind(), answers, &access.name)),
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
pub(crate) fn signed_text(
    text: &str,
    kind: &beffroi_sheets::RequestType,
    answers: &Answers,
    name: &str,
) -> String {
    let mut lines = vec![text.trim().to_owned(), String::new(), format!("Demande présentée par {name}.")];
    for field in &kind.fields {
        if let Some(answer) = answers.get(&field.id) {
            lines.push(format!("{} — {}", field.label, field.show(answer).join(" ; ")));
        }
    }
    lines.join("\n")
}

async fn insert(
    desk: &Desk,
    tx: &Tx,
    (access, draft): (&Access, &Draft),
    prepared: Prepared,
    way: &Way,
) -> Result<String, SubmitError> {
    let Prepared { request, approvals, tasks } = prepared;
    let event = Event::new("request.submitted", format!("request:{}", request.id))
        .by(access.person)
        .school(request.school_id)
        .data(serde_json::json!({
            "reference": request.reference,
            "sheet": draft.published.id,
            "type": request.request_type,
            "team": way.decision.team,
            "because": way.decision.because,
            "goodwill": request.goodwill,
            "for": draft.is_typed_in().then_some(request.requester_id),
            "channel": request.channel,
        }));
    tx.journal(event);
    later(tx, vec![store::ranked(request.clone())]);
    search::index_new(desk, tx, &request, &words_around(access, draft, request.id, &way.school)).await?;
    later(tx, tasks);
    let first = record::first_line(access, draft);
    later(tx, vec![store::message_of(request.id, None, MessageKind::System, &first, tx.now())]);
    later(tx, approvals.clone());
    if draft.answers.values().any(|answer| matches!(answer, Answer::Files(files) if !files.is_empty())) {
        draft_store::give_files_to_request(tx, draft.id, request.id);
    }
    if draft.is_typed_in() {
        tx.flush().await?;
        draft_store::typed_by(tx.on(), record::kept(access, draft, request.id, tx.now())).await?;
        mails::typed_in(desk, tx, &request).await?;
        // The caller's name is found too.
        search::index(tx.on(), &request).await?;
    } else {
        mails::acknowledgement(desk, tx, &request).await?;
    }
    if request.urgent {
        mails::heads_told(desk, tx, &request).await?;
    }
    if let Some(next) = approvals.iter().find(|step| step.state == ApprovalState::Pending.slug()) {
        if acts::is_act(draft.kind(), next) {
            tx.flush().await?;
            acts::open(desk, tx, &request, draft.kind(), next).await?;
        } else {
            mails::approval_needed(desk, tx, &request, next).await?;
        }
    }
    if request.sent_at.is_some() {
        mails::team_told(desk, tx, &request, &way.team).await?;
        load::arrived(desk, tx, &request).await?;
    }
    Ok(request.reference)
}

/// What a new request is found by besides its own words; as `store::search::parts` will read them.
fn words_around(access: &Access, draft: &Draft, id: RequestId, school: &School) -> Vec<Part> {
    let requester = draft.asker.as_ref().unwrap_or(access);
    let part = |kind: &str, text: String, place| Part { request_id: id, kind: kind.into(), text, place };
    vec![
        part("school", format!("{} {} {}", school.name, school.city, school.uai), school.territory.id.0),
        part("person", requester.name.clone(), id.0),
        part("sheet", draft.published.sheet.title.clone(), id.0),
    ]
}
