//! `/demandes/{reference}/passerelle`: both sides of a request, all that passed, a note to the other team,
//! and the button that has both compared.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_desk::by_machine::MachineError;
use beffroi_desk::reading::{self, Folder};
use beffroi_desk::work::WorkError;
use beffroi_desk::{ReadInternalNotes, ReadRequests};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::Access;
use beffroi_ui::{Flash, Page as Shown};
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use crate::model::{LinkState, UseBridges};
use crate::panel::{Shown as Side, sees, shown};
use crate::settings::may;
use crate::store::exchanges;
use crate::{Bridges, ask_again, views};

pub(super) fn routes() -> Routes<Bridges> {
    Routes::new()
        .get("/demandes/{reference}/passerelle", both)
        .post("/demandes/{reference}/passerelle/synchroniser", compare)
        .post("/demandes/{reference}/passerelle/note", note)
}

/// Things that passed, on the page of a request.
const SHOWN: i64 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    fait: String,
}

impl Asked {
    fn flash(&self) -> Option<Flash> {
        let text = match self.fait.as_str() {
            "synchronisee" => {
                "Les deux côtés sont comparés dans quelques secondes\u{a0}: rechargez la page pour voir où ils en sont."
            }
            "note" => "La note est enregistrée ici, et part dans l’autre outil.",
            _ => return None,
        };
        Some(Flash { text: text.into(), good: true })
    }
}

/// The request of that reference, for those who see both its sides.
async fn open(bridges: &Bridges, access: &Access, reference: &str) -> Result<Folder, WebError> {
    let permit = access.permit::<ReadRequests>().ok_or(WebError::NotFound)?;
    let folder = reading::open(&bridges.desk, &permit, access, reference).await?;
    folder.filter(|folder| sees(access, folder)).ok_or(WebError::NotFound)
}

async fn page(
    bridges: &Bridges,
    access: &Access,
    folder: &Folder,
    (typed, fault, flash): (&str, Option<&str>, Option<Flash>),
) -> Page {
    let mut links = Vec::new();
    for side in shown(bridges, folder.request.id).await? {
        let passed = exchanges::latest(bridges.desk.site.db.read(), side.link.id, SHOWN).await?;
        links.push((side, passed));
    }
    let notes = folder.reads_notes && may::<ReadInternalNotes>(access);
    let both = views::panel::Both { folder, links: &links, notes, typed, fault };
    let title = format!("Les deux côtés de la demande {}", folder.request.reference);
    let page = Shown::wide(title, views::panel::both(&both)).with_errors(fault.is_some()).with_flash(flash);
    Ok(shell(Some(access), "/file", page))
}

async fn both(
    State(bridges): State<Bridges>,
    Allowed(_, access): Allowed<UseBridges>,
    Path(reference): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let folder = open(&bridges, &access, &reference).await?;
    page(&bridges, &access, &folder, ("", None, asked.flash())).await
}

/// The link that a form names, of this request and no other.
async fn side(bridges: &Bridges, folder: &Folder, form: &Submitted) -> Result<Side, WebError> {
    let named = form.get("lien").unwrap_or_default();
    let sides = shown(bridges, folder.request.id).await?;
    sides.into_iter().find(|side| side.link.id.to_string() == named).ok_or(WebError::NotFound)
}

async fn compare(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Allowed<UseBridges>,
    Path(reference): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let folder = open(&bridges, &access, &reference).await?;
    let side = side(&bridges, &folder, &form).await?;
    ask_again(&bridges, &side.link, permit.person()).await?;
    Ok(see_other(&format!("/demandes/{reference}/passerelle?fait=synchronisee")))
}

async fn note(
    State(bridges): State<Bridges>,
    Allowed(permit, access): Allowed<ReadInternalNotes>,
    Path(reference): Path<String>,
    form: Submitted,
) -> Result<Response, WebError> {
    let folder = open(&bridges, &access, &reference).await?;
    let side = side(&bridges, &folder, &form).await?;
    if !folder.reads_notes || side.link.standing() == LinkState::Ended {
        return Err(WebError::Conflict(
            "Le suivi de cette demande est terminé\u{a0}: plus rien ne passe.".into(),
        ));
    }
    let text = form.get("texte").unwrap_or_default();
    match crate::note(&bridges.desk, &permit, &access.name, (&side.link, &folder.request, text)).await {
        Ok(_) => Ok(see_other(&format!("/demandes/{reference}/passerelle?fait=note"))),
        Err(MachineError::Db(error) | MachineError::Work(WorkError::Db(error))) => Err(error.into()),
        Err(MachineError::Work(WorkError::NotFound)) => Err(WebError::NotFound),
        Err(_) => {
            let fault = "Écrivez la note avant de l’envoyer.";
            let page = page(&bridges, &access, &folder, (text, Some(fault), None)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
