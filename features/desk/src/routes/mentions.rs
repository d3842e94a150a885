//! `/file/mentions`: the notes that mention the person; `/demandes/{reference}/agents`: whom a note
//! may mention, for completing names.

use axum::Json;
use axum::extract::{Path, Query, State};
use beffroi_directory::{Allowed, shell};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, WebError};
use serde::Deserialize;

use crate::views::mentions as view;
use crate::{Desk, ReadInternalNotes, WorkRequests, mentions};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/file/mentions", list).get("/demandes/{reference}/agents", agents)
}

type Noting = Allowed<ReadInternalNotes>;

#[derive(Debug, Deserialize)]
struct Asked {
    apres: Option<String>,
}

/// Those who read no notes are mentioned in none.
async fn list(
    State(desk): State<Desk>,
    Allowed(_, access): Allowed<WorkRequests>,
    Query(asked): Query<Asked>,
) -> Page {
    let before = match &asked.apres {
        Some(cursor) => Some(cursor.parse().map_err(|_| WebError::NotFound)?),
        None => None,
    };
    let list = match access.permit::<ReadInternalNotes>() {
        Some(permit) => mentions::list(&desk, &permit, before).await?,
        None => mentions::Lines { lines: Vec::new(), next: None },
    };
    let body = view::mentions(&list, before.is_some(), desk.site.db.now());
    Ok(shell(Some(&access), "/file", ui::Page::wide("On vous a cité", body)))
}

async fn agents(
    State(desk): State<Desk>,
    Allowed(permit, access): Noting,
    Path(reference): Path<String>,
) -> Result<Json<Vec<String>>, WebError> {
    let readers = mentions::readers(&desk, &permit, &access, &reference).await?;
    let readers = readers.ok_or(WebError::NotFound)?;
    Ok(Json(readers.iter().map(mentions::Reader::name).collect()))
}
