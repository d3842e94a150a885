//! An act is prepared: its exact text, who signs, what it will confer. Nothing holds yet.

use beffroi_db::{DbError, Tx};
use beffroi_directory::paris_day_end;
use beffroi_kernel::ActId;
use rand::seq::IndexedRandom;

use crate::ending::expire_at;
use crate::model::{Act, NewAct, Signature, State};
use crate::rules::paris_day;
use crate::sealed::{Entry, sha256};
use crate::{Acts, mails, store};

/// Letters and digits that nobody confuses when reading aloud.
const CODE_LETTERS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: a hundred and fifty bits, that nobody guesses. (ASVS 11.5.1)
pub(crate) const CODE_LENGTH: usize = 30;
/// The longest text to sign, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// Why an act is not prepared.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing to sign, or too much.
    #[error("le texte d’un acte ne peut être ni vide ni plus long que 64 ko")]
    Text,
    /// Nobody would sign.
    #[error("un acte demande au moins une signature : indiquez qui signe")]
    Signatories,
    /// It would end before it begins, or has ended already.
    #[error("la fin de l’acte doit venir après son début, et n’être pas passée")]
    Dates,
    /// The act to replace is another school's, of another kind, or over.
    #[error("l’acte à remplacer n’est pas un acte en cours du même type dans cet établissement")]
    Supersedes,
    /// Somebody signed: the text does not change any more.
    #[error("cet acte porte déjà une signature : préparez un autre acte qui le remplace")]
    Signed,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Prepares an act and tells those who may sign it first.
///
/// # Errors
/// As [`OpenError`] says; nothing is then kept.
pub async fn open_act(acts: &Acts, tx: &Tx, new: NewAct) -> Result<Act, OpenError> {
    let text = plain(&new.text)?;
    if new.signatories.is_empty() || new.signatories.iter().any(Vec::is_empty) {
        return Err(OpenError::Signatories);
    }
    if new.ends_on.is_some_and(|end| end < new.starts_on || end < paris_day(tx.now())) {
        return Err(OpenError::Dates);
    }
    if let Some(old) = new.supersedes {
        let old = store::acts::lock(tx.on(), old).await?;
        let fits = |old: &Act| old.school == new.school && old.kind == new.kind && old.state != State::Ended;
        if !old.is_some_and(|old| fits(&old)) {
            return Err(OpenError::Supersedes);
        }
    }
    let reference = store::acts::next_reference(tx.on(), tx.now()).await?;
    let act = prepared(tx, new, text, reference);
    store::acts::insert(tx.on(), &act).await?;
    if let Some(last) = act.ends_on {
        tx.enqueue(expire_at(act.id, paris_day_end(last))).await?;
    }
    opened(&act).rows(&store::acts::signature_rows(&act)).row(&store::acts::text_row(&act)).write(tx);
    mails::to_sign(acts, tx, &act).await?;
    Ok(act)
}

fn prepared(tx: &Tx, new: NewAct, text: String, reference: String) -> Act {
    let signature = |(position, who)| Signature { position, who, made: None };
    Act {
        id: ActId::new(),
        reference,
        code: code(),
        kind: new.kind,
        school: new.school,
        title: new.title.trim().to_owned(),
        text_sha256: sha256(&text),
        text,
        terms: new.terms,
        holder: new.holder,
        provider: new.provider,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        request: new.request,
        supersedes: new.supersedes,
        strict_order: new.strict_order,
        region_opens: new.region_opens,
        state: State::ToSign,
        created_by: new.by,
        created_at: tx.now(),
        signed_at: None,
        in_force_at: None,
        in_force_by: None,
        suspended: None,
        ended: None,
        signatures: (0..).zip(new.signatories).map(signature).collect(),
    }
}

/// Gives an act that nobody signed yet another text and other terms: whoever reads it now is shown the
/// difference before signing.
///
/// # Errors
/// [`OpenError::Signed`] once somebody signed, or the act is over.
pub async fn redraft(tx: &Tx, id: ActId, text: &str, terms: serde_json::Value) -> Result<Act, OpenError> {
    let text = plain(text)?;
    let mut act = store::acts::lock(tx.on(), id).await?.ok_or(OpenError::Signed)?;
    if act.state != State::ToSign || act.signatures.iter().any(|one| one.made.is_some()) {
        return Err(OpenError::Signed);
    }
    act.text_sha256 = sha256(&text);
    act.text = text;
    act.terms = terms;
    store::acts::save(tx.on(), &act).await?;
    let entry = Entry::of("act.redrafted", &act).facts(serde_json::json!({ "text_sha256": act.text_sha256 }));
    let text = store::acts::keep_text(tx.on(), &act, tx.now()).await?;
    entry.rows(&text).write(tx);
    Ok(act)
}

/// The text as it is hashed: one kind of line end, nothing around it.
fn plain(text: &str) -> Result<String, OpenError> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.is_empty() || text.len() > LONGEST_TEXT { Err(OpenError::Text) } else { Ok(text) }
}

/// `7H2KM-Q0XV9-…`: six groups of five.
fn code() -> String {
    let mut random = rand::rng();
    let mut letters = Vec::with_capacity(CODE_LENGTH + 5);
    for place in 0..CODE_LENGTH {
        if place > 0 && place % 5 == 0 {
            letters.push('-');
        }
        letters.push(CODE_LETTERS.choose(&mut random).map_or('0', |letter| char::from(*letter)));
    }
    letters.into_iter().collect()
}

fn opened(act: &Act) -> Entry {
    Entry::of("act.opened", act).by(act.created_by).facts(serde_json::json!({
        "kind": act.kind,
        "text_sha256": act.text_sha256,
        "holder": act.holder,
        "request": act.request,
        "supersedes": act.supersedes,
    }))
}
