//! Reading the help articles, with or without an account, and saying whether they answered.

use axum::extract::{Path, Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use beffroi_directory::Visitor as Reader;
use beffroi_kernel::Access;
use beffroi_ui::Page as Frame;
use beffroi_web::{Page, Submitted, WebError, see_other};
use serde::Deserialize;
use uuid::Uuid;

use super::framed;
use crate::Catalogue;
use crate::knowledge::{Use, Visitor, WriteArticles};
use crate::views::help as view;

/// The browser's own random name, until it is closed.
const COOKIE_NAME: &str = "beffroi-avis";
/// The same over HTTPS: browsers give `__Host-` names to this host alone.
const SECURE_COOKIE_NAME: &str = "__Host-beffroi-avis";

#[derive(Debug, Default, Deserialize)]
pub(super) struct Search {
    q: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    avis: Option<String>,
}

/// GET /aide
pub(super) async fn index(
    State(catalogue): State<Catalogue>,
    Reader(access): Reader,
    Query(search): Query<Search>,
) -> Page {
    let query = search.q.unwrap_or_default().trim().chars().take(200).collect::<String>();
    let shelf = catalogue.knowledge().shelf().await?;
    let sheets = catalogue.current().await?;
    let writes = access.as_ref().is_some_and(|access| access.permit::<WriteArticles>().is_some());
    let body = if query.is_empty() {
        view::all(&shelf.readable(access.as_ref()).cloned().collect::<Vec<_>>(), &sheets, writes)
    } else {
        view::found(&query, &shelf.search(&query, access.as_ref()), &catalogue.search(&query).await?)
    };
    Ok(framed(access.as_ref(), "/aide", Frame::new("Aide", body), None))
}

/// GET /aide/{slug}
pub(super) async fn article(
    State(catalogue): State<Catalogue>,
    Reader(access): Reader,
    Path(slug): Path<String>,
    Query(said): Query<Said>,
) -> Page {
    let shelf = catalogue.knowledge().shelf().await?;
    let article = shelf.find(&slug, access.as_ref()).ok_or(WebError::NotFound)?;
    if let Some(access) = &access {
        let visitor = Visitor::person(access);
        catalogue.knowledge().count(std::slice::from_ref(article), &visitor, Use::Opened).await?;
    }
    let sheets = catalogue.current().await?;
    let page =
        view::Article { article, sheets: &sheets, access: access.as_ref(), said: said.avis.as_deref() };
    Ok(framed(
        access.as_ref(),
        "/aide",
        Frame::new(article.content.title.clone(), view::article(&page)),
        None,
    ))
}

/// POST /aide/{slug}/avis: one click; the words come after, and are not needed.
pub(super) async fn judge(
    State(catalogue): State<Catalogue>,
    Reader(access): Reader,
    Path(slug): Path<String>,
    headers: HeaderMap,
    form: Submitted,
) -> Result<Response, WebError> {
    let shelf = catalogue.knowledge().shelf().await?;
    let article = shelf.find(&slug, access.as_ref()).ok_or(WebError::NotFound)?;
    let helped = match form.get("reponse") {
        Some("oui") => true,
        Some("non") => false,
        _ => return Err(WebError::Invalid("Répondez par « Oui » ou par « Non ».".into())),
    };
    let (visitor, fresh) = visitor(access.as_ref(), &headers);
    catalogue.knowledge().judge(article.id, &visitor, helped, form.filled("mots")).await?;
    let said = match (helped, form.filled("mots")) {
        (true, _) => "oui",
        (false, None) => "non",
        (false, Some(_)) => "mots",
    };
    let mut response = see_other(&format!("/aide/{slug}?avis={said}#avis"));
    if let Some(name) = fresh {
        let secure = catalogue.site().secure_cookies;
        let (cookie, secure) = if secure { (SECURE_COOKIE_NAME, "; Secure") } else { (COOKIE_NAME, "") };
        let cookie = format!("{cookie}={name}; Path=/; HttpOnly; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

/// Who answers: the person, else the browser, which gets a random name to keep until it is closed.
fn visitor(access: Option<&Access>, headers: &HeaderMap) -> (Visitor, Option<Uuid>) {
    if let Some(access) = access {
        return (Visitor::person(access), None);
    }
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let known = pairs
        .find(|(name, _)| [SECURE_COOKIE_NAME, COOKIE_NAME].contains(name))
        .and_then(|(_, value)| value.parse::<Uuid>().ok());
    match known {
        Some(name) => (Visitor::named(name), None),
        None => {
            let name = Uuid::now_v7();
            (Visitor::named(name), Some(name))
        }
    }
}
