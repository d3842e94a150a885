//! The Region's pages on schools and teams, and the import of schools.

use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_kernel::{Access, Permit, SchoolId, TeamId};
use beffroi_web::{Page, Routed, Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::{Asked, day, faults_of_school, faulty, id};
use crate::extract::Allowed;
use crate::import::{self, ImportError, ImportOptions};
use crate::model::{Fault, ManageSchools, ReadRegion};
use crate::views::schools as views;
use crate::{Site, schools, teams};

/// The national file weighs forty megabytes or so.
const UPLOAD_LIMIT: usize = 80 * 1024 * 1024;

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/region/etablissements", list)
        .get("/region/etablissements/{id}", one)
        .post("/region/etablissements/{id}/rattachement", attach)
        .post("/region/etablissements/{id}/contrats", add_contract)
        .post("/region/etablissements/{id}/contrats/fin", end_contract)
        .get("/region/equipes", team_list)
        .get("/region/equipes/{id}", team_page)
}

/// The import receives a file larger than a form.
pub(super) fn upload_routes(site: Site) -> Routed {
    let Routed { router, list, weights } = Routes::new()
        .get("/region/etablissements/import", upload_form)
        .post("/region/etablissements/import", upload)
        .costly()
        .with_state(site);
    Routed { router: router.layer(DefaultBodyLimit::max(UPLOAD_LIMIT)), list, weights }
}

async fn list(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ReadRegion>,
    Query(asked): Query<Asked>,
) -> Page {
    let after = match asked.apres.as_deref().and_then(|text| text.parse::<SchoolId>().ok()) {
        Some(last) => {
            schools::school(&site.db, permit.scope(), last).await?.map(|school| (school.name, school.id))
        }
        None => None,
    };
    let found = schools::list(&site.db, permit.scope(), &asked.q, after.as_ref()).await?;
    Ok(views::list(&access, &asked.q, after.is_some(), &found))
}

async fn one(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ReadRegion>,
    Path(school): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    show(&site, &permit, &access, id(&school)?, asked.fait.as_deref(), &Submitted::default(), &[]).await
}

async fn show(
    site: &Site,
    permit: &Permit<ReadRegion>,
    access: &Access,
    school: SchoolId,
    done: Option<&str>,
    typed: &Submitted,
    faults: &[Fault],
) -> Result<Markup, WebError> {
    let school = schools::school(&site.db, permit.scope(), school).await?.ok_or(WebError::NotFound)?;
    Ok(views::school(&views::SchoolPage {
        access,
        school: &school,
        functions: &schools::functions_in(&site.db, school.id).await?,
        contracts: &schools::contracts(&site.db, school.id).await?,
        closures: &schools::closures(&site.db, school.id).await?,
        teams: &teams::teams(&site.db).await?,
        may_manage: access.permit::<ManageSchools>().is_some(),
        typed,
        faults,
        done,
    }))
}

async fn again(
    site: &Site,
    access: &Access,
    school: SchoolId,
    typed: &Submitted,
    faults: &[Fault],
) -> Result<Response, WebError> {
    let permit = access.permit::<ReadRegion>().ok_or(WebError::NotFound)?;
    Ok(faulty(show(site, &permit, access, school, None, typed, faults).await?))
}

async fn attach(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManageSchools>,
    Path(school): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school: SchoolId = id(&school)?;
    let team = |name: &str| id::<TeamId>(form.get(name).unwrap_or_default());
    let done = schools::attach(&site.db, &permit, school, team("operations")?, team("mobile")?).await;
    match done {
        Ok(()) => Ok(see_other(&format!("/region/etablissements/{school}?fait=rattachement"))),
        Err(error) => again(&site, &access, school, &form, &faults_of_school(error)?).await,
    }
}

async fn add_contract(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManageSchools>,
    Path(school): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school: SchoolId = id(&school)?;
    let Some(from) = form.get("from").and_then(day) else {
        let fault = Fault::new("from", "Indiquez le premier jour du contrat, par exemple 01/09/2026.");
        return again(&site, &access, school, &form, &[fault]).await;
    };
    let to = form.filled("to").map(day);
    let Ok(provider) = id::<TeamId>(form.get("team").unwrap_or_default()) else {
        return again(
            &site,
            &access,
            school,
            &form,
            &[Fault::new("team", "Choisissez un prestataire de la liste.")],
        )
        .await;
    };
    if to == Some(None) {
        let fault =
            Fault::new("to", "Indiquez le dernier jour du contrat, par exemple 31/08/2027, ou laissez vide.");
        return again(&site, &access, school, &form, &[fault]).await;
    }
    let theme = form.get("theme").unwrap_or_default();
    match schools::add_contract(&site.db, &permit, school, theme, provider, (from, to.flatten())).await {
        Ok(_) => Ok(see_other(&format!("/region/etablissements/{school}?fait=contrat"))),
        Err(error) => again(&site, &access, school, &form, &faults_of_school(error)?).await,
    }
}

async fn end_contract(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManageSchools>,
    Path(school): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school: SchoolId = id(&school)?;
    let contract = id(form.get("contract").unwrap_or_default())?;
    let last = form.filled("last_day").and_then(day).unwrap_or(crate::rules::paris_day(site.db.now()));
    match schools::end_contract(&site.db, &permit, school, contract, last).await {
        Ok(()) => Ok(see_other(&format!("/region/etablissements/{school}?fait=fin-contrat"))),
        Err(error) => again(&site, &access, school, &form, &faults_of_school(error)?).await,
    }
}

async fn team_list(State(site): State<Site>, Allowed(_, access): Allowed<ReadRegion>) -> Page {
    Ok(views::teams(&access, &teams::teams(&site.db).await?, &teams::territories(&site.db).await?))
}

async fn team_page(
    State(site): State<Site>,
    Allowed(_, access): Allowed<ReadRegion>,
    Path(team): Path<String>,
) -> Page {
    let team = teams::team(&site.db, id(&team)?).await?.ok_or(WebError::NotFound)?;
    let functions = teams::functions_in(&site.db, team.id).await?;
    Ok(views::team(&access, &team, &functions))
}

async fn upload_form(Allowed(_, access): Allowed<ManageSchools>) -> Page {
    Ok(views::import(&access, None, &[]))
}

async fn upload(
    State(site): State<Site>,
    Allowed(permit, access): Allowed<ManageSchools>,
    mut parts: Multipart,
) -> Result<Response, WebError> {
    let large = |_| {
        WebError::TooLarge("Ce fichier n’a pas pu être reçu en entier : il dépasse peut-être 80 Mo.".into())
    };
    let mut options = ImportOptions::default();
    let mut file = None;
    while let Some(part) = parts.next_field().await.map_err(large)? {
        match part.name() {
            Some("file") => file = Some(part.bytes().await.map_err(large)?).filter(|bytes| !bytes.is_empty()),
            Some("dry_run") => options.dry_run = true,
            _ => {}
        }
    }
    let Some(file) = file else {
        return Ok(faulty(views::import(
            &access,
            None,
            &[Fault::new("file", "Choisissez le fichier CSV à importer.")],
        )));
    };
    match import::schools(&site.db, &permit, file.as_ref(), &options, |_| ()).await {
        Ok(report) => Ok(views::import(&access, Some((&report, options.dry_run)), &[]).into_response()),
        Err(ImportError::Db(error)) => Err(error.into()),
        Err(error) => {
            Ok(faulty(views::import(&access, None, &[Fault::new("file", sentence(&error.to_string()))])))
        }
    }
}

/// An error's words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect()).unwrap_or_default()
}
