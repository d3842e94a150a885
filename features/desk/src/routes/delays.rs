//! `/delais`: measured delays, open to everyone unless the Region keeps them to people signed in.

use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Visitor, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::delays::{self, Board, Period, TerritoryName};
use crate::views::delays as view;
use crate::{Desk, PublishDelays};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/delais", overview)
        .get("/delais/methode", method)
        .get("/delais/fichier", file)
        .costly()
        .post("/delais/ouverture", opening)
        .get("/delais/{slug}/{kind}", detail)
        .get("/delais/{slug}/{kind}/fichier", type_file)
        .costly()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    periode: String,
    territoire: String,
}

impl Wanted {
    /// The period asked for; the last twelve months when none is.
    fn period(&self, board: &Board) -> Result<Period, WebError> {
        let slug = if self.periode.is_empty() { "12-mois" } else { &self.periode };
        Period::of(slug, board.today).ok_or(WebError::NotFound)
    }

    /// The territory asked for; one's own when none is; the whole Region otherwise.
    fn territory<'a>(&self, board: &'a Board) -> Result<Option<&'a TerritoryName>, WebError> {
        match self.territoire.as_str() {
            "" => Ok(board.mine()),
            "region" => Ok(None),
            slug => board.territory(slug).map(Some).ok_or(WebError::NotFound),
        }
    }
}

/// The state of the figures, for those who may read them.
async fn board(desk: &Desk, access: Option<&Access>, uri: &OriginalUri) -> Result<Board, WebError> {
    let board = delays::board(desk, access).await?;
    if board.signed_in_only && access.is_none() {
        let next = uri.path_and_query().map_or("/delais", |path| path.as_str()).to_owned();
        return Err(WebError::SignIn { next });
    }
    Ok(board)
}

async fn overview(
    State(desk): State<Desk>,
    Visitor(access): Visitor,
    uri: OriginalUri,
    Query(wanted): Query<Wanted>,
) -> Page {
    let access = access.as_ref();
    let board = board(&desk, access, &uri).await?;
    let (period, territory) = (wanted.period(&board)?, wanted.territory(&board)?);
    let places: Vec<&str> = std::iter::once("").chain(territory.map(|one| one.slug.as_str())).collect();
    let rows = delays::of_period(&desk, period, Some(&places)).await?;
    let sheets = desk.catalogue.current().await?;
    let publishes = access.is_some_and(|access| access.permit::<PublishDelays>().is_some());
    let page = view::Overview { board: &board, sheets: &sheets, rows: &rows, period, territory, publishes };
    Ok(shell(access, "/delais", ui::Page::wide("Délais mesurés", view::overview(&page))))
}

async fn detail(
    State(desk): State<Desk>,
    Visitor(access): Visitor,
    uri: OriginalUri,
    Path((slug, kind)): Path<(String, String)>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let board = board(&desk, access.as_ref(), &uri).await?;
    let published = desk.catalogue.sheet(&slug).await?.ok_or(WebError::NotFound)?;
    let kind = published.sheet.requests.iter().find(|one| one.id == kind).ok_or(WebError::NotFound)?;
    let (period, territory) = (wanted.period(&board)?, wanted.territory(&board)?);
    let rows = delays::of_type(&desk, &slug, &kind.id).await?;
    let page = view::Detail { board: &board, sheet: &published.sheet, kind, rows: &rows, period, territory };
    let title = format!("Délais mesurés : {}", kind.title);
    Ok(shell(access.as_ref(), "/delais", ui::Page::wide(title, view::detail(&page))))
}

async fn method(Visitor(access): Visitor) -> Page {
    Ok(shell(access.as_ref(), "/delais", ui::Page::new("Comment nous mesurons", view::method())))
}

async fn file(
    State(desk): State<Desk>,
    Visitor(access): Visitor,
    uri: OriginalUri,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let board = board(&desk, access.as_ref(), &uri).await?;
    let period = wanted.period(&board)?;
    let rows = delays::of_period(&desk, period, None).await?;
    let text = delays::file(&board, &desk.catalogue.current().await?, &rows);
    Ok(attached(&format!("delais-{}", period.slug()), text))
}

async fn type_file(
    State(desk): State<Desk>,
    Visitor(access): Visitor,
    uri: OriginalUri,
    Path((slug, kind)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let board = board(&desk, access.as_ref(), &uri).await?;
    let published = desk.catalogue.sheet(&slug).await?.ok_or(WebError::NotFound)?;
    let kind = published.sheet.requests.iter().find(|one| one.id == kind).ok_or(WebError::NotFound)?;
    let rows = delays::of_type(&desk, &slug, &kind.id).await?;
    let name = format!("delais-{slug}-{}", kind.id);
    Ok(attached(&name, delays::file(&board, std::slice::from_ref(&published), &rows)))
}

fn attached(name: &str, text: String) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
    ];
    (headers, text).into_response()
}

async fn opening(
    State(desk): State<Desk>,
    Allowed(permit, _): Allowed<PublishDelays>,
    form: Submitted,
) -> Result<Response, WebError> {
    let signed_in_only = match form.get("lecteurs") {
        Some("connectes") => true,
        Some("tous") => false,
        _ => return Err(WebError::Invalid("Choisissez qui peut lire ces pages.".into())),
    };
    delays::set_signed_in_only(&desk, &permit, signed_in_only).await?;
    Ok(see_other("/delais"))
}
