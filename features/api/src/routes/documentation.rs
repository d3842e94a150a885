//! `/api`: what the API does, for people; `/api/openapi.json`: the same for programs.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Visitor, shell};
use beffroi_ui::Page as Shown;
use beffroi_web::{Page, Routes, WebError};

use crate::model::{ManageTokens, ManageWebhooks};
use crate::views::documentation::Keeps;
use crate::{Api, openapi, v1, views};

pub(super) fn routes() -> Routes<Api> {
    Routes::new().get("/api", page).get("/api/openapi.json", document)
}

async fn page(State(api): State<Api>, Visitor(access): Visitor) -> Page {
    let keeps = Keeps {
        calls: api.limits.most(),
        tokens: access.as_ref().is_some_and(|access| access.permit::<ManageTokens>().is_some()),
        webhooks: access.as_ref().is_some_and(|access| access.permit::<ManageWebhooks>().is_some()),
    };
    let body = views::documentation::page(&v1::doors(), &api.desk.site.base_url, &keeps);
    Ok(shell(access.as_ref(), "/api", Shown::wide("API", body)))
}

async fn document(State(api): State<Api>) -> Result<Response, WebError> {
    let text = openapi(&api.desk.site.base_url).to_string();
    Ok(([(CONTENT_TYPE, "application/json")], text).into_response())
}
