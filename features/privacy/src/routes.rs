//! `/compte/donnees`: what is held about oneself; `/region/donnees`: what the data protection
//! officer reads, gives and erases. Each consultation is in the journal.

use axum::extract::{Path, Query, State as Room};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use beffroi_db::{Db, DbError, Event};
use beffroi_desk::{Desk, ReadRequests};
use beffroi_directory::{Allowed, Person, Proof, SignedIn, keys_of, people, shell};
use beffroi_kernel::{Permit, PersonId};
use beffroi_ui as ui;
use beffroi_web::{Page, Routed, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::erase::{EraseError, ManagePersonalData};
use crate::{erase, export, views};

/// Rows of each kind in a file asked for from a page; the command line gives all.
const MOST: usize = 20_000;

/// Every route of personal data.
#[must_use]
pub fn routes(desk: Desk) -> Routed {
    Routes::new()
        .get("/compte/donnees", own)
        .get("/region/donnees", find)
        .get("/region/donnees/{id}", one)
        .get("/region/donnees/{id}/fichier", file)
        .costly()
        .post("/region/donnees/{id}/effacer", erased)
        .with_state(desk)
}

type Managing = Allowed<ManagePersonalData>;

async fn own(SignedIn(access): SignedIn) -> Page {
    let requests = access.permit::<ReadRequests>().is_some();
    Ok(shell(Some(&access), "/compte/donnees", ui::Page::wide("Mes données", views::own(requests))))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// A login.
    identifiant: String,
}

async fn find(
    Room(desk): Room<Desk>,
    Allowed(_, access): Managing,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let login = asked.identifiant.trim();
    let found = match login {
        "" => None,
        login => people::person_by_login(&desk.site.db, login).await?,
    };
    if let Some(person) = found {
        return Ok(see_other(&format!("/region/donnees/{}", person.id)));
    }
    let error =
        (!login.is_empty()).then_some("Personne ne porte cet identifiant. Vérifiez-le dans l’annuaire.");
    let page =
        ui::Page::new("Données d’une personne", views::find(login, error)).with_errors(error.is_some());
    Ok(shell(Some(&access), "/region/donnees", page).into_response())
}

async fn found(db: &Db, id: &str) -> Result<Person, WebError> {
    let id: PersonId = id.parse().map_err(|_| WebError::NotFound)?;
    people::person(db, id).await?.ok_or(WebError::NotFound)
}

/// A consultation, kept in the journal.
async fn read(
    db: &Db,
    permit: &Permit<ManagePersonalData>,
    person: &Person,
    kind: &'static str,
) -> Result<(), DbError> {
    db.write(async |tx| {
        tx.journal(Event::new(kind, format!("person:{}", person.id)).by(permit.person()));
        Ok(())
    })
    .await
}

async fn one(Room(desk): Room<Desk>, Allowed(permit, access): Managing, Path(id): Path<String>) -> Page {
    let person = found(&desk.site.db, &id).await?;
    read(&desk.site.db, &permit, &person, "person.data-read").await?;
    let held = export::count(&desk.site.db, &person).await?;
    let keys = keys_of(&desk.site, access.person).await?;
    let page = views::Held { person: &person, held: &held, keys, motive: "", error: None };
    let page = ui::Page::wide("Données d’une personne", views::one(&page)).with_script("passkeys.js");
    Ok(shell(Some(&access), "/region/donnees", page))
}

async fn file(
    Room(desk): Room<Desk>,
    Allowed(permit, _): Managing,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let person = found(&desk.site.db, &id).await?;
    read(&desk.site.db, &permit, &person, "person.data-given").await?;
    let export = export::export(&desk.site.db, person.id, MOST).await?.ok_or(WebError::NotFound)?;
    let bytes = serde_json::to_vec_pretty(&export).map_err(DbError::from)?;
    let headers = [
        (CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"donnees-{}.json\"", person.id)),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

async fn erased(
    Room(desk): Room<Desk>,
    Allowed(permit, access): Managing,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let person = found(&desk.site.db, &id).await?;
    let motive = form.get("motif").unwrap_or_default();
    let error = match erase(&desk, &permit, person.id, (motive, Proof::of(&form))).await {
        Ok(erased) => {
            let page = ui::Page::new("Personne effacée", views::erased(&erased));
            return Ok(shell(Some(&access), "/region/donnees", page).into_response());
        }
        Err(EraseError::Db(error)) => return Err(error.into()),
        Err(EraseError::NotFound) => return Err(WebError::NotFound),
        Err(refused @ EraseError::Password) => ("password", refused.to_string()),
        Err(refused @ EraseError::Passkey(_)) => ("cle", refused.to_string()),
        Err(refused) => ("motif", refused.to_string()),
    };
    let held = export::count(&desk.site.db, &person).await?;
    let keys = keys_of(&desk.site, access.person).await?;
    let error = Some((error.0, error.1.as_str()));
    let page = views::Held { person: &person, held: &held, keys, motive, error };
    let page = ui::Page::wide("Données d’une personne", views::one(&page));
    let page = page.with_errors(true).with_script("passkeys.js");
    let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    Ok((status, shell(Some(&access), "/region/donnees", page)).into_response())
}
