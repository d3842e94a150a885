//! The pages of the catalogue: reading it (everyone), a school's own procedure (its management), publishing and routing
//! (the Region).

mod articles;
mod help;
mod public;
mod region;
mod routing;
mod school;

pub use articles::content as article_content;
pub(crate) use school::sentence;

use beffroi_kernel::{Access, Permit, SchoolId, Scope};
use beffroi_ui::{Flash, Page as Frame};
use beffroi_web::{Routed, Routes, WebError};
use maud::Markup;
use serde::Deserialize;

use crate::{Catalogue, ReadProcedure};

/// Every route of the catalogue.
#[must_use]
pub fn routes(catalogue: Catalogue) -> Routed {
    let reading = Routes::new()
        .get("/catalogue", public::index)
        .get("/catalogue/{slug}", public::sheet)
        .get("/catalogue/{slug}/imprimer", public::print)
        .get("/catalogue/{slug}/pdf", public::pdf)
        .costly()
        .get("/catalogue/{slug}/versions", public::versions)
        .get("/catalogue/{slug}/versions/{number}", public::version);
    let school = Routes::new()
        .get("/etablissement/procedures", school::list)
        .get("/etablissement/procedures/{slug}", school::procedure)
        .get("/etablissement/procedures/{slug}/nouvelle", school::new_step)
        .post("/etablissement/procedures/{slug}/nouvelle", school::add_step)
        .get("/etablissement/procedures/{slug}/{step}", school::step)
        .post("/etablissement/procedures/{slug}/{step}", school::edit_step);
    let region = Routes::new()
        .get("/region/catalogue", region::state)
        .post("/region/catalogue/verifier", region::check)
        .post("/region/catalogue/publier", region::publish)
        .get("/region/catalogue/{slug}/source", region::source)
        .get("/region/routage", routing::matrix)
        .get("/region/routage/fichier", routing::file)
        .costly()
        .post("/region/routage/regles", routing::add_rule)
        .get("/region/routage/regles/{id}", routing::rule)
        .post("/region/routage/regles/{id}", routing::edit_rule)
        .post("/region/routage/themes", routing::edit_theme);
    reading.merge(school).merge(region).merge(help()).with_state(catalogue)
}

/// Help articles: read by everyone, written and reviewed by agents.
fn help() -> Routes<Catalogue> {
    Routes::new()
        .get("/aide", help::index)
        .get("/aide/{slug}", help::article)
        .post("/aide/{slug}/avis", help::judge)
        .get("/aide/redaction", articles::list)
        .get("/aide/redaction/liens", articles::links)
        .get("/aide/redaction/nouveau", articles::new)
        .post("/aide/redaction/nouveau", articles::create)
        .get("/aide/redaction/{id}", articles::show)
        .get("/aide/redaction/{id}/modifier", articles::change)
        .post("/aide/redaction/{id}/modifier", articles::edit)
        .post("/aide/redaction/{id}/proposer", articles::submit)
        .post("/aide/redaction/{id}/decision", articles::decide)
        .post("/aide/redaction/{id}/confirmer", articles::confirm)
        .post("/aide/redaction/{id}/retirer", articles::retire)
        .get("/aide/redaction/{id}/versions/{number}", articles::version)
}

/// Which school, when a person serves in several, and what was just done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(rename = "etablissement")]
    pub school: Option<String>,
    #[serde(rename = "fait")]
    pub done: Option<String>,
}

/// The school a page is about, among those of the person.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    pub school: SchoolId,
    pub name: String,
    /// Every school of the person, when there are several.
    pub others: Vec<(SchoolId, String)>,
}

impl Here {
    /// The school asked for, or the first of the person's; `None` when they have none.
    pub(crate) async fn of(
        catalogue: &Catalogue,
        scope: &Scope,
        asked: Option<&str>,
    ) -> Result<Option<Self>, WebError> {
        let mut named = Vec::new();
        for id in scope.schools() {
            if let Some(school) = beffroi_directory::school(&catalogue.site().db, scope, *id).await? {
                named.push((school.id, school.name));
            }
        }
        let chosen = match asked {
            Some(asked) => {
                let asked: SchoolId = asked.parse().map_err(|_| WebError::NotFound)?;
                Some(named.iter().find(|(id, _)| *id == asked).ok_or(WebError::NotFound)?)
            }
            None => named.first(),
        };
        let Some((school, name)) = chosen.cloned() else {
            return Ok(None);
        };
        let others = if named.len() > 1 { named } else { Vec::new() };
        Ok(Some(Self { school, name, others }))
    }

    /// The same path, about this school.
    pub(crate) fn link(&self, path: &str) -> String {
        if self.others.is_empty() { path.to_owned() } else { format!("{path}?etablissement={}", self.school) }
    }

    /// The same, saying what was just done.
    pub(crate) fn done(&self, path: &str, what: &str) -> String {
        let link = self.link(path);
        let joint = if link.contains('?') { '&' } else { '?' };
        format!("{link}{joint}fait={what}")
    }
}

/// The permit to read the procedure of one's own school, when signed in there.
pub(crate) fn reader(access: Option<&Access>) -> Option<Permit<ReadProcedure>> {
    access.and_then(Access::permit::<ReadProcedure>).filter(|permit| !permit.scope().schools().is_empty())
}

/// A page in its frame.
pub(crate) fn framed(access: Option<&Access>, path: &str, frame: Frame, done: Option<&str>) -> Markup {
    let sentence = match done {
        Some("publie") => Some("Le catalogue est publié."),
        Some("inchange") => Some("Rien de nouveau dans ces fichiers : aucune version n’a été ajoutée."),
        Some("regle") => Some("Le routage est modifié. Les prochaines demandes le suivent."),
        Some("theme") => Some("Les thèmes sont modifiés."),
        Some("etape") => Some("L’étape est enregistrée. Votre établissement la voit dès maintenant."),
        Some("retiree") => Some("L’étape est retirée de la procédure de votre établissement."),
        Some("retablie") => Some("Le texte de la Région est rétabli."),
        Some("gardee") => Some("Votre texte est gardé, face au nouveau texte de la Région."),
        _ => None,
    };
    let flash = sentence.map(|text| Flash { text: text.to_owned(), good: true });
    beffroi_directory::shell(access, path, frame.with_flash(flash))
}
