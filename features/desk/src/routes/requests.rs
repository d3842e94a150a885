//! `/demandes/{reference}`: reading a request, reopening it, saying whether it helped;
//! `/fichiers/{id}`: reading a file back.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use beffroi_db::reach;
use beffroi_directory::{Allowed, SignedIn, local_path, shell};
use beffroi_kernel::{Access, AttachmentId, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::attachments::ContentError;
use crate::reading::{self, Folder};
use crate::views::lists::{address, percent};
use crate::views::request::{self as view, Kept, RequestPage, Trouble};
use crate::work::WorkError;
use crate::{Desk, ReadRequests, attachments, composer, conversation};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/demandes/{reference}", show)
        .get("/demandes/{reference}/recepisse", receipt)
        .post("/demandes/{reference}/rouvrir", reopen)
        .post("/demandes/{reference}/satisfaction", rate)
        .get("/fichiers/{id}", download)
}

pub(super) type Reading = Allowed<ReadRequests>;

/// What the address says besides the request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was just done.
    fait: String,
    /// What part of the timeline is shown.
    pub(super) voir: String,
    /// The address of the list the person comes from.
    file: String,
}

impl Asked {
    /// The list the person comes from: an address of ours, nothing else.
    pub(super) fn list(&self) -> Option<&str> {
        local_path(&self.file).filter(|list| list.len() <= 1_000)
    }

    /// The request's page, with what was done there.
    pub(super) fn back_to(&self, reference: &str, done: &str) -> String {
        let list = self.list().unwrap_or_default();
        address(&format!("/demandes/{reference}"), &[("fait", done), ("voir", &self.voir), ("file", list)])
    }
}

/// What the page of a request shows besides it.
#[derive(Default)]
pub(super) struct Shown<'a> {
    /// What could not be done.
    pub(super) trouble: Option<&'a Trouble>,
    /// What is typed and not sent yet.
    pub(super) filled: Option<&'a Submitted>,
    /// What the address says.
    pub(super) asked: Asked,
}

/// What was just done, in words; an unknown name says nothing.
fn flash(done: &str) -> Option<ui::Flash> {
    let text = match done {
        "message" => "Votre message est envoyé.",
        "note" => "La note interne est enregistrée.",
        "fichier" => "Le fichier est joint.",
        "rouverte" => "La demande est rouverte : l’équipe en est prévenue.",
        "avis" => "Merci de votre réponse. La demande est close.",
        "prise" => "La demande est prise en charge.",
        "affectee" => "La demande est confiée à cette personne.",
        "attente" => "La demande est en attente : les délais sont suspendus.",
        "reprise" => "Le travail reprend : les délais courent à nouveau.",
        "resolue" => "La solution est envoyée au demandeur.",
        "close" => "La demande est close.",
        "reaffectee" => "La demande a changé d’équipe.",
        "urgente" => "La demande est urgente : elle passe en tête des listes.",
        "calmee" => "La demande n’est plus urgente.",
        "tache" => "La tâche est à jour.",
        "rendez-vous" => "Le rendez-vous est fixé : le demandeur en est prévenu.",
        "liee" => "Les deux demandes sont liées.",
        "rattachee" => "La demande est rattachée à l’incident : elle en recevra les nouvelles.",
        "detachee" => "La demande est détachée de l’incident.",
        "fusionnee" => "La demande est fusionnée : voici celle qui continue.",
        _ => return None,
    };
    Some(ui::Flash { text: text.to_owned(), good: true })
}

/// The request of that reference, within the person's reach.
pub(super) async fn open(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
) -> Result<Folder, WebError> {
    reading::open(desk, permit, access, reference).await?.ok_or(WebError::NotFound)
}

async fn show(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    reach::by_keys();
    page(&desk, &permit, &access, &reference, Shown { asked, ..Shown::default() }).await
}

pub(super) async fn page(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
    Shown { trouble, filled, asked }: Shown<'_>,
) -> Page {
    let folder = open(desk, permit, access, reference).await?;
    let (mut colleagues, mut teams, mut members) = (Vec::new(), Vec::new(), Vec::new());
    if folder.as_agent && folder.state.is_active() {
        // One statement: the members, what they have in hand, who is away, who is on duty, the other teams.
        let (hands, others) = crate::load::hands(desk, folder.team.id).await?;
        colleagues = hands.iter().map(crate::views::load::colleague).collect();
        members = hands;
        teams = others.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    }
    let beside = composer::beside(desk, access, &folder).await?;
    let released = crate::acts::released(desk, access, (folder.school.id, &folder.school.uai)).await?;
    let neighbour = desk.said_beside(access, &folder).await?;
    let shown = RequestPage {
        released,
        neighbour,
        beside: &beside,
        kept: Kept::of(&asked.voir),
        list: asked.list(),
        filled,
        of_school: is_of_school(access, &folder),
        folder: &folder,
        access,
        colleagues: &colleagues,
        teams: &teams,
        members: &members,
        trouble,
    };
    let title = format!("{} ({})", folder.request.title, folder.request.reference);
    let flash = flash(&asked.fait).filter(|_| trouble.is_none() && filled.is_none());
    let page = ui::Page::wide(title, view::request(&shown))
        .with_script("composer.js")
        .with_errors(trouble.is_some())
        .with_flash(flash);
    Ok(shell(Some(access), if folder.as_agent { "/file" } else { "/demandes" }, page))
}

pub(super) fn is_of_school(access: &Access, folder: &Folder) -> bool {
    folder.request.requester_id == access.person || access.functions_in(folder.school.id).next().is_some()
}

async fn receipt(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
) -> Page {
    let folder = open(&desk, &permit, &access, &reference).await?;
    let title = format!("Récépissé {}", folder.request.reference);
    Ok(shell(Some(&access), "/demandes", ui::Page::new(title, view::receipt(&folder))))
}

/// After an action: the page with what was done, or the same page with what to mend.
pub(super) struct Tried<'a> {
    /// The request acted on.
    pub(super) reference: &'a str,
    /// The name of what was done, for the page that follows.
    pub(super) done: &'static str,
    /// The field to mend if something is missing.
    pub(super) field: &'static str,
    /// What was typed.
    pub(super) typed: Submitted,
    /// What the address says.
    pub(super) asked: Asked,
}

impl Tried<'_> {
    pub(super) async fn settle<T>(
        self,
        desk: &Desk,
        permit: &Permit<ReadRequests>,
        access: &Access,
        outcome: Result<T, WorkError>,
    ) -> Result<Response, WebError> {
        let (status, field, error) = match outcome {
            Ok(_) => {
                return Ok(see_other(&self.asked.back_to(self.reference, self.done)));
            }
            Err(WorkError::NotFound) => return Err(WebError::NotFound),
            Err(WorkError::Db(error)) => return Err(WebError::Unavailable(error)),
            Err(error @ WorkError::Missing(_)) => (StatusCode::UNPROCESSABLE_ENTITY, self.field, error),
            Err(error @ (WorkError::State(_) | WorkError::Changed)) => {
                (StatusCode::CONFLICT, "contenu", error)
            }
        };
        let trouble = Trouble { field, message: sentence(&error.to_string()), typed: self.typed };
        let shown = Shown { trouble: Some(&trouble), asked: self.asked, ..Shown::default() };
        let page = page(desk, permit, access, self.reference, shown).await?;
        Ok((status, page).into_response())
    }
}

/// With a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = ui::typo(text.trim_end_matches('.'));
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).chain(['.']).collect())
}

/// Supervisors read: only the school and the teams take part.
pub(super) fn takes_part(access: &Access, folder: &Folder) -> Result<(), WebError> {
    if folder.as_agent || is_of_school(access, folder) {
        return Ok(());
    }
    Err(WebError::Forbidden("Vos fonctions permettent de lire cette demande, pas d’y répondre : seuls l’établissement et les équipes y prennent part.".into()))
}

async fn reopen(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let why = typed.get("why").unwrap_or_default().to_owned();
    let outcome = conversation::reopen(&desk, &permit, folder.request.id, &why).await;
    Tried { reference: &reference, done: "rouverte", field: "why", typed, asked }
        .settle(&desk, &permit, &access, outcome)
        .await
}

async fn rate(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let folder = open(&desk, &permit, &access, &reference).await?;
    let rating = typed.get("rating").and_then(|rating| rating.parse().ok()).unwrap_or_default();
    let note = typed.filled("note").map(str::to_owned);
    let outcome = conversation::rate(&desk, &permit, folder.request.id, rating, note).await;
    Tried { reference: &reference, done: "avis", field: "satisfaction", typed, asked }
        .settle(&desk, &permit, &access, outcome)
        .await
}

async fn download(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id: AttachmentId = id.parse().map_err(|_| WebError::NotFound)?;
    let file = attachments::find(&desk, &access, id).await?.ok_or(WebError::NotFound)?;
    let content = attachments::content(&desk, &file).await.map_err(|error| match error {
        ContentError::Closed(_) => WebError::Conflict(error.to_string()),
        ContentError::File(error) => WebError::Internal(format!("file {id}: {error:?}")),
    })?;
    let headers = [
        (CONTENT_TYPE, safe_type(&file.media_type).to_owned()),
        (CONTENT_DISPOSITION, disposition(&file.name)),
        (CONTENT_LENGTH, content.size.to_string()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, Body::from_stream(content.pieces)).into_response())
}

/// Types that no browser runs; anything else is only bytes.
fn safe_type(media_type: &str) -> &str {
    let known = [
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "text/plain; charset=utf-8",
        "application/zip",
    ];
    let office = media_type.starts_with("application/vnd.openxmlformats-")
        || media_type.starts_with("application/vnd.oasis.opendocument.");
    if office || known.contains(&media_type) { media_type } else { "application/octet-stream" }
}

/// Always saved, never shown in place; the plain name for old browsers, the exact one for others (RFC 6266).
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_saved_under_its_name_and_never_run() {
        assert_eq!(
            disposition("été \"1\".pdf"),
            "attachment; filename=\"_t_ _1_.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.pdf"
        );
        assert_eq!(safe_type("image/png"), "image/png");
        assert_eq!(safe_type("text/html"), "application/octet-stream");
        assert_eq!(safe_type("image/svg+xml"), "application/octet-stream");
    }

    #[test]
    fn no_two_routes_of_the_desk_clash() {
        let _ = routes().merge(super::super::queue::routes()).merge(super::super::work::routes());
    }

    #[test]
    fn an_error_is_a_sentence() {
        assert_eq!(sentence("écrivez votre message"), "Écrivez votre message.");
    }
}
