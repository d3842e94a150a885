//! Typing in a request received by phone, by mail or on the spot: the school, the person, what they ask; then the
//! form's own pages under a banner; then what to say on the phone. (CSU-05)

use beffroi_directory::School;
use beffroi_kernel::{PersonId, Role};
use beffroi_ui::form::{self, Choice, Field};
use beffroi_ui::{Tone, back_link, choices, empty, notice};
use maud::{Markup, html};

use crate::drafts::Draft;
use crate::model::{Channel, State};
use crate::reading::Request;
use crate::record::CHANNELS;

/// Where a person goes when they leave a draft.
pub(crate) fn home(draft: &Draft) -> &'static str {
    if draft.is_typed_in() { "/saisir" } else { "/accueil" }
}

/// For whom an agent types, on every page of the draft; nothing on one's own.
pub(crate) fn banner(draft: &Draft) -> Markup {
    html! {
        @if let Some(asker) = &draft.asker {
            (notice(Tone::Calm, "Saisie pour quelqu’un", html! {
                p {
                    @match &draft.caller {
                        Some(caller) => { "Vous écrivez pour " strong { (caller) } ". La demande sera suivie par " (asker.name) "." }
                        None => { "Vous écrivez pour " strong { (asker.name) } "." }
                    }
                    " Canal\u{a0}: " (draft.channel.label().to_lowercase()) "."
                }
            }))
        }
    }
}

/// Which school, and what is not finished.
pub(crate) fn schools(query: &str, found: &[School], drafts: &[Draft]) -> Markup {
    let items: Vec<(String, String, String)> = found
        .iter()
        .map(|school| {
            let place = format!("{} — {}", school.city, school.uai);
            (format!("/saisir/{}", school.id), school.name.clone(), place)
        })
        .collect();
    html! {
        h1 { "Saisir une demande" }
        p.lead { "Quelqu’un vous appelle, vous écrit ou vous arrête dans un couloir\u{a0}: la demande entre ici, et suit le même chemin que les autres." }
        form.search method="get" action="/saisir" role="search" {
            (form::input(&Field::new("q", "Pour quel établissement\u{a0}?").hint("Nom, commune ou UAI").value(query), "search"))
            div.field { button type="submit" { "Chercher" } }
        }
        @if !drafts.is_empty() {
            h2 { "Saisies en cours" }
            ul.choices {
                @for draft in drafts {
                    li { a href={ "/brouillons/" (draft.id) } { (draft.kind().title) } @if let Some(asker) = &draft.asker { p { "Pour " (draft.caller.as_deref().unwrap_or(&asker.name)) } } }
                }
            }
        }
        h2 role="status" {
            @match (items.is_empty(), query.is_empty()) {
                (true, _) => "Aucun établissement trouvé",
                (false, true) => "Premiers établissements de votre périmètre",
                (false, false) => "Établissements trouvés",
            }
        }
        @if items.is_empty() {
            (empty(html! { p { "Aucun établissement de votre périmètre ne porte ce nom. Vérifiez la saisie\u{a0}; si l’établissement relève d’un autre territoire, transmettez l’appel à son équipe." } }))
        } @else { (choices(&items)) }
    }
}

/// Which person.
pub(crate) fn people(school: &School, query: &str, found: &[(PersonId, String, Vec<Role>)]) -> Markup {
    let here = format!("/saisir/{}", school.id);
    let items: Vec<(String, String, String)> = found
        .iter()
        .map(|(id, name, roles)| {
            let roles: Vec<&str> = roles.iter().map(|role| role.label()).collect();
            (format!("{here}/demande?pour={id}"), name.clone(), roles.join(", "))
        })
        .collect();
    html! {
        (back_link("/saisir", "Autre établissement"))
        h1 { "Pour qui\u{a0}?" }
        p { (school.name) ", " (school.city) " (" (school.uai) ")" }
        form.search method="get" action=(here) role="search" {
            (form::input(&Field::new("q", "Son nom").value(query), "search"))
            div.field { button type="submit" { "Chercher" } }
        }
        @if !query.is_empty() {
            h2 role="status" { @if items.is_empty() { "Personne de ce nom dans l’établissement" } @else { "Dans l’établissement" } }
            @if !items.is_empty() { (choices(&items)) }
        }
        h2 { "Quelqu’un d’autre" }
        p { "La personne n’a pas de compte ici\u{a0}: son nom est gardé dans la demande, que suit un responsable de l’établissement." }
        p { a href={ (here) "/demande" } { "Saisir pour quelqu’un d’autre" } }
    }
}

/// What is asked, by whom, how it came in.
pub(crate) struct What<'a> {
    pub(crate) school: &'a School,
    /// The person of the school, with their name; none for somebody else.
    pub(crate) person: Option<(PersonId, &'a str)>,
    /// Sheet and type, with their words.
    pub(crate) kinds: &'a [(String, String)],
    pub(crate) name: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) error: Option<(&'static str, String)>,
}

pub(crate) fn what(page: &What) -> Markup {
    let here = format!("/saisir/{}", page.school.id);
    let errors: Vec<(String, String)> =
        page.error.iter().map(|(name, message)| ((*name).to_owned(), message.clone())).collect();
    let wrong = |name: &str| {
        page.error.as_ref().filter(|(field, _)| *field == name).map(|(_, message)| message.as_str())
    };
    let hint = |channel| match channel {
        Channel::Phone => "La personne est au bout du fil.",
        Channel::Mail => "Un courriel ou une lettre.",
        _ => "Pendant une visite.",
    };
    let channels: Vec<Choice> = CHANNELS
        .iter()
        .map(|channel| Choice {
            value: channel.slug(),
            label: channel.label(),
            hint: hint(*channel),
            chosen: channel.slug() == page.channel,
        })
        .collect();
    html! {
        (back_link(&here, "Autre personne"))
        (form::error_summary(&errors))
        h1 { @match page.person { Some((_, name)) => { "Que demande " (name) "\u{a0}?" }, None => "Qui demande quoi\u{a0}?" } }
        p { (page.school.name) ", " (page.school.city) }
        form method="post" action={ (here) "/demande" } data-guard novalidate {
            @match page.person {
                Some((id, _)) => input type="hidden" name="pour" value=(id);,
                None => (form::text(&Field::new("nom", "Nom et qualité de la personne").hint("Par exemple\u{a0}: Mme Roux, professeure remplaçante").value(page.name).error(wrong("nom")))),
            }
            (form::radios(&Field::new("canal", "Comment la demande vous est-elle parvenue\u{a0}?").error(wrong("canal")), &channels))
            (form::select(&Field::new("demande", "Que demande-t-on\u{a0}?").value(page.kind).error(wrong("demande")), page.kinds))
            div.actions { (form::submit("Continuer")) }
        }
    }
}

/// It is sent: the reference to say, letter by letter, and what happens next.
pub(crate) fn confirmation(request: &Request, caller: Option<&str>, name: &str, school: &School) -> Markup {
    let body = html! {
        p { "À dire à la personne\u{a0}: «\u{a0}Votre demande porte le numéro " strong { (spelt(&request.reference)) } ".\u{a0}»" }
        (beffroi_ui::facts(&[
            ("Demande".to_owned(), html! { (request.title) }),
            ("Pour".to_owned(), html! { (caller.unwrap_or(name)) @if caller.is_some() { ", suivie par " (name) } }),
            ("Établissement".to_owned(), html! { (school.name) ", " (school.city) }),
            ("Canal".to_owned(), html! { (Channel::of(&request.channel).map_or("—", Channel::label)) }),
        ]))
        h2 { "Ce qui se passe maintenant" }
        p { (name) " reçoit un courriel avec le lien de la demande." }
        @if request.state == State::Validation.slug() {
            p { "L’établissement doit d’abord la valider\u{a0}: personne ne le fait à sa place. Les délais courront ensuite." }
        } @else if let Some(due) = request.first_answer_due {
            p { "L’équipe répond avant le " strong { (beffroi_ui::date_time(due)) } "." }
        } @else {
            p { "L’équipe a reçu la demande. Elle est sans engagement de délai." }
        }
        div.actions {
            a.button href="/saisir" { "Saisir une autre demande" }
            @if request.sent_at.is_some() { a href={ "/demandes/" (request.reference) } { "Ouvrir la demande" } }
        }
    };
    beffroi_ui::confirmation(&request.reference, "La demande est enregistrée", body)
}

/// « 2026-00042 » as it is said: « 2026, 00 042 ».
fn spelt(reference: &str) -> String {
    match reference.split_once('-') {
        Some((year, number)) if number.len() == 5 && number.is_ascii() => {
            format!("{year}, {}\u{a0}{}", &number[..2], &number[2..])
        }
        _ => reference.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_said_in_groups() {
        assert_eq!(spelt("2026-00042"), "2026, 00\u{a0}042");
        assert_eq!(spelt("2026-123456"), "2026-123456");
    }
}
