//! `/direct`: what changes, as server-sent events; `/demandes/{reference}/presence`: an agent reads,
//! answers, or leaves.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, RETRY_AFTER};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Watching};
use beffroi_kernel::{Access, MessageId, SessionId};
use beffroi_ui as ui;
use beffroi_web::{Routes, Submitted, WebError};
use futures_util::stream::{self, Stream};
use serde::Deserialize;

use crate::live::{Seat, Seats, Subject, Told, Watch, WatchError};
use crate::presence::{self, Doing, answered_since};
use crate::reading::Folder;
use crate::views::request::Trouble;
use crate::work::WorkError;
use crate::{Desk, WorkRequests};

/// Said now and then so that nothing on the way takes the silence for an end.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// When to come back after an end: browsers that were cut together do not come back together.
const COME_BACK: (u64, u64) = (1_000, 3_000);

pub(crate) fn routes() -> Routes<Desk> {
    let seats = Seats::default();
    Routes::new()
        .get("/direct", move |desk, watching, wanted| follow(seats.clone(), desk, watching, wanted))
        .post("/demandes/{reference}/presence", mark)
}

#[derive(Debug, Deserialize)]
struct Wanted {
    sujet: Option<String>,
}

async fn follow(
    seats: Seats,
    State(desk): State<Desk>,
    watching: Watching,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let subject = wanted.sujet.as_deref().and_then(Subject::of).ok_or_else(|| {
        WebError::Invalid(
            "Dites ce que vous voulez suivre\u{a0}: « sujet=file » ou « sujet=demande:référence ».".into(),
        )
    })?;
    let session = watching.session;
    let Some(seat) = seats.take(session) else {
        return Ok((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "30")]).into_response());
    };
    let watch = Watch::begin(&desk, watching, subject).await.map_err(|error| match error {
        WatchError::NotFound => WebError::NotFound,
        WatchError::NotAgent => {
            WebError::Forbidden("La file est réservée aux agents qui traitent les demandes.".into())
        }
        WatchError::Db(error) => WebError::Unavailable(error),
    })?;
    let events =
        Sse::new(events(watch, seat, come_back(session))).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // A proxy that holds back the stream would make it useless.
    Ok(([(HeaderName::from_static("x-accel-buffering"), "no")], events).into_response())
}

fn events(watch: Watch, seat: Seat, come_back: Duration) -> impl Stream<Item = Result<Event, Infallible>> {
    // The seat is given back with the stream.
    stream::unfold((watch, seat), move |(mut watch, seat)| async move {
        let Told { name, text } = watch.next().await?;
        // A text is a JSON string: it may be empty, or have lines.
        let data = serde_json::Value::String(text).to_string();
        Some((Ok(Event::default().event(name).retry(come_back).data(data)), (watch, seat)))
    })
}

fn come_back(session: SessionId) -> Duration {
    let spread = u64::try_from(session.0.as_u128() % u128::from(COME_BACK.1)).unwrap_or_default();
    Duration::from_millis(COME_BACK.0 + spread)
}

async fn mark(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<WorkRequests>,
    Path(reference): Path<String>,
    said: Submitted,
) -> Result<StatusCode, WebError> {
    let doing = said.get("etat").and_then(Doing::of);
    match presence::mark(&desk, &permit, &access, &reference, doing).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(WorkError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(error @ WorkError::Missing(_)) => Err(WebError::Invalid(error.to_string())),
        Err(_) => Err(WebError::NotFound),
    }
}

/// What to read before sending: somebody answered since the page was read. Sent once more, the same
/// text goes: the page given in between shows that answer.
pub(super) fn answered_meanwhile(access: &Access, folder: &Folder, typed: &Submitted) -> Option<Trouble> {
    let seen = typed.get("vu").and_then(|id| id.parse::<MessageId>().ok());
    let answer = answered_since(&folder.messages, seen, access.person)?;
    let message = format!(
        "Une réponse de {} est arrivée pendant que vous écriviez : relisez-la. Votre texte est conservé\u{a0}; envoyez-le à nouveau s’il convient toujours.",
        folder.name(answer.author_id)
    );
    Some(Trouble { field: "message", message: ui::typo(&message), typed: typed.clone() })
}
