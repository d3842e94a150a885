//! The page of one's own account.

use beffroi_kernel::{Access, SessionId};
use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Column, Page, Tone, back_link, notice, table, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{Faults, flash, shell, sign_in};
use crate::extract::Current;
use crate::protection::ProtectAccounts;
use crate::{Fault, FunctionHeld, Person, Session, Topic};

/// What the page shows.
pub(crate) struct Account<'a> {
    pub access: &'a Access,
    pub person: &'a Person,
    pub functions: &'a [FunctionHeld],
    pub mails: &'a [(Topic, bool)],
    pub sessions: &'a [Session],
    pub here: SessionId,
    pub done: Option<&'a str>,
}

const DONE: &[(&str, &str)] = &[
    ("courriels", "Vos choix de courriels sont enregistrés."),
    ("session", "La session est fermée."),
    ("sessions", "Vos autres sessions sont fermées."),
    ("mot-de-passe", "Votre mot de passe est changé ; vos autres sessions sont fermées."),
];

pub(crate) fn account(account: &Account) -> Markup {
    let person = account.person;
    let body = html! {
        h1 { "Mon compte" }
        p { (person.name()) ", identifiant " strong { (person.login) } "." }
        @match &person.email {
            Some(email) => p { "Les courriels partent à l’adresse " (email) ". Pour la changer, adressez-vous à la Région." },
            None => p { "Aucune adresse électronique n’est enregistrée : vous ne recevez pas de courriel. Adressez-vous à la Région pour l’ajouter." },
        }
        ul {
            li { a href="/compte/mot-de-passe" { "Changer de mot de passe" } }
            li { a href="/compte/cles" { "Vos clés d’accès" } ", pour vous connecter et signer sans mot de passe" }
            li { a href="/compte/code" { "Code à usage unique" } ", demandé après le mot de passe" }
            li { a href="/compte/donnees" { "Mes données" } ", ce que Beffroi garde de vous" }
            @if may_hold_tokens(account.access) {
                li { a href="/compte/jetons" { "Jetons" } ", pour qu’un autre logiciel agisse en votre nom" }
            }
            @if account.access.permit::<ProtectAccounts>().is_some() {
                li { a href="/region/protection" { "Protection des comptes" } ", ce que la Région demande à chacun" }
            }
        }
        h2 { "Mes fonctions" }
        (functions(account.functions, account.access.at))
        h2 { "Courriels" }
        (mails(account.mails))
        h2 { "Sessions ouvertes" }
        (sessions(account))
    };
    let page = Page::wide("Mon compte", body).with_flash(flash(account.done, DONE));
    shell(Some(account.access), "/compte", page)
}

/// Whether the person may make tokens: the table is `HoldTokens`, of the API.
fn may_hold_tokens(access: &Access) -> bool {
    use beffroi_kernel::Role::{Pupil, SchoolAgent, SchoolStaff, Teacher};
    access.functions.iter().any(|held| !matches!(held.role, Pupil | SchoolAgent | SchoolStaff | Teacher))
}

/// Functions with their place and dates.
pub(crate) fn functions(functions: &[FunctionHeld], now: DateTime<Utc>) -> Markup {
    if functions.is_empty() {
        return beffroi_ui::empty(
            html! { p { "Aucune fonction n’est enregistrée. La Région les attribue ; elles ouvrent les pages correspondantes." } },
        );
    }
    let columns =
        [Column::text("Fonction"), Column::text("Lieu"), Column::text("Période"), Column::text("État")];
    let rows: Vec<Vec<Markup>> =
        functions.iter().map(|held| vec![role(held), place(held), period(held), state(held, now)]).collect();
    table("Fonctions, de la plus récente à la plus ancienne", &columns, &rows)
}

pub(crate) fn role(held: &FunctionHeld) -> Markup {
    html! { (held.role.label()) @if let Some((_, name)) = &held.substitute_for { ", en remplacement de " (name) } }
}

fn place(held: &FunctionHeld) -> Markup {
    let names = [
        held.school.as_ref().map(|s| &s.1),
        held.team.as_ref().map(|t| &t.1),
        held.territory.as_ref().map(|t| &t.1),
    ];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    html! { @if names.is_empty() { "Région" } @else { (names.join(", ")) } }
}

/// « depuis le … », « du … au … », the last day included.
pub(crate) fn period(held: &FunctionHeld) -> Markup {
    let last = held.to.map(|to| crate::rules::paris_day(to - chrono::TimeDelta::microseconds(1)));
    html! {
        @match last {
            None => { "depuis le " (beffroi_ui::date(held.from)) },
            Some(last) => { "du " (beffroi_ui::date(held.from)) " au " (beffroi_ui::day(last)) },
        }
    }
}

pub(crate) fn state(held: &FunctionHeld, now: DateTime<Utc>) -> Markup {
    if held.is_held(now) {
        tag(Tone::Good, "En cours")
    } else if held.from > now && held.to.is_none_or(|to| to > held.from) {
        tag(Tone::Calm, "À venir")
    } else {
        tag(Tone::Quiet, "Terminée")
    }
}

fn mails(mails: &[(Topic, bool)]) -> Markup {
    let choice = |(topic, chosen): &(Topic, bool)| Choice {
        value: topic.preference().unwrap_or_default(),
        label: match topic {
            Topic::Message => "Quelqu’un m’écrit",
            _ => "Une demande avance ou attend ma décision",
        },
        hint: "",
        chosen: *chosen,
    };
    let choices: Vec<Choice> = mails.iter().map(choice).collect();
    let field = Field::new("mails", "M’écrire quand")
        .hint("Ne cochez rien pour ne recevoir aucun de ces courriels. Ceux qui concernent votre compte partent toujours.");
    html! {
        form method="post" action="/compte/preferences" {
            (form::checkboxes(&field, &choices))
            (form::submit("Enregistrer mes choix"))
        }
    }
}

fn sessions(account: &Account) -> Markup {
    let columns = [
        Column::text("Navigateur"),
        Column::text("Connexion"),
        Column::text("Ouverte"),
        Column::text("Dernier usage"),
        Column::text("Action"),
    ];
    let row = |session: &Session| {
        let id = session.id.to_string();
        let here = session.id == account.here;
        let close = html! {
            form method="post" action="/compte/sessions" {
                input type="hidden" name="session" value=(id);
                button type="submit" class="plain" {
                    "Fermer" span.visually-hidden { " la session ouverte le " (beffroi_ui::short_date_time(session.created_at)) }
                }
            }
        };
        vec![
            html! { (session.user_agent) },
            html! { (session.method.label()) @if let Some(door) = &session.door { ", " (door) } },
            html! { (beffroi_ui::short_date_time(session.created_at)) },
            html! { (beffroi_ui::short_date_time(session.last_seen_at)) },
            if here { tag(Tone::Calm, "Celle-ci") } else { close },
        ]
    };
    let rows: Vec<Vec<Markup>> = account.sessions.iter().map(row).collect();
    html! {
        p { "Une session se ferme seule après douze heures sans usage, et au bout de sept jours ; se connecter de nouveau dans un navigateur ferme celle qu’il avait." }
        (table("Navigateurs où vous êtes connecté", &columns, &rows))
        @if account.sessions.len() > 1 {
            (form::button_form("/compte/sessions/autres", "Fermer toutes les autres sessions", "secondary", &[]))
        }
    }
}

pub(crate) fn password(current: &Current, list: &[Fault]) -> Markup {
    let faults = Faults { list, prefix: "" };
    let present = Field::new("present", "Mot de passe actuel")
        .error(faults.of("present"))
        .autocomplete("current-password");
    let body = html! {
        @if !current.must_change_password { (back_link("/compte", "Mon compte")) }
        (faults.summary())
        h1 { "Changer de mot de passe" }
        @if current.must_change_password {
            (notice(Tone::Warn, "Premier accès", html! {
                p { "Votre mot de passe a été choisi par quelqu’un d’autre : remplacez-le par le vôtre pour continuer." }
            }))
        }
        form method="post" action="/compte/mot-de-passe" novalidate {
            (form::password(&present))
            (sign_in::new_password(&faults))
            (form::submit("Changer de mot de passe"))
        }
    };
    let page = Page::new("Changer de mot de passe", body).with_errors(!list.is_empty());
    shell(Some(&current.access), "/compte/mot-de-passe", page)
}
