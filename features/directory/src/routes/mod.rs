//! The pages of the directory over HTTP.
use crate::Site;
use beffroi_web::{Routed, Routes};
/// Every route of the directory.
#[must_use]
pub fn routes(site: Site) -> Routed {
    Routes::new().with_state(site)
}
