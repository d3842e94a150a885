//! What each member of a team has in hand: on the page of a request, and drawn for who shares it out.

use beffroi_directory::Team;
use beffroi_ui::{Bar, Column, Tone, form, tag};
use maud::{Markup, html};

use super::major::Typed;
use super::request::RequestPage;
use super::team;
use crate::load::{Member, lightest as choose};

/// « Claire Lens (4 en cours) », as an option of the list of colleagues.
pub(crate) fn colleague(member: &Member) -> (String, String) {
    let away = if member.absent { ", absent aujourd’hui" } else { "" };
    (member.person.to_string(), format!("{} ({}\u{a0}en cours{away})", member.name, member.open))
}

/// Who is on duty, in a line.
pub(crate) fn on_duty(members: &[Member]) -> Markup {
    html! { @for one in members.iter().filter(|member| member.on_duty) { p.quiet { "De permanence aujourd’hui\u{a0}: " (one.name) } } }
}

/// One click gives the request to the least loaded member.
pub(crate) fn lightest(page: &RequestPage) -> Markup {
    let chosen = choose(page.members).filter(|one| page.folder.request.assignee_id != Some(one.person));
    html! {
        @if let Some(one) = chosen {
            form.panel method="post" action=(page.action("affecter")) {
                input type="hidden" name="assignee" value=(one.person);
                p { "La moins chargée des personnes présentes\u{a0}: " strong { (one.name) } " (" (one.open) "\u{a0}en cours)." }
                div.actions { button.secondary type="submit" { "Confier à la personne la moins chargée" } }
            }
        }
    }
}

/// What the page of a team's load shows.
pub(crate) struct LoadPage<'a> {
    pub(crate) team: &'a Team,
    pub(crate) teams: &'a [Team],
    pub(crate) members: &'a [Member],
    pub(crate) automatic: bool,
    pub(crate) typed: &'a Typed,
}

pub(crate) fn page(page: &LoadPage) -> Markup {
    let bars: Vec<Bar> = page
        .members
        .iter()
        .map(|one| Bar { label: one.name.clone(), value: u32::try_from(one.weight()).unwrap_or(0) })
        .collect();
    html! {
        (page.typed.summary())
        h1 { "Charge de l’équipe" }
        (team::tabs("/equipe/charge", &page.team.slug, true))
        (team::chooser("/equipe/charge", page.teams, page.team))
        p.lead {
            (page.team.name) ". "
            @match choose(page.members) {
                Some(one) => { "La moins chargée des personnes présentes\u{a0}: " strong { (one.name) } "." },
                None => "Personne n’est présent aujourd’hui.",
            }
        }
        @if page.members.is_empty() {
            (beffroi_ui::empty(html! { p { "Les membres de l’équipe et ce qu’ils ont en cours apparaîtront ici." } }))
        } @else {
            p { "Une demande compte pour un, une demande en retard pour deux, une demande urgente pour trois." }
            (beffroi_ui::bar_chart("Charge de chacun", "Charge", &bars))
            (table(page.members))
            (rebalance(page))
        }
        (automatic(page))
    }
}

fn table(members: &[Member]) -> Markup {
    let columns = [
        Column::text("Personne"),
        Column::number("En cours"),
        Column::number("Urgentes"),
        Column::number("En retard"),
        Column::number("Charge"),
        Column::text("Aujourd’hui"),
    ];
    let rows: Vec<Vec<Markup>> = members
        .iter()
        .map(|one| {
            let today = html! {
                @if one.absent { (tag(Tone::Quiet, "Absent")) } @else { "Présent" }
                @if one.on_duty { " " (tag(Tone::Calm, "De permanence")) }
            };
            let number = |count: i64| html! { (count) };
            let mut cells = vec![html! { (one.name) }];
            cells.extend([one.open, one.urgent, one.late, one.weight()].map(number));
            cells.push(today);
            cells
        })
        .collect();
    beffroi_ui::table("En cours, par personne", &columns, &rows)
}

fn rebalance(page: &LoadPage) -> Markup {
    let mut people = vec![(String::new(), "Choisissez une personne".to_owned())];
    people.extend(page.members.iter().map(colleague));
    html! {
        section aria-labelledby="rééquilibrer" {
            h2 id="rééquilibrer" { "Rééquilibrer" }
            p { "Les demandes les moins pressées passent de l’une à l’autre\u{a0}; celles en attente restent à leur place." }
            form.panel method="post" action="/equipe/charge/repartir" data-guard {
                input type="hidden" name="team" value=(page.team.slug);
                (form::select(&page.typed.field("from", "De"), &people))
                (form::select(&page.typed.field("to", "À"), &people))
                (form::input(&page.typed.field("count", "Nombre de demandes").hint("De 1 à 20"), "number"))
                div.actions { (form::submit("Transférer")) }
            }
        }
    }
}

fn automatic(page: &LoadPage) -> Markup {
    let (words, verb, next) = if page.automatic {
        ("Les demandes qui arrivent sont confiées aussitôt à la personne la moins chargée.", "Arrêter", "off")
    } else {
        ("Les demandes qui arrivent attendent que quelqu’un les prenne.", "Confier automatiquement", "on")
    };
    html! {
        section aria-labelledby="automatique" {
            h2 id="automatique" { "À l’arrivée d’une demande" }
            p { (words) }
            (form::button_form("/equipe/charge/automatique", verb, "secondary", &[("team", &page.team.slug), ("automatic", next)]))
        }
    }
}
