//! `/connexion/unique/…`: leaving for a provider and coming back; `/connexion/intranet`: the header of the
//! proxy; what providers say by themselves; `/compte/confirmation`: showing again who one is before a
//! signature. (CSU-07)

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::header::{LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use super::Asked;
use super::sign_in::entered;
use crate::Site;
use crate::extract::{Anyone, Current, SignedIn};
use crate::model::home_path;
use crate::rules::local_path;
use crate::sign_in::secret;
use crate::sso::{
    self, Back, Confirming, DOOR_COOKIE, Doors, Ended, Provider, TripError, TrustedUser, cookie,
};
use crate::views::sso as views;

/// The cookie that binds a trip to the browser where it began, in seconds.
const TRIP_COOKIE: (&str, u32) = ("beffroi-passage", 900);
/// How long a browser remembers its provider, in seconds.
const REMEMBERED: u32 = 31_536_000;
/// Longest description of what is confirmed: a dozen acts at once.
const SUBJECT_LENGTH: usize = 2_000;
/// Longest token of a form.
const MARK_LENGTH: usize = 64;

pub(super) fn routes() -> Routes<Doors> {
    Routes::new()
        .get("/connexion/unique/{slug}", leave)
        .get("/connexion/unique/{slug}/retour", come_back)
        .post("/connexion/unique/{slug}/retour", closed_by_cas)
        .post("/connexion/unique/{slug}/fermeture", closed_by_provider)
        .get("/connexion/unique/{slug}/quitter", exit)
        .get("/connexion/intranet", by_header)
        .get("/compte/confirmation", confirmation)
        .get("/compte/confirmation/{slug}", confirm)
}

fn provider<'a>(doors: &'a Doors, slug: &str) -> Result<&'a Provider, WebError> {
    doors.provider(slug).ok_or(WebError::NotFound)
}

fn with_cookie(site: &Site, mut response: Response, (name, seconds): (&str, u32), value: &str) -> Response {
    let secure = if site.secure_cookies { "; Secure" } else { "" };
    // Lax: it comes back with the link by which the provider sends the browser here.
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The name of the cookie of a trip: browsers give `__Host-` names to this host alone, over HTTPS.
fn trip_cookie(site: &Site) -> String {
    let prefix = if site.secure_cookies { "__Host-" } else { "" };
    format!("{prefix}{}", TRIP_COOKIE.0)
}

fn away(url: &url::Url) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, url.as_str().to_owned())]).into_response()
}

/// Sends the browser to a provider, bound to the trip.
async fn set_off(
    doors: &Doors,
    provider: &Provider,
    headers: &HeaderMap,
    next: &str,
    confirming: Option<Confirming<'_>>,
) -> Result<Response, WebError> {
    let name = trip_cookie(&doors.site);
    // Several trips may begin in one browser at once.
    let browser = cookie(headers, &name).filter(|value| value.len() == 64).map_or_else(secret, str::to_owned);
    match sso::begin(doors, provider, (&browser, next), confirming).await {
        Ok(url) => Ok(with_cookie(&doors.site, away(&url), (&name, TRIP_COOKIE.1), &browser)),
        Err(error) => failed(provider, error),
    }
}

/// Why one does not come in, as a page that says what to do.
fn failed(provider: &Provider, error: TripError) -> Result<Response, WebError> {
    let name = provider.settings.slug.as_str();
    let (status, why) = match error {
        TripError::Db(error) => return Err(error.into()),
        TripError::Worthless(why) => {
            tracing::warn!(provider = name, why, "single sign-on failed");
            beffroi_web::noted("sign-in.failed", None, &format!("sso {name}"));
            (StatusCode::BAD_GATEWAY, views::Trouble::Worthless)
        }
        TripError::Over => (StatusCode::GONE, views::Trouble::Over),
        TripError::Declined => (StatusCode::FORBIDDEN, views::Trouble::Declined),
        TripError::Another => (StatusCode::FORBIDDEN, views::Trouble::Another),
        TripError::Stranger(stranger) => {
            tracing::info!(provider = name, ?stranger, "single sign-on knows nobody");
            beffroi_web::noted("sign-in.failed", None, &format!("sso {name}, {stranger:?}"));
            (StatusCode::FORBIDDEN, views::Trouble::Stranger(stranger))
        }
    };
    Ok((status, views::trouble(Some(&provider.settings), why)).into_response())
}

async fn leave(
    State(doors): State<Doors>,
    Path(slug): Path<String>,
    Anyone(current): Anyone,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let provider = provider(&doors, &slug)?;
    let next = asked.suite.as_deref().and_then(local_path).unwrap_or("");
    // A link of the intranet opens its page at once for whoever is here already.
    if let Some(current) = current {
        let home = home_path(&current.access);
        return Ok(see_other(if matches!(next, "" | "/") { home } else { next }));
    }
    set_off(&doors, provider, &headers, next, None).await
}

/// What a provider adds to the address.
#[derive(Deserialize)]
struct Brought {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    /// The state of a CAS server, within the address that it sends people back to.
    etat: Option<String>,
    ticket: Option<String>,
}

async fn come_back(
    State(doors): State<Doors>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Result<Response, WebError> {
    let provider = provider(&doors, &slug)?;
    let answer = brought.code.as_deref().or(brought.ticket.as_deref()).filter(|_| brought.error.is_none());
    let back = Back {
        state: brought.state.as_deref().or(brought.etat.as_deref()).unwrap_or_default(),
        answer,
        issuer: brought.iss.as_deref(),
        browser: cookie(&headers, &trip_cookie(&doors.site)).unwrap_or_default(),
        user_agent: agent(&headers),
    };
    match sso::finish(&doors, provider, back).await {
        Ok(Ended::Entered(opened, next)) => {
            let next = local_path(&next).unwrap_or("");
            let response = entered(&doors.site, &headers, &opened, next).await?;
            Ok(with_cookie(&doors.site, response, (DOOR_COOKIE, REMEMBERED), &provider.settings.slug))
        }
        Ok(Ended::Confirmed) => Ok(see_other("/compte/confirmation")),
        Err(error) => failed(provider, error),
    }
}

fn agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("navigateur inconnu")
}

/// What is answered to a provider, which reads the status only.
fn heard(ended: Result<usize, TripError>, slug: &str) -> Result<Response, WebError> {
    match ended {
        Ok(sessions) => {
            tracing::info!(provider = slug, sessions, "closed by the provider");
            Ok(StatusCode::OK.into_response())
        }
        Err(TripError::Db(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(provider = slug, %error, "a logout was refused");
            Ok(StatusCode::BAD_REQUEST.into_response())
        }
    }
}

async fn closed_by_provider(
    State(doors): State<Doors>,
    Path(slug): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let provider = provider(&doors, &slug)?;
    let token = form.get("logout_token").unwrap_or_default();
    heard(sso::back_channel(&doors, provider, token).await, &slug)
}

async fn closed_by_cas(
    State(doors): State<Doors>,
    Path(slug): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let provider = provider(&doors, &slug)?;
    heard(sso::cas_logout(&doors, provider, form.get("logoutRequest").unwrap_or_default()).await, &slug)
}

/// The session here is closed already: this closes the one of the provider.
async fn exit(State(doors): State<Doors>, Path(slug): Path<String>) -> Result<Response, WebError> {
    let provider = provider(&doors, &slug)?;
    match sso::exit(&doors, provider).await {
        Ok(Some(url)) => Ok(away(&url)),
        Ok(None) => Ok(views::no_exit(&provider.settings).into_response()),
        Err(error) => failed(provider, error),
    }
}

async fn by_header(
    State(doors): State<Doors>,
    trusted: Option<Extension<TrustedUser>>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let header = doors.header.as_ref().ok_or(WebError::NotFound)?;
    let Some(Extension(TrustedUser::Named(named))) = trusted else {
        let trouble = views::trouble(None, views::Trouble::NotTheProxy);
        return Ok((StatusCode::FORBIDDEN, trouble).into_response());
    };
    let next = asked.suite.as_deref().and_then(local_path).unwrap_or("");
    match sso::enter_by_header(&doors, header, &named, agent(&headers)).await {
        Ok(opened) => entered(&doors.site, &headers, &opened, next).await,
        Err(TripError::Stranger(stranger)) => {
            let trouble = views::trouble(None, views::Trouble::Stranger(stranger));
            Ok((StatusCode::FORBIDDEN, trouble).into_response())
        }
        Err(TripError::Db(error)) => Err(error.into()),
        Err(error) => Err(WebError::Internal(error.to_string())),
    }
}

/// What a form asks to confirm.
#[derive(Deserialize)]
struct ToConfirm {
    #[serde(default)]
    objet: String,
    #[serde(default)]
    jeton: String,
}

async fn confirm(
    State(doors): State<Doors>,
    SignedIn(_): SignedIn,
    current: Current,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Query(asked): Query<ToConfirm>,
) -> Result<Response, WebError> {
    let provider = provider(&doors, &slug)?;
    let whole = (1..=SUBJECT_LENGTH).contains(&asked.objet.len()) && asked.jeton.len() == MARK_LENGTH;
    if !whole {
        return Err(WebError::Invalid("Rien à confirmer : rechargez la page.".into()));
    }
    let confirming = Confirming {
        person: current.access.person,
        session: current.session,
        subject: &asked.objet,
        mark: &asked.jeton,
    };
    set_off(&doors, provider, &headers, "", Some(confirming)).await
}

async fn confirmation(SignedIn(access): SignedIn) -> Page {
    Ok(views::confirmed(&access))
}
