//! The pages where the Region publishes its sheets.

use std::collections::HashMap;
use std::sync::Arc;

use beffroi_kernel::PersonId;
use beffroi_sheets::Finding;
use beffroi_ui::{Column, Tone, back_link, details, empty, form, notice, table, tag};
use maud::{Markup, html};

use super::{diff_lines, findings as findings_list};
use crate::publish::File;
use crate::{Change, PublishReport, Published, Version};

/// The state of each sheet, what the checker says, and the way to publish.
pub(crate) fn state(
    versions: &[Version],
    current: &[Arc<Published>],
    findings: &[Finding],
    names: &HashMap<PersonId, String>,
) -> Markup {
    let columns = [
        Column::text("Fiche"),
        Column::text("En vigueur"),
        Column::text("Dernière publication"),
        Column::number("Demandes possibles"),
        Column::number("À compléter"),
        Column::text("Source"),
    ];
    let latest = versions.iter().zip(versions.iter().skip(1).map(Some).chain([None]));
    let latest = latest.filter(|(version, next)| next.is_none_or(|next| next.slug != version.slug));
    let mut rows: Vec<(u32, Vec<Markup>)> = latest
        .map(|(version, _)| {
            let running = current.iter().find(|published| published.sheet.slug == version.slug);
            (running.map_or(u32::MAX, |published| published.sheet.order), row(version, running, names))
        })
        .collect();
    rows.sort_by_key(|(order, _)| *order);
    let rows: Vec<Vec<Markup>> = rows.into_iter().map(|(_, row)| row).collect();
    html! {
        h1 { "Catalogue : publication" }
        p { "Une fiche est un fichier texte. Envoyez les fichiers changés : ils sont vérifiés avec tous les autres, comparés, puis publiés après votre accord." }
        (upload())
        @if rows.is_empty() { (empty(html! { p { "Aucune fiche n’est publiée. Envoyez les fichiers du catalogue, avec routing.toml, pour commencer." } })) }
        @else { (table("Fiches publiées", &columns, &rows)) }
        h2 { "Dernière vérification" }
        @if findings.is_empty() { p { "Aucune remarque sur les fiches publiées." } } @else { (findings_list(findings)) }
    }
}

fn row(
    version: &Version,
    running: Option<&Arc<Published>>,
    names: &HashMap<PersonId, String>,
) -> Vec<Markup> {
    let address = format!("/catalogue/{}", version.slug);
    let by =
        version.published_by.and_then(|id| names.get(&id)).map_or("en ligne de commande", String::as_str);
    vec![
        html! { a href=(address) { (version.title) } },
        html! {
            @match running {
                Some(running) => { a href={ (address) "/versions" } { "Version " (running.number) } },
                None => "Aucune",
            }
            @if running.is_none_or(|running| running.number < version.number) {
                " " (tag(Tone::Calm, &format!("version {} à venir", version.number)))
                " le " (beffroi_ui::day(version.effective_on))
            }
        },
        html! { (beffroi_ui::short_date_time(version.published_at)) ", " (by) },
        html! { (running.map_or(0, |running| running.sheet.requests.len())) },
        html! { (running.map_or(0, |running| running.sheet.to_complete.len())) },
        html! { a href={ "/region/catalogue/" (version.slug) "/source" } download { "Télécharger" span.visually-hidden { " " (version.slug) ".md" } } },
    ]
}

fn upload() -> Markup {
    html! {
        form method="post" action="/region/catalogue/verifier" enctype="multipart/form-data" {
            div.field {
                label for="fichiers" { "Fichiers à vérifier" }
                p.hint id="fichiers-hint" { "Une ou plusieurs fiches (.md) ; routing.toml la première fois." }
                input type="file" id="fichiers" name="fichiers" multiple accept=".md,.toml" required aria-describedby="fichiers-hint";
            }
            (form::submit("Vérifier"))
        }
    }
}

/// What publishing would do; the button appears only when nothing forbids it.
pub(crate) fn checked(files: &[File], seen: usize, report: &PublishReport) -> Markup {
    let sound = report.is_sound();
    html! {
        (back_link("/region/catalogue", "Publication"))
        h1 { @if sound { "Prêt à publier" } @else { "Le catalogue contient des erreurs" } }
        @if !sound {
            (notice(Tone::Bad, "Rien n’est publié", html! { p { "La version en cours reste en service. Corrigez les erreurs ci-dessous, puis envoyez de nouveau les fichiers." } }))
        } @else if report.published() == 0 && !report.routing_seeded {
            (notice(Tone::Calm, "Rien de nouveau", html! { p { "Ces textes sont ceux déjà publiés." } }))
        }
        @if report.routing_seeded { p { "La matrice de routage sera créée d’après routing.toml." } }
        @if report.routing_ignored {
            p { "routing.toml n’est pas relu : la matrice se modifie sur la page " a href="/region/routage" { "Routage" } "." }
        }
        @if !report.findings.is_empty() { h2 { "Remarques de la vérification" } (findings_list(&report.findings)) }
        @if !report.changes.is_empty() { h2 { "Changements" } @for change in &report.changes { (changed(change)) } }
        @if sound && (report.published() > 0 || report.routing_seeded) { (confirm(files, seen)) }
    }
}

fn changed(change: &Change) -> Markup {
    html! {
        h3 { (change.slug) }
        @match (change.from, change.to) {
            (None, Some(_)) => p { "Nouvelle fiche." },
            (Some(from), Some(to)) => {
                p { "La version " (from) " sera suivie de la version " (to) "." }
                (details("Voir les lignes changées", diff_lines(&change.diff)))
            },
            _ => p { "Inchangée." },
        }
    }
}

fn confirm(files: &[File], seen: usize) -> Markup {
    html! {
        form method="post" action="/region/catalogue/publier" enctype="multipart/form-data" {
            input type="hidden" name="vu" value=(seen);
            @for (name, text) in files { input type="hidden" name={ "fichier:" (name) } value=(text); }
            (form::submit("Publier ces versions"))
        }
    }
}
