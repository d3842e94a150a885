//! GLPI, by its REST API (`apirest.php`). Every call was held against GLPI's own source (10.0 and 11.0: see
//! decision 0033), and is tried against a small server that answers as that source does; never against a
//! GLPI that runs: the pages say so.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Europe::Paris;
use serde_json::{Map, Value, json};

use super::http::{Answer, Line, refusal};
use super::plain::{from_html, images, to_html};
use super::{Fault, Joining, Opened, Opening, Piece, Saying, Snapshot, Stood, Tool, Word};
use crate::model::{Secrets, Settings, Standing};
use crate::rules::{mark_of, marked};

/// The states of tickets. The last one came with GLPI 11.
pub(super) const STATES: &[(&str, &str, Standing)] = &[
    ("1", "Nouveau", Standing::New),
    ("2", "En cours (attribué)", Standing::Open),
    ("3", "En cours (planifié)", Standing::Open),
    ("4", "En attente", Standing::School),
    ("5", "Résolu", Standing::Done),
    ("6", "Clos", Standing::Done),
    ("10", "Approbation", Standing::Open),
];

/// Refusals at the door, most of them a 400: nothing is wrong with what was asked, everything waits until
/// somebody mends the settings of either side.
const DOOR: &[(&str, &str)] = &[
    ("ERROR_WRONG_APP_TOKEN_PARAMETER", "GLPI ne reconnaît pas l’App-Token de cette passerelle"),
    ("ERROR_APP_TOKEN_PARAMETERS_MISSING", "GLPI demande un App-Token"),
    ("ERROR_NOT_ALLOWED_IP", "GLPI n’a pas de client d’API actif pour l’adresse de ce serveur"),
    ("ERROR_GLPI_LOGIN_USER_TOKEN", "GLPI ne reconnaît pas le jeton d’API de cette passerelle"),
    ("ERROR_GLPI_LOGIN", "GLPI ne reconnaît pas le compte de cette passerelle"),
    (
        "ERROR_LOGIN_PARAMETERS_MISSING",
        "GLPI n’a pas reçu le jeton\u{a0}: son serveur web doit transmettre l’en-tête Authorization",
    ),
    (
        "ERROR_SESSION_TOKEN_MISSING",
        "GLPI n’a pas reçu la session\u{a0}: son serveur web doit transmettre l’en-tête Session-Token",
    ),
    ("ERROR_SESSION_TOKEN_INVALID", "GLPI a fermé la session de cette passerelle"),
];

/// A solution that those who asked refused.
const REFUSED_SOLUTION: &str = "4";
/// Lines of one page of a list.
const LINES: usize = 100;
/// Pages of a list that are read: a ticket has fewer.
const PAGES: usize = 50;
/// Longest title that GLPI keeps, in letters.
const TITLE: usize = 250;

/// GLPI.
pub(super) struct Glpi {
    line: Line,
    secrets: Secrets,
    settings: Settings,
    session: Mutex<Option<String>>,
}

/// A field as text: numbers come as numbers or as texts, after the version.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(one) => i32::from(*one).to_string(),
        _ => String::new(),
    }
}

/// Whether a field that is 0 or 1 is 1.
fn is_set(value: &Value) -> bool {
    text(value) == "1"
}

/// GLPI refuses by a list: a code, then words, which may end with the address of its documentation.
fn said(body: &Value) -> Option<String> {
    let parts = body.as_array()?.iter().map(text);
    let parts: Vec<String> = parts
        .map(|part| part.split("; ").next().unwrap_or_default().trim().to_owned())
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| parts.join("\u{a0}: "))
}

/// What GLPI answers, or why it does not: at its door everything waits, further in this thing alone.
fn judged(answer: Answer) -> Result<Value, Fault> {
    if (200..300).contains(&answer.status) {
        // A page of maintenance, or of another program, is no JSON.
        let strange = || Fault::passing("cette adresse ne répond pas comme l’API de GLPI\u{a0}: vérifiez-la");
        return Some(answer.body).filter(|body| !body.is_null()).ok_or_else(strange);
    }
    let code = text(&answer.body[0]);
    match DOOR.iter().find(|(known, _)| *known == code) {
        Some((_, words)) => Err(Fault::passing(*words)),
        None => Err(refusal(answer.status, said(&answer.body))),
    }
}

/// Instants come without their zone. They only put words in order, so that another zone than Paris would
/// change nothing.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let naive = NaiveDateTime::parse_from_str(value.as_str()?, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(Paris.from_local_datetime(&naive).earliest()?.with_timezone(&Utc))
}

/// A number as GLPI gives them: nothing else enters an address.
fn number(theirs: &str) -> Result<&str, Fault> {
    let real = !theirs.is_empty() && theirs.len() < 12 && theirs.bytes().all(|byte| byte.is_ascii_digit());
    if real { Ok(theirs) } else { Err(Fault::refused("numéro de ticket illisible")) }
}

/// The reference that begins our titles, fit for an address.
fn reference(title: &str) -> String {
    let first = title.split_whitespace().next().unwrap_or_default();
    first.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect()
}

impl Glpi {
    pub(super) fn new(line: Line, secrets: Secrets, settings: Settings) -> Self {
        Self { line, secrets, settings, session: Mutex::new(None) }
    }

    /// The headers of every call. The last one asks GLPI 10 for its texts as they were written; GLPI 11,
    /// which keeps them so, does not know it.
    fn headers<'a>(&'a self, own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut headers = own.to_vec();
        if !self.secrets.app_token.is_empty() {
            headers.push(("app-token", &self.secrets.app_token));
        }
        headers.push(("x-glpi-sanitized-content", "false"));
        headers
    }

    /// The session of these gestures, begun on the first. Whatever refuses it refuses everything.
    fn session(&self) -> Result<String, Fault> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &*session {
            return Ok(token.clone());
        }
        let user = format!("user_token {}", self.secrets.token);
        let headers = self.headers(&[("authorization", user.as_str()), ("content-type", "application/json")]);
        let begun = self.line.call("GET", "/apirest.php/initSession", &headers, None).and_then(judged);
        let begun = begun.map_err(|fault| Fault { passing: true, ..fault })?;
        let token = text(&begun["session_token"]);
        if token.is_empty() {
            return Err(Fault::passing("l’autre outil n’a pas ouvert de session\u{a0}: vérifiez l’adresse"));
        }
        *session = Some(token.clone());
        Ok(token)
    }

    fn call(&self, method: &str, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Value, Fault> {
        let token = self.session()?;
        let mut headers = self.headers(&[("session-token", token.as_str())]);
        if body.is_none() {
            headers.push(("content-type", "application/json"));
        }
        judged(self.line.call(method, &format!("/apirest.php/{path}"), &headers, body)?)
    }

    fn get(&self, path: &str) -> Result<Value, Fault> {
        self.call("GET", path, None)
    }

    /// Every line of a list, page after page: GLPI gives 50 unless told, and says 206 for a part.
    fn list(&self, path: &str, search: &str) -> Result<Vec<Value>, Fault> {
        let mut all = Vec::new();
        for page in 0..PAGES {
            let (from, to) = (page * LINES, (page + 1) * LINES - 1);
            let read = self.get(&format!("{path}?{search}get_hateoas=false&range={from}-{to}"))?;
            let lines = read.as_array().cloned().unwrap_or_default();
            let last = lines.len() < LINES;
            all.extend(lines);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// Adds an item and gives its number.
    fn add(&self, item: &str, input: &Value) -> Result<String, Fault> {
        let body = json!({ "input": input }).to_string().into_bytes();
        given(&self.call("POST", item, Some(("application/json", body)))?)
    }

    fn set_status(&self, theirs: &str, status: i64) -> Result<(), Fault> {
        let body = json!({ "input": { "id": theirs, "status": status } }).to_string().into_bytes();
        self.call("PUT", &format!("Ticket/{}", number(theirs)?), Some(("application/json", body))).map(|_| ())
    }

    fn opened(&self, id: &str) -> Opened {
        Opened { theirs: id.to_owned(), url: self.line.at(&format!("/front/ticket.form.php?id={id}")) }
    }

    fn lines(&self, theirs: &str, item: &str) -> Result<Vec<Value>, Fault> {
        self.list(&format!("Ticket/{}/{item}", number(theirs)?), "expand_dropdowns=true&")
    }

    /// The files of a ticket: its own, those of the words that everyone reads, and the pictures pasted into
    /// these. What hangs on a private follow-up or on a task stays there.
    fn pieces(&self, theirs: &str, ticket: &Value, words: &Public) -> Result<Vec<Piece>, Fault> {
        let own = self.list(&format!("Ticket/{}/Document_Item", number(theirs)?), "")?;
        let own: BTreeSet<String> = own.iter().map(|link| text(&link["documents_id"])).collect();
        let hung: Vec<&Value> = ticket["_documents"].as_array().into_iter().flatten().collect();
        let mut pieces: Vec<Piece> = Vec::new();
        for document in &hung {
            let id = text(&document["id"]);
            if own.contains(&id) || self.hangs_on(&id, words)? {
                pieces.push(piece(id, document));
            }
        }
        for id in own.iter().chain(&words.pictures) {
            if !pieces.iter().any(|piece| piece.id == *id) {
                let document = match self.get(&format!("Document/{}?get_hateoas=false", number(id)?)) {
                    // Not ours to read: fetching it is refused too, and that is shown.
                    Err(fault) if !fault.passing => json!({ "filename": format!("document {id}") }),
                    document => document?,
                };
                pieces.push(piece(id.clone(), &document));
            }
        }
        Ok(pieces)
    }

    /// Whether a document hangs on words that everyone reads.
    fn hangs_on(&self, document: &str, words: &Public) -> Result<bool, Fault> {
        // `^12$`: exactly.
        let search = format!("searchText[documents_id]=%5E{}%24&", number(document)?);
        let links = self.list("Document_Item", &search)?;
        Ok(links.iter().any(|link| {
            let on = (text(&link["itemtype"]), text(&link["items_id"]));
            text(&link["documents_id"]) == document && words.items.contains(&on)
        }))
    }
}

/// The number of what was added.
fn given(made: &Value) -> Result<String, Fault> {
    let id = text(&made["id"]);
    let none = || Fault::refused("l’autre outil n’a pas donné de numéro");
    Some(id).filter(|id| number(id).is_ok()).ok_or_else(none)
}

/// A document as a file. Ours carry their mark in the comment.
fn piece(id: String, document: &Value) -> Piece {
    let mark = mark_of(&text(&document["comment"])).map(str::to_owned);
    Piece { id, name: from_html(&text(&document["filename"])), sha256: None, mark }
}

/// Words that everyone reads there.
#[derive(Default)]
struct Public {
    /// Which: their kind and number.
    items: BTreeSet<(String, String)>,
    /// The documents of the pictures pasted into them.
    pictures: BTreeSet<String>,
}

impl Public {
    fn keep(&mut self, kind: &str, one: &Value) {
        self.items.insert((kind.to_owned(), text(&one["id"])));
        self.pictures.extend(images(&text(&one["content"])).into_iter().filter(|id| number(id).is_ok()));
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
        input.insert("name".into(), json!(opening.title.chars().take(TITLE).collect::<String>()));
        input.insert("content".into(), json!(to_html(&opening.text)));
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

    /// Before GLPI 11 tickets have no field for others: they are found by the reference that begins their title, and known by
    /// the mark that ends their words.
    fn find(&self, opening: &Opening) -> Result<Option<Opened>, Fault> {
        let search = format!("searchText[name]=%5E{}&", reference(&opening.title));
        let found = self.list("Ticket", &search)?;
        let ours = |one: &&Value| mark_of(&from_html(&text(&one["content"]))) == Some(opening.mark.as_str());
        let id = found.iter().find(ours).map(|one| text(&one["id"]));
        Ok(id.map(|id| self.opened(&id)))
    }

    fn read(&self, theirs: &str) -> Result<Snapshot, Fault> {
        let path = format!("Ticket/{}?with_documents=true&get_hateoas=false", number(theirs)?);
        let ticket = self.get(&path)?;
        if is_set(&ticket["is_deleted"]) {
            return Err(Fault::refused("ce ticket est à la corbeille de GLPI\u{a0}: restaurez-le là-bas"));
        }
        let state = text(&ticket["status"]);
        let label =
            STATES.iter().find(|(code, ..)| *code == state).map_or("État inconnu", |(_, label, _)| label);
        let mut followups = self.lines(theirs, "ITILFollowup")?;
        followups.retain(|one| !is_set(&one["is_private"]));
        let solutions = self.lines(theirs, "ITILSolution")?;
        let mut public = Public::default();
        followups.iter().for_each(|one| public.keep("ITILFollowup", one));
        solutions.iter().for_each(|one| public.keep("ITILSolution", one));
        let mut words: Vec<Word> = followups.iter().filter_map(|one| word("", one)).collect();
        words.extend(solutions.iter().filter_map(|one| word("solution:", one)));
        words.sort_by_key(|one| one.at);
        let standing = solutions.iter().rev().find(|one| text(&one["status"]) != REFUSED_SOLUTION);
        let over = matches!(state.as_str(), "5" | "6");
        let because = standing.filter(|_| over).map(|one| format!("solution:{}", text(&one["id"])));
        let pieces = self.pieces(theirs, &ticket, &public)?;
        Ok(Snapshot { label: label.to_owned(), because, words, pieces, state })
    }

    /// Words of ours never move the ticket by themselves: where it stands is decided by the comparison, and
    /// written apart. (GLPI reopens what its requester writes under.)
    fn say(&self, theirs: &str, saying: &Saying) -> Result<String, Fault> {
        let input = json!({
            "itemtype": "Ticket", "items_id": number(theirs)?, "content": to_html(&saying.text),
            "is_private": i32::from(saying.private), "_no_reopen": 1,
        });
        self.add("ITILFollowup", &input)
    }

    /// One call: GLPI hangs the document on its ticket itself, and refuses the whole when it does not take
    /// such a file. Apart, it would keep an empty document.
    fn join(&self, theirs: &str, joining: &Joining) -> Result<String, Fault> {
        let (kind, body) = manifest(number(theirs)?, joining);
        given(&self.call("POST", "Document", Some((&kind, body)))?)
    }

    fn fetch(&self, _: &str, piece: &str) -> Result<Vec<u8>, Fault> {
        let token = self.session()?;
        let own = [("session-token", token.as_str()), ("accept", "application/octet-stream")];
        self.line.file(&format!("/apirest.php/Document/{}", number(piece)?), &self.headers(&own))
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
            let headers = self.headers(&[("session-token", token.as_str())]);
            // A session that is not closed ends by itself.
            let _ = self.line.call("GET", "/apirest.php/killSession", &headers, None);
        }
    }
}

fn word(prefix: &str, one: &Value) -> Option<Word> {
    let at = instant(&one["date_creation"]).or_else(|| instant(&one["date"]))?;
    let id = format!("{prefix}{}", text(&one["id"]));
    // Nobody is number 0.
    let author = Some(from_html(&text(&one["users_id"]))).filter(|name| name != "0").unwrap_or_default();
    Some(Word { id, author, text: from_html(&text(&one["content"])), at })
}

/// A file with its description, as a form of two parts. GLPI takes the file's name from its part, and lets
/// it hang on the ticket that the description names.
fn manifest(ticket: &str, joining: &Joining) -> (String, Vec<u8>) {
    let limit = format!("beffroi-{}", joining.key);
    // A name ends where its header says so: quotes and line ends would end it sooner.
    let name: String =
        joining.name.chars().map(|c| if c == '"' || c == '\\' || c.is_control() { '_' } else { c }).collect();
    let input = json!({ "input": {
        "name": name, "_filename": [name], "itemtype": "Ticket", "items_id": ticket, "_no_reopen": 1,
        "comment": marked("Beffroi", &joining.mark),
    } });
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
            mark: "0123456789ab".into(),
        };
        let (kind, body) = manifest("7", &joining);
        let text = String::from_utf8_lossy(&body);
        assert!(kind.ends_with("boundary=beffroi-k") && text.contains("filename=\"a___X: b.pdf\""), "{text}");
    }

    #[test]
    fn instants_are_of_paris() {
        assert_eq!(instant(&json!("2026-10-05 10:00:00")).unwrap().to_rfc3339(), "2026-10-05T08:00:00+00:00");
        assert!(instant(&json!("hier")).is_none());
    }
}
