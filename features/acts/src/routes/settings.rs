//! `/region/actes`: what the Region decides of reviews, and of acts that only a passkey signs.

use axum::extract::State;
use axum::response::Response;
use beffroi_directory::{Allowed, shell};
use beffroi_sheets::Word;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use crate::model::{ActKind, RuleActs};
use crate::views::review as view;
use crate::{Acts, passkey_kinds, review_suspends, set_passkey_kinds, set_review_suspends};

pub(super) fn routes() -> Routes<Acts> {
    Routes::new()
        .get("/region/actes", show)
        .post("/region/actes", set)
        .post("/region/actes/cles", set_passkeys)
}

async fn show(State(acts): State<Acts>, Allowed(_, access): Allowed<RuleActs>) -> Page {
    let body = view::settings(review_suspends(&acts).await?, &passkey_kinds(&acts).await?);
    Ok(shell(Some(&access), "/region/actes", ui::Page::new("Règles des actes", body)))
}

async fn set(
    State(acts): State<Acts>,
    Allowed(permit, _): Allowed<RuleActs>,
    form: Submitted,
) -> Result<Response, WebError> {
    match form.get("suspend") {
        Some(value @ ("on" | "off")) => {
            set_review_suspends(&acts, &permit, value == "on").await?;
            Ok(see_other("/region/actes"))
        }
        _ => Err(WebError::Invalid("Choisissez « oui » ou « non ».".into())),
    }
}

async fn set_passkeys(
    State(acts): State<Acts>,
    Allowed(permit, _): Allowed<RuleActs>,
    form: Submitted,
) -> Result<Response, WebError> {
    let kinds: Vec<ActKind> = form.all("cles").filter_map(ActKind::from_slug).collect();
    set_passkey_kinds(&acts, &permit, &kinds).await?;
    Ok(see_other("/region/actes"))
}
