//! `/actes/{id}/revoquer`, `/reviser`, `/retirer`, `/ouvrir`: what is decided of an act already asked for.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Proof, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::{act, refusal, sentence, unavailable};
use crate::ending::EndError;
use crate::force::ForceError;
use crate::model::{Act, OpenActs, ReadActs, RevokeActs};
use crate::views::review as review_view;
use crate::views::sign::{self as view, Reasoned};
use crate::{Acts, confirm, open_rights, revoke, store, withdraw};

pub(super) fn routes() -> Routes<Acts> {
    Routes::new()
        .get("/actes/{id}/revoquer", revoke_form)
        .post("/actes/{id}/revoquer", revoke_it)
        .get("/actes/{id}/retirer", withdraw_form)
        .post("/actes/{id}/retirer", withdraw_it)
        .get("/actes/{id}/reviser", review_form)
        .post("/actes/{id}/reviser", review_it)
        .post("/actes/{id}/ouvrir", open_it)
}

const REVOKE: Reasoned = Reasoned {
    title: "Révoquer cet acte",
    lead: "Ce qu’il donne est fermé aussitôt. Le bénéficiaire lira votre motif. Pour y revenir, il faudra un nouvel acte.",
    button: "Révoquer cet acte",
    path: "revoquer",
};

const WITHDRAW: Reasoned = Reasoned {
    title: "Retirer cet acte",
    lead: "Vous l’avez préparé et n’en voulez plus : il ne sera pas mis en vigueur.",
    button: "Retirer cet acte",
    path: "retirer",
};

fn page(access: &Access, act: &Act, words: &Reasoned, error: Option<&str>, typed: &str) -> Markup {
    let body = view::reasoned(act, words, error, typed);
    shell(Some(access), "/actes", ui::Page::new(words.title, body).with_errors(error.is_some()))
}

/// The page again when the reason is missing; the act when it is done.
fn answer(
    done: Result<Act, EndError>,
    (access, act, words): (&Access, &Act, &Reasoned),
    typed: &str,
) -> Result<Response, WebError> {
    match done {
        Ok(act) => Ok(see_other(&format!("/actes/{}?fait={}", act.id, words.path))),
        Err(error @ EndError::ReasonMissing) => {
            let page = page(access, act, words, Some(&sentence(&error.to_string())), typed);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(refusal(error)),
    }
}

async fn revoke_form(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
) -> Page {
    let act = act(&acts, &access, &id).await?;
    Ok(page(&access, &act, &REVOKE, None, ""))
}

async fn revoke_it(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let act = act(&acts, &access, &id).await?;
    let why = form.get("motif").unwrap_or_default();
    answer(revoke(&acts, &permit, act.id, why).await, (&access, &act, &REVOKE), why)
}

/// An act that this person prepared.
async fn prepared(acts: &Acts, access: &Access, id: &str) -> Result<Act, WebError> {
    let found = act(acts, access, id).await?;
    if found.created_by == Some(access.person) { Ok(found) } else { Err(WebError::NotFound) }
}

async fn withdraw_form(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<ReadActs>,
    Path(id): Path<String>,
) -> Page {
    let act = prepared(&acts, &access, &id).await?;
    Ok(page(&access, &act, &WITHDRAW, None, ""))
}

async fn withdraw_it(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<ReadActs>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let act = prepared(&acts, &access, &id).await?;
    let why = form.get("motif").unwrap_or_default();
    answer(withdraw(&acts, access.person, act.id, why).await, (&access, &act, &WITHDRAW), why)
}

async fn review_form(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
) -> Page {
    let act = act(&acts, &access, &id).await?;
    review_page(&acts, &access, &act, None, &Submitted::default()).await
}

async fn review_page(
    acts: &Acts,
    access: &Access,
    act: &Act,
    error: Option<(&str, &str)>,
    form: &Submitted,
) -> Page {
    let reviews = store::reviews::of_act(acts.site.db.read(), act.id).await?;
    let holder: Vec<_> = act.holder.into_iter().collect();
    let names = beffroi_directory::names(&acts.site.db, &holder).await?;
    let asked = review_view::Asked {
        act,
        open: reviews.iter().filter(|review| review.decided.is_none()).collect(),
        holder: act.holder.and_then(|id| names.get(&id)).map(String::as_str),
        error,
        note: form.get("note").unwrap_or_default(),
        reason: form.get("motif").unwrap_or_default(),
    };
    let page = ui::Page::new("Réviser un acte", review_view::form(&asked)).with_errors(error.is_some());
    let page = page.with_script("passkeys.js");
    Ok(shell(Some(access), "/actes", page))
}

async fn review_it(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let act = act(&acts, &access, &id).await?;
    let (done, field) = match form.get("decision") {
        Some("revoquer") => {
            (revoke(&acts, &permit, act.id, form.get("motif").unwrap_or_default()).await, "motif")
        }
        _ => {
            let note = form.get("note").unwrap_or_default();
            (confirm(&acts, &permit, act.id, note, Proof::of(&form)).await, "password")
        }
    };
    match done {
        Ok(act) => Ok(see_other(&format!("/actes/{}?fait=revision", act.id))),
        Err(
            error @ (EndError::ReasonMissing | EndError::Password | EndError::Passkey | EndError::HolderGone),
        ) => {
            let said = sentence(&error.to_string());
            let page = review_page(&acts, &access, &act, Some((field, &said)), &form).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(refusal(error)),
    }
}

async fn open_it(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<OpenActs>,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let act = act(&acts, &access, &id).await?;
    match open_rights(&acts, &permit, act.id).await {
        Ok(act) => Ok(see_other(&format!("/actes/{}?fait=ouvert", act.id))),
        Err(ForceError::NotFound) => Err(WebError::NotFound),
        Err(ForceError::Db(error)) => Err(unavailable(error)),
        Err(error) => Err(WebError::Conflict(sentence(&error.to_string()))),
    }
}
