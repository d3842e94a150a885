//! Files of requests: joined in base64, read as bytes that no browser runs.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use beffroi_db::Tx;
use beffroi_desk::attachments::{self, ContentError};
use beffroi_desk::{ReadRequests, by_machine, quarantine};
use beffroi_kernel::AttachmentId;

use super::shapes::{Joint, NouveauFichier};
use super::treat::{found, given, settled};
use crate::Api;
use crate::caller::May;
use crate::once::{MAX_FILE_BYTES, Sent, text};
use crate::problem::Problem;

/// Largest file of a call.
const LARGEST: usize = 10 * 1024 * 1024;

pub(super) async fn join(
    State(api): State<Api>,
    May(permit, caller): May<ReadRequests>,
    Path(reference): Path<String>,
    Sent { value, once }: Sent<NouveauFichier, MAX_FILE_BYTES>,
) -> Result<Response, Problem> {
    let db = &api.desk.site.db;
    if let Some(given) = given(db, &once).await? {
        return Ok(given);
    }
    let name = value.nom.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Problem::field("nom", "donnez au fichier un nom de 1 à 200\u{a0}caractères"));
    }
    let bytes = STANDARD.decode(value.contenu.as_bytes());
    let bytes = bytes.map_err(|_| Problem::field("contenu", "ce n’est pas du base64"))?;
    if bytes.len() > LARGEST {
        return Err(Problem::too_large("Un fichier fait 10\u{a0}Mo au plus."));
    }
    let request = found(&api, &caller, &reference).await?;
    let body = text(&Joint { nom: name.to_owned() });
    let kept = async |tx: &Tx| once.keep(tx, StatusCode::CREATED, &body).await;
    let done = by_machine::join(&api.desk, &permit, &caller.access, (request.id, name, bytes), kept).await;
    settled(db, &once, done.map(|()| body.clone()), StatusCode::CREATED).await
}

pub(super) async fn read(
    State(api): State<Api>,
    May(_, caller): May<ReadRequests>,
    Path((reference, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id: AttachmentId = id.parse().map_err(|_| Problem::not_found())?;
    let request = found(&api, &caller, &reference).await?;
    let file = attachments::find(&api.desk, &caller.access, id).await?;
    let file = file.filter(|file| file.request_id == Some(request.id)).ok_or_else(Problem::not_found)?;
    let content = attachments::content(&api.desk, &file).await.map_err(unreadable)?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream"),
        (CONTENT_DISPOSITION, "attachment"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let length = [(CONTENT_LENGTH, content.size.to_string())];
    Ok((headers, length, Body::from_stream(content.pieces)).into_response())
}

fn unreadable(error: ContentError) -> Problem {
    if let ContentError::Closed(exam) = error {
        return Problem::conflict(quarantine::refusal(exam));
    }
    tracing::error!(%error, "a file could not be read");
    Problem::not_found()
}
