//! Taking a person's name away, when the data protection officer decides so: what is theirs alone
//! goes, what belongs to a school's file stays without a name, what proves an act stays. (GDPR 17)

use beffroi_db::{Db, DbError, Event, Tx, sql};
use beffroi_desk::Desk;
use beffroi_directory::factors::PASSKEY_REFUSED;
use beffroi_directory::{Person, Proof, ProofError, Proved, ProvedBy, people, prove};
use beffroi_kernel::{Permit, PersonId};
use beffroi_search::{Kind, remove};
use sea_orm::FromQueryResult;

use crate::export::value_of;
use crate::held::{Fate, everything};

beffroi_kernel::actions! {
    /// Reads all that is held about anyone, and erases.
    ManagePersonalData { DataProtectionOfficer => Region }
}

/// The shortest motive that says something, in characters.
const SHORTEST_MOTIVE: usize = 10;

/// What goes first, since it is the person's through something else of theirs.
const BEHIND: [&str; 3] = [
    // A file of a draft never sent is nobody's any more.
    "DELETE FROM attachment WHERE request_id IS NULL AND draft_id IN \
     (SELECT id FROM draft WHERE request_id IS NULL AND (person_id = $1 OR for_person = $1))",
    "DELETE FROM sso_session WHERE session_id IN (SELECT id FROM session WHERE person_id = $1)",
    "DELETE FROM api_call WHERE token_id IN (SELECT id FROM api_token WHERE person_id = $1)",
];

/// Why a person is not erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// There is no such person.
    #[error("personne ne porte cet identifiant")]
    NotFound,
    /// The motive is missing.
    #[error("dites en quelques mots pourquoi, par exemple «\u{a0}demande du 3 mars, réf. DPD 2026-14\u{a0}»")]
    NoMotive,
    /// They still hold functions: their school would lose somebody in office.
    #[error("cette personne tient encore {0} fonction(s)\u{a0}: mettez-y fin d’abord")]
    InOffice(i64),
    /// They still hold a right by an act.
    #[error("l’acte {0} donne encore un droit à cette personne\u{a0}: révoquez-le d’abord")]
    LiveAct(String),
    /// Not their own password, or too many tries.
    #[error("le mot de passe ne convient pas\u{a0}: saisissez le vôtre")]
    Password,
    /// Their key, or their provider, did not confirm this erasure.
    #[error("{0}")]
    Passkey(&'static str),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<ProofError> for EraseError {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Password => Self::Password,
            ProofError::Passkey => Self::Passkey(PASSKEY_REFUSED),
            ProofError::Db(error) => Self::Db(error),
        }
    }
}

/// What an erasure did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Rows that are gone.
    pub deleted: u64,
    /// What the person is called from now on.
    pub login: String,
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

#[derive(FromQueryResult)]
struct Reference {
    reference: String,
}

/// What a key confirms, of whoever erases that person.
#[must_use]
pub fn erasure(person: PersonId) -> String {
    format!("effacement:{person}")
}

/// Erases a person, once whoever decides of it proved again to be there: there is no way back. Their requests
/// then go to the search index again, without the name.
///
/// # Errors
/// As [`EraseError`] says. When indexing fails, the person is erased already: `beffroi search reindex`.
pub async fn erase(
    desk: &Desk,
    permit: &Permit<ManagePersonalData>,
    person: PersonId,
    (motive, proof): (&str, Proof<'_>),
) -> Result<Erased, EraseError> {
    // What would be refused anyway is said before a proof serves.
    let found = erasable(&desk.site.db, person, motive).await?;
    let proved = prove(&desk.site, permit.person(), proof, &[erasure(person)]).await?;
    erased(desk, permit, &found, (motive, Some(&proved))).await
}

/// The same by an operator of the machine, who is nobody of the directory.
///
/// # Errors
/// As [`erase`].
pub async fn erase_as_operator(
    desk: &Desk,
    permit: &Permit<ManagePersonalData>,
    person: PersonId,
    motive: &str,
) -> Result<Erased, EraseError> {
    let found = erasable(&desk.site.db, person, motive).await?;
    erased(desk, permit, &found, (motive, None)).await
}

async fn erasable(db: &Db, person: PersonId, motive: &str) -> Result<Person, EraseError> {
    if motive.trim().chars().count() < SHORTEST_MOTIVE {
        return Err(EraseError::NoMotive);
    }
    let found = people::person(db, person).await?.ok_or(EraseError::NotFound)?;
    may_go(db, person).await?;
    Ok(found)
}

async fn erased(
    desk: &Desk,
    permit: &Permit<ManagePersonalData>,
    person: &Person,
    (motive, proved): (&str, Option<&Proved>),
) -> Result<Erased, EraseError> {
    let erased =
        desk.site.db.write(async |tx| without_name(tx, person, permit, (motive, proved)).await).await?;
    beffroi_desk::search::person_changed(desk, person.id).await?;
    Ok(erased)
}

/// How whoever erased proved to be there, for the journal.
fn method(proved: Option<&Proved>) -> &'static str {
    match proved.map(Proved::by) {
        None => "command",
        Some(ProvedBy::Password) => "password",
        Some(ProvedBy::Passkey) => "passkey",
        Some(ProvedBy::Provider) => "provider",
    }
}

async fn may_go(db: &Db, person: PersonId) -> Result<(), EraseError> {
    let held =
        "SELECT COUNT(*) AS count FROM function_held WHERE person_id = $1 AND (to_at IS NULL OR to_at > $2)";
    let held: Option<Count> = sql::one(db.read(), held, vec![person.0.into(), db.now().into()]).await?;
    if let Some(Count { count }) = held.filter(|held| held.count > 0) {
        return Err(EraseError::InOffice(count));
    }
    let act =
        "SELECT reference FROM act WHERE holder_id = $1 AND ended_at IS NULL ORDER BY reference LIMIT 1";
    match sql::one::<Reference>(db.read(), act, vec![person.0.into()]).await? {
        Some(Reference { reference }) => Err(EraseError::LiveAct(reference)),
        None => Ok(()),
    }
}

async fn without_name(
    tx: &Tx,
    person: &Person,
    permit: &Permit<ManagePersonalData>,
    (motive, proved): (&str, Option<&Proved>),
) -> Result<Erased, EraseError> {
    let mut deleted = 0;
    for sql in BEHIND {
        deleted += sql::run(tx.on(), sql, vec![person.id.0.into()]).await?;
    }
    for held in everything().filter(|held| held.fate == Fate::Deleted) {
        let Some(key) = value_of(held.key, person) else { continue };
        let gone = format!("DELETE FROM {} WHERE {} = $1", held.table, held.key.column());
        deleted += sql::run(tx.on(), &gone, vec![key]).await?;
    }
    let login = format!("efface-{}", person.id.0.simple());
    let nameless = "UPDATE person SET given_name = 'Personne', family_name = 'effacée', email = NULL, login = $2, \
                    password_hash = NULL, search_key = '', must_change_password = FALSE, \
                    disabled_at = COALESCE(disabled_at, $3) WHERE id = $1";
    sql::run(tx.on(), nameless, vec![person.id.0.into(), login.clone().into(), tx.now().into()]).await?;
    if let Some(email) = &person.email {
        let sender = "UPDATE mail_in SET sender = $2 WHERE sender = $1";
        sql::run(tx.on(), sender, vec![email.to_lowercase().into(), login.clone().into()]).await?;
    }
    remove(tx.on(), Kind::Person, person.id.0).await.map_err(DbError::from)?;
    let data = serde_json::json!({ "motive": motive.trim(), "rows": deleted, "proof": method(proved) });
    tx.journal(Event::new("person.erased", format!("person:{}", person.id)).by(permit.person()).data(data));
    Ok(Erased { deleted, login })
}
