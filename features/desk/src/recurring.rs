//! A request that comes back: « chaque rentrée », every month. Each time it is made anew through the
//! normal way, in the name of the person who planned it while they hold their function. (CSU-01)

use beffroi_calendar::{WorkingCalendar, paris_day};
use beffroi_db::{DbError, Event, NewJob, Tx};
use beffroi_directory::{MAIL_JOB, Mail, paris_day_start};
use beffroi_kernel::{Access, DraftId, Permit, Role, Scope};
use beffroi_sheets::{Answer, Answers};
use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use uuid::Uuid;

use crate::drafts::{self, asking_role};
use crate::model::Channel;
use crate::store::entities::draft;
use crate::store::{drafts as draft_store, recurring as store, requests};
use crate::submit::{self, SubmitError};
use crate::work::WorkError;
use crate::{Desk, PlanRequests, SubmitRequest};

pub use crate::store::recurring::Recurrence;

/// The job that begins the request of a day.
pub const BEGIN_JOB: &str = "desk.recurrence";
/// The job that sends it.
pub const SEND_JOB: &str = "desk.recurrence-send";
/// The hour of the day, in Paris, at which requests are made.
const HOUR: TimeDelta = TimeDelta::hours(8);

/// How often it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Every so many weeks.
    Week,
    /// Every so many months.
    Month,
    /// Every so many years.
    Year,
    /// Each first of September.
    BackToSchool,
}

impl Unit {
    /// Every unit.
    pub const ALL: [Self; 4] = [Self::Week, Self::Month, Self::Year, Self::BackToSchool];

    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
            Self::BackToSchool => "back-to-school",
        }
    }

    /// In French.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Week => "semaines",
            Self::Month => "mois",
            Self::Year => "ans",
            Self::BackToSchool => "chaque rentrée (1er septembre)",
        }
    }

    /// The unit of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.slug() == slug)
    }
}

/// The first day of the rhythm after `after`, before it is moved to a working day. The days are
/// counted from the anchor: the 31st comes back as the 31st wherever there is one.
#[must_use]
pub fn next_after(anchor: NaiveDate, every: u32, unit: Unit, after: NaiveDate) -> NaiveDate {
    let every = every.clamp(1, 100);
    if unit == Unit::BackToSchool {
        let september = |year| NaiveDate::from_ymd_opt(year, 9, 1).unwrap_or(after);
        let first = after.max(anchor.pred_opt().unwrap_or(anchor));
        let this = september(first.year());
        return if this > first { this } else { september(first.year() + 1) };
    }
    let nth = |times: u32| match unit {
        Unit::Week => anchor.checked_add_days(Days::new(u64::from(times) * u64::from(every) * 7)),
        Unit::Month => anchor.checked_add_months(Months::new(times * every)),
        Unit::Year | Unit::BackToSchool => anchor.checked_add_months(Months::new(times * every * 12)),
    };
    (0..10_000).map_while(nth).find(|day| *day > after).unwrap_or(after)
}

/// That day, or the first working day after it.
#[must_use]
pub fn worked(calendar: &WorkingCalendar, day: NaiveDate) -> NaiveDate {
    if calendar.is_working_day(day) { day } else { calendar.next_working_day(day) }
}

/// What to plan.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Every so many units.
    pub every: u32,
    /// Of time.
    pub unit: Unit,
    /// The first day.
    pub first: NaiveDate,
    /// The last day, if it ends.
    pub until: Option<NaiveDate>,
}

/// Plans a request to come back, after the model of one that was sent.
///
/// # Errors
/// [`WorkError::Missing`] says what to mend.
pub async fn plan(
    desk: &Desk,
    permit: &Permit<PlanRequests>,
    access: &Access,
    reference: &str,
    plan: Plan,
) -> Result<(), WorkError> {
    let model = requests::by_reference(desk.site.db.read(), permit.scope(), reference).await?;
    let model = model.ok_or(WorkError::NotFound)?;
    let today = paris_day(desk.site.db.now());
    if plan.first <= today {
        return Err(WorkError::Missing("la première date doit être après aujourd’hui"));
    }
    if plan.until.is_some_and(|until| until < plan.first) {
        return Err(WorkError::Missing("la fin doit venir après la première date"));
    }
    if !(1..=52).contains(&plan.every) {
        return Err(WorkError::Missing("indiquez un nombre de 1 à 52"));
    }
    let sheet = desk.catalogue.sheet(&model.sheet_slug).await?.ok_or(WorkError::NotFound)?;
    let kind = sheet.sheet.requests.iter().find(|kind| kind.id == model.request_type);
    let kind = kind.ok_or(WorkError::Missing("la fiche ne propose plus cette demande"))?;
    if asking_role(access, model.school_id, kind).is_none() {
        return Err(WorkError::Missing("vos fonctions ne permettent pas de faire cette demande"));
    }
    let mut answers: Answers = serde_json::from_str(&model.answers).map_err(DbError::from)?;
    // Files belong to the request they were given with.
    answers.retain(|_, answer| !matches!(answer, Answer::Files(files) if !files.is_empty()));
    let before = plan.first.pred_opt().unwrap_or(plan.first);
    let recurrence = Recurrence {
        id: Uuid::now_v7(),
        school_id: model.school_id,
        person_id: permit.person(),
        sheet_slug: model.sheet_slug,
        request_type: model.request_type,
        title: model.title,
        answers: serde_json::to_string(&answers).map_err(DbError::from)?,
        every: i32::try_from(plan.every).unwrap_or(1),
        unit: plan.unit.slug().into(),
        anchor: plan.first,
        next_day: next_after(plan.first, plan.every, plan.unit, before),
        until_day: plan.until,
        state: "on".into(),
        note: String::new(),
        last_reference: None,
    };
    desk.site
        .db
        .write(async |tx| {
            store::insert(tx.on(), &recurrence, tx.now()).await?;
            journal(tx, &recurrence, "recurrence.planned", Some(permit));
            begin_later(tx, &recurrence).await?;
            Ok(())
        })
        .await
}

fn journal(tx: &Tx, one: &Recurrence, kind: &'static str, by: Option<&Permit<PlanRequests>>) {
    let event = Event::new(kind, format!("recurrence:{}", one.id)).school(one.school_id);
    let event = match by {
        Some(permit) => event.by(permit.person()),
        None => event,
    };
    tx.journal(event.data(serde_json::json!({ "type": one.request_type, "next": one.next_day })));
}

async fn begin_later(tx: &Tx, one: &Recurrence) -> Result<(), DbError> {
    if one.until_day.is_some_and(|until| until < one.next_day) {
        return store::set(tx.on(), &Recurrence { state: "ended".into(), ..one.clone() }).await;
    }
    let at = paris_day_start(worked(&WorkingCalendar::default(), one.next_day)) + HOUR;
    let once = format!("recurrence:{}:{}:{}", one.id, one.next_day, tx.now().timestamp_micros());
    tx.enqueue(NewJob::new(BEGIN_JOB, &(one.id, one.next_day)).at(at).once(once)).await
}

/// Begins the request of a day: a draft, the next day and the job that sends the draft are written
/// together, so that a day makes one request whatever happens in between.
///
/// # Errors
/// When it cannot be written now; the job then comes back.
pub async fn begin(desk: &Desk, id: Uuid, day: NaiveDate) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let Some(mut one) = store::find(tx.on(), id).await? else { return Ok(()) };
            if one.state != "on" || one.next_day != day {
                return Ok(());
            }
            let unit = Unit::of(&one.unit).unwrap_or(Unit::Year);
            let every = u32::try_from(one.every).unwrap_or(1);
            let next = next_after(one.anchor, every, unit, day.max(paris_day(tx.now())));
            if !store::advance(tx.on(), id, (day, next)).await? {
                return Ok(());
            }
            one.next_day = next;
            let Some(sheet) = desk.catalogue.sheet(&one.sheet_slug).await? else {
                return stop(desk, tx, one, "la fiche n’est plus au catalogue").await;
            };
            if !sheet.sheet.requests.iter().any(|kind| kind.id == one.request_type) {
                return stop(desk, tx, one, "la fiche ne propose plus cette demande").await;
            }
            let place = (one.person_id, one.school_id);
            let row = drafts::row(place, (sheet.id, &one.request_type), Channel::Web, tx.now());
            let draft = draft::Model { answers: one.answers.clone(), ..row };
            let send = NewJob::new(SEND_JOB, &(id, draft.id)).once(format!("recurrence-send:{}", draft.id));
            draft_store::insert(tx.on(), draft).await?;
            tx.enqueue(send).await?;
            Ok(begin_later(tx, &one).await?)
        })
        .await
}

/// Sends the request of a day as its author, if they still may; else the school is told and it stops.
///
/// # Errors
/// When it cannot be written now; the job then comes back.
pub async fn send(desk: &Desk, id: Uuid, draft: DraftId) -> Result<(), WorkError> {
    let Some(one) = store::find(desk.site.db.read(), id).await? else { return Ok(()) };
    let access = beffroi_directory::access_of(&desk.site.db, one.person_id).await?;
    let permit = access.as_ref().and_then(Access::permit::<SubmitRequest>);
    let holds = access.as_ref().is_some_and(|access| access.functions_in(one.school_id).next().is_some());
    let (Some(access), Some(permit), true) = (access, permit, holds) else {
        let why = "la personne qui l’avait planifiée n’a plus de fonction dans l’établissement";
        return desk.site.db.write(async |tx| stop(desk, tx, one.clone(), why).await).await;
    };
    match submit::submit(desk, &permit, &access, draft).await {
        Ok(reference) => {
            let sent = desk.site.db.write::<_, DbError, _>(async |tx| {
                let mut one = store::find(tx.on(), id).await?.unwrap_or(one.clone());
                one.last_reference = Some(reference.clone());
                store::set(tx.on(), &one).await?;
                journal(tx, &one, "recurrence.sent", None);
                Ok(())
            });
            Ok(sent.await?)
        }
        Err(SubmitError::Db(error)) => Err(WorkError::Db(error)),
        // The form changed: the draft waits for its author, who is told.
        Err(SubmitError::Answers(_) | SubmitError::OutOfScope | SubmitError::Act(_)) => {
            let page = format!("{}/brouillons/{draft}", desk.site.base_url);
            let text = format!(
                "Bonjour,\n\nUne demande récurrente attend vos réponses : sa fiche a changé.\n\nPour la compléter et l’envoyer : {page}\n"
            );
            let mail = Mail::to_person(one.person_id, "Demande récurrente à compléter".into(), text);
            let told = NewJob::new(MAIL_JOB, &mail).once(format!("recurrence-draft:{draft}"));
            Ok(desk.site.db.write::<_, DbError, _>(async |tx| tx.enqueue(told.clone()).await).await?)
        }
        Err(SubmitError::Draft(_)) => {
            let why = "les fonctions de la personne qui l’avait planifiée ne le permettent plus";
            desk.site.db.write(async |tx| stop(desk, tx, one.clone(), why).await).await
        }
    }
}

async fn stop(desk: &Desk, tx: &Tx, mut one: Recurrence, why: &str) -> Result<(), WorkError> {
    if one.state == "stopped" {
        return Ok(());
    }
    (one.state, one.note) = ("stopped".into(), why.to_owned());
    store::set(tx.on(), &one).await?;
    journal(tx, &one, "recurrence.stopped", None);
    let page = format!("{}/recurrences", desk.site.base_url);
    for head in beffroi_directory::holders(&desk.site.db, one.school_id, Role::Head, tx.now()).await? {
        let text = format!(
            "Bonjour,\n\nUne demande récurrente de votre établissement s’arrête : {why}.\n\nPour la voir : {page}\n"
        );
        let mail = Mail::to_person(head.id, "Demande récurrente arrêtée".into(), text);
        tx.enqueue(NewJob::new(MAIL_JOB, &mail).once(format!("recurrence-stop:{}:{}", one.id, head.id)))
            .await?;
    }
    Ok(())
}

/// The recurrences of the person's schools, the next first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(desk: &Desk, permit: &Permit<PlanRequests>) -> Result<Vec<Recurrence>, DbError> {
    store::list(&desk.site.db, permit.scope()).await
}

/// What a person does to a recurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It waits.
    Pause,
    /// It goes on, from the next day of its rhythm.
    Resume,
    /// It is over.
    End,
}

/// Pauses, resumes or ends a recurrence of one's school.
///
/// # Errors
/// As [`WorkError`] says.
pub async fn change(
    desk: &Desk,
    permit: &Permit<PlanRequests>,
    id: Uuid,
    change: Change,
) -> Result<(), WorkError> {
    desk.site
        .db
        .write(async |tx| {
            let found = store::find(tx.on(), id).await?;
            let within = |one: &Recurrence| permit.scope().schools().contains(&one.school_id);
            let mut one = found.filter(within).ok_or(WorkError::NotFound)?;
            let kind = match (change, one.state.as_str()) {
                (Change::Pause, "on") => {
                    one.state = "paused".into();
                    "recurrence.paused"
                }
                (Change::Resume, "paused") => {
                    one.state = "on".into();
                    let unit = Unit::of(&one.unit).unwrap_or(Unit::Year);
                    let every = u32::try_from(one.every).unwrap_or(1);
                    let today = paris_day(tx.now());
                    if one.next_day <= today {
                        one.next_day = next_after(one.anchor, every, unit, today);
                    }
                    "recurrence.resumed"
                }
                (Change::End, "on" | "paused" | "stopped") => {
                    one.state = "ended".into();
                    "recurrence.ended"
                }
                _ => return Err(WorkError::State("déjà dans cet état")),
            };
            store::set(tx.on(), &one).await?;
            journal(tx, &one, kind, Some(permit));
            if change == Change::Resume {
                begin_later(tx, &one).await?;
            }
            Ok(())
        })
        .await
}

/// The request a recurrence would be planned from.
///
/// # Errors
/// `None` when it is not of the person's schools.
pub async fn model(
    desk: &Desk,
    permit: &Permit<PlanRequests>,
    reference: &str,
) -> Result<Option<(String, String)>, DbError> {
    let scope: &Scope = permit.scope();
    let found = requests::by_reference(desk.site.db.read(), scope, reference).await?;
    Ok(found.map(|request| (request.reference, request.title)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_thirty_first_comes_back_where_there_is_one() {
        let anchor = day("2027-01-31");
        assert_eq!(next_after(anchor, 1, Unit::Month, anchor), day("2027-02-28"));
        assert_eq!(next_after(anchor, 1, Unit::Month, day("2027-02-28")), day("2027-03-31"));
        assert_eq!(next_after(anchor, 2, Unit::Week, anchor), day("2027-02-14"));
    }

    #[test]
    fn each_first_of_september_and_the_first_working_day_after_it() {
        let anchor = day("2026-11-23");
        let next = next_after(anchor, 1, Unit::BackToSchool, anchor);
        assert_eq!(next, day("2027-09-01"));
        assert_eq!(next_after(anchor, 1, Unit::BackToSchool, next), day("2028-09-01"));
        let sunday = day("2030-09-01");
        assert_eq!(worked(&WorkingCalendar::default(), sunday), day("2030-09-02"));
    }

    proptest! {
        #[test]
        fn it_always_moves_forward_and_never_before_it_begins(
            start in 0_u64..4_000, later in 0_u64..4_000, every in 1_u32..52, unit in 0_usize..4,
        ) {
            let anchor = day("2026-01-01") + Days::new(start);
            let after = day("2026-01-01") + Days::new(later);
            let next = next_after(anchor, every, Unit::ALL[unit], after);
            prop_assert!(next > after && next >= anchor);
            prop_assert!(next_after(anchor, every, Unit::ALL[unit], next) > next);
        }
    }
}
