//! Error pages within the header of whoever is signed in: a missing page is no reason to offer them to sign in.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use beffroi_web::ErrorPage;

use crate::extract::token;
use crate::{Site, shell, sign_in};

/// Draws error pages again with the header of the session, when there is one. A page that says that the database does
/// not answer asks it nothing.
pub async fn error_pages(State(site): State<Site>, request: Request, next: Next) -> Response {
    let session = token(&site, request.headers());
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    let drawn = response.extensions_mut().remove::<ErrorPage>();
    let (Some(ErrorPage(page)), Some(session)) = (drawn, session) else { return response };
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        return response;
    }
    match sign_in::recognise(&site.db, &session).await {
        Ok(Some(current)) if !current.must_change_password => {
            // What the answer says beside its page, a cookie or a delay, stays.
            *response.body_mut() = shell(Some(&current.access), &path, *page).into_response().into_body();
            response
        }
        _ => response,
    }
}
