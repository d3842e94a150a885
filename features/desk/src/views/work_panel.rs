//! What an agent does to a request besides writing: takes it, gives it, agrees a visit, links it to
//! another. Each stands beside what it changes.

use beffroi_ui::{Tone, form};
use maud::{Markup, html};

use super::request::RequestPage;
use crate::model::State;

/// The fields of a visit.
pub(crate) const VISIT: &[&str] = &["day", "starts", "ends", "place"];
/// The fields that link requests.
pub(crate) const LINKS: &[&str] = &["link", "merge"];

/// What takes one click.
pub(crate) fn gestures(page: &RequestPage) -> Markup {
    let folder = page.folder;
    let me = page.me().to_string();
    let member = page.colleagues.iter().any(|(id, _)| *id == me);
    let mine = folder.request.assignee_id == Some(page.me());
    let active = folder.state.is_active();
    html! {
        @if (active && member && !mine) || matches!(folder.state, State::Waiting | State::Resolved) {
            div.actions {
                @if active && member && !mine { (one_click(page, "prendre", "Prendre en charge", "", "p")) }
                @if folder.state == State::Waiting { (one_click(page, "reprendre", "Reprendre le travail", "secondary", "w")) }
                @if folder.state == State::Resolved { (one_click(page, "clore", "Clore la demande", "secondary", "f")) }
            }
        }
        @if active && !member {
            (beffroi_ui::notice(Tone::Calm, "Vous n’êtes pas de cette équipe", html! {
                p { "Vous pouvez répondre et suivre. Pour prendre la demande en charge, réaffectez-la d’abord à votre équipe." }
            }))
        }
    }
}

fn one_click(page: &RequestPage, verb: &str, words: &str, class: &str, key: &str) -> Markup {
    html! {
        form method="post" action=(page.action(verb)) {
            button type="submit" class=(class) data-key=(key) { (words) }
        }
    }
}

/// Who has the request, and how to give it to someone else.
pub(crate) fn owner(page: &RequestPage) -> Markup {
    html! { @if page.folder.state.is_active() { (assign(page)) (press(page)) (reassign(page)) } }
}

/// A gesture and its form, open when something in it must be mended.
fn panel(
    page: &RequestPage,
    title: &str,
    verb: &str,
    button: &str,
    fields: &[&str],
    body: &Markup,
) -> Markup {
    html! {
        details open[page.wrong(fields)] {
            summary { (title) }
            div {
                form method="post" action=(page.action(verb)) data-guard {
                    (body)
                    div.actions { button.secondary type="submit" { (button) } }
                }
            }
        }
    }
}

fn assign(page: &RequestPage) -> Markup {
    let me = page.me().to_string();
    let mut options = vec![(String::new(), "Choisissez une personne".to_owned())];
    options.extend(page.colleagues.iter().filter(|(id, _)| *id != me).cloned());
    if options.len() == 1 {
        return html! {};
    }
    let field = page.field("assignee", "Confier à");
    html! {
        (super::load::on_duty(page.members))
        (super::load::lightest(page))
        form.in-place method="post" action=(page.action("affecter")) data-key="e" data-key-to="assignee" {
            (form::select(&field, &options))
            button.secondary type="submit" { "Confier" }
        }
    }
}

/// Making it urgent, or no longer.
fn press(page: &RequestPage) -> Markup {
    let urgent = page.folder.request.urgent;
    let (title, button, hint) = if urgent {
        ("Retirer l’urgence", "Retirer l’urgence", "Le demandeur le lira.")
    } else {
        (
            "Marquer urgente",
            "Marquer urgente",
            "Le demandeur le lira. La demande passe en tête des listes\u{a0}; ses délais ne changent pas.",
        )
    };
    let body = html! {
        input type="hidden" name="urgent" value=(if urgent { "0" } else { "1" });
        (form::text(&page.field("urgency", "Pourquoi").hint(hint)))
    };
    panel(page, title, "urgence", button, &["urgency"], &body)
}

fn reassign(page: &RequestPage) -> Markup {
    let mut options = vec![(String::new(), "Choisissez une équipe".to_owned())];
    options.extend(page.teams.iter().cloned());
    let body = html! {
        (form::select(&page.field("team", "Nouvelle équipe"), &options))
        (form::long_text(&page.field("reason", "Pourquoi").hint("Le demandeur le lira : la raison remplace celle du routage.")))
    };
    panel(page, "Réaffecter à une autre équipe", "reaffecter", "Réaffecter", &["team", "reason"], &body)
}

/// A visit to agree.
pub(crate) fn appointment(page: &RequestPage) -> Markup {
    let body = html! {
        (form::input(&page.field("day", "Date"), "date"))
        (form::input(&page.field("starts", "De").hint("Heure de Paris"), "time"))
        (form::input(&page.field("ends", "À"), "time"))
        (form::text(&page.field("place", "Lieu").hint("Par exemple : salle B12, accueil")))
    };
    panel(page, "Fixer un rendez-vous", "rendez-vous", "Fixer le rendez-vous", VISIT, &body)
}

/// Linking to another request, or going on in it.
pub(crate) fn links(page: &RequestPage) -> Markup {
    let state = page.folder.state;
    html! {
        @if state.is_active() || state == State::Resolved { (link(page)) }
        @if state.is_active() { (merge(page)) }
    }
}

fn link(page: &RequestPage) -> Markup {
    let body =
        form::text(&page.field("link", "Référence de l’autre demande").hint("Par exemple : 2026-00042"));
    panel(page, "Lier à une autre demande", "lier", "Lier", &["link"], &body)
}

fn merge(page: &RequestPage) -> Markup {
    let hint =
        "Celle-ci se terminera et renverra vers l’autre. Les deux doivent concerner le même établissement.";
    let body = form::text(&page.field("merge", "Référence de la demande qui continue").hint(hint));
    panel(page, "Fusionner avec une autre demande", "fusionner", "Fusionner", &["merge"], &body)
}
