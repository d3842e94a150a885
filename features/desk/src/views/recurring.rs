//! Requests that come back: the list, and the rhythm of a new one.

use beffroi_ui::{Column, Tone, form, tag};
use maud::{Markup, html};

use super::major::Typed;
use super::request::RequestPage;
use crate::PlanRequests;
use crate::recurring::{Recurrence, Unit};

/// On the page of a request, for those who may plan it again.
pub(crate) fn links(page: &RequestPage) -> Markup {
    let may = page
        .access
        .permit::<PlanRequests>()
        .is_some_and(|permit| permit.scope().schools().contains(&page.folder.school.id));
    html! {
        @if may {
            p { a href={ "/recurrences/nouvelle?demande=" (page.folder.request.reference) } { "Refaire cette demande régulièrement" } }
            p { a href="/recurrences" { "Demandes récurrentes" } }
        }
    }
}

fn rhythm(one: &Recurrence) -> String {
    match (Unit::of(&one.unit), one.every) {
        (Some(Unit::BackToSchool), _) => "À chaque rentrée".into(),
        (Some(Unit::Week), 1) => "Chaque semaine".into(),
        (Some(Unit::Month), 1) => "Chaque mois".into(),
        (Some(Unit::Year), 1) => "Chaque année".into(),
        (Some(Unit::Week), every) => format!("Toutes les {every}\u{a0}semaines"),
        (Some(Unit::Month), every) => format!("Tous les {every}\u{a0}mois"),
        (_, every) => format!("Tous les {every}\u{a0}ans"),
    }
}

fn standing(one: &Recurrence) -> Markup {
    html! {
        @match one.state.as_str() {
            "on" => (tag(Tone::Good, "Active")),
            "paused" => (tag(Tone::Warn, "En pause")),
            "stopped" => { (tag(Tone::Bad, "Arrêtée")) p.quiet { (one.note) } },
            _ => (tag(Tone::Quiet, "Terminée")),
        }
    }
}

fn gestures(one: &Recurrence) -> Markup {
    let gesture = |verb: &str, words: &str| {
        html! {
            form method="post" action={ "/recurrences/" (one.id) "/" (verb) } {
                button.plain type="submit" { (words) span.visually-hidden { "\u{a0}: " (one.title) } }
            }
        }
    };
    html! {
        @match one.state.as_str() {
            "on" => { (gesture("pause", "Mettre en pause")) (gesture("fin", "Terminer")) },
            "paused" => { (gesture("reprise", "Reprendre")) (gesture("fin", "Terminer")) },
            _ => span.quiet { "—" },
        }
    }
}

pub(crate) fn list(recurrences: &[Recurrence]) -> Markup {
    let columns = ["Demande", "Rythme", "Prochaine fois", "État", "Actions"].map(Column::text);
    let rows: Vec<Vec<Markup>> = recurrences
        .iter()
        .map(|one| {
            let next = html! {
                @if one.state == "on" { (beffroi_ui::day(one.next_day)) p.quiet { "ou le jour ouvré suivant" } } @else { span.quiet { "—" } }
                @if let Some(until) = one.until_day { p.quiet { "jusqu’au " (beffroi_ui::day(until)) } }
            };
            let title = html! {
                (one.title)
                @if let Some(last) = &one.last_reference { br; a href={ "/demandes/" (last) } { "La dernière" } " " (beffroi_ui::reference(last)) }
            };
            vec![title, html! { (rhythm(one)) }, next, standing(one), gestures(one)]
        })
        .collect();
    html! {
        h1 { "Demandes récurrentes" }
        p.lead { "Des demandes qui reviennent\u{a0}: Beffroi les fait à votre place, au jour dit." }
        @if recurrences.is_empty() {
            (beffroi_ui::empty(html! { p { "Aucune pour l’instant. Ouvrez une demande déjà envoyée, puis «\u{a0}Refaire cette demande régulièrement\u{a0}»." } p { a href="/demandes" { "Ouvrir les demandes" } } }))
        } @else {
            (beffroi_ui::table("Demandes récurrentes", &columns, &rows))
        }
    }
}

pub(crate) fn plan(model: &(String, String), typed: &Typed) -> Markup {
    let chosen = typed.fields.get("unit").unwrap_or(Unit::BackToSchool.slug());
    let choices: Vec<form::Choice> = [Unit::BackToSchool, Unit::Week, Unit::Month, Unit::Year]
        .iter()
        .map(|unit| {
            let label = match unit {
                Unit::BackToSchool => "À chaque rentrée, le 1er septembre",
                Unit::Week => "En semaines",
                Unit::Month => "En mois",
                Unit::Year => "En années",
            };
            form::Choice { value: unit.slug(), label, hint: "", chosen: unit.slug() == chosen }
        })
        .collect();
    html! {
        (beffroi_ui::back_link(&format!("/demandes/{}", model.0), "Retour à la demande"))
        (typed.summary())
        h1 { "Refaire cette demande régulièrement" }
        p.lead { "«\u{a0}" (model.1) "\u{a0}» " (beffroi_ui::reference(&model.0)) }
        p { "Chaque fois, une nouvelle demande part en votre nom avec les mêmes réponses, sans les fichiers, et suit la voie normale\u{a0}: validations, équipe, délais. Si le jour n’est pas ouvré, elle part le suivant." }
        form method="post" action="/recurrences" data-guard {
            input type="hidden" name="request" value=(model.0);
            (form::radios(&typed.field("unit", "À quel rythme\u{a0}?"), &choices))
            (form::input(&typed.field("every", "Toutes les combien\u{a0}?").hint("Par exemple 2 pour toutes les deux semaines\u{a0}; laissez vide pour 1"), "number"))
            (form::input(&typed.field("first", "À partir du").hint("À chaque rentrée\u{a0}: la première après cette date"), "date"))
            (form::input(&typed.field("until", "Jusqu’au").hint("Laissez vide pour continuer sans fin"), "date"))
            div.actions { (form::submit("Planifier")) }
        }
    }
}
