//! « C’est déjà connu » : a person adds their school to an incident in one click, through the
//! normal way of a request, without its questions.

use beffroi_kernel::{Access, Permit, SchoolId};
use beffroi_sheets::Nature;

use super::{MajorError, schools_of};
use crate::drafts::{self, DraftError};
use crate::store::{major as store, requests};
use crate::submit::{self, SubmitError};
use crate::{Desk, SubmitRequest};

/// Adds one's school to an incident that lasts: a request of that type, attached to it. Joining twice
/// gives the same reference.
///
/// # Errors
/// [`MajorError::NotFound`] when the incident or the type does not concern the person.
pub async fn join(
    desk: &Desk,
    permit: &Permit<SubmitRequest>,
    access: &Access,
    name: &str,
    school: SchoolId,
    (slug, request_type): (&str, &str),
) -> Result<String, MajorError> {
    let read = desk.site.db.read();
    let incident = store::find(read, name).await?.ok_or(MajorError::NotFound)?;
    if !schools_of(access).contains(&school) || !store::concerns(read, &incident, &[school]).await? {
        return Err(MajorError::NotFound);
    }
    if incident.resolved_at.is_some() {
        return Err(MajorError::State(
            "cet incident est terminé : s’il vous touche encore, faites une demande",
        ));
    }
    let published = desk.catalogue.sheet(slug).await?.ok_or(MajorError::NotFound)?;
    let known = published.sheet.requests.iter().any(|kind| {
        kind.id == request_type && kind.nature == Nature::Incident && kind.theme == incident.theme
    });
    if !known {
        return Err(MajorError::NotFound);
    }
    if let Some(request) = store::joined(read, incident.id, (school, access.person)).await? {
        let sent = requests::by_id(read, permit.scope(), request).await?.ok_or(MajorError::NotFound)?;
        return Ok(sent.reference);
    }
    let id = drafts::start(desk, permit, access, school, slug, request_type).await.map_err(draft)?;
    let draft_opened = drafts::open(desk, permit, access, id).await.map_err(draft)?;
    let known = submit::Known { incident: incident.id, title: incident.title };
    match submit::submit_known(desk, permit, access, &draft_opened, &known).await {
        Ok(reference) => Ok(reference),
        Err(SubmitError::Draft(error)) => Err(draft(error)),
        Err(SubmitError::Db(error)) => Err(MajorError::Db(error)),
        Err(SubmitError::Answers(_) | SubmitError::OutOfScope | SubmitError::Act(_)) => {
            Err(MajorError::NotFound)
        }
    }
}

fn draft(error: DraftError) -> MajorError {
    match error {
        DraftError::Db(error) => MajorError::Db(error),
        DraftError::Changed => MajorError::Changed,
        _ => MajorError::NotFound,
    }
}
