//! The right column of an agent: what is known of the request and what is done to it, in groups that
//! fold. Each is remembered as it was left.

use maud::{Markup, html};

use super::{RequestPage, facts};
use crate::model::State;
use crate::views::{major, work_panel};

/// A group: its name for the machine, its title, whether it begins open.
fn group(name: &str, title: &str, open: bool, body: &Markup) -> Markup {
    html! {
        details.group id=(name) data-fold=(name) open[open] {
            summary { h2 { (title) } }
            div { (body) }
        }
    }
}

/// What is asked, before all that was said of it.
pub(super) fn asked(page: &RequestPage) -> Markup {
    html! { div.asked { (group("reponses", "Ce qui est demandé", true, &facts::answers(page.folder))) } }
}

pub(super) fn fields(page: &RequestPage) -> Markup {
    let folder = page.folder;
    let live = matches!(folder.state, State::New | State::Open | State::Waiting | State::Resolved);
    let visits = html! { (facts::appointments(folder)) @if live { (work_panel::appointment(page)) } };
    let links = html! { (facts::links(folder)) (work_panel::links(page)) };
    html! {
        (group("suivi", "Suivi", true, &html! { (work_panel::gestures(page)) (work_panel::owner(page)) (facts::known(folder)) }))
        @if !folder.tasks.is_empty() { (group("taches", "Tâches", true, &facts::tasks(page))) }
        @if !folder.files.is_empty() { (group("fichiers", "Fichiers", true, &facts::files(folder))) }
        @if !folder.approvals.is_empty() { (group("validations", "Validations", false, &facts::approvals(page))) }
        @if live || !folder.appointments.is_empty() {
            (group("rendez-vous", "Rendez-vous", !folder.appointments.is_empty() || page.wrong(work_panel::VISIT), &visits))
        }
        @if live || !folder.links.is_empty() {
            (group("liens", "Demandes liées", !folder.links.is_empty() || page.wrong(work_panel::LINKS), &links))
        }
        @if folder.state.is_active() {
            (group("incident", "Incident majeur", folder.request.parent_id.is_some() || page.wrong(&["incident"]), &major::panel(page)))
        }
        @if !folder.effects.is_empty() { (group("effets", "Effets", false, &facts::effects(folder))) }
        (group("contexte", "Contexte", false, &context(page)))
        p { a href={ "/demandes/" (folder.request.reference) "/recepisse" } { "Récépissé à imprimer" } }
        p { a href="/raccourcis" { "Raccourcis clavier" } }
    }
}

/// Loaded when the group opens; a link leads to the same thing.
fn context(page: &RequestPage) -> Markup {
    let path = format!("/demandes/{}/contexte", page.folder.request.reference);
    html! {
        div data-lazy={ (path) "?partie=1" } {
            p { a href=(path) { "Autres demandes du demandeur et de l’établissement, demandes semblables résolues" } }
        }
    }
}
