//! Releases of liability: the Region says that it answers for a school's information system no more.
//! Decided by the head of the department alone, in person and under password: no job and no command can
//! make one. Reasoned, dated, notified, contestable by the head of the school, lifted with a reason.
//! (T5; SRV-10, SRV-11, OGI-13, RES-17)

mod announce;
mod mails;
mod words;

use beffroi_db::{DbError, Tx};
use beffroi_directory::factors::PASSKEY_REFUSED;
use beffroi_directory::{Fault, Proof, ProofError, School, prove};
use beffroi_kernel::{Permit, PersonId, Role, SchoolId, Scope};

pub(crate) use crate::store::liability::{Contest, Release};
pub use crate::views::liability::on_request;
pub use announce::announcements;
pub use words::{Cause, Draft, KEPT, losses, sentence, text};

use crate::model::{Act, ActKind, Authority, End, EndReason, Method, NewAct, SignActs, Who};
use crate::open::OpenError;
use crate::rules::paris_day;
use crate::sealed::Entry;
use crate::sign::{self, Shown, SignError};
use crate::store::liability::{self as store, Said};
use crate::{Acts, ending, ground, open_act, passkeys};

const DECIDES: &[Who] = &[Who::Role(Role::DepartmentHead)];
const CONTESTS: &[Who] = &[Who::Role(Role::Head)];

beffroi_kernel::actions! {
    /// Reads releases of liability: those concerned, and those who watch over them.
    ReadLiability {
        Head => School, DeputyHead => School, SecretaryGeneral => School, WorkshopDirector => School,
        Technician => Territory, ServiceManager => Territory, DepartmentHead => Region, RegionAdmin => Region,
        SecurityOfficer => Region,
    }
    /// Decides a release of liability, answers what is said against it, lifts it.
    DecideLiability { DepartmentHead => Region }
    /// Contests it, for the school.
    ContestLiability { Head => School }
}

/// Why nothing is decided.
#[derive(Debug, thiserror::Error)]
pub enum LiabilityError {
    /// No such school, or nothing of the kind there.
    #[error("il n’y a pas de dégagement de responsabilité en cours pour cet établissement")]
    NotFound,
    /// Fields to mend.
    #[error("{}", .0.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<Fault>),
    /// Not their password.
    #[error("le mot de passe ne convient pas\u{a0}: rien n’est décidé")]
    Password,
    /// No key of theirs confirmed it, or only a key would.
    #[error("{0}")]
    Passkey(&'static str),
    /// The text is not the one that was shown.
    #[error("le texte a changé depuis que vous l’avez lu : relisez-le avant de signer")]
    TextChanged,
    /// They have no authority at this instant.
    #[error("vous n’avez pas qualité pour cette décision aujourd’hui")]
    NoAuthority,
    /// A decision lasts already.
    #[error("un dégagement de responsabilité est déjà en cours\u{a0}: levez-le avant d’en prendre un autre")]
    Already,
    /// An answer is awaited, or none is.
    #[error("{0}")]
    State(&'static str),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SignError> for LiabilityError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Password => Self::Password,
            SignError::Passkey => Self::Passkey(PASSKEY_REFUSED),
            SignError::PasskeyWanted => Self::Passkey(sign::PASSKEY_WANTED),
            SignError::TextChanged { .. } => Self::TextChanged,
            SignError::Db(error) => Self::Db(error),
            _ => Self::NoAuthority,
        }
    }
}

impl From<ProofError> for LiabilityError {
    fn from(error: ProofError) -> Self {
        SignError::from(error).into()
    }
}

impl From<OpenError> for LiabilityError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Db(error) => Self::Db(error),
            error => Self::Invalid(vec![Fault::new("reason", error.to_string())]),
        }
    }
}

/// What the form of decision carries, once its text was read.
#[derive(Clone, Copy, Debug)]
pub struct Deciding<'a> {
    /// Which school.
    pub school: SchoolId,
    /// What was typed.
    pub draft: &'a Draft,
    /// SHA-256 of the text that was shown.
    pub text_sha256: &'a str,
    /// The password typed again, or a passkey's answer about this very text.
    pub proof: Proof<'a>,
}

/// Decides and signs, in one transaction.
///
/// # Errors
/// As [`LiabilityError`] says; nothing is then decided.
pub async fn decide(
    acts: &Acts,
    (permit, signing): (&Permit<DecideLiability>, &Permit<SignActs>),
    deciding: Deciding<'_>,
) -> Result<Act, LiabilityError> {
    let faults = deciding.draft.faults();
    let Some(cause) = deciding.draft.cause.filter(|_| faults.is_empty()) else {
        return Err(LiabilityError::Invalid(faults));
    };
    let subject = [decision(deciding.school, deciding.text_sha256)];
    let proved = prove(&acts.site, permit.person(), deciding.proof, &subject).await?;
    let school = ground::school_of(acts, deciding.school).await?;
    acts.site
        .db
        .write(async |tx| {
            let authority = authority(tx, &school, permit.person(), DECIDES).await?;
            let act =
                open_act(acts, tx, prepared(tx, permit.person(), &school, cause, deciding.draft)).await?;
            let release = row(tx, &act, cause, deciding.draft, authority);
            if !store::insert(tx.on(), &release).await? {
                return Err(LiabilityError::Already);
            }
            let ground = serde_json::json!({ "ground": release.ground, "evidence": release.evidence });
            let decided = Entry::about("liability.decided", act.id).school(act.school).facts(ground);
            decided.by(Some(release.decided_by)).row(&release).write(tx);
            let shown = Shown { act: act.id, text_sha256: deciding.text_sha256, acknowledged: false };
            let act = sign::within(acts, tx, signing, shown, &proved).await?;
            mails::decided(acts, tx, &school, &act, cause).await?;
            Ok(act)
        })
        .await
}

fn prepared(tx: &Tx, by: PersonId, school: &School, cause: Cause, draft: &Draft) -> NewAct {
    NewAct {
        kind: ActKind::LiabilityRelease,
        school: school.id,
        title: cause.label().to_owned(),
        text: text(cause, draft, &school.name, &school.uai),
        terms: serde_json::json!({ "ground": cause.slug(), "losses": losses(cause) }),
        holder: None,
        provider: None,
        starts_on: paris_day(tx.now()),
        ends_on: None,
        request: None,
        supersedes: None,
        signatories: vec![DECIDES.to_vec()],
        strict_order: false,
        region_opens: false,
        by: Some(by),
    }
}

fn row(tx: &Tx, act: &Act, cause: Cause, draft: &Draft, authority: Authority) -> Release {
    Release {
        act_id: act.id,
        school_id: act.school,
        lasts_for: Some(act.school),
        ground: cause.slug().to_owned(),
        reason: draft.reason.trim().to_owned(),
        evidence: draft.evidence.trim().to_owned(),
        decided_by: authority.person,
        authority: authority.words,
        decided_at: tx.now(),
        lifted_at: None,
        lifted_by: None,
        lift_authority: None,
        lift_reason: None,
    }
}

/// The head of the school says why the decision is wrong. Both stay.
///
/// # Errors
/// As [`LiabilityError`] says; nothing is then written.
pub async fn contest(
    acts: &Acts,
    permit: &Permit<ContestLiability>,
    school: SchoolId,
    why: &str,
) -> Result<(), LiabilityError> {
    if let Some(fault) = sentence("text", why) {
        return Err(LiabilityError::Invalid(vec![fault]));
    }
    if !permit.scope().schools().contains(&school) {
        return Err(LiabilityError::NotFound);
    }
    let school = ground::school_of(acts, school).await?;
    let write = async |tx: &Tx| {
        let release = store::lock(tx.on(), school.id).await?.ok_or(LiabilityError::NotFound)?;
        let authority = authority(tx, &school, permit.person(), CONTESTS).await?;
        let said = Said { by: authority.person, authority: &authority.words, text: why.trim(), at: tx.now() };
        let contest = store::contest(tx.on(), &release, &said).await?;
        let contest =
            contest.ok_or(LiabilityError::State("votre contestation précédente attend encore sa réponse"))?;
        told("liability.contested", &release, &said).row(&contest).write(tx);
        Ok(mails::contested(acts, tx, &school, &release).await?)
    };
    acts.site.db.write(write).await
}

/// The head of the department answers that the decision stands. To give way, they lift it.
///
/// # Errors
/// As [`LiabilityError`] says; nothing is then written.
pub async fn answer(
    acts: &Acts,
    permit: &Permit<DecideLiability>,
    school: SchoolId,
    why: &str,
) -> Result<(), LiabilityError> {
    if let Some(fault) = sentence("answer", why) {
        return Err(LiabilityError::Invalid(vec![fault]));
    }
    let school = ground::school_of(acts, school).await?;
    let write = async |tx: &Tx| {
        let release = store::lock(tx.on(), school.id).await?.ok_or(LiabilityError::NotFound)?;
        let authority = authority(tx, &school, permit.person(), DECIDES).await?;
        let said = Said { by: authority.person, authority: &authority.words, text: why.trim(), at: tx.now() };
        let answered = store::answer(tx.on(), release.act_id, &said, false).await?;
        let answered = answered.ok_or(LiabilityError::State("aucune contestation n’attend de réponse"))?;
        told("liability.answered", &release, &said).row(&answered).write(tx);
        Ok(mails::answered(acts, tx, &school, &release).await?)
    };
    acts.site.db.write(write).await
}

/// The decision ends; what was said against it is answered so.
///
/// # Errors
/// As [`LiabilityError`] says; nothing is then changed.
pub async fn lift(
    acts: &Acts,
    permit: &Permit<DecideLiability>,
    school: SchoolId,
    (why, proof): (&str, Proof<'_>),
) -> Result<(), LiabilityError> {
    if let Some(fault) = sentence("reason", why) {
        return Err(LiabilityError::Invalid(vec![fault]));
    }
    let proved = prove(&acts.site, permit.person(), proof, &[lifting(school)]).await?;
    let method = sign::method_of(&proved);
    let school = ground::school_of(acts, school).await?;
    let write = async |tx: &Tx| {
        let release = store::lock(tx.on(), school.id).await?.ok_or(LiabilityError::NotFound)?;
        let authority = authority(tx, &school, permit.person(), DECIDES).await?;
        let said = Said { by: authority.person, authority: &authority.words, text: why.trim(), at: tx.now() };
        let lifted = store::lift(tx.on(), release.act_id, &said).await?;
        let answered = store::answer(tx.on(), release.act_id, &said, true).await?;
        let act = crate::store::acts::lock(tx.on(), release.act_id).await?;
        let mut act = act.ok_or_else(|| DbError::Corrupt("l’acte d’un dégagement manque".into()))?;
        if method == Method::Password && passkeys::wanted(tx.on(), &act).await? {
            return Err(LiabilityError::Passkey(sign::PASSKEY_WANTED));
        }
        let end = End {
            reason: EndReason::Revoked,
            at: tx.now(),
            by: Some(said.by),
            authority: Some(authority.words.clone()),
            note: said.text.to_owned(),
        };
        ending::end_proved(acts, tx, &mut act, end, Some(method)).await?;
        told("liability.lifted", &release, &said).rows(&lifted).rows(&answered).write(tx);
        Ok(mails::lifted(acts, tx, &school, &release).await?)
    };
    acts.site.db.write(write).await
}

/// The ground of the release that lasts for a school, for whoever must know: the desk, pages.
///
/// # Errors
/// When the database does not answer.
pub async fn released(acts: &Acts, school: SchoolId) -> Result<Option<Cause>, DbError> {
    let db = &acts.site.db;
    // Every page of a request asks; releases begin and end with acts.
    let read = async || store::lasting(db.read(), school).await;
    let found = db.recent(format!("released {school}"), &["act"], read).await?;
    Ok(found.as_ref().as_ref().and_then(|release| Cause::of(&release.ground)))
}

/// Every decision about a school, newest first, with what was said against each.
pub(crate) async fn history(
    acts: &Acts,
    scope: &Scope,
    school: SchoolId,
) -> Result<Vec<(Release, Vec<Contest>)>, DbError> {
    store::of_school(acts.site.db.read(), scope, school).await
}

/// What a passkey confirms: this decision about this school, with this text.
pub(crate) fn decision(school: SchoolId, text_sha256: &str) -> String {
    format!("responsabilite:{school}:{text_sha256}")
}

/// What a passkey confirms when the decision of a school ends.
pub(crate) fn lifting(school: SchoolId) -> String {
    format!("levee:{school}")
}

/// The authority of a person at the instant of the transaction, never that of their session.
async fn authority(
    tx: &Tx,
    school: &School,
    person: PersonId,
    who: &[Who],
) -> Result<Authority, LiabilityError> {
    let standing = ground::for_person(tx, school, None, person).await?;
    standing.of(person, who).ok_or(LiabilityError::NoAuthority)
}

fn told(kind: &'static str, release: &Release, said: &Said) -> Entry {
    let facts = serde_json::json!({ "authority": said.authority, "text": said.text });
    Entry::about(kind, release.act_id).school(release.school_id).by(Some(said.by)).facts(facts)
}
