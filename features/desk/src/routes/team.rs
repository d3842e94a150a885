//! `/equipe`: the calendar of a team, one's own absences, the duty roster, one's own calendar.

use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use beffroi_calendar::paris_day;
use beffroi_directory::{Allowed, Team, Visitor, shell};
use beffroi_kernel::Access;
use beffroi_ui as ui;
use beffroi_web::{Page, Routes, Submitted, WebError, see_other};
use chrono::{Datelike, Days, NaiveDate};
use serde::Deserialize;

use crate::team_calendar::{self as calendar, CalendarError};
use crate::views::lists::address;
use crate::views::major::Typed;
use crate::views::team::{self as view, CalendarPage, Link};
use crate::{Desk, ManageTeam, WorkRequests};

pub(crate) fn routes() -> Routes<Desk> {
    Routes::new()
        .get("/equipe/calendrier", show)
        .post("/equipe/absences", add_absence)
        .post("/equipe/absences/{id}/retirer", remove_absence)
        .post("/equipe/permanences", add_duty)
        .post("/equipe/permanences/{id}/retirer", remove_duty)
        .post("/equipe/agenda", new_link)
        .get("/equipe/agenda.ics", ical)
}

type Working = Allowed<WorkRequests>;
type Answer = Result<Response, WebError>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    equipe: String,
    jour: String,
    vue: String,
}

/// The team named, or the first one; forbidden to those who have none.
pub(super) fn chosen(teams: &[Team], slug: &str) -> Result<Team, WebError> {
    let named =
        teams.iter().find(|team| team.slug == slug).or_else(|| teams.first().filter(|_| slug.is_empty()));
    named.cloned().ok_or(WebError::NotFound)
}

async fn show(State(desk): State<Desk>, Allowed(_, access): Working, Query(wanted): Query<Wanted>) -> Page {
    page(&desk, &access, &wanted, &Typed::default(), None).await
}

async fn page(desk: &Desk, access: &Access, wanted: &Wanted, typed: &Typed, link: Option<&Link>) -> Page {
    let teams = calendar::teams(desk, access).await?;
    let team = chosen(&teams, &wanted.equipe)?;
    let today = paris_day(desk.site.db.now());
    let day = wanted.jour.parse().unwrap_or(today);
    let month = wanted.vue == "mois";
    let manages = access.permit::<ManageTeam>().is_some() && calendar::manages(access, &team);
    let agenda = calendar::agenda(desk, team, days(day, month)).await?;
    let shown = CalendarPage {
        agenda: &agenda,
        teams: &teams,
        mine: &calendar::own_absences(desk, access.person).await?,
        today,
        month,
        manages,
        link,
        typed,
    };
    let page = ui::Page::wide("Calendrier de l’équipe", view::calendar(&shown));
    Ok(shell(Some(access), "/equipe/calendrier", page.with_errors(typed.wrong.is_some())))
}

/// The week of a day, or its month with whole weeks.
fn days(day: NaiveDate, month: bool) -> (NaiveDate, NaiveDate) {
    let first = if month { day.with_day(1).unwrap_or(day) } else { day };
    let last = if month {
        let next = first.checked_add_months(chrono::Months::new(1)).unwrap_or(first);
        next.pred_opt().unwrap_or(next)
    } else {
        day
    };
    let back = Days::new(u64::from(first.weekday().num_days_from_monday()));
    let ahead = Days::new(u64::from(6 - last.weekday().num_days_from_monday()));
    (first.checked_sub_days(back).unwrap_or(first), last.checked_add_days(ahead).unwrap_or(last))
}

/// The calendar again, or the page with the field to mend.
async fn settle(
    desk: &Desk,
    access: &Access,
    slug: &str,
    outcome: Result<(), CalendarError>,
    fields: Submitted,
) -> Answer {
    let (field, message) = match outcome {
        Ok(()) => return Ok(see_other(&address("/equipe/calendrier", &[("equipe", slug)]))),
        Err(CalendarError::NotFound) => return Err(WebError::NotFound),
        Err(CalendarError::Db(error)) => return Err(WebError::Unavailable(error)),
        Err(CalendarError::Field(field, message)) => (field, message.to_owned()),
    };
    let typed = Typed { fields, wrong: Some((field, message)) };
    let wanted = Wanted { equipe: slug.to_owned(), ..Wanted::default() };
    let page = page(desk, access, &wanted, &typed, None).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// A day typed, if it is one.
fn day(fields: &Submitted, name: &'static str) -> Result<Option<NaiveDate>, CalendarError> {
    let wrong = CalendarError::Field(name, "Indiquez une date, par exemple 2026-11-23.");
    fields.filled(name).map(|text| text.parse().map_err(|_| wrong)).transpose()
}

async fn add_absence(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    fields: Submitted,
) -> Answer {
    let typed = (|| {
        let from = day(&fields, "from")?;
        let from = from.ok_or(CalendarError::Field("from", "Indiquez le premier jour d’absence."))?;
        Ok((from, day(&fields, "to")?.unwrap_or(from)))
    })();
    let outcome = match typed {
        Ok(days) => {
            let reason = fields.get("reason").unwrap_or_default();
            calendar::add_absence(&desk, &permit, days, reason).await
        }
        Err(error) => Err(error),
    };
    settle(&desk, &access, "", outcome, fields).await
}

async fn remove_absence(
    State(desk): State<Desk>,
    Allowed(permit, access): Working,
    Path(id): Path<String>,
    fields: Submitted,
) -> Answer {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    let outcome = calendar::remove_absence(&desk, &permit, id).await;
    settle(&desk, &access, "", outcome, fields).await
}

async fn team_of(desk: &Desk, access: &Access, fields: &Submitted) -> Result<Team, WebError> {
    let teams = calendar::teams(desk, access).await?;
    chosen(&teams, fields.filled("team").ok_or(WebError::NotFound)?)
}

async fn add_duty(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ManageTeam>,
    fields: Submitted,
) -> Answer {
    let team = team_of(&desk, &access, &fields).await?;
    let today = paris_day(desk.site.db.now());
    let typed = (|| {
        let person = fields.get("person").and_then(|id| id.parse().ok());
        let person = person.ok_or(CalendarError::Field("person", "Choisissez un membre de l’équipe."))?;
        let weekday = fields.get("weekday").and_then(|day| day.parse().ok()).unwrap_or(-1);
        let from = day(&fields, "since")?.unwrap_or(today);
        Ok(((person, weekday), (from, day(&fields, "until")?)))
    })();
    let outcome = match typed {
        Ok((who, days)) => calendar::add_duty(&desk, &permit, &access, &team, who, days).await,
        Err(error) => Err(error),
    };
    settle(&desk, &access, &team.slug, outcome, fields).await
}

async fn remove_duty(
    State(desk): State<Desk>,
    Allowed(permit, access): Allowed<ManageTeam>,
    Path(id): Path<String>,
    fields: Submitted,
) -> Answer {
    let id = id.parse().map_err(|_| WebError::NotFound)?;
    let team = team_of(&desk, &access, &fields).await?;
    let outcome = calendar::remove_duty(&desk, &permit, &access, &team, id).await;
    settle(&desk, &access, &team.slug, outcome, fields).await
}

async fn new_link(State(desk): State<Desk>, Allowed(permit, access): Working) -> Page {
    let address = format!("{}{}", desk.site.base_url, calendar::ICAL_PATH);
    let link = Link { address, password: calendar::new_link(&desk, &permit).await? };
    page(&desk, &access, &Wanted::default(), &Typed::default(), Some(&link)).await
}

/// GET /equipe/agenda.ics: for calendar programs, which give the password in a header (RFC 7617), whatever the name.
async fn ical(State(desk): State<Desk>, _: Visitor, headers: HeaderMap) -> Answer {
    let text = match password(&headers) {
        Some(password) => calendar::ical(&desk, &password).await?,
        None => None,
    };
    let Some(text) = text else {
        let ask = [(WWW_AUTHENTICATE, "Basic realm=\"Agenda Beffroi\", charset=\"UTF-8\"")];
        let why = "Donnez le nom et le mot de passe que montre la page « Calendrier de l’équipe ».\n";
        return Ok((StatusCode::UNAUTHORIZED, ask, why).into_response());
    };
    let headers = [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CACHE_CONTROL, "private, no-store")];
    Ok((headers, text).into_response())
}

/// The password of an `Authorization: Basic` header.
fn password(headers: &HeaderMap) -> Option<String> {
    let (kind, given) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let given = BASE64.decode(given.trim()).ok().filter(|_| kind.eq_ignore_ascii_case("basic"))?;
    let (_, password) = std::str::from_utf8(&given).ok()?.split_once(':')?;
    Some(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_read_from_its_header_only() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            password(&headers)
        };
        let given = BASE64.encode("agenda:k7mq-2xvw");
        assert_eq!(read(&format!("Basic {given}")).as_deref(), Some("k7mq-2xvw"));
        assert_eq!(read(&format!("basic {given}")).as_deref(), Some("k7mq-2xvw"));
        for value in
            [format!("Bearer {given}"), "Basic".to_owned(), "Basic é".to_owned(), "Basic YQ==".to_owned()]
        {
            assert_eq!(read(&value), None, "{value}");
        }
    }

    #[test]
    fn a_month_is_shown_with_whole_weeks() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(days(day("2026-11-23"), false), (day("2026-11-23"), day("2026-11-29")));
        assert_eq!(days(day("2026-11-23"), true), (day("2026-10-26"), day("2026-12-06")));
    }
}
