//! A few reply templates: for every agent, and of one technician.

use beffroi_desk::templates::{self, TypedTemplate};
use beffroi_desk::{Desk, TemplateReach, WorkRequests};
use beffroi_directory::{access_of, people};

use crate::DemoError;

type Text = (&'static str, &'static str, Option<&'static str>);

const EVERYONE: &[Text] = &[
    (
        "Passage prévu",
        "Bonjour {demandeur},\n\nNous passerons au {etablissement} le […jour et heure]. Merci de prévoir l’accès à la salle.\n\nCordialement,\n{agent}",
        None,
    ),
    (
        "Précisions attendues",
        "Bonjour,\n\nPour avancer sur la demande {reference}, il nous faut : […ce qui manque].\n\n{agent}",
        None,
    ),
    (
        "C’est fait",
        "Bonjour {demandeur},\n\nC’est fait et vérifié. N’hésitez pas à rouvrir la demande {reference} si besoin.\n\n{agent}",
        None,
    ),
];
const TECHNICIAN: &[Text] = &[(
    "Poste remplacé",
    "Bonjour {demandeur},\n\nLe poste a été remplacé ; l’ancien repart à l’atelier. Vos fichiers enregistrés sur le réseau sont intacts.\n\n{agent}",
    Some("poste-de-travail/panne"),
)];

/// Writes them through the desk.
pub(crate) async fn create(desk: &Desk) -> Result<(), DemoError> {
    write(desk, "responsable.nord", TemplateReach::Everyone, EVERYONE).await?;
    write(desk, "technicien.nord", TemplateReach::Team, TECHNICIAN).await
}

async fn write(desk: &Desk, login: &str, reach: TemplateReach, texts: &[Text]) -> Result<(), DemoError> {
    let found = people::person_by_login(&desk.site.db, login).await?;
    let found = found.ok_or_else(|| DemoError::step(format!("{login} manque")))?;
    let access = access_of(&desk.site.db, found.id).await?.ok_or_else(|| DemoError::step("compte fermé"))?;
    let permit = access.permit::<WorkRequests>().ok_or_else(|| DemoError::step("sans file"))?;
    for (name, body, kind) in texts {
        let (name, body) = ((*name).to_owned(), (*body).to_owned());
        let typed = TypedTemplate { name, body, reach, request_type: kind.map(str::to_owned) };
        templates::save(desk, &permit, &access, None, typed).await.map_err(DemoError::step)?;
    }
    Ok(())
}
