//! One article for its editors: where it stands, what to do next, the text with its difference, the history,
//! what it was worth.

use std::sync::Arc;

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Bar, Column, Tone, bar_chart, notice, table, tag};
use chrono::NaiveDate;
use maud::{Markup, PreEscaped, html};

use super::{Faults, origin};
use crate::knowledge::{ArticleOrigin, Content, Dossier, PublishArticles, Text, TextState};
use crate::views::diff_lines;
use crate::{Published, diff};

/// What the page shows, and to whom.
pub(crate) struct Page<'a> {
    pub(crate) dossier: &'a Dossier,
    pub(crate) sheets: &'a [Arc<Published>],
    pub(crate) access: &'a Access,
    pub(crate) faults: &'a Faults,
    /// The remark typed, when it was refused.
    pub(crate) remark: &'a str,
    pub(crate) today: NaiveDate,
}

impl Page<'_> {
    fn publishes(&self) -> bool {
        self.access.permit::<PublishArticles>().is_some()
    }

    fn action(&self, verb: &str) -> String {
        format!("/aide/redaction/{}/{verb}", self.dossier.id)
    }
}

pub(crate) fn dossier(page: &Page) -> Markup {
    let Page { dossier, faults, .. } = page;
    let Some(latest) = dossier.texts.first() else {
        return html! {};
    };
    let errors: Vec<(String, String)> =
        faults.iter().map(|(name, message)| ((*name).to_owned(), message.clone())).collect();
    html! {
        (beffroi_ui::breadcrumbs(&[("/aide", "Aide"), ("/aide/redaction", "Rédaction")]))
        (form::error_summary(&errors))
        h1 id="article" tabindex="-1" { (latest.content.title) }
        p.lead { (standing(page)) }
        p { (tags(page)) }
        (came_from(page))
        @if let Some(remark) = latest.remark.as_ref().filter(|_| latest.state == TextState::Draft) {
            (notice(Tone::Warn, "Remarque", html! { p { (remark) } }))
        }
        (next(page, latest))
        section aria-labelledby="texte" {
            h2 id="texte" tabindex="-1" { @if latest.state == TextState::Published { "Le texte publié" } @else { "Le texte en préparation" } }
            div.prose { (PreEscaped(latest.content.html())) }
            (beffroi_ui::facts(&facts(page, &latest.content)))
        }
        @if let (Some(working), Some(live)) = (dossier.working(), dossier.live()) {
            h2 { "Ce qui change par rapport au texte publié" }
            (diff_lines(&diff(&live.content.lines(), &working.content.lines())))
        }
        (worth(dossier))
        (history(dossier))
        (ending(page))
    }
}

/// Where the article stands, in one sentence.
fn standing(page: &Page) -> Markup {
    let dossier = page.dossier;
    let own = |text: &Text| text.author == Some(page.access.person);
    html! {
        @match (dossier.working(), dossier.live()) {
            (Some(text), _) if text.state == TextState::Review && own(text) => "Votre texte attend la relecture d’une autre personne.",
            (Some(text), _) if text.state == TextState::Review => { "Le texte de " (dossier.name(text.author)) " attend d’être relu." }
            (Some(_), Some(_)) => "Un nouveau texte est en préparation\u{a0}; l’article publié reste en ligne.",
            (Some(_), None) => "Ce texte est en préparation\u{a0}: personne d’autre que les agents ne le lit.",
            (None, Some(_)) => {
                "L’article est en ligne."
                @if let Some(day) = dossier.review_on {
                    @if day <= page.today { " Il devait être relu avant le " (beffroi_ui::day(day)) "." }
                    @else { " À relire avant le " (beffroi_ui::day(day)) "." }
                }
            }
            (None, None) => "L’article est retiré\u{a0}: sa page n’existe plus.",
        }
    }
}

fn tags(page: &Page) -> Markup {
    let dossier = page.dossier;
    html! {
        @if dossier.retired { (tag(Tone::Quiet, "Retiré")) " " }
        @else if dossier.live().is_some() { (tag(Tone::Good, "Publié")) " " }
        @if let Some(text) = dossier.working() {
            (tag(if text.state == TextState::Review { Tone::Warn } else { Tone::Calm }, text.state.label())) " "
        }
        @if dossier.live().is_some() && dossier.review_on.is_some_and(|day| day <= page.today) { (tag(Tone::Bad, "Relecture en retard")) }
    }
}

fn came_from(page: &Page) -> Markup {
    html! {
        p.origin {
            @match &page.dossier.origin {
                ArticleOrigin::Sheet(slug, block, number) => {
                    "Origine\u{a0}: " a href={ "/catalogue/" (slug) "#" (block) } { (origin(&page.dossier.origin)) }
                    @if let Some(published) = page.sheets.iter().find(|one| one.sheet.slug == *slug && one.number != *number) {
                        " — la fiche en est à la version " (published.number) ", qui ne change pas ce conseil"
                    }
                    "."
                }
                ArticleOrigin::Request(reference) => { "Origine\u{a0}: " a href={ "/demandes/" (reference) } { "demande " (reference) } ", lisible par les agents seulement." }
                ArticleOrigin::Own => "Origine\u{a0}: écrit par un agent.",
            }
        }
    }
}

fn facts(page: &Page, content: &Content) -> Vec<(String, Markup)> {
    let title = |slug: &str, kind: &str| {
        let published = page.sheets.iter().find(|one| one.sheet.slug == slug)?;
        Some(published.sheet.request(kind)?.title.clone())
    };
    let requests: Vec<String> =
        content.requests.iter().filter_map(|(slug, kind)| title(slug, kind)).collect();
    vec![
        ("Public".to_owned(), html! { (content.audience.label()) }),
        (
            "Demandes concernées".to_owned(),
            html! {
                @if requests.is_empty() { "Aucune\u{a0}: l’article n’est proposé avant aucune demande" }
                @else { ul { @for request in &requests { li { (request) } } } }
            },
        ),
        (
            "Autres mots".to_owned(),
            html! { @if content.keywords.is_empty() { "Aucun" } @else { (content.keywords.join(", ")) } },
        ),
    ]
}

/// The one thing to do now.
fn next(page: &Page, latest: &Text) -> Markup {
    let change = page.action("modifier");
    html! {
        @match latest.state {
            TextState::Draft => {
                div.actions {
                    (form::button_form(&page.action("proposer"), "Proposer à la relecture", "", &[]))
                    a href=(change) { "Modifier le texte" }
                }
            }
            TextState::Review if page.publishes() && latest.author != Some(page.access.person) => (review(page)),
            TextState::Review => {}
            TextState::Published => {
                div.actions {
                    a.button href=(change) { @if page.dossier.retired { "Reprendre le texte" } @else { "Modifier le texte" } }
                    @if !page.dossier.retired { a href={ "/aide/" (page.dossier.slug) } { "Voir l’article en ligne" } }
                }
            }
        }
    }
}

fn review(page: &Page) -> Markup {
    let wrong = page.faults.iter().find(|(name, _)| *name == "remarque").map(|(_, message)| message.as_str());
    let post = page.action("decision");
    html! {
        section.panel aria-labelledby="relecture" {
            h2 id="relecture" { "Votre relecture" }
            p { "Lisez le texte ci-dessous, puis publiez-le ou renvoyez-le." }
            (form::button_form(&post, "Publier", "", &[("decision", "publier")]))
            form method="post" action=(post) data-guard {
                input type="hidden" name="decision" value="renvoyer";
                (form::long_text(&Field::new("remarque", "Ce qu’il faut reprendre").value(page.remark).error(wrong)))
                div.actions { button.secondary type="submit" { "Renvoyer à l’auteur" } }
            }
        }
    }
}

/// How often it was offered, read, of help; and what people missed.
fn worth(dossier: &Dossier) -> Markup {
    let counts = dossier.counts;
    let bar = |label: &str, value: i64| Bar {
        label: label.to_owned(),
        value: u32::try_from(value).unwrap_or_default(),
    };
    let bars = [
        bar("Proposé pendant une demande", counts.offered),
        bar("Lu par des personnes connectées", counts.opened),
        bar("A répondu\u{a0}: demande évitée", counts.answered),
        bar("«\u{a0}Oui, cela répond\u{a0}»", counts.helped),
        bar("«\u{a0}Non\u{a0}»", counts.missed),
    ];
    html! {
        @if bars.iter().any(|bar| bar.value > 0) {
            h2 { "Ce qu’il a apporté" }
            @if counts.answered > 0 {
                p { "Il a évité " strong { (beffroi_ui::plural(counts.answered, "demande", "demandes")) } "." }
            }
            (bar_chart("Personnes, chacune comptée une fois", "Fois", &bars))
        }
        @if !dossier.remarks.is_empty() {
            h2 { "Ce qui a manqué aux lecteurs" }
            ul { @for (at, words) in &dossier.remarks { li { (words) " " span.quiet { "(" (beffroi_ui::date(*at)) ")" } } } }
        }
    }
}

fn history(dossier: &Dossier) -> Markup {
    let rows: Vec<Vec<Markup>> = dossier
        .texts
        .iter()
        .map(|text| {
            vec![
                html! { a href={ "/aide/redaction/" (dossier.id) "/versions/" (text.number) } { "Version " (text.number) } },
                html! { @if text.live { (tag(Tone::Good, "En ligne")) } @else if text.state == TextState::Published { (tag(Tone::Quiet, "Remplacée")) } @else { (text.state.label()) } },
                html! { (dossier.name(text.author)) },
                html! { @if text.reviewer.is_some() { (dossier.name(text.reviewer)) } @else { "—" } },
                html! { (beffroi_ui::short_date_time(text.published_at.unwrap_or(text.updated_at))) },
            ]
        })
        .collect();
    let columns = [
        Column::text("Texte"),
        Column::text("État"),
        Column::text("Auteur"),
        Column::text("Relecture"),
        Column::text("Date"),
    ];
    html! { h2 { "Historique" } (table("Textes de cet article", &columns, &rows)) }
}

/// What those who publish may do with an article in line.
fn ending(page: &Page) -> Markup {
    html! {
        @if page.publishes() && page.dossier.live().is_some() {
            section.panel aria-labelledby="suite" {
                h2 id="suite" { "Garder ou retirer" }
                div.actions {
                    (form::button_form(&page.action("confirmer"), "Il est toujours juste", "secondary", &[]))
                    (form::button_form(&page.action("retirer"), "Retirer l’article", "plain", &[]))
                }
            }
        }
    }
}

/// One text of the past, and what it changed; none when there is no such number.
pub(crate) fn version(dossier: &Dossier, number: i32) -> Option<Markup> {
    let text = dossier.texts.iter().find(|text| text.number == number)?;
    let before = dossier.texts.iter().find(|text| text.number == number - 1);
    let home = format!("/aide/redaction/{}", dossier.id);
    Some(html! {
        (beffroi_ui::breadcrumbs(&[("/aide", "Aide"), ("/aide/redaction", "Rédaction"), (&home, &text.content.title)]))
        h1 { "Version " (number) }
        p { (text.state.label()) ", écrite par " (dossier.name(text.author)) "."
            @if let Some(at) = text.published_at { " Publiée le " (beffroi_ui::date_time(at)) " par " (dossier.name(text.reviewer)) "." }
        }
        h2 { (text.content.title) }
        div.prose { (PreEscaped(text.content.html())) }
        @if let Some(before) = before {
            h2 { "Ce qui change depuis la version " (before.number) }
            (diff_lines(&diff(&before.content.lines(), &text.content.lines())))
        }
    })
}
