//! The school decides, in strict order, before the team sees the request (SRV-26 to SRV-29,
//! LADM-28). A refusal gives its reason; of two people deciding at once, one wins.

use beffroi_acts::{Act, EndError, SignActs, SignError, Signing, State as Stage};
use beffroi_db::{DbError, Event, Tx};
use beffroi_directory::{Proof, Proved};
use beffroi_kernel::{Access, ApprovalId, Permit, RequestId, Role, Scope, in_sentence};
use sha2::{Digest, Sha256};

use crate::acts::{self, ActRefused};
use crate::model::{ApprovalState, MessageKind, State};
use crate::store::entities::{approval, request};
use crate::store::requests as store;
use crate::{DecideApprovals, Desk, clock, escalation, load, mails};

/// Why a decision is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// No such approval in the person's schools.
    #[error("cette validation n’existe pas")]
    NotFound,
    /// Another function decides.
    #[error("cette décision revient à : {0}")]
    NotYours(String),
    /// Somebody decided first.
    #[error("la décision a déjà été prise")]
    Decided,
    /// An earlier step is not decided.
    #[error("une étape précédente attend encore une décision")]
    NotYet,
    /// A refusal without a reason.
    #[error("indiquez le motif du refus : le demandeur le lira")]
    ReasonMissing,
    /// A signature without the right password.
    #[error("le mot de passe ne convient pas : la signature n’est pas faite")]
    Password,
    /// What must be acknowledged apart was not.
    #[error("{}", beffroi_acts::UNTICKED)]
    Unacknowledged,
    /// No key of theirs confirmed these texts, or only a key would.
    #[error("{0}")]
    Passkey(String),
    /// The text is not the one that was read.
    #[error("le texte de l’acte a changé depuis que vous l’avez lu : relisez-le avant de signer")]
    TextChanged,
    /// The act that comes next cannot be prepared, and why.
    #[error("{0}")]
    Act(String),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What the person decided.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Yes; with the password when the step is signed.
    Grant {
        /// Re-entered for a signature.
        password: Option<String>,
        /// SHA-256 of the texts of acts that were shown; none where no page was, as on a command line.
        shown: Option<Vec<String>>,
        /// Whether what the act asks to acknowledge was ticked apart.
        acknowledged: bool,
    },
    /// Yes, signed with a passkey.
    Confirm {
        /// The answer of the device about the texts that wait.
        answer: String,
        /// SHA-256 of the texts of acts that were shown.
        shown: Option<Vec<String>>,
        /// Whether what the act asks to acknowledge was ticked apart.
        acknowledged: bool,
    },
    /// No, because.
    Refuse {
        /// What the requester will read.
        reason: String,
    },
}

impl Verdict {
    /// What proves who says yes, and the texts they were shown.
    fn proof(&self) -> Option<(Proof<'_>, Option<&Vec<String>>)> {
        match self {
            Self::Grant { password, shown, .. } => {
                Some((Proof::Password(password.as_deref().unwrap_or_default()), shown.as_ref()))
            }
            Self::Confirm { answer, shown, .. } => Some((Proof::Passkey(answer), shown.as_ref())),
            Self::Refuse { .. } => None,
        }
    }
}

/// An approval with its request, as the one who decides sees it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The step.
    pub step: approval::Model,
    /// The request.
    pub request: request::Model,
}

/// The approvals that wait for this person now.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting_for(
    desk: &Desk,
    permit: &Permit<DecideApprovals>,
    access: &Access,
) -> Result<Vec<Asked>, DbError> {
    let pending = store::pending_approvals(desk.site.db.read(), permit.scope()).await?;
    let mine = pending.into_iter().filter(|(step, _)| authority(access, step).is_some());
    Ok(mine.map(|(step, request)| Asked { step, request }).collect())
}

/// One approval of the person's schools: theirs to decide, or shown to management.
///
/// # Errors
/// [`DecideError::NotFound`] when it is another school's or another function's.
pub async fn open(
    desk: &Desk,
    permit: &Permit<DecideApprovals>,
    access: &Access,
    id: ApprovalId,
) -> Result<Asked, DecideError> {
    let read = desk.site.db.read();
    let step = store::approval(read, permit.scope(), id).await?.ok_or(DecideError::NotFound)?;
    let mut functions = access.functions_in(step.school_id);
    if authority(access, &step).is_none() && !functions.any(|function| function.role.is_management()) {
        return Err(DecideError::NotFound);
    }
    let request = of_step(read, step.request_id).await?;
    Ok(Asked { step, request })
}

async fn of_step(on: &impl sea_orm::ConnectionTrait, id: RequestId) -> Result<request::Model, DecideError> {
    store::by_id(on, &of_a_step(), id).await?.ok_or(DecideError::NotFound)
}

fn of_a_step() -> Scope {
    Scope::system("the request of an approval already found within the permit's scope")
}

/// The function by which a person may decide a step, and whom they stand in for.
#[must_use]
pub fn authority(access: &Access, step: &approval::Model) -> Option<String> {
    let mut functions = access.functions_in(step.school_id);
    let function =
        functions.find(|function| step.roles.split(',').any(|slug| slug == function.role.slug()))?;
    let substitute = if function.substitute_for.is_some() { " (suppléance)" } else { "" };
    Some(format!("{}{substitute}, depuis le {}", function.role.label(), function.since.format("%d/%m/%Y")))
}

/// The functions that may decide a step, in words.
#[must_use]
pub fn deciders(step: &approval::Model) -> String {
    let roles = step.roles.split(',').filter_map(|slug| slug.parse::<Role>().ok());
    roles.map(|role| in_sentence(role.label())).collect::<Vec<_>>().join(" ou ")
}

/// Decides a step: the next one opens, or the request goes to its team, or it is refused.
///
/// # Errors
/// As [`DecideError`] says; nothing is then changed.
pub async fn decide(
    desk: &Desk,
    permit: &Permit<DecideApprovals>,
    access: &Access,
    id: ApprovalId,
    verdict: Verdict,
) -> Result<request::Model, DecideError> {
    let Asked { mut step, request } = open(desk, permit, access, id).await?;
    let authority = authority(access, &step).ok_or_else(|| DecideError::NotYours(deciders(&step)))?;
    let published = desk.catalogue.version(request.sheet_version_id).await?.ok_or(DecideError::NotFound)?;
    let kind = published.sheet.request(&request.request_type).ok_or(DecideError::NotFound)?;
    if acts::is_act(kind, &step) {
        waits(&step)?;
        return sign_acts(desk, access, request, verdict).await;
    }
    check(desk, access, &step, &verdict).await?;
    step.decided_by = Some(access.person);
    step.authority = Some(authority);
    step.text_sha256 = step.text.as_ref().filter(|_| step.sign).map(|text| hex::encode(Sha256::digest(text)));
    match &verdict {
        Verdict::Grant { .. } | Verdict::Confirm { .. } => {
            step.state = ApprovalState::Granted.slug().into();
        }
        Verdict::Refuse { reason } => {
            step.state = ApprovalState::Refused.slug().into();
            step.reason = Some(reason.trim().to_owned());
        }
    }
    let decided = desk.site.db.write(async |tx| {
        let step = approval::Model { decided_at: Some(tx.now()), ..step.clone() };
        if !store::decide(tx.on(), &step).await? {
            return Err(DecideError::Decided);
        }
        journal(tx, access, &step);
        let request = store::held(tx, &of_a_step(), step.request_id).await?.ok_or(DecideError::NotFound)?;
        match verdict {
            Verdict::Grant { .. } | Verdict::Confirm { .. } => granted(desk, tx, request).await,
            Verdict::Refuse { .. } => refused(desk, tx, request, &step).await,
        }
    });
    decided.await
}

/// A step signed as an act: its signature is the act's, and the request moves on with it.
async fn sign_acts(
    desk: &Desk,
    access: &Access,
    request: request::Model,
    verdict: Verdict,
) -> Result<request::Model, DecideError> {
    let permit = access.permit::<SignActs>().ok_or(DecideError::NotFound)?;
    let acts = beffroi_acts::for_request(&desk.acts, request.id).await?;
    let (mut signed, mut others) = (false, None);
    let proved = proved(desk, access, &acts, &verdict).await?;
    for act in acts.iter().filter(|act| act.state == Stage::ToSign) {
        match &verdict {
            Verdict::Grant { acknowledged, .. } | Verdict::Confirm { acknowledged, .. } => {
                let proof = proved.as_ref().map_or(Proof::Password(""), Proof::Proved);
                let acknowledged = *acknowledged;
                let signing = Signing { act: act.id, text_sha256: &act.text_sha256, proof, acknowledged };
                match beffroi_acts::sign(&desk.acts, &permit, signing).await {
                    Ok(_) => signed = true,
                    // Several people sign, each their own.
                    Err(error @ SignError::Lapsed { .. }) => others = Some(error),
                    Err(error) => return Err(unsigned(error)),
                }
            }
            Verdict::Refuse { reason } => {
                beffroi_acts::refuse(&desk.acts, &permit, act.id, reason).await.map_err(unrefused)?;
                // The others end with it.
                break;
            }
        }
    }
    match others.filter(|_| !signed) {
        Some(error) => Err(unsigned(error)),
        None => of_step(desk.site.db.read(), request.id).await,
    }
}

/// Proves once who signs, for every text that waits and was shown.
async fn proved(
    desk: &Desk,
    access: &Access,
    acts: &[Act],
    verdict: &Verdict,
) -> Result<Option<Proved>, DecideError> {
    let Some((proof, shown)) = verdict.proof() else { return Ok(None) };
    let waiting: Vec<&Act> = acts.iter().filter(|act| act.state == Stage::ToSign).collect();
    let read = |act: &&Act| shown.is_none_or(|shown| shown.contains(&act.text_sha256));
    if !waiting.iter().all(read) {
        return Err(DecideError::TextChanged);
    }
    let subjects = subjects(acts);
    let proved = beffroi_directory::prove(&desk.site, access.person, proof, &subjects).await;
    proved.map(Some).map_err(|error| unsigned(error.into()))
}

/// What a passkey confirms: each act that waits, with its text.
pub(crate) fn subjects(acts: &[Act]) -> Vec<String> {
    let waiting = acts.iter().filter(|act| act.state == Stage::ToSign);
    waiting.map(|act| beffroi_acts::subject(act.id, &act.text_sha256)).collect()
}

/// What a passkey confirms of a step signed without an act.
pub(crate) fn subject(step: &approval::Model) -> String {
    let sha256 = hex::encode(Sha256::digest(step.text.as_deref().unwrap_or_default()));
    format!("validation:{}:{sha256}", step.id)
}

fn unsigned(error: SignError) -> DecideError {
    match error {
        error @ (SignError::Passkey | SignError::PasskeyWanted) => DecideError::Passkey(error.to_string()),
        SignError::NotFound => DecideError::NotFound,
        SignError::Password => DecideError::Password,
        SignError::Unacknowledged => DecideError::Unacknowledged,
        SignError::NotYet => DecideError::NotYet,
        SignError::Lapsed { may_sign } => {
            let names: Vec<String> =
                may_sign.iter().map(|one| format!("{} ({})", one.name, one.words)).collect();
            DecideError::NotYours(names.join(" ou "))
        }
        SignError::TextChanged { .. } => DecideError::TextChanged,
        SignError::Over(_) => DecideError::Decided,
        SignError::Db(error) => DecideError::Db(error),
    }
}

fn unrefused(error: EndError) -> DecideError {
    match error {
        EndError::NotFound | EndError::NoAuthority => DecideError::NotFound,
        EndError::ReasonMissing => DecideError::ReasonMissing,
        EndError::Db(error) => DecideError::Db(error),
        _ => DecideError::Decided,
    }
}

/// The next step cannot be prepared: a date passed, or the rule changed since the request was sent.
fn of_act(refused: ActRefused) -> DecideError {
    match refused {
        ActRefused::Db(error) => DecideError::Db(error),
        other => DecideError::Act(other.to_string()),
    }
}

fn waits(step: &approval::Model) -> Result<(), DecideError> {
    match ApprovalState::of(&step.state) {
        Some(ApprovalState::Pending) => Ok(()),
        Some(ApprovalState::Later) => Err(DecideError::NotYet),
        _ => Err(DecideError::Decided),
    }
}

async fn check(
    desk: &Desk,
    access: &Access,
    step: &approval::Model,
    verdict: &Verdict,
) -> Result<(), DecideError> {
    waits(step)?;
    match (verdict, verdict.proof()) {
        (Verdict::Refuse { reason }, _) if reason.trim().is_empty() => Err(DecideError::ReasonMissing),
        (_, Some((proof, _))) if step.sign => {
            let subject = [subject(step)];
            let proved = beffroi_directory::prove(&desk.site, access.person, proof, &subject).await;
            proved.map(drop).map_err(|error| unsigned(error.into()))
        }
        _ => Ok(()),
    }
}

fn journal(tx: &Tx, access: &Access, step: &approval::Model) {
    let event = Event::new("approval.decided", format!("request:{}", step.request_id))
        .by(access.person)
        .school(step.school_id)
        .data(serde_json::json!({
            "step": step.title,
            "state": step.state,
            "authority": step.authority,
            "signed_text_sha256": step.text_sha256,
            "reason": step.reason,
        }));
    tx.journal(event);
}

pub(crate) async fn granted(
    desk: &Desk,
    tx: &Tx,
    mut request: request::Model,
) -> Result<request::Model, DecideError> {
    let published = desk.catalogue.version(request.sheet_version_id).await?.ok_or(DecideError::NotFound)?;
    let kind = published.sheet.request(&request.request_type).ok_or(DecideError::NotFound)?;
    let steps = store::approvals(tx.on(), request.id).await?;
    if let Some(next) = steps.iter().find(|step| step.state == ApprovalState::Later.slug()) {
        store::make_pending(tx.on(), next.id).await?;
        if acts::is_act(kind, next) {
            acts::open(desk, tx, &request, kind, next).await.map_err(of_act)?;
        } else {
            mails::approval_needed(desk, tx, &request, next).await?;
        }
        return Ok(request);
    }
    let calendar = beffroi_directory::calendar(&desk.site.db, request.school_id).await?;
    clock::send(&mut request, kind, &calendar, tx.now());
    escalation::arm(tx, &request, &calendar, &[]).await?;
    if !store::save(tx.on(), request.clone(), tx.now()).await? {
        return Err(DecideError::Decided);
    }
    let text = "Validée par l’établissement, la demande est transmise à l’équipe.";
    store::add_message(tx.on(), request.id, None, MessageKind::System, text, tx.now()).await?;
    if let Some(team) = beffroi_directory::team(&desk.site.db, request.team_id).await? {
        mails::team_told(desk, tx, &request, &team).await?;
    }
    load::arrived(desk, tx, &request).await?;
    mails::requester_told(
        desk,
        tx,
        &request,
        "Votre établissement a validé votre demande : l’équipe compétente la reçoit.",
        format!("sent:{}", request.id),
    )
    .await?;
    Ok(request)
}

async fn refused(
    desk: &Desk,
    tx: &Tx,
    request: request::Model,
    step: &approval::Model,
) -> Result<request::Model, DecideError> {
    let said = format!("Refusée par l’établissement : {}", step.reason.as_deref().unwrap_or_default());
    let what = "Votre établissement n’a pas validé votre demande. Le motif est sur le site.";
    over(desk, tx, request, &said, what).await
}

/// A request in validation goes no further: what its page says, and what the requester is told.
pub(crate) async fn over(
    desk: &Desk,
    tx: &Tx,
    mut request: request::Model,
    said: &str,
    what: &str,
) -> Result<request::Model, DecideError> {
    request.state = State::Refused.slug().into();
    request.closed_at = Some(tx.now());
    if !store::save(tx.on(), request.clone(), tx.now()).await? {
        return Err(DecideError::Decided);
    }
    store::add_message(tx.on(), request.id, None, MessageKind::System, said, tx.now()).await?;
    mails::requester_told(desk, tx, &request, what, format!("refused:{}", request.id)).await?;
    Ok(request)
}
