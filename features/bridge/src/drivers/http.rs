//! The line to a tool: the judged client of webhooks, so that no address inside the house is reached that
//! the operator did not open; little time, answers bounded. (server-side request forgery)

use std::time::Duration;

use beffroi_api::Networks;
use beffroi_api::webhooks::{judged_agent, unreached};
use serde_json::Value;
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

use super::Fault;

/// From the first byte sent to the last one read: a file of 20 MB over a slow line.
const LONGEST: Duration = Duration::from_secs(30);
/// Largest answer read, files apart.
const LARGEST: u64 = 8 * 1024 * 1024;
/// Largest file taken, in bytes (20 MB): the desk takes no larger one.
pub(super) const LARGEST_FILE: u64 = 20 * 1024 * 1024;

/// A line to the address of a tool.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    agent: Agent,
    base: String,
}

/// What a tool answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answer {
    /// The body of an answer that says yes; `said` finds the words of a refusal.
    pub(super) fn taken(self, said: impl Fn(&Value) -> Option<String>) -> Result<Value, Fault> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        Err(refusal(self.status, said(&self.body)))
    }
}

/// A refusal in words. The tool's own are kept short: they come from outside.
pub(super) fn refusal(status: u16, said: Option<String>) -> Fault {
    let said =
        said.map(|said| said.chars().filter(|letter| !letter.is_control()).take(300).collect::<String>());
    let said = said.filter(|said| !said.trim().is_empty());
    let words = match (status, said) {
        (401, _) => "l’autre outil ne reconnaît pas le jeton de cette passerelle (401)".to_owned(),
        (403, None) => "le compte de cette passerelle n’a pas ce droit dans l’autre outil (403)".to_owned(),
        (404, None) => "l’autre outil ne connaît pas cette demande (404)".to_owned(),
        (429, _) => "l’autre outil demande de ralentir (429)".to_owned(),
        (status, Some(said)) => format!("l’autre outil a répondu {status}\u{a0}: {said}"),
        (status, None) => format!("l’autre outil a répondu {status}"),
    };
    if matches!(status, 401 | 408 | 425 | 429) || status >= 500 {
        Fault::passing(words)
    } else {
        Fault::refused(words)
    }
}

impl Line {
    pub(crate) fn new(url: &str, networks: Networks) -> Self {
        Self { agent: judged_agent(networks, LONGEST), base: url.trim_end_matches('/').to_owned() }
    }

    /// The address of a path of the tool.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Calls, and reads the answer as JSON; what is no JSON is null.
    pub(super) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Answer, Fault> {
        let mut response = self.send(method, path, headers, body)?;
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(LARGEST).read_to_vec();
        let bytes = bytes.map_err(|_| Fault::passing("la réponse de l’autre outil s’est interrompue"))?;
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    /// Calls, and reads the answer as the bytes of a file.
    pub(super) fn file(&self, path: &str, headers: &[(&str, &str)]) -> Result<Vec<u8>, Fault> {
        let mut response = self.send("GET", path, headers, None)?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(refusal(status, None));
        }
        let bytes = response.body_mut().with_config().limit(LARGEST_FILE).read_to_vec();
        bytes.map_err(|_| Fault::refused("le fichier n’a pas pu être lu, ou dépasse 20\u{a0}Mo"))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Response<Body>, Fault> {
        let mut request = Request::builder().method(method).uri(self.at(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((kind, _)) = &body {
            request = request.header("content-type", *kind);
        }
        let wrong =
            |_| Fault::refused("cet appel ne peut pas être écrit\u{a0}: vérifiez l’adresse et les jetons");
        let sent = match body {
            Some((_, bytes)) => self.agent.run(request.body(bytes).map_err(wrong)?),
            None => self.agent.run(request.body(()).map_err(wrong)?),
        };
        sent.map_err(|error| {
            Fault::passing(format!("l’autre outil n’est pas joint\u{a0}: {}", unreached(&error, LONGEST)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do_and_whether_to_wait() {
        assert!(refusal(503, None).passing && refusal(401, None).passing && refusal(429, None).passing);
        let fault = refusal(422, Some("champ\u{7} manquant".into()));
        assert!(!fault.passing && fault.words.ends_with("champ manquant"), "{fault}");
        assert!(refusal(400, Some("x".repeat(5_000))).words.len() < 400);
        assert!(refusal(404, None).words.contains("ne connaît pas"));
    }

    #[test]
    fn a_line_leads_nowhere_inside_the_house() {
        let line = Line::new("http://127.0.0.1:9/", Networks::default());
        let fault = line.call("GET", "/", &[], None).unwrap_err();
        assert!(fault.passing && fault.words.contains("interne"), "{fault}");
    }
}
