//! Schools: finding them, where they are attached, their closures and contracts. (INTRO-14)

use std::collections::HashMap;

use beffroi_calendar::WorkingCalendar;
use beffroi_db::{Db, DbError, Event};
use beffroi_kernel::{Permit, SchoolId, Scope, TeamId};
use beffroi_sheets::Place;
use chrono::{Days, NaiveDate};

use crate::model::{
    Closure, ClosureId, Contract, ContractId, Fault, FunctionHeld, ManageOwnSchool, ManageSchools, School,
    TeamKind,
};
use crate::rules::{paris_day, search_words};
use crate::search;
use crate::store::{choices, people, schools as store, teams};

/// Schools on one page of a list.
pub const PAGE: u64 = 50;
/// A closure longer than this is a slip of the keyboard.
const LONGEST_CLOSURE: Days = Days::new(100);

/// Why a change of a school is refused.
#[derive(Debug, thiserror::Error)]
pub enum SchoolError {
    /// No such school, or another's: the two look alike.
    #[error("cet établissement n’existe pas")]
    NotFound,
    /// Fields to mend.
    #[error("{}", .0.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<Fault>),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl SchoolError {
    pub(crate) fn fault(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, message)])
    }
}

/// One school within reach.
///
/// # Errors
/// When the database does not answer.
pub async fn school(db: &Db, scope: &Scope, id: SchoolId) -> Result<Option<School>, DbError> {
    store::find(db.read(), scope, id).await
}

/// One school within reach, by its national identifier.
///
/// # Errors
/// When the database does not answer.
pub async fn school_by_uai(db: &Db, scope: &Scope, uai: &str) -> Result<Option<School>, DbError> {
    store::by_uai(db.read(), scope, uai).await
}

/// A page of the schools within reach, by name, whose name, town or UAI holds the words of `search`;
/// `after` is the name and identifier of the last one seen.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    db: &Db,
    scope: &Scope,
    search: &str,
    after: Option<&(String, SchoolId)>,
) -> Result<Vec<School>, DbError> {
    store::page(db.read(), scope, &search_words(search), after, PAGE).await
}

pub(crate) async fn require(db: &Db, scope: &Scope, id: SchoolId) -> Result<School, SchoolError> {
    school(db, scope, id).await?.ok_or(SchoolError::NotFound)
}

/// What routing looks at: where the school is attached and its contracts today.
///
/// # Errors
/// When the school does not exist or the database does not answer.
pub async fn place(db: &Db, id: SchoolId) -> Result<Place, DbError> {
    let scope = Scope::system("routing looks at where the request's own school is attached");
    let found = school(db, &scope, id)
        .await?
        .ok_or_else(|| DbError::Corrupt(format!("l’établissement {id} manque")))?;
    let today = paris_day(db.now());
    let contracts = choices::contracts(db.read(), id).await?;
    let live = contracts.into_iter().filter(|contract| contract.runs_on(today));
    Ok(Place {
        territory: found.territory.slug,
        academy: found.academy,
        mobile_team: found.mobile_team.slug,
        operations_service: found.operations_team.slug,
        contracts: live.map(|contract| (contract.theme, contract.team.slug)).collect(),
    })
}

/// UAI and place of every school, for the report of gaps and overlaps: two queries in all.
///
/// # Errors
/// When the database does not answer.
pub async fn places(db: &Db) -> Result<Vec<(String, Place)>, DbError> {
    let mut contracts: HashMap<SchoolId, Vec<(String, String)>> = HashMap::new();
    for (school, theme, provider) in choices::live_contracts(db.read(), paris_day(db.now())).await? {
        contracts.entry(school).or_default().push((theme, provider));
    }
    let places = store::routing_places(db.read()).await?.into_iter().map(|(id, uai, mut place)| {
        place.contracts = contracts.remove(&id).unwrap_or_default();
        (uai, place)
    });
    Ok(places.collect())
}

/// The working calendar of a school, with its closures.
///
/// # Errors
/// When the database does not answer.
pub async fn calendar(db: &Db, id: SchoolId) -> Result<WorkingCalendar, DbError> {
    let closures = choices::closures(db.read(), id).await?.into_iter();
    let closures = closures.map(|closure| beffroi_calendar::Closure {
        from: closure.from,
        to: closure.to,
        reason: closure.reason,
    });
    Ok(WorkingCalendar { closures: closures.collect(), ..WorkingCalendar::default() })
}

/// Who holds what in the school since when, past and to come included.
///
/// # Errors
/// When the database does not answer.
pub async fn functions_in(db: &Db, id: SchoolId) -> Result<Vec<FunctionHeld>, DbError> {
    people::functions_in(db.read(), id).await
}

/// Who serves in the school now and whose name, login or address holds the words of `search`, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn serving(db: &Db, id: SchoolId, search: &str) -> Result<Vec<FunctionHeld>, DbError> {
    people::serving(db.read(), id, &search_words(search), db.now()).await
}

/// The closures of a school, in order.
///
/// # Errors
/// When the database does not answer.
pub async fn closures(db: &Db, id: SchoolId) -> Result<Vec<Closure>, DbError> {
    choices::closures(db.read(), id).await
}

/// Declares days when the school is closed.
///
/// # Errors
/// [`SchoolError::Invalid`] names the fields to mend.
pub async fn add_closure(
    db: &Db,
    permit: &Permit<ManageOwnSchool>,
    school: SchoolId,
    (from, to): (NaiveDate, NaiveDate),
    reason: &str,
) -> Result<ClosureId, SchoolError> {
    require(db, permit.scope(), school).await?;
    if to < from {
        return Err(SchoolError::fault(
            "to",
            "Le dernier jour doit venir après le premier, ou le même jour.",
        ));
    }
    if from.checked_add_days(LONGEST_CLOSURE).is_some_and(|limit| to > limit) {
        return Err(SchoolError::fault("to", "Une fermeture dure cent jours au plus : vérifiez l’année."));
    }
    let reason: String = reason.trim().chars().take(200).collect();
    if reason.is_empty() {
        return Err(SchoolError::fault(
            "reason",
            "Dites pourquoi en quelques mots, par exemple « pont de l’Ascension ».",
        ));
    }
    let closure = Closure { id: ClosureId::new(), from, to, reason };
    db.write(async |tx| {
        choices::insert_closure(tx.on(), school, &closure).await?;
        let data = serde_json::json!({ "from": from, "to": to, "reason": closure.reason });
        tx.journal(
            Event::new("closure.added", format!("school:{school}"))
                .by(permit.person())
                .school(school)
                .data(data),
        );
        Ok(closure.id)
    })
    .await
}

/// Removes a closure.
///
/// # Errors
/// [`SchoolError::NotFound`] when it is not one of this school.
pub async fn remove_closure(
    db: &Db,
    permit: &Permit<ManageOwnSchool>,
    school: SchoolId,
    id: ClosureId,
) -> Result<(), SchoolError> {
    require(db, permit.scope(), school).await?;
    db.write(async |tx| {
        if choices::delete_closure(tx.on(), school, id).await? == 0 {
            return Err(SchoolError::NotFound);
        }
        let data = serde_json::json!({ "closure": id.0 });
        tx.journal(
            Event::new("closure.removed", format!("school:{school}"))
                .by(permit.person())
                .school(school)
                .data(data),
        );
        Ok(())
    })
    .await
}

impl Contract {
    /// Whether it runs on `day`.
    #[must_use]
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// The contracts of a school, past and to come included.
///
/// # Errors
/// When the database does not answer.
pub async fn contracts(db: &Db, id: SchoolId) -> Result<Vec<Contract>, DbError> {
    choices::contracts(db.read(), id).await
}

/// Puts a provider under contract for a theme in a school. One at a time on each theme.
///
/// # Errors
/// [`SchoolError::Invalid`] names the fields to mend.
pub async fn add_contract(
    db: &Db,
    permit: &Permit<ManageSchools>,
    school: SchoolId,
    theme: &str,
    provider: TeamId,
    (from, to): (NaiveDate, Option<NaiveDate>),
) -> Result<ContractId, SchoolError> {
    require(db, permit.scope(), school).await?;
    if theme.is_empty() {
        return Err(SchoolError::fault("theme", "Choisissez le thème du contrat."));
    }
    if to.is_some_and(|to| to < from) {
        return Err(SchoolError::fault("to", "La fin du contrat doit venir après son début."));
    }
    db.write(async |tx| {
        let team = teams::team(tx.on(), provider).await?.filter(|team| team.kind == TeamKind::Provider);
        let team = team.ok_or_else(|| SchoolError::fault("team", "Choisissez un prestataire de la liste."))?;
        let others = choices::contracts(tx.on(), school).await?;
        let shares = |other: &Contract| {
            other.theme == theme && to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|end| from <= end)
        };
        if let Some(other) = others.iter().find(|other| shares(other)) {
            let message = format!("{} a déjà un contrat sur ce thème à ces dates : mettez-y fin d’abord.", other.team.name);
            return Err(SchoolError::fault("from", message));
        }
        let id = ContractId::new();
        choices::insert_contract(tx.on(), school, id, theme, provider, (from, to)).await?;
        let data = serde_json::json!({ "contract": id.0, "theme": theme, "team": team.slug, "from": from, "to": to });
        tx.journal(Event::new("contract.added", format!("school:{school}")).by(permit.person()).school(school).data(data));
        Ok(id)
    })
    .await
}

/// Ends a contract on `day`, included.
///
/// # Errors
/// [`SchoolError::NotFound`] when it is not one of this school or is over.
pub async fn end_contract(
    db: &Db,
    permit: &Permit<ManageSchools>,
    school: SchoolId,
    id: ContractId,
    day: NaiveDate,
) -> Result<(), SchoolError> {
    require(db, permit.scope(), school).await?;
    db.write(async |tx| {
        if choices::end_contract(tx.on(), school, id, day).await? == 0 {
            return Err(SchoolError::NotFound);
        }
        let data = serde_json::json!({ "contract": id.0, "day": day });
        tx.journal(
            Event::new("contract.ended", format!("school:{school}"))
                .by(permit.person())
                .school(school)
                .data(data),
        );
        Ok(())
    })
    .await
}

/// Attaches a school to an operations service and a mobile team; the territory is the service's
/// (INTRO-14: none is left unattached).
///
/// # Errors
/// [`SchoolError::Invalid`] names the fields to mend.
pub async fn attach(
    db: &Db,
    permit: &Permit<ManageSchools>,
    school: SchoolId,
    operations: TeamId,
    mobile: TeamId,
) -> Result<(), SchoolError> {
    let before = require(db, permit.scope(), school).await?;
    db.write(async |tx| {
        let service =
            teams::team(tx.on(), operations).await?.filter(|team| team.kind == TeamKind::OperationsService);
        let wrong = || SchoolError::fault("operations", "Choisissez un service d’exploitation de la liste.");
        let service = service.ok_or_else(wrong)?;
        let territory = service.territory.ok_or_else(wrong)?;
        let team = teams::team(tx.on(), mobile).await?.filter(|team| team.kind == TeamKind::MobileTeam);
        let team =
            team.ok_or_else(|| SchoolError::fault("mobile", "Choisissez une équipe mobile de la liste."))?;
        store::attach(tx.on(), school, store::Attachment { territory, operations, mobile }).await?;
        search::school_changed(tx, school).await?;
        let data = serde_json::json!({
            "before": { "operations": before.operations_team.slug, "mobile": before.mobile_team.slug },
            "after": { "operations": service.slug, "mobile": team.slug },
        });
        tx.journal(
            Event::new("school.attached", format!("school:{school}"))
                .by(permit.person())
                .school(school)
                .data(data),
        );
        Ok(())
    })
    .await
}

/// Says whether the Region runs the school's office suite in the cloud: some sheets ask.
///
/// # Errors
/// [`SchoolError::NotFound`] when there is no such school.
pub async fn set_o365(
    db: &Db,
    permit: &Permit<ManageSchools>,
    school: SchoolId,
    o365: bool,
) -> Result<(), SchoolError> {
    require(db, permit.scope(), school).await?;
    db.write(async |tx| {
        store::set_o365(tx.on(), school, o365).await?;
        let data = serde_json::json!({ "o365": o365 });
        tx.journal(
            Event::new("school.set", format!("school:{school}"))
                .by(permit.person())
                .school(school)
                .data(data),
        );
        Ok(())
    })
    .await
}
