//! The Region's pages on people: finding, creating, giving and ending functions.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use beffroi_kernel::{Access, PersonId, Role, Scope};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::{Asked, day, faults_of_people, faulty, id};
use crate::extract::Allowed;
use crate::model::{Fault, ManagePeople, Person};
use crate::people::{self, NewFunction, NewPerson};
use crate::rules::{paris_day_end, paris_day_start};
use crate::views::people as views;
use crate::{Site, reset, schools, teams};

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/region/personnes", list)
        .get("/region/personnes/nouvelle", form)
        .post("/region/personnes/nouvelle", create)
        .get("/region/personnes/{id}", one)
        .post("/region/personnes/{id}/fonctions", give)
        .post("/region/personnes/{id}/fonctions/fin", end)
        .post("/region/personnes/{id}/acces", set_access)
        .post("/region/personnes/{id}/lien", send_link)
}

async fn list(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManagePeople>,
    Query(asked): Query<Asked>,
) -> Page {
    let after = asked.apres.as_deref().and_then(|text| text.parse().ok());
    let found = people::search(&site.db, &permit, &asked.q, after).await?;
    Ok(views::list(&access, &asked.q, after.is_some(), &found))
}

async fn form(Allowed(_, access): Allowed<ManagePeople>) -> Page {
    Ok(views::new_person(&access, &NewPerson::default(), &[]))
}

async fn create(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManagePeople>,
    form: Submitted,
) -> Result<Response, WebError> {
    let text = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let new = NewPerson {
        given_name: text("given_name"),
        family_name: text("family_name"),
        email: form.filled("email").map(str::to_owned),
        login: form.filled("login").map(str::to_owned),
    };
    match people::create_person(&site.db, &permit, new.clone()).await {
        Ok(id) => Ok(see_other(&format!("/region/personnes/{id}?fait=creation"))),
        Err(error) => Ok(faulty(views::new_person(&access, &new, &faults_of_people(error)?))),
    }
}

async fn one(
    State(site): State<Site>,
    Allowed(_, access): Allowed<ManagePeople>,
    Path(person): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    show(&site, &access, id(&person)?, asked.fait.as_deref(), &Submitted::default(), &[]).await
}

async fn show(
    site: &Site,
    access: &Access,
    person: PersonId,
    done: Option<&str>,
    typed: &Submitted,
    faults: &[Fault],
) -> Result<Markup, WebError> {
    let person: Person = people::person(&site.db, person).await?.ok_or(WebError::NotFound)?;
    let functions = people::functions_of(&site.db, person.id).await?;
    let teams = teams::teams(&site.db).await?;
    Ok(views::person(&views::PersonPage {
        access,
        person: &person,
        functions: &functions,
        teams: &teams,
        typed,
        faults,
        done,
    }))
}

async fn give(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManagePeople>,
    Path(person): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let person = id(&person)?;
    let faults = match read_function(&site, person, &form).await? {
        Ok(new) => match people::give_function(&site.db, &permit, new).await {
            Ok(_) => return Ok(see_other(&format!("/region/personnes/{person}?fait=fonction"))),
            Err(error) => faults_of_people(error)?,
        },
        Err(faults) => faults,
    };
    Ok(faulty(show(&site, &access, person, None, &form, &faults).await?))
}

async fn read_function(
    site: &Site,
    person: PersonId,
    form: &Submitted,
) -> Result<Result<NewFunction, Vec<Fault>>, WebError> {
    let mut faults = Vec::new();
    let role: Option<Role> = form.get("role").and_then(|slug| slug.parse().ok());
    if role.is_none() {
        faults.push(Fault::new("role", "Choisissez une fonction."));
    }
    let mut school = None;
    if let Some(uai) = form.filled("school") {
        let scope = Scope::system("people are managed for the whole Region");
        let uai = beffroi_kernel::Uai::parse(uai).map(String::from).unwrap_or_default();
        school = schools::school_by_uai(&site.db, &scope, &uai).await?.map(|school| school.id);
        if school.is_none() {
            faults.push(Fault::new(
                "school",
                "Aucun établissement n’a cet UAI : vérifiez les sept chiffres et la lettre.",
            ));
        }
    }
    let from = form.get("from").and_then(day);
    if from.is_none() {
        faults.push(Fault::new("from", "Indiquez le premier jour, par exemple 01/09/2026."));
    }
    let to = form.filled("to").map(day);
    if to == Some(None) {
        faults.push(Fault::new("to", "Indiquez le dernier jour, par exemple 31/08/2027, ou laissez vide."));
    }
    let (Some(role), Some(from), true) = (role, from, faults.is_empty()) else {
        return Ok(Err(faults));
    };
    Ok(Ok(NewFunction {
        person,
        role,
        school,
        team: form.filled("team").and_then(|team| team.parse().ok()),
        territory: None,
        from: paris_day_start(from),
        to: to.flatten().map(paris_day_end),
    }))
}

async fn end(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManagePeople>,
    Path(person): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let person: PersonId = id(&person)?;
    let function = id(form.get("function").unwrap_or_default())?;
    let at = match form.filled("last_day") {
        None => site.db.now(),
        Some(text) => match day(text) {
            Some(day) => paris_day_end(day),
            None => {
                return Err(WebError::Invalid("Indiquez le dernier jour, par exemple 31/08/2027.".into()));
            }
        },
    };
    match people::end_function(&site.db, &permit, function, at).await {
        Ok(_) => Ok(see_other(&format!("/region/personnes/{person}?fait=fin"))),
        Err(error) => {
            let faults = faults_of_people(error)?;
            Ok(faulty(show(&site, &access, person, None, &Submitted::default(), &faults).await?))
        }
    }
}

async fn set_access(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManagePeople>,
    Path(person): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let person = id(&person)?;
    let disabled = form.get("disabled") == Some("yes");
    match people::set_disabled(&site.db, &permit, person, disabled).await {
        Ok(()) => Ok(see_other(&format!(
            "/region/personnes/{person}?fait={}",
            if disabled { "ferme" } else { "ouvert" }
        ))),
        Err(error) => {
            let faults = faults_of_people(error)?;
            Ok(faulty(show(&site, &access, person, None, &Submitted::default(), &faults).await?))
        }
    }
}

async fn send_link(
    State(site): State<Site>,
    Allowed(_permit, _): Allowed<ManagePeople>,
    Path(person): Path<String>,
) -> Result<Response, WebError> {
    let person = people::person(&site.db, id(&person)?).await?.ok_or(WebError::NotFound)?;
    reset::ask(&site.db, &person.login).await?;
    Ok(see_other(&format!("/region/personnes/{}?fait=lien", person.id)))
}
