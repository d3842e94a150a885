//! Writing and reviewing help articles: agents of the Region only.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, ArticleId};
use beffroi_ui::{Flash, Page as Frame};
use beffroi_web::{Page, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::Catalogue;
use crate::knowledge::{
    ArticleError, Audience, Content, Dossier, PublishArticles, Shelved, Verdict, WriteArticles,
};
use crate::views::articles::{self as view, Faults};

const HERE: &str = "/aide";
const LIST: &str = "/aide/redaction";

type Writing = Allowed<WriteArticles>;
type Publishing = Allowed<PublishArticles>;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    etat: Option<String>,
    fait: Option<String>,
}

/// GET /aide/redaction
pub(super) async fn list(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    Query(asked): Query<Asked>,
) -> Page {
    let lines = catalogue.knowledge().list(&permit).await?;
    let list = match asked.etat.as_deref() {
        Some("publies") => Shelved::Published,
        Some("a-relire") => Shelved::Review,
        Some("en-retard") => Shelved::Overdue,
        Some("retires") => Shelved::Retired,
        _ => Shelved::Drafts,
    };
    let dead = catalogue.dead_links(&permit).await?.len();
    let body = view::list(&lines, list, catalogue.today(), dead);
    Ok(shell(Some(&access), HERE, Frame::wide("Rédaction de l’aide", body)))
}

/// GET /aide/redaction/liens
pub(super) async fn links(State(catalogue): State<Catalogue>, Allowed(permit, access): Writing) -> Page {
    let dead = catalogue.dead_links(&permit).await?;
    Ok(shell(Some(&access), HERE, Frame::wide("Liens à corriger", view::dead_links(&dead))))
}

/// GET /aide/redaction/nouveau
pub(super) async fn new(State(catalogue): State<Catalogue>, Allowed(_, access): Writing) -> Page {
    let sheets = catalogue.current().await?;
    let form = view::Form { action: "/aide/redaction/nouveau", sheets: &sheets, ..view::Form::default() };
    Ok(shell(Some(&access), HERE, Frame::new("Nouvel article", view::form(&form))))
}

/// POST /aide/redaction/nouveau
pub(super) async fn create(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    typed: Submitted,
) -> Result<Response, WebError> {
    let content = content(&typed);
    let draft = Typed { action: "/aide/redaction/nouveau", content: content.clone(), dossier: None };
    if typed.filled("apercu").is_some() {
        return draft.again(&catalogue, &access, &[]).await;
    }
    match catalogue.knowledge().create(&permit, content, None).await {
        Ok(id) => Ok(see_other(&format!("{LIST}/{id}?fait=enregistre"))),
        Err(error) => draft.again(&catalogue, &access, &faults(error)?).await,
    }
}

/// GET /aide/redaction/{id}
pub(super) async fn show(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let dossier = open(&catalogue, &permit, &id).await?;
    shown(&catalogue, &access, &dossier, &[], "", asked.fait.as_deref()).await
}

async fn shown(
    catalogue: &Catalogue,
    access: &Access,
    dossier: &Dossier,
    faults: &Faults,
    remark: &str,
    done: Option<&str>,
) -> Page {
    let sheets = catalogue.current().await?;
    let page = view::Page { dossier, sheets: &sheets, access, faults, remark, today: catalogue.today() };
    let title = dossier.texts.first().map(|text| text.content.title.clone()).unwrap_or_default();
    let frame =
        Frame::new(title, view::dossier(&page)).with_errors(!faults.is_empty()).with_flash(flash(done));
    Ok(shell(Some(access), HERE, frame))
}

fn flash(done: Option<&str>) -> Option<Flash> {
    let text = match done? {
        "enregistre" => "Le brouillon est enregistré.",
        "propose" => "Le texte est proposé à la relecture.",
        "publie" => "L’article est publié\u{a0}: chacun le lit dès maintenant.",
        "renvoye" => "Le texte est renvoyé à son auteur, avec votre remarque.",
        "retire" => "L’article est retiré\u{a0}: sa page n’existe plus, ses textes restent.",
        "confirme" => "L’article est confirmé\u{a0}: la prochaine relecture est dans un an.",
        _ => return None,
    };
    Some(Flash { text: text.to_owned(), good: true })
}

async fn open(
    catalogue: &Catalogue,
    permit: &beffroi_kernel::Permit<WriteArticles>,
    id: &str,
) -> Result<Dossier, WebError> {
    let id: ArticleId = id.parse().map_err(|_| WebError::NotFound)?;
    catalogue.knowledge().dossier(permit, id).await?.ok_or(WebError::NotFound)
}

/// GET /aide/redaction/{id}/modifier
pub(super) async fn change(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    Path(id): Path<String>,
) -> Page {
    let dossier = open(&catalogue, &permit, &id).await?;
    let sheets = catalogue.current().await?;
    let content = dossier.texts.first().map(|text| text.content.clone());
    let action = format!("{LIST}/{id}/modifier");
    let form = view::Form {
        action: &action,
        content,
        dossier: Some(&dossier),
        sheets: &sheets,
        ..view::Form::default()
    };
    Ok(shell(Some(&access), HERE, Frame::new("Modifier l’article", view::form(&form))))
}

/// POST /aide/redaction/{id}/modifier
pub(super) async fn edit(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    Path(id): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let dossier = open(&catalogue, &permit, &id).await?;
    let seen = typed.get("vu").and_then(|seen| seen.parse().ok()).unwrap_or_default();
    let (content, id) = (content(&typed), dossier.id);
    let action = format!("{LIST}/{id}/modifier");
    let draft = Typed { action: &action, content: content.clone(), dossier: Some(&dossier) };
    if typed.filled("apercu").is_some() {
        return draft.again(&catalogue, &access, &[]).await;
    }
    match catalogue.knowledge().edit(&permit, id, seen, content).await {
        Ok(()) => Ok(see_other(&format!("{LIST}/{id}?fait=enregistre"))),
        Err(error) => draft.again(&catalogue, &access, &faults(error)?).await,
    }
}

/// A form sent: shown again as it was typed, with its preview or its faults.
struct Typed<'a> {
    action: &'a str,
    content: Content,
    dossier: Option<&'a Dossier>,
}

impl Typed<'_> {
    async fn again(
        self,
        catalogue: &Catalogue,
        access: &Access,
        faults: &Faults,
    ) -> Result<Response, WebError> {
        let sheets = catalogue.current().await?;
        let form = view::Form {
            action: self.action,
            content: Some(self.content),
            dossier: self.dossier,
            sheets: &sheets,
            faults,
            preview: faults.is_empty(),
        };
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let title = if self.dossier.is_some() { "Modifier l’article" } else { "Nouvel article" };
        let frame = Frame::new(title, view::form(&form)).with_errors(!faults.is_empty());
        Ok((status, shell(Some(access), HERE, frame)).into_response())
    }
}

/// What a form says of an article.
#[must_use]
pub fn content(typed: &Submitted) -> Content {
    let requests = typed.fields().iter().filter_map(|(name, value)| {
        Some((name.strip_prefix("demandes-")?.to_owned(), value.trim().to_owned()))
    });
    Content {
        title: typed.get("titre").unwrap_or_default().to_owned(),
        body: typed.get("texte").unwrap_or_default().to_owned(),
        audience: typed.get("public").and_then(Audience::of).unwrap_or(Audience::Agents),
        theme: typed.get("theme").unwrap_or_default().to_owned(),
        requests: requests.collect(),
        keywords: typed.get("mots").unwrap_or_default().split(',').map(str::to_owned).collect(),
    }
}

/// The faults of a refused change, or the error page.
fn faults(error: ArticleError) -> Result<Vec<(&'static str, String)>, WebError> {
    match error {
        ArticleError::NotFound => Err(WebError::NotFound),
        ArticleError::Db(error) => Err(error.into()),
        ArticleError::Invalid(faults) => Ok(faults),
        ArticleError::OwnText => Err(WebError::Forbidden(error.to_string())),
        ArticleError::Changed => Ok(vec![("texte", error.to_string())]),
        ArticleError::State(why) => Ok(vec![("article", why.to_owned())]),
    }
}

/// After an action on an article: its page, saying what was done or what to mend.
async fn settle(
    catalogue: &Catalogue,
    access: &Access,
    (id, remark): (&str, &str),
    done: &str,
    outcome: Result<(), ArticleError>,
) -> Result<Response, WebError> {
    let Err(error) = outcome else {
        return Ok(see_other(&format!("{LIST}/{id}?fait={done}")));
    };
    let faults = faults(error)?;
    let permit = access.permit::<WriteArticles>().ok_or(WebError::NotFound)?;
    let dossier = open(catalogue, &permit, id).await?;
    let page = shown(catalogue, access, &dossier, &faults, remark, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// POST /aide/redaction/{id}/proposer
pub(super) async fn submit(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let article = id.parse().map_err(|_| WebError::NotFound)?;
    let outcome = catalogue.knowledge().submit(&permit, article).await;
    settle(&catalogue, &access, (&id, ""), "propose", outcome).await
}

/// POST /aide/redaction/{id}/decision
pub(super) async fn decide(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Publishing,
    Path(id): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let article = id.parse().map_err(|_| WebError::NotFound)?;
    let remark = typed.get("remarque").unwrap_or_default();
    let (verdict, done) = match typed.get("decision") {
        Some("publier") => (Verdict::Publish, "publie"),
        _ => (Verdict::Return(remark.to_owned()), "renvoye"),
    };
    let outcome = catalogue.knowledge().decide(&permit, article, verdict).await;
    settle(&catalogue, &access, (&id, remark), done, outcome).await
}

/// POST /aide/redaction/{id}/confirmer
pub(super) async fn confirm(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Publishing,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let article = id.parse().map_err(|_| WebError::NotFound)?;
    let outcome = catalogue.knowledge().confirm(&permit, article).await;
    settle(&catalogue, &access, (&id, ""), "confirme", outcome).await
}

/// POST /aide/redaction/{id}/retirer
pub(super) async fn retire(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Publishing,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let article = id.parse().map_err(|_| WebError::NotFound)?;
    let outcome = catalogue.knowledge().retire(&permit, article).await;
    settle(&catalogue, &access, (&id, ""), "retire", outcome).await
}

/// GET /aide/redaction/{id}/versions/{number}
pub(super) async fn version(
    State(catalogue): State<Catalogue>,
    Allowed(permit, access): Writing,
    Path((id, number)): Path<(String, String)>,
) -> Page {
    let number: i32 = number.parse().map_err(|_| WebError::NotFound)?;
    let dossier = open(&catalogue, &permit, &id).await?;
    let body = view::version(&dossier, number).ok_or(WebError::NotFound)?;
    Ok(shell(Some(&access), HERE, Frame::new(format!("Version {number}"), body)))
}
