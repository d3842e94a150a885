//! CAS 3.0: a ticket comes back by the browser, the server says by XML whose it is. The XML is short, has
//! no document type, and is read for the few elements that count.

use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};
use url::Url;

use super::claims::Said;
use super::settings::ProviderSettings;
use super::wire::{Call, Wire};
use crate::sign_in::fingerprint;

/// Longest answer or request that is read.
const LONGEST: usize = 64 * 1024;
/// Elements within one another, at most.
const DEEPEST: usize = 16;
/// Longest ticket.
const LONGEST_TICKET: usize = 512;

/// Why a ticket opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CasError {
    /// The server does not answer.
    #[error("le serveur CAS ne répond pas : {0}")]
    Unreachable(String),
    /// Its answer is no answer of CAS.
    #[error("réponse illisible")]
    Unreadable,
    /// The ticket is not one, served already, or is for another address.
    #[error("ticket refusé ({0})")]
    Refused(String),
}

/// A CAS server.
pub(crate) struct Cas {
    base: Url,
    wire: Wire,
}

impl Cas {
    pub(super) fn new(settings: &Arc<ProviderSettings>, wire: Wire) -> Result<Self, String> {
        let base = format!("{}/", settings.url.trim_end_matches('/'));
        Ok(Self { base: Url::parse(&base).map_err(|error| error.to_string())?, wire })
    }

    fn page(&self, name: &str, pairs: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}{name}", self.base.path());
        url.set_path(&path);
        url.query_pairs_mut().extend_pairs(pairs);
        url
    }

    /// Where a person shows who they are; `again` even if they just did.
    pub(crate) fn entrance(&self, service: &str, again: bool) -> Url {
        match again {
            true => self.page("login", &[("service", service), ("renew", "true")]),
            false => self.page("login", &[("service", service)]),
        }
    }

    /// Where they close the session of the server too.
    pub(crate) fn exit(&self, back: &str) -> Url {
        self.page("logout", &[("service", back)])
    }

    /// Whose ticket this is; `again` refuses one given without the person showing who they are.
    pub(crate) async fn identity(&self, ticket: &str, service: &str, again: bool) -> Result<Said, CasError> {
        if ticket.is_empty() || ticket.len() > LONGEST_TICKET {
            return Err(CasError::Refused("sans ticket".into()));
        }
        let mut pairs = vec![("service", service), ("ticket", ticket)];
        if again {
            pairs.push(("renew", "true"));
        }
        let url = self.page("p3/serviceValidate", &pairs);
        let asked = self.wire.ask(Call::Read { url, bearer: None }).await;
        let bytes = asked.map_err(CasError::Unreachable)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| CasError::Unreadable)?;
        let mut said = read_answer(text)?;
        said.sid = Some(fingerprint(ticket));
        Ok(said)
    }

    /// Whether its door answers, for whoever examines the installation.
    pub(super) async fn look(&self) -> Result<(), String> {
        self.wire.ask(Call::Read { url: self.page("login", &[]), bearer: None }).await.map(|_| ())
    }
}

/// The text of an element, after the names of those it is within and its own.
type Element = (Vec<String>, String);

/// Every element, in the order of their ends.
fn elements(text: &str) -> Result<Vec<Element>, CasError> {
    if text.len() > LONGEST {
        return Err(CasError::Unreadable);
    }
    let mut reader = Reader::from_str(text);
    let mut open: Vec<(String, String)> = Vec::new();
    let mut found: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|_| CasError::Unreadable)?;
        let said = match event {
            Event::Start(tag) => {
                if open.len() == DEEPEST {
                    return Err(CasError::Unreadable);
                }
                open.push((tag.local_name().as_ref().to_owned(), String::new()));
                continue;
            }
            Event::End(_) => {
                let (name, text) = open.pop().ok_or(CasError::Unreadable)?;
                let mut path: Vec<String> = open.iter().map(|(name, _)| name.clone()).collect();
                path.push(name);
                found.push((path, text.trim().to_owned()));
                continue;
            }
            Event::Text(text) => text.to_string(),
            Event::CData(text) => text.to_string(),
            Event::GeneralRef(name) => entity(&name).ok_or(CasError::Unreadable)?,
            // A document type could name files or grow without end.
            Event::DocType(_) => return Err(CasError::Unreadable),
            Event::Eof => break,
            _ => continue,
        };
        if let Some((_, text)) = open.last_mut() {
            text.push_str(&said);
        }
    }
    if open.is_empty() { Ok(found) } else { Err(CasError::Unreadable) }
}

/// The five entities of XML and the numbered ones; no other exists without a document type.
fn entity(name: &str) -> Option<String> {
    let one = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let digits = name.strip_prefix('#')?;
            let number = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(number)?
        }
    };
    Some(one.to_string())
}

fn read_answer(text: &str) -> Result<Said, CasError> {
    let found = elements(text)?;
    let mut claims = Map::new();
    let mut subject = None;
    for (path, text) in found {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["serviceResponse", "authenticationFailure"] => {
                return Err(CasError::Refused(text.chars().take(120).collect()));
            }
            // The first one counts: a second cannot take its place.
            ["serviceResponse", "authenticationSuccess", "user"] if subject.is_none() => subject = Some(text),
            ["serviceResponse", "authenticationSuccess", "attributes", name] => {
                let values = claims.entry((*name).to_owned()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(values) = values {
                    values.push(Value::String(text));
                }
            }
            _ => {}
        }
    }
    let subject = subject.filter(|name| !name.is_empty() && name.len() <= 255).ok_or(CasError::Unreadable)?;
    claims.insert("user".into(), Value::String(subject.clone()));
    Ok(Said { subject, sid: None, claims })
}

/// What a logout request of a CAS server closes: the session that began with this ticket, as it is kept.
pub(crate) fn closed(request: &str) -> Option<String> {
    let found = elements(request).ok()?;
    let index = found.into_iter().find(|(path, _)| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        path == ["LogoutRequest", "SessionIndex"]
    });
    index.map(|(_, ticket)| ticket).filter(|ticket| !ticket.is_empty()).map(|ticket| fingerprint(&ticket))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"<?xml version="1.0"?><cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">
        <cas:authenticationSuccess><cas:user>c.delattre</cas:user><cas:attributes>
        <cas:mail>c&#46;delattre&#x40;ac-lille.example</cas:mail><cas:groups>a</cas:groups><cas:groups><![CDATA[b & c]]></cas:groups>
        </cas:attributes></cas:authenticationSuccess></cas:serviceResponse>"#;

    #[test]
    fn an_answer_names_its_person_and_their_attributes() {
        let said = read_answer(GOOD).unwrap();
        assert_eq!(said.subject, "c.delattre");
        assert_eq!(super::super::claims::values(&said.claims, "mail"), ["c.delattre@ac-lille.example"]);
        assert_eq!(super::super::claims::values(&said.claims, "groups"), ["a", "b & c"]);
        assert_eq!(super::super::claims::values(&said.claims, "user"), ["c.delattre"]);
    }

    #[test]
    fn what_is_no_answer_of_cas_opens_nothing() {
        let refused = r#"<serviceResponse><authenticationFailure code="INVALID_TICKET">ticket inconnu</authenticationFailure></serviceResponse>"#;
        assert_eq!(read_answer(refused), Err(CasError::Refused("ticket inconnu".into())));
        let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
        let long = GOOD.replace("c.delattre<", &format!("{}<", "x".repeat(70_000)));
        let bomb =
            GOOD.replace("<cas:serviceResponse", r#"<!DOCTYPE x [<!ENTITY a "b">]><cas:serviceResponse"#);
        let outside = "<serviceResponse><user>moi</user></serviceResponse>";
        let comment = "<serviceResponse><!--<authenticationSuccess><user>moi</user></authenticationSuccess>--></serviceResponse>";
        for text in
            [deep.as_str(), &long, &bomb, outside, comment, "", "<a>", "bonjour", "<a>&inconnue;</a>", "</a>"]
        {
            assert_eq!(read_answer(text), Err(CasError::Unreadable), "{:.80}", text);
        }
    }

    #[test]
    fn a_logout_request_names_a_ticket() {
        let request = r#"<samlp:LogoutRequest xmlns:samlp="x" ID="1"><saml:NameID xmlns:saml="y">@NOT_USED@</saml:NameID><samlp:SessionIndex>ST-1</samlp:SessionIndex></samlp:LogoutRequest>"#;
        assert_eq!(closed(request), Some(fingerprint("ST-1")));
        assert_eq!(closed("<LogoutRequest><SessionIndex></SessionIndex></LogoutRequest>"), None);
        assert_eq!(closed("<SessionIndex>ST-1</SessionIndex>"), None);
    }
}
