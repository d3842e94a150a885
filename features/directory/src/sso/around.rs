//! What every page has around it: the doors there are, the academy this browser comes from, the door its
//! session came by. And the header of the proxy, taken off whoever is not the proxy.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::middleware::Next;
use axum::response::Response;

use super::{Doors, OwnDoor, Provider, TrustedUser};

/// The cookie that remembers by which provider this browser came.
pub(crate) const DOOR_COOKIE: &str = "beffroi-porte";

struct Around {
    doors: Doors,
    /// Slug of the provider of the last time, or of the academy that the address names.
    usual: Option<String>,
    trusted: bool,
    own: OnceLock<OwnDoor>,
}

tokio::task_local! {
    static AROUND: Arc<Around>;
}

/// A cookie of the request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|one| one.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Gives the pages behind it the doors, and believes the header of the proxy from the proxy only.
pub async fn around(State(doors): State<Doors>, mut request: Request, next: Next) -> Response {
    if let Some(header) = &doors.header {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        if let Some(said) = header.judge(peer, request.headers_mut()) {
            request.extensions_mut().insert(said);
        }
    }
    let usual = cookie(request.headers(), DOOR_COOKIE).map(|slug| slug.chars().take(40).collect());
    let trusted = matches!(request.extensions().get::<TrustedUser>(), Some(TrustedUser::Named(_)));
    let around = Around { doors, usual, trusted, own: OnceLock::new() };
    AROUND.scope(Arc::new(around), next.run(request)).await
}

/// Whether the proxy says who asks for this page.
pub(crate) fn is_known_by_proxy() -> bool {
    AROUND.try_with(|around| around.trusted).unwrap_or_default()
}

/// The providers there are; nothing outside a page.
pub(crate) fn known() -> Arc<Vec<Provider>> {
    AROUND.try_with(|around| Arc::clone(&around.doors.providers)).unwrap_or_default()
}

/// The slug of the provider by which this browser came last.
pub(crate) fn usual() -> Option<String> {
    AROUND.try_with(|around| around.usual.clone()).ok().flatten()
}

/// Notes the door of the session of this page.
pub(crate) fn noted(door: &OwnDoor) {
    let _ = AROUND.try_with(|around| around.own.set(door.clone()));
}

/// The provider by which the session of this page came, if it still serves.
pub(crate) fn own_door() -> Option<Provider> {
    let own =
        |around: &Arc<Around>| around.own.get().and_then(|own| around.doors.provider(&own.provider)).cloned();
    AROUND.try_with(own).ok().flatten()
}
