//! `/region/escalades`: who is told when a delay runs out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use maud::Markup;

use super::requests::sentence;
use crate::escalation::{self, Clock, Ladder, Levels, Told};
use crate::views::escalation::{self as view, name};
use crate::views::major::Typed;
use crate::work::WorkError;
use crate::{Desk, ManageLevels, SuperviseRequests};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new().get("/region/escalades", show).post("/region/escalades", set)
}

async fn show(State(desk): State<Desk>, Allowed(_, access): Allowed<SuperviseRequests>) -> Page {
    let levels = escalation::levels(&desk).await?;
    Ok(page(&access, &levels, &Typed::default()))
}

fn page(access: &Access, levels: &Levels, typed: &Typed) -> Markup {
    let body = view::page(levels, access.permit::<ManageLevels>().is_some(), typed);
    let page = ui::Page::new("Escalades", body).with_errors(typed.wrong.is_some());
    shell(Some(access), "/region", page)
}

async fn set(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ManageLevels>,
    fields: Submitted,
) -> Result<Response, WebError> {
    let levels = Levels {
        first_answer: ladder(&fields, Clock::FirstAnswer),
        solution: ladder(&fields, Clock::Solution),
    };
    match escalation::set_levels(&desk, &permit, &levels).await {
        Ok(()) => Ok(see_other("/region/escalades")),
        Err(WorkError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(error) => {
            let wrong = faulty(&levels).map(|field| (field, sentence(&error.to_string())));
            let page = page(&access, &levels, &Typed { fields, wrong });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// The field that is out of bounds.
fn faulty(levels: &Levels) -> Option<&'static str> {
    let bad_share = |ladder: &Ladder| !(escalation::EARLIEST..100).contains(&ladder.share);
    match levels {
        Levels { first_answer, .. } if bad_share(first_answer) => Some("first-answer-share"),
        Levels { first_answer, .. } if !(1..=20).contains(&first_answer.days) => Some("first-answer-days"),
        Levels { solution, .. } if bad_share(solution) => Some("solution-share"),
        _ => Some("solution-days"),
    }
}

/// What the form says of a delay; a number that is none is out of bounds.
fn ladder(fields: &Submitted, clock: Clock) -> Ladder {
    let number = |what: &str| fields.get(&name(clock, what)).and_then(|text| text.parse().ok()).unwrap_or(0);
    let told = |step: &str| {
        let name = name(clock, step);
        let has = |who: &str| fields.all(&name).any(|value| value == who);
        Told { team: has("team"), managers: has("managers") }
    };
    Ladder {
        share: number("share"),
        days: number("days"),
        soon: told("soon"),
        breach: told("breach"),
        after: told("after"),
    }
}
