//! From where a request comes: the address of whoever asks, that the proxy says when it is one of ours. It goes
//! into the traces of security and into the limits, nowhere else: no right rests on it. (issue 5: hardening)

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

use crate::Net;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The proxies that are believed when they say for whom they ask.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Arc<Vec<Net>>);

impl Proxies {
    /// The proxies that the configuration names.
    ///
    /// # Errors
    /// In words for an operator.
    pub fn parse(list: &[String]) -> Result<Self, String> {
        let mut nets = Vec::with_capacity(list.len());
        for text in list {
            let net = Net::parse(text)
                .ok_or_else(|| format!("« {text} » n’est pas une adresse IP ou un réseau"))?;
            if net.is_everything() {
                return Err(format!(
                    "« {text} » contient toutes les adresses : chacun se ferait passer pour un autre"
                ));
            }
            nets.push(net);
        }
        Ok(Self(Arc::new(nets)))
    }

    fn hold(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.holds(address))
    }

    /// Who asks: the peer; when it is a proxy, the last address it names that is no proxy's.
    #[must_use]
    pub fn origin(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.hold(peer) {
            return peer;
        }
        let lines: Vec<&str> =
            headers.get_all(FORWARDED).iter().filter_map(|line| line.to_str().ok()).collect();
        for text in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // What stands before something unreadable was said by nobody known.
            let Ok(address) = text.trim().parse::<IpAddr>() else { return peer };
            if !self.hold(address.to_canonical()) {
                return address.to_canonical();
            }
        }
        peer
    }
}

#[derive(Clone, Debug)]
struct Caller {
    address: Option<IpAddr>,
    request: String,
}

tokio::task_local! {
    static CALLER: Caller;
}

/// Lets what follows know from where the request comes.
pub async fn caller(State(proxies): State<Proxies>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let address = peer.map(|peer| proxies.origin(peer, request.headers()));
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let caller = Caller { address, request: id.chars().take(64).collect() };
    CALLER.scope(caller, next.run(request)).await
}

/// The address of whoever asks; none outside a request.
#[must_use]
pub fn address() -> Option<IpAddr> {
    CALLER.try_with(|caller| caller.address).ok().flatten()
}

/// Put among the extensions of a response by what knows its caller otherwise than by a session: who, for the traces.
#[derive(Clone, Debug)]
pub struct ActingFor(pub String);

/// Traces an event of security: what, who (an identifier, never a name nor what was typed), from where, and
/// about what (a route, a means). Kept with the other traces, as long as the operator keeps them.
pub fn noted(event: &'static str, who: Option<&dyn Display>, about: &str) {
    let Some([who, from, id]) = said(who) else { return };
    tracing::warn!(target: "securite", event, who, from, about, id, "security");
    metrics::counter!("beffroi_security_total", "event" => event).increment(1);
}

/// Traces what went as it should, in the same words: a session that begins or ends.
pub fn passed(event: &'static str, who: &dyn Display, about: &str) {
    let Some([who, from, id]) = said(Some(who)) else { return };
    tracing::info!(target: "securite", event, who, from, about, id, "security");
    metrics::counter!("beffroi_security_total", "event" => event).increment(1);
}

/// Who, from where, in which request; nothing outside a request: what the command line does comes from nowhere.
fn said(who: Option<&dyn Display>) -> Option<[String; 3]> {
    let caller = CALLER.try_with(Clone::clone).ok()?;
    let from = caller.address.map_or_else(|| "-".to_owned(), |address| address.to_string());
    Some([who.map_or_else(|| "-".to_owned(), |who| who.to_string()), from, caller.request])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(peer: &str, lines: &[&str]) -> String {
        let proxies = Proxies::parse(&["127.0.0.0/8".into(), "::1".into(), "10.0.0.5".into()]).unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED, line.parse().unwrap());
        }
        proxies.origin(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_proxy_of_ours_alone_says_for_whom_it_asks() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            // What the person's browser claimed stands before what the proxy added.
            ("10.0.0.5", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["1.2.3.4", "198.51.100.1, 10.0.0.5"], "198.51.100.1"),
            ("127.0.0.1", &["1.2.3.4, <script>"], "127.0.0.1"),
            ("127.0.0.1", &["10.0.0.5"], "127.0.0.1"),
        ];
        for (peer, lines, expected) in cases {
            assert_eq!(origin(peer, lines), *expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn proxies_are_addresses_and_never_everybody() {
        for wrong in ["partout", "0.0.0.0/0", "::/0", "10.0.0.0/33"] {
            assert!(Proxies::parse(&[wrong.into()]).is_err(), "{wrong}");
        }
    }
}
