//! `/equipe/charge`: what each member has in hand, moving it, giving out what arrives.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use beffroi_directory::{Allowed, Team, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use serde::Deserialize;

use super::team::chosen;
use crate::team_calendar::{self as calendar, CalendarError};
use crate::views::lists::address;
use crate::views::load::{self as view, LoadPage};
use crate::views::major::Typed;
use crate::{Desk, ManageTeam, load};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/equipe/charge", show)
        .post("/equipe/charge/repartir", rebalance)
        .post("/equipe/charge/automatique", automatic)
}

type Managing = Allowed<ManageTeam>;
type Answer = Result<Response, WebError>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    equipe: String,
    deplacees: Option<i64>,
}

async fn show(State(desk): State<Desk>, Allowed(_, access): Managing, Query(wanted): Query<Wanted>) -> Page {
    let flash = wanted.deplacees.map(|moved| ui::Flash {
        text: format!("{}.", ui::plural(moved, "demande a changé de mains", "demandes ont changé de mains")),
        good: moved > 0,
    });
    page(&desk, &access, &wanted.equipe, &Typed::default(), flash).await
}

/// The teams a person manages.
async fn managed(desk: &Desk, access: &Access) -> Result<Vec<Team>, WebError> {
    let teams = calendar::teams(desk, access).await?;
    Ok(teams.into_iter().filter(|team| calendar::manages(access, team)).collect())
}

async fn page(desk: &Desk, access: &Access, slug: &str, typed: &Typed, flash: Option<ui::Flash>) -> Page {
    let teams = managed(desk, access).await?;
    let team = chosen(&teams, slug)?;
    let shown = LoadPage {
        members: &load::members(desk, team.id).await?,
        automatic: load::is_automatic(desk, team.id).await?,
        team: &team,
        teams: &teams,
        typed,
    };
    let page = ui::Page::wide("Charge de l’équipe", view::page(&shown));
    let page = page.with_errors(typed.wrong.is_some()).with_flash(flash);
    Ok(shell(Some(access), "/equipe/calendrier", page))
}

async fn rebalance(State(desk): State<Desk>, Allowed(permit, access): Managing, fields: Submitted) -> Answer {
    let teams = managed(&desk, &access).await?;
    let team = chosen(&teams, fields.filled("team").ok_or(WebError::NotFound)?)?;
    let person = |name: &'static str| {
        let found = fields.get(name).and_then(|id| id.parse().ok());
        found.ok_or(CalendarError::Field(name, "Choisissez une personne."))
    };
    let outcome = match (person("from"), person("to")) {
        (Ok(from), Ok(to)) => {
            let count = fields.get("count").and_then(|text| text.parse().ok()).unwrap_or(0);
            load::rebalance(&desk, &permit, &access, &team, (from, to), count).await
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    match outcome {
        Ok(moved) => {
            let moved = moved.to_string();
            Ok(see_other(&address("/equipe/charge", &[("equipe", &team.slug), ("deplacees", &moved)])))
        }
        Err(CalendarError::NotFound) => Err(WebError::NotFound),
        Err(CalendarError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(CalendarError::Field(field, message)) => {
            let typed = Typed { fields, wrong: Some((field, message.to_owned())) };
            let page = page(&desk, &access, &team.slug, &typed, None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

async fn automatic(State(desk): State<Desk>, Allowed(permit, access): Managing, fields: Submitted) -> Answer {
    let teams = managed(&desk, &access).await?;
    let team = chosen(&teams, fields.filled("team").ok_or(WebError::NotFound)?)?;
    let on = fields.get("automatic") == Some("on");
    match load::set_automatic(&desk, &permit, &access, &team, on).await {
        Ok(()) => Ok(see_other(&address("/equipe/charge", &[("equipe", &team.slug)]))),
        Err(CalendarError::Db(error)) => Err(WebError::Unavailable(error)),
        Err(_) => Err(WebError::NotFound),
    }
}
