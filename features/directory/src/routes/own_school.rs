//! A school's own page, for its management: settings, closures, who stands in for the head.

use axum::extract::{Query, State};
use axum::response::Response;
use beffroi_kernel::{Access, Permit, PersonId, SchoolId};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::{Asked, day, faults_of_school, faulty, id};
use crate::extract::Allowed;
use crate::model::{Fault, ManageOwnSchool, NameSubstitutes};
use crate::views::own_school as views;
use crate::{Site, schools, set_setting, setting, substitutes};

/// Whether requests pass by the secretary-general as the sheets' examples say: "on" or "off".
pub(crate) const SG_VALIDATION: &str = "sg-validation";

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/etablissement", own)
        .post("/etablissement/reglages", set)
        .post("/etablissement/fermetures", add_closure)
        .post("/etablissement/fermetures/retrait", remove_closure)
        .post("/etablissement/remplacants", name)
        .post("/etablissement/remplacants/fin", end)
}

async fn own(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManageOwnSchool>,
    Query(asked): Query<Asked>,
) -> Page {
    let school = match &asked.e {
        Some(text) => id(text)?,
        None => permit.scope().schools().iter().next().copied().ok_or(WebError::NotFound)?,
    };
    let shown = Shown { done: asked.fait.as_deref(), ..Shown::default() };
    show(&site, &permit, &access, school, &shown).await
}

#[derive(Default)]
struct Shown<'a> {
    done: Option<&'a str>,
    typed: Submitted,
    prefix: &'a str,
    faults: Vec<Fault>,
}

async fn show(
    site: &Site,
    permit: &Permit<ManageOwnSchool>,
    access: &Access,
    school: SchoolId,
    shown: &Shown<'_>,
) -> Result<Markup, WebError> {
    let db = &site.db;
    let school = schools::school(db, permit.scope(), school).await?.ok_or(WebError::NotFound)?;
    let mut others = Vec::new();
    for other in permit.scope().schools().iter().filter(|other| **other != school.id) {
        others.extend(schools::school(db, permit.scope(), *other).await?);
    }
    // The head in office names; a substitute does not name another.
    let names = access.permit::<NameSubstitutes>().is_some()
        && access
            .functions_in(school.id)
            .any(|f| f.role == beffroi_kernel::Role::Head && f.substitute_for.is_none());
    Ok(views::own_school(&views::OwnSchool {
        access,
        school: &school,
        others: &others,
        functions: &schools::functions_in(db, school.id).await?,
        closures: &schools::closures(db, school.id).await?,
        candidates: &substitutes::candidates(db, school.id).await?,
        sg_validation: setting(db, school.id, SG_VALIDATION).await?.as_deref() != Some("off"),
        may_name: names,
        typed: &shown.typed,
        prefix: shown.prefix,
        faults: &shown.faults,
        done: shown.done,
    }))
}

fn school_of(form: &Submitted) -> Result<SchoolId, WebError> {
    id(form.get("school").unwrap_or_default())
}

fn back(school: SchoolId, done: &str) -> Response {
    see_other(&format!("/etablissement?e={school}&fait={done}"))
}

async fn again(
    site: &Site,
    access: &Access,
    school: SchoolId,
    typed: Submitted,
    prefix: &str,
    faults: Vec<Fault>,
) -> Result<Response, WebError> {
    let permit = access.permit::<ManageOwnSchool>().ok_or(WebError::NotFound)?;
    let shown = Shown { done: None, typed, prefix, faults };
    Ok(faulty(show(site, &permit, access, school, &shown).await?))
}

async fn set(
    State(site): State<Site>,
    Allowed(permit, _): Allowed<ManageOwnSchool>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school_of(&form)?;
    let value = if form.get(SG_VALIDATION) == Some("no") { "off" } else { "on" };
    match set_setting(&site.db, &permit, school, SG_VALIDATION, value).await {
        Ok(()) => Ok(back(school, "reglage")),
        Err(error) => Err(faults_of_school(error).err().unwrap_or(WebError::NotFound)),
    }
}

/// Two days of a form, with what is wrong.
fn period(form: &Submitted, prefix: &str) -> Result<(chrono::NaiveDate, chrono::NaiveDate), Vec<Fault>> {
    let read = |name: &str| form.get(&format!("{prefix}{name}")).and_then(day);
    match (read("from"), read("to")) {
        (Some(from), Some(to)) => Ok((from, to)),
        (from, to) => {
            let mut faults = Vec::new();
            if from.is_none() {
                faults.push(Fault::new("from", "Indiquez le premier jour, par exemple 14/05/2027."));
            }
            if to.is_none() {
                faults.push(Fault::new("to", "Indiquez le dernier jour, par exemple 14/05/2027."));
            }
            Err(faults)
        }
    }
}

async fn add_closure(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManageOwnSchool>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school_of(&form)?;
    let reason = form.get("closure_reason").unwrap_or_default().to_owned();
    let faults = match period(&form, "closure_") {
        Err(faults) => faults,
        Ok(days) => match schools::add_closure(&site.db, &permit, school, days, &reason).await {
            Ok(_) => return Ok(back(school, "fermeture")),
            Err(error) => faults_of_school(error)?,
        },
    };
    again(&site, &access, school, form, "closure_", faults).await
}

async fn remove_closure(
    State(site): State<Site>,
    Allowed(permit, _): Allowed<ManageOwnSchool>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school_of(&form)?;
    let closure = id(form.get("closure").unwrap_or_default())?;
    match schools::remove_closure(&site.db, &permit, school, closure).await {
        Ok(()) => Ok(back(school, "retrait")),
        Err(error) => Err(faults_of_school(error).err().unwrap_or(WebError::NotFound)),
    }
}

async fn name(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<NameSubstitutes>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school_of(&form)?;
    let person: Option<PersonId> = form.get("substitute_person").and_then(|text| text.parse().ok());
    let faults = match (period(&form, "substitute_"), person) {
        (Err(faults), _) => faults,
        (Ok(_), None) => vec![Fault::new("person", "Choisissez la personne qui vous remplace.")],
        (Ok(days), Some(person)) => {
            match substitutes::name_substitute(&site, &permit, school, person, days).await {
                Ok(_) => return Ok(back(school, "remplacant")),
                Err(error) => faults_of_school(error)?,
            }
        }
    };
    again(&site, &access, school, form, "substitute_", faults).await
}

async fn end(
    State(site): State<Site>,
    Allowed(permit, _): Allowed<NameSubstitutes>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school_of(&form)?;
    let function = id(form.get("function").unwrap_or_default())?;
    match substitutes::end_substitution(&site, &permit, school, function).await {
        Ok(()) => Ok(back(school, "fin-remplacement")),
        Err(error) => Err(faults_of_school(error).err().unwrap_or(WebError::NotFound)),
    }
}
