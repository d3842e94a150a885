//! What a call is refused with: `application/problem+json` (RFC 9457), in French, the field named.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use beffroi_db::DbError;
use beffroi_desk::attachments::AttachError;
use beffroi_desk::by_machine::MachineError;
use beffroi_desk::drafts::DraftError;
use beffroi_desk::submit::SubmitError;
use beffroi_desk::work::WorkError;
use beffroi_sheets::FieldError;
use beffroi_web::WebError;
use schemars::JsonSchema;
use serde::Serialize;

/// The media type of a refusal.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a call is refused (RFC 9457).
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Probleme", description = "Pourquoi un appel est refusé (RFC 9457).")]
pub struct Problem {
    #[serde(rename = "type")]
    #[schemars(description = "Une adresse stable qui nomme la raison.")]
    pub(crate) kind: String,
    #[schemars(description = "La raison, en quelques mots.")]
    pub(crate) title: &'static str,
    #[schemars(description = "Le code HTTP de la réponse.", range(min = 400, max = 599))]
    pub(crate) status: u16,
    #[schemars(description = "Ce qui s’est passé et comment y remédier.")]
    pub(crate) detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(description = "Les champs à corriger, quand il y en a.")]
    pub(crate) erreurs: Vec<Fault>,
    #[serde(skip)]
    wait: Option<u64>,
}

/// A field to mend.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Erreur", description = "Un champ à corriger.")]
pub(crate) struct Fault {
    #[schemars(description = "Le nom du champ, du paramètre ou de la question.")]
    pub(crate) champ: String,
    #[schemars(description = "Comment le corriger.")]
    pub(crate) message: String,
}

impl Problem {
    fn new(status: StatusCode, slug: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let kind = format!("/api#{slug}");
        Self { kind, title, status: status.as_u16(), detail: detail.into(), erreurs: Vec::new(), wait: None }
    }

    /// No token, or one that no longer serves: which one is not said.
    pub(crate) fn token() -> Self {
        let detail = "Donnez un jeton en cours de validité dans l’en-tête «\u{a0}Authorization: Bearer …\u{a0}». \
                      Il se crée sur la page «\u{a0}Mon compte\u{a0}», rubrique «\u{a0}Jetons\u{a0}».";
        Self::new(StatusCode::UNAUTHORIZED, "jeton", "Jeton absent, inconnu ou expiré", detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "droits", "Ce jeton n’y donne pas droit", detail)
    }

    /// There is no such thing, or not for this token: the two look alike on purpose.
    pub(crate) fn not_found() -> Self {
        let detail = "Rien de tel à cette adresse, ou pas pour ce jeton.";
        Self::new(StatusCode::NOT_FOUND, "introuvable", "Introuvable", detail)
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "etat", "La demande n’est plus dans cet état", detail)
    }

    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "taille", "Contenu trop grand", detail)
    }

    pub(crate) fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "json", "Contenu illisible", detail)
    }

    pub(crate) fn media_type() -> Self {
        let detail = "Envoyez du JSON, avec l’en-tête «\u{a0}Content-Type: application/json\u{a0}».";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "format", "Format non pris en charge", detail)
    }

    pub(crate) fn too_many(seconds: u64) -> Self {
        let detail = format!("Ce jeton a fait trop d’appels\u{a0}: recommencez dans {seconds}\u{a0}s.");
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "cadence", "Trop d’appels", detail);
        Self { wait: Some(seconds), ..problem }
    }

    pub(crate) fn reused_key() -> Self {
        let detail = "Cette clé a déjà servi pour un autre appel\u{a0}: une clé «\u{a0}Idempotency-Key\u{a0}» désigne \
                      un appel et ses répétitions, rien d’autre.";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "cle", "Clé déjà utilisée", detail)
    }

    /// One field to mend.
    pub(crate) fn field(name: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![Fault { champ: name.to_owned(), message: message.into() }])
    }

    pub(crate) fn fields(erreurs: Vec<Fault>) -> Self {
        let detail = match erreurs.len() {
            1 => "Un champ est à corriger.".to_owned(),
            count => format!("{count}\u{a0}champs sont à corriger."),
        };
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "champs", "Champs à corriger", detail);
        Self { erreurs, ..problem }
    }

    pub(crate) fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refus", "La demande est refusée", detail)
    }

    fn answers(errors: Vec<FieldError>) -> Self {
        let fault = |error: FieldError| Fault {
            champ: format!("reponses.{}", error.field),
            message: beffroi_ui::typo(&error.message),
        };
        Self::fields(errors.into_iter().map(fault).collect())
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        tracing::error!(%error, "the database failed");
        let detail = "Le service est momentanément indisponible\u{a0}: recommencez dans quelques instants.";
        let problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "indisponible", "Service indisponible", detail);
        Self { wait: Some(30), ..problem }
    }
}

impl From<DraftError> for Problem {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::NotFound => Self::fields(vec![Fault {
                champ: "fiche".into(),
                message: "cette fiche, ce type ou cet établissement n’existe pas pour ce jeton".into(),
            }]),
            DraftError::Db(error) => error.into(),
            DraftError::Changed => Self::conflict(error.to_string()),
            DraftError::NotForYou(who) => {
                Self::forbidden(format!("Ce type de demande est ouvert à\u{a0}: {who}."))
            }
            DraftError::Answer(fault) => Self::answers(vec![fault]),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<WorkError> for Problem {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::NotFound => Self::not_found(),
            WorkError::State(_) => Self::conflict(sentence(&error.to_string())),
            WorkError::Changed => Self::conflict(
                "Quelqu’un vient de modifier cette demande\u{a0}: relisez-la, puis recommencez.",
            ),
            WorkError::Missing(what) => Self::field("texte", what),
            WorkError::Db(error) => error.into(),
        }
    }
}

impl From<AttachError> for Problem {
    fn from(error: AttachError) -> Self {
        match error {
            AttachError::NotFound => Self::not_found(),
            AttachError::State(_) => Self::conflict(sentence(&error.to_string())),
            AttachError::Db(error) => error.into(),
            AttachError::Work(error) => error.into(),
            other => Self::field("contenu", other.to_string()),
        }
    }
}

impl From<MachineError> for Problem {
    fn from(error: MachineError) -> Self {
        match error {
            // Read again by `once`, which gives the answer kept; a caller never sees this.
            MachineError::Twice => Self::conflict(sentence(&error.to_string())),
            MachineError::Answers(errors) => Self::answers(errors),
            MachineError::Draft(error) => error.into(),
            MachineError::Work(error) => error.into(),
            MachineError::Attach(error) => error.into(),
            MachineError::Db(error) => error.into(),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Draft(error) => error.into(),
            SubmitError::Answers(errors) => Self::answers(errors),
            SubmitError::Act(why) => Self::refused(sentence(&why)),
            SubmitError::Db(error) => error.into(),
            other @ SubmitError::OutOfScope => Self::refused(sentence(&other.to_string())),
        }
    }
}

/// A capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        set(CONTENT_TYPE, PROBLEM_JSON);
        if status == StatusCode::UNAUTHORIZED {
            set(WWW_AUTHENTICATE, "Bearer realm=\"Beffroi\"");
        }
        if let Some(seconds) = self.wait {
            set(RETRY_AFTER, &seconds.to_string());
        }
        response
    }
}

/// What an address that leads nowhere answers: programs are told so in JSON, people by a page.
pub async fn no_such_address(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        Problem::not_found().into_response()
    } else {
        WebError::NotFound.into_response()
    }
}
