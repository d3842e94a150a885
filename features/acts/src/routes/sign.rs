//! `/actes/{id}/signer`: the text in full, then a password or a passkey, then one button; `/refuser` beside.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Proof, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::{act, means, reasoned, sentence, unavailable};
use crate::model::{Act, Authority, SignActs, State as Stage};
use crate::sign::{SignError, Signing};
use crate::views::acknowledge::ACKNOWLEDGED;
use crate::views::sign::{self as view, Trouble};
use crate::{Acts, ground, reading, refuse, sign};

pub(super) fn routes() -> Routes<Acts> {
    Routes::new()
        .get("/actes/{id}/signer", form)
        .post("/actes/{id}/signer", submit)
        .get("/actes/{id}/refuser", refusal_form)
        .post("/actes/{id}/refuser", refuse_it)
}

type Signatory = Allowed<SignActs>;

async fn form(State(acts): State<Acts>, Allowed(_, access): Signatory, Path(id): Path<String>) -> Page {
    let act = act(&acts, &access, &id).await?;
    page(&acts, &access, &act, None, false).await
}

/// Everyone who may sign now, and this person among them or not.
async fn signatories(acts: &Acts, act: &Act) -> Result<(String, Vec<Authority>), WebError> {
    let school = ground::school_of(acts, act.school).await?;
    let db = &acts.site.db;
    let standing = ground::shown(db, &school, act.holder).await?;
    let may = act.awaited().flat_map(|one| standing.all(&one.who)).collect();
    Ok((school.name, may))
}

async fn page(acts: &Acts, access: &Access, act: &Act, trouble: Option<Trouble>, acknowledged: bool) -> Page {
    let (school, may_sign) = signatories(acts, act).await?;
    let own = may_sign.iter().find(|one| one.person == access.person).map(|one| one.words.clone());
    // Signatories of the Region serve in no school.
    let region = act.awaited().any(|one| {
        one.who
            .iter()
            .any(|who| matches!(who, crate::Who::Role(role) if !role.is_school() && access.holds(*role)))
    });
    let own =
        own.or_else(|| region.then(|| access.main_role().map_or("Région", |role| role.label()).to_owned()));
    let faulty = trouble.is_some();
    let asked = view::Asked {
        act,
        school: &school,
        own: own.as_deref(),
        may_sign: &may_sign,
        trouble,
        acknowledged,
        signed: act.is_signed_by(access.person),
        means: means(acts, access, act).await?,
    };
    let page = ui::Page::new(format!("Signer : {}", act.title), view::form(&asked)).with_errors(faulty);
    Ok(shell(Some(access), "/actes", page.with_script("passkeys.js")))
}

async fn submit(
    State(acts): State<Acts>,
    Allowed(permit, access): Signatory,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let shown = act(&acts, &access, &id).await?;
    let acknowledged = form.get(ACKNOWLEDGED.0) == Some(ACKNOWLEDGED.1);
    let text_sha256 = form.get("texte").unwrap_or_default();
    let signing = Signing { act: shown.id, text_sha256, proof: Proof::of(&form), acknowledged };
    let done = sign(&acts, &permit, signing).await;
    let (status, trouble) = match done {
        Ok(signed) => return Ok(see_other(&format!("/actes/{}?fait={}", signed.id, done_word(&signed)))),
        Err(SignError::NotFound) => return Err(WebError::NotFound),
        Err(SignError::Db(error)) => return Err(unavailable(error)),
        Err(SignError::Password) => (StatusCode::UNPROCESSABLE_ENTITY, Trouble::Password),
        Err(SignError::Unacknowledged) => (StatusCode::UNPROCESSABLE_ENTITY, Trouble::Unticked),
        Err(error @ (SignError::Passkey | SignError::PasskeyWanted)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Trouble::Passkey(sentence(&error.to_string())))
        }
        Err(SignError::TextChanged { shown }) => (StatusCode::CONFLICT, Trouble::TextChanged(shown)),
        Err(SignError::Lapsed { .. }) => (StatusCode::FORBIDDEN, Trouble::Lapsed),
        Err(error) => (StatusCode::CONFLICT, Trouble::Said(sentence(&error.to_string()))),
    };
    // Read again: it is what the act is now that is shown.
    let now = act(&acts, &access, &id).await?;
    Ok((status, page(&acts, &access, &now, Some(trouble), acknowledged).await?).into_response())
}

fn done_word(act: &Act) -> &'static str {
    if act.state == Stage::ToSign { "signature" } else { "signe" }
}

/// An act that waits for this person's signature.
async fn awaited(acts: &Acts, access: &Access, id: &str) -> Result<Act, WebError> {
    let found = act(acts, access, id).await?;
    if found.state != Stage::ToSign {
        return Err(WebError::Conflict("Cet acte n’attend plus de signature.".into()));
    }
    if !reading::may_sign(acts, access, std::slice::from_ref(&found)).await?.contains(&found.id) {
        let who: Vec<String> = found.awaited().map(crate::Signature::signatories).collect();
        let why = format!("Cette signature revient à : {}.", who.join(", puis "));
        return Err(WebError::Forbidden(why));
    }
    Ok(found)
}

const REFUSE: view::Reasoned = view::Reasoned {
    title: "Refuser de signer",
    lead: "L’acte prendra fin. Qui l’a préparé lira votre motif.",
    button: "Refuser cet acte",
    key: None,
    path: "refuser",
};

async fn refusal_form(
    State(acts): State<Acts>,
    Allowed(_, access): Signatory,
    Path(id): Path<String>,
) -> Page {
    let act = awaited(&acts, &access, &id).await?;
    reasoned::page(&acts, (&access, &act, &REFUSE), None, "").await
}

async fn refuse_it(
    State(acts): State<Acts>,
    Allowed(permit, access): Signatory,
    Path(id): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let act = awaited(&acts, &access, &id).await?;
    let why = form.get("motif").unwrap_or_default();
    let done = refuse(&acts, &permit, act.id, why).await;
    reasoned::answer(&acts, (&access, &act, &REFUSE), done, why).await
}
