//! The frame of a page for the person who looks: their name, their home, the links of their functions.

use beffroi_kernel::{Access, Role};
use beffroi_ui::{Bulletin, NavItem, Page, UserBar};
use maud::Markup;

use crate::announcements::{About, Announcement, everything};
use crate::model::{ManageOwnSchool, ReadRegion, home_path};

/// The whole document, with the user bar and the navigation of the person's functions; `current` is
/// the path of the page.
#[must_use]
pub fn shell(access: Option<&Access>, current: &str, mut page: Page) -> Markup {
    page.user = access.map(|access| UserBar {
        name: access.name.clone(),
        role: access.main_role().map(Role::label).unwrap_or("Sans fonction en cours").to_owned(),
        home: home_path(access).to_owned(),
    });
    page.bulletins = bulletins(access);
    let links = links(access);
    let best = links
        .iter()
        .map(|(href, _)| *href)
        .filter(|href| within(current, href))
        .max_by_key(|href| href.len());
    let item = |(href, label): &(&str, &str)| NavItem {
        href: (*href).to_owned(),
        label: (*label).to_owned(),
        current: best == Some(href),
        badge: None,
    };
    page.nav = links.iter().map(item).collect();
    if access.is_some_and(|access| access.functions.iter().any(|function| function.role.is_agent())) {
        page.scripts.push("keys.js");
    }
    beffroi_ui::page(page)
}

/// What everyone concerned must know, in a line each.
fn bulletins(access: Option<&Access>) -> Vec<Bulletin> {
    let told = everything();
    let concerning = told.iter().filter(|one| one.concerns(access));
    let line = |one: &Announcement| Bulletin {
        lead: match one.about {
            About::Incident => "Incident en cours",
            About::Liability => "Dégagement de responsabilité",
            About::Maintenance => "Maintenance",
        },
        title: one.title.clone(),
        text: one.text.clone(),
        href: one.href.clone(),
        at: one.updated_at,
    };
    concerning.map(line).collect()
}

fn within(current: &str, href: &str) -> bool {
    current == href || current.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
}

/// Those who type in requests received by phone, by mail or on the spot (CSU-05).
fn types_in(role: Role) -> bool {
    use Role::{AcademyAgent, DepartmentHead, ServiceManager, Technician, WorksAgent};
    matches!(role, Technician | ServiceManager | DepartmentHead | WorksAgent | AcademyAgent)
}

/// Those who sign acts, hold rights by them or watch over them. (T3)
fn reads_acts(role: Role) -> bool {
    use Role::{DepartmentHead, RegionAdmin, SecurityOfficer, ServiceManager, Technician};
    match role {
        Role::Pupil => false,
        Technician | ServiceManager | DepartmentHead | RegionAdmin | SecurityOfficer => true,
        role => role.is_school(),
    }
}

/// The links of a person's functions, in the order of their day.
fn links(access: Option<&Access>) -> Vec<(&'static str, &'static str)> {
    let mut links = Vec::new();
    if let Some(access) = access {
        let roles: Vec<Role> = access.functions.iter().map(|function| function.role).collect();
        if roles.iter().any(|role| role.is_school()) {
            links.extend([("/accueil", "Accueil"), ("/demandes", "Demandes")]);
        }
        if roles.iter().any(|role| role.is_management() || *role == Role::IctCoordinator) {
            links.push(("/validations", "Validations"));
        }
        if roles.iter().any(|role| reads_acts(*role)) {
            links.push(("/actes", "Actes"));
        }
        if access.permit::<ManageOwnSchool>().is_some() {
            links.push(("/etablissement", "Établissement"));
        }
        if roles.iter().any(|role| role.is_agent()) {
            links.push(("/file", "File"));
        }
        if roles.iter().any(|role| types_in(*role)) {
            links.push(("/saisir", "Saisir"));
        }
        if roles.iter().any(|role| role.is_agent() || *role == Role::DepartmentHead) {
            links.extend([("/incidents", "Incidents"), ("/equipe/calendrier", "Équipe")]);
        }
        let steers =
            |role: &Role| matches!(role, Role::ServiceManager | Role::DepartmentHead | Role::RegionAdmin);
        if roles.contains(&Role::DataProtectionOfficer) {
            links.push(("/region/donnees", "Données"));
        }
        if roles.contains(&Role::SecurityOfficer) {
            links.push(("/region/quarantaine", "Quarantaine"));
        }
        if roles.iter().any(steers) {
            links.extend([("/courriels", "Courriels"), ("/region", "Région")]);
        } else if access.permit::<ReadRegion>().is_some() {
            links.push(("/region/etablissements", "Annuaire"));
        }
    }
    links.push(("/catalogue", "Catalogue"));
    links.push(("/aide", "Aide"));
    links
}
