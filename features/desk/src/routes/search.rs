//! `/recherche`: requests, sheets, schools and people, each as far as the person may see them.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{SignedIn, shell};
use beffroi_ui as ui;
use beffroi_web::{Routes, WebError, see_other};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::Desk;
use crate::search::{Asked, Outcome, find};
use crate::views::search as view;

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/recherche", search).costly()
}

/// Characters of a question that are read.
const LONGEST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    etat: String,
    periode: String,
    page: String,
}

async fn search(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let text: String = wanted.q.trim().chars().take(LONGEST).collect();
    let state = view::state(&wanted.etat);
    let period = view::Period::of(&wanted.periode);
    let now = desk.site.db.now();
    let asked = Asked {
        text: &text,
        over: state.over(),
        since: period.days().map(|days| now - TimeDelta::days(days)),
        page: wanted.page.parse().unwrap_or(1_usize).saturating_sub(1),
    };
    let found = match find(&desk, &access, &asked).await? {
        Outcome::Reference(reference) => return Ok(see_other(&format!("/demandes/{reference}"))),
        Outcome::Found(found) => found,
    };
    let body = view::results(&view::ResultsPage {
        text: &text,
        state,
        period,
        page: asked.page,
        found: &found,
        now,
        access: &access,
    });
    let title = if text.is_empty() { "Recherche".to_owned() } else { format!("« {text} », recherche") };
    Ok(shell(Some(&access), "/recherche", ui::Page::new(title, body)).into_response())
}
