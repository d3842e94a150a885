//! Every sheet: what it promises beside what was measured, in the Region and in a territory.

use std::sync::Arc;

use beffroi_catalogue::Published;
use beffroi_sheets::RequestType;
use beffroi_ui::charts::{Figure, figure, range_key};
use beffroi_ui::form;
use maud::{Markup, html};

use super::{Measure, capital, cells, choose, columns, footnotes, line, number, promise, share};
use crate::delays::{Board, FEWEST, Figures, Period, TerritoryName};

/// What the page shows.
pub(crate) struct Overview<'a> {
    pub(crate) board: &'a Board,
    pub(crate) sheets: &'a [Arc<Published>],
    pub(crate) rows: &'a [Figures],
    pub(crate) period: Period,
    pub(crate) territory: Option<&'a TerritoryName>,
    /// Whether the reader may open or close these pages.
    pub(crate) publishes: bool,
}

impl Overview<'_> {
    fn row(&self, sheet: &str, kind: &str, territory: &str) -> Option<&Figures> {
        self.rows
            .iter()
            .find(|row| row.sheet_slug == sheet && row.request_type == kind && row.territory == territory)
    }

    /// Names and stable names of the places compared: the Region, then the territory chosen.
    fn places(&self) -> Vec<(&str, &str)> {
        let own = self.territory.map(|one| (one.name.as_str(), one.slug.as_str()));
        std::iter::once(("Région", "")).chain(own).collect()
    }

    fn query(&self) -> String {
        let place = self.territory.map_or("region", |one| one.slug.as_str());
        format!("?periode={}&territoire={place}", self.period.slug())
    }
}

pub(crate) fn overview(page: &Overview) -> Markup {
    let under_way = if page.period.is_under_way(page.board.today) { ", en cours" } else { "" };
    let place = page.territory.map_or("toute la Région".to_owned(), |one| format!("Région et {}", one.name));
    html! {
        h1 { "Délais mesurés" }
        p.lead { "Ce que les lycées attendent vraiment, à côté de ce que chaque fiche annonce." }
        (choose("/delais", page.board, Some(page.period), page.territory))
        h2 { (capital(&page.period.label())) (under_way) " : " (place) }
        @if page.rows.iter().any(|row| row.sent > 0) {
            (summary(page))
            (range_key())
            @for sheet in page.sheets { (sheet_section(page, sheet)) }
        } @else {
            (beffroi_ui::empty(html! { p { "Aucune demande n’a été reçue sur cette période. Les chiffres sont calculés chaque nuit." } }))
        }
        (footnotes(page.board, &format!("/delais/fichier{}", page.query())))
        @if page.publishes { (opening(page.board)) }
    }
}

/// The whole, in four figures.
fn summary(page: &Overview) -> Markup {
    let place = page.territory.map_or("", |one| one.slug.as_str());
    let rows: Vec<&Figures> = page.rows.iter().filter(|row| row.territory == place).collect();
    let sum = |of: fn(&Figures) -> i32| rows.iter().map(|row| of(row)).sum::<i32>();
    let kept = |kept, judged| share(crate::delays::share(kept, judged));
    let answers = kept(sum(|row| row.answer_kept), sum(|row| row.answer_judged));
    let solutions = kept(sum(|row| row.solution_kept), sum(|row| row.solution_judged));
    html! {
        ul.tiles.figures {
            li { span.figure { (number(sum(|row| row.sent))) } "demandes reçues" @if let Some(one) = page.territory { " (" (one.name) ")" } }
            li { span.figure { (answers) } "des premières réponses dans le délai annoncé" }
            li { span.figure { (solutions) } "des solutions dans le délai annoncé" }
            li { span.figure { (number(sum(|row| row.unsolved))) } "demandes attendent encore leur solution" }
        }
    }
}

fn sheet_section(page: &Overview, published: &Published) -> Markup {
    let sheet = &published.sheet;
    let enough = |kind: &&RequestType| {
        page.row(&sheet.slug, &kind.id, "").is_some_and(|row| row.answer_base() >= FEWEST)
    };
    let (drawn, few): (Vec<&RequestType>, Vec<&RequestType>) = sheet.requests.iter().partition(enough);
    let link = |kind: &RequestType| format!("/delais/{}/{}{}", sheet.slug, kind.id, page.query());
    let titles = columns("Demande");
    html! {
        @if !sheet.requests.is_empty() {
            section aria-labelledby={ "fiche-" (sheet.slug) } {
                h2 id={ "fiche-" (sheet.slug) } { a href={ "/catalogue/" (sheet.slug) } { (sheet.title) } }
                @if !drawn.is_empty() {
                    (figure(&Figure {
                        title: "Annoncé et mesuré",
                        drawing: html! { ul.measures { @for kind in &drawn { li { (request(page, sheet, kind, &link(kind))) } } } },
                        key: None,
                        columns: &titles,
                        rows: &table_rows(page, &sheet.slug, &drawn),
                    }))
                }
                @if !few.is_empty() { (unpublished(&few, link)) }
            }
        }
    }
}

/// The types on which nothing is published.
fn unpublished(few: &[&RequestType], link: impl Fn(&RequestType) -> String) -> Markup {
    let count = i64::try_from(few.len()).unwrap_or(i64::MAX);
    let types = beffroi_ui::plural(count, "type de demande a", "types de demandes ont");
    beffroi_ui::details(
        &format!("{types} reçu moins de cinq demandes : rien n’est publié"),
        html! { ul { @for kind in few { li { a href=(link(kind)) { (kind.title) } } } } },
    )
}

fn request(page: &Overview, sheet: &beffroi_sheets::Sheet, kind: &RequestType, link: &str) -> Markup {
    html! {
        h3 { a href=(link) { (kind.title) } }
        div.pair {
            @for measure in Measure::ALL {
                div.measure {
                    p.what { strong { (measure.label()) } span { "annoncée : " (promise(kind, measure)) } }
                    @for (name, slug) in page.places() {
                        (line(name, page.row(&sheet.slug, &kind.id, slug), measure, measure.promise(kind)))
                    }
                }
            }
        }
    }
}

fn table_rows(page: &Overview, sheet: &str, kinds: &[&RequestType]) -> Vec<Vec<Markup>> {
    let mut rows = Vec::new();
    for kind in kinds {
        for measure in Measure::ALL {
            for (name, slug) in page.places() {
                let label = format!("{} – {}, {name}", kind.title, measure.label().to_lowercase());
                rows.push(cells(&label, page.row(sheet, &kind.id, slug), measure, measure.promise(kind)));
            }
        }
    }
    rows
}

/// For the Region: who may read these pages.
fn opening(board: &Board) -> Markup {
    let (words, value) = if board.signed_in_only {
        ("Ouvrir ces pages à tous", "tous")
    } else {
        ("Réserver ces pages aux personnes connectées", "connectes")
    };
    html! {
        section.screen-only aria-labelledby="ouverture" {
            h2 id="ouverture" { "Qui peut lire ces pages" }
            p {
                @if board.signed_in_only { "Seules les personnes connectées lisent ces chiffres." }
                @else { "Tout le monde lit ces chiffres, même sans compte : aucun ne désigne une personne." }
            }
            (form::button_form("/delais/ouverture", words, "secondary", &[("lecteurs", value)]))
        }
    }
}
