//! The notes that mention the person who looks.

use beffroi_ui::{Column, Tone, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::mentions::Lines;

/// Where the page is.
pub(crate) const PATH: &str = "/file/mentions";

/// From the queue to what is beside it.
pub(crate) fn ways() -> Markup {
    html! {
        p.screen-only {
            a href=(PATH) { "On vous a cité" } " · " a href="/modeles" { "Modèles de réponse" } " · "
            a href="/raccourcis" { "Raccourcis clavier" }
        }
    }
}

pub(crate) fn mentions(list: &Lines, begun: bool, now: DateTime<Utc>) -> Markup {
    let columns = ["Demande", "Citée par", "Quand", "État"].map(Column::text);
    let rows: Vec<Vec<Markup>> = list
        .lines
        .iter()
        .map(|line| {
            vec![
                html! { a href={ "/demandes/" (line.reference) } { (line.title) } br; (beffroi_ui::reference(&line.reference)) },
                html! { (line.by) },
                beffroi_ui::ago(line.at, now),
                if line.seen { tag(Tone::Quiet, "Vue") } else { tag(Tone::Warn, "À lire") },
            ]
        })
        .collect();
    let next = list.next.map(|next| format!("{PATH}?apres={next}"));
    html! {
        (beffroi_ui::back_link("/file", "File de travail"))
        h1 { "On vous a cité" }
        @if rows.is_empty() {
            (beffroi_ui::empty(html! { p { "Quand un agent vous cite dans une note interne, avec @ et votre nom, la demande paraît ici jusqu’à ce que vous l’ouvriez." } }))
        } @else {
            (beffroi_ui::table("Notes internes qui vous citent, de la plus récente à la plus ancienne", &columns, &rows))
        }
        (beffroi_ui::pages(begun.then_some(PATH), next.as_deref()))
    }
}
