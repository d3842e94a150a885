//! What every list of requests shares: states, the search box, tabs, the table.

use beffroi_ui::{Column, Tone, form, tag};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::lists::{Line, Lines};
use crate::model::{State, WaitingFor};

/// A state as a tag; a waiting one says whom it waits for.
pub(crate) fn state_tag(state: &str, waiting_for: Option<&str>) -> Markup {
    let Some(state) = State::of(state) else {
        return html! {};
    };
    let tone = match state {
        State::New | State::Open => Tone::Calm,
        State::Validation | State::Waiting => Tone::Warn,
        State::Resolved => Tone::Good,
        State::Refused => Tone::Bad,
        State::Closed | State::Merged => Tone::Quiet,
    };
    match waiting_for.and_then(WaitingFor::of).filter(|_| state == State::Waiting) {
        Some(whom) => tag(tone, &format!("En attente\u{a0}: {}", whom.label())),
        None => tag(tone, state.label()),
    }
}

/// The deadline of a line as time left; a late one says so with a word.
pub(crate) fn due(line: &Line, now: DateTime<Utc>) -> Markup {
    html! {
        @match line.next_due {
            Some(due) if due < now => { (tag(Tone::Bad, "En retard")) " " (time_left(due, now)) },
            Some(due) => (time_left(due, now)),
            None if line.goodwill => span.quiet { "Sans engagement" },
            None if line.state == State::Waiting.slug() => span.quiet { "Suspendue" },
            None => span.quiet { "—" },
        }
    }
}

fn time_left(due: DateTime<Utc>, now: DateTime<Utc>) -> Markup {
    html! { time datetime=(due.to_rfc3339()) title=(beffroi_ui::date_time(due)) { (beffroi_ui::time_left(due - now)) } }
}

/// The table of a list: agents see who has each request, others see when it was sent.
pub(crate) fn table(caption: &str, lines: &[Line], for_agents: bool, now: DateTime<Utc>) -> Markup {
    let last = if for_agents { "Prise en charge par" } else { "Déposée" };
    let columns = ["Demande", "Établissement", "État", "Échéance", "Équipe", last].map(Column::text);
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let last = match (for_agents, &line.assignee) {
                (true, Some(name)) => html! { (name) },
                (true, None) => html! { span.quiet { "Personne" } },
                (false, _) => beffroi_ui::ago(line.submitted_at, now),
            };
            let school = html! { (line.school) ", " (line.city) };
            vec![
                request(line),
                school,
                state_tag(&line.state, line.waiting_for.as_deref()),
                html! { (due(line, now)) @if for_agents { (super::escalation::mark(line)) } },
                html! { (line.team) },
                last,
            ]
        })
        .collect();
    beffroi_ui::table(caption, &columns, &rows)
}

fn request(line: &Line) -> Markup {
    html! {
        @if line.urgent { (tag(Tone::Bad, "Urgent")) " " }
        a href={ "/demandes/" (line.reference) } { (line.title) }
        br;
        (beffroi_ui::reference(&line.reference))
        @if !line.summary.is_empty() { span.quiet { " — " (line.summary) } }
    }
}

/// The search box of a list; `kept` are the other choices to carry along.
pub(crate) fn search(action: &str, words: &str, kept: &[(&str, &str)], more: &Markup) -> Markup {
    let field = form::Field::new("q", "Chercher").hint("Référence, sujet ou nom du demandeur").value(words);
    html! {
        form.inline-form method="get" action=(action) role="search" {
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            div { (form::input(&field, "search")) }
            (more)
            div.field { button type="submit" { "Chercher" } }
        }
    }
}

/// The links to the beginning and to the rest of a list at `path`, whose other choices are `kept`.
pub(crate) fn pages(path: &str, kept: &[(&str, &str)], after: Option<&str>, list: &Lines) -> Markup {
    let first = after.map(|_| address(path, kept));
    let next = list.next.as_deref().map(|next| address(path, &[kept, &[("apres", next)]].concat()));
    beffroi_ui::pages(first.as_deref(), next.as_deref())
}

/// A path with its query; choices left empty are left out.
pub(crate) fn address(path: &str, choices: &[(&str, &str)]) -> String {
    let chosen = choices.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = chosen.map(|(name, value)| format!("{name}={}", percent(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Text as addresses and headers carry it: UTF-8, percent-encoded (RFC 3986).
pub(crate) fn percent(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_in_addresses() {
        assert_eq!(
            address("/file/moi", &[("q", "clé & réseau"), ("apres", "")]),
            "/file/moi?q=cl%C3%A9%20%26%20r%C3%A9seau"
        );
        assert_eq!(address("/file/moi", &[("q", "")]), "/file/moi");
    }

    #[test]
    fn a_waiting_request_says_whom_it_waits_for() {
        let html = state_tag("waiting", Some("school")).into_string();
        assert!(html.contains("En attente\u{a0}: l’établissement"), "{html}");
    }
}
