//! A delay that runs out is told: to those who have the request in hand, then to their managers.
//! (CSU-06)
//!
//! One job a request: when a deadline is computed, a check is planned at half of its time. A check
//! reads the facts anew, makes the steps whose time has come, and plans the next one. Nothing scans
//! the requests; a pause or an answer needs no job to be found and cancelled.

mod plan;

use std::collections::HashSet;

use beffroi_calendar::{Pause, WorkingCalendar};
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail, Topic};
use beffroi_kernel::{Permit, PersonId, RequestId, Scope};
use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{MessageKind, State};
use crate::store::entities::request;
use crate::store::{escalation as store, requests};
use crate::work::{Ground, WorkError, ground, state};
use crate::{Desk, ManageLevels, team_calendar};

pub use plan::{Clock, EARLIEST, Ladder, Levels, Step, Told, turns};

/// The job that looks whether a request must be escalated now.
pub const CHECK_JOB: &str = "desk.escalation";
const SETTING: &str = "escalation";
/// When a request that a major incident explains is looked at again.
const EXPLAINED: TimeDelta = TimeDelta::hours(4);

/// Plans the first check of a deadline, before any step may come.
pub(crate) async fn arm(
    tx: &Tx,
    request: &request::Model,
    calendar: &WorkingCalendar,
    pauses: &[crate::store::entities::pause::Model],
) -> Result<(), DbError> {
    let (Some(sent), Some(due)) = (request.sent_at, request.next_due) else { return Ok(()) };
    let at = calendar.share_of(sent, due, EARLIEST, &plain(pauses)).max(tx.now());
    let once = format!("escalation:{}:v{}", request.id, request.version);
    tx.enqueue(NewJob::new(CHECK_JOB, &request.id).at(at).once(once)).await
}

fn plain(pauses: &[crate::store::entities::pause::Model]) -> Vec<Pause> {
    pauses.iter().map(|pause| Pause { from: pause.from_at, to: pause.to_at }).collect()
}

/// Looks at a request: makes the steps whose time has come and plans the next check. A request that
/// waits or is over is left alone: its next deadline plans a check of its own.
///
/// # Errors
/// When the database does not answer; the job then comes back.
pub async fn check(desk: &Desk, id: RequestId) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let scope = Scope::system("delays run out whoever looks");
            let ground = match ground(desk, tx, &scope, id).await {
                Ok(ground) => ground,
                Err(WorkError::NotFound) => return Ok(()),
                Err(error) => return Err(error),
            };
            let request = &ground.request;
            if !matches!(state(request), State::New | State::Open) || request.goodwill {
                return Ok(());
            }
            let Some(sent) = request.sent_at else { return Ok(()) };
            if explained(tx, request).await? {
                return again(tx, id, tx.now() + EXPLAINED).await;
            }
            let levels = read(tx).await?;
            let made: HashSet<(String, String)> = store::made(tx.on(), id).await?.into_iter().collect();
            let pauses = plain(&requests::pauses(tx.on(), id).await?);
            let mut next: Option<DateTime<Utc>> = None;
            for (clock, due) in running(request) {
                let ladder = levels.of(clock);
                let instant = |step| ladder.instant(step, &ground.calendar, (sent, due), &pauses);
                let is_made = |step: Step| made.contains(&(clock.slug().into(), step.slug().into()));
                let (come, coming) = turns(ladder, instant, is_made, tx.now());
                for (step, _) in &come {
                    store::make(tx.on(), id, (clock.slug(), step.slug()), due, tx.now()).await?;
                }
                // Several at once, after a stop: the last one says all.
                if let Some((step, _)) = come.last() {
                    tell(desk, tx, &ground, (clock, *step), (due, ladder)).await?;
                }
                next = next.into_iter().chain(coming).min();
            }
            match next {
                Some(at) => again(tx, id, at).await,
                None => Ok(()),
            }
        })
        .await
}

async fn again(tx: &Tx, id: RequestId, at: DateTime<Utc>) -> Result<(), WorkError> {
    let once = format!("escalation:{id}:{}", at.timestamp_micros());
    Ok(tx.enqueue(NewJob::new(CHECK_JOB, &id).at(at).once(once)).await?)
}

/// Whether a major incident that lasts explains the request: its leaders know, hundreds of mails
/// would hide the rest. The request it was declared from goes on being watched.
async fn explained(tx: &Tx, request: &request::Model) -> Result<bool, DbError> {
    let Some(parent) = request.parent_id.filter(|parent| *parent != request.id) else {
        return Ok(false);
    };
    let incident = crate::store::major::find(tx.on(), &parent.to_string()).await?;
    Ok(incident.is_some_and(|incident| incident.resolved_at.is_none()))
}

/// The delays that still run.
fn running(request: &request::Model) -> Vec<(Clock, DateTime<Utc>)> {
    let first = request.first_answer_due.filter(|_| request.first_answered_at.is_none());
    let first = first.map(|due| (Clock::FirstAnswer, due));
    first.into_iter().chain(request.solution_due.map(|due| (Clock::Solution, due))).collect()
}

async fn tell(
    desk: &Desk,
    tx: &Tx,
    ground: &Ground,
    (clock, step): (Clock, Step),
    (due, ladder): (DateTime<Utc>, &Ladder),
) -> Result<(), WorkError> {
    let request = &ground.request;
    let told = ladder.told(step);
    let subject = match clock {
        Clock::FirstAnswer => "la première réponse",
        Clock::Solution => "la solution",
    };
    let left = beffroi_ui::date_time(due);
    let what = match step {
        Step::Soon => format!("Le délai de {subject} s’achève bientôt : {left}."),
        Step::Breach => format!("Le délai de {subject} est dépassé depuis le {left}."),
        Step::After => format!("Le délai de {subject}, fini le {left}, n’est toujours pas tenu."),
    };
    let mut people: Vec<PersonId> = Vec::new();
    let mut address = None;
    if told.team {
        match request.assignee_id {
            Some(assignee) => people.push(assignee),
            None => match team_calendar::on_duty(desk, request.team_id, tx.now()).await? {
                Some(duty) => people.push(duty.person),
                None => {
                    let team = beffroi_directory::team(&desk.site.db, request.team_id).await?;
                    address = team.and_then(|team| team.email);
                }
            },
        }
    }
    if told.managers {
        people.extend(managers(desk, request).await?);
    }
    people.sort_unstable();
    people.dedup();
    send(desk, tx, request, (clock, step), &what, (&people, address)).await?;
    let text = format!("Escaladée. {what}");
    requests::add_message(tx.on(), request.id, None, MessageKind::Internal, &text, tx.now()).await?;
    let data = serde_json::json!({ "clock": clock.slug(), "step": step.slug(), "due": due, "told": people });
    let event = Event::new("request.escalated", format!("request:{}", request.id));
    tx.journal(event.school(request.school_id).data(data));
    Ok(())
}

async fn managers(desk: &Desk, request: &request::Model) -> Result<Vec<PersonId>, DbError> {
    let scope = Scope::system("the managers of the territory of a request");
    let school = beffroi_directory::school(&desk.site.db, &scope, request.school_id).await?;
    let operations = school.map_or(request.team_id, |school| school.operations_team.id);
    let managers = beffroi_directory::teams::managers(&desk.site.db, request.team_id, operations).await?;
    Ok(managers.into_iter().map(|manager| manager.id).collect())
}

async fn send(
    desk: &Desk,
    tx: &Tx,
    request: &request::Model,
    (clock, step): (Clock, Step),
    what: &str,
    (people, address): (&[PersonId], Option<String>),
) -> Result<(), DbError> {
    let page = format!("{}/demandes/{}", desk.site.base_url, request.reference);
    let text = format!("Bonjour,\n\n{what}\n\nPour la lire et agir : {page}\n");
    let subject = format!("Demande {} : délai", request.reference);
    let key = format!("escalated:{}:{}:{}", request.id, clock.slug(), step.slug());
    for person in people {
        let mail = Mail::to_person(*person, subject.clone(), text.clone()).about(Topic::State);
        tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(format!("{key}:{person}"))).await?;
    }
    if let Some(address) = address {
        tx.enqueue(NewJob::new(MAIL_JOB, &Mail::to_address(address, subject, text)).once(key)).await?;
    }
    Ok(())
}

async fn read(tx: &Tx) -> Result<Levels, DbError> {
    parse(store::setting(tx.on(), SETTING).await?)
}

fn parse(text: Option<String>) -> Result<Levels, DbError> {
    Ok(text.map_or_else(|| Ok(Levels::default()), |text| serde_json::from_str(&text))?)
}

/// Who is told at which step.
///
/// # Errors
/// When the database does not answer.
pub async fn levels(desk: &Desk) -> Result<Levels, DbError> {
    parse(store::setting(desk.site.db.read(), SETTING).await?)
}

/// Sets who is told at which step, for the checks to come.
///
/// # Errors
/// [`WorkError::Missing`] says what to mend.
pub async fn set_levels(
    desk: &Desk,
    permit: &Permit<ManageLevels>,
    levels: &Levels,
) -> Result<(), WorkError> {
    for clock in Clock::ALL {
        let ladder = levels.of(clock);
        if !(EARLIEST..100).contains(&ladder.share) {
            return Err(WorkError::Missing("la part du délai va de 50 à 99 %"));
        }
        if !(1..=20).contains(&ladder.days) {
            return Err(WorkError::Missing("le rappel vient de 1 à 20 jours ouvrés après"));
        }
    }
    desk.site
        .db
        .write(async |tx| {
            let before = read(tx).await?;
            let text = serde_json::to_string(levels).map_err(DbError::from)?;
            store::set(tx.on(), SETTING, &text, (permit.person(), tx.now())).await?;
            let data = serde_json::json!({ "before": before, "after": levels });
            tx.journal(Event::new("levels.set", "desk:escalation").by(permit.person()).data(data));
            Ok(())
        })
        .await
}
