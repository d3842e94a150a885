//! GLPI, by its REST API (`apirest.php`), after its published documentation. Tried against a small server
//! that follows that documentation, not against GLPI itself: the pages say so.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Europe::Paris;
use serde_json::{Map, Value, json};

use super::http::Line;
use super::plain::{from_html, to_html};
use super::{Fault, Joining, Opened, Opening, Piece, Saying, Snapshot, Stood, Tool, Word};
use crate::model::{Secrets, Settings, Standing};

/// The states of tickets.
pub(super) const STATES: &[(&str, &str, Standing)] = &[
    ("1", "Nouveau", Standing::New),
    ("2", "En cours (attribué)", Standing::Open),
    ("3", "En cours (planifié)", Standing::Open),
    ("4", "En attente", Standing::School),
    ("5", "Résolu", Standing::Done),
    ("6", "Clos", Standing::Done),
];

/// A solution that those who asked refused.
const REFUSED_SOLUTION: i64 = 4;
/// Lines of a list: a ticket has fewer.
const ALL: &str = "range=0-999&expand_dropdowns=true";

/// GLPI.
pub(super) struct Glpi {
    line: Line,
    secrets: Secrets,
    settings: Settings,
    session: Mutex<Option<String>>,
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// GLPI refuses by a list: a code, then words.
fn said(body: &Value) -> Option<String> {
    let parts: Vec<String> = body.as_array()?.iter().map(text).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("\u{a0}: "))
}

/// Instants are given without their zone: a French installation's.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let naive = NaiveDateTime::parse_from_str(value.as_str()?, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(Paris.from_local_datetime(&naive).earliest()?.with_timezone(&Utc))
}

/// A number as GLPI gives them: nothing else enters an address.
fn number(theirs: &str) -> Result<&str, Fault> {
    let real = !theirs.is_empty() && theirs.len() < 12 && theirs.bytes().all(|byte| byte.is_ascii_digit());
    if real { Ok(theirs) } else { Err(Fault::refused("numéro de ticket illisible")) }
}

impl Glpi {
    pub(super) fn new(line: Line, secrets: Secrets, settings: Settings) -> Self {
        Self { line, secrets, settings, session: Mutex::new(None) }
    }

    /// The session of these gestures, begun on the first.
    fn session(&self) -> Result<String, Fault> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &*session {
            return Ok(token.clone());
        }
        let user = format!("user_token {}", self.secrets.token);
        let mut headers = vec![("authorization", user.as_str()), ("content-type", "application/json")];
        if !self.secrets.app_token.is_empty() {
            headers.push(("app-token", &self.secrets.app_token));
        }
        let begun = self.line.call("GET", "/apirest.php/initSession", &headers, None)?.taken(said)?;
        let token = text(&begun["session_token"]);
        if token.is_empty() {
            return Err(Fault::passing("l’autre outil n’a pas ouvert de session\u{a0}: vérifiez l’adresse"));
        }
        *session = Some(token.clone());
        Ok(token)
    }

    fn call(&self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Value, Fault> {
        let token = self.session()?;
        let mut headers = vec![("session-token", token.as_str())];
        if !self.secrets.app_token.is_empty() {
            headers.push(("app-token", &self.secrets.app_token));
        }
        if body.is_none() {
            headers.push(("content-type", "application/json"));
        }
        self.line.call(method, &format!("/apirest.php/{path}"), &headers, body)?.taken(said)
    }

    fn get(&self, path: &str) -> Result<Value, Fault> {
        self.call("GET", path, None)
    }

    /// Adds an item and gives its number.
    fn add(&self, item: &str, input: &Value) -> Result<String, Fault> {
        let body = json!({ "input": input }).to_string().into_bytes();
        let made = self.call("POST", item, Some(("application/json", body)))?;
        let id = text(&made["id"]);
        if id.is_empty() {
            Err(Fault::refused("l’autre outil n’a pas donné de numéro"))
        } else {
            Ok(id)
        }
    }

    fn set_status(&self, theirs: &str, status: i64) -> Result<(), Fault> {
        let body = json!({ "input": { "id": theirs, "status": status } }).to_string().into_bytes();
        self.call("PUT", &format!("Ticket/{}", number(theirs)?), Some(("application/json", body))).map(|_| ())
    }

    fn opened(&self, id: &str) -> Opened {
        Opened { theirs: id.to_owned(), url: self.line.at(&format!("/front/ticket.form.php?id={id}")) }
    }

    fn lines(&self, theirs: &str, item: &str) -> Result<Vec<Value>, Fault> {
        let read = self.get(&format!("Ticket/{}/{item}?{ALL}", number(theirs)?))?;
        Ok(read.as_array().cloned().unwrap_or_default())
    }

    fn pieces(&self, theirs: &str) -> Result<Vec<Piece>, Fault> {
        let range = "range=0-999";
        let links = self.get(&format!("Ticket/{}/Document_Item?{range}", number(theirs)?))?;
        let mut pieces = Vec::new();
        for link in links.as_array().into_iter().flatten() {
            let id = text(&link["documents_id"]);
            let document = self.get(&format!("Document/{}", number(&id)?))?;
            pieces.push(Piece { id, name: text(&document["filename"]), sha256: None });
        }
        Ok(pieces)
    }
}

impl Tool for Glpi {
    fn greet(&self) -> Result<String, Fault> {
        let session = self.get("getFullSession")?;
        let name = text(&session["session"]["glpifriendlyname"]);
        let name = if name.is_empty() { text(&session["session"]["glpiname"]) } else { name };
        Ok(if name.is_empty() { "session ouverte".into() } else { name })
    }

    fn open(&self, opening: &Opening) -> Result<Opened, Fault> {
        let mut input = Map::new();
        input.insert("name".into(), json!(opening.title));
        input.insert("content".into(), json!(to_html(&opening.text)));
        input.insert("externalid".into(), json!(opening.mark));
        let urgency = if opening.urgent { &self.settings.urgent } else { &self.settings.usual };
        let set = [
            ("urgency", urgency),
            ("entities_id", &self.settings.entity),
            ("itilcategories_id", &self.settings.category),
            ("_groups_id_assign", &self.settings.group),
        ];
        for (name, value) in set {
            if let Ok(value) = value.parse::<i64>() {
                input.insert(name.into(), json!(value));
            }
        }
        Ok(self.opened(&self.add("Ticket", &Value::Object(input))?))
    }

    fn find(&self, opening: &Opening) -> Result<Option<Opened>, Fault> {
        let found = self.get(&format!("Ticket?searchText[externalid]={}&range=0-9", opening.mark))?;
        let ours = |one: &&Value| one["externalid"] == opening.mark.as_str();
        let id = found.as_array().into_iter().flatten().find(ours).map(|one| text(&one["id"]));
        Ok(id.map(|id| self.opened(&id)))
    }

    fn read(&self, theirs: &str) -> Result<Snapshot, Fault> {
        let ticket = self.get(&format!("Ticket/{}", number(theirs)?))?;
        let state = text(&ticket["status"]);
        let label =
            STATES.iter().find(|(code, ..)| *code == state).map_or("État inconnu", |(_, label, _)| label);
        let followups = self.lines(theirs, "ITILFollowup")?;
        let solutions = self.lines(theirs, "ITILSolution")?;
        let mut words: Vec<Word> = followups
            .iter()
            .filter(|one| text(&one["is_private"]) != "1")
            .filter_map(|one| word("", one))
            .collect();
        words.extend(solutions.iter().filter_map(|one| word("solution:", one)));
        words.sort_by_key(|one| one.at);
        let standing = solutions.iter().rev().find(|one| one["status"].as_i64() != Some(REFUSED_SOLUTION));
        let over = matches!(state.as_str(), "5" | "6");
        let because = standing.filter(|_| over).map(|one| format!("solution:{}", text(&one["id"])));
        Ok(Snapshot { label: label.to_owned(), because, words, pieces: self.pieces(theirs)?, state })
    }

    fn say(&self, theirs: &str, saying: &Saying) -> Result<String, Fault> {
        let input = json!({
            "itemtype": "Ticket", "items_id": number(theirs)?, "content": to_html(&saying.text),
            "is_private": i32::from(saying.private),
        });
        self.add("ITILFollowup", &input)
    }

    fn join(&self, theirs: &str, joining: &Joining) -> Result<String, Fault> {
        let theirs = number(theirs)?;
        let (kind, body) = manifest(joining);
        let made = self.call("POST", "Document", Some((&kind, body)))?;
        let id = text(&made["id"]);
        self.add(
            "Document_Item",
            &json!({ "documents_id": number(&id)?, "itemtype": "Ticket", "items_id": theirs }),
        )?;
        Ok(id)
    }

    fn fetch(&self, _: &str, piece: &str) -> Result<Vec<u8>, Fault> {
        let token = self.session()?;
        let mut headers = vec![("session-token", token.as_str()), ("accept", "application/octet-stream")];
        if !self.secrets.app_token.is_empty() {
            headers.push(("app-token", &self.secrets.app_token));
        }
        self.line.file(&format!("/apirest.php/Document/{}", number(piece)?), &headers)
    }

    fn stand(&self, theirs: &str, standing: Standing, saying: &Saying) -> Result<Stood, Fault> {
        if standing.is_over() {
            let input = json!({ "itemtype": "Ticket", "items_id": number(theirs)?, "content": to_html(&saying.text) });
            let id = self.add("ITILSolution", &input)?;
            return Ok(Stood::Done(Some(format!("solution:{id}"))));
        }
        self.set_status(theirs, if standing.waits_for().is_some() { 4 } else { 2 })?;
        Ok(Stood::Done(None))
    }

    fn leave(&self) {
        let held = self.session.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(token) = held {
            let headers = [("session-token", token.as_str()), ("app-token", self.secrets.app_token.as_str())];
            // A session that is not closed ends by itself.
            let _ = self.line.call("GET", "/apirest.php/killSession", &headers, None);
        }
    }
}

fn word(prefix: &str, one: &Value) -> Option<Word> {
    let at = instant(&one["date_creation"]).or_else(|| instant(&one["date"]))?;
    let id = format!("{prefix}{}", text(&one["id"]));
    Some(Word { id, author: text(&one["users_id"]), text: from_html(&text(&one["content"])), at })
}

/// A file with its description, as a form of two parts.
fn manifest(joining: &Joining) -> (String, Vec<u8>) {
    let limit = format!("beffroi-{}", joining.key);
    // A name ends where its header says so: quotes and line ends would end it sooner.
    let name: String =
        joining.name.chars().map(|c| if c == '"' || c == '\\' || c.is_control() { '_' } else { c }).collect();
    let input = json!({ "input": { "name": name, "_filename": [name] } });
    let mut body = format!(
        "--{limit}\r\nContent-Disposition: form-data; name=\"uploadManifest\"\r\nContent-Type: application/json\r\n\r\n\
         {input}\r\n--{limit}\r\nContent-Disposition: form-data; name=\"filename[0]\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(&joining.bytes);
    body.extend_from_slice(format!("\r\n--{limit}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={limit}"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_a_number_enters_an_address() {
        assert_eq!(number("42").unwrap(), "42");
        for bad in ["", "4/2", "../1", "1?x", "٣", "999999999999"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_of_file_stays_in_its_header() {
        let joining = Joining {
            key: "k".into(),
            name: "a\"\r\nX: b.pdf".into(),
            bytes: vec![1, 2, 3],
            sha256: String::new(),
        };
        let (kind, body) = manifest(&joining);
        let text = String::from_utf8_lossy(&body);
        assert!(kind.ends_with("boundary=beffroi-k") && text.contains("filename=\"a___X: b.pdf\""), "{text}");
    }

    #[test]
    fn instants_are_of_paris() {
        assert_eq!(instant(&json!("2026-10-05 10:00:00")).unwrap().to_rfc3339(), "2026-10-05T08:00:00+00:00");
        assert!(instant(&json!("hier")).is_none());
    }
}
