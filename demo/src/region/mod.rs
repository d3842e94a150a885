//! A whole Region for trying at full size: 270 lycées, 250 000 people, five school years of
//! 500 000 requests with their conversations, the same for the same seed and the same present.
//! (LIRE-10, CSU-01 to CSU-08)

mod bulk;
mod ids;
mod names;
mod people;
mod questions;
mod requests;
mod rhythm;
mod ruler;
mod schools;
mod stock;
mod story;
mod template;
mod texts;

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;

use beffroi_calendar::{SchoolHolidays, WorkingCalendar, paris_day};
use beffroi_db::{Db, Event, NewJob};
use beffroi_desk::Desk;
use beffroi_desk::delays::{self, Which};
use beffroi_desk::effects::EFFECT_END_JOB;
use beffroi_desk::history::{approval, effect, link, message, pause, request, task};
use beffroi_desk::work::AUTO_CLOSE_JOB;
use beffroi_directory::organisation;
use beffroi_kernel::SchoolId;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::mpsc;

use self::bulk::{Batch, Bulk};
use self::ids::Ids;
use self::people::Crowd;
use self::requests::{Author, World};
use self::ruler::{Ruler, instant};
use self::schools::Lycee;
use self::stock::Stock;
use self::story::{Job, Rows};
use crate::people::Cast;
use crate::{DemoError, organisation as small};

/// School years told, the present one included.
const YEARS: i32 = 5;
/// Requests written together.
const TOGETHER: usize = 4_000;
/// The ruler reaches so many days beyond the present: the longest delay of a sheet fits.
const BEYOND: i64 = 400;
/// Tables written in bulk.
const TABLES: &[&str] = &[
    "provider_contract",
    "person",
    "function_held",
    "request",
    "message",
    "request_pause",
    "approval",
    "task",
    "effect",
    "request_link",
];

/// How big a Region.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Lycées, 270 at most.
    pub schools: usize,
    /// People, about.
    pub people: usize,
    /// Requests, exactly.
    pub requests: usize,
    /// The same seed gives the same Region, at the same present.
    pub seed: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { schools: 270, people: 250_000, requests: 500_000, seed: 2026 }
    }
}

/// Told how far the work is: the step, what is done, the total; zero when unknown.
pub trait Progress: Sync {
    /// Shows it.
    fn at(&self, step: &str, done: u64, total: u64);
}

impl<F: Fn(&str, u64, u64) + Sync> Progress for F {
    fn at(&self, step: &str, done: u64, total: u64) {
        self(step, done, total);
    }
}

/// The time told: school years by the year they begin in, up to the present.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    years: RangeInclusive<i32>,
    now: i64,
}

impl Span {
    /// The school years up to `now`.
    fn up_to(now: DateTime<Utc>) -> Self {
        let today = paris_day(now);
        let last = today.year() - i32::from(today.month() < 9);
        Self { years: last + 1 - YEARS..=last, now: now.timestamp() }
    }

    fn first(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(*self.years.start(), 9, 1).unwrap_or_default()
    }
}

/// Makes the Region in an empty database, up to the desk's present instant. The accounts of the small
/// demo are there, in its twelve schools.
///
/// # Errors
/// When the database does not answer, or the sheets are refused.
pub async fn generate(
    desk: &Desk,
    sheets: &[(String, String)],
    size: &Size,
    progress: &impl Progress,
) -> Result<Cast, DemoError> {
    let db = &desk.site.db;
    let span = Span::up_to(db.now());
    let (cast, _) = crate::populate(desk, sheets, size.seed, |step| progress.at(step, 0, 0)).await?;
    organisation::install(db, None, &providers()).await?;
    progress.at("Établissements de la Région", 0, 0);
    let mut dice = StdRng::seed_from_u64(size.seed ^ 0x7e9);
    let known: BTreeSet<SchoolId> = cast.school.iter().map(|(school, ..)| *school).collect();
    let lycees = schools::create(db, size.schools, known.len(), &mut dice).await?;
    age(db, &span).await?;
    let mut bulk = Bulk::begin(db, TABLES).await?;
    let written = write(desk, &mut bulk, lycees, (&cast, size, &span), &mut dice, progress).await;
    bulk.finish(|done, total| progress.at("Index et statistiques", done, total)).await?;
    let written = written?;
    settle(db, &written, size, progress).await?;
    after(desk, progress).await?;
    Ok(cast)
}

/// What is computed from requests once everything is there.
async fn after(desk: &Desk, progress: &impl Progress) -> Result<(), DemoError> {
    delays::compute(desk, Which::All, |read| progress.at("Délais mesurés", read, 0)).await?;
    beffroi_desk::search::reindex(desk, |step, done| progress.at(step, done, 0)).await?;
    Ok(())
}

/// Two more providers beside the one of the small demo.
fn providers() -> organisation::Organisation {
    let mut organisation = small();
    let known = organisation.teams.iter().find(|team| team.kind == "provider").cloned();
    for (slug, name) in [
        ("copie-des-plaines", "Copie des Plaines (prestataire)"),
        ("bureautique-du-littoral", "Bureautique du Littoral (prestataire)"),
    ] {
        let email = Some(format!("support@{slug}.invalid"));
        let team = known.clone().map(|team| organisation::NewTeam {
            slug: slug.into(),
            name: name.into(),
            email,
            ..team
        });
        organisation.teams.extend(team);
    }
    organisation
}

/// The people of the small demo have held their functions for long, so that they asked for things too.
async fn age(db: &Db, span: &Span) -> Result<(), DemoError> {
    let aged = db.write::<_, DemoError, _>(async |tx| {
        let sql = "UPDATE function_held SET from_at = CASE WHEN role = 'pupil' THEN $1 ELSE $2 END";
        let values = [instant(span.pupils_since()).into(), instant(span.long_ago()).into()];
        let statement = Statement::from_sql_and_values(db.backend(), sql, values);
        tx.on().execute_raw(statement).await.map_err(DemoError::step)?;
        Ok(())
    });
    aged.await
}

struct Written {
    counters: HashMap<i32, i32>,
    jobs: Vec<Job>,
    people: usize,
    schools: usize,
}

async fn write(
    desk: &Desk,
    bulk: &mut Bulk,
    mut lycees: Vec<Lycee>,
    (cast, size, span): (&Cast, &Size, &Span),
    dice: &mut StdRng,
    progress: &impl Progress,
) -> Result<Written, DemoError> {
    let db = &desk.site.db;
    let mut teams = beffroi_directory::teams::teams(db).await?;
    teams.sort_by(|one, other| one.slug.cmp(&other.slug));
    bulk.write(vec![contracts(&mut lycees, &teams, span, dice)]).await?;
    let ids: Vec<_> =
        cast.school.iter().map(|(.., id)| *id).chain(cast.agents.iter().map(|(_, id)| *id)).collect();
    let names = beffroi_directory::names(db, &ids).await?;
    let crowd = people::create(bulk, (&lycees, &teams), (cast, &names), (size, span), dice, progress).await?;
    let stock = Stock::new(&desk.catalogue.current().await?, (size.requests / 250).clamp(6, 44))?;
    let (people, schools) = (crowd.count, lycees.len());
    let world = world(desk, lycees, crowd, teams, &stock, span).await?;
    let holidays = SchoolHolidays::official().map_err(DemoError::step)?;
    let instants = rhythm::instants(size.requests, (span.first(), span.now), &world.ruler, &holidays, dice);
    let author = Author::new(world, stock, size.seed);
    let (counters, jobs) = history(bulk, author, instants, progress).await?;
    Ok(Written { counters, jobs, people, schools })
}

async fn world(
    desk: &Desk,
    lycees: Vec<Lycee>,
    crowd: Crowd,
    teams: Vec<beffroi_directory::Team>,
    stock: &Stock,
    span: &Span,
) -> Result<World, DemoError> {
    let calendar = WorkingCalendar::default();
    let days = (paris_day(instant(span.now)) - span.first()).num_days() + BEYOND;
    let ruler = Ruler::new(&calendar, span.first(), usize::try_from(days).unwrap_or(0));
    let routing = desk.catalogue.routing().await?;
    Ok(World { lycees, crowd, teams, routing, calendar, ruler, any: stock.any.clone(), now: span.now })
}

/// More than half of the lycées have a provider for printing.
fn contracts(
    lycees: &mut [Lycee],
    teams: &[beffroi_directory::Team],
    span: &Span,
    dice: &mut StdRng,
) -> Batch {
    let columns = ["id", "school_id", "theme", "team_id", "from_day", "to_day"];
    let mut batch = Batch::new("provider_contract", &columns);
    let mut ids = Ids::new(span.now.unsigned_abs());
    let providers: Vec<_> =
        teams.iter().filter(|team| team.kind == beffroi_directory::TeamKind::Provider).collect();
    for lycee in lycees {
        let Some(provider) = providers.choose(dice).filter(|_| dice.random_range(0..100u32) < 55) else {
            continue;
        };
        lycee.place.contracts.push(("impression".into(), provider.slug.clone()));
        let id = ids.at(span.long_ago());
        let no_end: Option<NaiveDate> = None;
        let from = paris_day(instant(span.long_ago()));
        batch.row([
            id.into(),
            lycee.id.0.into(),
            "impression".into(),
            provider.id.0.into(),
            from.into(),
            no_end.into(),
        ]);
    }
    batch
}

/// Requests are written on a thread of their own while the database takes the ones before.
async fn history(
    bulk: &mut Bulk,
    mut author: Author,
    instants: Vec<i64>,
    progress: &impl Progress,
) -> Result<(HashMap<i32, i32>, Vec<Job>), DemoError> {
    let total = instants.len() as u64;
    let (send, mut receive) = mpsc::channel::<Rows>(2);
    let writing = tokio::task::spawn_blocking(move || {
        for some in instants.chunks(TOGETHER) {
            let mut rows = Rows::default();
            for at in some {
                author.write(*at, &mut rows)?;
            }
            if send.blocking_send(rows).is_err() {
                break;
            }
        }
        Ok::<_, DemoError>(author.counters)
    });
    let (mut jobs, mut done) = (Vec::new(), 0);
    while let Some(rows) = receive.recv().await {
        done += rows.requests.len() as u64;
        jobs.extend(&rows.jobs);
        bulk.write(rows.batches()).await?;
        progress.at("Demandes", done, total);
    }
    drop(receive);
    let counters = writing.await.map_err(DemoError::step)??;
    Ok((counters, jobs))
}

impl Rows {
    fn batches(&self) -> Vec<Batch> {
        vec![
            Batch::of::<request::Entity>(&self.requests),
            Batch::of::<message::Entity>(&self.messages),
            Batch::of::<pause::Entity>(&self.pauses),
            Batch::of::<approval::Entity>(&self.approvals),
            Batch::of::<task::Entity>(&self.tasks),
            Batch::of::<effect::Entity>(&self.effects),
            Batch::of::<link::Entity>(&self.links),
        ]
    }
}

/// The counters, the jobs that will end what is under way, and the journal.
async fn settle(db: &Db, written: &Written, size: &Size, progress: &impl Progress) -> Result<(), DemoError> {
    progress.at("Échéances à venir", 0, 0);
    let settled = db.write::<_, DemoError, _>(async |tx| {
        for (year, last) in &written.counters {
            let sql = "INSERT INTO request_counter (year, last) VALUES ($1, $2)";
            let values = [(*year).into(), (*last).into()];
            let statement = Statement::from_sql_and_values(db.backend(), sql, values);
            tx.on().execute_raw(statement).await.map_err(DemoError::step)?;
        }
        for job in &written.jobs {
            tx.enqueue(match job {
                Job::Close(id, solved, at) => NewJob::new(AUTO_CLOSE_JOB, &(id, solved)).at(*at),
                Job::End(id, at) => NewJob::new(EFFECT_END_JOB, id).at(*at).once(format!("effect:{id}")),
            })
            .await?;
        }
        let data = serde_json::json!({
            "seed": size.seed,
            "schools": written.schools,
            "people": written.people,
            "requests": size.requests,
        });
        tx.journal(Event::new("demo.region", "demo").data(data));
        Ok(())
    });
    settled.await
}
