//! The desk: drafts, requests, approvals inside the school, routing, conversation, work, clocks.
//! (CSU, LIRE-02/03, and the request side of every sheet)

pub mod approvals;
mod clock;
pub mod details;
pub mod drafts;
mod files;
pub mod lists;
mod mails;
mod model;
pub mod reading;
mod store;
pub mod submit;
pub mod work;

pub use files::{FileError, Files};
pub use model::*;

use axum::extract::FromRef;
use beffroi_catalogue::Catalogue;
use beffroi_directory::Site;

/// What the desk needs: the site, the published catalogue and where files are kept.
#[derive(Clone)]
pub struct Desk {
    /// Database, clock and address.
    pub site: Site,
    /// The published sheets.
    pub catalogue: Catalogue,
    /// Attachments by content hash.
    pub files: Files,
}

impl FromRef<Desk> for Site {
    fn from_ref(desk: &Desk) -> Self {
        desk.site.clone()
    }
}
