//! `/demandes/{reference}/article`: an agent makes an article of a solved request.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_catalogue::knowledge::{ArticleError, Content, WriteArticles};
use beffroi_catalogue::{ArticleForm, article_content, article_fields};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::Access;
use beffroi_ui::{self as ui, Tone, form};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::{Markup, html};

use super::requests::open;
use crate::article::{self as service, FromRequestError};
use crate::reading::Folder;
use crate::{Desk, ReadRequests};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/demandes/{reference}/article", begin).post("/demandes/{reference}/article", make)
}

async fn folder(desk: &Desk, access: &Access, reference: &str) -> Result<Folder, WebError> {
    let permit = access.permit::<ReadRequests>().ok_or(WebError::NotFound)?;
    let folder = open(desk, &permit, access, reference).await?;
    if service::is_solved(&folder) { Ok(folder) } else { Err(WebError::NotFound) }
}

async fn begin(
    State(desk): State<Desk>,
    Allowed(_, access): Allowed<WriteArticles>,
    Path(reference): Path<String>,
) -> Page {
    let folder = folder(&desk, &access, &reference).await?;
    shown(&desk, &access, &folder, service::first_text(&folder), &[]).await
}

async fn make(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<WriteArticles>,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let folder = folder(&desk, &access, &reference).await?;
    let content = article_content(&typed);
    let confirmed = typed.filled("personne").is_some();
    let faults = match service::make(&desk, &permit, &folder, content.clone(), confirmed).await {
        Ok(id) => return Ok(see_other(&format!("/aide/redaction/{id}?fait=propose"))),
        Err(FromRequestError::Personal(_)) => {
            let message = "Retirez ce qui désigne une personne ou un établissement, ou confirmez plus bas que ces mots ne désignent personne.";
            vec![("personne", message.to_owned())]
        }
        Err(FromRequestError::Article(ArticleError::Invalid(faults))) => faults,
        Err(FromRequestError::Article(ArticleError::Db(error))) => return Err(error.into()),
        Err(_) => return Err(WebError::NotFound),
    };
    let page = shown(&desk, &access, &folder, content, &faults).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn shown(
    desk: &Desk,
    access: &Access,
    folder: &Folder,
    content: Content,
    faults: &[(&'static str, String)],
) -> Page {
    let sheets = desk.catalogue.current().await?;
    let mentions = service::mentions(folder, &content);
    let reference = &folder.request.reference;
    let errors: Vec<(String, String)> =
        faults.iter().map(|(name, message)| ((*name).to_owned(), message.clone())).collect();
    let wrong = faults.iter().find(|(name, _)| *name == "personne").map(|(_, message)| message.as_str());
    let fields = article_fields(&ArticleForm {
        content: Some(content),
        sheets: &sheets,
        faults,
        ..ArticleForm::default()
    });
    let body = html! {
        (ui::back_link(&format!("/demandes/{reference}"), "Retour à la demande"))
        (form::error_summary(&errors))
        h1 { "Faire un article de cette demande" }
        p { "Réécrivez la question et la solution pour qu’elles servent à tous. Une autre personne relira le texte avant sa publication. La référence " (ui::reference(reference)) " est gardée avec l’article, pour les agents seulement." }
        form method="post" action={ "/demandes/" (reference) "/article" } data-guard novalidate {
            (fields)
            (personal(&mentions, wrong))
            div.actions { (form::submit("Proposer à la relecture")) }
        }
    };
    let page = ui::Page::new("Faire un article de cette demande", body).with_errors(!faults.is_empty());
    Ok(shell(Some(access), "/file", page))
}

/// The names found in the text, to be removed or confirmed.
fn personal(mentions: &[String], wrong: Option<&str>) -> Markup {
    html! {
        @if !mentions.is_empty() {
            (ui::notice(Tone::Warn, "Le texte nomme peut-être quelqu’un", html! {
                p { "Ces mots s’y trouvent. Retirez ceux qui désignent une personne ou un établissement\u{a0}:" }
                ul { @for mention in mentions { li { (mention) } } }
            }))
            (form::checkboxes(&form::Field::new("personne", "Si ces mots ne désignent personne").error(wrong), &[
                form::Choice { value: "confirme", label: "J’ai relu\u{a0}: ces mots ne désignent ni personne ni établissement", hint: "", chosen: false },
            ]))
        }
    }
}
