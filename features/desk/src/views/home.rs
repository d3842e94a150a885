//! The school's home: what do you need, what waits for you, your requests.

use beffroi_acts::Act;
use beffroi_catalogue::{EditRouting, PublishCatalogue, Published};
use beffroi_directory::ManagePeople;
use beffroi_kernel::{Access, Role};
use beffroi_sheets::{Sheet, SheetKind, slug_search_key};
use beffroi_ui::{Bar, Tone, form};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use std::sync::Arc;

use crate::approvals::Asked;
use crate::drafts::Draft;
use crate::lists::Line;
use crate::quarantine::WatchFiles;

/// What the home shows.
pub(crate) struct Home<'a> {
    pub(crate) name: &'a str,
    pub(crate) waiting: &'a [Asked],
    /// Acts to sign that no decision above signs.
    pub(crate) to_sign: &'a [Act],
    pub(crate) drafts: &'a [Draft],
    pub(crate) requests: &'a [Line],
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn home(page: &Home) -> Markup {
    html! {
        h1 { "Bonjour " (page.name) }
        p.lead { (first_line(page)) }
        form.inline-form method="get" action="/demander" role="search" {
            div { (form::input(&form::Field::new("q", "De quoi avez-vous besoin ?").hint("Par exemple : imprimante, compte, panne, logiciel"), "search")) }
            div.field { button type="submit" { "Chercher" } }
        }
        div.actions {
            a.button href="/demander" { "Faire une demande" }
            a.button.danger href="/demander/securite-internet/alerte" { "Urgence sécurité" }
        }
        @if !page.waiting.is_empty() {
            h2 { "Ce qui vous attend" }
            ul.choices {
                @for asked in page.waiting {
                    li {
                        a href={ "/validations/" (asked.step.id) } { (asked.request.title) }
                        p { (asked.step.title) " — demande " (asked.request.reference) ", " (beffroi_ui::since(page.now - asked.request.submitted_at)) }
                    }
                }
            }
        }
        @if !page.to_sign.is_empty() {
            h2 { "Actes à signer" }
            (super::approvals::to_sign(page.to_sign))
        }
        @if !page.drafts.is_empty() {
            h2 { "Brouillons, pas encore envoyés" }
            ul.choices {
                @for draft in page.drafts {
                    li { a href={ "/brouillons/" (draft.id) } { (draft.kind().title) } p { (draft.published.sheet.title) } }
                }
            }
        }
        h2 { "Dernières demandes" }
        @if page.requests.is_empty() {
            (beffroi_ui::empty(html! { p { "Vos demandes apparaîtront ici avec leur avancement. Commencez par « Faire une demande »." } }))
        } @else {
            ul.choices {
                @for line in page.requests {
                    li {
                        a href={ "/demandes/" (line.reference) } { (line.title) }
                        " " (super::lists::state_tag(&line.state, line.waiting_for.as_deref()))
                        p { (line.reference) " — " (line.summary) }
                    }
                }
            }
            p { a href="/demandes" { "Toutes les demandes" } }
        }
        p { a href="/incidents" { "Incidents majeurs" } }
    }
}

fn first_line(page: &Home) -> String {
    match page.waiting.len() {
        0 if !page.to_sign.is_empty() => {
            let count = i64::try_from(page.to_sign.len()).unwrap_or(i64::MAX);
            format!("{} votre signature.", beffroi_ui::plural(count, "acte attend", "actes attendent"))
        }
        0 => "Rien n’attend votre décision.".to_owned(),
        count => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            format!("{} votre décision.", beffroi_ui::plural(count, "demande attend", "demandes attendent"))
        }
    }
}

/// The request types of a sheet that hold every wanted word: address, title, what it is for.
fn matching(sheet: &Sheet, roles: &[Role], wanted: &[&str]) -> Vec<(String, String, String)> {
    let about_sheet = slug_search_key(&format!("{} {}", sheet.title, sheet.keywords.join(" ")));
    let kept = sheet.requests.iter().filter(|kind| {
        let about = slug_search_key(&format!("{} {}", kind.title, kind.description));
        let holds = |word: &str| about_sheet.contains(word) || about.contains(word);
        wanted.iter().all(|word| holds(word.trim_end_matches('s')))
    });
    let shown = kept.map(|kind| {
        let note = if roles.iter().any(|role| kind.who.contains(role)) {
            kind.description.clone()
        } else {
            format!("{} (réservé : {})", kind.description, crate::drafts::who_may_ask(kind))
        };
        (format!("/demander/{}/{}", sheet.slug, kind.id), kind.title.clone(), note)
    });
    shown.collect()
}

/// What can be asked, by sheet; `words` filters.
pub(crate) fn ask(sheets: &[Arc<Published>], roles: &[Role], words: &str) -> Markup {
    let key = slug_search_key(words);
    let wanted: Vec<&str> = key.split_whitespace().collect();
    let services =
        sheets.iter().map(|published| &published.sheet).filter(|sheet| sheet.kind == SheetKind::Service);
    let sections = services.map(|sheet| (sheet.title.clone(), matching(sheet, roles, &wanted)));
    let sections: Vec<_> = sections.filter(|(_, items)| !items.is_empty()).collect();
    let found: usize = sections.iter().map(|(_, items)| items.len()).sum();
    html! {
        h1 { "Faire une demande" }
        form.inline-form method="get" action="/demander" role="search" {
            div { (form::input(&form::Field::new("q", "De quoi avez-vous besoin ?").value(words), "search")) }
            div.field { button type="submit" { "Chercher" } }
        }
        @if !words.is_empty() { p role="status" { (beffroi_ui::plural(i64::try_from(found).unwrap_or(0), "demande possible", "demandes possibles")) " pour « " (words) " »." } }
        @if found == 0 {
            (beffroi_ui::empty(html! {
                p { "Rien ne correspond. Essayez un autre mot, ou " a href="/demander" { "parcourez toutes les demandes" } "." }
                p { "Pour un ordinateur neuf, c’est l’enquête annuelle : voyez la fiche " a href="/catalogue/demande-d-equipements" { "Demande d’équipements" } "." }
            }))
        }
        @for (title, items) in &sections { h2 { (title) } (beffroi_ui::choices(items)) }
    }
}

/// The Region's home: where things stand, and what it keeps.
pub(crate) fn region(access: &Access, counts: &[Bar], late: u32, unassigned: u32) -> Markup {
    html! {
        h1 { "Région" }
        p.lead {
            @if late == 0 { "Aucune demande n’est en retard." } @else { (beffroi_ui::plural(i64::from(late), "demande en retard", "demandes en retard")) "." }
            " " (beffroi_ui::plural(i64::from(unassigned), "demande attend", "demandes attendent")) " une prise en charge."
        }
        @if late > 0 { (beffroi_ui::notice(Tone::Warn, "À voir", html! { p { a href="/demandes" { "Ouvrir la liste des demandes" } } })) }
        (beffroi_ui::choices(&kept(access)))
        h2 { "Demandes en cours par équipe" }
        @if counts.is_empty() {
            (beffroi_ui::empty(html! { p { "Les demandes en cours de chaque équipe seront dessinées ici." } }))
        } @else {
            (beffroi_ui::bar_chart("Demandes en cours par équipe", "Demandes", counts))
        }
    }
}

/// What the Region keeps, as far as this person may.
fn kept(access: &Access) -> Vec<(String, String, String)> {
    let answers_for_all = |role: Role| matches!(role, Role::RegionAdmin | Role::DepartmentHead);
    let for_all = access.functions.iter().any(|function| answers_for_all(function.role));
    let pages = [
        (
            access.permit::<PublishCatalogue>().is_some(),
            "/region/catalogue",
            "Catalogue de services",
            "Vérifier et publier les fiches",
        ),
        (
            access.permit::<EditRouting>().is_some(),
            "/region/routage",
            "Orientation des demandes",
            "Matrice, simulateur, trous et recouvrements",
        ),
        (
            true,
            "/region/etablissements",
            "Établissements",
            "Rechercher, importer l’annuaire, contrats des prestataires",
        ),
        (
            access.permit::<ManagePeople>().is_some(),
            "/region/personnes",
            "Personnes et fonctions",
            "Comptes, fonctions datées",
        ),
        (true, "/region/equipes", "Équipes", "Services, équipes mobiles, prestataires"),
        (true, "/region/escalades", "Escalades", "Qui est prévenu quand un délai s’achève"),
        (for_all, "/region/jetons", "Jetons", "Les logiciels qui agissent au nom d’une personne"),
        (
            for_all,
            "/region/webhooks",
            "Webhooks",
            "Prévenir d’autres logiciels de ce qui arrive aux demandes",
        ),
        (
            for_all,
            "/region/protection",
            "Protection des comptes",
            "Second facteur, nombre de demandes par jour",
        ),
        (
            access.permit::<WatchFiles>().is_some(),
            "/region/quarantaine",
            "Fichiers en quarantaine",
            "Ceux qui attendent l’antivirus, ceux où il a trouvé un virus",
        ),
        (for_all, "/region/passerelles", "Passerelles", "Les équipes qui ont leur propre outil de tickets"),
        (for_all, "/region/maintenance", "Maintenance", "L’annoncer, la terminer ; disponibilité mesurée"),
    ];
    let shown = pages.iter().filter(|(may, ..)| *may);
    shown
        .map(|(_, path, title, text)| ((*path).to_owned(), (*title).to_owned(), (*text).to_owned()))
        .collect()
}
