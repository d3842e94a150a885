//! `/verifier`, for anybody; the document, the statement and the timestamp of an act, for who may read it. (T2)

use std::sync::Arc;

use axum::extract::{FromRef, FromRequest, Multipart, Path, Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{StatusCode, header::HeaderName};
use axum::response::{IntoResponse, Response};
use beffroi_db::DbError;
use beffroi_db::journal::keys::{self, Other};
use beffroi_db::reach::{self, Why};
use beffroi_directory::{SignedIn, Site, Visitor};
use beffroi_kernel::Access;
use beffroi_web::{Routed, Routes, WebError, see_other};
use serde::Deserialize;

use super::act as visible;
use crate::model::Act;
use crate::proof::{PublicKey, Refusal, Sealer, Statement, Verified, code, pdf, verify};
use crate::views::proofs::{self as view, HERE, LARGEST, Tried};
use crate::{Acts, store};

type Answer = Result<Response, WebError>;

/// What proofs need: acts, and the key that seals.
#[derive(Clone)]
pub struct Proofs {
    /// Acts, with the site.
    pub acts: Acts,
    /// The journal's key.
    pub sealer: Arc<Sealer>,
}

impl Proofs {
    /// The other keys of the journal that the present one answers for.
    async fn others(&self) -> Result<Vec<Other>, DbError> {
        let changes = keys::changes(&self.acts.site.db).await?;
        Ok(keys::others(&self.sealer.public().key(), &changes))
    }

    /// What a document proves, by any key of this installation that holds.
    async fn examined(&self, file: &[u8]) -> Result<Result<Verified, Refusal>, DbError> {
        let others = self.others().await?;
        let keys: Vec<PublicKey> =
            [self.sealer.public()].into_iter().chain(PublicKey::trusted(&others)).collect();
        Ok(verify(file, &keys).map_err(|refusal| match refusal {
            Refusal::UnknownKey(id) if PublicKey::is_withdrawn(&id, &others) => Refusal::Withdrawn(id),
            refusal => refusal,
        }))
    }
}

impl FromRef<Proofs> for Site {
    fn from_ref(proofs: &Proofs) -> Self {
        proofs.acts.site.clone()
    }
}

/// Every route of proofs.
#[must_use]
pub fn routes(proofs: Proofs) -> Routed {
    Routes::new()
        .get("/verifier", ask)
        .get("/verifier/cle.txt", key)
        .get("/verifier/fichier", again)
        .post("/verifier/fichier", examine)
        .costly()
        .get("/verifier/{code}", confirm)
        .get("/actes/{id}/acte.pdf", document)
        .costly()
        .get("/actes/{id}/preuve.json", statement)
        .get("/actes/{id}/horodatage.tsr", timestamp)
        .with_state(proofs)
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    code: Option<String>,
}

/// GET /verifier
async fn ask(State(proofs): State<Proofs>, Visitor(access): Visitor, Query(asked): Query<Asked>) -> Response {
    let key = proofs.sealer.public();
    let Some(typed) = asked.code else {
        return view::ask(access.as_ref(), &key, &Tried::default()).into_response();
    };
    if let Some(code) = code(&typed) {
        return see_other(&format!("{HERE}/{code}"));
    }
    let fault = "Un code compte trente lettres et chiffres, ou vingt s’il est ancien\u{a0}: recopiez celui du document en entier.";
    let tried = Tried { code: typed.trim(), code_fault: Some(fault), ..Tried::default() };
    (StatusCode::UNPROCESSABLE_ENTITY, view::ask(access.as_ref(), &key, &tried)).into_response()
}

/// GET /verifier/{code}: one statement, whatever the code.
async fn confirm(
    State(proofs): State<Proofs>,
    Visitor(access): Visitor,
    Path(typed): Path<String>,
) -> Answer {
    let exact = code(&typed).unwrap_or_default();
    let db = &proofs.acts.site.db;
    if let Some(known) = reach::everything(Why::Proof, store::proofs::by_code(db.read(), &exact)).await? {
        return Ok(view::confirmed(access.as_ref(), &exact, &known, db.now()).into_response());
    }
    let fault = "Aucun acte signé ne porte ce code\u{a0}: recopiez celui du document. S’il est exact, ce document n’est pas un acte de cette Région.";
    let tried = Tried { code: typed.trim(), code_fault: Some(fault), ..Tried::default() };
    let page = view::ask(access.as_ref(), &proofs.sealer.public(), &tried);
    Ok((StatusCode::NOT_FOUND, page).into_response())
}

/// GET /verifier/fichier: where one comes back to from a result.
async fn again() -> Response {
    see_other(HERE)
}

/// POST /verifier/fichier
async fn examine(State(proofs): State<Proofs>, Visitor(access): Visitor, request: Request) -> Answer {
    let file = match sent(request).await {
        Ok(file) => file,
        Err((status, fault)) => {
            let tried = Tried { file_fault: Some(fault), ..Tried::default() };
            let page = view::ask(access.as_ref(), &proofs.sealer.public(), &tried);
            return Ok((status, page).into_response());
        }
    };
    let db = &proofs.acts.site.db;
    match proofs.examined(&file).await? {
        Ok(verified) => {
            let code = &verified.statement.code;
            let known = reach::everything(Why::Proof, store::proofs::by_code(db.read(), code)).await?;
            Ok(view::sound(access.as_ref(), &verified.statement, known.as_ref(), db.now()).into_response())
        }
        Err(refusal) => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, view::refused(access.as_ref(), &refusal)).into_response())
        }
    }
}

/// The one file of the form, never more than its largest size in memory.
async fn sent(request: Request) -> Result<Vec<u8>, (StatusCode, &'static str)> {
    let interrupted = |_| {
        (StatusCode::UNPROCESSABLE_ENTITY, "L’envoi a été interrompu\u{a0}: choisissez le fichier à nouveau.")
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| (StatusCode::UNPROCESSABLE_ENTITY, "Choisissez le fichier PDF de l’acte."))?;
    let mut file = Vec::new();
    while let Some(mut part) = form.next_field().await.map_err(interrupted)? {
        if part.name() != Some("document") {
            continue;
        }
        while let Some(bytes) = part.chunk().await.map_err(interrupted)? {
            if file.len() + bytes.len() > LARGEST {
                let fault = "Ce fichier dépasse 5\u{a0}Mo\u{a0}: ce n’est pas le document d’un acte.";
                return Err((StatusCode::PAYLOAD_TOO_LARGE, fault));
            }
            file.extend_from_slice(&bytes);
        }
    }
    if file.is_empty() {
        return Err((StatusCode::UNPROCESSABLE_ENTITY, "Choisissez le fichier PDF de l’acte."));
    }
    Ok(file)
}

/// GET /verifier/cle.txt
async fn key(State(proofs): State<Proofs>) -> Answer {
    let text = proofs.sealer.public().published_with(&proofs.others().await?);
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// GET /actes/{id}/acte.pdf
async fn document(
    State(proofs): State<Proofs>,
    SignedIn(access): SignedIn,
    Path(id): Path<String>,
) -> Answer {
    let (act, statement) = stated(&proofs, &access, &id).await?;
    let statement: Statement =
        serde_json::from_str(&statement).map_err(|error| WebError::Internal(error.to_string()))?;
    let made =
        tokio::task::spawn_blocking(move || pdf(&statement, &proofs.acts.site.base_url, &proofs.sealer))
            .await;
    let bytes = made
        .map_err(|error| WebError::Internal(error.to_string()))?
        .map_err(|error| WebError::Internal(error.to_string()))?;
    Ok(file("application/pdf", format!("inline; filename=\"{}.pdf\"", act.reference), bytes))
}

/// GET /actes/{id}/preuve.json: the very bytes that were signed and timestamped.
async fn statement(
    State(proofs): State<Proofs>,
    SignedIn(access): SignedIn,
    Path(id): Path<String>,
) -> Answer {
    let (act, statement) = stated(&proofs, &access, &id).await?;
    let name = format!("attachment; filename=\"{}.json\"", act.reference);
    Ok(file("application/json", name, statement.into_bytes()))
}

/// GET /actes/{id}/horodatage.tsr
async fn timestamp(
    State(proofs): State<Proofs>,
    SignedIn(access): SignedIn,
    Path(id): Path<String>,
) -> Answer {
    let act = visible(&proofs.acts, &access, &id).await?;
    let response =
        store::proofs::stamp(proofs.acts.site.db.read(), act.id).await?.ok_or(WebError::NotFound)?;
    let name = format!("attachment; filename=\"{}.tsr\"", act.reference);
    Ok(file("application/timestamp-reply", name, response))
}

fn file(kind: &'static str, disposition: String, bytes: Vec<u8>) -> Response {
    let heads: [(HeaderName, String); 2] =
        [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, disposition)];
    (heads, bytes).into_response()
}

/// A signed act within reach, and what it states.
async fn stated(proofs: &Proofs, access: &Access, id: &str) -> Result<(Act, String), WebError> {
    let act = visible(&proofs.acts, access, id).await?;
    let statement = store::proofs::statement(proofs.acts.site.db.read(), act.id).await?;
    Ok((act, statement.ok_or(WebError::NotFound)?))
}
