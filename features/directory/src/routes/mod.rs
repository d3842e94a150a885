//! The pages of the directory over HTTP.

mod account;
mod factors;
mod own_school;
mod people;
mod protection;
mod public;
mod schools;
mod second_factor;
mod sessions;
mod sign_in;
mod sso;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_web::{Routed, Routes, WebError};
use chrono::NaiveDate;
use maud::Markup;
use serde::Deserialize;

use crate::Site;
use crate::model::Fault;
use crate::people::PeopleError;
use crate::schools::SchoolError;

/// Every route of the directory.
#[must_use]
pub fn routes(site: Site) -> Routed {
    let pages = Routes::new()
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(people::routes())
        .merge(schools::routes())
        .merge(own_school::routes())
        .merge(protection::routes())
        .merge(sessions::routes())
        .merge(public::routes());
    pages.with_state(site.clone()).merge(schools::upload_routes(site))
}

/// The routes of passkeys and codes, which need what seals secrets.
#[must_use]
pub fn factor_routes(door: crate::Door) -> Routed {
    factors::routes().merge(second_factor::routes()).with_state(door)
}

/// The routes of single sign-on, which need its providers.
#[must_use]
pub fn sso_routes(doors: crate::sso::Doors) -> Routed {
    sso::routes().with_state(doors)
}

/// What the address of a list or a page may say.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// What was just done.
    pub fait: Option<String>,
    /// Words looked for.
    #[serde(default)]
    pub q: String,
    /// The last line of the page before.
    pub apres: Option<String>,
    /// The school, for those who have several.
    pub e: Option<String>,
    /// Where to go on.
    pub suite: Option<String>,
    /// The provider whose session may be closed too.
    pub fermer: Option<String>,
    /// The academy whose people a link is for.
    pub academie: Option<String>,
}

/// A form shown again with its faults.
fn faulty(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// The faults of a refused change, or the error page.
fn faults_of_people(error: PeopleError) -> Result<Vec<Fault>, WebError> {
    match error {
        PeopleError::NotFound => Err(WebError::NotFound),
        PeopleError::Invalid(faults) => Ok(faults),
        PeopleError::Db(error) => Err(error.into()),
    }
}

/// The faults of a refused change, or the error page.
fn faults_of_school(error: SchoolError) -> Result<Vec<Fault>, WebError> {
    match error {
        SchoolError::NotFound => Err(WebError::NotFound),
        SchoolError::Invalid(faults) => Ok(faults),
        SchoolError::Db(error) => Err(error.into()),
    }
}

/// A day as browsers send it, or as French people type it.
fn day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d/%m/%Y"].iter().find_map(|format| NaiveDate::parse_from_str(text.trim(), format).ok())
}

/// An identifier of the address or of a hidden field: what is not one names nothing.
fn id<T: std::str::FromStr>(text: &str) -> Result<T, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}
