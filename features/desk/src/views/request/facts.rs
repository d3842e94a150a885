//! Beside the conversation: who, where, why this team, the delays, the answers, the files, the
//! approvals, the work, the visits, the links and what the request made true.

use beffroi_kernel::Role;
use beffroi_ui::{Pace, Tone, tag};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Paris;
use maud::{Markup, html};

use super::{RequestPage, channel, outcome};
use crate::acts::CLOSING;
use crate::approvals::{authority, deciders};
use crate::model::{ApprovalState, State};
use crate::reading::{Appointment, Approval, Effect, Folder, Task};

pub(super) fn facts(page: &RequestPage) -> Markup {
    let folder = page.folder;
    html! {
        h2 { "Suivi" }
        (known(folder))
        h2 { "Réponses" }
        (answers(folder))
        @if !folder.files.is_empty() { h2 { "Fichiers" } (files(folder)) }
        @if !folder.approvals.is_empty() { h2 { "Validations" } (approvals(page)) }
        @if !folder.tasks.is_empty() { h2 { "Tâches" } (tasks(page)) }
        @if !folder.appointments.is_empty() { h2 { "Rendez-vous" } (appointments(folder)) }
        @if !folder.links.is_empty() { h2 { "Demandes liées" } (links(folder)) }
        @if !folder.effects.is_empty() { h2 { "Effets" } (effects(folder)) }
        p { a href={ "/demandes/" (folder.request.reference) "/recepisse" } { "Récépissé à imprimer" } }
        (super::super::recurring::links(page))
    }
}

pub(super) fn known(folder: &Folder) -> Markup {
    let Folder { request, school, team, .. } = folder;
    let role = request.requester_role.parse::<Role>().map_or("", Role::label);
    let sheet = format!("/catalogue/{}/versions/{}", request.sheet_slug, folder.sheet_version);
    let mut known = vec![
        ("Établissement", html! { (school.name) ", " (school.city) }),
        ("Demandeur", html! { (folder.name(Some(request.requester_id))) " (" (role) ")" }),
        ("Déposée", beffroi_ui::moment_text(request.submitted_at)),
        (
            "Équipe",
            html! { div { strong { (team.name) } p.quiet { "Pourquoi cette équipe : " (beffroi_ui::typo(&request.routing_reason)) } } },
        ),
        (
            "Prise en charge",
            html! { @match request.assignee_id { Some(id) => (folder.name(Some(id))), None => "Personne pour l’instant" } },
        ),
    ];
    if request.goodwill {
        known.push(("Délais", html! { "Sans engagement de délai" }));
    } else if request.sent_at.is_some() {
        known.push(("Première réponse", delay(folder, request.first_answer_due, request.first_answered_at)));
        known.push(("Solution", delay(folder, request.solution_due, request.resolved_at)));
    }
    if request.outcome.is_some() {
        known.push(("Issue", html! { (outcome(folder)) }));
    }
    if let Some(rating) = request.satisfaction {
        known.push(("Avis", html! { (match rating { 3 => "Convient tout à fait", 2 => "Convient en partie", _ => "Ne convient pas" }) }));
    }
    known.push((
        "Fiche",
        html! { a href=(sheet) { (folder.sheet_title) ", version " (folder.sheet_version) } },
    ));
    known.push(("Canal", html! { (channel(folder)) }));
    let known: Vec<(String, Markup)> =
        known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    beffroi_ui::facts(&known)
}

fn delay(folder: &Folder, due: Option<DateTime<Utc>>, done: Option<DateTime<Utc>>) -> Markup {
    html! {
        @match (due, done) {
            (Some(due), Some(done)) if done > due => div { (beffroi_ui::moment_text(done)) " " (tag(Tone::Bad, "Hors délai")) },
            (_, Some(done)) => div { (beffroi_ui::moment_text(done)) " " (tag(Tone::Good, "Dans le délai")) },
            (Some(_), None) if folder.state == State::Waiting => "Délai suspendu",
            (Some(due), None) if folder.state.is_active() => div { (beffroi_ui::deadline(due, due - folder.now, Pace::Calendar)) },
            _ => "—",
        }
    }
}

pub(super) fn answers(folder: &Folder) -> Markup {
    let shown = folder.answers.iter().map(|(label, lines)| {
        let value = html! { div { @for line in lines { (line) br; } } };
        (label.clone(), value)
    });
    beffroi_ui::facts(&shown.collect::<Vec<_>>())
}

pub(super) fn files(folder: &Folder) -> Markup {
    html! {
        ul {
            @for file in &folder.files {
                li { (crate::views::quarantine::file(file, folder.as_agent)) }
            }
        }
    }
}

pub(super) fn approvals(page: &RequestPage) -> Markup {
    html! { ul { @for step in &page.folder.approvals { li { (approval(page, step)) } } } }
}

fn approval(page: &RequestPage, step: &Approval) -> Markup {
    let state = ApprovalState::of(&step.state).unwrap_or(ApprovalState::Later);
    let tone = match state {
        ApprovalState::Later => Tone::Quiet,
        ApprovalState::Pending => Tone::Warn,
        ApprovalState::Granted => Tone::Good,
        ApprovalState::Refused => Tone::Bad,
    };
    html! {
        (step.title) " " (tag(tone, state.label()))
        @match step.decided_at {
            Some(at) => p.quiet {
                (page.folder.name(step.decided_by))
                @if let Some(authority) = &step.authority { " (" (authority) ")" }
                ", le " (beffroi_ui::date_time(at))
            },
            None => p.quiet { "Décide : " (deciders(step)) },
        }
        @if let Some(reason) = &step.reason { p { "Motif : " (reason) } }
        @if state == ApprovalState::Pending && authority(page.access, step).is_some() {
            p { a href={ "/validations/" (step.id) } { "Décider" span.visually-hidden { " : " (step.title) } } }
        }
    }
}

pub(super) fn tasks(page: &RequestPage) -> Markup {
    let works =
        page.folder.as_agent && (page.folder.state.is_active() || page.folder.state == State::Resolved);
    html! {
        @for task in &page.folder.tasks {
            div.panel id={ "tache-" (task.id) } {
                p {
                    strong { (task.title) } " "
                    @if task.done_at.is_some() { (tag(Tone::Good, "Faite")) } @else { (tag(Tone::Calm, "À faire")) }
                }
                @if let (Some(at), Some(by)) = (task.done_at, task.done_by) { p.quiet { (page.folder.name(Some(by))) ", " (beffroi_ui::ago(at, page.folder.now)) } }
                (checklist(page, task, works))
            }
        }
    }
}

fn checklist(page: &RequestPage, task: &Task, works: bool) -> Markup {
    let lines: Vec<(String, bool)> = serde_json::from_str(&task.checklist).unwrap_or_default();
    let action = page.action(&format!("taches/{}", task.id));
    html! {
        @if !lines.is_empty() {
            ul.checklist {
                @for ((label, done), number) in lines.iter().zip(0_usize..) {
                    li {
                        (tag(if *done { Tone::Good } else { Tone::Quiet }, if *done { "Fait" } else { "À faire" })) " " (label) " "
                        @if works { (tick(&action, label, *done, Some(number))) }
                    }
                }
            }
        } @else if works {
            (tick(&action, &task.title, task.done_at.is_some(), None))
        }
    }
}

fn tick(action: &str, label: &str, done: bool, line: Option<usize>) -> Markup {
    html! {
        form method="post" action=(action) {
            @if let Some(line) = line { input type="hidden" name="line" value=(line); }
            button.plain type="submit" {
                @if done { "Remettre à faire" } @else { "Marquer comme fait" }
                span.visually-hidden { " : " (label) }
            }
        }
    }
}

pub(super) fn appointments(folder: &Folder) -> Markup {
    html! { @if !folder.appointments.is_empty() { ul { @for one in &folder.appointments { li { (appointment(one)) } } } } }
}

pub(super) fn effects(folder: &Folder) -> Markup {
    html! { ul { @for one in &folder.effects { li { (effect(one, still_to_close(folder))) } } } }
}

fn appointment(one: &Appointment) -> Markup {
    let end = one.ends_at.with_timezone(&Paris).format("%H\u{a0}h\u{a0}%M");
    html! { (beffroi_ui::moment_text(one.starts_at)) ", jusqu’à " (end) @if !one.place.is_empty() { ", " (one.place) } }
}

pub(super) fn links(folder: &Folder) -> Markup {
    if folder.links.is_empty() {
        return html! {};
    }
    html! {
        ul {
            @for (kind, reference, title) in &folder.links {
                li {
                    a href={ "/demandes/" (reference) } { (title) } " " (beffroi_ui::reference(reference))
                    @if kind == "merged" { " " (tag(Tone::Quiet, "Fusion")) }
                }
            }
        }
    }
}

/// Whether the team has not closed yet by hand what an act gave.
fn still_to_close(folder: &Folder) -> bool {
    folder.tasks.iter().any(|task| task.done_at.is_none() && task.title.starts_with(CLOSING))
}

fn effect(one: &Effect, to_close: bool) -> Markup {
    let (tone, words) = match one.state.as_str() {
        "applied" => (Tone::Good, "En vigueur"),
        "to-undo" => (Tone::Warn, "À retirer"),
        "to-review" => (Tone::Warn, "À réviser"),
        _ if to_close => (Tone::Warn, "À fermer par l’équipe"),
        _ => (Tone::Quiet, "Retiré"),
    };
    html! {
        (one.text) " " (tag(tone, words))
        p.quiet { "Depuis le " (beffroi_ui::date(one.applied_at)) @if let Some(until) = one.until { ", jusqu’au " (beffroi_ui::date(until)) } }
    }
}
