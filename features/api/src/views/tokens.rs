//! The pages of tokens.

use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Column, Tone, back_link, empty, notice, short_date_time, table, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{faults, of, secret};
use crate::model::Token;
use crate::routes::role_of;
use crate::tokens::{LIVES, NewToken};

/// What one's own page shows.
pub(crate) struct Own<'a> {
    pub(crate) tokens: &'a [Token],
    /// Keys of one's functions, with their words.
    pub(crate) offered: &'a [(String, String)],
    pub(crate) typed: &'a NewToken,
    pub(crate) fault: Option<(&'a str, &'a str)>,
    pub(crate) now: DateTime<Utc>,
}

pub(crate) fn own(page: &Own) -> Markup {
    html! {
        (back_link("/compte", "Mon compte"))
        (faults(page.fault))
        h1 { "Jetons" }
        p.lead { "Un jeton laisse un autre logiciel agir en votre nom, dans les fonctions que vous choisissez et tant que vous les exercez. " a href="/api" { "Ce que l’API permet" } }
        h2 { "Vos jetons" }
        @if page.tokens.is_empty() {
            (empty(html! { p { "Aucun jeton. Ceux que vous créerez apparaîtront ici, avec leur dernier usage." } }))
        } @else {
            (own_table(page))
        }
        h2 { "Créer un jeton" }
        (new(page))
    }
}

fn own_table(page: &Own) -> Markup {
    let columns = [
        Column::text("Nom"),
        Column::text("Droits"),
        Column::text("Dernier usage"),
        Column::text("État"),
        Column::text("Action"),
    ];
    let rows = page.tokens.iter().map(|token| {
        vec![
            html! { (token.name) },
            html! { (rights(token)) br; span.hint { (roles(token)) } },
            used(token),
            state(token, page.now),
            revoke(token, "/compte/jetons", page.now),
        ]
    });
    table("Jetons, du plus récent au plus ancien", &columns, &rows.collect::<Vec<_>>())
}

fn rights(token: &Token) -> &'static str {
    if token.writes { "Lire et écrire" } else { "Lire" }
}

fn roles(token: &Token) -> String {
    let mut roles: Vec<&str> = token.functions.iter().map(|key| role_of(key)).collect();
    roles.dedup();
    roles.join(", ")
}

fn used(token: &Token) -> Markup {
    html! { @match token.last_used_at { Some(at) => (short_date_time(at)), None => "Jamais" } }
}

fn state(token: &Token, now: DateTime<Utc>) -> Markup {
    html! {
        @if token.revoked_at.is_some() { (tag(Tone::Quiet, "Révoqué")) }
        @else if token.expires_at <= now { (tag(Tone::Quiet, "Expiré")) }
        @else { (tag(Tone::Good, "En service")) " jusqu’au " (beffroi_ui::date(token.expires_at)) }
    }
}

fn revoke(token: &Token, under: &str, now: DateTime<Utc>) -> Markup {
    html! {
        @if token.lives(now) {
            form method="post" action={ (under) "/" (token.id) "/revoquer" } {
                button type="submit" class="plain" {
                    "Révoquer" span.visually-hidden { " le jeton " (token.name) }
                }
            }
        } @else { "—" }
    }
}

fn new(page: &Own) -> Markup {
    let typed = page.typed;
    let functions: Vec<Choice> = page
        .offered
        .iter()
        .map(|(key, words)| Choice {
            value: key,
            label: words,
            hint: "",
            chosen: typed.functions.contains(key) || page.offered.len() == 1,
        })
        .collect();
    let rights = [
        Choice { value: "lire", label: "Lire", hint: "", chosen: !typed.writes },
        Choice {
            value: "ecrire",
            label: "Lire et écrire",
            hint: "Déposer, répondre et traiter en votre nom.",
            chosen: typed.writes,
        },
    ];
    let lives: Vec<(String, String)> =
        LIVES.iter().map(|days| (days.to_string(), format!("{days}\u{a0}jours"))).collect();
    let days = typed.days.to_string();
    html! {
        form method="post" action="/compte/jetons" {
            (form::text(&Field::new("nom", "Quel logiciel s’en servira\u{a0}?")
                .hint("Ce nom vous aide à le reconnaître.").value(&typed.name).error(of(page.fault, "nom"))))
            (form::checkboxes(&Field::new("fonctions", "Dans quelles fonctions peut-il agir\u{a0}?")
                .hint("Une fonction qui prend fin cesse aussitôt de valoir pour le jeton.")
                .error(of(page.fault, "fonctions")), &functions))
            (form::radios(&Field::new("droits", "Que peut-il faire\u{a0}?"), &rights))
            (form::select(&Field::new("duree", "Pendant combien de temps\u{a0}?").hint("Un an au plus.")
                .value(&days).error(of(page.fault, "duree")), &lives))
            (form::submit("Créer le jeton"))
        }
    }
}

/// The token just made, shown once.
pub(crate) fn made(token: &Token, given: &str, base_url: &str) -> Markup {
    html! {
        h1 { "Votre jeton est créé" }
        (notice(Tone::Warn, "Copiez-le maintenant", html! {
            p { "Il n’est affiché qu’une fois. Perdu, il se remplace\u{a0}; il ne se retrouve pas." }
        }))
        (secret("Jeton", given))
        p { "«\u{a0}" (token.name) "\u{a0}» peut s’en servir jusqu’au " (beffroi_ui::date(token.expires_at)) ". Gardez-le comme un mot de passe." }
        h2 { "Premier appel" }
        p { code { "curl -H 'Authorization: Bearer …' " (base_url) "/api/v1/moi" } }
        p { a href="/compte/jetons" { "Revenir à vos jetons" } " · " a href="/api" { "Lire ce que l’API permet" } }
    }
}

/// The Region's list.
pub(crate) fn all(
    tokens: &[Token],
    (first, next): (Option<&str>, Option<&str>),
    now: DateTime<Utc>,
) -> Markup {
    let columns = [
        Column::text("Personne"),
        Column::text("Nom"),
        Column::text("Droits"),
        Column::text("Dernier usage"),
        Column::text("État"),
        Column::text("Action"),
    ];
    let rows = tokens.iter().map(|token| {
        vec![
            html! { (token.owner) },
            html! { (token.name) },
            html! { (rights(token)) br; span.hint { (roles(token)) } },
            used(token),
            state(token, now),
            revoke(token, "/region/jetons", now),
        ]
    });
    html! {
        h1 { "Jetons de l’API" }
        p.lead { "Les logiciels qui agissent au nom d’une personne. Un jeton révoqué est refusé dès l’appel suivant." }
        @if tokens.is_empty() {
            (empty(html! { p { "Aucun jeton. Ceux que les agents et les établissements créeront apparaîtront ici." } }))
        } @else {
            (table("Jetons, du plus récent au plus ancien", &columns, &rows.collect::<Vec<_>>()))
        }
        (beffroi_ui::pages(first, next))
    }
}
