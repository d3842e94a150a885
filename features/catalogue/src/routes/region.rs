//! The Region publishes: state of each sheet, check of new files, confirmation, download of the sources. (LIRE-01)

use axum::extract::multipart::{Field, MultipartRejection};
use axum::extract::{Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use beffroi_directory::Allowed;
use beffroi_ui::Page as Frame;
use beffroi_web::{Page, WebError, see_other};
use serde::Deserialize;

use super::school::sentence;
use super::{Asked, framed};
use crate::publish::File;
use crate::views::region as view;
use crate::{Catalogue, PublishCatalogue, PublishError, PublishReport};

const HERE: &str = "/region/catalogue";
const TEXT_PREFIX: &str = "fichier:";

#[derive(Debug, Default, Deserialize)]
pub(super) struct Which {
    version: Option<i32>,
}

/// What was sent: files, and how many versions existed when they were checked.
#[derive(Default)]
struct Upload {
    files: Vec<File>,
    seen: Option<i64>,
}

/// GET /region/catalogue
pub(super) async fn state(
    State(catalogue): State<Catalogue>,
    Allowed(_, access): Allowed<PublishCatalogue>,
    Query(asked): Query<Asked>,
) -> Page {
    let versions = catalogue.versions().await?;
    let current = catalogue.current().await?;
    let findings = catalogue.findings().await?;
    let people: Vec<_> = versions.iter().filter_map(|version| version.published_by).collect();
    let names = beffroi_directory::names(&catalogue.site().db, &people).await?;
    let frame = Frame::wide("Catalogue : publication", view::state(&versions, &current, &findings, &names));
    Ok(framed(Some(&access), HERE, frame, asked.done.as_deref()))
}

/// POST /region/catalogue/verifier
pub(super) async fn check(
    State(catalogue): State<Catalogue>,
    Allowed(_, access): Allowed<PublishCatalogue>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, WebError> {
    let upload = received(multipart).await?;
    let seen = catalogue.versions().await?.len();
    let report = catalogue.preview(&upload.files).await?;
    let status = if report.is_sound() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, checked(&access, &upload.files, seen, &report)).into_response())
}

/// POST /region/catalogue/publier
pub(super) async fn publish(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Allowed<PublishCatalogue>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Result<Response, WebError> {
    let upload = received(multipart).await?;
    match catalogue.publish_seen(Some(permit.person()), &upload.files, upload.seen).await {
        Ok(report) if report.published() > 0 || report.routing_seeded => {
            Ok(see_other("/region/catalogue?fait=publie"))
        }
        Ok(_) => Ok(see_other("/region/catalogue?fait=inchange")),
        Err(PublishError::Refused(findings)) => {
            let report = PublishReport { findings, ..PublishReport::default() };
            let page = checked(&access, &upload.files, 0, &report);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error @ PublishError::Meanwhile) => Err(WebError::Conflict(sentence(&error))),
        Err(PublishError::Db(error)) => Err(error.into()),
    }
}

/// GET /region/catalogue/{slug}/source
pub(super) async fn source(
    State(catalogue): State<Catalogue>,
    Allowed(..): Allowed<PublishCatalogue>,
    Path(slug): Path<String>,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let versions = catalogue.versions_of(&slug).await?;
    let wanted = match which.version {
        Some(number) => versions.iter().find(|version| version.number == number),
        None => versions.last(),
    };
    let version = wanted.ok_or(WebError::NotFound)?;
    let text = catalogue.source(version.id).await?.ok_or(WebError::NotFound)?;
    Ok(download(&format!("{slug}.md"), "text/markdown; charset=utf-8", text))
}

/// A file to keep.
pub(super) fn download(name: &str, media: &'static str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(CONTENT_TYPE, media.to_owned()), (CONTENT_DISPOSITION, disposition)], text).into_response()
}

fn checked(
    access: &beffroi_kernel::Access,
    files: &[File],
    seen: usize,
    report: &PublishReport,
) -> maud::Markup {
    let frame = Frame::wide("Vérification du catalogue", view::checked(files, seen, report));
    framed(Some(access), HERE, frame.with_errors(!report.is_sound()), None)
}

async fn received(multipart: Result<Multipart, MultipartRejection>) -> Result<Upload, WebError> {
    let unreadable =
        || WebError::Invalid("Les fichiers n’ont pas été reçus en entier : envoyez-les de nouveau.".into());
    let mut multipart = multipart.map_err(|_| unreadable())?;
    let mut upload = Upload::default();
    while let Some(field) = multipart.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or_default().to_owned();
        match field.file_name().map(str::to_owned) {
            Some(file) if !file.is_empty() => upload.files.push((file.clone(), text_of(field, &file).await?)),
            Some(_) => {}
            None if name == "vu" => upload.seen = field.text().await.ok().and_then(|seen| seen.parse().ok()),
            None => {
                if let Some(file) = name.strip_prefix(TEXT_PREFIX) {
                    upload.files.push((file.to_owned(), text_of(field, file).await?));
                }
            }
        }
    }
    if upload.files.is_empty() {
        return Err(WebError::Invalid(
            "Choisissez au moins un fichier de fiche (.md) ou routing.toml.".into(),
        ));
    }
    Ok(upload)
}

async fn text_of(field: Field<'_>, file: &str) -> Result<String, WebError> {
    let too_large =
        || WebError::TooLarge(format!("« {file} » est trop lourd : une fiche est un texte, sans image."));
    let bytes = field.bytes().await.map_err(|_| too_large())?;
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        WebError::Invalid(format!(
            "« {file} » n’est pas un texte en UTF-8 : enregistrez-le dans cet encodage."
        ))
    })
}
