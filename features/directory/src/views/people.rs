//! The Region's pages on people.

use beffroi_kernel::{Access, Role};
use beffroi_ui::form::{self, Field};
use beffroi_ui::{Column, Page, Tone, back_link, details, empty, pages, table, tag};
use beffroi_web::Submitted;
use maud::{Markup, html};

use super::schools::{region_tabs, search_form};
use super::{Faults, account, flash, shell};
use crate::people::NewPerson;
use crate::{Fault, FunctionHeld, Person, Team};

pub(crate) fn list(access: &Access, search: &str, further: bool, people: &[Person]) -> Markup {
    let columns = [
        Column::text("Nom"),
        Column::text("Identifiant"),
        Column::text("Adresse électronique"),
        Column::text("Accès"),
    ];
    let row = |person: &Person| {
        vec![
            html! { a href={ "/region/personnes/" (person.id) } { (person.family_name) " " (person.given_name) } },
            html! { (person.login) },
            html! { (person.email.as_deref().unwrap_or("aucune")) },
            if person.disabled { tag(Tone::Quiet, "Fermé") } else { tag(Tone::Good, "Ouvert") },
        ]
    };
    let rows: Vec<Vec<Markup>> = people.iter().map(row).collect();
    let full = people.len() == crate::people::PAGE as usize;
    let query = form_urlencoded(search);
    let next =
        people.last().filter(|_| full).map(|last| format!("/region/personnes?q={query}&apres={}", last.id));
    let first = further.then(|| format!("/region/personnes?q={query}"));
    let body = html! {
        h1 { "Personnes" }
        (region_tabs(access, "/region/personnes"))
        (search_form("/region/personnes", "Nom, identifiant ou adresse", search))
        p { a.button href="/region/personnes/nouvelle" { "Ajouter une personne" } }
        @if people.is_empty() {
            (empty(html! { p { "Personne ne correspond. Essayez un seul mot, ou ajoutez la personne." } }))
        } @else {
            (table("Personnes, par nom", &columns, &rows))
            (pages(first.as_deref(), next.as_deref()))
        }
    };
    shell(Some(access), "/region/personnes", Page::wide("Personnes", body))
}

/// A text made safe inside an address.
pub(crate) fn form_urlencoded(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

pub(crate) fn new_person(access: &Access, typed: &NewPerson, list: &[Fault]) -> Markup {
    let faults = Faults { list, prefix: "" };
    let field = |name, label| Field::new(name, label).error(faults.of(name));
    let body = html! {
        (back_link("/region/personnes", "Personnes"))
        (faults.summary())
        h1 { "Ajouter une personne" }
        p { "Elle choisira son mot de passe avec le lien que vous pourrez lui envoyer ensuite." }
        form method="post" action="/region/personnes/nouvelle" novalidate {
            (form::text(&field("given_name", "Prénom").value(&typed.given_name)))
            (form::text(&field("family_name", "Nom").value(&typed.family_name)))
            (form::input(&field("email", "Adresse électronique (facultatif)").hint("Sans adresse, elle ne reçoit aucun courriel.")
                .value(typed.email.as_deref().unwrap_or_default()), "email"))
            (form::text(&field("login", "Identifiant (facultatif)").hint("Laissé vide, il est formé du prénom et du nom.")
                .value(typed.login.as_deref().unwrap_or_default())))
            (form::submit("Ajouter la personne"))
        }
    };
    shell(
        Some(access),
        "/region/personnes",
        Page::new("Ajouter une personne", body).with_errors(!list.is_empty()),
    )
}

/// What the page of a person shows.
pub(crate) struct PersonPage<'a> {
    pub access: &'a Access,
    pub person: &'a Person,
    pub functions: &'a [FunctionHeld],
    pub teams: &'a [Team],
    pub typed: &'a Submitted,
    pub faults: &'a [Fault],
    pub done: Option<&'a str>,
}

const DONE: &[(&str, &str)] = &[
    (
        "creation",
        "La personne est ajoutée. Donnez-lui une fonction, puis envoyez-lui le lien de premier accès.",
    ),
    ("fonction", "La fonction est donnée."),
    ("fin", "La fin de la fonction est enregistrée."),
    ("ferme", "L’accès est fermé et ses sessions aussi."),
    ("ouvert", "L’accès est rouvert."),
    ("lien", "Si cette personne a une adresse, le lien pour choisir un mot de passe lui est envoyé."),
];

pub(crate) fn person(page: &PersonPage) -> Markup {
    let faults = Faults { list: page.faults, prefix: "" };
    let person = page.person;
    let path = format!("/region/personnes/{}", person.id);
    let (word, value) =
        if person.disabled { ("Rouvrir l’accès", "no") } else { ("Fermer l’accès", "yes") };
    let body = html! {
        (back_link("/region/personnes", "Personnes"))
        (faults.summary())
        h1 { (person.name()) }
        p { "Identifiant " strong { (person.login) } ", "
            @match &person.email { Some(email) => (email), None => "sans adresse électronique" }
            ". " @if person.disabled { (tag(Tone::Quiet, "Accès fermé")) } }
        h2 { "Fonctions" }
        (functions(page, &path))
        h2 { "Donner une fonction" }
        (give_form(page, &faults, &path))
        h2 { "Accès" }
        (form::button_form(&format!("{path}/lien"), "Envoyer le lien pour choisir un mot de passe", "secondary", &[]))
        (form::button_form(&format!("{path}/acces"), word, "secondary", &[("disabled", value)]))
    };
    let done = flash(page.done, DONE);
    shell(
        Some(page.access),
        "/region/personnes",
        Page::wide(person.name(), body).with_errors(!page.faults.is_empty()).with_flash(done),
    )
}

fn functions(page: &PersonPage, path: &str) -> Markup {
    let now = page.access.at;
    let open = |held: &&FunctionHeld| held.to.is_none_or(|to| to > now && to > held.from);
    html! {
        (account::functions(page.functions, now))
        @for (held, position) in page.functions.iter().filter(open).zip(1..) {
            @let id = format!("last_day_{position}");
            (details(&format!("Mettre fin : {}", held.role.label()), html! {
                form method="post" action={ (path) "/fonctions/fin" } {
                    input type="hidden" name="function" value=(held.id);
                    div.field {
                        label for=(id) { "Dernier jour" }
                        p.hint id={ (id) "-hint" } { "Laissé vide, la fonction s’arrête maintenant." }
                        input type="date" id=(id) name="last_day" aria-describedby={ (id) "-hint" };
                    }
                    button type="submit" class="secondary" { "Mettre fin à la fonction" }
                }
            }))
        }
    }
}

fn give_form(page: &PersonPage, faults: &Faults, path: &str) -> Markup {
    let typed = |name: &str| page.typed.get(name).unwrap_or_default();
    let field = |name, label| Field::new(name, label).error(faults.of(name)).value(typed(name));
    let choose = (String::new(), "Choisir…".to_owned());
    let roles: Vec<(String, String)> = std::iter::once(choose.clone())
        .chain(Role::ALL.iter().map(|role| (role.slug().to_owned(), role.label().to_owned())))
        .collect();
    let teams: Vec<(String, String)> = std::iter::once((String::new(), "Aucune".to_owned()))
        .chain(page.teams.iter().map(|team| (team.id.to_string(), team.name.clone())))
        .collect();
    html! {
        form method="post" action={ (path) "/fonctions" } novalidate {
            (form::select(&field("role", "Fonction"), &roles))
            (form::text(&field("school", "UAI de l’établissement").hint("Pour une fonction exercée dans un lycée, par exemple 0590001A.")))
            (form::select(&field("team", "Équipe").hint("Pour une fonction exercée dans une équipe."), &teams))
            (form::input(&field("from", "Premier jour"), "date"))
            (form::input(&field("to", "Dernier jour (facultatif)"), "date"))
            (form::submit("Donner la fonction"))
        }
    }
}
