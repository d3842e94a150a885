//! The Region's pages on schools and teams.

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Column, Page, Tone, back_link, details, empty, facts, notice, pages, table, tag};
use beffroi_web::Submitted;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::people::form_urlencoded;
use super::{Faults, account, flash, shell};
use crate::import::ImportReport;
use crate::model::{ManagePeople, ManageSchools};
use crate::rules::paris_day;
use crate::{Closure, Contract, Fault, FunctionHeld, School, Team, TeamKind, Territory};

/// The themes of the routing matrix that providers may serve.
const THEMES: &[(&str, &str)] = &[
    ("poste", "Postes de travail"),
    ("logiciel-admin", "Logiciels administratifs"),
    ("logiciel-peda", "Logiciels pédagogiques"),
    ("impression", "Impression"),
    ("serveur", "Serveurs"),
    ("reseau", "Réseau"),
    ("internet", "Internet"),
    ("equipement", "Équipements"),
    ("outils", "Outils de gestion"),
    ("travaux", "Travaux"),
    ("usages", "Usages"),
];

/// The pages of the directory, for those who may see them.
pub(crate) fn region_tabs(access: &Access, current: &str) -> Markup {
    let mut tabs = vec![("/region/etablissements", "Établissements"), ("/region/equipes", "Équipes")];
    if access.permit::<ManagePeople>().is_some() {
        tabs.push(("/region/personnes", "Personnes"));
    }
    let items: Vec<(String, String, bool)> = tabs
        .iter()
        .map(|(href, words)| ((*href).to_owned(), (*words).to_owned(), *href == current))
        .collect();
    beffroi_ui::tabs("Annuaire", &items)
}

/// One field that looks for words.
pub(crate) fn search_form(action: &str, label: &str, search: &str) -> Markup {
    html! {
        form method="get" action=(action) role="search" {
            (form::input(&Field::new("q", label).value(search), "search"))
            button type="submit" class="secondary" { "Chercher" }
        }
    }
}

pub(crate) fn list(access: &Access, search: &str, further: bool, schools: &[School]) -> Markup {
    let columns = [
        Column::text("Établissement"),
        Column::text("UAI"),
        Column::text("Commune"),
        Column::text("Équipe mobile"),
    ];
    let row = |school: &School| {
        vec![
            html! { a href={ "/region/etablissements/" (school.id) } { (school.name) } },
            html! { (school.uai) },
            html! { (school.city) " (" (school.department) ")" },
            html! { (school.mobile_team.name) },
        ]
    };
    let rows: Vec<Vec<Markup>> = schools.iter().map(row).collect();
    let full = schools.len() as u64 == crate::schools::PAGE;
    let query = form_urlencoded(search);
    let next = schools
        .last()
        .filter(|_| full)
        .map(|last| format!("/region/etablissements?q={query}&apres={}", last.id));
    let first = further.then(|| format!("/region/etablissements?q={query}"));
    let manages = access.permit::<ManageSchools>().is_some();
    let body = html! {
        h1 { "Établissements" }
        (region_tabs(access, "/region/etablissements"))
        (search_form("/region/etablissements", "Nom, commune ou UAI", search))
        @if manages { p { a href="/region/etablissements/import" { "Importer l’annuaire national" } } }
        @if schools.is_empty() {
            (empty(html! { p { "Aucun établissement ne correspond. Essayez un seul mot, ou la commune." } }))
        } @else {
            (table("Établissements, par nom", &columns, &rows))
            (pages(first.as_deref(), next.as_deref()))
        }
    };
    shell(Some(access), "/region/etablissements", Page::wide("Établissements", body))
}

/// What the page of a school shows.
pub(crate) struct SchoolPage<'a> {
    pub access: &'a Access,
    pub school: &'a School,
    pub functions: &'a [FunctionHeld],
    pub contracts: &'a [Contract],
    pub closures: &'a [Closure],
    pub teams: &'a [Team],
    pub may_manage: bool,
    pub typed: &'a Submitted,
    pub faults: &'a [Fault],
    pub done: Option<&'a str>,
}

const DONE: &[(&str, &str)] = &[
    ("rattachement", "Le rattachement est enregistré."),
    ("contrat", "Le contrat est ajouté : les demandes de ce thème peuvent partir chez ce prestataire."),
    ("fin-contrat", "La fin du contrat est enregistrée."),
];

pub(crate) fn school(page: &SchoolPage) -> Markup {
    let faults = Faults { list: page.faults, prefix: "" };
    let school = page.school;
    let body = html! {
        (back_link("/region/etablissements", "Établissements"))
        (faults.summary())
        h1 { (school.name) }
        (identity(school))
        h2 { "Qui exerce quoi" }
        (holders(page.functions, page.access.at))
        h2 { "Contrats de prestataires" }
        (contracts(page, &faults))
        h2 { "Fermetures déclarées" }
        (closure_list(page.closures))
        @if page.may_manage {
            h2 { "Rattachement" }
            (attachment_form(page, &faults))
        }
    };
    let frame = Page::wide(school.name.clone(), body).with_errors(!page.faults.is_empty());
    shell(Some(page.access), "/region/etablissements", frame.with_flash(flash(page.done, DONE)))
}

/// What is known of a school.
pub(crate) fn identity(school: &School) -> Markup {
    let line = |name: &str, value: &str| (name.to_owned(), html! { (value) });
    let mut pairs = vec![
        line("UAI", &school.uai),
        line("Type", &school.kind),
        (String::from("Commune"), html! { (school.postcode) " " (school.city) }),
        line("Territoire", &school.territory.name),
        line("Service d’exploitation", &school.operations_team.name),
        line("Équipe mobile", &school.mobile_team.name),
    ];
    pairs.extend(school.phone.as_deref().map(|phone| line("Téléphone", phone)));
    pairs.extend(school.email.as_deref().map(|email| line("Courriel", email)));
    pairs.extend(school.pupils.map(|pupils| line("Élèves", &pupils.to_string())));
    facts(&pairs)
}

/// Who holds what since when; those in office first.
pub(crate) fn holders(functions: &[FunctionHeld], now: DateTime<Utc>) -> Markup {
    if functions.is_empty() {
        return empty(html! { p { "Aucune fonction n’est enregistrée dans cet établissement." } });
    }
    let columns =
        [Column::text("Fonction"), Column::text("Personne"), Column::text("Période"), Column::text("État")];
    let mut sorted: Vec<&FunctionHeld> = functions.iter().collect();
    sorted.sort_by_key(|held| (!held.is_held(now), held.role, held.from));
    let row = |held: &&FunctionHeld| {
        vec![
            account::role(held),
            html! { (held.person_name) },
            account::period(held),
            account::state(held, now),
        ]
    };
    let rows: Vec<Vec<Markup>> = sorted.iter().map(row).collect();
    table("Fonctions dans l’établissement", &columns, &rows)
}

fn theme_label(theme: &str) -> &str {
    THEMES.iter().find(|(slug, _)| *slug == theme).map_or(theme, |(_, label)| label)
}

fn contracts(page: &SchoolPage, faults: &Faults) -> Markup {
    let today = paris_day(page.access.at);
    let path = format!("/region/etablissements/{}/contrats", page.school.id);
    html! {
        @if page.contracts.is_empty() {
            (empty(html! { p { "Aucun contrat : les demandes de cet établissement vont aux équipes de la Région." } }))
        }
        ul {
            @for contract in page.contracts {
                li {
                    (theme_label(&contract.theme)) " : " (contract.team.name) ", depuis le " (beffroi_ui::day(contract.from))
                    @if let Some(to) = contract.to { " jusqu’au " (beffroi_ui::day(to)) } " "
                    @if contract.runs_on(today) { (tag(Tone::Good, "En cours")) }
                    @else if contract.from > today { (tag(Tone::Calm, "À venir")) }
                    @else { (tag(Tone::Quiet, "Terminé")) }
                    @if page.may_manage && contract.to.is_none_or(|to| to > today) {
                        form method="post" action={ (path) "/fin" } {
                            input type="hidden" name="contract" value=(contract.id);
                            button type="submit" class="plain" {
                                "Finir aujourd’hui" span.visually-hidden { " : " (theme_label(&contract.theme)) ", " (contract.team.name) }
                            }
                        }
                    }
                }
            }
        }
        @if page.may_manage { (details("Ajouter un contrat", contract_form(page, faults, &path))) }
    }
}

fn contract_form(page: &SchoolPage, faults: &Faults, path: &str) -> Markup {
    let typed = |name: &str| page.typed.get(name).unwrap_or_default();
    let field = |name, label| Field::new(name, label).error(faults.of(name)).value(typed(name));
    let themes: Vec<(String, String)> =
        THEMES.iter().map(|(slug, label)| ((*slug).into(), (*label).into())).collect();
    let providers = options(page.teams, TeamKind::Provider);
    if providers.is_empty() {
        return html! { p { "Aucun prestataire n’est enregistré parmi les équipes." } };
    }
    html! {
        form method="post" action=(path) novalidate {
            (form::select(&field("theme", "Thème"), &themes))
            (form::select(&field("team", "Prestataire"), &providers))
            (form::input(&field("from", "Premier jour"), "date"))
            (form::input(&field("to", "Dernier jour (facultatif)"), "date"))
            (form::submit("Ajouter le contrat"))
        }
    }
}

fn options(teams: &[Team], kind: TeamKind) -> Vec<(String, String)> {
    teams
        .iter()
        .filter(|team| team.kind == kind)
        .map(|team| (team.id.to_string(), team.name.clone()))
        .collect()
}

fn attachment_form(page: &SchoolPage, faults: &Faults) -> Markup {
    let (operations, mobile) =
        (page.school.operations_team.id.to_string(), page.school.mobile_team.id.to_string());
    let service =
        Field::new("operations", "Service d’exploitation").value(&operations).error(faults.of("operations"));
    let team = Field::new("mobile", "Équipe mobile").value(&mobile).error(faults.of("mobile"));
    html! {
        p { "Un établissement est toujours rattaché à un service et à une équipe mobile ; le territoire suit le service." }
        form method="post" action={ "/region/etablissements/" (page.school.id) "/rattachement" } {
            (form::select(&service, &options(page.teams, TeamKind::OperationsService)))
            (form::select(&team, &options(page.teams, TeamKind::MobileTeam)))
            button type="submit" class="secondary" { "Enregistrer le rattachement" }
        }
    }
}

/// The closures, in order.
pub(crate) fn closure_list(closures: &[Closure]) -> Markup {
    if closures.is_empty() {
        return empty(html! { p { "Aucune fermeture déclarée." } });
    }
    html! { ul { @for closure in closures { li { (closure_words(closure)) } } } }
}

/// « du … au … : … »
pub(crate) fn closure_words(closure: &Closure) -> String {
    let (from, to) = (beffroi_ui::day(closure.from), beffroi_ui::day(closure.to));
    if closure.from == closure.to {
        format!("le {from} : {}", closure.reason)
    } else {
        format!("du {from} au {to} : {}", closure.reason)
    }
}

pub(crate) fn teams(access: &Access, teams: &[Team], territories: &[Territory]) -> Markup {
    let columns = [
        Column::text("Équipe"),
        Column::text("Nature"),
        Column::text("Territoire"),
        Column::text("Courriel"),
    ];
    let territory = |team: &Team| {
        territories.iter().find(|known| Some(known.id) == team.territory).map(|known| known.name.as_str())
    };
    let row = |team: &Team| {
        vec![
            html! { a href={ "/region/equipes/" (team.id) } { (team.name) } },
            html! { (team.kind.label()) },
            html! { (territory(team).unwrap_or("toute la Région")) },
            html! { (team.email.as_deref().unwrap_or("aucun")) },
        ]
    };
    let mut sorted: Vec<&Team> = teams.iter().collect();
    sorted.sort_by_key(|team| team.kind);
    let rows: Vec<Vec<Markup>> = sorted.into_iter().map(row).collect();
    let body = html! {
        h1 { "Équipes" }
        (region_tabs(access, "/region/equipes"))
        @if teams.is_empty() { (empty(html! { p { "Aucune équipe n’est enregistrée." } })) }
        @else { (table("Équipes, par nature", &columns, &rows)) }
    };
    shell(Some(access), "/region/equipes", Page::wide("Équipes", body))
}

pub(crate) fn team(access: &Access, team: &Team, functions: &[FunctionHeld]) -> Markup {
    let body = html! {
        (back_link("/region/equipes", "Équipes"))
        h1 { (team.name) }
        p { (team.kind.label()) @if let Some(email) = &team.email { ", " (email) } "." }
        h2 { "Membres" }
        (holders(functions, access.at))
    };
    shell(Some(access), "/region/equipes", Page::wide(team.name.clone(), body))
}

pub(crate) fn import(access: &Access, report: Option<(&ImportReport, bool)>, list: &[Fault]) -> Markup {
    let faults = Faults { list, prefix: "" };
    let file = Field::new("file", "Fichier CSV")
        .hint("L’annuaire de l’éducation en données ouvertes, ou un tableau qui nomme ses colonnes : UAI, nom, commune…")
        .error(faults.of("file"));
    let dry = Field::new("dry_run", "Essai");
    let choice = Choice { value: "yes", label: "Essayer sans rien enregistrer", hint: "", chosen: false };
    let body = html! {
        (back_link("/region/etablissements", "Établissements"))
        (faults.summary())
        h1 { "Importer des établissements" }
        @if let Some((report, dry_run)) = report { (import_report(report, dry_run)) }
        p { "Les lycées publics de la région sont pris ; le reste du fichier est laissé. Un établissement déjà connu garde son rattachement." }
        form method="post" action="/region/etablissements/import" enctype="multipart/form-data" novalidate {
            (form::file(&file, 80 * 1024 * 1024, ""))
            (form::checkboxes(&dry, &[choice]))
            (form::submit("Importer"))
        }
    };
    shell(
        Some(access),
        "/region/etablissements/import",
        Page::new("Importer des établissements", body).with_errors(!list.is_empty()),
    )
}

fn import_report(report: &ImportReport, dry_run: bool) -> Markup {
    let line = |name: &str, count: u64| (name.to_owned(), html! { (count) });
    let mut pairs = vec![
        line("Lignes lues", report.lines),
        line("Créés", report.created),
        line("Mis à jour", report.updated),
        line("Inchangés", report.unchanged),
    ];
    pairs.extend(report.skipped.iter().map(|(why, count)| line(&format!("Laissés : {why}"), *count)));
    pairs.push(line("Lignes rejetées", report.rejected.len() as u64));
    let columns = [Column::number("Ligne"), Column::text("Raison")];
    let row =
        |rejected: &crate::import::Rejected| vec![html! { (rejected.line) }, html! { (rejected.reason) }];
    let rows: Vec<Vec<Markup>> = report.rejected.iter().map(row).collect();
    html! {
        h2 { @if dry_run { "Essai : rien n’est enregistré" } @else { "Import terminé" } }
        p { "Encodage : " (report.encoding) " ; séparateur : " (report.separator) "." }
        (facts(&pairs))
        @if rows.is_empty() { (notice(Tone::Good, "Complet", html! { p { "Aucune ligne n’a été rejetée." } })) }
        @else { (table("Lignes rejetées, à corriger dans le fichier", &columns, &rows)) }
    }
}
