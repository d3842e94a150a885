//! A small server that answers as the source of GLPI 10.0 and 11.0 does where the bridge calls it: who is
//! let in, which fields a table has, what a list gives, what a follow-up moves, what a document needs. Our
//! own words throughout; not GLPI.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};

pub const TOKEN: &str = "utilisateur";
pub const APP: &str = "application";
const ACCOUNT: i64 = 7;
const AGENT: i64 = 8;

/// Columns of the tables, of those the bridge names; whatever else is sent is dropped in silence.
const COLUMNS: &[(&str, &[&str])] = &[
    ("Ticket", &["name", "content", "status", "urgency", "entities_id", "itilcategories_id"]),
    ("ITILFollowup", &["itemtype", "items_id", "content", "is_private"]),
    ("ITILSolution", &["itemtype", "items_id", "content"]),
    ("Document", &["name", "comment"]),
    ("Document_Item", &["documents_id", "itemtype", "items_id"]),
];

#[derive(Default)]
pub struct Held {
    items: BTreeMap<String, Vec<Value>>,
    files: BTreeMap<i64, Vec<u8>>,
    sessions: BTreeSet<String>,
    pub begun: usize,
    /// Groups given tickets at their opening.
    pub groups: Vec<Value>,
    /// Whether every call is answered by a page for people.
    pub maintenance: bool,
    /// The application key asked for.
    pub app: String,
    second: u32,
}

#[derive(Clone)]
pub struct Glpi(Arc<Mutex<Held>>);

type Refusal = Box<Response>;

fn refusal(status: u16, code: &str) -> Refusal {
    let words = "refusé; voir la documentation sur https://glpi.example/#x";
    Box::new((StatusCode::from_u16(status).unwrap(), Json(json!([code, words]))).into_response())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn number(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

/// A pattern of theirs: `^` begins, `$` ends, else anywhere; as `LIKE`, without regard to case.
fn like(pattern: &str, value: &Value) -> bool {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_lowercase();
    let (begins, inner) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (ends, inner) = inner.strip_suffix('$').map_or((false, inner), |rest| (true, rest));
    let inner = inner.to_lowercase();
    match (begins, ends) {
        (true, true) => value == inner,
        (true, false) => value.starts_with(&inner),
        (false, true) => value.ends_with(&inner),
        (false, false) => value.contains(&inner),
    }
}

impl Held {
    pub fn all(&self, item: &str) -> &[Value] {
        self.items.get(item).map_or(&[], Vec::as_slice)
    }

    fn insert(&mut self, item: &str, fields: Value) -> i64 {
        self.second += 1;
        let (minutes, seconds) = (self.second / 60, self.second % 60);
        let rows = self.items.entry(item.to_owned()).or_default();
        let id = i64::try_from(rows.len()).unwrap() + 1;
        let mut fields = fields;
        fields["id"] = json!(id);
        fields["date_creation"] = json!(format!("2026-10-05 10:{minutes:02}:{seconds:02}"));
        rows.push(fields);
        id
    }

    fn row(&mut self, item: &str, id: i64) -> Option<&mut Value> {
        self.items.get_mut(item)?.iter_mut().find(|row| number(&row["id"]) == id)
    }

    /// Who is let in: the key of the application, then the session.
    fn door(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match header(headers, "app-token") {
            given if given == self.app => {}
            "" => return Err(refusal(400, "ERROR_APP_TOKEN_PARAMETERS_MISSING")),
            _ => return Err(refusal(400, "ERROR_WRONG_APP_TOKEN_PARAMETER")),
        }
        match header(headers, "session-token") {
            "" => Err(refusal(400, "ERROR_SESSION_TOKEN_MISSING")),
            token if self.sessions.contains(token) => Ok(()),
            _ => Err(refusal(401, "ERROR_SESSION_TOKEN_INVALID")),
        }
    }

    fn begin(&mut self, headers: &HeaderMap) -> Result<Value, Refusal> {
        if header(headers, "app-token") != self.app {
            return Err(refusal(400, "ERROR_WRONG_APP_TOKEN_PARAMETER"));
        }
        match header(headers, "authorization").strip_prefix("user_token ") {
            None => Err(refusal(400, "ERROR_LOGIN_PARAMETERS_MISSING")),
            Some(token) if token != TOKEN => Err(refusal(401, "ERROR_GLPI_LOGIN_USER_TOKEN")),
            Some(_) => {
                self.begun += 1;
                let token = format!("session{}", self.begun);
                self.sessions.insert(token.clone());
                Ok(json!({ "session_token": token }))
            }
        }
    }

    /// What a ticket and its words hold, without what hangs on nothing of it; pasted pictures are left out.
    fn documents(&self, ticket: i64) -> Vec<Value> {
        let of = |item: &str, row: &Value| match item {
            "Ticket" => number(&row["items_id"]) == ticket,
            item => self.all(item).iter().any(|one| one["id"] == row["items_id"]),
        };
        let links = self.all("Document_Item").iter().filter(|row| number(&row["timeline_position"]) > 0);
        let links = links.filter(|row| of(row["itemtype"].as_str().unwrap(), row));
        let document =
            |link: &Value| self.all("Document").iter().find(|row| row["id"] == link["documents_id"]).cloned();
        links.filter_map(document).collect()
    }

    /// A row as it is given: people by their name if asked, texts encoded unless asked.
    fn given(&self, row: &Value, asked: &[(String, String)], headers: &HeaderMap) -> Value {
        let mut row = row.clone();
        if asked.iter().any(|(name, value)| name == "expand_dropdowns" && value == "true")
            && number(&row["users_id"]) == AGENT
        {
            row["users_id"] = json!("Dupont Jeanne");
        }
        if header(headers, "x-glpi-sanitized-content") != "false"
            && let Some(text) = row["content"].as_str()
        {
            let text = text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;");
            row["content"] = json!(text);
        }
        row
    }

    fn list(
        &self,
        item: &str,
        of: Option<(&str, i64)>,
        (asked, headers): (&[(String, String)], &HeaderMap),
    ) -> Result<Response, Refusal> {
        let columns = COLUMNS.iter().find(|(name, _)| *name == item).map(|(_, columns)| *columns);
        let columns = columns.ok_or_else(|| refusal(400, "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM"))?;
        let range = asked.iter().find(|(name, _)| name == "range").map_or("0-49", |(_, value)| value);
        let (from, to) = range.split_once('-').ok_or_else(|| refusal(400, "ERROR"))?;
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        let mut rows: Vec<&Value> = self.all(item).iter().collect();
        if let Some((parent, id)) = of {
            rows.retain(|row| row["itemtype"] == parent && number(&row["items_id"]) == id);
        }
        for (name, pattern) in asked {
            let Some(column) = name.strip_prefix("searchText[").and_then(|rest| rest.strip_suffix(']'))
            else {
                continue;
            };
            if !columns.contains(&column) {
                return Err(refusal(400, "ERROR_FIELD_NOT_FOUND"));
            }
            rows.retain(|row| like(pattern, &row[column]));
        }
        if from > rows.len() {
            return Err(refusal(400, "ERROR_RANGE_EXCEED_TOTAL"));
        }
        let total = rows.len();
        let page: Vec<Value> = rows
            .into_iter()
            .skip(from)
            .take(to + 1 - from)
            .map(|row| self.given(row, asked, headers))
            .collect();
        let code = if page.len() < total { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
        let range = [("content-range", format!("{from}-{to}/{total}"))];
        Ok((code, range, Json(page)).into_response())
    }

    fn one(
        &self,
        item: &str,
        id: i64,
        (asked, headers): (&[(String, String)], &HeaderMap),
    ) -> Result<Response, Refusal> {
        let row = self.all(item).iter().find(|row| number(&row["id"]) == id);
        let row = row.ok_or_else(|| refusal(404, "ERROR_ITEM_NOT_FOUND"))?;
        if item == "Document" && header(headers, "accept") == "application/octet-stream" {
            return Ok(self.files.get(&id).cloned().unwrap_or_default().into_response());
        }
        let mut given = self.given(row, asked, headers);
        if asked.iter().any(|(name, value)| name == "with_documents" && value == "true") {
            given["_documents"] = json!(self.documents(id));
        }
        Ok(Json(given).into_response())
    }

    /// Adds what was sent, as far as its table knows it.
    fn add(&mut self, item: &str, input: &Value) -> Result<i64, Refusal> {
        let columns = COLUMNS.iter().find(|(name, _)| *name == item).map(|(_, columns)| *columns);
        let columns = columns.ok_or_else(|| refusal(400, "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM"))?;
        let mut row = json!({ "users_id": ACCOUNT });
        for column in columns {
            row[*column] = input[*column].clone();
        }
        let ticket = number(&input["items_id"]);
        match item {
            "Ticket" => {
                row["status"] = json!(if input["_groups_id_assign"].is_null() { 1 } else { 2 });
                self.groups.push(input["_groups_id_assign"].clone());
            }
            _ if self.row("Ticket", ticket).is_none() => return Err(refusal(400, "ERROR_GLPI_ADD")),
            "ITILSolution" => {
                let held = self.row("Ticket", ticket).unwrap();
                if matches!(number(&held["status"]), 5 | 6) {
                    return Err(refusal(400, "ERROR_GLPI_ADD"));
                }
                held["status"] = json!(5);
                row["status"] = json!(2);
            }
            "ITILFollowup" => self.moved_by(ticket, input),
            _ => {}
        }
        if matches!(item, "ITILFollowup" | "ITILSolution")
            && input["content"].as_str().is_none_or(str::is_empty)
        {
            return Err(refusal(400, "ERROR_GLPI_ADD"));
        }
        Ok(self.insert(item, row))
    }

    /// Their account asked for the ticket, and nobody gave it work: what it writes under reopens it, unless
    /// it says not to.
    fn moved_by(&mut self, ticket: i64, input: &Value) {
        if let Some(ticket) = self.row("Ticket", ticket)
            && input["_no_reopen"].is_null()
            && matches!(number(&ticket["status"]), 4..=6)
        {
            ticket["status"] = json!(2);
        }
    }

    fn upload(&mut self, kind: &str, body: &[u8]) -> Result<i64, Refusal> {
        let text = String::from_utf8_lossy(body).into_owned();
        let limit = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
        let parts: Vec<&str> = text.split(&format!("--{limit}")).collect();
        let json = parts[1].split("\r\n\r\n").nth(1).unwrap().trim();
        let input =
            serde_json::from_str::<Value>(json).map_err(|_| refusal(400, "ERROR_JSON_PAYLOAD_INVALID"))?;
        let input = &input["input"];
        let (head, content) = parts[2].split_once("\r\n\r\n").unwrap();
        // The name of the file is that of its part: the one in the description is forgotten.
        let name = head.split("filename=\"").nth(1).unwrap().split('"').next().unwrap();
        let taken = !name.ends_with(".exe");
        if !taken && !input["itemtype"].is_null() {
            return Err(refusal(400, "ERROR_GLPI_ADD"));
        }
        let mut row = json!({ "name": input["name"], "comment": input["comment"], "users_id": ACCOUNT });
        row["filename"] = if taken { json!(name) } else { Value::Null };
        let id = self.insert("Document", row);
        self.files.insert(id, content.trim_end_matches("\r\n").as_bytes().to_vec());
        if !input["itemtype"].is_null() {
            self.hang(id, input["itemtype"].as_str().unwrap(), number(&input["items_id"]), 1);
            self.moved_by(number(&input["items_id"]), input);
        }
        Ok(id)
    }

    fn hang(&mut self, document: i64, on: &str, id: i64, position: i64) {
        self.insert(
            "Document_Item",
            json!({ "documents_id": document, "itemtype": on, "items_id": id, "timeline_position": position }),
        );
    }
}

/// What people do there.
impl Held {
    pub fn writes(&mut self, content: &str, private: bool) -> i64 {
        self.insert(
            "ITILFollowup",
            json!({ "itemtype": "Ticket", "items_id": 1, "content": content,
            "is_private": i32::from(private), "users_id": AGENT }),
        )
    }

    pub fn solves(&mut self, content: &str) {
        self.insert(
            "ITILSolution",
            json!({ "itemtype": "Ticket", "items_id": 1, "content": content,
            "status": 2, "users_id": AGENT }),
        );
        self.row("Ticket", 1).unwrap()["status"] = json!(5);
    }

    /// Joins a file to the ticket or to words of it; a pasted picture has no place of its own.
    pub fn joins(&mut self, name: &str, content: &str, (on, id): (&str, i64), pasted: bool) -> i64 {
        let document = self.insert("Document", json!({ "filename": name, "users_id": AGENT }));
        self.files.insert(document, content.as_bytes().to_vec());
        self.hang(document, on, id, if pasted { -1 } else { 1 });
        document
    }

    pub fn bins(&mut self, binned: bool) {
        self.row("Ticket", 1).unwrap()["is_deleted"] = json!(i32::from(binned));
    }

    pub fn open_sessions(&self) -> usize {
        self.sessions.len()
    }

    pub fn end_sessions(&mut self) {
        self.sessions.clear();
    }
}

type Asked = Query<Vec<(String, String)>>;

async fn call(
    State(glpi): State<Glpi>,
    Path(path): Path<String>,
    Query(asked): Asked,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut held = glpi.held();
    if held.maintenance {
        return axum::response::Html("<h1>En maintenance</h1>").into_response();
    }
    answer(&mut held, (&method, &path), (&asked, &headers), &body).unwrap_or_else(|refusal| *refusal)
}

fn answer(
    held: &mut Held,
    (method, path): (&Method, &str),
    (asked, headers): (&[(String, String)], &HeaderMap),
    body: &[u8],
) -> Result<Response, Refusal> {
    let parts: Vec<&str> = path.split('/').collect();
    if method == Method::GET && !body.is_empty() {
        return Err(refusal(400, "ERROR_JSON_PAYLOAD_FORBIDDEN"));
    }
    if parts == ["initSession"] {
        return held.begin(headers).map(|begun| Json(begun).into_response());
    }
    held.door(headers)?;
    let added = |id: i64| (StatusCode::CREATED, Json(json!({ "id": id, "message": "" }))).into_response();
    match (method.as_str(), parts.as_slice()) {
        ("GET", ["killSession"]) => {
            held.sessions.remove(header(headers, "session-token"));
            Ok(Json(true).into_response())
        }
        ("GET", ["getFullSession"]) => {
            Ok(Json(json!({ "session": { "glpiname": "passerelle" } })).into_response())
        }
        ("GET", [item]) => held.list(item, None, (asked, headers)),
        ("GET", [item, id]) => held.one(item, id.parse().unwrap(), (asked, headers)),
        ("GET", [parent, id, item]) => held.list(item, Some((parent, id.parse().unwrap())), (asked, headers)),
        ("POST", ["Document"]) => held.upload(header(headers, "content-type"), body).map(added),
        ("POST", [item]) => {
            let sent = serde_json::from_slice::<Value>(body);
            let sent = sent.map_err(|_| refusal(400, "ERROR_JSON_PAYLOAD_INVALID"))?;
            if sent["input"].is_null() {
                return Err(refusal(400, "ERROR_BAD_ARRAY"));
            }
            held.add(item, &sent["input"]).map(added)
        }
        ("PUT", ["Ticket", id]) => {
            let sent = serde_json::from_slice::<Value>(body).unwrap();
            let row =
                held.row("Ticket", id.parse().unwrap()).ok_or_else(|| refusal(400, "ERROR_GLPI_UPDATE"))?;
            row["status"] = sent["input"]["status"].clone();
            Ok(Json(json!([{ *id: true, "message": "" }])).into_response())
        }
        _ => Err(refusal(405, "ERROR_METHOD_NOT_ALLOWED")),
    }
}

impl Glpi {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Held { app: APP.into(), ..Held::default() })))
    }

    pub fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/apirest.php/{*path}", any(call))
            .route("/", get(|| async { "GLPI" }))
            .with_state(self.clone())
    }
}
