//! The editors' pages: lists by state with what articles spared, one article with its texts, its form.

mod dossier;
mod form;
mod links;

use beffroi_ui::{Bar, Column, Tone, bar_chart, empty, table, tabs, tag};
use chrono::NaiveDate;
use maud::{Markup, html};

pub(crate) use dossier::{Page, dossier, version};
pub(crate) use form::form;
pub use form::{Form, fields};
pub(crate) use links::dead_links;

use crate::knowledge::{ArticleOrigin, Line, Shelved, TextState};

/// Fields to mend, with what to do.
pub(crate) type Faults = [(&'static str, String)];

const TABS: &[(&str, &str, Shelved)] = &[
    ("brouillons", "Brouillons", Shelved::Drafts),
    ("a-relire", "À relire", Shelved::Review),
    ("publies", "Publiés", Shelved::Published),
    ("en-retard", "Relecture en retard", Shelved::Overdue),
    ("retires", "Retirés", Shelved::Retired),
];
/// Articles drawn in the chart.
const DRAWN: usize = 8;

/// The articles of one state.
pub(crate) fn list(lines: &[Line], list: Shelved, today: NaiveDate, dead: usize) -> Markup {
    let count = |list| lines.iter().filter(|line| line.is(list, today)).count();
    let items: Vec<(String, String, bool)> = TABS
        .iter()
        .map(|(slug, label, shelf)| {
            let words = format!("{label} ({})", count(*shelf));
            (format!("/aide/redaction?etat={slug}"), words, *shelf == list)
        })
        .collect();
    let chosen: Vec<&Line> = lines.iter().filter(|line| line.is(list, today)).collect();
    html! {
        (beffroi_ui::breadcrumbs(&[("/aide", "Aide")]))
        h1 { "Rédaction de l’aide" }
        p.lead { (spared(lines)) }
        p { a.button href="/aide/redaction/nouveau" { "Écrire un article" } }
        p {
            a href="/aide/redaction/liens" { "Liens à corriger" }
            @if dead > 0 { " " (tag(Tone::Warn, &dead.to_string())) }
        }
        (tabs("Articles par état", &items))
        @if chosen.is_empty() { (nothing(list)) } @else { (rows(&chosen, today)) }
        (chart(lines))
    }
}

/// What the articles were worth, in one sentence.
fn spared(lines: &[Line]) -> Markup {
    let total: i64 = lines.iter().map(|line| line.counts.answered).sum();
    html! {
        @match total {
            0 => "Un article aide d’abord celui qui allait faire une demande\u{a0}: il lui est proposé pendant qu’il écrit.",
            1 => { "Les articles ont évité " strong { "une demande" } "." }
            total => { "Les articles ont évité " strong { (total) "\u{a0}demandes" } "." }
        }
    }
}

fn nothing(list: Shelved) -> Markup {
    let words = match list {
        Shelved::Drafts => "Aucun brouillon. Écrivez un article, ou partez d’une demande résolue.",
        Shelved::Review => "Aucun texte n’attend de relecture.",
        Shelved::Published => {
            "Aucun article n’est publié. Proposez un brouillon\u{a0}: une autre personne le relira."
        }
        Shelved::Overdue => "Aucune relecture n’est en retard.",
        Shelved::Retired => "Aucun article n’est retiré.",
    };
    empty(html! { p { (words) } })
}

fn rows(lines: &[&Line], today: NaiveDate) -> Markup {
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let counts = line.counts;
            vec![
                html! { a href={ "/aide/redaction/" (line.id) } { (line.title) } },
                html! { (states(line, today)) },
                html! { (origin(&line.origin)) },
                html! { (counts.offered) },
                html! { (counts.opened) },
                html! { (counts.answered) },
                html! { (beffroi_ui::short_date_time(line.updated_at)) },
            ]
        })
        .collect();
    let columns = [
        Column::text("Article"),
        Column::text("État"),
        Column::text("Origine"),
        Column::number("Proposé à"),
        Column::number("Lu par"),
        Column::number("Demandes évitées"),
        Column::text("Dernier changement"),
    ];
    table("Articles", &columns, &rows)
}

fn states(line: &Line, today: NaiveDate) -> Markup {
    html! {
        @if line.retired { (tag(Tone::Quiet, "Retiré")) }
        @else if line.live { (tag(Tone::Good, "Publié")) }
        @match line.working {
            Some(TextState::Draft) => { " " (tag(Tone::Calm, "Brouillon")) }
            Some(TextState::Review) => { " " (tag(Tone::Warn, "À relire")) }
            _ => {}
        }
        @if line.is(Shelved::Overdue, today) { " " (tag(Tone::Bad, "Relecture en retard")) }
    }
}

/// Where an article comes from, in a few words.
pub(crate) fn origin(origin: &ArticleOrigin) -> String {
    match origin {
        ArticleOrigin::Own => "Écrit par un agent".to_owned(),
        ArticleOrigin::Sheet(slug, _, number) => format!("Conseil de la fiche {slug}, version {number}"),
        ArticleOrigin::Request(reference) => format!("Demande {reference}"),
    }
}

/// The articles that spared the most requests.
fn chart(lines: &[Line]) -> Markup {
    let mut best: Vec<&Line> = lines.iter().filter(|line| line.counts.answered > 0).collect();
    best.sort_by_key(|line| std::cmp::Reverse(line.counts.answered));
    let bars: Vec<Bar> = best
        .iter()
        .take(DRAWN)
        .map(|line| Bar {
            label: line.title.clone(),
            value: u32::try_from(line.counts.answered).unwrap_or(u32::MAX),
        })
        .collect();
    html! { @if !bars.is_empty() { (bar_chart("Demandes évitées par article", "Demandes évitées", &bars)) } }
}
