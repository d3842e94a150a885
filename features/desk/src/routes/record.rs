//! `/saisir`: an agent types in a request for somebody of a school within reach. (CSU-05)

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, School, schools, shell};
use beffroi_kernel::{Access, Permit, PersonId};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use super::home::draft_error;
use crate::drafts::asking_role;
use crate::model::Channel;
use crate::record::{self, Caller, NewRecord, RecordError};
use crate::views::record as view;
use crate::{Desk, RecordRequest};

/// Schools shown at once: more words find the others.
const SHOWN: usize = 20;

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/saisir", which_school)
        .get("/saisir/{school}", which_person)
        .get("/saisir/{school}/demande", what)
        .post("/saisir/{school}/demande", start)
        .get("/saisir/confirmation/{reference}", confirmation)
}

type Recording = Allowed<RecordRequest>;

#[derive(Debug, Default, Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    pour: Option<String>,
}

async fn which_school(
    State(desk): State<Desk>,
    Allowed(permit, access): Recording,
    Query(search): Query<Search>,
) -> Page {
    let query = search.q.trim();
    let mut found = schools::list(&desk.site.db, permit.scope(), query, None).await?;
    found.truncate(SHOWN);
    let drafts = record::unsent(&desk, &permit, &access).await.map_err(draft_error)?;
    let body = view::schools(query, &found, &drafts);
    Ok(shell(Some(&access), "/saisir", ui::Page::new("Saisir une demande", body)))
}

async fn school(desk: &Desk, permit: &Permit<RecordRequest>, id: &str) -> Result<School, WebError> {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    record::school(desk, permit, id).await.map_err(record_error)
}

fn record_error(error: RecordError) -> WebError {
    match error {
        RecordError::NotFound => WebError::NotFound,
        RecordError::Db(error) => WebError::Unavailable(error),
        other => WebError::Invalid(other.to_string()),
    }
}

async fn which_person(
    State(desk): State<Desk>,
    Allowed(permit, access): Recording,
    Path(id): Path<String>,
    Query(search): Query<Search>,
) -> Page {
    let school = school(&desk, &permit, &id).await?;
    let query = search.q.trim();
    let found = if query.is_empty() { Vec::new() } else { record::people(&desk, school.id, query).await? };
    let body = view::people(&school, query, &found);
    Ok(shell(Some(&access), "/saisir", ui::Page::new("Pour qui ?", body)))
}

async fn what(
    State(desk): State<Desk>,
    Allowed(permit, access): Recording,
    Path(id): Path<String>,
    Query(search): Query<Search>,
) -> Page {
    let school = school(&desk, &permit, &id).await?;
    let person = search.pour.as_deref().map(str::parse).transpose().map_err(|_| WebError::NotFound)?;
    ask(&desk, &access, &school, person, &Submitted::default(), None).await
}

/// The page that asks what, as typed so far.
async fn ask(
    desk: &Desk,
    access: &Access,
    school: &School,
    person: Option<PersonId>,
    typed: &Submitted,
    error: Option<(&'static str, String)>,
) -> Page {
    let asker = match person {
        Some(person) => {
            let asker = beffroi_directory::access_of(&desk.site.db, person).await?;
            Some(
                asker
                    .filter(|asker| asker.functions_in(school.id).next().is_some())
                    .ok_or(WebError::NotFound)?,
            )
        }
        None => None,
    };
    let sheets = desk.catalogue.current().await?;
    let mut kinds = vec![(String::new(), "Choisissez dans la liste".to_owned())];
    for published in &sheets {
        let sheet = &published.sheet;
        let open = sheet
            .requests
            .iter()
            .filter(|kind| asker.as_ref().is_none_or(|asker| asking_role(asker, school.id, kind).is_some()));
        kinds.extend(open.map(|kind| {
            (format!("{}/{}", sheet.slug, kind.id), format!("{} — {}", sheet.title, kind.title))
        }));
    }
    let failed = error.is_some();
    let body = view::what(&view::What {
        school,
        person: asker.as_ref().map(|asker| (asker.person, asker.name.as_str())),
        kinds: &kinds,
        name: typed.get("nom").unwrap_or_default(),
        channel: typed.get("canal").unwrap_or_default(),
        kind: typed.get("demande").unwrap_or_default(),
        error,
    });
    Ok(shell(Some(access), "/saisir", ui::Page::new("Que demande-t-on ?", body).with_errors(failed)))
}

async fn start(
    State(desk): State<Desk>,
    Allowed(permit, access): Recording,
    Path(id): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let school = school(&desk, &permit, &id).await?;
    let person: Option<PersonId> =
        typed.filled("pour").map(str::parse).transpose().map_err(|_| WebError::NotFound)?;
    let caller = match person {
        Some(person) => Caller::Person(person),
        None => Caller::Other(typed.get("nom").unwrap_or_default().to_owned()),
    };
    let channel = typed.get("canal").and_then(Channel::of);
    let chosen = typed.get("demande").and_then(|chosen| chosen.split_once('/'));
    let outcome = match chosen {
        Some((sheet, kind)) => {
            let new = NewRecord { school: school.id, caller, channel, sheet, kind };
            record::start(&desk, &permit, &new).await
        }
        None => Err(RecordError::Missing("demande", "Choisissez dans la liste ce que la personne demande.")),
    };
    let error = match outcome {
        Ok(draft) => return Ok(see_other(&format!("/brouillons/{draft}"))),
        Err(RecordError::Missing(field, message)) => (field, message.to_owned()),
        Err(error @ RecordError::NotForThem(_)) => ("demande", error.to_string()),
        Err(error) => return Err(record_error(error)),
    };
    let page = ask(&desk, &access, &school, person, &typed, Some(error)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn confirmation(
    State(desk): State<Desk>,
    Allowed(permit, access): Recording,
    Path(reference): Path<String>,
) -> Page {
    let (request, typed) = record::receipt(&desk, &permit, &reference).await?.ok_or(WebError::NotFound)?;
    let school = record::school(&desk, &permit, request.school_id).await.map_err(record_error)?;
    let names = beffroi_directory::names(&desk.site.db, &[request.requester_id]).await?;
    let name = names.get(&request.requester_id).cloned().unwrap_or_default();
    let body = view::confirmation(&request, typed.caller.as_deref(), &name, &school);
    Ok(shell(Some(&access), "/saisir", ui::Page::new("Demande enregistrée", body)))
}
