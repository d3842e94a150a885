//! A person signs an act: they type their password again under the exact text, or confirm that text with a
//! passkey, and their authority is
//! read anew at that instant, within the transaction. (SRV-15, SEC-09)

use beffroi_db::{DbError, Tx};
use beffroi_directory::factors::PASSKEY_REFUSED;
use beffroi_directory::{Proof, ProofError, Proved, ProvedBy, prove};
use beffroi_kernel::{ActId, Permit};

use crate::acknowledge::acknowledgements;
use crate::model::{Act, Authority, Made, Method, SignActs, State};
use crate::rules::{Refusal, place_of, record};
use crate::sealed::Entry;
use crate::{Acts, force, ground, mails, passkeys, proof, store};

/// What the form of signature carries.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The act.
    pub act: ActId,
    /// SHA-256 of the text that was shown.
    pub text_sha256: &'a str,
    /// The password typed again, or a passkey's answer about this very text.
    pub proof: Proof<'a>,
    /// Whether what the act asks to acknowledge was ticked apart.
    pub acknowledged: bool,
}

/// The text that was shown, and whether what it asks to acknowledge was ticked.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) act: ActId,
    pub(crate) text_sha256: &'a str,
    pub(crate) acknowledged: bool,
}

/// What a passkey confirms: this act, with this text.
#[must_use]
pub fn subject(act: ActId, text_sha256: &str) -> String {
    format!("acte:{act}:{text_sha256}")
}

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// No such act for this person.
    #[error("cet acte n’existe pas")]
    NotFound,
    /// Not their password.
    #[error("le mot de passe ne convient pas : rien n’est signé")]
    Password,
    /// No key of theirs confirmed this text.
    #[error("{PASSKEY_REFUSED}")]
    Passkey,
    /// The Region or the sheet wants a passkey for this act.
    #[error("{PASSKEY_WANTED}")]
    PasskeyWanted,
    /// The text is not the one that was read.
    #[error("le texte a changé depuis que vous l’avez lu : relisez-le avant de signer")]
    TextChanged {
        /// The text that was shown, when it was ever this act's.
        shown: Option<String>,
    },
    /// What must be acknowledged apart was not.
    #[error("le texte à reconnaître avant de signer n’est pas coché")]
    Unacknowledged,
    /// They have no authority at this instant.
    #[error("vous n’avez pas qualité pour signer cet acte aujourd’hui")]
    Lapsed {
        /// Who may sign now, with their authority.
        may_sign: Vec<Authority>,
    },
    /// An earlier signature is missing.
    #[error("une signature doit être faite avant la vôtre")]
    NotYet,
    /// The act does not wait for signatures.
    #[error("cet acte n’attend plus de signature : {}", .0.label().to_lowercase())]
    Over(State),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is said to those who sign with a password what only a passkey signs.
pub(crate) const PASSKEY_WANTED: &str = "cet acte demande une clé d’accès, un mot de passe ne suffit pas\u{a0}: ajoutez-en une depuis «\u{a0}Mon compte\u{a0}», puis revenez";

impl From<ProofError> for SignError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Password => Self::Password,
            ProofError::Passkey => Self::Passkey,
            ProofError::Db(error) => Self::Db(error),
        }
    }
}

/// How somebody proved who they are.
pub(crate) const fn method_of(proved: &Proved) -> Method {
    match proved.by() {
        ProvedBy::Passkey => Method::Passkey,
        ProvedBy::Provider => Method::Provider,
        ProvedBy::Password => Method::Password,
    }
}

/// Signs an act. Signed twice by the same person, it is signed once, and the second time says so by
/// returning the same act.
///
/// # Errors
/// As [`SignError`] says; nothing is then signed.
pub async fn sign(acts: &Acts, permit: &Permit<SignActs>, signing: Signing<'_>) -> Result<Act, SignError> {
    let Signing { act, text_sha256, proof, acknowledged } = signing;
    // Before the transaction: hashing a password is slow on purpose.
    let proved = prove(&acts.site, permit.person(), proof, &[subject(act, text_sha256)]).await?;
    let shown = Shown { act, text_sha256, acknowledged };
    acts.site.db.write(async |tx| within(acts, tx, permit, shown, &proved).await).await
}

pub(crate) async fn within(
    acts: &Acts,
    tx: &Tx,
    permit: &Permit<SignActs>,
    shown: Shown<'_>,
    proved: &Proved,
) -> Result<Act, SignError> {
    let person = permit.person();
    let mut act = store::acts::lock(tx.on(), shown.act).await?.ok_or(SignError::NotFound)?;
    let school = ground::school_of(acts, act.school).await?;
    let standing = ground::for_person(tx, &school, act.holder, person).await?;
    let (index, authority) = match place_of(&act, person, &standing.ground()) {
        Ok(place) => place,
        Err(Refusal::Already) => return Ok(act),
        Err(Refusal::Over) => return Err(SignError::Over(act.state)),
        Err(Refusal::NotYet) => return Err(SignError::NotYet),
        Err(Refusal::NoAuthority) => {
            let known = permit.scope().is_everything() || permit.scope().schools().contains(&act.school);
            if !known {
                return Err(SignError::NotFound);
            }
            let everyone = ground::for_school(tx.on(), tx.now(), &school, act.holder).await?;
            let may_sign = act.awaited().flat_map(|one| everyone.all(&one.who)).collect();
            return Err(SignError::Lapsed { may_sign });
        }
    };
    if act.text_sha256 != shown.text_sha256 {
        let shown = store::acts::text_of(tx.on(), act.id, shown.text_sha256).await?;
        return Err(SignError::TextChanged { shown });
    }
    if !shown.acknowledged && !acknowledgements(&act)?.is_empty() {
        return Err(SignError::Unacknowledged);
    }
    let method = method_of(proved);
    if method != Method::Passkey && passkeys::wanted(tx.on(), &act).await? {
        return Err(SignError::PasskeyWanted);
    }
    let text_sha256 = act.text_sha256.clone();
    let made = Made { authority, at: tx.now(), method, text_sha256 };
    record(&mut act, index, made);
    kept(acts, tx, act, index).await
}

async fn kept(acts: &Acts, tx: &Tx, mut act: Act, index: usize) -> Result<Act, SignError> {
    let signature = act.signatures.get(index).ok_or(SignError::NotFound)?;
    if !store::acts::sign(tx.on(), act.id, signature).await? {
        return Err(SignError::Over(act.state));
    }
    let Some(made) = signature.made.clone() else { return Err(SignError::NotFound) };
    let known = store::acts::acknowledge(tx.on(), &act, (made.authority.person, made.at)).await?;
    let facts = serde_json::json!({
        "position": signature.position, "authority": made.authority.words,
        "source": made.authority.source, "method": made.method.slug(), "text_sha256": made.text_sha256,
    });
    let entry = Entry::of("act.signed", &act).by(Some(made.authority.person)).facts(facts);
    entry.row(&store::acts::signature_row(act.id, signature)).rows(&known).write(tx);
    if act.state != State::Signed {
        mails::to_sign(acts, tx, &act).await?;
        store::acts::save(tx.on(), &act).await?;
        return Ok(act);
    }
    proof::write_down(acts, tx, &act).await?;
    if act.region_opens {
        store::acts::save(tx.on(), &act).await?;
        mails::to_open(acts, tx, &act).await?;
    } else {
        force::enter(acts, tx, &mut act, None).await?;
    }
    for witness in &acts.witnesses {
        witness.signed(tx, &act).await?;
    }
    Ok(act)
}
