//! `/compte/jetons`: one's own tokens; `/region/jetons`: every one, to revoke.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, schools, shell, teams};
use beffroi_kernel::{Access, Function, Role};
use beffroi_ui::{Flash, Page as Shown};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::model::{HoldTokens, ManageTokens, Token, TokenId};
use crate::store::tokens as store;
use crate::tokens::{self, NewToken, TokenError, function_key};
use crate::{Api, views};

/// Tokens on one page of the Region's list.
const PAGE: usize = 50;

pub(super) fn routes() -> Routes<Api> {
    Routes::new()
        .get("/compte/jetons", own)
        .post("/compte/jetons", make)
        .post("/compte/jetons/{id}/revoquer", revoke_own)
        .get("/region/jetons", all)
        .post("/region/jetons/{id}/revoquer", revoke)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    fait: String,
    /// The last of the page before: microseconds and identifier.
    apres: String,
}

impl Asked {
    fn flash(&self) -> Option<Flash> {
        let text = "Le jeton est révoqué\u{a0}: il est refusé dès maintenant.".to_owned();
        (self.fait == "revoque").then_some(Flash { text, good: true })
    }

    fn after(&self) -> Option<(DateTime<Utc>, TokenId)> {
        let (at, id) = self.apres.split_once('.')?;
        Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
    }
}

/// One's functions as the form offers them: key and words.
async fn offered(api: &Api, access: &Access) -> Result<Vec<(String, String)>, WebError> {
    let mut offered: Vec<(String, String)> = Vec::new();
    for function in &access.functions {
        let key = function_key(function);
        if offered.iter().all(|(known, _)| *known != key) {
            offered.push((key, words(api, function).await?));
        }
    }
    Ok(offered)
}

/// A function and its place. A person holds a few.
async fn words(api: &Api, function: &Function) -> Result<String, WebError> {
    let db = &api.desk.site.db;
    let place = match (function.school, function.team) {
        (Some(school), _) => {
            let scope = beffroi_kernel::Scope::system("the name of the person's own school");
            schools::school(db, &scope, school).await?.map(|school| school.name)
        }
        (None, Some(team)) => teams::team(db, team).await?.map(|team| team.name),
        (None, None) => None,
    };
    let role = function.role.label();
    Ok(place.map_or_else(|| role.to_owned(), |place| format!("{role}, {place}")))
}

async fn shown(
    api: &Api,
    (permit, access): (&beffroi_kernel::Permit<HoldTokens>, &Access),
    typed: &NewToken,
    (fault, flash): (Option<(&str, &str)>, Option<Flash>),
) -> Page {
    let page = views::tokens::Own {
        tokens: &tokens::own(&api.desk.site.db, permit).await?,
        offered: &offered(api, access).await?,
        typed,
        fault,
        now: api.desk.site.db.now(),
    };
    let page = Shown::wide("Jetons", views::tokens::own(&page)).with_errors(fault.is_some());
    Ok(shell(Some(access), "/compte", page.with_flash(flash)))
}

async fn own(
    State(api): State<Api>,
    Allowed(permit, access): Allowed<HoldTokens>,
    Query(asked): Query<Asked>,
) -> Page {
    let typed = NewToken { days: 90, ..NewToken::default() };
    shown(&api, (&permit, &access), &typed, (None, asked.flash())).await
}

async fn make(
    State(api): State<Api>,
    Allowed(permit, access): Allowed<HoldTokens>,
    form: Submitted,
) -> Result<Response, WebError> {
    let typed = NewToken {
        name: form.get("nom").unwrap_or_default().to_owned(),
        functions: form.all("fonctions").map(str::to_owned).collect(),
        writes: form.get("droits") == Some("ecrire"),
        days: form.get("duree").and_then(|days| days.parse().ok()).unwrap_or(0),
    };
    match tokens::make(&api.desk.site.db, &permit, &access, typed.clone()).await {
        Ok((token, secret)) => {
            let body = views::tokens::made(&token, &secret, &api.desk.site.base_url);
            Ok(shell(Some(&access), "/compte", Shown::new("Votre jeton", body)).into_response())
        }
        Err(TokenError::Field(field, why)) => {
            let page = shown(&api, (&permit, &access), &typed, (Some((field, &why)), None)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(TokenError::Db(error)) => Err(error.into()),
    }
}

fn id(text: &str) -> Result<TokenId, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

async fn revoke_own(
    State(api): State<Api>,
    Allowed(permit, _): Allowed<HoldTokens>,
    Path(token): Path<String>,
) -> Result<Response, WebError> {
    match tokens::revoke_own(&api.desk.site.db, &permit, id(&token)?).await? {
        true => Ok(see_other("/compte/jetons?fait=revoque")),
        false => Err(WebError::NotFound),
    }
}

async fn all(
    State(api): State<Api>,
    Allowed(_, access): Allowed<ManageTokens>,
    Query(asked): Query<Asked>,
) -> Page {
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut tokens: Vec<Token> = store::page(api.desk.site.db.read(), asked.after(), limit).await?;
    let more = tokens.len() > PAGE;
    tokens.truncate(PAGE);
    let next = tokens
        .last()
        .filter(|_| more)
        .map(|last| format!("/region/jetons?apres={}.{}", last.created_at.timestamp_micros(), last.id));
    let first = asked.after().map(|_| "/region/jetons");
    let body = views::tokens::all(&tokens, (first, next.as_deref()), api.desk.site.db.now());
    Ok(shell(Some(&access), "/region", Shown::wide("Jetons de l’API", body).with_flash(asked.flash())))
}

async fn revoke(
    State(api): State<Api>,
    Allowed(permit, _): Allowed<ManageTokens>,
    Path(token): Path<String>,
) -> Result<Response, WebError> {
    match tokens::revoke(&api.desk.site.db, &permit, id(&token)?).await? {
        true => Ok(see_other("/region/jetons?fait=revoque")),
        false => Err(WebError::NotFound),
    }
}

/// The French name of the role in a function's key.
pub(crate) fn role_of(key: &str) -> &str {
    let slug = key.split(':').next().unwrap_or_default();
    match slug.parse::<Role>() {
        Ok(role) => role.label(),
        Err(_) => slug,
    }
}
