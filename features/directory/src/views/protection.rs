//! The page where the Region says what it asks of accounts.

use beffroi_kernel::Access;
use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Page, back_link};
use maud::{Markup, html};

use super::{Faults, flash, shell};
use crate::Fault;
use crate::model::home_path;
use crate::protection::Covered;

/// What the page shows.
pub(crate) struct Protection<'a> {
    pub access: &'a Access,
    pub who: &'a [Covered],
    /// Days left, as typed.
    pub grace: &'a str,
    /// Requests a day, as typed; empty for no limit.
    pub most: &'a str,
    pub faults: &'a [Fault],
    pub done: Option<&'a str>,
}

const DONE: &[(&str, &str)] = &[
    ("facteur", "C’est enregistré : chaque personne concernée le lit à sa prochaine connexion."),
    ("demandes", "Le nombre de demandes par jour est enregistré."),
];

pub(crate) fn protection(page: &Protection) -> Markup {
    let faults = Faults { list: page.faults, prefix: "" };
    let choice = |one: &Covered| Choice {
        value: one.slug(),
        label: one.label(),
        hint: "",
        chosen: page.who.contains(one),
    };
    let all = Covered::all();
    let choices: Vec<Choice> = all.iter().map(choice).collect();
    let who = Field::new("fonctions", "Fonctions concernées")
        .hint("Celles qui donnent accès à toute la Région, d’abord. Cochez-les toutes pour que personne n’entre avec un seul mot de passe.");
    let grace = Field::new("delai", "Jours laissés pour le faire")
        .hint("Comptés à partir de ce changement, ou du début de la fonction s’il est plus tard. 0 : tout de suite.")
        .value(page.grace)
        .error(faults.of("delai"));
    let most = Field::new("nombre", "Demandes par personne et par jour")
        .hint("Un garde-fou contre un programme qui s’emballe : personne n’en envoie autant à la main. Laissez vide pour ne pas limiter.")
        .value(page.most)
        .error(faults.of("nombre"));
    let body = html! {
        (back_link(home_path(page.access), "Accueil"))
        (faults.summary())
        h1 { "Protection des comptes" }
        h2 { "Second facteur" }
        p { "Une clé d’accès, ou un code après le mot de passe, ou l’intranet quand il en demande autant. Qui n’en a pas est conduit, à sa connexion, "
            "à la page qui permet d’en faire un ; passé le délai, rien d’autre ne s’ouvre avant." }
        form method="post" action="/region/protection/second-facteur" novalidate {
            (form::checkboxes(&who, &choices))
            (form::input(&grace, "number"))
            (form::submit("Enregistrer"))
        }
        h2 { "Nombre de demandes" }
        form method="post" action="/region/protection/demandes" novalidate {
            (form::input(&most, "number"))
            (form::submit("Enregistrer le nombre"))
        }
    };
    let shown = Page::new("Protection des comptes", body).with_errors(!page.faults.is_empty());
    shell(Some(page.access), "/region/protection", shown.with_flash(flash(page.done, DONE)))
}
