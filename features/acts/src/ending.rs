//! An act ends, once: what it conferred is undone, its reviews are answered, those concerned are told.

use beffroi_db::{DbError, NewJob, Tx};
use beffroi_directory::ProofError;
use beffroi_directory::factors::PASSKEY_REFUSED;
use beffroi_kernel::ActId;
use chrono::{DateTime, Utc};

use crate::model::{Act, Decision, End, EndReason, Method, Verdict};
use crate::sealed::Entry;
use crate::sign::PASSKEY_WANTED;
use crate::views::acknowledge::ACKNOWLEDGED;
use crate::{Acts, EFFECT_JOB, mails, rules, store};

/// The kind of the jobs that end an act after its last day.
pub(crate) const EXPIRE_JOB: &str = "acts.expire";

/// The job that ends an act at `at`.
pub(crate) fn expire_at(act: ActId, at: DateTime<Utc>) -> NewJob {
    NewJob::new(EXPIRE_JOB, &act).at(at)
}

/// Why an act does not end so.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// No such act for this person.
    #[error("cet acte n’existe pas")]
    NotFound,
    /// It needs a reason.
    #[error("indiquez le motif : les personnes concernées le liront")]
    ReasonMissing,
    /// They have no authority for it at this instant.
    #[error("vous n’avez pas qualité pour cette décision aujourd’hui")]
    NoAuthority,
    /// Not from where the act stands.
    #[error("cet acte ne peut plus être {0}")]
    TooLate(&'static str),
    /// Not their password.
    #[error("le mot de passe ne convient pas : rien n’est décidé")]
    Password,
    /// No key of theirs confirmed it.
    #[error("{PASSKEY_REFUSED}")]
    Passkey,
    /// Only a passkey decides of this act.
    #[error("{PASSKEY_WANTED}")]
    PasskeyWanted,
    /// What must be acknowledged apart was not.
    #[error(
        "le texte à reconnaître n’est pas coché\u{a0}: rien n’est décidé. Lisez-le, cochez-le, puis confirmez"
    )]
    Unacknowledged,
    /// The holder has no function in the school any more: there is nothing to confirm.
    #[error("le bénéficiaire n’a plus de fonction dans l’établissement : l’acte ne peut qu’être révoqué")]
    HolderGone,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ProofError> for EndError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Password => Self::Password,
            ProofError::Passkey => Self::Passkey,
            ProofError::Db(error) => Self::Db(error),
        }
    }
}

impl EndError {
    /// The field to mend, for what the form itself can say.
    pub(crate) const fn field(&self) -> Option<&'static str> {
        match self {
            Self::ReasonMissing => Some("motif"),
            Self::Password => Some("password"),
            Self::HolderGone => Some("texte"),
            Self::Passkey | Self::PasskeyWanted => Some("cle"),
            Self::Unacknowledged => Some(ACKNOWLEDGED.0),
            Self::NotFound | Self::NoAuthority | Self::TooLate(_) | Self::Db(_) => None,
        }
    }
}

/// A reason, as it is kept.
pub(crate) fn reason(text: &str) -> Result<String, EndError> {
    let text: String = text.trim().chars().take(2_000).collect();
    if text.is_empty() { Err(EndError::ReasonMissing) } else { Ok(text) }
}

/// Ends an act when its state allows it: whether it did.
pub(crate) async fn end(acts: &Acts, tx: &Tx, act: &mut Act, end: End) -> Result<bool, DbError> {
    end_proved(acts, tx, act, end, None).await
}

/// The same, by somebody who proved who they are.
pub(crate) async fn end_proved(
    acts: &Acts,
    tx: &Tx,
    act: &mut Act,
    end: End,
    method: Option<Method>,
) -> Result<bool, DbError> {
    let was_in_force = act.in_force_at.is_some();
    if !rules::end(act, end.clone()) {
        return Ok(false);
    }
    store::acts::save(tx.on(), act).await?;
    let decision = Decision {
        at: end.at,
        by: end.by,
        authority: end.authority.clone(),
        verdict: Verdict::Revoked,
        note: end.note.clone(),
    };
    let reviews = store::reviews::decide(tx.on(), act.id, &decision).await?;
    let facts = serde_json::json!({
        "reason": end.reason.slug(), "authority": end.authority, "note": end.note,
        "method": method.map(Method::slug),
    });
    Entry::of("act.ended", act).by(end.by).facts(facts).rows(&reviews).write(tx);
    if was_in_force {
        tx.enqueue(NewJob::new(EFFECT_JOB, &act.id)).await?;
    }
    for witness in &acts.witnesses {
        witness.ended(tx, act).await?;
    }
    mails::ended(acts, tx, act).await?;
    Ok(true)
}

/// The last day of an act has passed.
pub(crate) async fn expire(acts: &Acts, id: ActId) -> Result<(), DbError> {
    acts.site
        .db
        .write(async |tx| {
            let Some(mut act) = store::acts::lock(tx.on(), id).await? else { return Ok(()) };
            let note = "Son dernier jour est passé.".to_owned();
            let expired = End { reason: EndReason::Expired, at: tx.now(), by: None, authority: None, note };
            end(acts, tx, &mut act, expired).await?;
            Ok(())
        })
        .await
}
