//! Decisions about an act that need a reason: revoke, withdraw, refuse to sign. One form, one answer.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::shell;
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, WebError, see_other};

use super::{means, mend};
use crate::Acts;
use crate::ending::EndError;
use crate::model::Act;
use crate::views::sign::{self as view, Reasoned};

/// Who decides what, of which act.
pub(super) type Asked<'a> = (&'a Access, &'a Act, &'a Reasoned);

/// The form, with the field to mend and what to do about it; what was typed stays.
pub(super) async fn page(
    acts: &Acts,
    (access, act, words): Asked<'_>,
    error: Option<(&str, &str)>,
    typed: &str,
) -> Page {
    let means = match words.key {
        Some(_) => Some(means(acts, access, act).await?),
        None => None,
    };
    let body = view::reasoned(&view::Deciding { act, words, means, error, typed });
    let page = ui::Page::new(words.title, body).with_errors(error.is_some()).with_script("passkeys.js");
    Ok(shell(Some(access), "/actes", page))
}

/// The act, once it is decided; else the form again, or why not.
pub(super) async fn answer(
    acts: &Acts,
    asked: Asked<'_>,
    done: Result<Act, EndError>,
    typed: &str,
) -> Result<Response, WebError> {
    match done {
        Ok(act) => Ok(see_other(&format!("/actes/{}?fait={}", act.id, asked.2.path))),
        Err(error) => {
            let (field, said) = mend(error)?;
            let page = page(acts, asked, Some((field, &said)), typed).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
