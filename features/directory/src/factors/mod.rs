//! What proves who a person is, beside the password: passkeys, one-time codes, recovery codes; and the
//! one question that features ask before a signature: [`prove`]. (T3, SRV-15)

pub(crate) mod code;
pub(crate) mod forget;
pub(crate) mod keys;
mod means;
mod party;
mod recovery;
pub(crate) mod sign_in;
mod vault;

use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_kernel::PersonId;
use beffroi_web::Submitted;

pub use forget::forget;
pub use means::{Keys, keys_of};
pub use vault::{SEALED, Vault};

use crate::mail::{MAIL_JOB, Mail, Topic};
use crate::{Site, check_password, sso};

/// What the pages of keys and codes need: the site, and what seals the secrets of codes.
#[derive(Clone, Debug)]
pub struct Door {
    /// Database, clock and address.
    pub site: Site,
    /// Seals and opens secrets.
    pub vault: Vault,
}

impl axum::extract::FromRef<Door> for Site {
    fn from_ref(door: &Door) -> Self {
        door.site.clone()
    }
}

/// What opened a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The password alone.
    Password,
    /// The password, then a one-time code.
    Code,
    /// The password, then a recovery code.
    Recovery,
    /// A passkey, unlocked by its owner.
    Passkey,
    /// A provider of OpenID Connect.
    Oidc,
    /// A CAS server.
    Cas,
    /// The header of a trusted proxy.
    Header,
}

impl Method {
    /// As it is kept.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Recovery => "recovery",
            Self::Passkey => "passkey",
            Self::Oidc => "oidc",
            Self::Cas => "cas",
            Self::Header => "header",
        }
    }

    /// In words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Password => "Mot de passe",
            Self::Code => "Mot de passe et code",
            Self::Recovery => "Mot de passe et code de secours",
            Self::Passkey => "Clé d’accès",
            Self::Oidc | Self::Cas | Self::Header => "Connexion unique",
        }
    }

    /// Whether it is more than something known: by itself it proves two factors.
    #[must_use]
    pub const fn is_second(self) -> bool {
        matches!(self, Self::Code | Self::Recovery | Self::Passkey)
    }

    pub(crate) fn of(slug: &str) -> Self {
        [Self::Code, Self::Recovery, Self::Passkey, Self::Oidc, Self::Cas, Self::Header]
            .into_iter()
            .find(|one| one.slug() == slug)
            .unwrap_or(Self::Password)
    }
}

/// What a form brings to prove, before a signature, that its sender is who signed in.
#[derive(Clone, Copy, Debug)]
pub enum Proof<'a> {
    /// The password, typed again.
    Password(&'a str),
    /// The answer of a device to a challenge made for that very text, or the token of a form for which
    /// a provider of single sign-on confirmed the person.
    Passkey(&'a str),
    /// Checked already, for several texts at once.
    Proved(&'a Proved),
}

impl<'a> Proof<'a> {
    /// What the form carries: the confirmation of a provider, the answer of a device, else the password.
    #[must_use]
    pub fn of(form: &'a Submitted) -> Self {
        match form.filled(sso::CONFIRMATION).or_else(|| form.filled("passkey")) {
            Some(answer) => Self::Passkey(answer),
            None => Self::Password(form.get("password").unwrap_or_default()),
        }
    }
}

/// How somebody was proved to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedBy {
    /// The password, typed again.
    Password,
    /// A passkey, for that very text.
    Passkey,
    /// A provider of single sign-on, to which they showed again who they are, for that very text.
    Provider,
}

/// Who was proved to be there, how, and for which texts; only [`prove`] makes one.
#[derive(Clone, Debug)]
pub struct Proved {
    person: PersonId,
    by: ProvedBy,
    subjects: Vec<String>,
}

impl Proved {
    /// Whether a passkey proved it, rather than the password or a provider.
    #[must_use]
    pub const fn by_passkey(&self) -> bool {
        matches!(self.by, ProvedBy::Passkey)
    }

    /// What proved it.
    #[must_use]
    pub const fn by(&self) -> ProvedBy {
        self.by
    }

    fn covers(&self, person: PersonId, subjects: &[String]) -> bool {
        self.person == person && subjects.iter().all(|one| self.subjects.contains(one))
    }
}

/// Why nothing is proved.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Not their password, or too many tries.
    #[error("le mot de passe ne convient pas")]
    Password,
    /// Not a key of theirs, a challenge that served, that is too old, or that was made for another text.
    #[error("{PASSKEY_REFUSED}")]
    Passkey,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What is said of a passkey that proves nothing.
pub const PASSKEY_REFUSED: &str = "la clé d’accès, ou votre connexion unique, n’a pas confirmé ce texte : rien n’est fait. Relisez-le, puis recommencez ; une confirmation sert une fois, dans les cinq minutes";

/// Whether the person is there, for these texts: a password proves any, a passkey or a provider those that
/// it was asked for. `subjects` names each text by what it belongs to and its SHA-256.
///
/// # Errors
/// As [`ProofError`] says. A challenge has then served all the same.
pub async fn prove(
    site: &Site,
    person: PersonId,
    proof: Proof<'_>,
    subjects: &[String],
) -> Result<Proved, ProofError> {
    let by = match proof {
        Proof::Proved(proved) if proved.covers(person, subjects) => return Ok(proved.clone()),
        Proof::Proved(_) => return Err(ProofError::Passkey),
        Proof::Password("") => return Err(ProofError::Password),
        Proof::Password(password) => {
            // Hashing a password is slow on purpose: never within a transaction.
            if !check_password(&site.db, person, password).await? {
                return Err(ProofError::Password);
            }
            ProvedBy::Password
        }
        Proof::Passkey(answer) => match answer.strip_prefix(sso::MARK) {
            Some(token) if sso::confirmed(site, person, token, &subjects.join(" ")).await? => {
                ProvedBy::Provider
            }
            Some(_) => return Err(ProofError::Passkey),
            None => {
                keys::confirm(site, person, answer, &subjects.join(" ")).await?;
                ProvedBy::Passkey
            }
        },
    };
    Ok(Proved { person, by, subjects: subjects.to_vec() })
}

/// Journals a change of factors and tells the person, who may not be its author.
pub(crate) async fn told(tx: &Tx, person: PersonId, kind: &'static str, said: &str) -> Result<(), DbError> {
    tx.journal(Event::new(kind, format!("person:{person}")).by(person));
    tell(tx, person, said).await
}

async fn tell(tx: &Tx, person: PersonId, said: &str) -> Result<(), DbError> {
    let text = format!(
        "Bonjour,\n\n{said}\n\nSi ce n’est pas vous, changez tout de suite votre mot de passe, fermez vos autres sessions \
         sur la page « Mon compte », puis prévenez la Région.\n"
    );
    let subject = "La protection de votre compte a changé".to_owned();
    tx.enqueue(NewJob::new(MAIL_JOB, &Mail::to_person(person, subject, text).about(Topic::Account))).await
}
