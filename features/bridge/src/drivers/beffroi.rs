//! Another Beffroi, by its `/api/v1`: requests are made there in the name of the account whose token we
//! hold. Each gesture has its `Idempotency-Key`, so that one whose answer is lost has its effect once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::http::Line;
use super::{Fault, Joining, Opened, Opening, Piece, Saying, Snapshot, Stood, Tool, Word};
use crate::model::{Secrets, Settings, Standing};
use crate::rules::marked;

/// The states of the other Beffroi; the team there waits for « the school »: those who asked, on this side.
pub(super) const STATES: &[(&str, &str, Standing)] = &[
    ("validation", "En validation", Standing::New),
    ("new", "Nouvelle", Standing::New),
    ("open", "En cours", Standing::Open),
    ("waiting/school", "En attente du demandeur", Standing::School),
    ("waiting/provider", "En attente d’un prestataire", Standing::Provider),
    ("waiting/delivery", "En attente d’une livraison", Standing::Delivery),
    ("over/done", "Fait", Standing::Done),
    ("over/degraded", "Fait en mode dégradé", Standing::Degraded),
    ("over/impossible", "Impossible", Standing::Impossible),
    ("over/refused", "Refusé", Standing::Refused),
    ("over/withdrawn", "Abandonnée par le demandeur", Standing::Over),
    ("over/no-answer", "Sans réponse du demandeur", Standing::Over),
    ("refused", "Refusée avant d’être transmise", Standing::Refused),
    ("merged", "Fusionnée avec une autre", Standing::Over),
];

/// Another Beffroi.
pub(super) struct Beffroi {
    line: Line,
    bearer: String,
    settings: Settings,
}

fn said(body: &Value) -> Option<String> {
    let detail = body["detail"].as_str().or_else(|| body["title"].as_str())?;
    let faults = body["erreurs"].as_array().into_iter().flatten();
    let faults = faults.map(|one| format!("{}\u{a0}: {}", text(&one["champ"]), text(&one["message"])));
    let faults: Vec<String> = faults.collect();
    Some(if faults.is_empty() { detail.to_owned() } else { format!("{detail} {}", faults.join("\u{a0}; ")) })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn instant(value: &Value) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.with_timezone(&Utc))
}

/// A reference as Beffroi writes them: nothing else enters an address.
fn path(theirs: &str, rest: &str) -> Result<String, Fault> {
    let real = !theirs.is_empty() && theirs.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if real {
        Ok(format!("/api/v1/demandes/{theirs}{rest}"))
    } else {
        Err(Fault::refused("référence illisible"))
    }
}

impl Beffroi {
    pub(super) fn new(line: Line, secrets: &Secrets, settings: Settings) -> Self {
        Self { line, bearer: format!("Bearer {}", secrets.token), settings }
    }

    fn get(&self, path: &str) -> Result<Value, Fault> {
        self.line.call("GET", path, &[("authorization", &self.bearer)], None)?.taken(said)
    }

    fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, Fault> {
        let headers = [("authorization", self.bearer.as_str()), ("idempotency-key", key)];
        let body = Some(("application/json", body.to_string().into_bytes()));
        self.line.call("POST", path, &headers, body)?.taken(said)
    }

    /// Most characters of the question that takes the text.
    fn longest(&self) -> Result<Option<usize>, Fault> {
        let sheet = self.get(&format!("/api/v1/fiches/{}", self.settings.sheet))?;
        let kinds = sheet["types"].as_array().into_iter().flatten();
        let kind = kinds.into_iter().find(|kind| kind["type"] == self.settings.kind.as_str());
        let questions = kind.and_then(|kind| kind["questions"].as_array()).into_iter().flatten();
        let own = questions.into_iter().find(|one| one["nom"] == self.settings.field.as_str());
        Ok(own.and_then(|one| one["maximum"].as_u64()).and_then(|most| usize::try_from(most).ok()))
    }

    /// What did not fit in the question follows as a message.
    fn rest(&self, opened: &Opened, opening: &Opening, whole: &str) -> Result<(), Fault> {
        let (door, key) = (path(&opened.theirs, "/messages")?, format!("{}-suite", opening.key));
        self.post(&door, &key, &json!({ "texte": whole })).map(|_| ())
    }

    fn opened(&self, reference: &str) -> Opened {
        Opened { theirs: reference.to_owned(), url: self.line.at(&format!("/demandes/{reference}")) }
    }
}

impl Tool for Beffroi {
    fn greet(&self) -> Result<String, Fault> {
        let me = self.get("/api/v1/moi")?;
        if me["jeton"]["ecriture"] != true {
            return Err(Fault::refused("le jeton ne fait que lire\u{a0}: créez-en un qui peut aussi écrire"));
        }
        let sheet = self.get(&format!("/api/v1/fiches/{}", self.settings.sheet))?;
        let kinds = sheet["types"].as_array().into_iter().flatten();
        let kind = kinds.into_iter().find(|kind| kind["type"] == self.settings.kind.as_str());
        let kind = kind.ok_or_else(|| Fault::refused("ce type de demande n’est pas dans cette fiche"))?;
        let known =
            |name: &str| kind["questions"].as_array().into_iter().flatten().any(|one| one["nom"] == name);
        let answered = self.settings.answers.iter().map(|(name, _)| name.as_str());
        if let Some(name) =
            std::iter::once(self.settings.field.as_str()).chain(answered).find(|name| !known(name))
        {
            return Err(Fault::refused(format!(
                "la question «\u{a0}{name}\u{a0}» n’est pas dans cette fiche"
            )));
        }
        self.get(&format!("/api/v1/etablissements/{}", self.settings.school))?;
        Ok(format!("{}, jeton «\u{a0}{}\u{a0}»", text(&me["nom"]), text(&me["jeton"]["nom"])))
    }

    fn open(&self, opening: &Opening) -> Result<Opened, Fault> {
        let mut answers: Map<String, Value> =
            self.settings.answers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let whole = whole(opening);
        let fits = fitting(&whole, &opening.mark, self.longest()?);
        answers.insert(self.settings.field.clone(), json!(fits));
        let body = json!({
            "etablissement": self.settings.school, "fiche": self.settings.sheet, "type": self.settings.kind,
            "reponses": answers, "hors_service_accepte": true,
        });
        let opened = self.opened(&text(&self.post("/api/v1/demandes", &opening.key, &body)?["reference"]));
        if fits != whole {
            self.rest(&opened, opening, &whole)?;
        }
        Ok(opened)
    }

    fn find(&self, opening: &Opening) -> Result<Option<Opened>, Fault> {
        let found = self.get(&format!("/api/v1/demandes?portee=toutes&q={}", opening.mark))?;
        for one in found["demandes"].as_array().into_iter().flatten() {
            let reference = text(&one["reference"]);
            let read = self.get(&path(&reference, "")?)?;
            if read["reponses"].to_string().contains(&opening.mark) {
                let opened = self.opened(&reference);
                let whole = whole(opening);
                let cut = fitting(&whole, &opening.mark, self.longest()?) != whole;
                if cut && !read["fil"].to_string().contains(&opening.mark) {
                    self.rest(&opened, opening, &whole)?;
                }
                return Ok(Some(opened));
            }
        }
        Ok(None)
    }

    fn read(&self, theirs: &str) -> Result<Snapshot, Fault> {
        Ok(snapshot(&self.get(&path(theirs, "")?)?))
    }

    fn say(&self, theirs: &str, saying: &Saying) -> Result<String, Fault> {
        // Whoever asks there is this bridge: its conversation is read by the other team and by nobody else,
        // and a note meant for them is a message.
        let written =
            self.post(&path(theirs, "/messages")?, &saying.key, &json!({ "texte": saying.text }))?;
        Ok(text(&written["id"]))
    }

    fn join(&self, theirs: &str, joining: &Joining) -> Result<String, Fault> {
        let body = json!({ "nom": joining.name, "contenu": STANDARD.encode(&joining.bytes) });
        self.post(&path(theirs, "/fichiers")?, &joining.key, &body)?;
        // Their number is not told: the content names it.
        Ok(format!("sha256:{}", joining.sha256))
    }

    fn fetch(&self, theirs: &str, piece: &str) -> Result<Vec<u8>, Fault> {
        if piece.parse::<uuid::Uuid>().is_err() {
            return Err(Fault::refused("fichier illisible"));
        }
        self.line.file(&path(theirs, &format!("/fichiers/{piece}"))?, &[("authorization", &self.bearer)])
    }

    fn stand(&self, theirs: &str, standing: Standing, saying: &Saying) -> Result<Stood, Fault> {
        if !matches!(standing, Standing::New | Standing::Open) {
            return Ok(Stood::TheirsAlone);
        }
        // Those who ask may reopen; all the rest is the team's there.
        let now = self.get(&path(theirs, "")?)?;
        if now["etat"]["code"] != "resolved" {
            return Ok(Stood::TheirsAlone);
        }
        let body = json!({ "texte": saying.text });
        let written = self.post(&path(theirs, "/reouverture")?, &saying.key, &body)?;
        Ok(Stood::Done(Some(text(&written["id"]))))
    }
}

fn whole(opening: &Opening) -> String {
    format!("{}\n\n{}", opening.title, opening.text)
}

/// A text that fits in the question, its mark at its end; the whole then follows as a message.
fn fitting(whole: &str, mark: &str, longest: Option<usize>) -> String {
    let most = longest.unwrap_or(usize::MAX);
    if whole.chars().count() <= most {
        return whole.to_owned();
    }
    let end = marked("\n[…] La suite est dans le message qui suit.", mark);
    let room = most.saturating_sub(end.chars().count());
    whole.chars().take(room).chain(end.chars()).collect()
}

fn snapshot(request: &Value) -> Snapshot {
    let code = text(&request["etat"]["code"]);
    let (state, label) = match code.as_str() {
        "waiting" => (
            format!("waiting/{}", text(&request["attend"]["code"])),
            format!("{}\u{a0}: {}", text(&request["etat"]["libelle"]), text(&request["attend"]["libelle"])),
        ),
        "resolved" | "closed" => {
            let outcome = request["issue"]["code"].as_str().unwrap_or("done");
            let words =
                [text(&request["etat"]["libelle"]), text(&request["issue"]["libelle"]).to_lowercase()];
            let words: Vec<String> = words.into_iter().filter(|one| !one.is_empty()).collect();
            (format!("over/{outcome}"), words.join(", "))
        }
        _ => (code.clone(), text(&request["etat"]["libelle"])),
    };
    let thread: Vec<&Value> = request["fil"].as_array().into_iter().flatten().collect();
    let words = thread.iter().filter(|one| one["genre"]["code"] == "public").filter_map(|one| word(one));
    let pieces = request["fichiers"].as_array().into_iter().flatten().map(|one| Piece {
        id: text(&one["id"]),
        name: text(&one["nom"]),
        sha256: one["sha256"].as_str().map(str::to_owned),
        mark: None,
    });
    Snapshot {
        because: because(&thread, &code),
        words: words.collect(),
        pieces: pieces.collect(),
        state,
        label,
    }
}

fn word(one: &Value) -> Option<Word> {
    let at = instant(&one["le"])?;
    Some(Word { id: text(&one["id"]), author: text(&one["auteur"]), text: text(&one["texte"]), at })
}

/// The message just before what Beffroi said of the present state: both are of the same instant.
fn because(thread: &[&Value], code: &str) -> Option<String> {
    let said = match code {
        "waiting" => "En attente",
        "resolved" | "closed" => "Solution proposée",
        _ => return None,
    };
    let is_said = |one: &&Value| {
        one["genre"]["code"] == "system" && one["texte"].as_str().is_some_and(|text| text.starts_with(said))
    };
    let at = thread.iter().rposition(is_said)?;
    let before = thread[..at].iter().rev().find(|one| one["genre"]["code"] == "public")?;
    (before["le"] == thread[at]["le"]).then(|| text(&before["id"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_at(kind: &str, id: &str, words: &str, second: u32) -> Value {
        json!({ "genre": { "code": kind }, "id": id, "texte": words, "auteur": "Nora",
                "le": format!("2026-10-05T08:00:{second:02}Z") })
    }

    #[test]
    fn a_request_is_read_with_the_words_of_its_state() {
        let request = json!({
            "etat": { "code": "closed", "libelle": "Close" }, "issue": { "code": "done", "libelle": "Fait" },
            "fil": [
                said_at("public", "1", "Je regarde.", 1), said_at("public", "2", "C’est réparé.", 9),
                said_at("system", "3", "Solution proposée : fait.", 9), said_at("public", "4", "Merci.", 20),
            ],
            "fichiers": [{ "id": "f", "nom": "plan.pdf", "sha256": "ab" }],
        });
        let read = snapshot(&request);
        assert_eq!((read.state.as_str(), read.label.as_str()), ("over/done", "Close, fait"));
        assert_eq!(read.because.as_deref(), Some("2"));
        assert_eq!(read.words.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["1", "2", "4"]);
        assert_eq!(read.pieces[0].sha256.as_deref(), Some("ab"));
    }

    #[test]
    fn nothing_but_a_reference_enters_an_address() {
        assert_eq!(path("2026-00042", "/notes").unwrap(), "/api/v1/demandes/2026-00042/notes");
        for bad in ["", "../moi", "2026-00042/notes", "a?b", "a b"] {
            assert!(path(bad, "").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_long_text_keeps_its_mark() {
        let whole = marked(&"é".repeat(3_000), "0123456789ab");
        let cut = fitting(&whole, "0123456789ab", Some(2_000));
        assert_eq!(cut.chars().count(), 2_000);
        assert_eq!(crate::rules::mark_of(&cut), Some("0123456789ab"));
        assert_eq!(fitting(&whole, "0123456789ab", None), whole);
    }

    #[test]
    fn a_refusal_names_the_fields() {
        let body = json!({ "detail": "Un champ est à corriger.", "erreurs": [{ "champ": "fiche", "message": "inconnue" }] });
        assert_eq!(said(&body).unwrap(), "Un champ est à corriger. fiche\u{a0}: inconnue");
    }
}
