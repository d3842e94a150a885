//! `/demandes/{reference}`: reading a request, answering, giving files, reopening, saying whether
//! it helped; `/fichiers/{id}`: reading a file back.

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, SignedIn, shell};
use beffroi_kernel::{Access, AttachmentId, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::attachments::{self, AttachError, MAX_FILES};
use crate::conversation::{self, works_on};
use crate::files::MAX_BYTES;
use crate::model::MessageKind;
use crate::reading::{self, Folder};
use crate::views::lists::percent;
use crate::views::request::{self as view, RequestPage, Trouble};
use crate::work::WorkError;
use crate::{Desk, ReadInternalNotes, ReadRequests};

/// Every file at its largest, and the form around them.
const UPLOAD: usize = MAX_FILES * MAX_BYTES + 64 * 1024;

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/demandes/{reference}", show)
        .get("/demandes/{reference}/recepisse", receipt)
        .post("/demandes/{reference}/messages", reply)
        .post("/demandes/{reference}/notes", note)
        .post("/demandes/{reference}/fichiers", attach.layer(DefaultBodyLimit::max(UPLOAD)))
        .post("/demandes/{reference}/rouvrir", reopen)
        .post("/demandes/{reference}/satisfaction", rate)
        .get("/fichiers/{id}", download)
}

pub(super) type Reading = Allowed<ReadRequests>;

#[derive(Debug, Deserialize)]
struct Done {
    fait: Option<String>,
}

/// What was just done, in words; an unknown name says nothing.
fn flash(done: Option<&str>) -> Option<ui::Flash> {
    let text = match done? {
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
    Query(done): Query<Done>,
) -> Page {
    page(&desk, &permit, &access, &reference, None, flash(done.fait.as_deref())).await
}

async fn page(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
    trouble: Option<&Trouble>,
    flash: Option<ui::Flash>,
) -> Page {
    let folder = open(desk, permit, access, reference).await?;
    let (mut colleagues, mut teams, mut members) = (Vec::new(), Vec::new(), Vec::new());
    if folder.as_agent && folder.state.is_active() {
        // One statement: the members, what they have in hand, who is away, who is on duty.
        members = crate::load::members(desk, folder.team.id).await?;
        colleagues = members.iter().map(crate::views::load::colleague).collect();
        let every = beffroi_directory::teams::teams(&desk.site.db).await?;
        teams = every
            .into_iter()
            .filter(|team| team.id != folder.team.id)
            .map(|team| (team.id.to_string(), team.name))
            .collect();
    }
    let shown = RequestPage {
        of_school: is_of_school(access, &folder),
        folder: &folder,
        access,
        colleagues: &colleagues,
        teams: &teams,
        members: &members,
        trouble,
    };
    let title = format!("{} ({})", folder.request.title, folder.request.reference);
    let page = ui::Page::wide(title, view::request(&shown)).with_errors(trouble.is_some()).with_flash(flash);
    Ok(shell(Some(access), if folder.as_agent { "/file" } else { "/demandes" }, page))
}

fn is_of_school(access: &Access, folder: &Folder) -> bool {
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
                return Ok(see_other(&format!("/demandes/{}?fait={}", self.reference, self.done)));
            }
            Err(WorkError::NotFound) => return Err(WebError::NotFound),
            Err(WorkError::Db(error)) => return Err(WebError::Unavailable(error)),
            Err(error @ WorkError::Missing(_)) => (StatusCode::UNPROCESSABLE_ENTITY, self.field, error),
            Err(error @ (WorkError::State(_) | WorkError::Changed)) => {
                (StatusCode::CONFLICT, "contenu", error)
            }
        };
        let trouble = Trouble { field, message: sentence(&error.to_string()), typed: self.typed };
        let page = page(desk, permit, access, self.reference, Some(&trouble), None).await?;
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

async fn reply(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    if typed.get("kind") == Some(MessageKind::Internal.slug()) {
        return write_note(&desk, &permit, &access, &reference, typed).await;
    }
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let text = typed.get("message").unwrap_or_default().to_owned();
    let outcome = conversation::reply(&desk, &permit, &access, folder.request.id, &text).await;
    Tried { reference: &reference, done: "message", field: "message", typed }
        .settle(&desk, &permit, &access, outcome)
        .await
}

async fn note(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    write_note(&desk, &permit, &access, &reference, typed).await
}

/// A note is for those who work on the request, never for its school, even when one person is both.
async fn write_note(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
    typed: Submitted,
) -> Result<Response, WebError> {
    let folder = open(desk, permit, access, reference).await?;
    let Some(notes) = access.permit::<ReadInternalNotes>().filter(|_| works_on(access, &folder.request))
    else {
        return Err(WebError::Forbidden(
            "Les notes internes sont réservées aux agents qui traitent la demande.".into(),
        ));
    };
    let text = typed.get("message").unwrap_or_default().to_owned();
    let outcome = conversation::note(desk, &notes, folder.request.id, &text).await;
    Tried { reference, done: "note", field: "message", typed }.settle(desk, permit, access, outcome).await
}

async fn reopen(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let why = typed.get("why").unwrap_or_default().to_owned();
    let outcome = conversation::reopen(&desk, &permit, folder.request.id, &why).await;
    Tried { reference: &reference, done: "rouverte", field: "why", typed }
        .settle(&desk, &permit, &access, outcome)
        .await
}

async fn rate(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Result<Response, WebError> {
    let folder = open(&desk, &permit, &access, &reference).await?;
    let rating = typed.get("rating").and_then(|rating| rating.parse().ok()).unwrap_or_default();
    let note = typed.filled("note").map(str::to_owned);
    let outcome = conversation::rate(&desk, &permit, folder.request.id, rating, note).await;
    Tried { reference: &reference, done: "avis", field: "satisfaction", typed }
        .settle(&desk, &permit, &access, outcome)
        .await
}

async fn attach(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    form: Multipart,
) -> Result<Response, WebError> {
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let files = files_of(form).await.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge("Les fichiers dépassent ensemble la taille permise : joignez-les un par un, 20 Mo au plus chacun.".into()),
        _ => WebError::Invalid("L’envoi du fichier a été interrompu : recommencez.".into()),
    })?;
    let error = match attachments::add(&desk, &permit, &access, folder.request.id, files).await {
        Ok(()) => return Ok(see_other(&format!("/demandes/{reference}?fait=fichier"))),
        Err(AttachError::NotFound) => return Err(WebError::NotFound),
        Err(AttachError::Db(error) | AttachError::Work(WorkError::Db(error))) => {
            return Err(WebError::Unavailable(error));
        }
        Err(error) => error,
    };
    let (status, field) = match error {
        AttachError::State(_) => (StatusCode::CONFLICT, "contenu"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "files"),
    };
    let trouble = Trouble { field, message: sentence(&error.to_string()), typed: Submitted::default() };
    let page = page(&desk, &permit, &access, &reference, Some(&trouble), None).await?;
    Ok((status, page).into_response())
}

/// The files of a form; a box left empty is no file.
async fn files_of(mut form: Multipart) -> Result<Vec<(String, Vec<u8>)>, MultipartError> {
    let mut files = Vec::new();
    while let Some(part) = form.next_field().await? {
        let Some(name) = part.file_name().map(str::to_owned) else {
            continue;
        };
        let bytes = part.bytes().await?.to_vec();
        if !(name.is_empty() && bytes.is_empty()) {
            files.push((name, bytes));
        }
        // One too many is enough to refuse them all.
        if files.len() > MAX_FILES {
            break;
        }
    }
    Ok(files)
}

async fn download(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id: AttachmentId = id.parse().map_err(|_| WebError::NotFound)?;
    let file = attachments::find(&desk, &access, id).await?.ok_or(WebError::NotFound)?;
    let bytes = desk
        .files
        .read(&file.sha256)
        .await
        .map_err(|error| WebError::Internal(format!("file {id}: {error}")))?;
    let headers = [
        (CONTENT_TYPE, safe_type(&file.media_type).to_owned()),
        (CONTENT_DISPOSITION, disposition(&file.name)),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, bytes).into_response())
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
