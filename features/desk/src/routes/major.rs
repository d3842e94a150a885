//! `/incidents`: major incidents, from the declaration to « résolu pour tous »; joining, attaching and
//! detaching requests.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Announced, SignedIn, shell};
use beffroi_kernel::{Access, Permit, SchoolId, Scope};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use super::requests::{Asked, Tried, open, sentence, takes_part};
use crate::major::{self, Audience, Declaration, MajorError, Turn};
use crate::views::major::{self as view, Choices, Typed};
use crate::work::WorkError;
use crate::{Desk, LeadIncidents, ReadRequests, SubmitRequest};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/incidents", list)
        .post("/incidents", declare)
        .get("/incidents/nouveau", blank)
        .get("/incidents/{reference}", show)
        .post("/incidents/{reference}/nouvelles", news)
        .post("/incidents/{reference}/terminer", resolve)
        .post("/incidents/{reference}/rouvrir", reopen)
        .post("/incidents/{reference}/rejoindre", join)
        .post("/demandes/{reference}/incident", attach)
        .post("/demandes/{reference}/incident/detacher", detach)
}

type Leading = Allowed<LeadIncidents>;
type Answer = Result<Response, WebError>;

/// The same answer; every page of this node shows the change at once.
fn announced(mut response: Response) -> Response {
    response.extensions_mut().insert(Announced);
    response
}

async fn list(State(desk): State<Desk>, SignedIn(access): SignedIn) -> Page {
    let incidents = major::list(&desk, &access).await?;
    let may_declare = access.permit::<LeadIncidents>().is_some();
    let body = view::list(&incidents, may_declare, desk.site.db.now());
    Ok(shell(Some(&access), "/incidents", ui::Page::wide("Incidents majeurs", body)))
}

#[derive(Deserialize)]
struct From {
    demande: Option<String>,
}

async fn blank(State(desk): State<Desk>, Allowed(_, access): Leading, Query(from): Query<From>) -> Page {
    let mut typed = Typed::default();
    if let Some(reference) = from.demande {
        let permit = access.permit::<ReadRequests>().ok_or(WebError::NotFound)?;
        let folder = open(&desk, &permit, &access, &reference).await?;
        let fields = [
            ("request", reference),
            ("theme", folder.request.theme.clone()),
            ("schools", folder.school.uai.clone()),
        ];
        typed.fields.0 = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    }
    declaration(&desk, &access, &typed).await
}

/// The form of a declaration, with what was typed.
async fn declaration(desk: &Desk, access: &Access, typed: &Typed) -> Page {
    let mut themes = vec![(String::new(), "Choisissez un thème".to_owned())];
    let routing = desk.catalogue.routing().await?;
    themes.extend(routing.themes.iter().map(|theme| (theme.id.clone(), theme.label.clone())));
    let near = major::reach(access);
    let mut territories = vec![(String::new(), "Choisissez un territoire".to_owned())];
    territories.extend(
        beffroi_directory::teams::territories(&desk.site.db)
            .await?
            .into_iter()
            .filter(|one| near.as_ref().is_none_or(|near| near.contains(&one.id)))
            .map(|one| (one.id.to_string(), one.name)),
    );
    let request = match (typed.fields.filled("request"), access.permit::<ReadRequests>()) {
        (Some(reference), Some(permit)) => {
            let folder = open(desk, &permit, access, reference).await?;
            Some((folder.request.reference, folder.request.title))
        }
        _ => None,
    };
    let choices = Choices { themes, territories, region: near.is_none(), request };
    let page = ui::Page::new("Déclarer un incident majeur", view::declare(&choices, typed));
    Ok(shell(Some(access), "/incidents", page.with_errors(typed.wrong.is_some())))
}

async fn declare(State(desk): State<Desk>, Allowed(permit, access): Leading, fields: Submitted) -> Answer {
    let outcome = match audience(&desk, &fields).await {
        Ok(audience) => {
            let request = match (fields.filled("request"), access.permit::<ReadRequests>()) {
                (Some(reference), Some(reading)) => {
                    Some(open(&desk, &reading, &access, reference).await?.request.id)
                }
                _ => None,
            };
            let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
            let declared = Declaration {
                title: text("title"),
                text: text("text"),
                theme: text("theme"),
                audience,
                request,
            };
            major::declare(&desk, &permit, &access, declared).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(reference) => Ok(announced(see_other(&format!("/incidents/{reference}?fait=declare")))),
        Err(error) => {
            let wrong = Some(wrong(error, "audience")?);
            let page = declaration(&desk, &access, &Typed { fields, wrong }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Whom the form says is concerned.
async fn audience(desk: &Desk, fields: &Submitted) -> Result<Audience, MajorError> {
    match fields.get("audience") {
        Some("region") => Ok(Audience::Region),
        Some("territory") => {
            let chosen = fields.get("territory").and_then(|id| id.parse().ok());
            Ok(Audience::Territory(chosen.ok_or(MajorError::Field("territory", "choisissez le territoire"))?))
        }
        _ => {
            let typed = fields.get("schools").unwrap_or_default();
            let mut schools: Vec<SchoolId> = Vec::new();
            // The permit's reach is checked with the declaration; names of schools are public.
            let scope = Scope::system("schools are found by their public identifier");
            for uai in typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                if schools.len() > major::MOST_SCHOOLS {
                    break;
                }
                let uai = uai.to_uppercase();
                let found = beffroi_directory::schools::school_by_uai(&desk.site.db, &scope, &uai).await?;
                let unknown = "l’un de ces numéros UAI n’existe pas : sept chiffres et une lettre";
                schools.push(found.ok_or(MajorError::Field("schools", unknown))?.id);
            }
            schools.sort_unstable();
            schools.dedup();
            Ok(Audience::Schools(schools))
        }
    }
}

/// The field to mend and how; other failures are pages of their own.
fn wrong(error: MajorError, field: &'static str) -> Result<(&'static str, String), WebError> {
    let field = match &error {
        MajorError::Field(field, _) => field,
        _ => field,
    };
    match error {
        MajorError::NotFound => Err(WebError::NotFound),
        MajorError::Db(error) => Err(WebError::Unavailable(error)),
        other => Ok((field, sentence(&other.to_string()))),
    }
}

#[derive(Deserialize)]
struct Done {
    fait: Option<String>,
}

fn flash(done: Option<&str>) -> Option<ui::Flash> {
    let text = match done? {
        "declare" => {
            "L’incident est déclaré : les établissements concernés le lisent en haut de chaque page."
        }
        "nouvelles" => "Les nouvelles sont publiées.",
        "termine" => "L’incident est terminé : les demandes rattachées reçoivent la solution.",
        "rouvert" => "L’incident est rouvert : les demandes sont restées rattachées.",
        _ => return None,
    };
    Some(ui::Flash { text: text.to_owned(), good: true })
}

async fn show(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    Path(reference): Path<String>,
    Query(done): Query<Done>,
) -> Page {
    page(&desk, &access, &reference, &Typed::default(), flash(done.fait.as_deref())).await
}

async fn page(
    desk: &Desk,
    access: &Access,
    reference: &str,
    typed: &Typed,
    flash: Option<ui::Flash>,
) -> Page {
    let record = major::open(desk, access, reference).await?.ok_or(WebError::NotFound)?;
    let title = format!("{} ({})", record.incident.title, record.incident.reference);
    let page = ui::Page::wide(title, view::show(&record, typed, desk.site.db.now()));
    let page = page.with_errors(typed.wrong.is_some()).with_flash(flash);
    Ok(shell(Some(access), "/incidents", page))
}

/// A turn of the incident, then its page.
async fn told(
    desk: &Desk,
    (permit, access): (&Permit<LeadIncidents>, &Access),
    reference: &str,
    (turn, field, done): (Turn, &'static str, &str),
    fields: Submitted,
) -> Answer {
    let text = fields.get(field).unwrap_or_default().to_owned();
    match major::tell(desk, permit, access, reference, turn, &text).await {
        Ok(()) => Ok(announced(see_other(&format!("/incidents/{reference}?fait={done}")))),
        Err(MajorError::TooFar) => Err(WebError::Forbidden(
            "Cet incident dépasse votre périmètre : un responsable peut en donner des nouvelles.".into(),
        )),
        Err(error) => {
            let (_, message) = wrong(error, field)?;
            let typed = Typed { fields, wrong: Some((field, message)) };
            let page = page(desk, access, reference, &typed, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn news(
    State(desk): State<Desk>,
    Allowed(permit, access): Leading,
    Path(reference): Path<String>,
    fields: Submitted,
) -> Answer {
    let turn = Turn::News { to_all: fields.filled("to_all").is_some() };
    told(&desk, (&permit, &access), &reference, (turn, "text", "nouvelles"), fields).await
}

async fn resolve(
    State(desk): State<Desk>,
    Allowed(permit, access): Leading,
    Path(reference): Path<String>,
    fields: Submitted,
) -> Answer {
    told(&desk, (&permit, &access), &reference, (Turn::Resolve, "solution", "termine"), fields).await
}

async fn reopen(
    State(desk): State<Desk>,
    Allowed(permit, access): Leading,
    Path(reference): Path<String>,
    fields: Submitted,
) -> Answer {
    told(&desk, (&permit, &access), &reference, (Turn::Reopen, "text", "rouvert"), fields).await
}

async fn join(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<SubmitRequest>,
    Path(reference): Path<String>,
    fields: Submitted,
) -> Answer {
    let school = fields.get("school").and_then(|id| id.parse().ok()).ok_or(WebError::NotFound)?;
    let kind = (fields.get("sheet").unwrap_or_default(), fields.get("kind").unwrap_or_default());
    match major::join(&desk, &permit, &access, &reference, school, kind).await {
        Ok(request) => Ok(see_other(&format!("/demandes/{request}/confirmation"))),
        Err(error) => Err(WebError::Conflict(wrong(error, "")?.1)),
    }
}

async fn attach(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ReadRequests>,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Answer {
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let incident = typed.get("incident").unwrap_or_default().to_owned();
    let outcome = major::attach(&desk, &permit, &access, &reference, &incident).await;
    settle(&desk, (&permit, &access), (&reference, "rattachee"), outcome, typed).await
}

async fn detach(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ReadRequests>,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Answer {
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let outcome = major::detach(&desk, &permit, &access, &reference).await;
    settle(&desk, (&permit, &access), (&reference, "detachee"), outcome, typed).await
}

/// Back to the request, with what was done or what to mend.
async fn settle(
    desk: &Desk,
    (permit, access): (&Permit<ReadRequests>, &Access),
    (reference, done): (&str, &'static str),
    outcome: Result<(), MajorError>,
    typed: Submitted,
) -> Answer {
    let outcome = outcome.map_err(|error| match error {
        MajorError::NotFound => WorkError::Missing("choisissez un incident en cours"),
        MajorError::State(words) => WorkError::State(words),
        MajorError::Db(error) => WorkError::Db(error),
        MajorError::Changed => WorkError::Changed,
        MajorError::TooFar => WorkError::Missing("cet incident ne concerne pas cet établissement"),
        MajorError::Field(_, words) => WorkError::Missing(words),
    });
    Tried { reference, done, field: "incident", typed, asked: Asked::default() }
        .settle(desk, permit, access, outcome)
        .await
}
