//! One-time codes (RFC 6238): a secret shared with an application, active once a first code was typed; a
//! code serves once, in the thirty seconds that are its own (ASVS 6.5.5). Recovery codes, shown once, replace a lost phone.

use beffroi_db::DbError;
use beffroi_kernel::PersonId;
use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};

use super::{Door, Vault, recovery, told};
use crate::sign_in::{forget_codes, may_type_code};
use crate::store::factors as store;
use crate::{Site, check_password};

/// Bytes of a secret: those of SHA-1, which every application knows.
const SECRET_LENGTH: usize = 20;

/// Seconds of a code.
const STEP: u64 = 30;
/// Codes gone by that are still named as such, five minutes of them; they open nothing.
const GONE_BY: u64 = 10;

/// Why nothing changes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    /// Not their password.
    #[error("Le mot de passe ne convient pas : saisissez celui avec lequel vous vous connectez.")]
    Password,
    /// Not the code of this instant, or one that served.
    #[error(
        "Ce code ne convient pas : saisissez celui que l’application affiche maintenant. Un code sert une seule fois."
    )]
    Wrong,
    /// The code of just before.
    #[error("Ce code vient d’expirer : saisissez celui que l’application affiche maintenant.")]
    Late,
    /// A code of some minutes ago: the clock of the telephone is slow.
    #[error(
        "Ce code a expiré depuis plus d’une demi-minute. S’il est affiché en ce moment, l’horloge de votre téléphone retarde : réglez-la sur l’heure automatique."
    )]
    Slow,
    /// Too many tries.
    #[error("Trop d’essais de suite : attendez quelques minutes, puis recommencez.")]
    TooMany,
    /// Codes are active already, or were never asked for.
    #[error("Ce réglage a changé entre-temps : rechargez la page.")]
    Changed,
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Where a person stands with codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Since when a code is asked, if it is.
    pub since: Option<DateTime<Utc>>,
    /// Recovery codes that have not served.
    pub recovery_left: i64,
}

/// What is shown once, to set an application up.
pub(crate) struct Setup {
    /// The address that applications read in the picture.
    pub url: String,
    /// The same secret, to type.
    pub secret: String,
}

/// Where the person stands.
pub(crate) async fn standing(site: &Site, person: PersonId) -> Result<Standing, DbError> {
    let totp = store::totp(site.db.read(), person).await?;
    let recovery_left = store::recovery_left(site.db.read(), person).await?;
    Ok(Standing { since: totp.and_then(|one| one.confirmed_at), recovery_left })
}

fn totp(secret: Vec<u8>, login: &str) -> Result<Totp, DbError> {
    let account: String = login.replace(':', " ");
    let built = Builder::new()
        .with_secret(Secret::new(secret.into_boxed_slice()))
        .with_account_name(account)
        .with_issuer(Some("Beffroi"))
        .with_skew(0)
        .build();
    built.map_err(|error| DbError::Corrupt(format!("code à usage unique : {error}")))
}

async fn login(site: &Site, person: PersonId) -> Result<String, DbError> {
    Ok(crate::people::person(&site.db, person).await?.map_or_else(String::new, |one| one.login))
}

async fn setup(site: &Site, person: PersonId, secret: Vec<u8>) -> Result<Setup, DbError> {
    let totp = totp(secret, &login(site, person).await?)?;
    let url = totp.to_url().map_err(|error| DbError::Corrupt(format!("code à usage unique : {error}")))?;
    Ok(Setup { url, secret: totp.secret().to_base32() })
}

async fn must_be(site: &Site, person: PersonId, password: &str) -> Result<(), CodeError> {
    match !password.is_empty() && check_password(&site.db, person, password).await? {
        true => Ok(()),
        false => Err(CodeError::Password),
    }
}

/// A new secret, once the password was typed again; it asks for nothing yet.
pub(crate) async fn prepare(door: &Door, person: PersonId, password: &str) -> Result<Setup, CodeError> {
    let site = &door.site;
    must_be(site, person, password).await?;
    let secret: [u8; SECRET_LENGTH] = rand::random();
    let sealed = door.vault.seal(site.db.now(), person, &secret)?;
    let kept =
        site.db.write(async |tx| store::prepare_totp(tx.on(), person, &sealed, tx.now()).await).await?;
    if !kept {
        return Err(CodeError::Changed);
    }
    Ok(setup(site, person, secret.to_vec()).await?)
}

/// The secret that waits for its first code, to be shown again after a wrong one.
pub(crate) async fn prepared(door: &Door, person: PersonId) -> Result<Setup, CodeError> {
    let row = store::totp(door.site.db.read(), person).await?;
    let row = row.filter(|row| row.confirmed_at.is_none()).ok_or(CodeError::Changed)?;
    let secret = opened(&door.vault, person, &row.secret)?;
    Ok(setup(&door.site, person, secret).await?)
}

fn opened(vault: &Vault, person: PersonId, kept: &str) -> Result<Vec<u8>, DbError> {
    let lost = "le secret d’un code à usage unique ne s’ouvre pas : la clé « factors.key » a changé";
    vault.open(person, kept).ok_or_else(|| DbError::Corrupt(lost.into()))
}

/// The first code: from now on a code is asked. Returns the recovery codes, shown this once.
pub(crate) async fn activate(door: &Door, person: PersonId, typed: &str) -> Result<Vec<String>, CodeError> {
    let row = store::totp(door.site.db.read(), person).await?;
    let row = row.filter(|row| row.confirmed_at.is_none()).ok_or(CodeError::Changed)?;
    let step = judge(door, person, &row.secret, typed).await?;
    let codes = recovery::fresh();
    let hashes = recovery::hashes(&codes).await?;
    door.site
        .db
        .write(async |tx| {
            if !store::use_step(tx.on(), person, step, Some(tx.now())).await? {
                return Err(CodeError::Wrong);
            }
            store::set_recovery(tx.on(), person, &hashes).await?;
            forget_codes(tx, person).await?;
            let said =
                "Un code à usage unique est désormais demandé après votre mot de passe pour vous connecter.";
            Ok(told(tx, person, "code.activated", said).await?)
        })
        .await?;
    Ok(codes)
}

/// Counts the try, then says which code it is.
async fn judge(door: &Door, person: PersonId, kept: &str, typed: &str) -> Result<i64, CodeError> {
    let db = &door.site.db;
    if !may_type_code(db, person).await? {
        return Err(CodeError::TooMany);
    }
    let totp = totp(opened(&door.vault, person, kept)?, "")?;
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let now = u64::try_from(db.now().timestamp()).unwrap_or(0);
    if digits.len() != 6 {
        return Err(CodeError::Wrong);
    }
    // A code of later is never named: it would be one to keep.
    let before = |ago: u64| totp.check(&digits, now.saturating_sub(ago * STEP));
    match before(0).and_then(|step| i64::try_from(step).ok()) {
        Some(step) => Ok(step),
        None if before(1).is_some() => Err(CodeError::Late),
        None if (2..=GONE_BY).any(|ago| before(ago).is_some()) => Err(CodeError::Slow),
        None => Err(CodeError::Wrong),
    }
}

/// A code of the application, or a recovery code: which of the two it was. Either serves once.
pub(crate) async fn check(door: &Door, person: PersonId, typed: &str) -> Result<super::Method, CodeError> {
    let db = &door.site.db;
    if typed.chars().filter(char::is_ascii_alphanumeric).count() > 6 {
        if !may_type_code(db, person).await? {
            return Err(CodeError::TooMany);
        }
        let hash = recovery::find(db, person, typed).await?.ok_or(CodeError::Wrong)?;
        return db
            .write(async |tx| {
                if !store::use_recovery(tx.on(), person, &hash, tx.now()).await? {
                    return Err(CodeError::Wrong);
                }
                let left = store::recovery_left(tx.on(), person).await?;
                let said = format!("Un code de secours a servi à vous connecter. Il vous en reste {left}.");
                told(tx, person, "code.recovery-used", &said).await?;
                Ok(super::Method::Recovery)
            })
            .await;
    }
    let row = store::totp(db.read(), person).await?.ok_or(CodeError::Changed)?;
    let step = judge(door, person, &row.secret, typed).await?;
    match db.write(async |tx| store::use_step(tx.on(), person, step, None).await).await? {
        true => Ok(super::Method::Code),
        false => Err(CodeError::Wrong),
    }
}

/// Codes are not asked any more, once the password was typed again.
pub(crate) async fn remove(site: &Site, person: PersonId, password: &str) -> Result<(), CodeError> {
    must_be(site, person, password).await?;
    site.db
        .write(async |tx| {
            if store::delete_totp(tx.on(), person).await? == 0 {
                return Err(CodeError::Changed);
            }
            let said =
                "Le code à usage unique n’est plus demandé pour vous connecter : votre mot de passe suffit.";
            Ok(told(tx, person, "code.removed", said).await?)
        })
        .await
}

/// New recovery codes, once the password was typed again; earlier ones serve no more.
pub(crate) async fn renew(site: &Site, person: PersonId, password: &str) -> Result<Vec<String>, CodeError> {
    must_be(site, person, password).await?;
    let codes = recovery::fresh();
    let hashes = recovery::hashes(&codes).await?;
    site.db
        .write(async |tx| {
            let active = store::totp(tx.on(), person).await?.is_some_and(|row| row.confirmed_at.is_some());
            if !active {
                return Err(CodeError::Changed);
            }
            store::set_recovery(tx.on(), person, &hashes).await?;
            let said =
                "De nouveaux codes de secours ont été créés pour votre compte ; les anciens ne servent plus.";
            Ok(told(tx, person, "code.recovery-renewed", said).await?)
        })
        .await?;
    Ok(codes)
}
