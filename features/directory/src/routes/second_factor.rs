//! `/compte/second-facteur`: where those of whom the Region asks a second factor make it or show it; nothing else
//! opens meanwhile but the public pages, help and the way out. (ASVS 6.3.3; decision 0030)

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_web::{Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::{Asked, faulty};
use crate::extract::{Current, NEW_PASSWORD_PATH};
use crate::factors::code::{self, CodeError};
use crate::factors::{Door, Keys, keys_of, sign_in::refused};
use crate::model::home_path;
use crate::protection::Need;
use crate::rules::local_path;
use crate::sign_in::{forget_codes, proved};
use crate::views::second_factor as views;

pub(super) fn routes() -> Routes<Door> {
    Routes::new().get("/compte/second-facteur", show).post("/compte/second-facteur", prove)
}

/// Where they go on; the sign-in page knows the home of whoever has their functions back.
fn onwards(current: &Current, next: &str) -> Response {
    match next {
        "" | "/" if current.need == Need::Nothing => see_other(home_path(&current.access)),
        "" | "/" => see_other("/connexion"),
        path => see_other(path),
    }
}

async fn page(door: &Door, current: &Current, next: &str, fault: Option<&str>) -> Result<Markup, WebError> {
    let person = current.access.person;
    let keys = keys_of(&door.site, person).await?;
    let code = code::standing(&door.site, person).await?.since.is_some();
    Ok(views::second_factor(&views::SecondFactor {
        access: &current.access,
        need: current.need,
        key: keys == Keys::Ready,
        keys_work: keys != Keys::Impossible,
        code,
        next,
        fault,
    }))
}

async fn show(
    State(door): State<Door>,
    current: Current,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let next = asked.suite.as_deref().and_then(local_path).unwrap_or("");
    if current.must_change_password {
        return Ok(see_other(NEW_PASSWORD_PATH));
    }
    if current.need == Need::Nothing {
        return Ok(onwards(&current, next));
    }
    Ok(page(&door, &current, next, None).await?.into_response())
}

async fn prove(State(door): State<Door>, current: Current, form: Submitted) -> Result<Response, WebError> {
    let next = form.get("suite").and_then(local_path).unwrap_or("");
    if current.must_change_password || current.need != Need::Prove {
        return Ok(see_other(&format!("{}?suite=", crate::extract::SECOND_FACTOR_PATH)));
    }
    let person = current.access.person;
    let error = match code::check(&door, person, form.get("code").unwrap_or_default()).await {
        Ok(_) => {
            proved(&door.site.db, person, current.session).await?;
            door.site.db.write(async |tx| forget_codes(tx, person).await).await?;
            return Ok(onwards(&current, next));
        }
        Err(CodeError::Db(error)) => return Err(error.into()),
        Err(error) => error,
    };
    refused(person, &error);
    let again = page(&door, &current, next, Some(&error.to_string())).await?;
    match error {
        CodeError::TooMany => Ok((StatusCode::TOO_MANY_REQUESTS, again).into_response()),
        _ => Ok(faulty(again)),
    }
}
