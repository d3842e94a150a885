//! The keys that agents may use, and how to switch them off (WCAG 2.1.4).

use beffroi_ui::form;
use maud::{Markup, html};

/// Where the page is.
pub(crate) const PATH: &str = "/raccourcis";

type Keys = &'static [(&'static str, &'static str)];

/// Keys by place.
const GROUPS: &[(&str, Keys)] = &[
    (
        "Partout",
        &[
            ("?", "Montrer ces raccourcis"),
            ("c", "Aller au champ de recherche de la page"),
            ("g puis f", "File de travail"),
            ("g puis m", "On vous a cité"),
            ("g puis t", "Modèles de réponse"),
            ("g puis c", "Catalogue"),
            ("Échap", "Sortir du champ où l’on écrit"),
            ("Ctrl + Entrée", "Envoyer le formulaire où l’on écrit"),
        ],
    ),
    (
        "Dans une liste",
        &[("j", "Ligne suivante"), ("k", "Ligne précédente"), ("o ou Entrée", "Ouvrir la ligne")],
    ),
    (
        "Dans une demande",
        &[
            ("r", "Écrire une réponse"),
            ("n", "Écrire une note interne"),
            ("t", "Ajouter une tâche"),
            ("a", "Mettre en attente"),
            ("s", "Proposer une solution"),
            ("p", "Prendre en charge"),
            ("e", "Confier à un membre de l’équipe"),
            ("w", "Reprendre le travail"),
            ("f", "Clore la demande"),
            ("j ou ]", "Demande suivante de la liste"),
            ("k ou [", "Demande précédente de la liste"),
            ("u", "Revenir à la liste"),
        ],
    ),
];

/// The keys; `level` is the heading's.
pub(crate) fn keys(level: u8) -> Markup {
    html! {
        @for (place, keys) in GROUPS {
            div {
                @if level == 2 { h2 { (place) } } @else { h3 { (place) } }
                dl.keys { @for (key, words) in *keys { div { dt { kbd { (key) } } dd { (words) } } } }
            }
        }
    }
}

/// The page of its own: keys, and the switch.
pub(crate) fn page(on: bool) -> Markup {
    html! {
        h1 { "Raccourcis clavier" }
        @if on {
            p.lead { "Les raccourcis d’une seule touche sont en service pour vous, sur tous vos postes." }
        } @else {
            p.lead { "Les raccourcis d’une seule touche sont coupés pour vous, sur tous vos postes." }
        }
        p { "Ils ne jouent jamais pendant que vous écrivez. Si vous dictez à la voix, ou si votre lecteur d’écran emploie les mêmes touches, coupez-les : tout reste faisable à la touche Tab." }
        form method="post" action=(PATH) data-keys-switch {
            input type="hidden" name="raccourcis" value=(if on { "off" } else { "on" });
            button.secondary type="submit" { @if on { "Couper les raccourcis" } @else { "Remettre les raccourcis" } }
        }
        (keys(2))
        p { "Ctrl + Entrée et Échap restent en service dans tous les cas." }
        p { (form_links()) }
    }
}

fn form_links() -> Markup {
    html! { a href="/file" { "File de travail" } " · " a href="/modeles" { "Modèles de réponse" } }
}

/// The part shown in a dialog.
pub(crate) fn part() -> Markup {
    html! {
        h2 #raccourcis-titre { "Raccourcis clavier" }
        form method="dialog" { (form::submit("Fermer")) }
        div.side-by-side { (keys(3)) }
        p { a href=(PATH) { "Couper les raccourcis" } }
    }
}
