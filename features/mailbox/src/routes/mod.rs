//! `/courriels`: the mails that came in, those set aside first; reading one, its original, trying it
//! again, filing it.

use axum::extract::{Path, Query, State as Room};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use beffroi_db::Event;
use beffroi_desk::by_mail;
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::{Access, MailInId, Permit};
use beffroi_ui as ui;
use beffroi_web::{Page, Routed, Routes, WebError, see_other};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::model::{HandleMail, State};
use crate::store::{self, Row};
use crate::{Mailbox, MailboxError, message, receive, views};

/// Mails on one page.
const PAGE: usize = 50;

/// Every route of the mailbox.
#[must_use]
pub fn routes(mailbox: Mailbox) -> Routed {
    Routes::new()
        .get("/courriels", list)
        .get("/courriels/{id}", one)
        .get("/courriels/{id}/original", original)
        .costly()
        .post("/courriels/{id}/reessayer", again)
        .post("/courriels/{id}/classer", file)
        .with_state(mailbox)
}

type Handling = Allowed<HandleMail>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// `traites`, or those set aside.
    voir: String,
    /// The last of the page before: microseconds and identifier.
    apres: String,
    /// What was just done.
    fait: String,
}

impl Asked {
    fn after(&self) -> Option<(DateTime<Utc>, MailInId)> {
        let (at, id) = self.apres.split_once('.')?;
        Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
    }

    fn flash(&self) -> Option<ui::Flash> {
        let text = match self.fait.as_str() {
            "classe" => "Le courriel est classé sans suite.",
            "traite" => "Le courriel est traité.",
            _ => return None,
        };
        Some(ui::Flash { text: text.into(), good: true })
    }
}

async fn list(
    Room(mailbox): Room<Mailbox>,
    Allowed(permit, access): Handling,
    Query(asked): Query<Asked>,
) -> Page {
    let handled = asked.voir == "traites";
    let states: &[State] =
        if handled { &[State::Handled, State::Ignored, State::Discarded] } else { &[State::Aside] };
    let read = mailbox.desk.site.db.read();
    let limit = u64::try_from(PAGE + 1).unwrap_or(u64::MAX);
    let mut rows = store::page(read, permit.scope(), states, asked.after(), limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| {
        let view = if handled { "traites" } else { "" };
        format!("/courriels?voir={view}&apres={}.{}", row.received_at.timestamp_micros(), row.id)
    });
    let first = asked.after().map(|_| if handled { "/courriels?voir=traites" } else { "/courriels" });
    let shown = views::ListPage {
        rows: &rows,
        handled,
        first,
        next: next.as_deref(),
        set: mailbox.settings.is_some(),
        now: mailbox.desk.site.db.now(),
    };
    let page = ui::Page::wide("Courriels reçus", views::list(&shown)).with_flash(asked.flash());
    Ok(shell(Some(&access), "/courriels", page))
}

async fn found(mailbox: &Mailbox, permit: &Permit<HandleMail>, id: &str) -> Result<Row, WebError> {
    let id: MailInId = id.parse().map_err(|_| WebError::NotFound)?;
    store::find(mailbox.desk.site.db.read(), permit.scope(), id).await?.ok_or(WebError::NotFound)
}

/// What a mail says is shown while somebody has to look at it; later, to those who read its request.
async fn may_read(mailbox: &Mailbox, access: &Access, row: &Row) -> Result<bool, WebError> {
    if row.state() == State::Aside {
        return Ok(true);
    }
    let Some(reference) = &row.reference else { return Ok(false) };
    Ok(by_mail::readable(&mailbox.desk, access, reference).await?.is_some())
}

async fn one(
    Room(mailbox): Room<Mailbox>,
    Allowed(permit, access): Handling,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let row = found(&mailbox, &permit, &id).await?;
    show(&mailbox, &access, &row, asked.flash()).await
}

async fn show(mailbox: &Mailbox, access: &Access, row: &Row, flash: Option<ui::Flash>) -> Page {
    let readable = may_read(mailbox, access, row).await?;
    let mail = match row.sha256.as_deref().filter(|_| readable) {
        Some(sha256) => mailbox.desk.files.read_mail(sha256).await.ok(),
        None => None,
    };
    let mail = match mail {
        Some(bytes) => {
            tokio::task::spawn_blocking(move || message::read(&bytes).ok()).await.unwrap_or_default()
        }
        None => None,
    };
    let shown = views::MailPage { row, mail: mail.as_ref(), readable, now: mailbox.desk.site.db.now() };
    Ok(shell(
        Some(access),
        "/courriels",
        ui::Page::new("Courriel reçu", views::mail(&shown)).with_flash(flash),
    ))
}

async fn original(
    Room(mailbox): Room<Mailbox>,
    Allowed(permit, access): Handling,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let row = found(&mailbox, &permit, &id).await?;
    let sha256 = row.sha256.as_deref().ok_or(WebError::NotFound)?;
    if !may_read(&mailbox, &access, &row).await? {
        return Err(WebError::NotFound);
    }
    let bytes = mailbox.desk.files.read_mail(sha256).await;
    let bytes = bytes.map_err(|error| WebError::Internal(format!("mail {}: {error}", row.id)))?;
    if let Some(why) = mailbox.desk.files.refused(&bytes).await {
        return Err(WebError::Conflict(why.into()));
    }
    let read = mailbox.desk.site.db.write::<_, beffroi_db::DbError, _>(async |tx| {
        tx.journal(Event::new("mail.original-read", format!("mail:{}", row.id)).by(permit.person()));
        Ok(())
    });
    read.await?;
    let headers = [
        // Saved, never shown in place: what it holds is anybody's.
        (CONTENT_TYPE, "message/rfc822".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"courriel-{}.eml\"", row.id)),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Moves a mail out of those set aside, once.
async fn move_to(
    mailbox: &Mailbox,
    permit: &Permit<HandleMail>,
    row: &Row,
    (to, event): (State, &'static str),
) -> Result<(), WebError> {
    let moved = mailbox.desk.site.db.write::<_, beffroi_db::DbError, _>(async |tx| {
        let moved = store::move_aside(tx, row.id, to, permit.person()).await?;
        if moved {
            let event = Event::new(event, format!("mail:{}", row.id)).by(permit.person());
            tx.journal(match row.school_id {
                Some(school) => event.school(school),
                None => event,
            });
        }
        Ok(moved)
    });
    if moved.await? {
        return Ok(());
    }
    Err(WebError::Conflict(
        "Ce courriel n’est plus à part : revenez à la liste pour voir où il en est.".into(),
    ))
}

async fn again(
    Room(mailbox): Room<Mailbox>,
    Allowed(permit, access): Handling,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let row = found(&mailbox, &permit, &id).await?;
    if mailbox.settings.is_none() || row.sha256.is_none() {
        return Err(WebError::Conflict(
            "Ce courriel ne peut pas être réessayé : aucune boîte n’est réglée, ou son original n’est plus conservé."
                .into(),
        ));
    }
    move_to(&mailbox, &permit, &row, (State::Received, "mail.tried-again")).await?;
    match receive::again(&mailbox, &row).await {
        Ok(received) if received.reason.state() != State::Aside => {
            Ok(see_other(&format!("/courriels/{}?fait=traite", row.id)))
        }
        Ok(_) => {
            let row = found(&mailbox, &permit, &id).await?;
            let text = "Rien n’a changé : le courriel reste à part.".to_owned();
            let page = show(&mailbox, &access, &row, Some(ui::Flash { text, good: false })).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(MailboxError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(error) => Err(WebError::Internal(format!("mail {}: {error}", row.id))),
    }
}

async fn file(
    Room(mailbox): Room<Mailbox>,
    Allowed(permit, _): Handling,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let row = found(&mailbox, &permit, &id).await?;
    move_to(&mailbox, &permit, &row, (State::Discarded, "mail.discarded")).await?;
    Ok(see_other("/courriels?fait=classe"))
}
