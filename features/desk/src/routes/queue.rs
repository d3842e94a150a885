//! `/file`: the tabs of a technician; `/demandes`: the requests of a school or of one person.

use axum::extract::{Path, Query, State};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, WebError};
use serde::Deserialize;

use crate::lists::{self, Queue};
use crate::views::queue as view;
use crate::{Desk, ReadRequests, SubmitRequest, WorkRequests};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/file", mine).get("/file/{queue}", tab).get("/demandes", requests)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    apres: Option<String>,
    etat: String,
    miennes: Option<String>,
}

type Working = Allowed<WorkRequests>;

async fn mine(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Query(wanted): Query<Wanted>,
) -> Page {
    queue_page(&desk, &permit, &access, Queue::Mine, &wanted).await
}

async fn tab(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(queue): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let queue = Queue::of(&queue).ok_or(WebError::NotFound)?;
    queue_page(&desk, &permit, &access, queue, &wanted).await
}

async fn queue_page(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    access: &Access,
    queue: Queue,
    wanted: &Wanted,
) -> Page {
    let (words, after) = (wanted.q.trim(), wanted.apres.as_deref());
    let list = lists::queue(desk, permit, queue, words, after).await?;
    let body = view::queue(&view::QueuePage { queue, words, after, list: &list, now: desk.site.db.now() });
    Ok(shell(Some(access), "/file", ui::Page::wide(queue.label(), body)))
}

async fn requests(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ReadRequests>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let kept = view::Kept::of(&wanted.etat);
    let sees_others = !permit.scope().schools().is_empty();
    let mine = sees_others && wanted.miennes.is_some();
    let (words, after) = (wanted.q.trim(), wanted.apres.as_deref());
    let list = lists::requests(&desk, &permit, mine, kept.over(), words, after).await?;
    let body = view::requests(&view::RequestsPage {
        may_ask: access.permit::<SubmitRequest>().is_some(),
        now: desk.site.db.now(),
        list: &list,
        kept,
        mine,
        sees_others,
        words,
        after,
    });
    Ok(shell(Some(&access), "/demandes", ui::Page::wide("Demandes", body)))
}
