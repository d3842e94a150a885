//! `/raccourcis`: the keys agents may use, and their switch, kept with the person (WCAG 2.1.4).

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{SignedIn, preference, set_preference, shell};
use beffroi_ui as ui;
use beffroi_web::{Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::Desk;
use crate::views::shortcuts as view;

/// The preference, "on" unless the person chose "off".
const PREFERENCE: &str = "keys";

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/raccourcis", show).get("/raccourcis/etat", state).post("/raccourcis", choose)
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// Set when only the list of keys is wanted, for a dialog.
    partie: Option<String>,
}

async fn is_on(desk: &Desk, access: &beffroi_kernel::Access) -> Result<bool, WebError> {
    Ok(preference(&desk.site.db, access.person, PREFERENCE).await?.as_deref() != Some("off"))
}

async fn show(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    if asked.partie.is_some() {
        return Ok(view::part().into_response());
    }
    let body = view::page(is_on(&desk, &access).await?);
    Ok(shell(Some(&access), view::PATH, ui::Page::new("Raccourcis clavier", body)).into_response())
}

/// For the script, once a browser session: `on` or `off`.
async fn state(State(desk): State<Desk>, SignedIn(access): SignedIn) -> Result<&'static str, WebError> {
    Ok(if is_on(&desk, &access).await? { "on" } else { "off" })
}

async fn choose(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    typed: Submitted,
) -> Result<Response, WebError> {
    let value = if typed.get("raccourcis") == Some("off") { "off" } else { "on" };
    set_preference(&desk.site.db, access.person, PREFERENCE, value).await?;
    Ok(see_other(view::PATH))
}
