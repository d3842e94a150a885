//! `/passerelles/{id}/annonces`: the other side says that something happened. Signed, or refused.

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use beffroi_web::{Routes, WebError};

use crate::Bridges;
use crate::receive::{Announced, Announcement, announced};

/// Largest announcement: a reference and a state.
const MAX_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Routes<Bridges> {
    Routes::new().post("/passerelles/{id}/annonces", receive)
}

async fn receive(
    State(bridges): State<Bridges>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, WebError> {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    let (parts, body) = request.into_parts();
    let too_large = |_| WebError::TooLarge("Une annonce fait 64\u{a0}ko au plus.".into());
    let bytes = axum::body::to_bytes(body, MAX_BYTES).await.map_err(too_large)?;
    let body =
        String::from_utf8(bytes.to_vec()).map_err(|_| WebError::Invalid("Ce n’est pas du texte.".into()))?;
    let told = Announcement {
        id: header(&parts.headers, "webhook-id"),
        second: header(&parts.headers, "webhook-timestamp"),
        signature: header(&parts.headers, "webhook-signature"),
        body: &body,
    };
    match announced(&bridges, id, told).await? {
        Announced::Taken => Ok(StatusCode::NO_CONTENT.into_response()),
        Announced::Unknown => Err(WebError::NotFound),
        Announced::Forged => Ok((StatusCode::UNAUTHORIZED, "Signature refusée.\n").into_response()),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
