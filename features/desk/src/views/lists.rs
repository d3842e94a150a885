//! What every list of requests shares: states, the search box, tabs, the table.

use beffroi_calendar::WorkingCalendar;
use beffroi_ui::{Column, Pace, Tone, form, tag};
use chrono::{DateTime, TimeDelta, Utc};
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
    deadline(line.next_due, line.goodwill, &line.state, now)
}

/// Deadlines nearer than this are shown as about to be missed.
const SOON: TimeDelta = TimeDelta::hours(24);
/// Beyond this, days are enough to plan with.
const IN_HOURS: TimeDelta = TimeDelta::days(4);

/// A deadline as time left: in office hours when it is near, with a shape when it presses or is past.
pub(crate) fn deadline(
    next_due: Option<DateTime<Utc>>,
    goodwill: bool,
    state: &str,
    now: DateTime<Utc>,
) -> Markup {
    let Some(due) = next_due else {
        let why = match goodwill {
            true => "Sans engagement",
            false if state == State::Waiting.slug() => "Suspendue",
            false => "—",
        };
        return html! { span.quiet { (why) } };
    };
    let left = due - now;
    let words = first_upper(&words_left(due, now));
    html! {
        time datetime=(due.to_rfc3339()) title=(beffroi_ui::date_time(due)) {
            @if left < TimeDelta::zero() { (tag(Tone::Bad, &words)) }
            @else if left < SOON { (tag(Tone::Warn, &words)) }
            @else { (words) }
        }
    }
}

fn words_left(due: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = due - now;
    if left > TimeDelta::zero() && left < IN_HOURS {
        // Public holidays count, closures of the school do not: a list of fifty asks no calendar.
        let calendar = WorkingCalendar::default();
        let worked = calendar.working_time_between(now, due);
        if worked >= TimeDelta::minutes(1) {
            let day: i64 =
                calendar.hours.spans().iter().map(|span| (span.to - span.from).num_minutes()).sum();
            let hours = u8::try_from(day / 60).unwrap_or(8);
            return beffroi_ui::time_left_in(worked, Pace::Office(hours));
        }
    }
    beffroi_ui::time_left(left)
}

fn first_upper(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The table of a school's requests.
pub(crate) fn table(caption: &str, lines: &[Line], now: DateTime<Utc>) -> Markup {
    let columns = ["Demande", "Établissement", "État", "Échéance", "Équipe", "Déposée"].map(Column::text);
    let rows: Vec<Vec<Markup>> = lines
        .iter()
        .map(|line| {
            let school = html! { (line.school) ", " (line.city) };
            vec![
                request(line),
                school,
                state_tag(&line.state, line.waiting_for.as_deref()),
                due(line, now),
                html! { (line.team) },
                beffroi_ui::ago(line.submitted_at, now),
            ]
        })
        .collect();
    beffroi_ui::table(caption, &columns, &rows)
}

fn request(line: &Line) -> Markup {
    html! {
        @if line.urgent { (tag(Tone::Bad, "Urgent")) " " }
        a id={ "d-" (line.reference) } href={ "/demandes/" (line.reference) } { (line.title) }
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
    fn a_deadline_says_once_that_it_is_missed() {
        let now: DateTime<Utc> = "2026-10-05T08:00:00Z".parse().unwrap();
        let said = |hours| deadline(Some(now + TimeDelta::hours(hours)), false, "open", now).into_string();
        assert_eq!(said(-3).to_lowercase().matches("en retard").count(), 1, "{}", said(-3));
        assert!(said(3).contains("tag warn") && said(3).contains("ouvrées"), "{}", said(3));
        assert!(said(240).contains(">Il reste 10\u{a0}jours<"), "{}", said(240));
    }

    #[test]
    fn a_waiting_request_says_whom_it_waits_for() {
        let html = state_tag("waiting", Some("school")).into_string();
        assert!(html.contains("En attente\u{a0}: l’établissement"), "{html}");
    }
}
