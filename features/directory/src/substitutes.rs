//! Who stands in for the head, from a date to a date: named by the head among the management of the
//! school. A substitution is a function like another, so it begins and stops by itself.

use beffroi_db::{Db, NewJob, Tx};
use beffroi_kernel::{FunctionId, Permit, PersonId, Role, SchoolId};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::Site;
use crate::mail::{MAIL_JOB, Mail, Topic};
use crate::model::{Fault, FunctionHeld, NameSubstitutes};
use crate::people::{end, journal_given, tell_given};
use crate::rules::{overlap, paris_day, paris_day_end, paris_day_start};
use crate::schools::{SchoolError, require};
use crate::store::people;

/// A substitution is not a nomination.
const LONGEST: TimeDelta = TimeDelta::days(366);

/// Those whom the head may name: the rest of the management in office now.
///
/// # Errors
/// When the database does not answer.
pub async fn candidates(db: &Db, school: SchoolId) -> Result<Vec<FunctionHeld>, beffroi_db::DbError> {
    let now = db.now();
    let held = people::functions_in(db.read(), school).await?;
    Ok(held.into_iter().filter(|held| is_candidate(held, now)).collect())
}

fn is_candidate(held: &FunctionHeld, now: DateTime<Utc>) -> bool {
    held.role.is_management() && held.role != Role::Head && held.substitute_for.is_none() && held.is_held(now)
}

/// The head names a substitute from a day to a day, both included. The substitute is told by mail.
///
/// # Errors
/// [`SchoolError::Invalid`] names the fields to mend; [`SchoolError::NotFound`] for another's school.
pub async fn name_substitute(
    site: &Site,
    permit: &Permit<NameSubstitutes>,
    school: SchoolId,
    substitute: PersonId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<FunctionId, SchoolError> {
    let db = &site.db;
    let found = require(db, permit.scope(), school).await?;
    let (from, to) = (paris_day_start(first), paris_day_end(last));
    db.write(async |tx| {
        check_period(tx, first, (from, to))?;
        let held = people::functions_in(tx.on(), school).await?;
        check_choice(tx, &held, permit.person(), substitute, (from, to))?;
        let row = people::NewRow {
            id: FunctionId::new(),
            person: substitute,
            role: Role::Head,
            school: Some(school),
            team: None,
            territory: None,
            from,
            to: Some(to),
            substitute_for: Some(permit.person()),
            source: "substitute",
        };
        people::insert_function(tx.on(), &row).await?;
        journal_given(tx, permit.person(), &row);
        tell_given(tx, &row).await?;
        tell(site, tx, &row, &found.name, (first, last)).await?;
        Ok(row.id)
    })
    .await
}

/// Only the head in office names one, of the management team, within their own term, one at a time.
fn check_choice(
    tx: &Tx,
    held: &[FunctionHeld],
    head: PersonId,
    substitute: PersonId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), SchoolError> {
    let now = tx.now();
    let own = held.iter().find(|held| {
        held.role == Role::Head && held.person == head && held.substitute_for.is_none() && held.is_held(now)
    });
    let own = own.ok_or_else(|| {
        SchoolError::fault(
            "person",
            "Seul le chef d’établissement en fonction désigne qui le remplace, non son remplaçant.",
        )
    })?;
    if own.to.is_some_and(|end| to > end) {
        return Err(SchoolError::fault(
            "to",
            "Votre propre fonction finit avant cette date : choisissez une fin plus proche.",
        ));
    }
    if !held.iter().any(|held| held.person == substitute && is_candidate(held, now)) {
        return Err(SchoolError::fault("person", "Choisissez une personne de l’équipe de direction."));
    }
    let taken = held.iter().any(|held| {
        held.substitute_for.is_some()
            && held.role == Role::Head
            && overlap((held.from, held.to), (from, Some(to)))
    });
    if taken {
        return Err(SchoolError::fault(
            "from",
            "Quelqu’un vous remplace déjà à ces dates : mettez-y fin d’abord.",
        ));
    }
    Ok(())
}

fn check_period(
    tx: &Tx,
    first: NaiveDate,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<(), SchoolError> {
    let mut faults = Vec::new();
    if first < paris_day(tx.now()) {
        faults.push(Fault::new("from", "Le premier jour ne peut pas être passé."));
    }
    if to <= from {
        faults.push(Fault::new("to", "Le dernier jour doit venir après le premier, ou le même jour."));
    } else if to - from > LONGEST {
        faults.push(Fault::new("to", "Un remplacement dure un an au plus : vérifiez l’année."));
    }
    if faults.is_empty() { Ok(()) } else { Err(SchoolError::Invalid(faults)) }
}

async fn tell(
    site: &Site,
    tx: &Tx,
    row: &people::NewRow,
    school: &str,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<(), SchoolError> {
    let text = format!(
        "Bonjour,\n\nVous êtes désigné pour remplacer le chef d’établissement ({school}), du {} au {} inclus. \
         Pendant cette période, vous recevez ses demandes à valider et à signer.\n\nVos fonctions : {}/compte\n",
        first.format("%d/%m/%Y"),
        last.format("%d/%m/%Y"),
        site.base_url
    );
    let mail =
        Mail::to_person(row.person, "Vous êtes désigné comme remplaçant".into(), text).about(Topic::Account);
    tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(format!("substitute:{}", row.id))).await?;
    Ok(())
}

/// The head ends a substitution now.
///
/// # Errors
/// [`SchoolError::NotFound`] when it is not a substitution of this school.
pub async fn end_substitution(
    site: &Site,
    permit: &Permit<NameSubstitutes>,
    school: SchoolId,
    id: FunctionId,
) -> Result<(), SchoolError> {
    require(&site.db, permit.scope(), school).await?;
    site.db
        .write(async |tx| {
            let held = people::functions_in(tx.on(), school).await?;
            let found = held.iter().find(|held| held.id == id && held.substitute_for.is_some());
            let found = found.ok_or(SchoolError::NotFound)?;
            end(tx, permit.person(), found, tx.now()).await?;
            let text = format!("Bonjour,\n\nVotre remplacement du chef d’établissement a pris fin.\n\nVos fonctions : {}/compte\n", site.base_url);
            let mail = Mail::to_person(found.person, "Votre remplacement a pris fin".into(), text).about(Topic::Account);
            tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(format!("substitute-end:{id}"))).await?;
            Ok(())
        })
        .await
}
