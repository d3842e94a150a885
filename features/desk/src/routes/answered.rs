//! « Cela m’a répondu »: the request is not made, the article is thanked. (LIRE-07)

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use beffroi_catalogue::knowledge::{Shown, Use, Visitor};
use beffroi_db::DbError;
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::drafts::open;
use super::home::draft_error;
use crate::drafts::Draft;
use crate::views::offers as view;
use crate::{Desk, FillDrafts, SubmitRequest, answered};

/// Articles offered at once.
const OFFERED: usize = 3;

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .post("/demander/{slug}/{kind}/repondu", before)
        .get("/brouillons/{id}/repondu", thanks)
        .post("/brouillons/{id}/repondu", close)
        .post("/brouillons/{id}/reprendre", take_up)
}

/// The articles for a request type before it begins.
pub(super) async fn before_starting(
    desk: &Desk,
    access: &Access,
    (sheet, kind): (&str, &str),
) -> Result<Markup, DbError> {
    let articles = offered(desk, access, (sheet, kind), "").await?;
    Ok(view::beside(&articles, &format!("/demander/{sheet}/{kind}/repondu")))
}

/// The articles beside a question, nearest to what is typed so far.
pub(super) async fn beside(desk: &Desk, access: &Access, draft: &Draft) -> Result<Markup, DbError> {
    let of = (draft.published.sheet.slug.as_str(), draft.kind().id.as_str());
    let articles = offered(desk, access, of, &draft.words()).await?;
    Ok(view::beside(&articles, &format!("/brouillons/{}/repondu", draft.id)))
}

async fn offered(
    desk: &Desk,
    access: &Access,
    of: (&str, &str),
    typed: &str,
) -> Result<Vec<Arc<Shown>>, DbError> {
    let knowledge = desk.catalogue.knowledge();
    let articles = knowledge.shelf().await?.for_request(Some(access), of, typed, OFFERED);
    if !articles.is_empty() {
        knowledge.count(&articles, &Visitor::person(access), Use::Offered).await?;
    }
    Ok(articles)
}

/// The article named by the form, if this person may read it.
async fn named(desk: &Desk, access: &Access, form: &Submitted) -> Result<Arc<Shown>, WebError> {
    let shelf = desk.catalogue.knowledge().shelf().await?;
    let slug = form.get("article").unwrap_or_default();
    shelf.find(slug, Some(access)).map(Arc::clone).ok_or(WebError::NotFound)
}

/// Before any draft: the article counts once a person, a request type and a day.
async fn before(
    State(desk): State<Desk>,
    Allowed(_, access): Allowed<SubmitRequest>,
    Path((slug, kind)): Path<(String, String)>,
    form: Submitted,
) -> Result<Response, WebError> {
    let article = named(&desk, &access, &form).await?;
    let visitor = Visitor::named(format!("{} {slug}/{kind} {}", access.person, desk.catalogue.today()));
    let of = std::slice::from_ref(&article);
    desk.catalogue.knowledge().count(of, &visitor, Use::Answered).await?;
    Ok(see_other(&format!("/aide/{}?avis=oui#avis", article.slug)))
}

async fn close(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<FillDrafts>,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    let article = named(&desk, &access, &form).await?;
    answered::close(&desk, &access, &draft, article.id).await.map_err(draft_error)?;
    Ok(see_other(&format!("/brouillons/{id}/repondu")))
}

async fn thanks(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<FillDrafts>,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    let Some((_, article)) = draft.answered else {
        return Ok(see_other(&format!("/brouillons/{id}")));
    };
    let shelf = desk.catalogue.knowledge().shelf().await?;
    let article = shelf.readable(Some(&access)).find(|one| one.id == article).map(Arc::as_ref);
    let page = ui::Page::new("Vous avez votre réponse", view::thanks(&draft, article));
    Ok(shell(Some(&access), "/demander", page).into_response())
}

async fn take_up(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<FillDrafts>,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    answered::take_up(&desk, &access, &draft).await.map_err(draft_error)?;
    Ok(see_other(&format!("/brouillons/{id}")))
}
