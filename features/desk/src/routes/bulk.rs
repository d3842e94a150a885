//! `/file/lots`: one action on several requests, from the choice to the result.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, Permit};
use beffroi_ui as ui;
use beffroi_web::{Routes, Submitted, WebError, see_other};

use super::queue::{Working, back};
use super::searches::sentence;
use crate::lists::Selection;
use crate::lists::bulk::{self, Batch, Chosen, Kind, Parameters};
use crate::views::bulk::{self as view, BulkPage};
use crate::work::WorkError;
use crate::{Desk, WorkRequests};

/// How often the page of an action under way is shown anew, in seconds.
const REFRESH: &str = "2";

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().post("/file/lots", begin).get("/file/lots/{id}", show).post("/file/lots/{id}", act)
}

async fn begin(
    State(desk): State<Desk>,
    Allowed(permit, _): Working,
    typed: Submitted,
) -> Result<Response, WebError> {
    let kind = typed.get("action").and_then(Kind::of);
    let chosen = if typed.filled("tout").is_some() {
        Chosen::All(Box::new(Selection::of_query(typed.get("requete").unwrap_or_default())))
    } else {
        Chosen::Requests(typed.all("choix").filter_map(|id| id.parse().ok()).collect())
    };
    let nothing = || {
        let back = back(&typed);
        let joint = if back.contains('?') { '&' } else { '?' };
        Ok(see_other(&format!("{back}{joint}fait=rien")))
    };
    let Some(kind) = kind else { return nothing() };
    match bulk::begin(&desk, &permit, kind, chosen).await {
        Ok(id) => Ok(see_other(&format!("/file/lots/{id}"))),
        Err(WorkError::Db(error)) => Err(error.into()),
        Err(_) => nothing(),
    }
}

async fn open(desk: &Desk, permit: &Permit<WorkRequests>, id: &str) -> Result<Batch, WebError> {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    bulk::open(desk, permit.person(), id).await?.ok_or(WebError::NotFound)
}

async fn show(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let batch = open(&desk, &permit, &id).await?;
    page(&desk, &permit, &access, &batch, None, &[]).await
}

async fn page(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    access: &Access,
    batch: &Batch,
    typed: Option<&Parameters>,
    errors: &[(String, String)],
) -> Result<Response, WebError> {
    let draft = batch.state == "draft";
    let ready = draft && errors.is_empty() && batch.parameters.missing(batch.kind).is_empty();
    let foreseen = if ready { bulk::foresee(desk, permit, access, batch).await? } else { Vec::new() };
    let receivers = if draft { bulk::receivers(desk, permit, batch).await? } else { Vec::new() };
    let shown = BulkPage {
        batch,
        parameters: typed.unwrap_or(&batch.parameters),
        foreseen: &foreseen,
        receivers: &receivers,
        errors,
        now: desk.site.db.now(),
    };
    let under_way = matches!(batch.state.as_str(), "running" | "undoing");
    let body = match under_way {
        true => view::running(&shown),
        false if draft => view::draft(&shown),
        false => view::result(&shown),
    };
    let page = ui::Page::wide(batch.kind.label(), body).with_errors(!errors.is_empty());
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut response = (status, shell(Some(access), "/file", page)).into_response();
    if under_way {
        let refresh = (HeaderName::from_static("refresh"), HeaderValue::from_static(REFRESH));
        response.headers_mut().extend([refresh]);
    }
    Ok(response)
}

fn parameters(typed: &Submitted) -> Parameters {
    let text = |name: &str| typed.get(name).unwrap_or_default().to_owned();
    Parameters {
        person: typed.get("person").and_then(|id| id.parse().ok()),
        team: typed.get("team").and_then(|id| id.parse().ok()),
        waiting_for: text("waiting_for"),
        text: text("text"),
    }
}

async fn act(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(id): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let batch = open(&desk, &permit, &id).await?;
    let mut errors: Vec<(String, String)> = Vec::new();
    let draft = batch.state == "draft";
    match typed.get("geste").unwrap_or_default() {
        "preparer" if draft => {
            let parameters = parameters(&typed);
            let missing = parameters.missing(batch.kind);
            if !missing.is_empty() {
                let own = |(field, words): &(&str, &str)| ((*field).to_owned(), (*words).to_owned());
                let errors: Vec<_> = missing.iter().map(own).collect();
                return page(&desk, &permit, &access, &batch, Some(&parameters), &errors).await;
            }
            bulk::prepare(&desk, &batch, &parameters).await?;
        }
        "confirmer" if draft && batch.parameters.missing(batch.kind).is_empty() => {
            bulk::confirm(&desk, &batch).await?;
        }
        "annuler" => match bulk::undo(&desk, &permit, &batch).await {
            Ok(()) => {}
            Err(WorkError::Db(error)) => return Err(error.into()),
            Err(error) => errors.push(("contenu".to_owned(), sentence(&error.to_string()))),
        },
        _ => {}
    }
    if errors.is_empty() {
        return Ok(see_other(&format!("/file/lots/{}", batch.id)));
    }
    page(&desk, &permit, &access, &batch, None, &errors).await
}
