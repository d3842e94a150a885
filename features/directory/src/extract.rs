//! Handlers learn who is looking from their arguments: a handler that takes `Allowed<A>` cannot run
//! for anyone who may not do `A`. Access is computed once a request and kept beside it.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use beffroi_db::reach::{self, Why};
use beffroi_kernel::{Access, Action, Permit, SessionId};
use beffroi_web::WebError;
use chrono::{DateTime, Utc};

use crate::protection::Need;
use crate::sso::{self, HEADER_DOOR, OwnDoor, TrustedUser};
use crate::{Site, sign_in};

/// Where a person must choose a new password before anything else.
pub(crate) const NEW_PASSWORD_PATH: &str = "/compte/mot-de-passe";
/// Where a person makes or shows their second factor before anything else.
pub(crate) const SECOND_FACTOR_PATH: &str = "/compte/second-facteur";

/// Anyone, signed in or not.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Access>);

/// A person signed in.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Access);

/// A person who may do `A`, with the permit.
#[derive(Debug)]
pub struct Allowed<A: Action>(pub Permit<A>, pub Access);

/// The session itself, even when a new password must be chosen first.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub access: Access,
    pub session: SessionId,
    pub must_change_password: bool,
    /// The door it came by, when it is not the password.
    pub door: Option<OwnDoor>,
    /// What it still owes before it opens anything.
    pub need: Need,
    /// When its person last showed who they are.
    pub fresh: DateTime<Utc>,
}

impl Current {
    /// Where the proxy names somebody, a session that began by its header is theirs or nobody's: the
    /// browser may have passed to another person.
    fn is_whom_the_proxy_says(&self, trusted: Option<&TrustedUser>) -> bool {
        match (&self.door, trusted) {
            (Some(door), Some(TrustedUser::Named(named))) if door.provider == HEADER_DOOR => {
                door.subject == named.to_lowercase()
            }
            _ => true,
        }
    }
}

#[derive(Clone)]
struct Known(Option<Current>);

/// The name of the cookie: browsers give `__Host-` names to this host alone, over HTTPS.
pub(crate) fn cookie_name(site: &Site) -> &'static str {
    if site.secure_cookies { "__Host-beffroi" } else { "beffroi" }
}

/// The token of the session in the cookies, if any.
pub(crate) fn token(site: &Site, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(site);
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'));
    let mut pairs = cookies.filter_map(|cookie| cookie.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The live session of the request, computed once.
pub(crate) async fn current<S>(parts: &mut Parts, state: &S) -> Result<Option<Current>, WebError>
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    if let Some(Known(known)) = parts.extensions.get::<Known>() {
        return Ok(known.clone());
    }
    let site = Site::from_ref(state);
    let found = match token(&site, &parts.headers) {
        Some(token) => reach::everything(Why::SignIn, sign_in::recognise(&site.db, &token)).await?,
        None => None,
    };
    let trusted = parts.extensions.get::<TrustedUser>();
    let found = found.filter(|current| current.is_whom_the_proxy_says(trusted));
    if let Some(door) = found.as_ref().and_then(|current| current.door.as_ref()) {
        sso::noted(door);
    }
    if let Some(current) = &found {
        reach::known(&current.access.wall());
    }
    parts.extensions.insert(Known(found.clone()));
    Ok(found)
}

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        Ok(Self(current(parts, state).await?.map(|current| current.access)))
    }
}

impl<S> FromRequestParts<S> for Current
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        current(parts, state).await?.ok_or_else(|| sign_in_first(parts))
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        match current(parts, state).await? {
            // The sign-in page sends those who owe something first to the page of it.
            Some(current) if !current.must_change_password && !current.need.blocks() => {
                Ok(Self(current.access))
            }
            _ => Err(sign_in_first(parts)),
        }
    }
}

/// A person who chose their password, and may still owe a second factor: for the pages where it is made. Whoever has
/// one shows it first: a password alone adds none beside it.
#[derive(Clone, Debug)]
pub(crate) struct Enrolling(pub Current);

impl<S> FromRequestParts<S> for Enrolling
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        match current(parts, state).await? {
            Some(current) if !current.must_change_password && current.need != Need::Prove => {
                Ok(Self(current))
            }
            _ => Err(sign_in_first(parts)),
        }
    }
}

impl<A: Action, S> FromRequestParts<S> for Allowed<A>
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let SignedIn(access) = SignedIn::from_request_parts(parts, state).await?;
        match access.permit::<A>() {
            Some(permit) => Ok(Self(permit, access)),
            None => Err(WebError::Forbidden(
                "Vos fonctions actuelles ne donnent pas accès à cette page. Si vous devriez y avoir accès, \
                 vérifiez vos fonctions sur la page « Mon compte » et prévenez la Région si l’une d’elles manque."
                    .into(),
            )),
        }
    }
}

/// Asks to sign in, then to come back; a form that was being sent is not sent again.
fn sign_in_first(parts: &Parts) -> WebError {
    let read = parts.method == axum::http::Method::GET;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    WebError::SignIn { next: if read { path.to_owned() } else { "/".to_owned() } }
}

/// Anyone, with their session when they have one.
#[derive(Clone, Debug)]
pub(crate) struct Anyone(pub Option<Current>);

impl<S> FromRequestParts<S> for Anyone
where
    S: Send + Sync,
    Site: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        Ok(Self(current(parts, state).await?))
    }
}
