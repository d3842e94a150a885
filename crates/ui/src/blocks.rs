//! Blocks of a page: notices, tags, lists of choices, timelines.

use maud::{Markup, html};

/// The tone of a tag or a notice; the words say it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Information.
    Calm,
    /// Done, granted.
    Good,
    /// Waits, soon late.
    Warn,
    /// Late, refused.
    Bad,
    /// Over.
    Quiet,
}

impl Tone {
    /// Its class in our style.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Quiet => "quiet",
        }
    }
}

/// A state: a shape and a word, then a colour.
#[must_use]
pub fn tag(tone: Tone, words: &str) -> Markup {
    html! { span class={ "tag " (tone.class()) } { (crate::shape(tone)) " " (words) } }
}

/// Something to know before going on.
#[must_use]
pub fn notice(tone: Tone, label: &str, body: Markup) -> Markup {
    html! { div class={ "notice " (tone.class()) } { span.label { (crate::shape(tone)) (label) } (body) } }
}

/// A reference.
#[must_use]
pub fn reference(reference: &str) -> Markup {
    html! { span.reference { (reference) } }
}

/// The panel that says a thing is done. It holds the page's `h1`.
#[must_use]
pub fn confirmation(reference: &str, title: &str, body: Markup) -> Markup {
    html! {
        div.confirmation role="status" {
            h1 { (title) }
            p { "Référence " span.reference { (reference) } }
        }
        (body)
    }
}

/// A list of links, each with a line that says what it is for.
#[must_use]
pub fn choices(items: &[(String, String, String)]) -> Markup {
    html! {
        ul.choices {
            @for (href, title, text) in items {
                li { a href=(href) { (title) } @if !text.is_empty() { p { (text) } } }
            }
        }
    }
}

/// What will appear here, and how to begin.
#[must_use]
pub fn empty(body: Markup) -> Markup {
    html! { div.empty { (body) } }
}

/// The way back.
#[must_use]
pub fn back_link(href: &str, words: &str) -> Markup {
    html! { a.back href=(href) { "← " (words) } }
}

/// Where the page stands.
#[must_use]
pub fn breadcrumbs(items: &[(&str, &str)]) -> Markup {
    html! {
        nav.crumbs aria-label="Fil d’Ariane" {
            ol { @for (href, label) in items { li { a href=(href) { (label) } } } }
        }
    }
}

/// Tabs as links.
#[must_use]
pub fn tabs(label: &str, items: &[(String, String, bool)]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            ul {
                @for (href, words, current) in items {
                    li { a href=(href) aria-current=[current.then_some("page")] { (words) } }
                }
            }
        }
    }
}

/// More, for those who want it.
#[must_use]
pub fn details(summary: &str, body: Markup) -> Markup {
    html! { details { summary { (summary) } div { (body) } } }
}

/// One event of a timeline.
#[derive(Debug)]
pub struct Moment {
    /// `public`, `internal` or `system`.
    pub kind: &'static str,
    /// Who, when, and for whom it is.
    pub meta: Markup,
    /// What was said.
    pub body: Markup,
}

/// What was said and done, in order.
#[must_use]
pub fn timeline(moments: &[Moment]) -> Markup {
    html! {
        ol.timeline {
            @for moment in moments {
                li class=(moment.kind) {
                    p.meta { (moment.meta) }
                    div.body { (moment.body) }
                }
            }
        }
    }
}

/// What happens next, in order; done steps are said to be done.
#[must_use]
pub fn next_steps(steps: &[String]) -> Markup {
    html! { ol.steps { @for step in steps { li { (step) } } } }
}
