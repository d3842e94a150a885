//! The clocks of a request: they start when the team receives it, stand still while it waits for
//! someone else, and are computed anew from the facts each time.

use beffroi_calendar::{Pause, WorkingCalendar};
use beffroi_db::DbError;
use beffroi_sheets::RequestType;
use chrono::{DateTime, Utc};

use crate::Desk;
use crate::model::State;
use crate::store::entities::{pause, request};

/// The team receives the request: its clocks run from `now`, unless it is a goodwill request,
/// which carries no service level (LIRE-03). Gives the calendar they run by.
pub(crate) async fn send(
    desk: &Desk,
    request: &mut request::Model,
    kind: &RequestType,
    now: DateTime<Utc>,
) -> Result<WorkingCalendar, DbError> {
    request.state = State::New.slug().into();
    request.sent_at = Some(now);
    let calendar = beffroi_directory::calendar(&desk.site.db, request.school_id).await?;
    compute(request, kind, &calendar, &[]);
    Ok(calendar)
}

/// Computes the deadlines from the instant of sending and the pauses since.
pub(crate) fn compute(
    request: &mut request::Model,
    kind: &RequestType,
    calendar: &WorkingCalendar,
    pauses: &[pause::Model],
) {
    let Some(sent_at) = request.sent_at.filter(|_| !request.goodwill) else {
        (request.first_answer_due, request.solution_due, request.next_due) = (None, None, None);
        return;
    };
    let pauses: Vec<Pause> =
        pauses.iter().map(|pause| Pause { from: pause.from_at, to: pause.to_at }).collect();
    request.first_answer_due = Some(calendar.deadline(sent_at, kind.first_answer, &pauses));
    request.solution_due = Some(calendar.deadline(sent_at, kind.solution, &pauses));
    set_next_due(request);
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
