//! The list of sheets and the search.

use std::sync::Arc;

use beffroi_sheets::SheetKind;
use beffroi_ui::{choices, empty};
use maud::{Markup, html};

use crate::{Hit, Published};

/// Every sheet, in the order of the catalogue.
pub(crate) fn all(sheets: &[Arc<Published>]) -> Markup {
    let of = |kind| {
        let items = sheets.iter().filter(move |published| published.sheet.kind == kind).map(|published| {
            let sheet = &published.sheet;
            (format!("/catalogue/{}", sheet.slug), sheet.title.clone(), sheet.summary.clone())
        });
        items.collect::<Vec<_>>()
    };
    let (services, pages) = (of(SheetKind::Service), of(SheetKind::Page));
    html! {
        h1 { "Catalogue de services" }
        p { "Ce que la Région fait pour le numérique des lycées, ce qu’elle attend d’eux, et ce que l’on peut lui demander." }
        (search_box(""))
        @if sheets.is_empty() {
            (empty(html! { p { "Aucune fiche n’est publiée. Elles apparaîtront ici dès que la Région aura publié son catalogue." } }))
        }
        @if !services.is_empty() { h2 { "Les services" } (choices(&services)) }
        @if !pages.is_empty() { h2 { "Présentation et annexes" } (choices(&pages)) }
    }
}

/// What answers a search.
pub(crate) fn found(query: &str, hits: &[Hit]) -> Markup {
    html! {
        h1 { "Catalogue de services" }
        (search_box(query))
        h2 role="status" {
            @match hits.len() {
                0 => { "Aucune fiche ne répond à « " (query) " »" },
                1 => { "Une fiche répond à « " (query) " »" },
                count => { (count) " fiches répondent à « " (query) " »" },
            }
        }
        @if hits.is_empty() {
            (empty(html! {
                p { "Essayez un mot plus courant, par exemple « imprimante », « mot de passe » ou « logiciel »." }
                p { a href="/catalogue" { "Voir toutes les fiches" } }
            }))
        }
        @for hit in hits { (result(hit)) }
    }
}

fn result(hit: &Hit) -> Markup {
    let sheet = &hit.published.sheet;
    let address = format!("/catalogue/{}", sheet.slug);
    html! {
        section {
            h3 { a href=(address) { (sheet.title) } }
            p { (sheet.summary) }
            @if !hit.requests.is_empty() {
                p { "Vous pouvez demander :" }
                ul {
                    @for request in hit.requests.iter().filter_map(|id| sheet.request(id)) {
                        li { a href={ (address) "#demande-" (request.id) } { (request.title) } }
                    }
                }
            }
            @for exclusion in hit.excludes.iter().filter_map(|id| sheet.exclusion(id)) {
                p { strong { "Ne comprend pas : " } (exclusion.text) ". " (exclusion.instead) }
            }
        }
    }
}

fn search_box(query: &str) -> Markup {
    html! {
        form.search method="get" action="/catalogue" role="search" {
            div.field {
                label for="q" { "Chercher dans le catalogue" }
                p.hint id="q-hint" { "Un mot suffit ; les accents et les pluriels ne comptent pas." }
                input type="search" id="q" name="q" value=(query) aria-describedby="q-hint" maxlength="200";
            }
            button type="submit" { "Chercher" }
        }
    }
}
