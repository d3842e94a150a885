//! Signing in and out, and choosing a new password from a mail.

use axum::extract::{Query, State};
use axum::http::header::{HeaderName, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};

use super::{Asked, faults_of_people, faulty};
use crate::extract::{Anyone, NEW_PASSWORD_PATH, SECOND_FACTOR_PATH, Visitor, cookie_name, token};
use crate::model::{Fault, home_path};
use crate::protection::Need;
use crate::rules::{SESSION_LIFE, local_path};
use crate::sign_in::{Opened, SignInError};
use crate::views::sign_in as views;
use crate::{Site, reset, sign_in};

/// Tells the browser what of this site to wipe.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

pub(super) fn routes() -> Routes<Site> {
    Routes::new()
        .get("/connexion", form)
        .post("/connexion", enter)
        .post("/deconnexion", leave)
        .get("/mot-de-passe-oublie", forgotten)
        .post("/mot-de-passe-oublie", ask_link)
        .get("/nouveau-mot-de-passe", link)
        .post("/nouveau-mot-de-passe", choose)
}

async fn form(Anyone(current): Anyone, Query(asked): Query<Asked>) -> Response {
    let next = asked.suite.as_deref().and_then(local_path);
    match current {
        Some(current) if current.must_change_password => see_other(NEW_PASSWORD_PATH),
        Some(current) if current.need.blocks() => see_other(&second_factor(next.unwrap_or(""))),
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
        Ok(opened) => entered(&site, &headers, &opened, next).await,
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

/// The page where a second factor is made or shown, then where to go on.
fn second_factor(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{SECOND_FACTOR_PATH}?suite={next}")
}

/// A session begins in this browser: the one it had before ends, and the person goes on, or does first what they owe.
pub(super) async fn entered(
    site: &Site,
    headers: &HeaderMap,
    opened: &Opened,
    next: &str,
) -> Result<Response, WebError> {
    if let Some(former) = token(site, headers) {
        sign_in::leave_former(&site.db, &former).await?;
    }
    let current = sign_in::recognise(&site.db, &opened.token).await?;
    let home = current.as_ref().map_or("/compte", |current| home_path(&current.access));
    let path = match (next, current.map(|current| current.need)) {
        _ if opened.must_change_password => NEW_PASSWORD_PATH.to_owned(),
        ("" | "/", Some(Need::Soon(_))) => second_factor(home),
        (path, Some(need)) if need != Need::Nothing => second_factor(path),
        ("" | "/", _) => home.to_owned(),
        (path, _) => path.to_owned(),
    };
    Ok(with_cookie(site, see_other(&path), &opened.token, SESSION_LIFE.num_seconds()))
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
        beffroi_web::passed("session.closed", &format!("personne:{}", current.access.person), "sign-out");
    }
    let to = match crate::views::sso::outlives() {
        Some(slug) => format!("/connexion?fait=deconnexion&fermer={slug}"),
        None => "/connexion?fait=deconnexion".to_owned(),
    };
    let mut response = with_cookie(&site, see_other(&to), "", 0);
    // What the pages kept in the browser goes too; « cookies » would also forget which door is theirs.
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"storage\""));
    Ok(response)
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

async fn link(Visitor(access): Visitor) -> Page {
    Ok(views::code_of_mail(access.as_ref(), &[]))
}

/// POST /nouveau-mot-de-passe: the code of the mail alone, then with the password.
async fn choose(
    State(site): State<Site>,
    Visitor(access): Visitor,
    form: Submitted,
) -> Result<Response, WebError> {
    let Some(code) = form.filled("code") else {
        let fault = Fault::new("code", "Recopiez le code qui est dans le courriel, en entier.");
        return Ok(faulty(views::code_of_mail(access.as_ref(), &[fault])));
    };
    if reset::works(&site.db, code).await?.is_none() {
        return Ok((StatusCode::GONE, views::link_over()).into_response());
    }
    if form.get("password").is_none() {
        return Ok(views::choose(code, &[]).into_response());
    }
    let raw = |name: &str| {
        form.fields().iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let (password, again) = (raw("password"), raw("again"));
    if password != again {
        let fault = Fault::new("again", "Les deux saisies diffèrent : retapez le même mot de passe.");
        return Ok(faulty(views::choose(code, &[fault])));
    }
    match reset::choose(&site.db, code, password).await {
        Ok(()) => Ok(see_other("/connexion?fait=mot-de-passe")),
        Err(error) => match faults_of_people(error) {
            Ok(faults) => Ok(faulty(views::choose(code, &faults))),
            Err(WebError::NotFound) => Ok((StatusCode::GONE, views::link_over()).into_response()),
            Err(error) => Err(error),
        },
    }
}
