//! The clocks of a request: they start when the team receives it, stand still while it waits for
//! someone else, and are computed anew from the facts each time.

use beffroi_calendar::{Pause, WorkingCalendar};
use beffroi_sheets::RequestType;
use chrono::{DateTime, Utc};

use crate::model::State;
use crate::store::entities::{pause, request};

/// The team receives the request: its clocks run from `now`, unless it is a goodwill request,
/// which carries no service level (LIRE-03).
pub(crate) fn send(
    request: &mut request::Model,
    kind: &RequestType,
    calendar: &WorkingCalendar,
    now: DateTime<Utc>,
) {
    request.state = State::New.slug().into();
    request.sent_at = Some(now);
    compute(request, kind, calendar, &[]);
}

/// Computes the deadlines from the instant of sending and the pauses since, and measures what was
/// reached. Both count from the sending: a solution that was reopened is measured anew.
pub(crate) fn compute(
    request: &mut request::Model,
    kind: &RequestType,
    calendar: &WorkingCalendar,
    pauses: &[pause::Model],
) {
    let Some(sent_at) = request.sent_at.filter(|_| !request.goodwill) else {
        (request.first_answer_due, request.solution_due, request.next_due) = (None, None, None);
        (request.first_answer_minutes, request.solution_minutes) = (None, None);
        return;
    };
    let pauses: Vec<Pause> =
        pauses.iter().map(|pause| Pause { from: pause.from_at, to: pause.to_at }).collect();
    request.first_answer_due = Some(calendar.deadline(sent_at, kind.first_answer, &pauses));
    request.solution_due = Some(calendar.deadline(sent_at, kind.solution, &pauses));
    let taken = |end: Option<DateTime<Utc>>| end.map(|end| minutes(calendar, sent_at, end, &pauses));
    request.first_answer_minutes = taken(request.first_answered_at);
    request.solution_minutes = taken(request.resolved_at);
    set_next_due(request);
}

/// What people waited for: whole minutes of work between two instants, pauses left out.
fn minutes(calendar: &WorkingCalendar, from: DateTime<Utc>, to: DateTime<Utc>, pauses: &[Pause]) -> i32 {
    i32::try_from(calendar.worked_between(from, to, pauses).num_minutes()).unwrap_or(i32::MAX)
}

/// The deadline that queues sort by: none while the request waits or is over.
pub(crate) fn set_next_due(request: &mut request::Model) {
    let state = State::of(&request.state);
    request.next_due = match state {
        Some(State::New | State::Open) if request.first_answered_at.is_none() => request.first_answer_due,
        Some(State::New | State::Open) => request.solution_due,
        _ => None,
    };
}
