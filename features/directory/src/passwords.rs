//! Passwords: argon2id, off the threads that answer requests, the same time for a login that does
//! not exist; and a policy that asks for length rather than for riddles.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use beffroi_db::{Db, DbError};
use beffroi_kernel::PersonId;
use tokio::sync::Semaphore;
use zxcvbn::Score;

use crate::store::people;

/// The least number of characters.
pub(crate) const MIN_LENGTH: usize = 12;
/// Longer passwords are refused, so that hashing cannot be made costly.
const MAX_LENGTH: usize = 200;
/// Least strength, from 0 to 4, of the estimate that knows the 30,000 passwords found most often in leaks, words, names,
/// dates, keyboards and their usual disguises: a hundred million tries at least.
const STRENGTH: Score = Score::Three;
/// Each computation takes 19 MiB: so many at once, the others wait.
static ROOM: Semaphore = Semaphore::const_new(4);

/// The commonest long passwords and their French cousins; a password made of one is guessed first.
const COMMON: &[&str] = &[
    "motdepasse",
    "password",
    "azertyuiop",
    "qwertyuiop",
    "qsdfghjklm",
    "1234567890",
    "123456789",
    "azerty123",
    "qwerty123",
    "admin123",
    "bienvenue",
    "welcome",
    "jetaime",
    "soleil",
    "doudou",
    "loulou",
    "marseille",
    "beffroi",
    "lycee",
    "iloveyou",
    "letmein",
    "changeme",
    "chouchou",
    "hautsdefrance",
    "administrateur",
];

/// The advice shown beside the field.
#[must_use]
pub fn password_advice() -> &'static str {
    "Au moins 12 caractères. Une phrase courte que vous seul connaissez convient très bien : \
     quatre mots sans rapport entre eux, par exemple. N’y mettez ni votre nom ni un mot de passe utilisé ailleurs."
}

/// Why a password is refused, in words, or nothing.
#[must_use]
pub(crate) fn refusal(password: &str, names: &[&str]) -> Option<&'static str> {
    let length = password.chars().count();
    if length < MIN_LENGTH {
        return Some("Choisissez un mot de passe d’au moins 12 caractères : une phrase courte convient.");
    }
    if length > MAX_LENGTH {
        return Some("Choisissez un mot de passe de 200 caractères au plus.");
    }
    let key = beffroi_sheets::slug_search_key(password);
    let letters: String = key.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut distinct: Vec<char> = letters.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 {
        return Some("Ce mot de passe répète trop peu de caractères différents : mélangez plusieurs mots.");
    }
    for name in names.iter().map(|name| beffroi_sheets::slug_search_key(name)) {
        let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        if name.chars().count() >= 3 && letters.contains(&name) {
            return Some(
                "Ce mot de passe contient votre nom ou votre identifiant : choisissez d’autres mots.",
            );
        }
    }
    let rest = |common: &str| letters.replace(common, "").chars().filter(|c| c.is_alphabetic()).count();
    let common = COMMON.iter().any(|common| letters.contains(common) && rest(common) < 6);
    if common || zxcvbn::zxcvbn(password, names).score() < STRENGTH {
        return Some(
            "Ce mot de passe est parmi les plus courants ou s’en déduit, donc essayé en premier : choisissez quatre mots sans rapport entre eux.",
        );
    }
    None
}

/// The hash to keep.
pub(crate) async fn hash(password: String) -> Result<String, DbError> {
    blocking(move || match Argon2::default().hash_password(password.as_bytes()) {
        Ok(hash) => Ok(hash.to_string()),
        Err(error) => Err(DbError::Corrupt(format!("mot de passe : {error}"))),
    })
    .await?
}

/// Whether the password matches; without a hash, false after the same work.
pub(crate) async fn verify(hash: Option<String>, password: String) -> Result<bool, DbError> {
    blocking(move || {
        let known = hash.as_deref().unwrap_or_else(|| nobody());
        let matches = PasswordHash::new(known)
            .is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
        matches && hash.is_some()
    })
    .await
}

/// A hash that no password matches, with today's parameters.
fn nobody() -> &'static str {
    static NOBODY: OnceLock<String> = OnceLock::new();
    NOBODY.get_or_init(|| {
        let nobodys: [u8; 32] = rand::random();
        Argon2::default().hash_password(&nobodys).map(|hash| hash.to_string()).unwrap_or_default()
    })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DbError> {
    let stopped = |_| DbError::Corrupt("le calcul d’un mot de passe s’est arrêté".into());
    let _place = ROOM.acquire().await.map_err(|_| DbError::Corrupt("arrêt en cours".into()))?;
    tokio::task::spawn_blocking(work).await.map_err(stopped)
}

/// Whether this is the person's password: asked again when they sign.
///
/// # Errors
/// When the database does not answer.
pub async fn check_password(db: &Db, person: PersonId, password: &str) -> Result<bool, DbError> {
    if !crate::sign_in::may_try(db, person).await? {
        return Ok(false);
    }
    let credential = people::credential_of(db.read(), person).await?;
    let hash = credential.filter(|found| found.disabled_at.is_none()).and_then(|found| found.password_hash);
    let right = verify(hash, password.to_owned()).await?;
    if right {
        crate::sign_in::forget(db, person).await?;
    } else {
        beffroi_web::noted("proof.failed", Some(&format!("personne:{person}")), "password");
    }
    Ok(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_what_counts() {
        let names = ["Camille", "Delattre", "camille.delattre"];
        for good in ["cerf volant bleu tasse", "La pluie tombe à Boulogne", "tr0mbone-Zinc-91-fougere"] {
            assert_eq!(refusal(good, &names), None, "{good}");
        }
        for bad in [
            "court",
            "aaaaaaaaaaaaaaaa",
            "vive-delattre-2026",
            "MotDePasse2026!",
            "azertyuiop1234",
            "DéLattre vit ici",
        ] {
            assert!(refusal(bad, &names).is_some(), "{bad}");
        }
    }

    #[test]
    fn what_leaks_have_shown_is_refused_and_its_disguises() {
        for leaked in [
            "123456789012",
            "1q2w3e4r5t6y",
            "qwertyuiop123",
            "unbelievable",
            "christopher1",
            "iloveyou1234",
            "PasswordPassword",
            "p@ssw0rdp@ssw0rd",
            "Manchester2019",
            "abcdefghijklmnop",
        ] {
            assert!(refusal(leaked, &[]).is_some(), "{leaked}");
        }
        for good in ["cerf volant bleu tasse", "vieux pont tiède orange", "beffroi demonstration 2026"] {
            assert_eq!(refusal(good, &[]), None, "{good}");
        }
        let long = "tasse bleue et cerf volant, ".repeat(7);
        assert_eq!(refusal(&long, &[]), None, "a long text is judged quickly");
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_and_matches_only_its_password() {
        let hash = hash("cerf volant bleu".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify(Some(hash.clone()), "cerf volant bleu".into()).await.unwrap());
        assert!(!verify(Some(hash), "cerf volant vert".into()).await.unwrap());
        assert!(!verify(None, "cerf volant bleu".into()).await.unwrap());
    }
}
