//! A new password by mail: the same answer whether or not the address is known, a code that works once and for an
//! hour, made by the worker so that no secret waits in the outbox. Behind the address of the page it stands after
//! « # », which a browser keeps for itself: no server, proxy or trace sees it. (ASVS 14.2.1)

use beffroi_db::jobs::{Failure, Job};
use beffroi_db::{Db, DbError, Event, NewJob};
use beffroi_kernel::PersonId;
use serde::{Deserialize, Serialize};

use crate::mail::{Mail, Mailer, Topic};
use crate::people::{PeopleError, checked_hash};
use crate::rules::{RESET_LIFE, login_key};
use crate::secret_code;
use crate::sign_in::{attempt_key, fingerprint};
use crate::store::{people, sessions};
use crate::{Site, mail};

/// The page where the code is given.
pub(crate) const PATH: &str = "/nouveau-mot-de-passe";
/// The job that makes and sends a code.
pub const PASSWORD_RESET_JOB: &str = "password-reset";
/// The same text asks for one mail in so many seconds.
const ONE_MAIL_IN: i64 = 300;

#[derive(Serialize, Deserialize)]
struct Asked {
    typed: String,
}

/// Asks for a link. Does the same work whether or not `typed` names somebody.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn ask(db: &Db, typed: &str) -> Result<(), DbError> {
    let typed: String = login_key(typed).chars().take(200).collect();
    let window = db.now().timestamp() / ONE_MAIL_IN;
    let once = format!("reset:{}:{window}", fingerprint(&typed));
    db.write(async |tx| tx.enqueue(NewJob::new(PASSWORD_RESET_JOB, &Asked { typed }).once(once)).await).await
}

/// Makes the link and sends it, when the text names somebody who has an address.
pub(crate) async fn run(site: &Site, mailer: &Mailer, job: &Job) -> Result<(), Failure> {
    let Asked { typed } = job.arguments()?;
    let words = |error: DbError| error.to_string();
    let found = people::credential(site.db.read(), &typed).await.map_err(words)?;
    let Some(found) = found.filter(|found| found.disabled_at.is_none()) else {
        return Ok(());
    };

    let code = secret_code::fresh();
    let kept = site.db.write(async |tx| {
        sessions::insert_reset(tx.on(), &kept_of(&code), found.id, tx.now(), tx.now() + RESET_LIFE).await?;
        tx.journal(Event::new("password.reset-asked", format!("person:{}", found.id)));
        Ok::<_, DbError>(())
    });
    kept.await.map_err(words)?;
    let text = format!(
        "Bonjour,\n\nPour choisir un nouveau mot de passe, ouvrez ce lien dans l’heure ; il sert une seule fois :\n\
         {}{PATH}#{code}\n\nSi la page vous demande un code, recopiez celui-ci :\n{code}\n\nSi vous n’avez rien demandé, ignorez ce message : votre mot de passe ne change pas.\n",
        site.base_url
    );
    let mail =
        Mail::to_person(found.id, "Choisir un nouveau mot de passe".into(), text).about(Topic::Account);
    mail::deliver(site, mailer, &mail, &job.id.to_string()).await
}

/// What is kept of a code, however it is typed; what cannot be a code is like one that nobody was given.
pub(crate) fn kept_of(code: &str) -> String {
    fingerprint(&secret_code::letters(code).unwrap_or_default())
}

/// Whether the code still works.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn works(db: &Db, code: &str) -> Result<Option<PersonId>, DbError> {
    sessions::reset_person(db.read(), &kept_of(code), db.now()).await
}

/// Uses the code: the password changes, every session ends, the door reopens.
///
/// # Errors
/// [`PeopleError::NotFound`] when the code no longer works.
pub(crate) async fn choose(db: &Db, code: &str, password: &str) -> Result<(), PeopleError> {
    let person = works(db, code).await?.ok_or(PeopleError::NotFound)?;
    let hash = checked_hash(db, person, password).await?;
    db.write(async |tx| {
        if !sessions::use_reset(tx.on(), &kept_of(code), tx.now()).await? {
            return Err(PeopleError::NotFound);
        }
        people::set_password(tx.on(), person, &hash, false).await?;
        sessions::revoke_all(tx.on(), person, None, tx.now()).await?;
        sessions::forget_attempts(tx.on(), &attempt_key(Some(person), "")).await?;
        tx.journal(Event::new("password.reset", format!("person:{person}")).by(person));
        Ok(())
    })
    .await
}
