//! Sending one message: the name is resolved once, every address it leads to is judged, and the connection
//! goes to the addresses judged. No redirect, no proxy, little time, little read. (server-side request forgery)

use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::Networks;
use crate::rules::signature::sign;

/// From the first byte sent to the last one read.
const LONGEST: Duration = Duration::from_secs(5);
/// What is read of an answer, to leave its connection clean: its words do not matter.
const LARGEST: u64 = 16 * 1024;

/// A message to send.
pub(super) struct Message {
    pub(super) url: String,
    pub(super) id: String,
    /// Unix time.
    pub(super) second: i64,
    pub(super) body: String,
    pub(super) secret: Vec<u8>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    /// Why it is not taken, in French.
    pub(super) error: Option<String>,
}

impl Answer {
    pub(super) fn failed(why: &str) -> Self {
        Self { status: None, error: Some(why.to_owned()) }
    }

    pub(super) fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// What an address that is not allowed is refused with.
const INSIDE: &str = "adresse interne refusée";
/// And one that would be reached without encryption outside the operator's networks.
const CLEAR: &str = "adresse publique sans https refusée";

#[derive(Debug)]
struct Judged {
    networks: Networks,
    inner: DefaultResolver,
}

impl Resolver for Judged {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let refused = |why: &str| Error::Io(std::io::Error::other(why.to_owned()));
        // One bad address among good ones is a trap: none of them serves.
        if !found.iter().all(|address| self.networks.allow(address.ip())) {
            return Err(refused(INSIDE));
        }
        if uri.scheme_str() != Some("https")
            && !found.iter().all(|address| self.networks.are_own(address.ip()))
        {
            return Err(refused(CLEAR));
        }
        Ok(found)
    }
}

/// A client that goes where `networks` and the Internet allow, to the very addresses it judged; blocks up
/// to `longest`. Statuses are answers, not errors.
#[must_use]
pub fn judged_agent(networks: Networks, longest: Duration) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(longest))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent("Beffroi")
        .build();
    let judged = Judged { networks, inner: DefaultResolver::default() };
    Agent::with_parts(config, DefaultConnector::default(), judged)
}

/// Sends a message. Blocks up to five seconds.
pub(super) fn send(message: &Message, networks: Networks) -> Answer {
    let sent = judged_agent(networks, LONGEST)
        .post(&message.url)
        .header("content-type", "application/json")
        .header("webhook-id", &message.id)
        .header("webhook-timestamp", message.second.to_string())
        .header("webhook-signature", sign(&message.secret, &message.id, message.second, &message.body))
        .send(message.body.as_str());
    match sent {
        Ok(mut response) => {
            let status = response.status().as_u16();
            // Too long an answer is as good as a short one.
            let _ = response.body_mut().with_config().limit(LARGEST).read_to_vec();
            let taken = (200..300).contains(&status);
            Answer { status: Some(status), error: (!taken).then(|| format!("réponse {status}")) }
        }
        Err(error) => Answer::failed(&unreached(&error, LONGEST)),
    }
}

/// Whether the address itself was refused: inside the house, or public without encryption.
pub(super) fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::Io(why) if [INSIDE, CLEAR].contains(&why.to_string().as_str()))
}

/// Why a program was not reached within `longest`, for the Region's page: never the words of a resolver
/// or of the other program.
#[must_use]
pub fn unreached(error: &Error, longest: Duration) -> String {
    match error {
        Error::Io(why) if why.to_string() == INSIDE => INSIDE.into(),
        Error::Io(why) if why.to_string() == CLEAR => CLEAR.into(),
        Error::Timeout(_) => format!("pas de réponse en {}\u{a0}secondes", longest.as_secs()),
        Error::HostNotFound => "nom de machine inconnu".into(),
        Error::Tls(_) | Error::Rustls(_) => "certificat refusé".into(),
        _ => "connexion impossible".into(),
    }
}
