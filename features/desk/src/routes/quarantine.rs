//! `/region/quarantaine`: files that wait for the antivirus, files that bear a virus. (ASVS 5.4.3)

use axum::extract::{Path, Query, State};
use axum::response::Response;
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::AttachmentId;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, WebError, see_other};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::Desk;
use crate::quarantine::{self, WatchFiles};
use crate::views::quarantine as views;

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/region/quarantaine", list).post("/region/quarantaine/{id}/examiner", again)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The last of the page before: microseconds and identifier.
    apres: String,
    /// What was just done.
    fait: String,
}

impl Asked {
    fn after(&self) -> Option<(DateTime<Utc>, AttachmentId)> {
        let (at, id) = self.apres.split_once('.')?;
        Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
    }

    fn flash(&self) -> Option<ui::Flash> {
        let text =
            "Le fichier est de nouveau examiné\u{a0}: il s’ouvrira si l’antivirus n’y trouve plus rien.";
        (self.fait == "examen").then(|| ui::Flash { text: text.into(), good: true })
    }
}

async fn list(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<WatchFiles>,
    Query(asked): Query<Asked>,
) -> Page {
    let db = &desk.site.db;
    let (rows, more) = quarantine::kept(db, &permit, asked.after()).await?;
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| format!("/region/quarantaine?apres={}.{}", row.created_at.timestamp_micros(), row.id));
    let shown = views::ListPage {
        standing: &quarantine::standing(db).await?,
        set: desk.files.antivirus().is_some(),
        rows: &rows,
        first: asked.after().map(|_| "/region/quarantaine"),
        next: next.as_deref(),
        now: db.now(),
    };
    let page = ui::Page::wide("Fichiers en quarantaine", views::list(&shown)).with_flash(asked.flash());
    Ok(shell(Some(&access), "/region/quarantaine", page))
}

async fn again(
    State(desk): State<Desk>,
    Allowed(permit, _): Allowed<WatchFiles>,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id: AttachmentId = id.parse().map_err(|_| WebError::NotFound)?;
    if quarantine::again(&desk, &permit, id).await? {
        return Ok(see_other("/region/quarantaine?fait=examen"));
    }
    Err(WebError::NotFound)
}
