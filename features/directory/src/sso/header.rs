//! The header by which a reverse proxy says who it recognised: believed from the addresses listed, taken
//! off every other request before anything reads it.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use beffroi_web::Net;

use super::matching::Known;
use super::trip::{self, Arrived, TripError};
use super::{Doors, HeaderSettings};
use crate::factors::Method;
use crate::sign_in::Opened;

/// What the session list and the journal call this door.
pub(crate) const SLUG: &str = "mandataire";
/// Longest login or address.
const LONGEST: usize = 200;

/// What the header of a request was worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TrustedUser {
    /// The proxy names somebody.
    Named(String),
    /// Somebody else did: the header was taken off.
    Forged,
}

/// The header, and whom it is believed from.
#[derive(Debug)]
pub(crate) struct Header {
    name: HeaderName,
    from: Vec<Net>,
    pub label: String,
    /// Whether the proxy asks everyone for two factors.
    pub strong: bool,
}

impl Header {
    /// The header of the configuration.
    pub(crate) fn new(settings: &HeaderSettings) -> Result<Self, String> {
        let name =
            settings.name.to_lowercase().parse().map_err(|_| "« name » : un nom d’en-tête est attendu")?;
        let net = |text: &String| {
            Net::parse(text)
                .ok_or_else(|| format!("« from » : « {text} » n’est pas une adresse IP ou un réseau"))
        };
        let from = settings.from.iter().map(net).collect::<Result<Vec<_>, _>>()?;
        if from.is_empty() {
            return Err(
                "« from » : donnez au moins une adresse, sinon l’en-tête n’est cru de personne".into()
            );
        }
        if from.iter().any(|one| one.is_everything()) {
            return Err(
                "« from » : un réseau qui contient toutes les adresses laisserait entrer n’importe qui"
                    .into(),
            );
        }
        Ok(Self { name, from, label: settings.label.clone(), strong: settings.strong })
    }

    /// In words, for whoever examines the installation.
    pub(crate) fn said(&self) -> String {
        let nets: Vec<String> = self.from.iter().map(ToString::to_string).collect();
        format!("en-tête « {} » cru de {} seulement", self.name, nets.join(", "))
    }

    /// Takes the header off, and says what it was worth.
    pub(crate) fn judge(&self, peer: Option<IpAddr>, headers: &mut HeaderMap) -> Option<TrustedUser> {
        let values: Vec<_> = headers.get_all(&self.name).iter().cloned().collect();
        headers.remove(&self.name);
        if values.is_empty() {
            return None;
        }
        if !peer.is_some_and(|peer| self.from.iter().any(|net| net.holds(peer))) {
            tracing::warn!(header = %self.name, ?peer, "a header that only the proxy may send was taken off");
            beffroi_web::noted("header.forged", None, self.name.as_str());
            return Some(TrustedUser::Forged);
        }
        // Two values: the proxy added its own beside another's.
        let [value] = values.as_slice() else { return Some(TrustedUser::Forged) };
        let text = value.to_str().ok()?.trim();
        (!text.is_empty() && text.len() <= LONGEST).then(|| TrustedUser::Named(text.to_owned()))
    }
}

/// Begins a session for whom the proxy recognised.
pub(crate) async fn enter_by_header(
    doors: &Doors,
    header: &Header,
    named: &str,
    user_agent: &str,
) -> Result<Opened, TripError> {
    let email = named.contains('@').then(|| named.to_owned());
    let known = Known {
        issuer: format!("{SLUG}:{}", header.name),
        subject: named.to_lowercase(),
        login: Some(named.to_owned()),
        email,
        unverified: false,
        name: header.label.clone(),
    };
    let (provider, grants) = (SLUG.to_owned(), Vec::new());
    let strong = header.strong;
    let arrived = Arrived { provider, known, sid: None, method: Method::Header, grants, strong };
    trip::enter(doors, &arrived, user_agent).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(from: &[&str]) -> Result<Header, String> {
        let from = from.iter().map(|one| (*one).to_owned()).collect();
        Header::new(&HeaderSettings {
            name: "X-Remote-User".into(),
            from,
            label: "Intranet".into(),
            strong: false,
        })
    }

    fn judged(header: &Header, peer: Option<&str>, values: &[&str]) -> (Option<TrustedUser>, bool) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-remote-user", value.parse().unwrap());
        }
        let said = header.judge(peer.map(|peer| peer.parse().unwrap()), &mut headers);
        (said, headers.contains_key("x-remote-user"))
    }

    #[test]
    fn the_header_is_believed_from_the_proxy_and_taken_off_whoever_sends_it() {
        let header = header(&["10.0.0.5", "192.168.4.0/22", "2001:db8::/32"]).unwrap();
        for peer in ["10.0.0.5", "192.168.7.255", "::ffff:10.0.0.5", "2001:db8:1::9"] {
            let named = Some(TrustedUser::Named("c.delattre".into()));
            assert_eq!(judged(&header, Some(peer), &["c.delattre"]), (named, false), "{peer}");
        }
        for peer in ["10.0.0.6", "192.168.8.1", "::ffff:10.0.0.6", "2001:db9::1", "127.0.0.1"] {
            let forged = Some(TrustedUser::Forged);
            assert_eq!(judged(&header, Some(peer), &["c.delattre"]), (forged, false), "{peer}");
        }
        let forged = (Some(TrustedUser::Forged), false);
        assert_eq!(judged(&header, None, &["c.delattre"]), forged, "a peer that is not known");
        assert_eq!(judged(&header, Some("10.0.0.5"), &["a", "b"]), forged, "two values");
        assert_eq!(judged(&header, Some("10.0.0.5"), &[" "]), (None, false));
        assert_eq!(judged(&header, Some("10.0.0.6"), &[]), (None, false));
    }

    #[test]
    fn a_list_that_lets_everybody_in_is_refused() {
        for from in
            [&[] as &[&str], &["partout"], &["0.0.0.0/0"], &["::/0"], &["10.0.0.0/33"], &["10.0.0.1:80"]]
        {
            assert!(header(from).is_err(), "{from:?}");
        }
    }
}
