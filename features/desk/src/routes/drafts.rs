//! From the page before starting to the confirmation.

use axum::extract::{FromRequest, Multipart, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, SignedIn, shell};
use beffroi_kernel::{Access, DraftId, Permit, SchoolId};
use beffroi_sheets::FieldKind;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::html;
use serde::Deserialize;

use super::answered;
use super::home::{draft_error, schools_of};
use crate::drafts::{self, Draft, DraftError, asking_role};
use crate::submit::{self, SubmitError};
use crate::views::draft as view;
use crate::views::question::Typed;
use crate::views::record::{banner, home};
use crate::{Desk, FillDrafts, ReadRequests, SubmitRequest, delays, named, quarantine, reading};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/demander/{slug}/{kind}", before)
        .post("/demander/{slug}/{kind}", start)
        .get("/brouillons/{id}", resume)
        .get("/brouillons/{id}/questions/{field}", question)
        .post("/brouillons/{id}/questions/{field}", answer)
        .post("/brouillons/{id}/questions/{field}/retirer", remove_file)
        .get("/brouillons/{id}/hors-service", refused)
        .post("/brouillons/{id}/sans-engagement", goodwill)
        .get("/brouillons/{id}/verifier", check)
        .post("/brouillons/{id}/envoyer", send)
        .post("/brouillons/{id}/supprimer", delete)
        .get("/demandes/{reference}/confirmation", confirmation)
}

type Asking = Allowed<FillDrafts>;

async fn before(
    State(desk): State<Desk>,
    SignedIn(access): SignedIn,
    Path((slug, kind)): Path<(String, String)>,
) -> Page {
    let published = desk.catalogue.sheet(&slug).await?.ok_or(WebError::NotFound)?;
    let kind = published.sheet.requests.iter().find(|one| one.id == kind).ok_or(WebError::NotFound)?;
    let mut schools = schools_of(&desk, &access).await?;
    schools.retain(|(school, _)| asking_role(&access, *school, kind).is_some());
    let measured = delays::measured(&desk, &slug, &kind.id, None).await?;
    let (sheet, allowed) = (&published.sheet, !schools.is_empty());
    let key = crate::acts::key_asked(&desk, &access, kind, &schools).await?;
    let page = view::Before { sheet, kind, schools: &schools, allowed, measured, key };
    let answers = answered::before_starting(&desk, &access, (&slug, &kind.id)).await?;
    let body = html! { (view::before(&page)) (answers) };
    Ok(shell(Some(&access), "/demander", ui::Page::new(kind.title.clone(), body)))
}

async fn start(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<SubmitRequest>,
    Path((slug, kind)): Path<(String, String)>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school: SchoolId = form.get("school").and_then(|id| id.parse().ok()).ok_or(WebError::NotFound)?;
    let id = drafts::start(&desk, &permit, &access, school, &slug, &kind).await.map_err(draft_error)?;
    Ok(see_other(&format!("/brouillons/{id}")))
}

pub(super) async fn open(
    desk: &Desk,
    permit: &Permit<FillDrafts>,
    access: &Access,
    id: &str,
) -> Result<Draft, WebError> {
    let id: DraftId = id.parse().map_err(|_| WebError::NotFound)?;
    drafts::open_own(desk, permit, access, id).await.map_err(draft_error)
}

/// Where the draft goes on: out of the service, the next question, or the check.
fn next_path(draft: &Draft) -> String {
    if draft.answered.is_some() {
        return format!("/brouillons/{}/repondu", draft.id);
    }
    if draft.refusal().is_some() {
        return format!("/brouillons/{}/hors-service", draft.id);
    }
    match draft.kind().next_unanswered(&draft.answers, &draft.facts) {
        Some(field) => format!("/brouillons/{}/questions/{}", draft.id, field.id),
        None => format!("/brouillons/{}/verifier", draft.id),
    }
}

async fn resume(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    Ok(see_other(&next_path(&draft)))
}

#[derive(Deserialize)]
struct Checking {
    verifier: Option<String>,
}

async fn question(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path((id, field)): Path<(String, String)>,
    Query(checking): Query<Checking>,
) -> Page {
    let draft = open(&desk, &permit, &access, &id).await?;
    ask(&desk, &access, &draft, &field, &Shown { check: checking.verifier.is_some(), ..Shown::default() })
        .await
}

/// How a question is shown: what was just typed, why it was refused, whether it is changed from the check.
#[derive(Default)]
struct Shown<'a> {
    raw: &'a [(String, String)],
    error: Option<&'a str>,
    check: bool,
}

async fn ask(desk: &Desk, access: &Access, draft: &Draft, field: &str, shown: &Shown<'_>) -> Page {
    let &Shown { raw, error, check } = shown;
    let field = draft.kind().field(field).ok_or(WebError::NotFound)?;
    let people = named::choosable(desk, draft.school, field).await?;
    let typed = Typed { answer: draft.answers.get(&field.id), raw, error, people: &people };
    let asked = draft.kind().asked(&draft.answers, &draft.facts);
    let position = asked.iter().position(|one| one.id == field.id).unwrap_or(0);
    let back = match position.checked_sub(1).and_then(|previous| asked.get(previous)) {
        _ if check => format!("/brouillons/{}/verifier", draft.id),
        Some(previous) => format!("/brouillons/{}/questions/{}", draft.id, previous.id),
        None if draft.is_typed_in() => home(draft).to_owned(),
        None => format!("/demander/{}/{}", draft.published.sheet.slug, draft.kind().id),
    };
    let answers = answered::beside(desk, access, draft).await?;
    let closed = quarantine::closed_of_draft(desk, draft, field).await?;
    let body = html! { (banner(draft)) (view::ask(draft, (field, &closed), &typed, &back, check)) (answers) };
    let page = ui::Page::new(field.label.clone(), body).with_errors(error.is_some());
    Ok(shell(Some(access), "/demander", page))
}

async fn answer(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path((id, field)): Path<(String, String)>,
    request: Request,
) -> Result<Response, WebError> {
    let mut draft = open(&desk, &permit, &access, &id).await?;
    let is_file = draft.kind().field(&field).ok_or(WebError::NotFound)?.kind == FieldKind::File;
    let multipart =
        request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    let outcome = if is_file && multipart {
        let form = Multipart::from_request(request, &())
            .await
            .map_err(|error| WebError::Invalid(error.body_text()))?;
        take_files(&desk, &access, &mut draft, &field, form).await?
    } else {
        let form = Submitted::from_request(request, &()).await?;
        let more = form.get("__more").is_some();
        let saved = drafts::answer(&desk, &mut draft, &field, form.fields()).await;
        if more {
            let shown = Shown { raw: form.fields(), ..Shown::default() };
            return Ok(ask(&desk, &access, &draft, &field, &shown).await?.into_response());
        }
        saved.map(|()| form.get("__check").is_some()).map_err(|error| (error, form.0))
    };
    match outcome {
        Ok(true)
            if draft.refusal().is_none()
                && draft.kind().next_unanswered(&draft.answers, &draft.facts).is_none() =>
        {
            Ok(see_other(&format!("/brouillons/{}/verifier", draft.id)))
        }
        Ok(_) => Ok(see_other(&after(&draft, &field))),
        Err((DraftError::Db(error), _)) => Err(WebError::Unavailable(error)),
        Err((error, raw)) => {
            let error = error.to_string();
            let shown = Shown { raw: &raw, error: Some(&error), check: false };
            let page = ask(&desk, &access, &draft, &field, &shown).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// After an answer: the refusal if there is one, else the question that follows, optional ones included.
fn after(draft: &Draft, field: &str) -> String {
    if draft.refusal().is_some() {
        return format!("/brouillons/{}/hors-service", draft.id);
    }
    let asked = draft.kind().asked(&draft.answers, &draft.facts);
    let mut following = asked.iter().skip_while(|one| one.id != field).skip(1);
    match following.find(|one| !draft.answers.contains_key(&one.id)) {
        Some(next) => format!("/brouillons/{}/questions/{}", draft.id, next.id),
        None => next_path(draft),
    }
}

type Taken = Result<bool, (DraftError, Vec<(String, String)>)>;

async fn take_files(
    desk: &Desk,
    access: &Access,
    draft: &mut Draft,
    field: &str,
    mut form: Multipart,
) -> Result<Taken, WebError> {
    let mut check = false;
    let mut taken = 0;
    while let Some(part) = form.next_field().await.map_err(|error| WebError::TooLarge(error.body_text()))? {
        let Some(name) = part.file_name().map(str::to_owned) else {
            check |= part.name() == Some("__check");
            continue;
        };
        let bytes = part.bytes().await.map_err(|error| WebError::TooLarge(error.body_text()))?.to_vec();
        if name.is_empty() && bytes.is_empty() {
            continue;
        }
        if let Err(error) = drafts::add_file(desk, access, draft, field, &name, bytes).await {
            return Ok(Err((error, Vec::new())));
        }
        taken += 1;
    }
    if taken == 0 && !draft.answers.contains_key(field) {
        // No file: an optional question is passed, a required one says so.
        return Ok(drafts::answer(desk, draft, field, &[])
            .await
            .map(|()| check)
            .map_err(|error| (error, Vec::new())));
    }
    Ok(Ok(check))
}

async fn remove_file(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path((id, field)): Path<(String, String)>,
    form: Submitted,
) -> Result<Response, WebError> {
    let mut draft = open(&desk, &permit, &access, &id).await?;
    let file = form.get("file").and_then(|id| id.parse().ok()).ok_or(WebError::NotFound)?;
    drafts::remove_file(&desk, &mut draft, &field, file).await.map_err(draft_error)?;
    Ok(see_other(&format!("/brouillons/{id}/questions/{field}")))
}

async fn refused(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    let Some(refusal) = draft.refusal() else {
        return Ok(see_other(&next_path(&draft)));
    };
    let exclusion = draft
        .published
        .sheet
        .excludes
        .iter()
        .find(|one| one.id == refusal.excludes)
        .ok_or(WebError::NotFound)?;
    let page = ui::Page::new("Hors du service", view::refused(&draft, refusal, exclusion));
    Ok(shell(Some(&access), "/demander", page).into_response())
}

async fn goodwill(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    drafts::accept_goodwill(&desk, &draft).await.map_err(|error| match error {
        DraftError::NotFound => WebError::Forbidden(
            "La règle de la fiche ne souffre pas d’exception : voyez ce qu’elle propose à la place.".into(),
        ),
        other => draft_error(other),
    })?;
    Ok(see_other(&format!("/brouillons/{id}")))
}

async fn check(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    if draft.refusal().is_some() || draft.kind().next_unanswered(&draft.answers, &draft.facts).is_some() {
        return Ok(see_other(&next_path(&draft)));
    }
    Ok(check_page(&desk, &access, &draft, &[]).await?.into_response())
}

async fn check_page(desk: &Desk, access: &Access, draft: &Draft, errors: &[(String, String)]) -> Page {
    let scope = beffroi_kernel::Scope::system("the school of the person's own draft");
    let school =
        beffroi_directory::school(&desk.site.db, &scope, draft.school).await?.ok_or(WebError::NotFound)?;
    let examples_on =
        beffroi_directory::setting(&desk.site.db, draft.school, "sg-validation").await?.as_deref()
            != Some("off");
    let released = crate::acts::released(desk, access, (school.id, &school.uai)).await?;
    let body = html! { (banner(draft)) (released) (view::check(draft, &school, errors, examples_on)) };
    Ok(shell(
        Some(access),
        "/demander",
        ui::Page::new("Vérifiez vos réponses", body).with_errors(!errors.is_empty()),
    ))
}

async fn send(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id: DraftId = id.parse().map_err(|_| WebError::NotFound)?;
    match submit::submit_own(&desk, &permit, &access, id).await {
        Ok((reference, true)) => Ok(see_other(&format!("/saisir/confirmation/{reference}"))),
        Ok((reference, false)) => Ok(see_other(&format!("/demandes/{reference}/confirmation"))),
        Err(SubmitError::OutOfScope) => Ok(see_other(&format!("/brouillons/{id}/hors-service"))),
        Err(SubmitError::Draft(error)) => Err(draft_error(error)),
        Err(SubmitError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(SubmitError::Act(why)) => {
            let draft = drafts::open_own(&desk, &permit, &access, id).await.map_err(draft_error)?;
            let errors = [("contenu".to_owned(), why)];
            Ok((StatusCode::UNPROCESSABLE_ENTITY, check_page(&desk, &access, &draft, &errors).await?)
                .into_response())
        }
        Err(SubmitError::Answers(errors)) => {
            let draft = drafts::open_own(&desk, &permit, &access, id).await.map_err(draft_error)?;
            let errors: Vec<(String, String)> =
                errors.into_iter().map(|error| (error.field, error.message)).collect();
            Ok((StatusCode::UNPROCESSABLE_ENTITY, check_page(&desk, &access, &draft, &errors).await?)
                .into_response())
        }
    }
}

async fn delete(
    State(desk): State<Desk>,
    Allowed(permit, access): Asking,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let draft = open(&desk, &permit, &access, &id).await?;
    if draft.sent {
        return Err(WebError::Conflict(
            "Cette demande est déjà envoyée : elle ne peut plus être supprimée.".into(),
        ));
    }
    drafts::delete(&desk, &draft).await.map_err(draft_error)?;
    Ok(see_other(home(&draft)))
}

async fn confirmation(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ReadRequests>,
    Path(reference): Path<String>,
) -> Page {
    let folder = reading::open(&desk, &permit, &access, &reference).await?.ok_or(WebError::NotFound)?;
    Ok(shell(Some(&access), "/demandes", ui::Page::new("Demande enregistrée", view::confirmation(&folder))))
}
