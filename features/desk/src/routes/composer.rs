//! `/demandes/{reference}/composer`: everything one writes on a request, files included, in one send;
//! `…/brouillon` keeps what is being typed, `…/ordre` how the timeline is read.

use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Path, Query, Request, State};
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use beffroi_directory::Allowed;
use beffroi_kernel::{Access, Permit, PersonId, TemplateId};
use beffroi_ui as ui;
use beffroi_web::{Routes, Submitted, WebError, see_other};
use chrono_tz::Europe::Paris;

use super::requests::{Asked, Reading, Shown, Tried, is_of_school, open, page, sentence, takes_part};
use crate::attachments::{self, AttachError, MAX_FILES};
use crate::files::{MAX_BYTES, StoredFile};
use crate::model::{Gesture, Outcome, WaitingFor};
use crate::reading::Folder;
use crate::views::request::Trouble;
use crate::work::{Step, WorkError, work};
use crate::{
    Desk, ReadInternalNotes, ReadRequests, WorkRequests, composer, conversation, details, templates,
};

/// Every file at its largest, and the form around them.
const UPLOAD: usize = MAX_FILES * MAX_BYTES + 512 * 1024;

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .post("/demandes/{reference}/composer", send.layer(DefaultBodyLimit::max(UPLOAD)))
        .post("/demandes/{reference}/brouillon", keep)
        .post("/demandes/{reference}/ordre", order)
}

type Answer = Result<Response, WebError>;

/// A form with its files; without files it may be URL-encoded.
struct Sent {
    typed: Submitted,
    files: Vec<(String, Vec<u8>)>,
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = WebError;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, WebError> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let typed = Submitted::from_request(request, state).await?;
            return Ok(Self { typed, files: Vec::new() });
        }
        let form = Multipart::from_request(request, state).await.map_err(|_| interrupted())?;
        read(form).await.map_err(|error| match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge(
                "Les fichiers dépassent ensemble la taille permise : joignez-les un par un, 20 Mo au plus chacun."
                    .into(),
            ),
            _ => interrupted(),
        })
    }
}

fn interrupted() -> WebError {
    WebError::Invalid("L’envoi a été interrompu : recommencez.".into())
}

/// The fields and the files of a form; a box left empty is no file.
async fn read(mut form: Multipart) -> Result<Sent, MultipartError> {
    let (mut typed, mut files) = (Vec::new(), Vec::new());
    while let Some(part) = form.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(file) = part.file_name().map(str::to_owned) else {
            typed.push((name, part.text().await?));
            continue;
        };
        let bytes = part.bytes().await?.to_vec();
        // One too many is enough to refuse them all.
        if !(file.is_empty() && bytes.is_empty()) && files.len() <= MAX_FILES {
            files.push((file, bytes));
        }
    }
    Ok(Sent { typed: Submitted(typed), files })
}

/// A text about to be sent, and by whom.
struct Desktop<'a> {
    desk: &'a Desk,
    reading: &'a Permit<ReadRequests>,
    access: &'a Access,
    folder: &'a Folder,
    typed: &'a Submitted,
}

/// Why it is not sent, with the field to mend.
enum Fault {
    Work(WorkError, &'static str),
    Attach(AttachError),
    Field(&'static str, String),
    Forbidden,
}

/// The name of what was done, for the page that follows.
type Done = Result<&'static str, Fault>;

async fn send(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
    sent: Sent,
) -> Answer {
    let folder = open(&desk, &permit, &access, &reference).await?;
    takes_part(&access, &folder)?;
    let Sent { typed, files } = sent;
    let top = Desktop { desk: &desk, reading: &permit, access: &access, folder: &folder, typed: &typed };
    if folder.as_agent && typed.filled("insert").is_some() {
        let filled = top.inserted().await?;
        let shown = Shown { filled: Some(&filled), asked, ..Shown::default() };
        return Ok(page(&desk, &permit, &access, &reference, shown).await?.into_response());
    }
    if let Some(trouble) = super::live::answered_meanwhile(&access, &folder, &typed) {
        let shown = Shown { trouble: Some(&trouble), asked, ..Shown::default() };
        return Ok(
            (StatusCode::CONFLICT, page(&desk, &permit, &access, &reference, shown).await?).into_response()
        );
    }
    let fault = match top.send(files).await {
        Ok(done) => {
            top.sent().await?;
            return Ok(see_other(&asked.back_to(&reference, done)));
        }
        Err(fault) => fault,
    };
    let (status, field, words) = match fault {
        Fault::Work(error, field) => {
            let tried = Tried { reference: &reference, done: "", field, typed, asked };
            return tried.settle(&desk, &permit, &access, Err::<(), _>(error)).await;
        }
        Fault::Forbidden => {
            let why = "Les notes internes sont réservées aux agents qui traitent la demande.";
            return Err(WebError::Forbidden(why.into()));
        }
        Fault::Field(field, words) => (StatusCode::UNPROCESSABLE_ENTITY, field, words),
        Fault::Attach(AttachError::NotFound) => return Err(WebError::NotFound),
        Fault::Attach(AttachError::Db(error) | AttachError::Work(WorkError::Db(error))) => {
            return Err(WebError::Unavailable(error));
        }
        Fault::Attach(error @ AttachError::State(_)) => (StatusCode::CONFLICT, "contenu", error.to_string()),
        Fault::Attach(error) => (StatusCode::UNPROCESSABLE_ENTITY, "files", error.to_string()),
    };
    let trouble = Trouble { field, message: sentence(&words), typed };
    let shown = Shown { trouble: Some(&trouble), asked, ..Shown::default() };
    Ok((status, page(&desk, &permit, &access, &reference, shown).await?).into_response())
}

impl Desktop<'_> {
    fn text(&self) -> &str {
        self.typed.get("message").unwrap_or_default()
    }

    fn gesture(&self) -> Gesture {
        let asked = self.typed.get("kind").and_then(Gesture::of);
        asked.filter(|_| self.folder.as_agent).unwrap_or(Gesture::Reply)
    }

    /// Checks everything, then says it, then adds the files.
    async fn send(&self, files: Vec<(String, Vec<u8>)>) -> Done {
        let gesture = self.gesture();
        let public = matches!(gesture, Gesture::Reply | Gesture::Wait | Gesture::Solution);
        if let Some(blank) = templates::blank(self.text()).filter(|_| self.folder.as_agent) {
            let words = format!("Complétez « {blank} » avant d’envoyer, ou retirez les crochets");
            return Err(Fault::Field("message", words));
        }
        if !files.is_empty() && !public {
            let words = "Un fichier joint est lu par l’établissement : joignez-le à une réponse";
            return Err(Fault::Field("files", words.to_owned()));
        }
        let kept = if files.is_empty() {
            Vec::new()
        } else {
            attachments::keep(self.desk, files).await.map_err(Fault::Attach)?
        };
        // Files may go without a word.
        if gesture == Gesture::Reply && self.text().is_empty() && !kept.is_empty() && self.then().is_none() {
            self.attach(&kept, true).await?;
            return Ok("fichier");
        }
        let done = match gesture {
            Gesture::Reply => self.reply().await?,
            Gesture::Note => self.note().await?,
            Gesture::Task => self.task().await?,
            Gesture::Wait => {
                let whom = self.typed.get("wait_for").and_then(WaitingFor::of);
                let whom = whom.ok_or_else(|| missing("choisissez qui doit agir", "wait_for"))?;
                self.step(Step::Wait(whom, self.text().to_owned()), "attente").await?
            }
            Gesture::Solution => {
                let outcome = self.typed.get("outcome").and_then(Outcome::of);
                let outcome =
                    outcome.ok_or_else(|| missing("choisissez l’issue de la demande", "outcome"))?;
                self.step(Step::Resolve(outcome, self.text().to_owned()), "resolue").await?
            }
        };
        if !kept.is_empty() {
            self.attach(&kept, false).await?;
        }
        Ok(done)
    }

    async fn attach(&self, kept: &[StoredFile], told: bool) -> Result<(), Fault> {
        let id = self.folder.request.id;
        attachments::add_kept(self.desk, self.reading, self.access, id, kept, told)
            .await
            .map_err(Fault::Attach)
    }

    /// What follows a reply, in the same send: the reply is then what is awaited, or the solution.
    fn then(&self) -> Option<(Step, &'static str)> {
        let (what, value) = self.typed.get("then").filter(|_| self.folder.as_agent)?.split_once(':')?;
        let text = self.text().to_owned();
        match what {
            "wait" => Some((Step::Wait(WaitingFor::of(value)?, text), "attente")),
            "solution" => Some((Step::Resolve(Outcome::of(value)?, text), "resolue")),
            _ => None,
        }
    }

    async fn reply(&self) -> Done {
        if let Some((step, done)) = self.then() {
            return self.step(step, done).await;
        }
        let id = self.folder.request.id;
        conversation::reply(self.desk, self.reading, self.access, id, self.text())
            .await
            .map_err(|error| Fault::Work(error, "message"))?;
        Ok("message")
    }

    async fn note(&self) -> Done {
        let permit = self.access.permit::<ReadInternalNotes>().ok_or(Fault::Forbidden)?;
        let told = match self.typed.filled("told") {
            Some(id) => {
                let person = id.parse::<PersonId>();
                vec![person.map_err(|_| missing("choisissez une personne dans la liste", "told"))?]
            }
            None => Vec::new(),
        };
        let field = if told.is_empty() || self.text().is_empty() { "message" } else { "told" };
        conversation::note_to(self.desk, &permit, self.folder.request.id, self.text(), &told)
            .await
            .map_err(|error| Fault::Work(error, field))?;
        Ok("note")
    }

    fn working(&self) -> Result<Permit<WorkRequests>, Fault> {
        self.access.permit().ok_or(Fault::Forbidden)
    }

    async fn task(&self) -> Done {
        details::add_task(self.desk, &self.working()?, self.folder.request.id, self.text())
            .await
            .map_err(|error| Fault::Work(error, "message"))?;
        Ok("tache")
    }

    async fn step(&self, step: Step, done: &'static str) -> Done {
        work(self.desk, &self.working()?, self.folder.request.id, step)
            .await
            .map_err(|error| Fault::Work(error, "message"))?;
        Ok(done)
    }

    /// The text is sent: its draft is forgotten, its template counted.
    async fn sent(&self) -> Result<(), WebError> {
        composer::forget(self.desk, self.access.person, self.folder.request.id).await?;
        let used = self.typed.filled("template-used").and_then(|id| id.parse::<TemplateId>().ok());
        if let Some(id) = used.filter(|_| self.folder.as_agent) {
            self.desk.site.db.write(async |tx| templates::count_use(tx, id).await).await?;
        }
        Ok(())
    }

    /// The form with the chosen template at the end of the text.
    async fn inserted(&self) -> Result<Submitted, WebError> {
        let id = self.typed.filled("template").and_then(|id| id.parse::<TemplateId>().ok());
        let template = match id {
            Some(id) => templates::find(self.desk, self.access, id).await?,
            None => None,
        };
        let mut fields = self.typed.fields().to_vec();
        if let Some(template) = template {
            let text = templates::fill(&template.body, self.folder, &self.access.name);
            let gap = if self.text().is_empty() { "" } else { "\n\n" };
            let whole = format!("{}{gap}{text}", self.text());
            fields.retain(|(name, _)| name != "message" && name != "template-used");
            fields.push(("message".to_owned(), whole));
            fields.push(("template-used".to_owned(), template.id.to_string()));
        }
        Ok(Submitted(fields))
    }
}

fn missing(words: &'static str, field: &'static str) -> Fault {
    Fault::Work(WorkError::Missing(words), field)
}

/// Keeps what is being typed; says when.
async fn keep(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    typed: Submitted,
) -> Result<String, WebError> {
    let folder = open(&desk, &permit, &access, &reference).await?;
    if !folder.as_agent && !is_of_school(&access, &folder) {
        return Err(WebError::NotFound);
    }
    let kind = typed.get("kind").and_then(Gesture::of).unwrap_or(Gesture::Reply);
    let body = typed.get("message").unwrap_or_default();
    let at = composer::keep(&desk, access.person, folder.request.id, kind, body).await?;
    Ok(at.map_or_else(String::new, |at| {
        let hour = at.with_timezone(&Paris).format("%H\u{a0}h\u{a0}%M");
        ui::typo(&format!("Brouillon enregistré à {hour}"))
    }))
}

async fn order(
    State(desk): State<Desk>,
    Allowed(permit, access): Reading,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
    typed: Submitted,
) -> Answer {
    open(&desk, &permit, &access, &reference).await?;
    let newest = typed.get("ordre") == Some("recent");
    composer::read_newest_first(&desk, access.person, newest).await?;
    let mut asked = asked;
    typed.get("voir").unwrap_or_default().clone_into(&mut asked.voir);
    Ok(see_other(&asked.back_to(&reference, "")))
}
