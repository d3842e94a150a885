//! `/compte/cles`, `/compte/code`: one's own passkeys and codes; `/connexion/cle`, `/connexion/code`: signing
//! in with them. Challenges are JSON, for the script of the page.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use beffroi_kernel::Access;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;
use serde_json::{Value, json};

use super::sign_in::entered;
use super::{Asked, faulty};
use crate::Site;
use crate::extract::{Current, Enrolling, SignedIn};
use crate::factors::Door;
use crate::factors::code::{self, CodeError, Setup};
use crate::factors::keys::{self, KeyError};
use crate::factors::sign_in::{self, StepError};
use crate::model::Fault;
use crate::rules::local_path;
use crate::sign_in::proved;
use crate::views::factors as views;
use crate::views::sign_in::{Entry, form as sign_in_page};

/// Longest description of what a challenge is for: a dozen acts at once.
const SUBJECT_LENGTH: usize = 2_000;

pub(super) fn routes() -> Routes<Door> {
    Routes::new()
        .post("/connexion/cle/defi", ask_to_enter)
        .post("/connexion/cle", enter_with_key)
        .post("/connexion/code", enter_with_code)
        .get("/compte/cles", show_keys)
        .post("/compte/cles", add_key)
        .post("/compte/cles/ajout", ask_to_add)
        .post("/compte/cles/defi", ask_to_confirm)
        .get("/compte/cles/{id}/retirer", removal)
        .post("/compte/cles/{id}/retirer", remove_key)
        .get("/compte/code", show_codes)
        .post("/compte/code", prepare)
        .post("/compte/code/confirmer", activate)
        .post("/compte/code/secours", renew)
        .post("/compte/code/retirer", remove_code)
}

/// A password as it was typed: spaces at its ends belong to it.
fn raw<'a>(form: &'a Submitted, name: &str) -> &'a str {
    form.fields().iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("navigateur inconnu")
}

/// A challenge, or in words why there is none.
fn challenge(asked: Result<Value, KeyError>) -> Result<Response, WebError> {
    match asked {
        Ok(asked) => Ok(Json(asked).into_response()),
        Err(KeyError::Db(error)) => Err(error.into()),
        Err(error) => {
            let said = json!({ "erreur": error.to_string() });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(said)).into_response())
        }
    }
}

async fn ask_to_enter(State(site): State<Site>) -> Result<Response, WebError> {
    challenge(sign_in::ask_key(&site).await)
}

async fn enter_with_key(
    State(site): State<Site>,
    headers: HeaderMap,
    form: Submitted,
) -> Result<Response, WebError> {
    let next = form.get("suite").and_then(local_path).unwrap_or("");
    match sign_in::with_key(&site, form.get("passkey").unwrap_or_default(), agent(&headers)).await {
        Ok(opened) => entered(&site, &headers, &opened, next).await,
        Err(KeyError::Db(error)) => Err(error.into()),
        Err(_) => {
            beffroi_web::noted("sign-in.failed", None, "passkey");
            let why = "Cette clé d’accès n’ouvre aucun compte ici : connectez-vous avec votre mot de passe.";
            let fault = [Fault::new("login", why)];
            Ok(faulty(sign_in_page(&Entry { next, faults: &fault, ..Entry::default() })))
        }
    }
}

async fn enter_with_code(
    State(door): State<Door>,
    headers: HeaderMap,
    form: Submitted,
) -> Result<Response, WebError> {
    let next = form.get("suite").and_then(local_path).unwrap_or("");
    let (token, typed) = (form.get("etape").unwrap_or_default(), form.get("code").unwrap_or_default());
    let error = match sign_in::with_code(&door, token, typed, agent(&headers)).await {
        Ok(opened) => return entered(&door.site, &headers, &opened, next).await,
        Err(error) => error,
    };
    let said = error.to_string();
    match error {
        StepError::Db(error) | StepError::Code(CodeError::Db(error)) => Err(error.into()),
        StepError::Over | StepError::Code(CodeError::Changed) => {
            let fault = [Fault::new("login", said)];
            Ok(faulty(sign_in_page(&Entry { next, faults: &fault, ..Entry::default() })))
        }
        StepError::Code(CodeError::TooMany) => {
            Ok((StatusCode::TOO_MANY_REQUESTS, views::code(token, next, Some(&said))).into_response())
        }
        StepError::Code(_) => Ok(faulty(views::code(token, next, Some(&said)))),
    }
}

async fn keys_page(
    site: &Site,
    access: &Access,
    (name, faults): (&str, &[Fault]),
    done: Option<&str>,
) -> Page {
    let known = keys::list(site, access.person).await?;
    let page = views::Keys { access, keys: &known, work: keys::work(site), name, faults, done };
    Ok(views::keys(&page))
}

async fn show_keys(
    State(site): State<Site>,
    Enrolling(current): Enrolling,
    Query(asked): Query<Asked>,
) -> Page {
    keys_page(&site, &current.access, ("", &[]), asked.fait.as_deref()).await
}

async fn ask_to_add(
    State(site): State<Site>,
    Enrolling(current): Enrolling,
    form: Submitted,
) -> Result<Response, WebError> {
    challenge(keys::start_adding(&site, &current, raw(&form, "password")).await)
}

async fn add_key(
    State(site): State<Site>,
    Enrolling(current): Enrolling,
    form: Submitted,
) -> Result<Response, WebError> {
    let (access, name) = (&current.access, form.get("nom").unwrap_or_default());
    match keys::add(&site, access.person, name, form.get("passkey").unwrap_or_default()).await {
        Ok(()) => {
            // The device has just answered, unlocked by its owner.
            proved(&site.db, access.person, current.session).await?;
            Ok(see_other("/compte/cles?fait=ajoutee"))
        }
        Err(KeyError::Db(error)) => Err(error.into()),
        Err(error) => {
            let faults = [Fault::new("nom", error.to_string())];
            Ok(faulty(keys_page(&site, access, (name, &faults), None).await?))
        }
    }
}

async fn ask_to_confirm(
    State(site): State<Site>,
    SignedIn(_): SignedIn,
    current: Current,
    form: Submitted,
) -> Result<Response, WebError> {
    let subject = form.get("objet").unwrap_or_default();
    if subject.is_empty() || subject.len() > SUBJECT_LENGTH {
        return Err(WebError::Invalid("Rien à confirmer : rechargez la page.".into()));
    }
    challenge(keys::start_confirming(&site, &current, subject).await)
}

/// A key of this person.
async fn own_key(site: &Site, access: &Access, id: &str) -> Result<keys::Key, WebError> {
    let known = keys::list(site, access.person).await?;
    known.into_iter().find(|key| key.id.to_string() == id).ok_or(WebError::NotFound)
}

async fn removal(State(site): State<Site>, SignedIn(access): SignedIn, Path(id): Path<String>) -> Page {
    Ok(views::removing(&access, &own_key(&site, &access, &id).await?, None))
}

async fn remove_key(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let key = own_key(&site, &access, &id).await?;
    match keys::remove(&site, access.person, key.id, raw(&form, "password")).await {
        Ok(()) => Ok(see_other("/compte/cles?fait=retiree")),
        Err(KeyError::NotFound) => Err(WebError::NotFound),
        Err(KeyError::Db(error)) => Err(error.into()),
        Err(error) => Ok(faulty(views::removing(&access, &key, Some(&error.to_string())))),
    }
}

async fn codes_page(
    site: &Site,
    access: &Access,
    fault: Option<&str>,
    done: Option<&str>,
) -> Result<Markup, WebError> {
    Ok(views::codes(access, code::standing(site, access.person).await?, fault, done))
}

/// The page again with what is wrong, or the error page.
async fn codes_again(site: &Site, access: &Access, error: CodeError) -> Result<Response, WebError> {
    let status = match &error {
        CodeError::Changed => return Err(WebError::Conflict(error.to_string())),
        CodeError::TooMany => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match error {
        CodeError::Db(error) => Err(error.into()),
        error => {
            let page = codes_page(site, access, Some(&error.to_string()), None).await?;
            Ok((status, page).into_response())
        }
    }
}

async fn show_codes(
    State(site): State<Site>,
    Enrolling(current): Enrolling,
    Query(asked): Query<Asked>,
) -> Page {
    codes_page(&site, &current.access, None, asked.fait.as_deref()).await
}

/// The setup with its picture, which an application photographs.
fn setup_page(access: &Access, setup: &Setup, fault: Option<&str>) -> Page {
    let drawn = qrcode::QrCode::new(setup.url.as_bytes());
    let drawn = drawn.map_err(|error| WebError::Internal(format!("drawing a one-time code: {error}")))?;
    let picture = drawn.render::<qrcode::render::svg::Color>().min_dimensions(240, 240).build();
    // The declaration belongs to a file of its own, not to a picture within a page.
    let picture = picture.find("<svg").and_then(|at| picture.get(at..)).unwrap_or_default();
    Ok(views::setup(access, setup, picture, fault))
}

async fn prepare(
    State(door): State<Door>,
    Enrolling(current): Enrolling,
    form: Submitted,
) -> Result<Response, WebError> {
    let access = current.access;
    match code::prepare(&door, access.person, raw(&form, "password")).await {
        Ok(setup) => Ok(setup_page(&access, &setup, None)?.into_response()),
        Err(error) => codes_again(&door.site, &access, error).await,
    }
}

async fn activate(
    State(door): State<Door>,
    Enrolling(current): Enrolling,
    form: Submitted,
) -> Result<Response, WebError> {
    let access = &current.access;
    let error = match code::activate(&door, access.person, form.get("code").unwrap_or_default()).await {
        Ok(codes) => {
            proved(&door.site.db, access.person, current.session).await?;
            return Ok(views::recovery(access, &codes).into_response());
        }
        Err(error) => error,
    };
    let (said, setup) = (error.to_string(), code::prepared(&door, access.person).await);
    match (error, setup) {
        (CodeError::Wrong | CodeError::Late | CodeError::Slow, Ok(setup)) => {
            Ok(faulty(setup_page(access, &setup, Some(&said))?))
        }
        (CodeError::TooMany, Ok(setup)) => {
            let page = setup_page(access, &setup, Some(&said))?;
            Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response())
        }
        (error, _) => codes_again(&door.site, access, error).await,
    }
}

async fn renew(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    form: Submitted,
) -> Result<Response, WebError> {
    match code::renew(&site, access.person, raw(&form, "password")).await {
        Ok(codes) => Ok(views::recovery(&access, &codes).into_response()),
        Err(error) => codes_again(&site, &access, error).await,
    }
}

async fn remove_code(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    form: Submitted,
) -> Result<Response, WebError> {
    match code::remove(&site, access.person, raw(&form, "password")).await {
        Ok(()) => Ok(see_other("/compte/code?fait=retire")),
        Err(error) => codes_again(&site, &access, error).await,
    }
}
