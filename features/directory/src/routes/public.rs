//! Pages that anyone may read: help, accessibility, personal data.

use beffroi_web::{Page, Routes};

use crate::Site;
use crate::extract::Visitor;
use crate::views::public as views;

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/aide", help)
        .get("/accessibilite", accessibility)
        .get("/donnees-personnelles", personal_data)
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
