//! `/disponibilite`, open to everyone; `/region/maintenance`, where the Region announces.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Announced, Visitor, shell};
use beffroi_ui as ui;
use beffroi_web::{Page, Routed, Routes, Submitted, WebError, see_other};
use chrono::{DateTime, Months, NaiveDateTime, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::maintenance::{self, MaintenanceError, NewMaintenance};
use crate::model::AnnounceMaintenance;
use crate::{Operations, rules, store, views};

/// Months shown.
const SHOWN: u32 = 12;

/// Every route of the service itself.
#[must_use]
pub fn routes(operations: Operations) -> Routed {
    Routes::new()
        .get("/disponibilite", availability)
        .get("/region/maintenance", maintenance_page)
        .post("/region/maintenance", announce)
        .post("/region/maintenance/{id}/terminer", end)
        .with_state(operations)
}

async fn availability(State(operations): State<Operations>, Visitor(access): Visitor) -> Page {
    let db = &operations.site.db;
    let now = db.now();
    let since = now.checked_sub_months(Months::new(SHOWN)).unwrap_or(now);
    let coming = maintenance::coming(db).await?;
    let months = match store::first_sign(db.read()).await? {
        None => Vec::new(),
        Some(first) => {
            let stretches = store::stretches(db.read(), since).await?;
            let said = store::announced_since(db.read(), since).await?;
            rules::months(&stretches, &said, first.max(since), now, SHOWN)
        }
    };
    let announces = access.as_ref().is_some_and(|access| access.permit::<AnnounceMaintenance>().is_some());
    let shown = views::Availability { months: &months, coming: &coming, now, announces };
    let page = ui::Page::wide("Disponibilité du service", views::availability(&shown));
    Ok(shell(access.as_ref(), "/disponibilite", page))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Done {
    fait: String,
}

impl Done {
    fn flash(&self) -> Option<ui::Flash> {
        let text = match self.fait.as_str() {
            "annoncee" => "La maintenance est annoncée sur toutes les pages.",
            "terminee" => {
                "La maintenance est terminée\u{a0}: le bandeau disparaît dans les secondes qui viennent."
            }
            _ => return None,
        };
        Some(ui::Flash { text: text.into(), good: true })
    }
}

type Announcing = Allowed<AnnounceMaintenance>;

async fn maintenance_page(
    State(operations): State<Operations>,
    Allowed(_, access): Announcing,
    Query(done): Query<Done>,
) -> Page {
    let body = board(&operations, &views::Typed::default(), None).await?;
    let page = ui::Page::wide("Maintenance", body).with_flash(done.flash());
    Ok(shell(Some(&access), "/region/maintenance", page))
}

async fn board(
    operations: &Operations,
    typed: &views::Typed,
    error: Option<(&'static str, String)>,
) -> Result<maud::Markup, WebError> {
    let db = &operations.site.db;
    let now = db.now();
    let coming = maintenance::coming(db).await?;
    let week = now.checked_sub_days(chrono::Days::new(7)).unwrap_or(now);
    let stretches = store::stretches(db.read(), week).await?;
    Ok(views::maintenance(&views::Board { coming: &coming, stretches: &stretches, typed, error, now }))
}

/// What `<input type="datetime-local">` sends, with or without seconds.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M"]
        .into_iter()
        .find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok())?;
    rules::paris_instant(local)
}

const NO_INSTANT: &str = "Écrivez une date et une heure, par exemple 2026-11-24T12:00 (heure de Paris).";

fn read(form: &Submitted) -> Result<NewMaintenance, (&'static str, String)> {
    let starts_at = match form.filled("debut") {
        None => None,
        Some(text) => Some(instant(text).ok_or(("debut", NO_INSTANT.to_owned()))?),
    };
    let ends_at = form.filled("fin").and_then(instant).ok_or(("fin", NO_INSTANT.to_owned()))?;
    let text = form.get("texte").unwrap_or_default().to_owned();
    Ok(NewMaintenance { text, starts_at, ends_at, read_only: form.get("lecture") == Some("oui") })
}

fn field_of(error: &MaintenanceError) -> &'static str {
    match error {
        MaintenanceError::NoText | MaintenanceError::LongText => "texte",
        _ => "fin",
    }
}

async fn announce(
    State(operations): State<Operations>,
    Allowed(permit, access): Announcing,
    form: Submitted,
) -> Result<Response, WebError> {
    let fault = match read(&form) {
        Err(fault) => fault,
        Ok(new) => {
            match maintenance::announce(&operations.site.db, &permit, Some(access.person), &new).await {
                Ok(_) => return Ok(changed(&operations, "annoncee").await),
                Err(MaintenanceError::Db(error)) => return Err(error.into()),
                Err(error) => (field_of(&error), error.to_string()),
            }
        }
    };
    let text = |name| form.get(name).unwrap_or_default().to_owned();
    let typed = views::Typed {
        text: text("texte"),
        from: text("debut"),
        to: text("fin"),
        read_only: form.get("lecture") == Some("oui"),
    };
    let body = board(&operations, &typed, Some(fault)).await?;
    let page = ui::Page::wide("Maintenance", body).with_errors(true);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shell(Some(&access), "/region/maintenance", page)).into_response())
}

async fn end(
    State(operations): State<Operations>,
    Allowed(permit, access): Announcing,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id: Uuid = id.parse().map_err(|_| WebError::NotFound)?;
    if !maintenance::end(&operations.site.db, &permit, Some(access.person), Some(id)).await? {
        return Err(WebError::NotFound);
    }
    Ok(changed(&operations, "terminee").await)
}

/// Back to the page, the banner read anew at once on this node.
async fn changed(operations: &Operations, done: &str) -> Response {
    operations.notices.forget().await;
    let mut response = see_other(&format!("/region/maintenance?fait={done}"));
    response.extensions_mut().insert(Announced);
    response
}
