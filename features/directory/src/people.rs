//! People and the functions they hold from a date to a date. Who is head of a school follows from
//! that, and from nothing else.

use std::collections::HashMap;

use beffroi_db::{Db, DbError, Event, Tx};
use beffroi_kernel::{FunctionId, Permit, PersonId, Role, SchoolId, TeamId, TerritoryId};
use chrono::{DateTime, TimeDelta, Utc};
use lettre::Address;

use crate::model::{Fault, FunctionHeld, ManagePeople, Person};
use crate::rules::{Placement, login_key, login_of, overlap, paris_day, placement};
use crate::store::people as store;
use crate::store::{sessions, teams};
use crate::{mandates, passwords, search, sign_in};

/// An instant so little before a transaction is its own.
const JUST_NOW: TimeDelta = TimeDelta::minutes(1);
/// People on one page of a list.
pub const PAGE: u32 = 50;

/// Why a change of people is refused.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// No such person or function.
    #[error("cette personne ou cette fonction n’existe pas")]
    NotFound,
    /// Fields to mend.
    #[error("{}", .0.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<Fault>),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl PeopleError {
    fn fault(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, message)])
    }
}

/// A person to create.
#[derive(Clone, Debug, Default)]
pub struct NewPerson {
    /// Given name.
    pub given_name: String,
    /// Family name.
    pub family_name: String,
    /// Address for mails.
    pub email: Option<String>,
    /// What they type to sign in; made of the name when absent.
    pub login: Option<String>,
}

/// Creates a person, without password: they choose one from the link sent by mail, or receive one.
///
/// # Errors
/// [`PeopleError::Invalid`] names the fields to mend.
pub async fn create_person(
    db: &Db,
    permit: &Permit<ManagePeople>,
    new: NewPerson,
) -> Result<PersonId, PeopleError> {
    let person = check(new)?;
    db.write(async |tx| {
        if !store::insert(tx.on(), &person, tx.now()).await? {
            let message =
                format!("L’identifiant « {} » est déjà pris : choisissez-en un autre.", person.login);
            return Err(PeopleError::fault("login", message));
        }
        search::index_person(tx.on(), &person).await?;
        // Without the name: what the journal holds is never taken away.
        tx.journal(Event::new("person.created", format!("person:{}", person.id)).by(permit.person()));
        Ok(person.id)
    })
    .await
}

fn check(new: NewPerson) -> Result<Person, PeopleError> {
    let (given_name, family_name) = (new.given_name.trim().to_owned(), new.family_name.trim().to_owned());
    let mut faults = Vec::new();
    if given_name.is_empty() {
        faults.push(Fault::new("given_name", "Indiquez le prénom."));
    }
    if family_name.is_empty() {
        faults.push(Fault::new("family_name", "Indiquez le nom."));
    }
    let email = new.email.map(|email| login_key(&email)).filter(|email| !email.is_empty());
    if email.as_deref().is_some_and(|email| email.parse::<Address>().is_err()) {
        faults.push(Fault::new("email", "Indiquez une adresse complète, par exemple prenom.nom@exemple.fr."));
    }
    let login = new.login.map(|login| login_key(&login)).filter(|login| !login.is_empty());
    let login = login.unwrap_or_else(|| login_of(&given_name, &family_name));
    if login.chars().any(|c| c.is_whitespace() || c.is_control()) || login.chars().count() > 100 {
        faults.push(Fault::new("login", "Choisissez un identifiant sans espace, de 100 caractères au plus."));
    }
    if !faults.is_empty() {
        return Err(PeopleError::Invalid(faults));
    }
    let id = PersonId::new();
    Ok(Person { id, given_name, family_name, email, login, disabled: false, substitute_for: None })
}

/// Gives a person a password; with `must_change` they choose their own at the next sign-in. Their
/// sessions end.
///
/// # Errors
/// [`PeopleError::Invalid`] says why the password is refused.
pub async fn set_password(
    db: &Db,
    permit: &Permit<ManagePeople>,
    person: PersonId,
    password: &str,
    must_change: bool,
) -> Result<(), PeopleError> {
    let hash = checked_hash(db, person, password).await?;
    keep_password(db, permit, &[person], (&hash, must_change)).await
}

/// Gives invented people one password, hashed once: who reads it of one knows it of all.
///
/// # Errors
/// [`PeopleError::Invalid`] says why the password is refused.
pub async fn set_shared_password(
    db: &Db,
    permit: &Permit<ManagePeople>,
    people: &[PersonId],
    password: &str,
) -> Result<(), PeopleError> {
    let Some(first) = people.first() else { return Ok(()) };
    let hash = checked_hash(db, *first, password).await?;
    keep_password(db, permit, people, (&hash, false)).await
}

async fn keep_password(
    db: &Db,
    permit: &Permit<ManagePeople>,
    people: &[PersonId],
    (hash, must_change): (&str, bool),
) -> Result<(), PeopleError> {
    db.write(async |tx| {
        for person in people {
            store::set_password(tx.on(), *person, hash, must_change).await?;
            sessions::revoke_all(tx.on(), *person, None, tx.now()).await?;
            sessions::forget_attempts(tx.on(), &sign_in::attempt_key(Some(*person), "")).await?;
            let data = serde_json::json!({ "must_change": must_change });
            tx.journal(Event::new("password.set", format!("person:{person}")).by(permit.person()).data(data));
        }
        Ok(())
    })
    .await
}

/// Checks a password against the policy and returns what to keep of it.
pub(crate) async fn checked_hash(db: &Db, person: PersonId, password: &str) -> Result<String, PeopleError> {
    let found = store::find(db.read(), person).await?.ok_or(PeopleError::NotFound)?;
    if let Some(why) = passwords::refusal(password, &[&found.given_name, &found.family_name, &found.login]) {
        return Err(PeopleError::fault("password", why));
    }
    Ok(passwords::hash(password.to_owned()).await?)
}

/// A person changes their own password; their other sessions end.
///
/// # Errors
/// [`PeopleError::Invalid`] when the present password is wrong or the new one refused.
pub(crate) async fn change_own_password(
    db: &Db,
    current: &crate::extract::Current,
    present: &str,
    new: &str,
) -> Result<(), PeopleError> {
    let person = current.access.person;
    if !passwords::check_password(db, person, present).await? {
        return Err(PeopleError::fault(
            "present",
            "Ce n’est pas votre mot de passe actuel : vérifiez la saisie.",
        ));
    }
    if present == new {
        return Err(PeopleError::fault("password", "Choisissez un mot de passe différent de l’actuel."));
    }
    let hash = checked_hash(db, person, new).await?;
    db.write(async |tx| {
        store::set_password(tx.on(), person, &hash, false).await?;
        sessions::revoke_all(tx.on(), person, Some(current.session), tx.now()).await?;
        tx.journal(Event::new("password.changed", format!("person:{person}")).by(person));
        Ok(())
    })
    .await
}

/// Closes or reopens an account; closing ends its sessions.
///
/// # Errors
/// [`PeopleError::NotFound`] when there is no such person.
pub async fn set_disabled(
    db: &Db,
    permit: &Permit<ManagePeople>,
    person: PersonId,
    disabled: bool,
) -> Result<(), PeopleError> {
    store::find(db.read(), person).await?.ok_or(PeopleError::NotFound)?;
    if disabled && person == permit.person() {
        return Err(PeopleError::fault("disabled", "Vous ne pouvez pas fermer votre propre compte."));
    }
    db.write(async |tx| {
        store::disable(tx.on(), person, disabled.then_some(tx.now())).await?;
        if disabled {
            sessions::revoke_all(tx.on(), person, None, tx.now()).await?;
        }
        let kind = if disabled { "person.disabled" } else { "person.enabled" };
        tx.journal(Event::new(kind, format!("person:{person}")).by(permit.person()));
        mandates::changed_everywhere(tx, person).await?;
        Ok(())
    })
    .await
}

/// A function to give.
#[derive(Clone, Debug)]
pub struct NewFunction {
    /// To whom.
    pub person: PersonId,
    /// What.
    pub role: Role,
    /// Where, for school roles.
    pub school: Option<SchoolId>,
    /// In which team, for agents.
    pub team: Option<TeamId>,
    /// On which territory, when it is not the team's.
    pub territory: Option<TerritoryId>,
    /// From this instant.
    pub from: DateTime<Utc>,
    /// Up to this instant, excluded.
    pub to: Option<DateTime<Utc>>,
}

/// Gives a function. A school has one head at a time.
///
/// # Errors
/// [`PeopleError::Invalid`] names the fields to mend.
pub async fn give_function(
    db: &Db,
    permit: &Permit<ManagePeople>,
    new: NewFunction,
) -> Result<FunctionId, PeopleError> {
    store::find(db.read(), new.person).await?.ok_or(PeopleError::NotFound)?;
    check_function(&new)?;
    db.write(async |tx| {
        let held = store::functions_of(tx.on(), new.person).await?;
        let again = held.iter().any(|held| {
            let place = (held.school.as_ref().map(|s| s.0), held.team.as_ref().map(|t| t.0));
            held.role == new.role
                && place == (new.school, new.team)
                && overlap((held.from, held.to), (new.from, new.to))
        });
        if again {
            return Err(PeopleError::fault("role", "Cette personne exerce déjà cette fonction à ces dates."));
        }
        let mut new = new.clone();
        if let Some(school) = new.school.filter(|_| new.role == Role::Head) {
            new.from = succeed(tx, school, &new).await?;
        }
        if let Some(team) = new.team {
            teams::team(tx.on(), team)
                .await?
                .ok_or_else(|| PeopleError::fault("team", "Choisissez une équipe de la liste."))?;
        }
        insert(tx, permit.person(), &new).await
    })
    .await
}

fn check_function(new: &NewFunction) -> Result<(), PeopleError> {
    let mut faults = Vec::new();
    if new.to.is_some_and(|to| to <= new.from) {
        faults.push(Fault::new("to", "La fin doit venir après le début."));
    }
    match placement(new.role) {
        Placement::School if new.school.is_none() => {
            faults.push(Fault::new("school", "Choisissez l’établissement où s’exerce cette fonction."));
        }
        Placement::Team if new.team.is_none() => {
            faults.push(Fault::new("team", "Choisissez l’équipe où s’exerce cette fonction."));
        }
        placement if placement != Placement::School && new.school.is_some() => {
            faults.push(Fault::new(
                "school",
                "Cette fonction ne s’exerce pas dans un établissement : laissez ce champ vide.",
            ));
        }
        Placement::School if new.team.is_some() || new.territory.is_some() => {
            faults.push(Fault::new(
                "team",
                "Cette fonction s’exerce dans un établissement : laissez ce champ vide.",
            ));
        }
        _ => {}
    }
    if faults.is_empty() { Ok(()) } else { Err(PeopleError::Invalid(faults)) }
}

/// When a new head begins: the day that was typed, or within it, when the former head ended that day. A school has
/// one head at once.
async fn succeed(tx: &Tx, school: SchoolId, new: &NewFunction) -> Result<DateTime<Utc>, PeopleError> {
    let held = store::functions_in(tx.on(), school).await?;
    let mut from = new.from;
    for head in held.iter().filter(|held| held.role == Role::Head && held.substitute_for.is_none()) {
        if !overlap((head.from, head.to), (new.from, new.to)) {
            continue;
        }
        match head.to {
            Some(end) if end <= tx.now() && paris_day(end) == paris_day(new.from) => from = from.max(end),
            _ => {
                let name = &head.person_name;
                let message = format!(
                    "{name} est déjà chef de cet établissement à ces dates : mettez d’abord fin à sa fonction."
                );
                return Err(PeopleError::fault("from", message));
            }
        }
    }
    Ok(from)
}

async fn insert(tx: &Tx, by: PersonId, new: &NewFunction) -> Result<FunctionId, PeopleError> {
    let row = store::NewRow {
        id: FunctionId::new(),
        person: new.person,
        role: new.role,
        school: new.school,
        team: new.team,
        territory: new.territory,
        from: new.from,
        to: new.to,
        substitute_for: None,
        source: "region",
    };
    store::insert_function(tx.on(), &row).await?;
    journal_given(tx, by, &row);
    tell_given(tx, &row).await?;
    Ok(row.id)
}

pub(crate) fn journal_given(tx: &Tx, by: PersonId, row: &store::NewRow) {
    let data = serde_json::json!({
        "function": row.id, "role": row.role, "from": row.from, "to": row.to,
        "team": row.team, "territory": row.territory, "substitute_for": row.substitute_for,
    });
    let event = Event::new("function.given", format!("person:{}", row.person)).by(by).data(data);
    tx.journal(match row.school {
        Some(school) => event.school(school),
        None => event,
    });
}

/// Whoever keeps what rests on the functions of a school is told when this one begins and when it ends.
pub(crate) async fn tell_given(tx: &Tx, row: &store::NewRow) -> Result<(), DbError> {
    let Some(school) = row.school.filter(|_| row.role != Role::Pupil) else { return Ok(()) };
    mandates::changed(tx, school, row.person, row.from).await?;
    match row.to {
        Some(to) => mandates::changed(tx, school, row.person, to).await,
        None => Ok(()),
    }
}

/// Ends a function at `at`. Those who stand in for that person in it stop with them.
///
/// # Errors
/// [`PeopleError::NotFound`] when there is no such function or it is over.
pub async fn end_function(
    db: &Db,
    permit: &Permit<ManagePeople>,
    id: FunctionId,
    at: DateTime<Utc>,
) -> Result<PersonId, PeopleError> {
    db.write(async |tx| {
        let held = store::function(tx.on(), id).await?.ok_or(PeopleError::NotFound)?;
        // Whoever says « now » read the clock just before this transaction began.
        let at = if tx.now() - at < JUST_NOW { at.max(tx.now()) } else { at };
        if at < tx.now() && held.from < tx.now() {
            return Err(PeopleError::fault(
                "at",
                "La fin ne peut pas être dans le passé : choisissez aujourd’hui ou plus tard.",
            ));
        }
        end(tx, permit.person(), &held, at).await?;
        if let Some((school, _)) = &held.school {
            let all = store::functions_in(tx.on(), *school).await?;
            // Those who stand in for them stop, and so does what they stand in for as management.
            let manages = held.role.is_management() && held.substitute_for.is_none();
            let standing = all.iter().filter(|other| match &other.substitute_for {
                Some((id, _)) => {
                    (other.role == held.role && *id == held.person)
                        || (manages && other.person == held.person)
                }
                None => false,
            });
            for substitute in standing {
                end(tx, permit.person(), substitute, at).await?;
            }
        }
        Ok(held.person)
    })
    .await
}

pub(crate) async fn end(
    tx: &Tx,
    by: PersonId,
    held: &FunctionHeld,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    if store::end_function(tx.on(), held.id, at).await? == 0 {
        return Ok(());
    }
    if let Some((school, _)) = held.school.as_ref().filter(|_| held.role != Role::Pupil) {
        mandates::changed(tx, *school, held.person, at).await?;
    }
    let data = serde_json::json!({ "function": held.id, "role": held.role, "at": at });
    let event = Event::new("function.ended", format!("person:{}", held.person)).by(by).data(data);
    tx.journal(match &held.school {
        Some((school, _)) => event.school(*school),
        None => event,
    });
    Ok(())
}

/// One person.
///
/// # Errors
/// When the database does not answer.
pub async fn person(db: &Db, id: PersonId) -> Result<Option<Person>, DbError> {
    store::find(db.read(), id).await
}

/// The person of that login.
///
/// # Errors
/// When the database does not answer.
pub async fn person_by_login(db: &Db, login: &str) -> Result<Option<Person>, DbError> {
    store::by_login(db.read(), &login_key(login)).await
}

/// Name of each of these people, in one query.
///
/// # Errors
/// When the database does not answer.
pub async fn names(db: &Db, ids: &[PersonId]) -> Result<HashMap<PersonId, String>, DbError> {
    let people = store::by_ids(db.read(), ids).await?;
    Ok(people.into_iter().map(|person| (person.id, person.name())).collect())
}

/// The people of that address, two at most: one person only is recognised by theirs.
///
/// # Errors
/// When the database does not answer.
pub async fn people_at_address(db: &Db, address: &str) -> Result<Vec<Person>, DbError> {
    store::by_address(db.read(), &login_key(address)).await
}

/// A page of people by name, whose names begin as the words of `text` or nearly, or whose login or
/// address it is.
///
/// # Errors
/// When the database does not answer.
pub async fn search(
    db: &Db,
    permit: &Permit<ManagePeople>,
    text: &str,
    after: Option<PersonId>,
) -> Result<Vec<Person>, DbError> {
    let found = search::people_ids(db, permit, text).await?;
    let wanted = found.map(|ids| store::Wanted { ids, key: login_key(text) });
    store::page(db.read(), wanted.as_ref(), after, PAGE).await
}

/// Every function of a person, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn functions_of(db: &Db, person: PersonId) -> Result<Vec<FunctionHeld>, DbError> {
    store::functions_of(db.read(), person).await
}

/// The functions that these people hold now, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn held_by(db: &Db, people: &[PersonId]) -> Result<Vec<FunctionHeld>, DbError> {
    let mut held = store::functions_of_all(db.read(), people).await?;
    held.retain(|one| one.is_held(db.now()));
    Ok(held)
}

/// Who holds `role` in `school` at `at`: the holder, then the substitutes (flagged).
///
/// # Errors
/// When the database does not answer.
pub async fn holders(
    db: &Db,
    school: SchoolId,
    role: Role,
    at: DateTime<Utc>,
) -> Result<Vec<Person>, DbError> {
    store::holders(db.read(), school, role, at).await
}
