//! What a program writes on a request, and the steps of work: the desk decides, as on the site.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use beffroi_db::{Db, Tx};
use beffroi_desk::by_machine::{self, MachineError};
use beffroi_desk::reading::Request;
use beffroi_desk::work::Step;
use beffroi_desk::{Outcome, ReadInternalNotes, ReadRequests, WaitingFor, WorkRequests, by_mail};
use beffroi_directory::team_by_slug;
use beffroi_kernel::MessageId;

use super::requests::state;
use super::shapes::{Attendu, Avancee, Ecrit, Etape, Issue, Texte};
use crate::Api;
use crate::caller::{Caller, May};
use crate::once::{Known, Once, Sent, answer, text};
use crate::problem::Problem;

/// Most characters of a message.
const LONGEST: usize = 20_000;

/// The request of that reference, when the caller takes part in it.
pub(super) async fn found(api: &Api, caller: &Caller, reference: &str) -> Result<Request, Problem> {
    by_mail::readable(&api.desk, &caller.access, reference).await?.ok_or_else(Problem::not_found)
}

/// The answer already given to this call, if any.
pub(super) async fn given(db: &Db, once: &Once) -> Result<Option<Response>, Problem> {
    match once.find(db).await? {
        Known::Answered(response) => Ok(Some(response)),
        Known::Begun(_) | Known::Nothing => Ok(None),
    }
}

/// The answer of an effect, or the one that the same call got at the same time.
pub(super) async fn settled(
    db: &Db,
    once: &Once,
    done: Result<String, MachineError>,
    status: StatusCode,
) -> Result<Response, Problem> {
    match done {
        Ok(body) => Ok(answer(status, body)),
        Err(MachineError::Db(error)) => Err(error.into()),
        // The same call at the same time may also be met as a request that has just changed.
        Err(error) => given(db, once).await?.ok_or_else(|| error.into()),
    }
}

fn words(sent: &Texte) -> Result<&str, Problem> {
    let words = sent.texte.trim();
    if words.is_empty() || words.contains('\0') {
        return Err(Problem::field("texte", "écrivez un texte"));
    }
    if sent.texte.chars().count() > LONGEST {
        return Err(Problem::field("texte", format!("écrivez au plus {LONGEST}\u{a0}caractères")));
    }
    Ok(words)
}

fn written(message: MessageId) -> String {
    text(&Ecrit { id: message.to_string() })
}

pub(super) async fn reply(
    State(api): State<Api>,
    May(permit, caller): May<ReadRequests>,
    Path(reference): Path<String>,
    Sent { value, once }: Sent<Texte>,
) -> Result<Response, Problem> {
    let words = words(&value)?;
    let db = &api.desk.site.db;
    if let Some(given) = given(db, &once).await? {
        return Ok(given);
    }
    let request = found(&api, &caller, &reference).await?;
    let kept =
        async |tx: &Tx, message: MessageId| once.keep(tx, StatusCode::CREATED, &written(message)).await;
    let done = by_machine::reply(&api.desk, &permit, &caller.access, (request.id, words), kept).await;
    settled(db, &once, done.map(written), StatusCode::CREATED).await
}

pub(super) async fn reopen(
    State(api): State<Api>,
    May(permit, caller): May<ReadRequests>,
    Path(reference): Path<String>,
    Sent { value, once }: Sent<Texte>,
) -> Result<Response, Problem> {
    let words = words(&value)?;
    let db = &api.desk.site.db;
    if let Some(given) = given(db, &once).await? {
        return Ok(given);
    }
    let request = found(&api, &caller, &reference).await?;
    let kept = async |tx: &Tx, message: MessageId| once.keep(tx, StatusCode::OK, &written(message)).await;
    let done = by_machine::reopen(&api.desk, &permit, (request.id, words), kept).await;
    settled(db, &once, done.map(written), StatusCode::OK).await
}

pub(super) async fn note(
    State(api): State<Api>,
    May(permit, caller): May<ReadInternalNotes>,
    Path(reference): Path<String>,
    Sent { value, once }: Sent<Texte>,
) -> Result<Response, Problem> {
    let words = words(&value)?;
    let db = &api.desk.site.db;
    if let Some(given) = given(db, &once).await? {
        return Ok(given);
    }
    let request = found(&api, &caller, &reference).await?;
    let kept =
        async |tx: &Tx, message: MessageId| once.keep(tx, StatusCode::CREATED, &written(message)).await;
    let done = by_machine::note(&api.desk, &permit, (request.id, words), kept).await;
    settled(db, &once, done.map(written), StatusCode::CREATED).await
}

pub(super) async fn step(
    State(api): State<Api>,
    May(permit, caller): May<WorkRequests>,
    Path(reference): Path<String>,
    Sent { value, once }: Sent<Etape>,
) -> Result<Response, Problem> {
    let db = &api.desk.site.db;
    if let Some(given) = given(db, &once).await? {
        return Ok(given);
    }
    let request = found(&api, &caller, &reference).await?;
    let step = gesture(db, value).await?;
    let told = |request: &Request| {
        text(&Avancee { reference: request.reference.clone(), etat: state(&request.state) })
    };
    let kept = async |tx: &Tx, request: &Request| once.keep(tx, StatusCode::OK, &told(request)).await;
    let done = by_machine::step(&api.desk, &permit, (request.id, &step), kept).await;
    settled(db, &once, done.map(|request| told(&request)), StatusCode::OK).await
}

async fn gesture(db: &Db, value: Etape) -> Result<Step, Problem> {
    let written = |texte: String| words(&Texte { texte }).map(str::to_owned);
    Ok(match value {
        Etape::Prendre {} => Step::Take,
        Etape::Reprendre {} => Step::Resume,
        Etape::Clore {} => Step::Close,
        Etape::Attendre { qui, texte } => {
            let whom = match qui {
                Attendu::School => WaitingFor::School,
                Attendu::Provider => WaitingFor::Provider,
                Attendu::Delivery => WaitingFor::Delivery,
            };
            Step::Wait(whom, written(texte)?)
        }
        Etape::Resoudre { issue, texte } => {
            let outcome = match issue {
                Issue::Done => Outcome::Done,
                Issue::Degraded => Outcome::Degraded,
                Issue::Impossible => Outcome::Impossible,
                Issue::Refused => Outcome::Refused,
            };
            Step::Resolve(outcome, written(texte)?)
        }
        Etape::Reaffecter { equipe, texte } => {
            let team = team_by_slug(db, &equipe).await?;
            let team = team.ok_or_else(|| Problem::field("equipe", "cette équipe n’existe pas"))?;
            Step::Reassign { team: team.id, reason: written(texte)? }
        }
    })
}
