//! `/actes/{id}/revoquer`, `/reviser`, `/retirer`, `/ouvrir`: what is decided of an act already asked for.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Proof, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::{act, means, mend, reasoned, sentence, unavailable};
use crate::force::ForceError;
use crate::model::{Act, OpenActs, ReadActs, RevokeActs};
use crate::views::acknowledge::ACKNOWLEDGED;
use crate::views::review as review_view;
use crate::views::sign::Reasoned;
use crate::{Acts, Confirming, confirm, open_rights, revoke, store, withdraw};

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
    key: Some("Révoquer avec une clé d’accès"),
    path: "revoquer",
};

const WITHDRAW: Reasoned = Reasoned {
    title: "Retirer cet acte",
    lead: "Vous l’avez préparé et n’en voulez plus : il ne sera pas mis en vigueur.",
    button: "Retirer cet acte",
    key: None,
    path: "retirer",
};

async fn revoke_form(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
) -> Page {
    let act = act(&acts, &access, &id).await?;
    reasoned::page(&acts, (&access, &act, &REVOKE), None, "").await
}

async fn revoke_it(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let act = act(&acts, &access, &id).await?;
    let why = form.get("motif").unwrap_or_default();
    let done = revoke(&acts, &permit, act.id, (why, Proof::of(&form))).await;
    reasoned::answer(&acts, (&access, &act, &REVOKE), done, why).await
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
    reasoned::page(&acts, (&access, &act, &WITHDRAW), None, "").await
}

async fn withdraw_it(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<ReadActs>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let act = prepared(&acts, &access, &id).await?;
    let why = form.get("motif").unwrap_or_default();
    let done = withdraw(&acts, access.person, act.id, why).await;
    reasoned::answer(&acts, (&access, &act, &WITHDRAW), done, why).await
}

async fn review_form(
    State(acts): State<Acts>,
    Allowed(_, access): Allowed<RevokeActs>,
    Path(id): Path<String>,
) -> Page {
    let act = act(&acts, &access, &id).await?;
    review_page(&acts, &access, &act, None, &Submitted::default()).await
}

/// Whether what the act asks to acknowledge was ticked.
fn acknowledged(form: &Submitted) -> bool {
    form.get(ACKNOWLEDGED.0) == Some(ACKNOWLEDGED.1)
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
        means: means(acts, access, act).await?,
        error,
        note: form.get("note").unwrap_or_default(),
        acknowledged: acknowledged(form),
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
    let confirming = Confirming {
        act: act.id,
        note: form.get("note").unwrap_or_default(),
        proof: Proof::of(&form),
        acknowledged: acknowledged(&form),
    };
    match confirm(&acts, &permit, confirming).await {
        Ok(act) => Ok(see_other(&format!("/actes/{}?fait=revision", act.id))),
        Err(error) => {
            let (field, said) = mend(error)?;
            let page = review_page(&acts, &access, &act, Some((field, &said)), &form).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
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
