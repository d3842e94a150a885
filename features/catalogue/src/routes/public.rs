//! Reading the catalogue, with or without an account. (LIRE-01, LIRE-05, LIRE-06)

use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use beffroi_directory::Visitor;
use beffroi_kernel::Access;
use beffroi_ui::Page as Frame;
use beffroi_web::{Page, WebError};
use serde::Deserialize;

use super::{Here, framed, reader};
use crate::procedure::SchoolProcedure;
use crate::views::sheet::{Reader, Side};
use crate::views::{index as index_view, sheet as sheet_view, versions as versions_view};
use crate::{AdaptProcedure, Catalogue, Published, Version, diff};

#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    q: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Shown {
    vue: Option<String>,
    etablissement: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Between {
    de: Option<i32>,
    a: Option<i32>,
}

/// GET /catalogue
pub(super) async fn index(
    State(catalogue): State<Catalogue>,
    Visitor(access): Visitor,
    Query(search): Query<Search>,
) -> Page {
    let query = search.q.unwrap_or_default().trim().chars().take(200).collect::<String>();
    let body = if query.is_empty() {
        index_view::all(&catalogue.current().await?)
    } else {
        index_view::found(&query, &catalogue.search(&query).await?)
    };
    Ok(framed(access.as_ref(), "/catalogue", Frame::new("Catalogue de services", body), None))
}

/// GET /catalogue/{slug}
pub(super) async fn sheet(
    State(catalogue): State<Catalogue>,
    Visitor(access): Visitor,
    Path(slug): Path<String>,
    Query(shown): Query<Shown>,
) -> Page {
    let published = catalogue.sheet(&slug).await?.ok_or(WebError::NotFound)?;
    let own = own_procedure(&catalogue, access.as_ref(), &slug, shown.etablissement.as_deref()).await?;
    let versions = catalogue.versions_of(&slug).await?;
    let reader = reader_of(access.as_ref(), own.as_ref(), Side::of(shown.vue.as_deref()));
    let body = sheet_view::page(&published, coming(&versions, &published), &reader);
    Ok(framed(access.as_ref(), "/catalogue", Frame::new(published.sheet.title.clone(), body), None))
}

/// GET /catalogue/{slug}/pdf: the regional text, tagged; laid out away from the threads that serve.
pub(super) async fn pdf(
    State(catalogue): State<Catalogue>,
    Path(slug): Path<String>,
) -> Result<impl IntoResponse, WebError> {
    let published = catalogue.sheet(&slug).await?.ok_or(WebError::NotFound)?;
    let made = tokio::task::spawn_blocking(move || crate::sheet_pdf(&published)).await;
    let bytes = made
        .map_err(|error| WebError::Internal(error.to_string()))?
        .map_err(|error| WebError::Internal(error.to_string()))?;
    let name = format!("inline; filename=\"{slug}.pdf\"");
    Ok(([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], bytes))
}

/// GET /catalogue/{slug}/imprimer
pub(super) async fn print(
    State(catalogue): State<Catalogue>,
    Visitor(access): Visitor,
    Path(slug): Path<String>,
    Query(shown): Query<Shown>,
) -> Page {
    let published = catalogue.sheet(&slug).await?.ok_or(WebError::NotFound)?;
    let own = own_procedure(&catalogue, access.as_ref(), &slug, shown.etablissement.as_deref()).await?;
    let reader = reader_of(access.as_ref(), own.as_ref(), Side::Both);
    let body = sheet_view::printed(&published, &reader);
    Ok(framed(access.as_ref(), "/catalogue", Frame::new(published.sheet.title.clone(), body), None))
}

/// GET /catalogue/{slug}/versions
pub(super) async fn versions(
    State(catalogue): State<Catalogue>,
    Visitor(access): Visitor,
    Path(slug): Path<String>,
    Query(between): Query<Between>,
) -> Page {
    let versions = catalogue.versions_of(&slug).await?;
    let latest = versions.last().ok_or(WebError::NotFound)?;
    let current = catalogue.sheet(&slug).await?.map(|published| published.number);
    let compared = match (between.de, between.a) {
        (Some(from), Some(to)) => Some((from, to, compare(&catalogue, &versions, from, to).await?)),
        _ => None,
    };
    let body = versions_view::list(&versions, current, compared.as_ref());
    Ok(framed(access.as_ref(), "/catalogue", Frame::wide(format!("Versions : {}", latest.title), body), None))
}

/// GET /catalogue/{slug}/versions/{number}
pub(super) async fn version(
    State(catalogue): State<Catalogue>,
    Visitor(access): Visitor,
    Path((slug, number)): Path<(String, String)>,
) -> Page {
    let number: i32 = number.parse().map_err(|_| WebError::NotFound)?;
    let versions = catalogue.versions_of(&slug).await?;
    let wanted = versions.iter().find(|version| version.number == number).ok_or(WebError::NotFound)?;
    let published = catalogue.version(wanted.id).await?.ok_or(WebError::NotFound)?;
    let current = catalogue.sheet(&slug).await?.map(|published| published.number);
    let body = sheet_view::old(&published, current);
    Ok(framed(
        access.as_ref(),
        "/catalogue",
        Frame::new(format!("{}, version {number}", wanted.title), body),
        None,
    ))
}

async fn compare(
    catalogue: &Catalogue,
    versions: &[Version],
    from: i32,
    to: i32,
) -> Result<Vec<crate::DiffLine>, WebError> {
    let mut texts = Vec::new();
    for number in [from, to] {
        let version = versions.iter().find(|version| version.number == number).ok_or(WebError::NotFound)?;
        texts.push(catalogue.source(version.id).await?.ok_or(WebError::NotFound)?);
    }
    Ok(diff(&texts[0], &texts[1]))
}

async fn own_procedure(
    catalogue: &Catalogue,
    access: Option<&Access>,
    slug: &str,
    asked: Option<&str>,
) -> Result<Option<(Here, SchoolProcedure)>, WebError> {
    let Some(permit) = reader(access) else {
        return Ok(None);
    };
    let Some(here) = Here::of(catalogue, permit.scope(), asked).await? else {
        return Ok(None);
    };
    let procedure = catalogue.procedure(permit.scope(), here.school, slug).await?;
    Ok(procedure.map(|procedure| (here, procedure)))
}

fn reader_of<'a>(
    access: Option<&'a Access>,
    own: Option<&'a (Here, SchoolProcedure)>,
    side: Side,
) -> Reader<'a> {
    let adapts = own.is_some_and(|(here, _)| {
        let permit = access.and_then(Access::permit::<AdaptProcedure>);
        permit.is_some_and(|permit| permit.scope().schools().contains(&here.school))
    });
    Reader { access, own, adapts, side }
}

/// The version already published that does not apply yet.
fn coming<'a>(versions: &'a [Version], current: &Published) -> Option<&'a Version> {
    versions.last().filter(|version| version.number > current.number)
}
