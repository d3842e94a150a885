//! A request is one of those that an incident explains, or is not after all.

use beffroi_db::{DbError, Event, Tx};
use beffroi_kernel::{Access, Permit, RequestId};

use super::MajorError;
use crate::conversation::{exists_for, works_on};
use crate::model::State;
use crate::store::entities::request;
use crate::store::{major as store, requests};
use crate::work::{said, state};
use crate::{Desk, ReadRequests};

pub(super) async fn save(tx: &Tx, request: request::Model) -> Result<(), MajorError> {
    if requests::save(tx.on(), request, tx.now()).await? { Ok(()) } else { Err(MajorError::Changed) }
}

/// Attaches a request in hand to an incident that lasts; it then receives its answers. Both the
/// agents who work on it and those who asked may.
///
/// # Errors
/// As [`MajorError`] says.
pub async fn attach(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
    incident: &str,
) -> Result<(), MajorError> {
    desk.site
        .db
        .write(async |tx| {
            let incident = store::find(tx.on(), incident).await?.ok_or(MajorError::NotFound)?;
            if incident.resolved_at.is_some() {
                return Err(MajorError::State("cet incident est terminé"));
            }
            let mut request = find(tx, permit, access, reference).await?;
            if !state(&request).is_active() {
                return Err(MajorError::State(state(&request).label()));
            }
            // Agents may know that a school is touched before the incident says so; a school knows its own.
            let told = store::concerns(tx.on(), &incident, &[request.school_id]).await?;
            if !told && !works_on(access, &request) {
                return Err(MajorError::NotFound);
            }
            if request.parent_id == Some(incident.id) {
                return Ok(());
            }
            request.parent_id = Some(incident.id);
            note(tx, permit, &request, "request.attached", incident.id);
            said(tx, request.id, &format!("Rattachée à l’incident majeur « {} ».", incident.title)).await?;
            save(tx, request).await
        })
        .await
}

/// Detaches a request from its incident: it goes on alone.
///
/// # Errors
/// As [`MajorError`] says.
pub async fn detach(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
) -> Result<(), MajorError> {
    desk.site
        .db
        .write(async |tx| {
            let mut request = find(tx, permit, access, reference).await?;
            let Some(incident) = request.parent_id.take() else { return Ok(()) };
            if state(&request) == State::Merged {
                return Err(MajorError::State(State::Merged.label()));
            }
            note(tx, permit, &request, "request.detached", incident);
            said(tx, request.id, "Détachée de l’incident majeur : elle suit son cours.").await?;
            save(tx, request).await
        })
        .await
}

async fn find(
    tx: &Tx,
    permit: &Permit<ReadRequests>,
    access: &Access,
    reference: &str,
) -> Result<request::Model, MajorError> {
    let found: Result<_, DbError> = requests::by_reference(tx.on(), permit.scope(), reference).await;
    found?.filter(|request| exists_for(access, request)).ok_or(MajorError::NotFound)
}

fn note(
    tx: &Tx,
    permit: &Permit<ReadRequests>,
    request: &request::Model,
    kind: &'static str,
    incident: RequestId,
) {
    let event = Event::new(kind, format!("request:{}", request.id))
        .by(permit.person())
        .school(request.school_id)
        .data(serde_json::json!({ "incident": incident }));
    tx.journal(event);
}
