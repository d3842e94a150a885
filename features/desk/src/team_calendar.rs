//! The calendar of a team: who is absent, who is on duty, which visits are planned; and one's own
//! calendar for a telephone. (CSU-06)

use std::collections::HashMap;

use beffroi_calendar::{end_of_day, paris_day};
use beffroi_db::reach;
use beffroi_db::{DbError, Event};
use beffroi_directory::{Person, Team, paris_day_start, secret_code};
use beffroi_kernel::{Access, Permit, PersonId, Role, TeamId};
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use icalendar::{Calendar, Component, EventLike};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::store::calendar as store;
pub use crate::store::calendar::{Absence, Duty, Named, Visit};
use crate::{Desk, ManageTeam, WorkRequests};

/// The kinds of absence: never a reason, which is nobody's business.
pub const REASONS: [&str; 5] = ["Congé", "Formation", "Déplacement", "Temps partiel", "Autre"];
/// An absence longer than this is a slip of the keyboard.
const LONGEST: i64 = 366;
/// How far one's own calendar reaches.
const AHEAD: TimeDelta = TimeDelta::days(180);

/// Why a change of the calendar is not done.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// No such line, or another's.
    #[error("cette ligne du calendrier n’existe plus")]
    NotFound,
    /// A field to mend.
    #[error("{1}")]
    Field(&'static str, &'static str),
    /// The database does not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// 0 is Monday.
pub(crate) fn weekday(day: NaiveDate) -> i32 {
    i32::try_from(day.weekday().num_days_from_monday()).unwrap_or(0)
}

/// Who is on duty in a team at an instant, absent people left out.
///
/// # Errors
/// When the database does not answer.
pub async fn on_duty(desk: &Desk, team: TeamId, at: DateTime<Utc>) -> Result<Option<Named>, DbError> {
    let day = paris_day(at);
    store::on_duty(desk.site.db.read(), team, day, weekday(day)).await
}

/// Their name, now; read once for all who look within a few seconds, since every list of work shows it.
///
/// # Errors
/// When the database does not answer.
pub async fn on_duty_today(desk: &Desk, team: TeamId) -> Result<Option<String>, DbError> {
    let db = &desk.site.db;
    let now = db.now();
    let read = async || on_duty(desk, team, now).await.map(|found| found.map(|one| one.name));
    let key = format!("on duty {team} {}", paris_day(now));
    Ok(db.recent(key, &["team", "person"], read).await?.as_ref().clone())
}

/// The teams whose calendar a person may open: their own first, then those they manage.
///
/// # Errors
/// When the database does not answer.
pub async fn teams(desk: &Desk, access: &Access) -> Result<Vec<Team>, DbError> {
    let all = beffroi_directory::teams::teams(&desk.site.db).await?;
    let (own, others): (Vec<Team>, Vec<Team>) = all.into_iter().partition(|team| is_of(access, team.id));
    Ok(own.into_iter().chain(others.into_iter().filter(|team| manages(access, team))).collect())
}

fn is_of(access: &Access, team: TeamId) -> bool {
    access.functions.iter().any(|function| function.team == Some(team))
}

/// Whether a person keeps the roster of a team.
#[must_use]
pub fn manages(access: &Access, team: &Team) -> bool {
    access.holds(Role::DepartmentHead)
        || access.functions.iter().filter(|function| function.role == Role::ServiceManager).any(|function| {
            function.team == Some(team.id)
                || (team.territory.is_some() && function.territory == team.territory)
        })
}

/// What a team's calendar holds between two days.
#[derive(Clone, Debug)]
pub struct Agenda {
    /// The team.
    pub team: Team,
    /// Its members now.
    pub members: Vec<Person>,
    /// First and last day.
    pub days: (NaiveDate, NaiveDate),
    /// Who is away.
    pub absences: Vec<Absence>,
    /// The roster.
    pub duties: Vec<Duty>,
    /// The visits, with the closure of the school that day, if any.
    pub visits: Vec<(Visit, Option<String>)>,
}

impl Agenda {
    /// Who is on duty that day, as [`on_duty`] says.
    #[must_use]
    pub fn duty(&self, day: NaiveDate) -> Option<&Duty> {
        let present = |duty: &&Duty| !self.away(day).any(|absence| absence.person == duty.person);
        let fit = self.duties.iter().filter(|duty| covers(duty, day)).filter(present);
        fit.max_by_key(|duty| (duty.from_day, std::cmp::Reverse(duty.id)))
    }

    /// Who is away that day.
    pub fn away(&self, day: NaiveDate) -> impl Iterator<Item = &Absence> {
        self.absences.iter().filter(move |absence| absence.from_day <= day && day <= absence.to_day)
    }

    /// The visits of that day.
    pub fn visits_on(&self, day: NaiveDate) -> impl Iterator<Item = &(Visit, Option<String>)> {
        self.visits.iter().filter(move |(visit, _)| paris_day(visit.starts_at) == day)
    }
}

fn covers(duty: &Duty, day: NaiveDate) -> bool {
    duty.weekday == weekday(day) && duty.from_day <= day && duty.to_day.is_none_or(|to| day <= to)
}

/// A team's calendar, in five statements whatever the number of days.
///
/// # Errors
/// When the database does not answer.
pub async fn agenda(desk: &Desk, team: Team, (from, to): (NaiveDate, NaiveDate)) -> Result<Agenda, DbError> {
    let read = desk.site.db.read();
    let between = (paris_day_start(from), end_of_day(to));
    let visits = store::visits(read, team.id, between).await?;
    let closures =
        if visits.is_empty() { Vec::new() } else { store::closures(read, team.id, between).await? };
    let closed = |visit: &Visit| {
        let day = paris_day(visit.starts_at);
        let on =
            |(school, from, to, _): &&store::Closed| *school == visit.school_id && *from <= day && day <= *to;
        closures.iter().find(on).map(|(_, _, _, reason)| reason.clone())
    };
    let visits = visits.into_iter().map(|visit| (visit.clone(), closed(&visit))).collect();
    Ok(Agenda {
        members: beffroi_directory::team_members(&desk.site.db, team.id).await?,
        absences: store::absences(read, team.id, (from, to)).await?,
        duties: store::duties(read, team.id, from).await?,
        days: (from, to),
        visits,
        team,
    })
}

/// A person's absences that are not over.
///
/// # Errors
/// When the database does not answer.
pub async fn own_absences(desk: &Desk, person: PersonId) -> Result<Vec<Absence>, DbError> {
    let db = &desk.site.db;
    store::own_absences(db.read(), person, paris_day(db.now())).await
}

/// Notes one's own absence.
///
/// # Errors
/// [`CalendarError::Field`] names the field to mend.
pub async fn add_absence(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    (from, to): (NaiveDate, NaiveDate),
    reason: &str,
) -> Result<(), CalendarError> {
    if to < from {
        return Err(CalendarError::Field(
            "to",
            "Le dernier jour doit venir après le premier, ou le même jour.",
        ));
    }
    if (to - from).num_days() > LONGEST {
        return Err(CalendarError::Field("to", "Une absence dure un an au plus : vérifiez l’année."));
    }
    if !REASONS.contains(&reason) {
        return Err(CalendarError::Field("reason", "Choisissez une sorte d’absence."));
    }
    let absence = Absence {
        id: Uuid::now_v7(),
        person: permit.person(),
        name: String::new(),
        from_day: from,
        to_day: to,
        reason: reason.into(),
    };
    desk.site
        .db
        .write(async |tx| {
            store::add_absence(tx.on(), &absence, tx.now()).await?;
            let data = serde_json::json!({ "from": from, "to": to });
            tx.journal(
                Event::new("absence.added", format!("person:{}", permit.person()))
                    .by(permit.person())
                    .data(data),
            );
            Ok(())
        })
        .await
}

/// Removes one's own absence.
///
/// # Errors
/// [`CalendarError::NotFound`] when it is another's.
pub async fn remove_absence(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    id: Uuid,
) -> Result<(), CalendarError> {
    desk.site
        .db
        .write(async |tx| {
            if store::remove_absence(tx.on(), permit.person(), id).await? == 0 {
                return Err(CalendarError::NotFound);
            }
            let event = Event::new("absence.removed", format!("person:{}", permit.person()));
            tx.journal(event.by(permit.person()));
            Ok(())
        })
        .await
}

/// Puts a member on duty on a day of each week, from a day on.
///
/// # Errors
/// [`CalendarError::Field`] names the field to mend.
pub async fn add_duty(
    desk: &Desk,
    permit: &Permit<ManageTeam>,
    access: &Access,
    team: &Team,
    (person, weekday): (PersonId, i32),
    (from, to): (NaiveDate, Option<NaiveDate>),
) -> Result<(), CalendarError> {
    if !manages(access, team) {
        return Err(CalendarError::NotFound);
    }
    if !(0..=6).contains(&weekday) {
        return Err(CalendarError::Field("weekday", "Choisissez un jour de la semaine."));
    }
    if to.is_some_and(|to| to < from) {
        return Err(CalendarError::Field("until", "La fin doit venir après le début."));
    }
    let members = beffroi_directory::team_members(&desk.site.db, team.id).await?;
    if !members.iter().any(|member| member.id == person) {
        return Err(CalendarError::Field("person", "Choisissez un membre de l’équipe."));
    }
    let duty = Duty { id: Uuid::now_v7(), person, name: String::new(), weekday, from_day: from, to_day: to };
    desk.site
        .db
        .write(async |tx| {
            store::add_duty(tx.on(), team.id, &duty).await?;
            let data = serde_json::json!({ "person": person, "weekday": weekday, "from": from, "to": to });
            tx.journal(Event::new("duty.added", format!("team:{}", team.id)).by(permit.person()).data(data));
            Ok(())
        })
        .await
}

/// Takes a line off the roster of a team.
///
/// # Errors
/// [`CalendarError::NotFound`] when it is another team's.
pub async fn remove_duty(
    desk: &Desk,
    permit: &Permit<ManageTeam>,
    access: &Access,
    team: &Team,
    id: Uuid,
) -> Result<(), CalendarError> {
    if !manages(access, team) {
        return Err(CalendarError::NotFound);
    }
    desk.site
        .db
        .write(async |tx| {
            if store::remove_duty(tx.on(), team.id, id).await? == 0 {
                return Err(CalendarError::NotFound);
            }
            tx.journal(Event::new("duty.removed", format!("team:{}", team.id)).by(permit.person()));
            Ok(())
        })
        .await
}

/// Where a calendar program reads a person's calendar, with a name and a password: the address says nothing.
/// (ASVS 14.2.1)
pub const ICAL_PATH: &str = "/equipe/agenda.ics";

/// A new password to one's own calendar; the one before no longer works. Only its hash is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn new_link(desk: &Desk, permit: &Permit<WorkRequests>) -> Result<String, DbError> {
    let secret = secret_code::fresh();
    let person = permit.person();
    desk.site
        .db
        .write(async |tx| {
            store::keep_link(tx.on(), person, &digest(&secret), tx.now()).await?;
            tx.journal(Event::new("calendar.linked", format!("person:{person}")).by(person));
            Ok::<(), DbError>(())
        })
        .await?;
    Ok(secret)
}

fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret_code::letters(secret).unwrap_or_default()))
}

/// The calendar behind a password, as iCalendar (RFC 5545): one's absences, days on duty and the
/// visits of the requests one has in hand.
///
/// # Errors
/// `None` when the password opens nothing.
pub async fn ical(desk: &Desk, secret: &str) -> Result<Option<String>, DbError> {
    let read = desk.site.db.read();
    let Some(who) = store::linked(read, &digest(secret)).await? else { return Ok(None) };
    let Some(access) = beffroi_directory::access_of(&desk.site.db, who.person).await? else {
        return Ok(None);
    };
    reach::known(&access.wall());
    let now = desk.site.db.now();
    let today = paris_day(now);
    let mut calendar = Calendar::new();
    calendar.name("Beffroi").timezone("Europe/Paris");
    for absence in store::own_absences(read, who.person, today).await? {
        let last = absence.to_day.checked_add_days(Days::new(1)).unwrap_or(absence.to_day);
        calendar.push(all_day(
            absence.id,
            &format!("Absence : {}", absence.reason),
            (absence.from_day, last),
            now,
        ));
    }
    for visit in store::own_visits(read, who.person, (now - TimeDelta::days(1), now + AHEAD)).await? {
        let mut event = icalendar::Event::new();
        // The reference only: a telephone's calendar is read by others.
        event
            .uid(&format!("{}@beffroi", visit.id))
            .timestamp(now)
            .summary(&format!("Rendez-vous {}", visit.reference));
        event
            .location(&format!("{}, {}", visit.school, visit.city))
            .starts(visit.starts_at)
            .ends(visit.ends_at);
        event.url(&format!("{}/demandes/{}", desk.site.base_url, visit.reference));
        calendar.push(event.done());
    }
    for (team, day) in duty_days(desk, &access, today).await? {
        let last = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let id = Uuid::from_u128(team.0.as_u128() ^ u128::from(day.num_days_from_ce().unsigned_abs()));
        calendar.push(all_day(id, "De permanence", (day, last), now));
    }
    Ok(Some(calendar.done().to_string()))
}

fn all_day(
    id: Uuid,
    words: &str,
    (from, end): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> icalendar::Event {
    let mut event = icalendar::Event::new();
    event.uid(&format!("{id}@beffroi")).timestamp(now).summary(words).starts(from).ends(end);
    event.done()
}

/// The days of the next eight weeks on which a person is on duty.
async fn duty_days(
    desk: &Desk,
    access: &Access,
    today: NaiveDate,
) -> Result<Vec<(TeamId, NaiveDate)>, DbError> {
    let last = today.checked_add_days(Days::new(56)).unwrap_or(today);
    let mut days = Vec::new();
    let mut seen: HashMap<TeamId, ()> = HashMap::new();
    for id in access.functions.iter().filter_map(|function| function.team) {
        if seen.insert(id, ()).is_some() {
            continue;
        }
        let Some(team) = beffroi_directory::team(&desk.site.db, id).await? else { continue };
        let agenda = agenda(desk, team, (today, last)).await?;
        let mine = today.iter_days().take_while(|day| *day <= last);
        let mine = mine.filter(|day| agenda.duty(*day).is_some_and(|duty| duty.person == access.person));
        days.extend(mine.map(|day| (id, day)));
    }
    Ok(days)
}
