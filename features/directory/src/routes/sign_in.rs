//! Signing in and out, and choosing a new password from a mail.

use axum::extract::{Path, Query, State};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::{Asked, faults_of_people, faulty};
use crate::extract::{Anyone, NEW_PASSWORD_PATH, Visitor, cookie_name};
use crate::model::{Fault, home_path};
use crate::rules::{SESSION_LIFE, local_path};
use crate::sign_in::{Opened, SignInError};
use crate::views::sign_in as views;
use crate::{Site, access_of, reset, sign_in};

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/connexion", form)
        .post("/connexion", enter)
        .post("/deconnexion", leave)
        .get("/mot-de-passe-oublie", forgotten)
        .post("/mot-de-passe-oublie", ask_link)
        .get("/nouveau-mot-de-passe/{token}", link)
        .post("/nouveau-mot-de-passe/{token}", choose)
}

async fn form(Anyone(current): Anyone, Query(asked): Query<Asked>) -> Response {
    let next = asked.suite.as_deref().and_then(local_path);
    match current {
        Some(current) if current.must_change_password => see_other(NEW_PASSWORD_PATH),
        Some(current) => see_other(next.filter(|path| *path != "/").unwrap_or(home_path(&current.access))),
        // The proxy says who it is: they come in at once, unless they have just left.
        None if crate::sso::is_known_by_proxy() && asked.fait.is_none() => {
            let next: String = url::form_urlencoded::byte_serialize(next.unwrap_or("").as_bytes()).collect();
            see_other(&format!("/connexion/intranet?suite={next}"))
        }
        None => views::form(&views::Entry {
            next: next.unwrap_or(""),
            done: asked.fait.as_deref(),
            academy: asked.academie.as_deref(),
            leaving: asked.fermer.as_deref(),
            ..Default::default()
        })
        .into_response(),
    }
}

async fn enter(State(site): State<Site>, headers: HeaderMap, form: Submitted) -> Result<Response, WebError> {
    let next = form.get("suite").and_then(local_path).unwrap_or("");
    let typed = form.get("login").unwrap_or_default();
    // Spaces at the ends of a password belong to it.
    let password = form.fields().iter().find(|(name, _)| name == "password").map_or("", |(_, value)| value);
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("navigateur inconnu");
    let again =
        |fault: Fault| views::form(&views::Entry { next, typed, faults: &[fault], ..Default::default() });
    if typed.is_empty() {
        return Ok(faulty(again(Fault::new(
            "login",
            "Indiquez votre identifiant ou votre adresse électronique.",
        ))));
    }
    match sign_in::sign_in(&site.db, typed, password, agent).await {
        Ok(opened) => entered(&site, &opened, next).await,
        Err(SignInError::Code(token)) => Ok(crate::views::factors::code(&token, next, None).into_response()),
        Err(SignInError::Wrong) => {
            let why = "Identifiant ou mot de passe incorrect : vérifiez les deux, ou choisissez un nouveau mot de passe.";
            Ok(faulty(again(Fault::new("login", why))))
        }
        Err(SignInError::Locked(until)) => {
            let left = beffroi_ui::span(until - site.db.now());
            let why = format!(
                "Trop d’essais de suite. Réessayez dans {left}, ou choisissez un nouveau mot de passe avec le lien ci-dessous."
            );
            Ok((StatusCode::TOO_MANY_REQUESTS, again(Fault::new("login", why))).into_response())
        }
        Err(SignInError::Db(error)) => Err(error.into()),
    }
}

pub(super) async fn entered(site: &Site, opened: &Opened, next: &str) -> Result<Response, WebError> {
    let home = access_of(&site.db, opened.person).await?.map_or("/compte", |access| home_path(&access));
    let path = match next {
        _ if opened.must_change_password => NEW_PASSWORD_PATH,
        "" | "/" => home,
        path => path,
    };
    Ok(with_cookie(site, see_other(path), &opened.token, SESSION_LIFE.num_seconds()))
}

fn with_cookie(site: &Site, mut response: Response, token: &str, seconds: i64) -> Response {
    let secure = if site.secure_cookies { "; Secure" } else { "" };
    let cookie =
        format!("{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}", cookie_name(site));
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

async fn leave(State(site): State<Site>, Anyone(current): Anyone) -> Result<Response, WebError> {
    if let Some(current) = current {
        sign_in::revoke(&site.db, current.access.person, current.session).await?;
    }
    let to = match crate::views::sso::outlives() {
        Some(slug) => format!("/connexion?fait=deconnexion&fermer={slug}"),
        None => "/connexion?fait=deconnexion".to_owned(),
    };
    Ok(with_cookie(&site, see_other(&to), "", 0))
}

async fn forgotten(Visitor(access): Visitor) -> Page {
    Ok(views::forgotten(access.as_ref(), "", &[]))
}

async fn ask_link(
    State(site): State<Site>,
    Visitor(access): Visitor,
    form: Submitted,
) -> Result<Response, WebError> {
    let Some(typed) = form.filled("login") else {
        let fault = Fault::new("login", "Indiquez votre identifiant ou votre adresse électronique.");
        return Ok(faulty(views::forgotten(access.as_ref(), "", &[fault])));
    };
    reset::ask(&site.db, typed).await?;
    Ok(views::link_sent(access.as_ref()).into_response())
}

async fn link(State(site): State<Site>, Path(token): Path<String>) -> Result<Response, WebError> {
    if reset::works(&site.db, &token).await?.is_none() {
        return Ok((StatusCode::GONE, views::link_over()).into_response());
    }
    Ok(views::choose(&token, &[]).into_response())
}

async fn choose(
    State(site): State<Site>,
    Path(token): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let raw = |name: &str| {
        form.fields().iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let (password, again) = (raw("password"), raw("again"));
    if password != again {
        let fault = Fault::new("again", "Les deux saisies diffèrent : retapez le même mot de passe.");
        return Ok(faulty(views::choose(&token, &[fault])));
    }
    match reset::choose(&site.db, &token, password).await {
        Ok(()) => Ok(see_other("/connexion?fait=mot-de-passe")),
        Err(error) => match faults_of_people(error) {
            Ok(faults) => Ok(faulty(views::choose(&token, &faults))),
            Err(WebError::NotFound) => Ok((StatusCode::GONE, views::link_over()).into_response()),
            Err(error) => Err(error),
        },
    }
}
