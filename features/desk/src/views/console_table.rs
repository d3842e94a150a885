//! The table of the agents' list: headers that sort, boxes to choose requests, the choice of columns.

use beffroi_ui::form::{self, Field};
use beffroi_ui::{Tone, tag};
use maud::{Markup, html};

use super::console::ConsolePage;
use super::lists::{deadline, state_tag};
use crate::lists::Row;
use crate::lists::bulk::{Kind, MOST};
use crate::lists::columns::Column;
use crate::model::State;

/// The table, in the form that acts on several requests.
pub(crate) fn list(page: &ConsolePage) -> Markup {
    let back = page.href(page.selection, page.after);
    html! {
        form method="post" action="/file/lots" data-list {
            input type="hidden" name="requete" value=(page.selection.query());
            input type="hidden" name="retour" value=(back);
            p.quiet.order-said { "Triée par " (page.order.words()) "." }
            div.table {
                table {
                    caption.visually-hidden { (page.title()) }
                    thead { tr {
                        th.pick scope="col" data-pick-all { span.visually-hidden { "Choisir" } }
                        @for column in page.columns { (header(page, *column)) }
                    } }
                    tbody { @for row in &page.rows.rows { (line(page, row)) } }
                }
            }
            (actions(page))
        }
    }
}

fn header(page: &ConsolePage, column: Column) -> Markup {
    let first = page.order.sorts().first().filter(|sort| sort.key == column.key());
    let sorted = first.map(|sort| if sort.down { "descending" } else { "ascending" });
    let mut selection = page.selection.clone();
    selection.order = Some(page.order.led_by(column.key()));
    let arrow = match first {
        Some(sort) if sort.down => " ↓",
        Some(_) => " ↑",
        None => "",
    };
    html! {
        th scope="col" aria-sort=[sorted] {
            a.sort href=(page.href(&selection, None)) title={ "Trier par " (column.key().label()) } {
                (column.title()) span aria-hidden="true" { (arrow) }
            }
        }
    }
}

fn line(page: &ConsolePage, row: &Row) -> Markup {
    let late = row.next_due.is_some_and(|due| due < page.now);
    let linked = page.columns.contains(&Column::Title);
    html! {
        tr.late[late] {
            td.pick {
                label {
                    input type="checkbox" name="choix" value=(row.id);
                    span.visually-hidden { "Choisir " (row.reference) }
                }
            }
            @for column in page.columns {
                td data-label=(column.title()) { (cell(page, row, *column, linked)) }
            }
        }
    }
}

fn cell(page: &ConsolePage, row: &Row, column: Column, title_links: bool) -> Markup {
    // The focus of a page that changes by itself stays on the link of this name.
    let link = |words: &Markup| html! { a id={ "d-" (row.reference) } href={ "/demandes/" (row.reference) } { (words) } };
    match column {
        Column::Title => html! {
            @if row.urgent { (tag(Tone::Bad, "Urgent")) " " }
            (link(&html! { (row.title) }))
            @if !page.columns.contains(&Column::Reference) { br; (beffroi_ui::reference(&row.reference)) }
            @if !row.summary.is_empty() { p.summary { (row.summary) } }
        },
        Column::Reference if title_links => beffroi_ui::reference(&row.reference),
        Column::Reference => link(&beffroi_ui::reference(&row.reference)),
        Column::State => state_tag(&row.state, row.waiting_for.as_deref()),
        Column::Due => html! {
            (deadline(row.next_due, row.goodwill, &row.state, page.now)) (super::escalation::mark(row.escalated))
        },
        Column::Assignee if row.assignee.is_none() => html! { span.quiet { "Personne" } },
        Column::Sent => beffroi_ui::ago(row.submitted_at, page.now),
        Column::Changed => beffroi_ui::ago(row.updated_at, page.now),
        Column::School => html! {
            (row.school)
            @if !page.columns.contains(&Column::City) { ", " (row.city) }
        },
        other => html! { (other.text(row, page.labels)) },
    }
}

/// What can be done to the requests chosen.
fn actions(page: &ConsolePage) -> Markup {
    let mut kinds = vec![(String::new(), "Choisissez une action".to_owned())];
    let resolved = page.selection.criteria.kept_states().contains(&State::Resolved);
    let offered = Kind::ALL.iter().filter(|kind| **kind != Kind::Close || resolved);
    kinds.extend(offered.map(|kind| (kind.slug().to_owned(), kind.label().to_owned())));
    let all = form::Choice {
        value: "1",
        label: "Toutes celles de cette sélection, au-delà de la page",
        hint: "",
        chosen: false,
    };
    let hint = format!("{MOST}\u{a0}demandes au plus. Un aperçu montre ce qui changera, avant de confirmer.");
    html! {
        section.bulk.screen-only aria-label="Agir sur plusieurs demandes" {
            p.chosen data-chosen hidden aria-live="polite" {}
            div.inline-form {
                div { (form::select(&Field::new("action", "Avec les demandes cochées"), &kinds)) }
                (form::checkboxes(&Field::new("tout", "Étendue").hint(&hint), &[all]))
                div.field { button.secondary type="submit" { "Voir l’aperçu" } }
            }
        }
    }
}

/// The choice of columns and of their order.
pub(crate) fn columns(page: &ConsolePage) -> Markup {
    let mut ordered: Vec<(Column, bool)> = page.columns.iter().map(|column| (*column, true)).collect();
    ordered.extend(
        Column::ALL.into_iter().filter(|column| !page.columns.contains(column)).map(|column| (column, false)),
    );
    beffroi_ui::details(
        "Choisir les colonnes",
        html! {
            form method="post" action="/file/colonnes" data-columns {
                input type="hidden" name="retour" value=(page.href(page.selection, page.after));
                fieldset.field {
                    legend { "Colonnes affichées" }
                    p.hint { "Le numéro donne l’ordre, de gauche à droite." }
                    ul.columns {
                        @for (place, (column, shown)) in ordered.iter().enumerate() {
                            li {
                                input type="checkbox" id={ "col-" (column.slug()) } name="col" value=(column.slug()) checked[*shown];
                                label for={ "col-" (column.slug()) } { (column.title()) }
                                input.short type="number" name={ "rang." (column.slug()) } value=(place + 1) min="1" max="99"
                                    aria-label={ "Rang de la colonne " (column.title()) };
                            }
                        }
                    }
                }
                div.actions {
                    button type="submit" { "Afficher ces colonnes" }
                    button.secondary type="submit" name="defaut" value="1" { "Revenir aux colonnes habituelles" }
                }
            }
        },
    )
}
