//! Requests that have already lived: what a generator of past requests writes at once, decided by
//! the same rules as the living ones. (CSU-01, CSU-06, CSU-08)

use beffroi_calendar::WorkingCalendar;
use beffroi_sheets::{Answers, EffectDeclaration, RequestType};
use chrono::{DateTime, Utc};

pub use crate::store::entities::{approval, effect, link, message, pause, request, task};

use crate::{clock, effects, store, submit};

/// The line that says in lists what the answers are about, at most 160 characters.
#[must_use]
pub fn summary(kind: &RequestType, answers: &Answers) -> String {
    submit::summary(kind, answers)
}

/// The exact text that an approval signs, for a request presented by `name`.
#[must_use]
pub fn signed_text(text: &str, kind: &RequestType, answers: &Answers, name: &str) -> String {
    submit::signed_text(text, kind, answers, name)
}

/// Sets the three deadlines of a request from its sending and its pauses, as the desk does.
pub fn set_deadlines(
    request: &mut request::Model,
    kind: &RequestType,
    calendar: &WorkingCalendar,
    pauses: &[pause::Model],
) {
    clock::compute(request, kind, calendar, pauses);
}

/// Sets the deadline that queues sort by, from the two others and the state.
pub fn set_next_due(request: &mut request::Model) {
    clock::set_next_due(request);
}

/// Sets the columns that queues are indexed by: `active` and `pressing`.
#[must_use]
pub fn ranked(request: request::Model) -> request::Model {
    store::requests::ranked(request)
}

/// The last instant of an effect applied at `now`; none when it has no term.
#[must_use]
pub fn effect_term(
    declared: &EffectDeclaration,
    answers: &Answers,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    effects::term_of(declared, answers, now)
}
