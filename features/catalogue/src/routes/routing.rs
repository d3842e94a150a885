//! The routing matrix on a page: rules changed with a reason, a simulator, a report of gaps and overlaps. (CSU-08…10)

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::Allowed;
use beffroi_kernel::Access;
use beffroi_sheets::{Rule, Theme};
use beffroi_ui::Page as Frame;
use beffroi_web::{Page, Submitted, WebError, see_other};
use serde::Deserialize;
use uuid::Uuid;

use super::framed;
use super::region::download;
use super::school::sentence;
use crate::routing::{Matrix, RoutingError, ThemeEdit};
use crate::rules::matrix::to_toml;
use crate::views::routing::{self as view, Trial};
use crate::{Catalogue, EditRouting};

const HERE: &str = "/region/routage";

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    etablissement: Option<String>,
    theme: Option<String>,
    prestataire: Option<String>,
    fait: Option<String>,
}

/// GET /region/routage
pub(super) async fn matrix(
    State(catalogue): State<Catalogue>,
    Allowed(_, access): Allowed<EditRouting>,
    Query(asked): Query<Asked>,
) -> Page {
    let matrix = catalogue.matrix().await?;
    let trial = trial(&matrix, &asked);
    Ok(framed(
        Some(&access),
        HERE,
        frame(&matrix, trial.as_ref(), &Submitted::default(), None),
        asked.fait.as_deref(),
    ))
}

/// GET /region/routage/fichier
pub(super) async fn file(
    State(catalogue): State<Catalogue>,
    Allowed(..): Allowed<EditRouting>,
) -> Result<Response, WebError> {
    let routing = catalogue.routing().await?;
    Ok(download("routing.toml", "application/toml; charset=utf-8", to_toml(&routing)))
}

/// POST /region/routage/regles
pub(super) async fn add_rule(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<EditRouting>,
    form: Submitted,
) -> Result<Response, WebError> {
    let outcome = match rule_of(&form) {
        Ok(rule) => {
            catalogue.add_rule(&permit, rule, form.get("raison").unwrap_or_default()).await.map(|_| ())
        }
        Err(error) => Err(error),
    };
    answer(&catalogue, &access, outcome, "regle", &form).await
}

/// GET /region/routage/regles/{id}
pub(super) async fn rule(
    State(catalogue): State<Catalogue>,
    Allowed(_, access): Allowed<EditRouting>,
    Path(id): Path<String>,
) -> Page {
    let id: Uuid = id.parse().map_err(|_| WebError::NotFound)?;
    let matrix = catalogue.matrix().await?;
    let rule = matrix.rule(id).ok_or(WebError::NotFound)?;
    let frame =
        Frame::new("Modifier une règle de routage", view::rule(&matrix, rule, &Submitted::default(), None));
    Ok(framed(Some(&access), HERE, frame, None))
}

/// POST /region/routage/regles/{id}
pub(super) async fn edit_rule(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<EditRouting>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let id: Uuid = id.parse().map_err(|_| WebError::NotFound)?;
    let reason = form.get("raison").unwrap_or_default();
    let outcome = if form.get("action") == Some("supprimer") {
        catalogue.remove_rule(&permit, id, reason).await
    } else {
        match form.get("vers").unwrap_or_default().parse() {
            Ok(to) => catalogue.retarget_rule(&permit, id, to, reason).await,
            Err(error) => Err(RoutingError::Target(error)),
        }
    };
    let error = match outcome {
        Ok(()) => return Ok(see_other("/region/routage?fait=regle")),
        Err(RoutingError::Db(error)) => return Err(error.into()),
        Err(RoutingError::NotFound) => return Err(WebError::NotFound),
        Err(error) => sentence(&error),
    };
    let matrix = catalogue.matrix().await?;
    let rule = matrix.rule(id).ok_or(WebError::NotFound)?;
    let frame = Frame::new("Modifier une règle de routage", view::rule(&matrix, rule, &form, Some(&error)));
    let page = framed(Some(&access), HERE, frame.with_errors(true), None);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// POST /region/routage/themes
pub(super) async fn edit_theme(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<EditRouting>,
    form: Submitted,
) -> Result<Response, WebError> {
    let text = |name| form.get(name).unwrap_or_default().to_owned();
    let edit = match form.get("action") {
        Some("renommer") => {
            ThemeEdit::Rename(Theme { id: text("theme_existant"), label: text("nouveau_nom") })
        }
        Some("supprimer") => ThemeEdit::Remove(text("theme_existant")),
        _ => ThemeEdit::Add(Theme { id: text("theme_id"), label: text("theme_nom") }),
    };
    let outcome = catalogue.edit_theme(&permit, edit, form.get("raison_theme").unwrap_or_default()).await;
    answer(&catalogue, &access, outcome, "theme", &form).await
}

async fn answer(
    catalogue: &Catalogue,
    access: &Access,
    outcome: Result<(), RoutingError>,
    done: &str,
    form: &Submitted,
) -> Result<Response, WebError> {
    let (field, error) = match outcome {
        Ok(()) => return Ok(see_other(&format!("/region/routage?fait={done}"))),
        Err(RoutingError::Db(error)) => return Err(error.into()),
        Err(error @ RoutingError::Reason) => (if done == "theme" { "raison_theme" } else { "raison" }, error),
        Err(error @ (RoutingError::ThemeShape | RoutingError::ThemeUsed(_))) => ("theme_nom", error),
        Err(error @ (RoutingError::UnknownTeam(_) | RoutingError::Target(_))) => ("vers", error),
        Err(error) => ("theme", error),
    };
    let matrix = catalogue.matrix().await?;
    let frame = frame(&matrix, None, form, Some((field, &sentence(&error)))).with_errors(true);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, framed(Some(access), HERE, frame, None)).into_response())
}

fn frame(matrix: &Matrix, trial: Option<&Trial>, form: &Submitted, error: Option<(&str, &str)>) -> Frame {
    Frame::wide("Routage des demandes", view::matrix(matrix, trial, form, error))
}

fn trial(matrix: &Matrix, asked: &Asked) -> Option<Trial> {
    let (school, theme) = (asked.etablissement.as_deref()?, asked.theme.as_deref()?);
    let school = matrix.landscape.schools.iter().find(|known| known.label == school)?;
    let provider_first = asked.prestataire.as_deref() == Some("oui");
    let decision = matrix.routing().route(theme, provider_first, &school.place);
    Some(Trial { school: school.clone(), theme: theme.to_owned(), provider_first, decision })
}

fn rule_of(form: &Submitted) -> Result<Rule, RoutingError> {
    let place = form.get("lieu").unwrap_or_default();
    let part = |prefix: &str| place.strip_prefix(prefix).map(str::to_owned);
    Ok(Rule {
        theme: form.filled("theme").map(str::to_owned),
        territory: part("territoire:"),
        academy: part("academie:"),
        to: form.get("vers").unwrap_or_default().parse()?,
    })
}
