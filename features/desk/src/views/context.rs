//! What surrounds a request, as a page and as the part of one.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::lists::state_tag;
use crate::context::Context;
use crate::reading::Request;

/// Lines shown before the rest is folded.
const SHOWN: usize = 5;

/// The three lists; `level` is the heading's: 2 on a page of its own, 3 inside the request's.
pub(crate) fn context(context: &Context, level: u8, now: DateTime<Utc>) -> Markup {
    let lists = [
        (
            "Du même demandeur",
            &context.requester,
            "Ce demandeur n’a pas d’autre demande dans votre périmètre.",
        ),
        (
            "Du même établissement",
            &context.school,
            "Cet établissement n’a pas d’autre demande dans votre périmètre.",
        ),
        ("Semblables et résolues", &context.similar, "Aucune demande semblable n’a encore été résolue."),
    ];
    html! {
        @if !context.articles.is_empty() {
            @if level == 2 { h2 { "Articles utiles" } } @else { h3 { "Articles utiles" } }
            ul.around { @for one in &context.articles { li { a href={ "/aide/" (one.slug) } { (one.content.title) } } } }
        }
        @for (title, requests, nothing) in lists {
            @if level == 2 { h2 { (title) } } @else { h3 { (title) } }
            @if requests.is_empty() { p.quiet { (nothing) } } @else { (list(requests, now)) }
        }
    }
}

fn list(requests: &[Request], now: DateTime<Utc>) -> Markup {
    let (first, rest) = requests.split_at(requests.len().min(SHOWN));
    html! {
        ul.around { @for one in first { li { (line(one, now)) } } }
        @if !rest.is_empty() {
            details { summary { "Les précédentes" } ul.around { @for one in rest { li { (line(one, now)) } } } }
        }
    }
}

fn line(request: &Request, now: DateTime<Utc>) -> Markup {
    html! {
        a href={ "/demandes/" (request.reference) } { (request.title) } " " (beffroi_ui::reference(&request.reference))
        br;
        (state_tag(&request.state, request.waiting_for.as_deref())) " "
        span.quiet {
            (beffroi_ui::ago(request.submitted_at, now))
            @if !request.summary.is_empty() { " — " (start(&request.summary, 90)) }
        }
        @if let Some(note) = request.outcome_note.as_deref().filter(|note| !note.is_empty()) {
            p.quiet { "Solution\u{a0}: " (start(note, 140)) }
        }
    }
}

/// The beginning of a text, cut between words.
fn start(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let cut: String = text.chars().take(length).collect();
    let end = cut.rfind(' ').unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// The page of its own, for those without JavaScript.
pub(crate) fn page(around: &Context, now: DateTime<Utc>) -> Markup {
    let request = &around.request;
    html! {
        (beffroi_ui::back_link(&format!("/demandes/{}", request.reference), &format!("Demande {}", request.reference)))
        h1 { "Autour de la demande " (beffroi_ui::reference(&request.reference)) }
        p.lead { (request.title) }
        (context(around, 2, now))
    }
}
