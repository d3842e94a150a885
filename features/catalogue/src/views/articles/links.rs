//! Links that lead nowhere, with the texts that hold them. (LIRE-12)

use beffroi_ui::{Column, breadcrumbs, date, empty, table};
use maud::{Markup, html};

use crate::links::DeadLink;

/// The page of links to mend.
pub(crate) fn dead_links(dead: &[DeadLink]) -> Markup {
    let columns = [
        Column::text("Lien"),
        Column::text("Ce qui ne va pas"),
        Column::text("Depuis"),
        Column::text("Où le corriger"),
    ];
    let rows: Vec<Vec<Markup>> = dead.iter().map(row).collect();
    html! {
        (breadcrumbs(&[("/aide", "Aide"), ("/aide/redaction", "Rédaction de l’aide")]))
        h1 { "Liens à corriger" }
        p.lead { "Les liens des fiches et des articles publiés sont essayés chaque semaine. Celui qui ne mène plus nulle part est montré ici, et dit par courriel à qui a écrit et relu l’article." }
        @if dead.is_empty() {
            (empty(html! { p { "Tous les liens des textes publiés mènent quelque part." } }))
        } @else {
            (table("Liens qui ne mènent nulle part", &columns, &rows))
        }
    }
}

fn row(link: &DeadLink) -> Vec<Markup> {
    vec![
        html! { span.url { (link.url) } },
        html! { (link.why) },
        html! { @match link.since { Some(since) => (date(since)), None => "—" } },
        html! {
            @for (index, place) in link.places.iter().enumerate() {
                @if index > 0 { br; }
                a href=(place.href) { (place.title) }
                @if place.article.is_none() { " " span.quiet { "(fiche, par la Région)" } }
            }
        },
    ]
}
