//! What an agent may do to a request: one panel a gesture, the first ones open at a glance.

use beffroi_ui::{Tone, form};
use maud::{Markup, html};

use super::request::RequestPage;
use crate::model::{Outcome, State, WaitingFor};

/// The panels that the state of the request allows.
pub(crate) fn panels(page: &RequestPage) -> Markup {
    let state = page.folder.state;
    html! {
        section.screen-only aria-labelledby="traiter" {
            h2 id="traiter" { "Traiter" }
            @if state == State::Validation {
                p { "L’établissement n’a pas encore validé cette demande : l’équipe n’a rien à faire pour l’instant." }
            }
            (super::load::on_duty(page.members))
            (gestures(page))
            @if state.is_active() { (resolve(page)) (wait(page)) (assign(page)) (reassign(page)) }
            @if matches!(state, State::New | State::Open | State::Waiting | State::Resolved) {
                (appointment(page)) (task(page)) (link(page))
            }
            @if state.is_active() { (merge(page)) (super::major::panel(page)) }
        }
    }
}

/// What takes one click.
fn gestures(page: &RequestPage) -> Markup {
    let folder = page.folder;
    let me = page.me().to_string();
    let member = page.colleagues.iter().any(|(id, _)| *id == me);
    let mine = folder.request.assignee_id == Some(page.me());
    html! {
        div.actions {
            @if folder.state.is_active() && member && !mine { (form::button_form(&page.action("prendre"), "Prendre en charge", "", &[])) }
            @if folder.state == State::Waiting { (form::button_form(&page.action("reprendre"), "Reprendre le travail", "", &[])) }
            @if folder.state == State::Resolved { (form::button_form(&page.action("clore"), "Clore la demande", "secondary", &[])) }
        }
        @if folder.state.is_active() && !member {
            (beffroi_ui::notice(Tone::Calm, "Vous n’êtes pas de cette équipe", html! {
                p { "Vous pouvez répondre et suivre. Pour prendre la demande en charge, réaffectez-la d’abord à votre équipe." }
            }))
        }
    }
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
                    div.actions { (form::submit(button)) }
                }
            }
        }
    }
}

fn resolve(page: &RequestPage) -> Markup {
    let mut options = vec![(String::new(), "Choisissez une issue".to_owned())];
    options.extend(Outcome::ALL.iter().map(|one| (one.slug().to_owned(), one.label().to_owned())));
    let body = html! {
        (form::select(&page.field("outcome", "Issue"), &options))
        (form::long_text(&page.field("solution", "Message au demandeur").hint("Ce qui a été fait, ou pourquoi ce n’est pas possible.")))
    };
    panel(page, "Proposer une solution", "resoudre", "Envoyer la solution", &["outcome", "solution"], &body)
}

fn wait(page: &RequestPage) -> Markup {
    let chosen = page.typed("wait_for");
    let choice = |whom: &WaitingFor| {
        let (label, hint) = match whom {
            WaitingFor::School => ("L’établissement", "Son message fera reprendre le travail."),
            WaitingFor::Provider => ("Un prestataire", ""),
            WaitingFor::Delivery => ("Une livraison", ""),
        };
        form::Choice { value: whom.slug(), label, hint, chosen: whom.slug() == chosen }
    };
    let choices: Vec<form::Choice> = WaitingFor::ALL.iter().map(choice).collect();
    let body = html! {
        (form::radios(&page.field("wait_for", "Qui doit agir ?").hint("Les délais sont suspendus jusqu’à la reprise."), &choices))
        (form::long_text(&page.field("wait_why", "Ce qui est attendu").hint("Le demandeur le lira.")))
    };
    panel(page, "Mettre en attente", "attendre", "Mettre en attente", &["wait_for", "wait_why"], &body)
}

fn assign(page: &RequestPage) -> Markup {
    let me = page.me().to_string();
    let mut options = vec![(String::new(), "Choisissez une personne".to_owned())];
    options.extend(page.colleagues.iter().filter(|(id, _)| *id != me).cloned());
    if options.len() == 1 {
        return html! {};
    }
    let body = form::select(&page.field("assignee", "Membre de l’équipe"), &options);
    html! {
        (super::load::lightest(page))
        (panel(page, "Confier à un membre de l’équipe", "affecter", "Confier", &["assignee"], &body))
    }
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

fn appointment(page: &RequestPage) -> Markup {
    let body = html! {
        (form::input(&page.field("day", "Date"), "date"))
        (form::input(&page.field("starts", "De").hint("Heure de Paris"), "time"))
        (form::input(&page.field("ends", "À"), "time"))
        (form::text(&page.field("place", "Lieu").hint("Par exemple : salle B12, accueil")))
    };
    panel(
        page,
        "Fixer un rendez-vous",
        "rendez-vous",
        "Fixer le rendez-vous",
        &["day", "starts", "ends", "place"],
        &body,
    )
}

fn task(page: &RequestPage) -> Markup {
    let body = form::text(&page.field("task", "Ce qu’il y a à faire"));
    panel(page, "Ajouter une tâche", "taches", "Ajouter", &["task"], &body)
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
