//! The HTTP ground: routes that are recorded, errors that are pages, forms that are capped, and the
//! checks every request passes (same origin, security headers).

mod caller;
mod error;
mod form;
mod guard;
pub mod limits;
mod net;
mod routes;

pub use caller::{ActingFor, Proxies, address, caller, noted, passed};
pub use error::{ErrorPage, Page, WebError, see_other};
pub use form::Submitted;
pub use guard::{refuse_cross_site, security_headers};
pub use limits::{Limits, Weight};
pub use net::Net;
pub use routes::{Routed, Routes, Weights};
