//! `/recurrences`: requests that come back.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use super::requests::sentence;
use crate::recurring::{self, Change, Plan, Unit};
use crate::views::major::Typed;
use crate::views::recurring as view;
use crate::work::WorkError;
use crate::{Desk, PlanRequests};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/recurrences", list)
        .post("/recurrences", plan)
        .get("/recurrences/nouvelle", blank)
        .post("/recurrences/{id}/pause", pause)
        .post("/recurrences/{id}/reprise", resume)
        .post("/recurrences/{id}/fin", end)
}

type Planning = Allowed<PlanRequests>;
type Answer = Result<Response, WebError>;

async fn list(State(desk): State<Desk>, Allowed(permit, access): Planning) -> Page {
    let body = view::list(&recurring::list(&desk, &permit).await?);
    Ok(shell(Some(&access), "/demandes", ui::Page::wide("Demandes récurrentes", body)))
}

#[derive(Deserialize)]
struct From {
    #[serde(default)]
    demande: String,
}

async fn blank(
    State(desk): State<Desk>,
    Allowed(permit, access): Planning,
    Query(from): Query<From>,
) -> Page {
    form(&desk, (&permit, &access), &from.demande, &Typed::default()).await
}

async fn form(
    desk: &Desk,
    (permit, access): (&Permit<PlanRequests>, &Access),
    reference: &str,
    typed: &Typed,
) -> Page {
    let model = recurring::model(desk, permit, reference).await?.ok_or(WebError::NotFound)?;
    let page = ui::Page::new("Refaire cette demande régulièrement", view::plan(&model, typed));
    Ok(shell(Some(access), "/demandes", page.with_errors(typed.wrong.is_some())))
}

async fn plan(State(desk): State<Desk>, Allowed(permit, access): Planning, fields: Submitted) -> Answer {
    let reference = fields.get("request").unwrap_or_default().to_owned();
    let (field, error) = match typed(&fields) {
        Err(faulty) => faulty,
        Ok(wanted) => match recurring::plan(&desk, &permit, &access, &reference, wanted).await {
            Ok(()) => return Ok(see_other("/recurrences")),
            Err(WorkError::NotFound) => return Err(WebError::NotFound),
            Err(WorkError::Db(error)) => return Err(WebError::Unavailable(error)),
            Err(error) => {
                let text = error.to_string();
                let field = if text.contains("nombre") {
                    "every"
                } else if text.contains("fin") {
                    "until"
                } else {
                    "first"
                };
                (field, sentence(&text))
            }
        },
    };
    let typed = Typed { fields, wrong: Some((field, error)) };
    let page = form(&desk, (&permit, &access), &reference, &typed).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The rhythm typed, or the field to mend.
fn typed(fields: &Submitted) -> Result<Plan, (&'static str, String)> {
    let wrong = |field: &'static str, text: &str| (field, text.to_owned());
    let unit = fields.get("unit").and_then(Unit::of);
    let unit = unit.ok_or_else(|| wrong("unit", "Choisissez un rythme."))?;
    let every = match fields.filled("every") {
        None => 1,
        Some(text) => text.parse().map_err(|_| wrong("every", "Indiquez un nombre, par exemple 2."))?,
    };
    let first = fields.get("first").and_then(|text| text.parse().ok());
    let first = first.ok_or_else(|| wrong("first", "Indiquez une date, par exemple 2027-09-01."))?;
    let until = match fields.filled("until") {
        None => None,
        Some(text) => {
            Some(text.parse().map_err(|_| wrong("until", "Indiquez une date, par exemple 2029-09-01."))?)
        }
    };
    Ok(Plan { every, unit, first, until })
}

async fn changed(desk: &Desk, permit: &Permit<PlanRequests>, id: &str, change: Change) -> Answer {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    match recurring::change(desk, permit, id, change).await {
        Ok(()) => Ok(see_other("/recurrences")),
        Err(WorkError::NotFound) => Err(WebError::NotFound),
        Err(WorkError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(error) => Err(WebError::Conflict(sentence(&error.to_string()))),
    }
}

async fn pause(State(desk): State<Desk>, Allowed(permit, _): Planning, Path(id): Path<String>) -> Answer {
    changed(&desk, &permit, &id, Change::Pause).await
}

async fn resume(State(desk): State<Desk>, Allowed(permit, _): Planning, Path(id): Path<String>) -> Answer {
    changed(&desk, &permit, &id, Change::Resume).await
}

async fn end(State(desk): State<Desk>, Allowed(permit, _): Planning, Path(id): Path<String>) -> Answer {
    changed(&desk, &permit, &id, Change::End).await
}
