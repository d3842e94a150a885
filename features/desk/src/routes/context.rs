//! `/demandes/{reference}/contexte`: what surrounds a request, read only when asked for.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_ui as ui;
use beffroi_web::{Routes, WebError};
use serde::Deserialize;

use crate::views::context as view;
use crate::{Desk, WorkRequests, context};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/demandes/{reference}/contexte", show)
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// Set when only the part is wanted, for the request's page.
    partie: Option<String>,
}

async fn show(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<WorkRequests>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let around = context::around(&desk, &permit, &access, &reference).await?.ok_or(WebError::NotFound)?;
    let now = desk.site.db.now();
    if asked.partie.is_some() {
        return Ok(view::context(&around, 3, now).into_response());
    }
    let title = format!("Autour de la demande {}", around.request.reference);
    Ok(shell(Some(&access), "/file", ui::Page::wide(title, view::page(&around, now))).into_response())
}
