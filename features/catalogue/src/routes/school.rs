//! A school's own procedure: its management adapts, removes or adds to the example steps. (LIRE-08…11)

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_directory::Allowed;
use beffroi_kernel::Permit;
use beffroi_ui::Page as Frame;
use beffroi_web::{Page, Submitted, WebError, see_other};
use chrono::{DateTime, Utc};

use super::{Asked, Here, framed};
use crate::procedure::{SchoolProcedure, StepEdit, StepError};
use crate::views::procedure::{self as view, Typed};
use crate::{AdaptProcedure, Catalogue};

async fn here(
    catalogue: &Catalogue,
    permit: &Permit<AdaptProcedure>,
    asked: &Asked,
) -> Result<Here, WebError> {
    Here::of(catalogue, permit.scope(), asked.school.as_deref()).await?.ok_or(WebError::NotFound)
}

async fn found(
    catalogue: &Catalogue,
    permit: &Permit<AdaptProcedure>,
    here: &Here,
    slug: &str,
) -> Result<SchoolProcedure, WebError> {
    let procedure = catalogue.procedure(permit.scope(), here.school, slug).await?;
    procedure.filter(|procedure| !procedure.steps.is_empty()).ok_or(WebError::NotFound)
}

/// GET /etablissement/procedures
pub(super) async fn list(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<AdaptProcedure>,
    Query(asked): Query<Asked>,
) -> Page {
    let here = here(&catalogue, &permit, &asked).await?;
    let procedures = catalogue.procedures(permit.scope(), here.school).await?;
    let frame = Frame::wide("Procédures de l’établissement", view::list(&here, &procedures));
    Ok(framed(Some(&access), "/etablissement/procedures", frame, asked.done.as_deref()))
}

/// GET /etablissement/procedures/{slug}
pub(super) async fn procedure(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<AdaptProcedure>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let here = here(&catalogue, &permit, &asked).await?;
    let procedure = found(&catalogue, &permit, &here, &slug).await?;
    let frame =
        Frame::new(format!("Procédure : {}", procedure.published.sheet.title), view::page(&here, &procedure));
    Ok(framed(Some(&access), "/etablissement/procedures", frame, asked.done.as_deref()))
}

/// GET /etablissement/procedures/{slug}/{step}
pub(super) async fn step(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<AdaptProcedure>,
    Path((slug, step)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let here = here(&catalogue, &permit, &asked).await?;
    let procedure = found(&catalogue, &permit, &here, &slug).await?;
    let step = procedure.step(&step).ok_or(WebError::NotFound)?;
    let frame = Frame::new("Adapter une étape", view::step(&here, &procedure, step, &Typed::of(step), None));
    Ok(framed(Some(&access), "/etablissement/procedures", frame, asked.done.as_deref()))
}

/// POST /etablissement/procedures/{slug}/{step}
pub(super) async fn edit_step(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<AdaptProcedure>,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    form: Submitted,
) -> Result<Response, WebError> {
    let here = here(&catalogue, &permit, &asked).await?;
    let typed = Typed::read(&form);
    let (edit, done) = match form.get("action") {
        Some("retirer") => (StepEdit::Remove, "retiree"),
        Some("retablir") => (StepEdit::Restore, "retablie"),
        Some("garder") => (StepEdit::Keep, "gardee"),
        _ => (StepEdit::Write { title: typed.title.clone(), markdown: typed.markdown.clone() }, "etape"),
    };
    let outcome = catalogue.edit_step(&permit, here.school, (&slug, &id), edit, seen(&form)).await;
    let error = match outcome {
        Ok(()) => {
            return Ok(see_other(&here.done(&format!("/etablissement/procedures/{slug}"), done)));
        }
        Err(StepError::Db(error)) => return Err(error.into()),
        Err(StepError::NotFound) => return Err(WebError::NotFound),
        Err(error @ StepError::Locked) => return Err(WebError::Forbidden(sentence(&error))),
        Err(error) => error,
    };
    let procedure = found(&catalogue, &permit, &here, &slug).await?;
    let step = procedure.step(&id).ok_or(WebError::NotFound)?;
    let frame = Frame::new("Adapter une étape", view::step(&here, &procedure, step, &typed, Some(&error)));
    let page = framed(Some(&access), "/etablissement/procedures", frame.with_errors(true), None);
    Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// GET /etablissement/procedures/{slug}/nouvelle
pub(super) async fn new_step(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<AdaptProcedure>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let here = here(&catalogue, &permit, &asked).await?;
    let procedure = found(&catalogue, &permit, &here, &slug).await?;
    let frame = Frame::new("Ajouter une étape", view::new_step(&here, &procedure, &Typed::default(), None));
    Ok(framed(Some(&access), "/etablissement/procedures", frame, None))
}

/// POST /etablissement/procedures/{slug}/nouvelle
pub(super) async fn add_step(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<AdaptProcedure>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    form: Submitted,
) -> Result<Response, WebError> {
    let here = here(&catalogue, &permit, &asked).await?;
    let typed = Typed::read(&form);
    let after = typed.after.parse().unwrap_or(usize::MAX);
    let outcome =
        catalogue.add_step(&permit, here.school, &slug, after, (&typed.title, &typed.markdown)).await;
    let error = match outcome {
        Ok(_) => {
            return Ok(see_other(&here.done(&format!("/etablissement/procedures/{slug}"), "etape")));
        }
        Err(StepError::Db(error)) => return Err(error.into()),
        Err(StepError::NotFound) => return Err(WebError::NotFound),
        Err(error) => error,
    };
    let procedure = found(&catalogue, &permit, &here, &slug).await?;
    let frame = Frame::new("Ajouter une étape", view::new_step(&here, &procedure, &typed, Some(&error)));
    let page = framed(Some(&access), "/etablissement/procedures", frame.with_errors(true), None);
    Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn seen(form: &Submitted) -> Option<DateTime<Utc>> {
    form.filled("vu").and_then(|micros| micros.parse().ok()).and_then(DateTime::from_timestamp_micros)
}

/// The error as a sentence.
pub(crate) fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
