//! `/file/recherches`: saved searches; `/file/export/{format}`: everything a selection holds, as a file.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, preference, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::queue::{COLUMNS, Working, labels, own_teams};
use crate::lists::Selection;
use crate::lists::columns::Column;
use crate::lists::criteria::Pairs;
use crate::lists::export::Export;
use crate::lists::searches::{self, Audience, Gesture, SearchError, teams_of};
use crate::sheet_files::Format;
use crate::store::console::named;
use crate::views::searches::{SearchesPage, searches as view};
use crate::{Desk, ShareSearches};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/file/recherches", show)
        .post("/file/recherches", save)
        .post("/file/recherches/{id}", act)
        .get("/file/export/{format}", export)
        .costly()
}

async fn show(State(desk): State<Desk>, Allowed(_, access): Working) -> Page {
    page(&desk, &access, &[], None).await
}

async fn page(
    desk: &Desk,
    access: &Access,
    errors: &[(String, String)],
    typed: Option<(&str, &str)>,
) -> Page {
    let found = searches::all(desk, access).await?;
    let named = named(&desk.site.db, &teams_of(access)).await?;
    let body = view(&SearchesPage {
        searches: &found,
        teams: &own_teams(access, &named),
        may_share: access.permit::<ShareSearches>().is_some(),
        errors,
        typed,
    });
    let page = ui::Page::new("Recherches enregistrées", body).with_errors(!errors.is_empty());
    Ok(shell(Some(access), "/file", page))
}

/// The page again with what to mend, or the error that a page cannot mend.
async fn mended(
    desk: &Desk,
    access: &Access,
    error: SearchError,
    typed: Option<(&str, &str)>,
) -> Result<Response, WebError> {
    match error {
        SearchError::NotFound => Err(WebError::NotFound),
        SearchError::Db(error) => Err(error.into()),
        error @ SearchError::NotYours => Err(WebError::Forbidden(sentence(&error.to_string()))),
        error @ SearchError::Missing(_) => {
            // Without a form to mend, the sentence leads to the page's content.
            let field = if typed.is_some() { "nom" } else { "contenu" };
            let errors = [(field.to_owned(), sentence(&error.to_string()))];
            let markup = page(desk, access, &errors, typed).await?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, markup).into_response())
        }
    }
}

/// Words with a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

async fn save(
    State(desk): State<Desk>,
    Allowed(_, access): Working,
    typed: Submitted,
) -> Result<Response, WebError> {
    let name = typed.get("nom").unwrap_or_default();
    let query = typed.get("requete").unwrap_or_default();
    let audience = Audience::of(typed.get("pour").unwrap_or_default()).unwrap_or(Audience::Me);
    let pinned = typed.filled("epingler").is_some();
    match searches::save(&desk, &access, name, audience, &Selection::of_query(query), pinned).await {
        Ok(id) => Ok(see_other(&format!("/file/{id}?fait=enregistree"))),
        Err(error) => mended(&desk, &access, error, Some((name, query))).await,
    }
}

fn gesture(typed: &Submitted) -> Option<Gesture> {
    Some(match typed.get("geste")? {
        "renommer" => Gesture::Rename(typed.get("nom").unwrap_or_default().to_owned()),
        "remplacer" => {
            Gesture::Replace(Box::new(Selection::of_query(typed.get("requete").unwrap_or_default())))
        }
        "epingler" => Gesture::Pin(true),
        "detacher" => Gesture::Pin(false),
        "preferer" => Gesture::Prefer(true),
        "ordinaire" => Gesture::Prefer(false),
        "copier" => Gesture::Copy,
        "supprimer" => Gesture::Delete,
        _ => return None,
    })
}

async fn act(
    State(desk): State<Desk>,
    Allowed(_, access): Working,
    Path(id): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    let Some(gesture) = gesture(&typed) else {
        return Ok(see_other("/file/recherches"));
    };
    let to_list = match gesture {
        Gesture::Replace(_) => Some("remplacee"),
        Gesture::Copy => Some("copiee"),
        _ => None,
    };
    match (searches::act(&desk, &access, id, gesture).await, to_list) {
        (Ok(Some(id)), Some(done)) => Ok(see_other(&format!("/file/{id}?fait={done}"))),
        (Ok(_), _) => Ok(see_other("/file/recherches")),
        (Err(error), _) => mended(&desk, &access, error, None).await,
    }
}

async fn export(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(format): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, WebError> {
    let format = Format::of(&format).ok_or(WebError::NotFound)?;
    let (selection, _) = Selection::read(&Selection::default(), &pairs);
    let named = named(&desk.site.db, &[]).await?;
    let columns = preference(&desk.site.db, access.person, COLUMNS).await?;
    let labels = labels(&desk, &named).await?;
    let day = desk.site.db.now().with_timezone(&chrono_tz::Europe::Paris).format("%Y-%m-%d");
    let disposition = format!("attachment; filename=\"demandes-{day}.{}\"", format.slug());
    let export =
        Export::begin(desk, permit, selection, Column::chosen(columns.as_deref()), labels, format).await?;
    let headers = [(CONTENT_TYPE, format.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(export.stream())).into_response())
}
