//! The results of a search: what was found, the words found in it, and what to try when nothing was.

use beffroi_directory::{ReadRegion, School};
use beffroi_kernel::Access;
use beffroi_search::Piece;
use beffroi_ui::{Tone, empty, form, notice, reference};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::lists::{address, state_tag};
pub(crate) use super::queue::Kept;
use crate::search::{Found, FoundRequest, How};

const PATH: &str = "/recherche";

/// How far back requests are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    Always,
    Month,
    Year,
}

impl Period {
    const EACH: [Self; 3] = [Self::Always, Self::Month, Self::Year];

    /// The period named in the address; all requests otherwise.
    pub(crate) fn of(slug: &str) -> Self {
        Self::EACH.into_iter().find(|period| period.slug() == slug).unwrap_or(Self::Always)
    }

    const fn slug(self) -> &'static str {
        match self {
            Self::Always => "",
            Self::Month => "mois",
            Self::Year => "an",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Always => "Toutes les dates",
            Self::Month => "Les 30 derniers jours",
            Self::Year => "Les 12 derniers mois",
        }
    }

    /// How many days back.
    pub(crate) const fn days(self) -> Option<i64> {
        match self {
            Self::Always => None,
            Self::Month => Some(30),
            Self::Year => Some(365),
        }
    }
}

/// What the page of results shows.
pub(crate) struct ResultsPage<'a> {
    pub(crate) text: &'a str,
    pub(crate) state: Kept,
    pub(crate) period: Period,
    /// From 0.
    pub(crate) page: usize,
    pub(crate) found: &'a Found,
    pub(crate) now: DateTime<Utc>,
    pub(crate) access: &'a Access,
}

pub(crate) fn results(page: &ResultsPage) -> Markup {
    let found = page.found;
    html! {
        h1 { "Recherche" }
        (question(page))
        @if page.text.is_empty() {
            p { "Cherchez une référence, des mots d’une demande, une personne, un établissement ou une machine. Les accents, les pluriels et les fautes de frappe ne comptent pas." }
        } @else if found.query.is_empty() || found.is_empty() {
            (nothing(page))
        } @else {
            (requests(page))
            (sheets(found))
            (schools(page))
            (people(found))
        }
    }
}

fn question(page: &ResultsPage) -> Markup {
    let words = form::Field::new("q", "Chercher")
        .hint("Référence, mots, personne, établissement, machine")
        .value(page.text);
    let states = [Kept::All, Kept::Running, Kept::Over];
    let states = states.map(|kept| (slug(kept).to_owned(), kept.label().to_owned()));
    let periods = Period::EACH.map(|period| (period.slug().to_owned(), period.label().to_owned()));
    html! {
        form.search method="get" action=(PATH) role="search" aria-label="Recherche détaillée" {
            div.wide-field { (form::input(&words, "search")) }
            div { (form::select(&form::Field::new("etat", "Demandes").value(slug(page.state)), &states)) }
            div { (form::select(&form::Field::new("periode", "Période").value(page.period.slug()), &periods)) }
            button type="submit" { "Chercher" }
        }
    }
}

/// The state named in an address; every request otherwise.
pub(crate) fn state(slug: &str) -> Kept {
    if slug.is_empty() { Kept::All } else { Kept::of(slug) }
}

/// Every request is the ordinary case here: it needs no word in the address.
fn slug(kept: Kept) -> &'static str {
    if kept == Kept::All { "" } else { kept.slug() }
}

fn nothing(page: &ResultsPage) -> Markup {
    let filtered = page.state != Kept::All || page.period != Period::Always;
    html! {
        h2 role="status" { "Aucun résultat pour «\u{a0}" (page.text) "\u{a0}»" }
        (empty(html! {
            ul {
                li { "Essayez moins de mots, ou des mots plus courants\u{a0}: «\u{a0}imprimante\u{a0}», «\u{a0}connexion\u{a0}», «\u{a0}mot de passe\u{a0}»." }
                li { "Une référence s’écrit comme 2026-00042\u{a0}; les zéros sont facultatifs." }
                @if filtered { li { a href=(address(PATH, &[("q", page.text)])) { "Chercher dans toutes les demandes, à toutes les dates" } } }
            }
        }))
    }
}

fn requests(page: &ResultsPage) -> Markup {
    let found = page.found;
    let of = |how: fn(How) -> bool| found.requests.iter().filter(move |request| how(request.how)).collect();
    let sure: Vec<&FoundRequest> = of(|how| matches!(how, How::Reference | How::Exact));
    let near: Vec<&FoundRequest> = of(|how| how == How::Near);
    let part: Vec<&FoundRequest> = of(|how| how == How::Part);
    html! {
        @if !found.requests.is_empty() {
            section aria-labelledby="demandes" {
                h2 id="demandes" { "Demandes" }
                @if page.page > 0 { p.quiet { "Page " (page.page + 1) } }
                (list(&sure, page.now))
                @if !near.is_empty() {
                    (corrected(found))
                    (list(&near, page.now))
                }
                @if !part.is_empty() {
                    h3 { "Avec une partie de vos mots" }
                    (list(&part, page.now))
                }
                (further(page))
            }
        }
    }
}

fn corrected(found: &Found) -> Markup {
    let words = found.corrected.join("\u{a0}», «\u{a0}");
    html! {
        @if words.is_empty() {
            h3 { "Avec une orthographe proche" }
        } @else {
            (notice(Tone::Calm, "Orthographe corrigée", html! { p { "Résultats pour «\u{a0}" strong { (words) } "\u{a0}»." } }))
        }
    }
}

fn list(requests: &[&FoundRequest], now: DateTime<Utc>) -> Markup {
    html! {
        @if !requests.is_empty() {
            ol.results { @for request in requests { li { (line(request, now)) } } }
        }
    }
}

fn line(request: &FoundRequest, now: DateTime<Utc>) -> Markup {
    html! {
        p.result {
            a href={ "/demandes/" (request.reference) } { (marked(&request.title)) } " "
            (state_tag(&request.state, request.waiting_for.as_deref()))
        }
        @if !request.summary.is_empty() { p { (marked(&request.summary)) } }
        @if let Some(excerpt) = &request.excerpt {
            p { @if request.in_note { strong { "Note interne\u{a0}: " } } (marked(&excerpt.pieces)) }
        }
        p.quiet {
            (reference(&request.reference)) " · " (marked(&request.requester)) " · " (marked(&request.school)) " · "
            (beffroi_ui::ago(request.submitted_at, now))
        }
    }
}

/// A text whose words found are marked.
fn marked(pieces: &[Piece]) -> Markup {
    html! { @for piece in pieces { @if piece.found { mark { (piece.text) } } @else { (piece.text) } } }
}

fn further(page: &ResultsPage) -> Markup {
    let at = |number: usize| {
        let number = if number == 0 { String::new() } else { (number + 1).to_string() };
        let (state, period) = (slug(page.state), page.period.slug());
        address(PATH, &[("q", page.text), ("etat", state), ("periode", period), ("page", &number)])
    };
    let first = (page.page > 0).then(|| at(0));
    let next = page.found.more.then(|| at(page.page + 1));
    beffroi_ui::pages(first.as_deref(), next.as_deref())
}

fn sheets(found: &Found) -> Markup {
    html! {
        @if !found.sheets.is_empty() {
            section aria-labelledby="fiches" {
                h2 id="fiches" { "Fiches du catalogue" }
                ul.results {
                    @for hit in &found.sheets {
                        @let sheet = &hit.published.sheet;
                        li {
                            p.result { a href={ "/catalogue/" (sheet.slug) } { (marked(&beffroi_search::pieces(&sheet.title, &found.query))) } }
                            p { (marked(&beffroi_search::pieces(&sheet.summary, &found.query))) }
                        }
                    }
                }
            }
        }
    }
}

fn schools(page: &ResultsPage) -> Markup {
    let opens = page.access.permit::<ReadRegion>().is_some();
    let name = |school: &School| marked(&beffroi_search::pieces(&school.name, &page.found.query));
    html! {
        @if !page.found.schools.is_empty() {
            section aria-labelledby="etablissements" {
                h2 id="etablissements" { "Établissements" }
                ul.results {
                    @for school in &page.found.schools {
                        li {
                            p.result {
                                @if opens { a href={ "/region/etablissements/" (school.id) } { (name(school)) } }
                                @else { (name(school)) }
                            }
                            p.quiet { (school.city) " · " (school.uai) " · " (school.mobile_team.name) }
                        }
                    }
                }
            }
        }
    }
}

fn people(found: &Found) -> Markup {
    html! {
        @if !found.people.is_empty() {
            section aria-labelledby="personnes" {
                h2 id="personnes" { "Personnes" }
                ul.results {
                    @for one in &found.people {
                        li {
                            p.result {
                                a href={ "/region/personnes/" (one.person.id) } {
                                    (marked(&beffroi_search::pieces(&one.person.name(), &found.query)))
                                }
                                @if one.person.disabled { " " (beffroi_ui::tag(Tone::Quiet, "Compte fermé")) }
                            }
                            @if let Some(place) = &one.place { p.quiet { (place) } }
                        }
                    }
                }
            }
        }
    }
}
