//! The acts that a request asks for: prepared when its signature is asked, opened with the team's solution,
//! and what becomes of the request when one is signed or ends. (T2, T3, T6; SRV-14 to SRV-29, SEC-09)

use beffroi_acts::exemptions;
use beffroi_acts::kinds::{self, Facts};
use beffroi_acts::liability::{self, ReadLiability};
use beffroi_acts::{Act, ActKind, EndReason, ForceError, NewAct, OpenError, Who};
use beffroi_calendar::paris_day;
use beffroi_db::{DbError, Tx};
use beffroi_kernel::{Access, Permit, PersonId, Role, SchoolId};
use beffroi_sheets::{ActDeclaration, ActTerms, Answer, Answers, ApprovalStep, Direction, RequestType};
use maud::Markup;

use crate::approvals::Asked;
use crate::drafts::Draft;
use crate::model::Outcome;
use crate::store::entities::{approval, request};
use crate::store::requests as store;
use crate::work::WorkError;
use crate::{Desk, WorkRequests};

mod keys;
mod team;
mod witness;

pub(crate) use keys::{KeyAsked, key_asked};
pub(crate) use team::{ByTeam, CLOSING, ticked};
pub(crate) use witness::RequestWitness;

/// Why a request that asks for an act is not sent.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// A rule of the act refuses it, with the way out.
    #[error(transparent)]
    Rule(#[from] kinds::Refusal),
    /// Its terms must be mended.
    #[error("{0}")]
    Terms(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<OpenError> for ActRefused {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Db(error) => Self::Db(error),
            other => Self::Terms(other.to_string()),
        }
    }
}

/// What a release of liability takes from the requests of a school, as their pages say it; nothing without one. It
/// refuses no request: only a person, in their decision, says what the Region does not answer for. (T5)
pub(crate) async fn released(
    desk: &Desk,
    access: &Access,
    (school, uai): (SchoolId, &str),
) -> Result<Markup, DbError> {
    let cause = liability::released(&desk.acts, school).await?;
    let link = access.permit::<ReadLiability>().is_some();
    Ok(cause.map(|cause| liability::on_request(cause, uai, link)).unwrap_or_default())
}

/// The acts that wait for this person's signature and that none of these decisions signs.
pub(crate) async fn beside(desk: &Desk, access: &Access, asked: &[Asked]) -> Result<Vec<Act>, DbError> {
    let mut waiting = beffroi_acts::to_sign(&desk.acts, access).await?;
    waiting.retain(|act| !asked.iter().any(|one| act.request == Some(one.request.id)));
    Ok(waiting)
}

/// The signed step of a request that asks for an act, as its sheet declares it.
fn declared<'a>(
    kind: &'a RequestType,
    step: &approval::Model,
) -> Option<(&'a ActDeclaration, &'a ApprovalStep)> {
    let act = kind.act.as_ref().filter(|_| step.sign)?;
    Some((act, kind.approvals.iter().find(|known| known.title == step.title && known.sign)?))
}

/// Whether this step is signed as an act.
pub(crate) fn is_act(kind: &RequestType, step: &approval::Model) -> bool {
    declared(kind, step).is_some()
}

/// Refuses before anything is sent what no signature could make lawful. (T6)
///
/// # Errors
/// The rule that refuses, with the way out.
pub(crate) async fn admit(desk: &Desk, draft: &Draft, answers: &Answers) -> Result<(), ActRefused> {
    let kind = draft.kind();
    let (Some(declared), Some(terms)) = (&kind.act, kind.act_terms(answers)) else { return Ok(()) };
    if !kind.approvals.iter().any(|step| step.sign) {
        return Ok(());
    }
    let facts = facts(desk, draft.school, declared, &terms).await?;
    kinds::prepare(declared.kind, &facts)?;
    if declared.kind == ActKind::WebExemption {
        exemption(desk, &terms)?;
    }
    Ok(())
}

async fn facts(
    desk: &Desk,
    school: SchoolId,
    declared: &ActDeclaration,
    terms: &ActTerms,
) -> Result<Facts, DbError> {
    let people: Vec<PersonId> = terms.holders.iter().map(|one| one.id).collect();
    let held = beffroi_directory::people::held_by(&desk.site.db, &people).await?;
    let roles = |person: &PersonId| {
        let theirs = || held.iter().filter(|one| one.person == *person);
        let here = theirs().filter(|one| one.school.as_ref().is_some_and(|(id, _)| *id == school));
        let here: Vec<Role> = here.map(|one| one.role).collect();
        if here.is_empty() { theirs().map(|one| one.role).collect() } else { here }
    };
    let live = beffroi_acts::live_of_kind(&desk.acts, school, declared.kind).await?.len();
    // One that takes the place of another does not stand beside it.
    let others = if is_replaced(declared.kind) { live.saturating_sub(1) } else { live };
    Ok(Facts::of(terms, &people.iter().map(roles).collect::<Vec<_>>(), others))
}

/// Whether a school has one act of this kind at most, which the next one replaces.
fn is_replaced(kind: ActKind) -> bool {
    kinds::rule(kind).live == Some(1)
}

/// The terms of a web exemption as its effect reads them and the words that say them, or why it is refused.
fn exemption(desk: &Desk, terms: &ActTerms) -> Result<(serde_json::Value, String), ActRefused> {
    let (Some(address), Some(direction), Some(starts_on)) = (&terms.url, terms.direction, terms.starts)
    else {
        return Err(ActRefused::Terms("L’adresse, le sens et les dates de la demande manquent.".into()));
    };
    let direction = match direction {
        Direction::Allow => exemptions::Direction::Allow,
        Direction::Deny => exemptions::Direction::Deny,
    };
    let asked = exemptions::Asked { address, direction, starts_on, ends_on: terms.ends };
    let (dangers, decrypts) = desk.acts.filter();
    let today = paris_day(desk.site.db.now());
    let (found, warnings) = exemptions::terms(&asked, dangers, decrypts, today).map_err(|faults| {
        let said: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
        ActRefused::Terms(said.join(" "))
    })?;
    Ok((serde_json::to_value(&found).map_err(DbError::from)?, found.words(&warnings)))
}

/// Refuses at its question already an address that the filter cannot hold. (SEC-10)
///
/// # Errors
/// Says how to mend it.
pub(crate) fn check_address(
    desk: &Desk,
    kind: &RequestType,
    field: &str,
    answer: &Answer,
) -> Result<(), String> {
    let declared = kind.act.as_ref().filter(|act| act.kind == ActKind::WebExemption);
    let (Some(declared), Answer::Text(typed)) = (declared, answer) else { return Ok(()) };
    if declared.url.as_deref() != Some(field) || typed.is_empty() {
        return Ok(());
    }
    let (address, _) = exemptions::Address::read(typed).map_err(|error| error.to_string())?;
    let (_, decrypts) = desk.acts.filter();
    exemptions::holdable(&address, exemptions::Extent::of(&address), decrypts).map_err(str::to_owned)
}

/// Prepares the acts of a step whose turn has come: one for each person who receives the right.
///
/// # Errors
/// As [`ActRefused`] says; nothing is then kept.
pub(crate) async fn open(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    kind: &RequestType,
    step: &approval::Model,
) -> Result<(), ActRefused> {
    let Some((act, signed)) = declared(kind, step) else { return Ok(()) };
    let answers: Answers = serde_json::from_str(&request.answers).map_err(DbError::from)?;
    let Some(terms) = kind.act_terms(&answers) else { return Ok(()) };
    let live = beffroi_acts::live_of_kind(&desk.acts, request.school_id, act.kind).await?;
    let replaced = live.first().filter(|_| is_replaced(act.kind));
    let (mut effect, exactly) = match act.kind {
        ActKind::WebExemption => exemption(desk, &terms).map(|(terms, words)| (terms, Some(words)))?,
        _ => (said(act, &terms), None),
    };
    if let Some(terms) = effect.as_object_mut().filter(|_| act.passkey) {
        terms.insert(beffroi_acts::PASSKEY_TERM.into(), true.into());
    }
    let text = text(step, act, exactly.as_deref(), replaced);
    store::set_approval_text(tx.on(), step.id, &text).await?;
    for holder in holders(signed, &terms, &answers) {
        let new = NewAct {
            kind: act.kind,
            school: request.school_id,
            title: request.title.clone(),
            text: text.clone(),
            terms: effect.clone(),
            holder,
            provider: terms.provider.clone(),
            starts_on: terms.starts.unwrap_or_else(|| paris_day(tx.now())),
            ends_on: terms.ends,
            request: Some(request.id),
            supersedes: replaced.map(|old| old.id),
            signatories: vec![signatories(signed)],
            strict_order: act.order == beffroi_sheets::SignOrder::Strict,
            region_opens: act.opened_by_region,
            by: Some(request.requester_id),
        };
        beffroi_acts::open_act(&desk.acts, tx, new).await?;
    }
    Ok(())
}

/// The terms as effects and readers find them, with what is acknowledged.
fn said(act: &ActDeclaration, terms: &ActTerms) -> serde_json::Value {
    let mut said = serde_json::json!({ "scope": terms.scope, "motive": terms.motive });
    if let (Some(known), Some(said)) = (&act.acknowledgement, said.as_object_mut()) {
        let one = serde_json::json!({ "name": known.id, "version": known.version, "text": known.text });
        said.insert("acknowledgements".into(), serde_json::json!([one]));
    }
    said
}

/// The exact text: the step's, what becomes true exactly, what is acknowledged, what is replaced.
fn text(
    step: &approval::Model,
    act: &ActDeclaration,
    exactly: Option<&str>,
    replaced: Option<&Act>,
) -> String {
    let mut parts = vec![step.text.clone().unwrap_or_default()];
    parts.extend(exactly.map(str::to_owned));
    parts.extend(act.acknowledgement.as_ref().map(|known| known.text.clone()));
    parts.extend(replaced.map(|old| format!("Cet acte remplace l’acte {}.", old.reference)));
    parts.join("\n\n")
}

/// Who receives the right; for a text that several people sign each, each of them.
fn holders(step: &ApprovalStep, terms: &ActTerms, answers: &Answers) -> Vec<Option<PersonId>> {
    let named = match step.signers.as_ref().and_then(|field| answers.get(field)) {
        Some(Answer::People(people)) => people.as_slice(),
        _ => &terms.holders,
    };
    if named.is_empty() { vec![None] } else { named.iter().map(|one| Some(one.id)).collect() }
}

fn signatories(step: &ApprovalStep) -> Vec<Who> {
    if step.signers.is_some() {
        return vec![Who::Holder];
    }
    let delegate = step.delegate.map(|_| Who::FilterDelegate);
    step.by.iter().map(|role| Who::Role(*role)).chain(delegate).collect()
}

/// The team gives its solution: what was signed is opened when it was done, and ends when it was not.
pub(crate) async fn settle(
    desk: &Desk,
    tx: &Tx,
    permit: &Permit<WorkRequests>,
    request: &request::Model,
    outcome: Outcome,
) -> Result<(), WorkError> {
    if !matches!(outcome, Outcome::Done | Outcome::Degraded) {
        let note = "La Région n’a pas donné suite à la demande.";
        let by = Some(permit.person());
        beffroi_acts::end_of_request(&desk.acts, tx, request.id, EndReason::Withdrawn, (by, note)).await?;
        return Ok(());
    }
    for act in beffroi_acts::of_request(tx, request.id).await? {
        if act.state != beffroi_acts::State::Signed {
            continue;
        }
        match beffroi_acts::put_in_force(&desk.acts, tx, act.id, Some(permit.person())).await {
            Ok(_) => {}
            Err(ForceError::Db(error)) => return Err(error.into()),
            Err(_) => return Err(WorkError::Missing("le dernier jour de cet acte est passé")),
        }
    }
    Ok(())
}
