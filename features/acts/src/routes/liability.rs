//! `/etablissements/{uai}/responsabilite` and what follows: read, decide, contest, answer, lift. (T5)

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_catalogue::Catalogue;
use beffroi_directory::{Allowed, Fault, Proof, School, schools, shell};
use beffroi_kernel::{Access, Scope};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;
use serde::Deserialize;

use super::{sentence, unavailable};
use crate::liability::{
    self, Cause, ContestLiability, DecideLiability, Deciding, Draft, LiabilityError, ReadLiability,
};
use crate::model::SignActs;
use crate::sealed::sha256;
use crate::views::Means;
use crate::views::liability as views;
use crate::{ActKind, Acts, passkey_kinds};

pub(super) fn routes() -> Routes<Acts> {
    Routes::new()
        .get("/etablissements/{uai}/responsabilite", read)
        .get("/etablissements/{uai}/responsabilite/nouvelle", draft_form)
        .post("/etablissements/{uai}/responsabilite/nouvelle", decide)
        .get("/etablissements/{uai}/responsabilite/contester", contest_form)
        .post("/etablissements/{uai}/responsabilite/contester", contest)
        .post("/etablissements/{uai}/responsabilite/repondre", answer)
        .get("/etablissements/{uai}/responsabilite/lever", lift_form)
        .post("/etablissements/{uai}/responsabilite/lever", lift)
}

#[derive(Debug, Deserialize)]
struct Asked {
    fait: Option<String>,
}

const DONE: &[(&str, &str)] = &[
    ("decision", "La décision est signée. L’établissement et le service d’exploitation en sont informés."),
    ("contestation", "Votre contestation est transmise à la Région, qui doit y répondre."),
    ("reponse", "La réponse est transmise à l’établissement."),
    ("levee", "Le dégagement est levé. L’établissement en est informé."),
];

async fn school(acts: &Acts, scope: &Scope, uai: &str) -> Result<School, WebError> {
    schools::school_by_uai(&acts.site.db, scope, uai).await?.ok_or(WebError::NotFound)
}

/// The school, while a decision lasts for it.
async fn released(acts: &Acts, scope: &Scope, uai: &str) -> Result<School, WebError> {
    let school = school(acts, scope, uai).await?;
    let lasts = liability::released(acts, school.id).await?.is_some();
    if lasts { Ok(school) } else { Err(WebError::NotFound) }
}

/// What this person can prove who they are with, to decide of a release.
async fn means(acts: &Acts, access: &Access) -> Result<Means, WebError> {
    Ok(Means {
        keys: beffroi_directory::keys_of(&acts.site, access.person).await?,
        key_only: passkey_kinds(acts).await?.contains(&ActKind::LiabilityRelease),
    })
}

/// What is done, or the form again with what is wrong with it.
fn settled(
    done: Result<(), LiabilityError>,
    (school, slug): (&School, &str),
    again: impl FnOnce(&[Fault]) -> Markup,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(back(school, slug)),
        Err(error) => Ok(faulty(again(&faults(error)?))),
    }
}

fn page(access: &Access, title: &str, body: Markup, faults: &[Fault]) -> Markup {
    shell(
        Some(access),
        "/actes",
        ui::Page::new(title, body).with_errors(!faults.is_empty()).with_script("passkeys.js"),
    )
}

fn faulty(page: Markup) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

fn back(school: &School, done: &str) -> Response {
    see_other(&format!("/etablissements/{}/responsabilite?fait={done}", school.uai))
}

/// The faults to show in the form again, or the page that says why not.
fn faults(error: LiabilityError) -> Result<Vec<Fault>, WebError> {
    let words = sentence(&error.to_string());
    match error {
        LiabilityError::Invalid(faults) => Ok(faults),
        LiabilityError::Password => Ok(vec![Fault::new("password", words)]),
        LiabilityError::Passkey(_) => Ok(vec![Fault::new("cle", words)]),
        LiabilityError::TextChanged => Ok(vec![Fault::new("texte", words)]),
        LiabilityError::NotFound => Err(WebError::NotFound),
        LiabilityError::NoAuthority => Err(WebError::Forbidden(words)),
        LiabilityError::Already | LiabilityError::State(_) => Err(WebError::Conflict(words)),
        LiabilityError::Db(error) => Err(unavailable(error)),
    }
}

async fn read(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<ReadLiability>,
    Path(uai): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let school = school(&acts, permit.scope(), &uai).await?;
    show(&acts, &access, &school, permit.scope(), asked.fait.as_deref(), ("", &[])).await
}

async fn show(
    acts: &Acts,
    access: &Access,
    school: &School,
    scope: &Scope,
    done: Option<&str>,
    (typed, faults): (&str, &[Fault]),
) -> Page {
    let history = liability::history(acts, scope, school.id).await?;
    let mut people = Vec::new();
    for (release, contests) in &history {
        people.push(release.decided_by);
        people.extend(release.lifted_by);
        people.extend(contests.iter().flat_map(|one| [Some(one.contested_by), one.answered_by]).flatten());
    }
    let shown = views::Shown {
        school,
        history: &history,
        names: &beffroi_directory::names(&acts.site.db, &people).await?,
        may_decide: access.permit::<DecideLiability>().is_some(),
        may_contest: access
            .permit::<ContestLiability>()
            .is_some_and(|permit| permit.scope().schools().contains(&school.id)),
        typed,
        faults,
    };
    let flash = DONE.iter().find(|(slug, _)| Some(*slug) == done);
    let flash = flash.map(|(_, text)| ui::Flash { text: (*text).to_owned(), good: true });
    let frame = ui::Page::new("Responsabilité de la Région", views::page(&shown));
    Ok(shell(Some(access), "/actes", frame.with_errors(!faults.is_empty()).with_flash(flash)))
}

fn draft(form: &Submitted) -> Draft {
    let text = |name: &str| form.get(name).unwrap_or_default().replace("\r\n", "\n");
    Draft {
        cause: form.get("ground").and_then(Cause::of),
        reason: text("reason"),
        evidence: text("evidence"),
    }
}

async fn draft_form(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<DecideLiability>,
    Path(uai): Path<String>,
) -> Page {
    let school = school(&acts, permit.scope(), &uai).await?;
    if liability::released(&acts, school.id).await?.is_some() {
        return Err(WebError::Conflict(sentence(&LiabilityError::Already.to_string())));
    }
    Ok(page(
        &access,
        "Dégager la responsabilité de la Région",
        views::draft(&school, &Draft::default(), &[]),
        &[],
    ))
}

/// Three steps on one address: typed, read in full with what the school loses, signed.
async fn decide(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<DecideLiability>,
    Path(uai): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    const TITLE: &str = "Dégager la responsabilité de la Région";
    let school = school(&acts, permit.scope(), &uai).await?;
    let draft = draft(&form);
    let missing = draft.faults();
    // A key signs without pressing the button that says so.
    let signing = form.filled("passkey").map(|_| "signer");
    let step = form.get("etape").or(signing).unwrap_or_default();
    let cause = match draft.cause {
        Some(cause) if missing.is_empty() && step != "modifier" => cause,
        _ => {
            let missing = if step == "modifier" { Vec::new() } else { missing };
            let again = page(&access, TITLE, views::draft(&school, &draft, &missing), &missing);
            return Ok(if missing.is_empty() { again.into_response() } else { faulty(again) });
        }
    };
    let mut found = Vec::new();
    if step == "signer" {
        let signing = access.permit::<SignActs>().ok_or(WebError::NotFound)?;
        let deciding = Deciding {
            school: school.id,
            draft: &draft,
            text_sha256: form.get("texte").unwrap_or_default(),
            proof: Proof::of(&form),
        };
        match liability::decide(&acts, (&permit, &signing), deciding).await {
            Ok(_) => {
                return Ok((axum::Extension(beffroi_directory::Announced), back(&school, "decision"))
                    .into_response());
            }
            Err(error) => found = faults(error)?,
        }
    }
    let text = liability::text(cause, &draft, &school.name, &school.uai);
    let services = services(&acts).await?;
    let preview = views::Preview {
        school: &school,
        draft: &draft,
        cause,
        text: &text,
        text_sha256: &sha256(&text),
        services: &services,
        means: means(&acts, &access).await?,
        faults: &found,
    };
    let shown = page(&access, TITLE, views::preview(&preview), &found);
    Ok(if found.is_empty() { shown.into_response() } else { faulty(shown) })
}

/// The services of the catalogue, which the Region provides: what is at stake.
async fn services(acts: &Acts) -> Result<Vec<(String, String)>, WebError> {
    let current = Catalogue::new(acts.site.clone()).current().await?;
    let service = |one: &std::sync::Arc<beffroi_catalogue::Published>| {
        (one.sheet.kind == beffroi_sheets::SheetKind::Service)
            .then(|| (one.sheet.slug.clone(), one.sheet.title.clone()))
    };
    Ok(current.iter().filter_map(service).collect())
}

async fn contest_form(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<ContestLiability>,
    Path(uai): Path<String>,
) -> Page {
    let school = released(&acts, permit.scope(), &uai).await?;
    Ok(page(&access, "Contester la décision", views::contest(&school, "", &[]), &[]))
}

async fn contest(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<ContestLiability>,
    Path(uai): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school(&acts, permit.scope(), &uai).await?;
    let text = form.get("text").unwrap_or_default();
    let done = liability::contest(&acts, &permit, school.id, text).await;
    settled(done, (&school, "contestation"), |faults| {
        page(&access, "Contester la décision", views::contest(&school, text, faults), faults)
    })
}

async fn answer(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<DecideLiability>,
    Path(uai): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school(&acts, permit.scope(), &uai).await?;
    let text = form.get("answer").unwrap_or_default();
    match liability::answer(&acts, &permit, school.id, text).await {
        Ok(()) => Ok(back(&school, "reponse")),
        Err(error) => {
            let faults = faults(error)?;
            Ok(faulty(show(&acts, &access, &school, permit.scope(), None, (text, &faults)).await?))
        }
    }
}

async fn lift_form(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<DecideLiability>,
    Path(uai): Path<String>,
) -> Page {
    let school = released(&acts, permit.scope(), &uai).await?;
    Ok(page(&access, "Lever le dégagement", views::lift(&school, means(&acts, &access).await?, "", &[]), &[]))
}

async fn lift(
    State(acts): State<Acts>,
    Allowed(permit, access): Allowed<DecideLiability>,
    Path(uai): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let school = school(&acts, permit.scope(), &uai).await?;
    let reason = form.get("reason").unwrap_or_default();
    let done = liability::lift(&acts, &permit, school.id, (reason, Proof::of(&form))).await;
    let means = means(&acts, &access).await?;
    let answer = settled(done, (&school, "levee"), |faults| {
        page(&access, "Lever le dégagement", views::lift(&school, means, reason, faults), faults)
    })?;
    // Its banner goes at once.
    Ok((axum::Extension(beffroi_directory::Announced), answer).into_response())
}
