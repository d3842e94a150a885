//! A look at an address that somebody published: by the same judged client, so that a text leads nobody
//! inside the house. (LIRE-12; server-side request forgery)

use std::time::Duration;

use ureq::http::Response;
use ureq::{Body, Error};

use super::client::{is_forbidden, judged_agent, unreached};
use crate::Networks;

/// Longest wait of one look.
const LONGEST: Duration = Duration::from_secs(10);

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It answered with this status.
    Status(u16),
    /// Nobody answered, and why, in French.
    Away(String),
    /// We do not go there.
    Forbidden,
}

/// Looks, without reading the page. Blocks up to twenty seconds.
#[must_use]
pub fn look(url: &str, networks: &Networks) -> Looked {
    let agent = judged_agent(networks.clone(), LONGEST);
    match told(agent.head(url).call()) {
        // Some sites answer nothing but a whole page.
        Looked::Status(400 | 403 | 404 | 405 | 501) => told(agent.get(url).call()),
        looked => looked,
    }
}

fn told(answer: Result<Response<Body>, Error>) -> Looked {
    match answer {
        Ok(response) => Looked::Status(response.status().as_u16()),
        Err(error) if is_forbidden(&error) => Looked::Forbidden,
        Err(error) => Looked::Away(unreached(&error, LONGEST)),
    }
}
