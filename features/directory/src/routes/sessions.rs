//! `/compte/sessions`: closing the sessions of other browsers. Whoever has not just signed in proves again who they
//! are: a session left open does not shut its owner out of the others. (ASVS 7.5.2)

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_web::{Routes, Submitted, WebError, see_other};
use chrono::TimeDelta;

use super::id;
use crate::extract::{Current, SignedIn};
use crate::factors::{Proof, ProofError, keys_of, prove};
use crate::views::sessions as views;
use crate::{Site, sign_in};

/// How long signing in, or showing a second factor, is proof enough.
const FRESH: TimeDelta = TimeDelta::minutes(15);

pub(super) fn routes() -> Routes<Site> {
    Routes::new().post("/compte/sessions", end_session).post("/compte/sessions/autres", end_others)
}

/// The page that asks for a proof, or nothing when there is one. `closing` is the session, or all the others.
async fn asked(
    site: &Site,
    current: &Current,
    form: &Submitted,
    closing: Option<&str>,
) -> Result<Option<Response>, WebError> {
    if site.db.now() - current.fresh < FRESH {
        return Ok(None);
    }
    let person = current.access.person;
    let subjects = [format!("sessions:{}", closing.unwrap_or("autres"))];
    let proof = Proof::of(form);
    let given = !matches!(proof, Proof::Password(""));
    if given {
        match prove(site, person, proof, &subjects).await {
            Ok(proved) => {
                // A device unlocked by its owner is a second factor; a password is the first again.
                if proved.by_passkey() {
                    sign_in::proved(&site.db, person, current.session).await?;
                }
                return Ok(None);
            }
            Err(ProofError::Db(error)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    let keys = keys_of(site, person).await?;
    let page = views::confirm(&views::Confirm {
        access: &current.access,
        keys,
        closing,
        subjects: &subjects,
        wrong: given,
    });
    Ok(Some((StatusCode::UNPROCESSABLE_ENTITY, page).into_response()))
}

async fn end_session(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    current: Current,
    form: Submitted,
) -> Result<Response, WebError> {
    let text = form.get("session").unwrap_or_default();
    let session = id(text)?;
    if let Some(page) = asked(&site, &current, &form, Some(text)).await? {
        return Ok(page);
    }
    if !sign_in::revoke(&site.db, access.person, session).await? {
        return Err(WebError::NotFound);
    }
    Ok(see_other("/compte?fait=session"))
}

async fn end_others(
    State(site): State<Site>,
    SignedIn(access): SignedIn,
    current: Current,
    form: Submitted,
) -> Result<Response, WebError> {
    if let Some(page) = asked(&site, &current, &form, None).await? {
        return Ok(page);
    }
    sign_in::revoke_others(&site.db, access.person, current.session).await?;
    Ok(see_other("/compte?fait=sessions"))
}
