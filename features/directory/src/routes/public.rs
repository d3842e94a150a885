//! The front door, and the pages that anyone may read: help, accessibility, personal data.

use axum::response::Response;
use beffroi_web::{Page, Routes, see_other};

use crate::Site;
use crate::extract::Visitor;
use crate::model::home_path;
use crate::views::public as views;

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/", front)
        .get("/aide/utiliser-beffroi", help)
        .get("/accessibilite", accessibility)
        .get("/donnees-personnelles", personal_data)
}

/// One's own home, or the catalogue, which needs no account.
async fn front(Visitor(access): Visitor) -> Response {
    see_other(access.as_ref().map_or("/catalogue", home_path))
}

async fn help(Visitor(access): Visitor) -> Page {
    Ok(views::help(access.as_ref()))
}

async fn accessibility(Visitor(access): Visitor) -> Page {
    Ok(views::accessibility(access.as_ref()))
}

async fn personal_data(Visitor(access): Visitor) -> Page {
    Ok(views::personal_data(access.as_ref()))
}
