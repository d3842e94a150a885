//! `/modeles`: the reply templates of an agent, of a team, of everyone.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, TemplateId};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;
use serde::Deserialize;

use crate::model::TemplateReach;
use crate::templates::{self, TemplateError, TypedTemplate};
use crate::views::templates::{self as view, PATH, TemplateForm};
use crate::{Desk, SuperviseRequests, WorkRequests};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/modeles", list)
        .post("/modeles", create)
        .get("/modeles/nouveau", new)
        .get("/modeles/{id}", edit)
        .post("/modeles/{id}", change)
        .post("/modeles/{id}/supprimer", delete)
}

type Working = Allowed<WorkRequests>;

#[derive(Debug, Deserialize)]
struct Done {
    fait: Option<String>,
}

/// Value and words of every request type of the catalogue.
async fn types(desk: &Desk) -> Result<Vec<(String, String)>, WebError> {
    let mut types = Vec::new();
    for published in desk.catalogue.current().await? {
        for kind in &published.sheet.requests {
            let value = format!("{}/{}", published.sheet.slug, kind.id);
            types.push((value, format!("{}\u{a0}: {}", published.sheet.title, kind.title)));
        }
    }
    Ok(types)
}

async fn list(State(desk): State<Desk>, Allowed(_, access): Working, Query(done): Query<Done>) -> Page {
    let types = types(&desk).await?;
    let words = |kind: Option<&str>| {
        let known = types.iter().find(|(value, _)| Some(value.as_str()) == kind);
        known.map_or_else(|| "Tous".to_owned(), |(_, words)| words.clone())
    };
    let usable = templates::usable(&desk, &access, None).await?;
    let shown: Vec<_> = usable
        .into_iter()
        .map(|one| {
            let kind = words(one.request_type.as_deref());
            let mine = templates::may_change(&access, &one);
            (one, mine, kind)
        })
        .collect();
    let flash = match done.fait.as_deref() {
        Some("enregistre") => Some("Le modèle est enregistré."),
        Some("supprime") => Some("Le modèle est supprimé."),
        _ => None,
    };
    let flash = flash.map(|text| ui::Flash { text: text.to_owned(), good: true });
    Ok(shell(
        Some(&access),
        "/file",
        ui::Page::wide("Modèles de réponse", view::list(&shown)).with_flash(flash),
    ))
}

fn form_page(access: &Access, form: &TemplateForm) -> Markup {
    let page = ui::Page::new(view::title(form), view::edit(form)).with_errors(form.fault.is_some());
    shell(Some(access), "/file", page)
}

async fn new(State(desk): State<Desk>, Allowed(_, access): Working) -> Page {
    let types = types(&desk).await?;
    Ok(form_page(
        &access,
        &TemplateForm {
            id: None,
            name: "",
            body: "",
            reach: TemplateReach::Own,
            request_type: "",
            types: &types,
            steers: access.permit::<SuperviseRequests>().is_some(),
            fault: None,
        },
    ))
}

async fn edit(State(desk): State<Desk>, Allowed(_, access): Working, Path(id): Path<String>) -> Page {
    let id: TemplateId = id.parse().map_err(|_| WebError::NotFound)?;
    let found = templates::find(&desk, &access, id).await?;
    let found = found.filter(|one| templates::may_change(&access, one)).ok_or(WebError::NotFound)?;
    let types = types(&desk).await?;
    Ok(form_page(
        &access,
        &TemplateForm {
            id: Some(found.id.to_string()),
            name: &found.name,
            body: &found.body,
            reach: TemplateReach::of(&found.reach).unwrap_or(TemplateReach::Own),
            request_type: found.request_type.as_deref().unwrap_or_default(),
            types: &types,
            steers: access.permit::<SuperviseRequests>().is_some(),
            fault: None,
        },
    ))
}

async fn create(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    typed: Submitted,
) -> Result<Response, WebError> {
    save(&desk, Allowed(permit, access), None, &typed).await
}

async fn change(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(id): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let id: TemplateId = id.parse().map_err(|_| WebError::NotFound)?;
    save(&desk, Allowed(permit, access), Some(id), &typed).await
}

async fn save(
    desk: &Desk,
    Allowed(permit, access): Working,
    id: Option<TemplateId>,
    typed: &Submitted,
) -> Result<Response, WebError> {
    let text = |name| typed.get(name).unwrap_or_default();
    let types = types(desk).await?;
    let kind = typed.filled("request_type").filter(|kind| types.iter().any(|(value, _)| value == kind));
    let reach = typed.get("reach").and_then(TemplateReach::of).unwrap_or(TemplateReach::Own);
    let written = TypedTemplate {
        name: text("name").to_owned(),
        body: text("body").to_owned(),
        reach,
        request_type: kind.map(str::to_owned),
    };
    let fault = match templates::save(desk, &permit, &access, id, written).await {
        Ok(_) => return Ok(see_other(&format!("{PATH}?fait=enregistre"))),
        Err(TemplateError::NotFound) => return Err(WebError::NotFound),
        Err(TemplateError::Db(error)) => return Err(WebError::Unavailable(error)),
        Err(TemplateError::Field(field, words)) => (field, ui::typo(&words)),
    };
    let form = TemplateForm {
        id: id.map(|id| id.to_string()),
        name: text("name"),
        body: text("body"),
        reach,
        request_type: kind.unwrap_or_default(),
        types: &types,
        steers: access.permit::<SuperviseRequests>().is_some(),
        fault: Some(fault),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, form_page(&access, &form)).into_response())
}

async fn delete(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id: TemplateId = id.parse().map_err(|_| WebError::NotFound)?;
    match templates::delete(&desk, &permit, &access, id).await {
        Ok(()) => Ok(see_other(&format!("{PATH}?fait=supprime"))),
        Err(TemplateError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(_) => Err(WebError::NotFound),
    }
}
