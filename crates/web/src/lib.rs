//! The HTTP ground: routes that are recorded, errors that are pages, forms that are capped, and the
//! checks every request passes (same origin, security headers).

mod error;
mod form;
mod guard;
mod routes;

pub use error::{ErrorPage, Page, WebError, see_other};
pub use form::Submitted;
pub use guard::{refuse_cross_site, security_headers};
pub use routes::{Routed, Routes};
