//! The page of saved searches: whose they are, pinned or not, and what can be done to each.

use beffroi_ui::form::{self, Field};
use beffroi_ui::{Tone, empty, tag};
use maud::{Markup, html};

use super::console::audiences;
use crate::lists::searches::{Audience, Search};

/// What the page shows.
pub(crate) struct SearchesPage<'a> {
    pub(crate) searches: &'a [Search],
    pub(crate) teams: &'a [(String, String)],
    pub(crate) may_share: bool,
    /// Field and sentence of what is to mend, with what was typed.
    pub(crate) errors: &'a [(String, String)],
    /// The name and the query of a search that could not be saved.
    pub(crate) typed: Option<(&'a str, &'a str)>,
}

pub(crate) fn searches(page: &SearchesPage) -> Markup {
    html! {
        (beffroi_ui::back_link("/file", "File de travail"))
        (form::error_summary(page.errors))
        h1 { "Recherches enregistrées" }
        p { "Une recherche garde des critères et un tri. Épinglée, elle reste à côté de la liste avec son compteur." }
        @if let Some((name, query)) = page.typed { (again(page, name, query)) }
        @if page.searches.is_empty() {
            (empty(html! {
                p { "Aucune recherche enregistrée." }
                p { "Dans la " a href="/file" { "file de travail" } ", choisissez des critères puis « Enregistrer cette recherche »." }
            }))
        } @else {
            ul.saved { @for search in page.searches { (one(page, search)) } }
        }
    }
}

/// What was typed and could not be saved, to send again.
fn again(page: &SearchesPage, name: &str, query: &str) -> Markup {
    let error = page.errors.iter().find(|(field, _)| field == "nom").map(|(_, message)| message.as_str());
    html! {
        form method="post" action="/file/recherches" {
            input type="hidden" name="requete" value=(query);
            input type="hidden" name="epingler" value="1";
            (form::text(&Field::new("nom", "Nom de la recherche").value(name).error(error)))
            (form::select(&Field::new("pour", "Pour"), &audiences(page.teams, page.may_share)))
            div.actions { (form::submit("Enregistrer")) }
        }
    }
}

fn one(page: &SearchesPage, search: &Search) -> Markup {
    let action = format!("/file/recherches/{}", search.id);
    let name = format!("nom-{}", search.id);
    let button = |gesture: &str, words: &str, class: &str| {
        html! {
            button type="submit" class=(class) name="geste" value=(gesture) {
                (words) span.visually-hidden { "\u{a0}: " (search.name) }
            }
        }
    };
    html! {
        li {
            h2 { a href={ "/file/" (search.id) } { (search.name) } }
            p {
                (tag(Tone::Quiet, &whose(page, search)))
                @if search.pinned { " " (tag(Tone::Calm, "Épinglée")) }
                @if search.preferred { " " (tag(Tone::Good, "Ouverte en premier")) }
            }
            form method="post" action=(action) {
                div.actions {
                    @if search.pinned { (button("detacher", "Détacher", "secondary")) }
                    @else { (button("epingler", "Épingler", "secondary")) }
                    @if search.preferred { (button("ordinaire", "Ne plus ouvrir en premier", "secondary")) }
                    @else { (button("preferer", "Ouvrir en premier", "secondary")) }
                    (button("copier", "Copier", "secondary"))
                }
            }
            @if search.may_change {
                (beffroi_ui::details("Renommer ou supprimer", html! {
                    form.inline-form method="post" action=(action) {
                        div.field {
                            label for=(name) { "Nouveau nom" }
                            input type="text" id=(name) name="nom" value=(search.name);
                        }
                        div.field { (button("renommer", "Renommer", "secondary")) }
                    }
                    form method="post" action=(action) { (button("supprimer", "Supprimer", "danger")) }
                }))
            }
        }
    }
}

fn whose(page: &SearchesPage, search: &Search) -> String {
    match search.audience {
        Audience::Me => "Pour moi".to_owned(),
        Audience::Everyone => "Pour tous les agents".to_owned(),
        Audience::Team(team) => {
            let found = page.teams.iter().find(|(id, _)| *id == team.to_string());
            found.map_or("Pour mon équipe".to_owned(), |(_, name)| {
                format!("Pour l’équipe «\u{a0}{name}\u{a0}»")
            })
        }
    }
}
