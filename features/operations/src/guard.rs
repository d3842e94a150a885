//! During a maintenance in reading only: changes wait, with what was typed given back and ready to be sent
//! again. Programs are told by a header on every answer. (CSU-06)

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};

use crate::model::Maintenance;
use crate::{Operations, views};

/// Says until when a maintenance lasts.
const HEADER: HeaderName = HeaderName::from_static("beffroi-maintenance");
/// A larger form is not shown again: its page still has it.
const MAX_BYTES: usize = 256 * 1024;
/// Signing in and out changes nothing that people keep; ending the maintenance must stay possible.
const OPEN: [&str; 4] = ["/connexion", "/deconnexion", "/compte/second-facteur", "/region/maintenance"];
/// What a field that holds a secret has in its name.
const SECRETS: [&str; 4] = ["password", "secret", "code", "passe"];

/// Lets reads pass, and changes when no maintenance forbids them.
pub async fn guard(State(operations): State<Operations>, request: Request, next: Next) -> Response {
    let notices = operations.notices.now().await;
    let now = operations.site.db.now();
    let Some(current) = notices.iter().find(|one| one.is_on(now)).cloned() else {
        return next.run(request).await;
    };
    let held = notices.iter().find(|one| one.is_on(now) && one.read_only).filter(|_| changes(&request));
    let mut response = match held {
        Some(one) => refused(one, now, request).await,
        None => next.run(request).await,
    };
    let until = current.ends_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    if let Ok(value) = HeaderValue::from_str(&until) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn changes(request: &Request) -> bool {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path();
    let within =
        |open: &str| path.strip_prefix(open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    !reads && !OPEN.iter().any(|open| within(open))
}

async fn refused(one: &Maintenance, now: DateTime<Utc>, request: Request) -> Response {
    let wait = (one.ends_at - now).num_seconds().clamp(1, 3600).to_string();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    if path.starts_with("/api/") {
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": "Lecture seule pendant une maintenance",
            "status": 503,
            "detail": one.text,
            "until": one.ends_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        });
        let headers = [(CONTENT_TYPE, "application/problem+json".to_owned()), (RETRY_AFTER, wait)];
        return (StatusCode::SERVICE_UNAVAILABLE, headers, problem.to_string()).into_response();
    }
    let page = match typed(request).await {
        Some(fields) => views::held(one, &path, &fields),
        None => views::held_files(one),
    };
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, wait)], page).into_response()
}

/// The fields of a form; none for one with files, or too large.
async fn typed(request: Request<Body>) -> Option<Vec<(String, String)>> {
    let form = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !form.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let bytes = to_bytes(request.into_body(), MAX_BYTES).await.ok()?;
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&bytes).into_owned().collect();
    // A secret is not written into a page: the form is filled in again.
    let secret = |name: &str| SECRETS.iter().any(|word| name.to_lowercase().contains(word));
    (!fields.iter().any(|(name, _)| secret(name))).then_some(fields)
}
