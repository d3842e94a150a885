//! Errors become words for people here, once.

use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use beffroi_db::DbError;
use maud::Markup;

/// What a page handler returns.
pub type Page = Result<Markup, WebError>;

/// Why a page cannot be given. The texts are French sentences that say what to do.
#[derive(Debug)]
pub enum WebError {
    /// There is no such thing, or not for this person: the two look alike on purpose.
    NotFound,
    /// Not for this person's functions.
    Forbidden(String),
    /// A person must sign in first, then comes back to `next`.
    SignIn {
        /// The path to come back to.
        next: String,
    },
    /// What was sent cannot be used.
    Invalid(String),
    /// Someone else changed it meanwhile.
    Conflict(String),
    /// Larger than allowed.
    TooLarge(String),
    /// Too many tries.
    TooMany(String),
    /// The database does not answer.
    Unavailable(DbError),
    /// A fault of ours.
    Internal(String),
}

impl From<DbError> for WebError {
    fn from(error: DbError) -> Self {
        Self::Unavailable(error)
    }
}

/// Sends the browser to `path` after a form (303).
#[must_use]
pub fn see_other(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path.to_owned())]).into_response()
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn { next } => {
                let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
                see_other(&format!("/connexion?suite={next}"))
            }
            Self::NotFound => page(StatusCode::NOT_FOUND, beffroi_ui::errors::not_found()),
            Self::Forbidden(why) => page(StatusCode::FORBIDDEN, beffroi_ui::errors::forbidden(&why)),
            Self::Invalid(why) => page(StatusCode::UNPROCESSABLE_ENTITY, beffroi_ui::errors::invalid(&why)),
            Self::Conflict(why) => page(StatusCode::CONFLICT, beffroi_ui::errors::invalid(&why)),
            Self::TooLarge(why) => page(StatusCode::PAYLOAD_TOO_LARGE, beffroi_ui::errors::invalid(&why)),
            Self::TooMany(why) => page(StatusCode::TOO_MANY_REQUESTS, beffroi_ui::errors::invalid(&why)),
            Self::Unavailable(error) => {
                tracing::error!(%error, "the database failed");
                let page = page(StatusCode::SERVICE_UNAVAILABLE, beffroi_ui::errors::unavailable());
                ([(RETRY_AFTER, "30")], page).into_response()
            }
            Self::Internal(error) => {
                tracing::error!(error, "a page failed");
                page(StatusCode::INTERNAL_SERVER_ERROR, beffroi_ui::errors::internal())
            }
        }
    }
}

/// Put among the extensions of a response that is an error page: the page before it was drawn, so that whoever is
/// signed in gets it within their own header.
#[derive(Clone, Debug)]
pub struct ErrorPage(pub Box<beffroi_ui::Page>);

pub(crate) fn page(status: StatusCode, page: beffroi_ui::Page) -> Response {
    let mut response = (status, beffroi_ui::page(page.clone())).into_response();
    response.extensions_mut().insert(ErrorPage(Box::new(page)));
    response
}
