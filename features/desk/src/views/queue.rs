//! The list of a school's requests.

use beffroi_ui::{empty, form, tabs};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::lists::{address, pages, search, table};
use crate::lists::Lines;

/// What part of the requests a list keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    Running,
    Over,
    All,
}

impl Kept {
    const EACH: [Self; 3] = [Self::Running, Self::Over, Self::All];

    /// The part named in the address; running requests otherwise.
    pub(crate) fn of(slug: &str) -> Self {
        Self::EACH.into_iter().find(|kept| kept.slug() == slug).unwrap_or(Self::Running)
    }

    pub(crate) const fn slug(self) -> &'static str {
        match self {
            Self::Running => "en-cours",
            Self::Over => "terminees",
            Self::All => "toutes",
        }
    }

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Running => "En cours",
            Self::Over => "Terminées",
            Self::All => "Toutes",
        }
    }

    /// Whether work is over; none keeps both.
    pub(crate) const fn over(self) -> Option<bool> {
        match self {
            Self::Running => Some(false),
            Self::Over => Some(true),
            Self::All => None,
        }
    }
}

/// What the list of requests shows.
pub(crate) struct RequestsPage<'a> {
    pub(crate) kept: Kept,
    pub(crate) mine: bool,
    /// Whether the person may see requests of others.
    pub(crate) sees_others: bool,
    /// Whether the person may write one.
    pub(crate) may_ask: bool,
    pub(crate) words: &'a str,
    pub(crate) after: Option<&'a str>,
    pub(crate) list: &'a Lines,
    pub(crate) now: DateTime<Utc>,
}

const PATH: &str = "/demandes";

pub(crate) fn requests(page: &RequestsPage) -> Markup {
    let mine = if page.mine { "1" } else { "" };
    let others = [("q", page.words), ("miennes", mine)];
    let with = |kept: Kept| [&[("etat", kept.slug())][..], &others[..]].concat();
    let items: Vec<(String, String, bool)> = Kept::EACH
        .iter()
        .map(|kept| (address(PATH, &with(*kept)), kept.label().to_owned(), *kept == page.kept))
        .collect();
    let choice = form::Choice { value: "1", label: "Seulement les miennes", hint: "", chosen: page.mine };
    let filter = html! {
        @if page.sees_others { div { (form::checkboxes(&form::Field::new("miennes", "Filtre"), &[choice])) } }
    };
    html! {
        h1 { "Demandes" }
        (tabs("Demandes", &items))
        (search(PATH, page.words, &[("etat", page.kept.slug())], &filter))
        @if page.list.lines.is_empty() {
            (empty(nothing_sent(page)))
        } @else {
            (table(page.kept.label(), &page.list.lines, page.now))
        }
        (pages(PATH, &with(page.kept), page.after, page.list))
    }
}

fn nothing_sent(page: &RequestsPage) -> Markup {
    html! {
        @if !page.words.is_empty() {
            p { "Aucune demande ne correspond à la recherche." }
            p { a href=(address(PATH, &[("etat", page.kept.slug())])) { "Effacer la recherche" } }
        } @else {
            p { @if page.kept == Kept::Over { "Les demandes terminées apparaîtront ici." } @else { "Les demandes apparaîtront ici avec leur avancement." } }
            @if page.may_ask { p { a href="/demander" { "Faire une demande" } } }
        }
    }
}
