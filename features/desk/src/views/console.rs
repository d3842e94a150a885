//! The agents' list: searches at the left, criteria above, the table, what can be done to several.

use beffroi_ui::{Tone, empty, form, notice};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::lists::address;
use super::{console_table, criteria};
use crate::lists::columns::{Column, Labels};
use crate::lists::criteria::Faults;
use crate::lists::order::Order;
use crate::lists::searches::{Audience, Search};
use crate::lists::{Queue, Rows, Selection};
use crate::store::console::{MOST_COUNTED, Named};

/// Which search the list stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// One that every agent has.
    BuiltIn(Queue),
    /// A saved one.
    Saved(uuid::Uuid),
    /// None.
    Free,
}

/// A search beside the list.
pub(crate) struct Beside {
    pub(crate) href: String,
    pub(crate) label: String,
    pub(crate) count: Option<u64>,
    pub(crate) current: bool,
}

/// Everything the page of the list shows.
pub(crate) struct ConsolePage<'a> {
    pub(crate) standing: Standing,
    /// What the search it stands on shows.
    pub(crate) origin: &'a Selection,
    pub(crate) selection: &'a Selection,
    pub(crate) order: &'a Order,
    /// Whether the order had to begin with a date.
    pub(crate) reordered: bool,
    pub(crate) faults: &'a Faults,
    pub(crate) after: Option<&'a str>,
    pub(crate) rows: &'a Rows,
    pub(crate) columns: &'a [Column],
    pub(crate) labels: &'a Labels,
    pub(crate) named: &'a [Named],
    pub(crate) searches: &'a [Search],
    pub(crate) beside: &'a [Beside],
    /// Teams of the person, for searches and bulk actions.
    pub(crate) teams: &'a [(String, String)],
    /// Who is on duty today, by the name of their team.
    pub(crate) on_duty: &'a [(String, String)],
    pub(crate) may_share: bool,
    pub(crate) now: DateTime<Utc>,
}

impl ConsolePage<'_> {
    /// The path of the search it stands on.
    pub(crate) fn path(&self) -> String {
        match self.standing {
            Standing::BuiltIn(queue) => format!("/file/{}", queue.slug()),
            Standing::Saved(id) => format!("/file/{id}"),
            Standing::Free => "/file".to_owned(),
        }
    }

    /// The address of a selection from here: nothing but the path when it is the search itself.
    pub(crate) fn href(&self, selection: &Selection, after: Option<&str>) -> String {
        let free = self.standing == Standing::Free;
        let mut pairs = if selection == self.origin && !free { Vec::new() } else { selection.pairs() };
        pairs.extend(after.map(|after| ("apres".to_owned(), after.to_owned())));
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        address(&self.path(), &pairs)
    }

    fn changed(&self) -> bool {
        self.selection != self.origin
    }

    fn saved(&self) -> Option<&Search> {
        match self.standing {
            Standing::Saved(id) => self.searches.iter().find(|search| search.id == id),
            _ => None,
        }
    }

    /// The name of the list.
    pub(crate) fn title(&self) -> String {
        match self.standing {
            Standing::BuiltIn(queue) => queue.label().to_owned(),
            Standing::Saved(_) => self.saved().map_or("Recherche", |search| &search.name).to_owned(),
            Standing::Free => "Recherche".to_owned(),
        }
    }

    /// Those of a kind that criteria may name, as options.
    pub(crate) fn options(&self, kind: &str) -> Vec<(String, String)> {
        let of_kind = self.named.iter().filter(|named| named.kind == kind);
        of_kind
            .map(|named| {
                (named.id.map_or_else(|| named.slug.clone(), |id| id.to_string()), named.label.clone())
            })
            .collect()
    }
}

pub(crate) fn console(page: &ConsolePage) -> Markup {
    let title = page.title();
    html! {
        h1 { "File de travail" span.visually-hidden { "\u{a0}: " (title) } }
        div.console {
            (beside(page))
            div {
                h2.list-title {
                    (title)
                    @if page.changed() && page.standing != Standing::Free { " " span.quiet { "(modifiée)" } }
                }
                (faults(page))
                (criteria::panel(page))
                (super::live::follow_queue())
                div id="liste" data-live-part {
                @if page.rows.rows.is_empty() {
                    (empty(html! {
                        p { (nothing(page)) }
                        @if page.changed() { p { a href=(page.path()) { "Revenir à la liste d’origine" } } }
                    }))
                } @else {
                    (console_table::list(page))
                }
                (pages(page))
                }
                (tools(page))
            }
        }
        (beffroi_ui::script("list.js"))
    }
}

fn faults(page: &ConsolePage) -> Markup {
    html! {
        @if !page.faults.is_empty() {
            (notice(Tone::Warn, "Une partie de l’adresse n’a pas été comprise", html! {
                ul { @for fault in page.faults { li { (fault) } } }
            }))
        }
        @if page.reordered {
            (notice(Tone::Calm, "Ordre de la liste", html! {
                p { "Une liste qui contient des demandes terminées commence par une date, pour rester rapide. Elle est triée par " (page.order.words()) "." }
            }))
        }
    }
}

fn nothing(page: &ConsolePage) -> &'static str {
    if page.changed() || page.standing == Standing::Free {
        return "Aucune demande ne correspond à ces critères.";
    }
    match page.standing {
        Standing::BuiltIn(Queue::Mine) => {
            "Vous n’avez aucune demande en cours. Ouvrez « À prendre » pour en choisir une."
        }
        Standing::BuiltIn(Queue::Team) => {
            "Aucune demande en cours dans votre périmètre. Les nouvelles arriveront ici."
        }
        Standing::BuiltIn(Queue::Unassigned) => {
            "Tout est pris en charge. Les nouvelles demandes arriveront ici."
        }
        Standing::BuiltIn(Queue::Waiting) => "Aucune demande n’attend quelqu’un d’autre.",
        Standing::BuiltIn(Queue::Due) => "Rien n’est en retard ni à rendre dans la journée.",
        Standing::BuiltIn(Queue::Done) => "Les demandes terminées apparaîtront ici.",
        _ => "Aucune demande ne correspond à cette recherche.",
    }
}

/// A counter as people read it, with its noun for those who hear it.
fn counter(count: u64) -> Markup {
    let (shown, more) = if count > MOST_COUNTED { (MOST_COUNTED, "+") } else { (count, "") };
    html! { " " span.count { (shown) (more) span.visually-hidden { " demandes" } } }
}

fn beside(page: &ConsolePage) -> Markup {
    html! {
        nav.searches aria-label="Recherches" {
            ul {
                @for one in page.beside {
                    li {
                        a href=(one.href) aria-current=[one.current.then_some("page")] {
                            span { (one.label) }
                            @if let Some(count) = one.count { (counter(count)) }
                        }
                    }
                }
            }
            form.jump method="get" action="/file" {
                (form::select(&form::Field::new("vue", "Liste"), &jumps(page)))
                button.secondary type="submit" { "Ouvrir" }
            }
            p { a href="/file/recherches" { "Gérer les recherches" } }
            (on_duty(page))
            (super::mentions::ways())
        }
    }
}

/// Who is on duty today; the team is named for those who have several.
fn on_duty(page: &ConsolePage) -> Markup {
    html! {
        @for (team, who) in page.on_duty {
            p.quiet {
                "De permanence aujourd’hui"
                @if page.teams.len() > 1 { " (" (team) ")" }
                "\u{a0}: " a href="/equipe/calendrier" { (who) }
            }
        }
    }
}

/// The same searches as the choices of a phone, the one in view first.
fn jumps(page: &ConsolePage) -> Vec<(String, String)> {
    let mut jumps: Vec<(String, String)> = Vec::new();
    for one in page.beside {
        let count = one.count.map(|count| {
            if count > MOST_COUNTED { format!(" ({MOST_COUNTED}+)") } else { format!(" ({count})") }
        });
        let value = one.href.trim_start_matches("/file/").to_owned();
        let option = (value, format!("{}{}", one.label, count.unwrap_or_default()));
        if one.current { jumps.insert(0, option) } else { jumps.push(option) }
    }
    jumps
}

fn pages(page: &ConsolePage) -> Markup {
    let first = page.after.map(|_| page.href(page.selection, None));
    let next = page.rows.next.as_deref().map(|next| page.href(page.selection, Some(next)));
    beffroi_ui::pages(first.as_deref(), next.as_deref())
}

/// What is done with the list as a whole: saved, exported, its columns chosen.
fn tools(page: &ConsolePage) -> Markup {
    let pairs = page.selection.pairs();
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    html! {
        section.tools.screen-only aria-label="Autour de cette liste" {
            (save(page))
            (beffroi_ui::details("Exporter toute la sélection", html! {
                p { "Toutes les demandes de la sélection, avec les colonnes affichées. L’export est inscrit au journal." }
                div.actions {
                    a.button.secondary href=(address("/file/export/csv", &pairs)) download { "Exporter en CSV" }
                    a.button.secondary href=(address("/file/export/ods", &pairs)) download { "Exporter en ODS (tableur)" }
                }
            }))
            (console_table::columns(page))
        }
    }
}

fn save(page: &ConsolePage) -> Markup {
    let audiences = audiences(page.teams, page.may_share);
    let query = page.selection.query();
    beffroi_ui::details(
        "Enregistrer cette recherche",
        html! {
            @if let Some(saved) = page.saved().filter(|saved| saved.may_change && page.changed()) {
                form method="post" action={ "/file/recherches/" (saved.id) } {
                    input type="hidden" name="requete" value=(query);
                    button type="submit" name="geste" value="remplacer" {
                        "Mettre à jour «\u{a0}" (saved.name) "\u{a0}»"
                        @if saved.audience != Audience::Me { " pour tous ses lecteurs" }
                    }
                }
            }
            form.inline-form method="post" action="/file/recherches" {
                input type="hidden" name="requete" value=(query);
                div { (form::text(&form::Field::new("nom", "Nom de la recherche"))) }
                div { (form::select(&form::Field::new("pour", "Pour"), &audiences)) }
                (form::checkboxes(&form::Field::new("epingler", "Épingle"), &[form::Choice {
                    value: "1", label: "Épingler à côté de la liste", hint: "", chosen: true,
                }]))
                div.field { button type="submit" { "Enregistrer" } }
            }
        },
    )
}

/// For whom a search may be saved.
pub(crate) fn audiences(teams: &[(String, String)], may_share: bool) -> Vec<(String, String)> {
    let mut audiences = vec![("moi".to_owned(), "Moi".to_owned())];
    audiences.extend(teams.iter().map(|(id, name)| (id.clone(), format!("L’équipe «\u{a0}{name}\u{a0}»"))));
    if may_share {
        audiences.push(("tous".to_owned(), "Tous les agents".to_owned()));
    }
    audiences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_stops_at_ninety_nine() {
        let said = |count| counter(count).into_string();
        assert!(said(12).contains(">12<"), "{}", said(12));
        assert!(said(99).contains(">99<"), "{}", said(99));
        assert!(said(100).contains(">99+<"), "{}", said(100));
    }
}
