//! `/validations`: what waits for a decision, reading it, granting, signing, refusing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_acts::{ACKNOWLEDGED, Act, State as Stage};
use beffroi_directory::{Allowed, Keys, Proof, shell};
use beffroi_kernel::{Access, ApprovalId, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use crate::approvals::{self, DecideError, Verdict};
use crate::views::approvals as view;
use crate::{DecideApprovals, Desk, reading};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/validations", list)
        .get("/validations/{id}", show)
        .post("/validations/{id}/accorder", grant)
        .post("/validations/{id}/refuser", refuse)
}

type Deciding = Allowed<DecideApprovals>;

async fn list(State(desk): State<Desk>, Allowed(permit, access): Deciding) -> Page {
    let asked = approvals::waiting_for(&desk, &permit, &access).await?;
    let to_sign = crate::acts::beside(&desk, &access, &asked).await?;
    let body = view::list(&asked, &to_sign, desk.site.db.now());
    Ok(shell(Some(&access), "/validations", ui::Page::new("Validations", body)))
}

async fn show(State(desk): State<Desk>, Allowed(permit, access): Deciding, Path(id): Path<String>) -> Page {
    page(&desk, &permit, &access, read_id(&id)?, None, &Typed::default()).await
}

fn read_id(id: &str) -> Result<ApprovalId, WebError> {
    id.parse().map_err(|_| WebError::NotFound)
}

/// What was typed, shown again with what is to mend.
#[derive(Default)]
struct Typed {
    reason: String,
    acknowledged: bool,
}

async fn page(
    desk: &Desk,
    permit: &Permit<DecideApprovals>,
    access: &Access,
    id: ApprovalId,
    error: Option<(&str, &str)>,
    typed: &Typed,
) -> Page {
    let asked = approvals::open(desk, permit, access, id).await.map_err(|error| refusal(&error))?;
    let answers = reading::answers_of(desk, &asked.request).await?;
    let mut people = vec![asked.request.requester_id];
    people.extend(asked.step.decided_by);
    let names = beffroi_directory::names(&desk.site.db, &people).await?;
    let name = |person| names.get(&person).map_or("—", String::as_str);
    let authority = approvals::authority(access, &asked.step);
    let acts = match asked.step.sign {
        true => beffroi_acts::for_request(&desk.acts, asked.request.id).await?,
        false => Vec::new(),
    };
    let decision = view::Decision {
        requester: name(asked.request.requester_id),
        decided_by: asked.step.decided_by.map(name),
        answers: &answers,
        authority: authority.as_deref(),
        asked: &asked,
        acts: &acts,
        means: means(desk, access, asked.step.sign, &acts).await?,
        error,
        reason: &typed.reason,
        acknowledged: typed.acknowledged,
    };
    let page =
        ui::Page::new(asked.step.title.clone(), view::decision(&decision)).with_errors(error.is_some());
    let page = page.with_script("passkeys.js");
    Ok(shell(Some(access), "/validations", page))
}

/// What this person can sign these acts with.
async fn means(desk: &Desk, access: &Access, sign: bool, acts: &[Act]) -> Result<(Keys, bool), WebError> {
    if !sign {
        return Ok((Keys::Missing, false));
    }
    let waiting: Vec<Act> = acts.iter().filter(|act| act.state == Stage::ToSign).cloned().collect();
    let keys = beffroi_directory::keys_of(&desk.site, access.person).await?;
    Ok((keys, beffroi_acts::passkey_only(&desk.acts, &waiting).await?))
}

fn refusal(error: &DecideError) -> WebError {
    match error {
        DecideError::NotFound => WebError::NotFound,
        DecideError::NotYours(who) => WebError::Forbidden(format!("Cette décision revient à : {who}.")),
        DecideError::Db(error) => WebError::Internal(error.to_string()),
        _ => WebError::Conflict(format!("{error}.")),
    }
}

async fn grant(
    State(desk): State<Desk>,
    Allowed(permit, access): Deciding,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let shown = form.all("texte").map(str::to_owned).collect();
    let acknowledged = form.get(ACKNOWLEDGED.0) == Some(ACKNOWLEDGED.1);
    let shown = Some(shown);
    let verdict = match Proof::of(&form) {
        Proof::Passkey(answer) => Verdict::Confirm { answer: answer.to_owned(), shown, acknowledged },
        _ => Verdict::Grant { password: form.get("password").map(str::to_owned), shown, acknowledged },
    };
    decide(&desk, &permit, &access, &id, verdict, Typed { acknowledged, ..Typed::default() }).await
}

async fn refuse(
    State(desk): State<Desk>,
    Allowed(permit, access): Deciding,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let reason = form.get("reason").unwrap_or_default().to_owned();
    let typed = Typed { reason: reason.clone(), ..Typed::default() };
    decide(&desk, &permit, &access, &id, Verdict::Refuse { reason }, typed).await
}

async fn decide(
    desk: &Desk,
    permit: &Permit<DecideApprovals>,
    access: &Access,
    id: &str,
    verdict: Verdict,
    typed: Typed,
) -> Result<Response, WebError> {
    let id = read_id(id)?;
    let error = match approvals::decide(desk, permit, access, id, verdict).await {
        Ok(_) => return Ok(see_other(&format!("/validations/{id}"))),
        Err(DecideError::Db(error)) => return Err(WebError::Unavailable(error)),
        Err(error) => error,
    };
    let (status, field) = match error {
        DecideError::ReasonMissing => (StatusCode::UNPROCESSABLE_ENTITY, "reason"),
        DecideError::Password => (StatusCode::UNPROCESSABLE_ENTITY, "password"),
        DecideError::Unacknowledged => (StatusCode::UNPROCESSABLE_ENTITY, ACKNOWLEDGED.0),
        DecideError::Passkey(_) => (StatusCode::UNPROCESSABLE_ENTITY, "cle"),
        // Somebody else was faster: the page says who and when.
        // So is a text that changed: it is shown again as it is now.
        DecideError::Decided | DecideError::TextChanged => (StatusCode::CONFLICT, "contenu"),
        other => return Err(refusal(&other)),
    };
    let said = error.to_string();
    let said = format!("{}.", said.trim_end_matches('.'));
    let page = page(desk, permit, access, id, Some((field, &said)), &typed).await?;
    Ok((status, page).into_response())
}
