//! Computes the figures: one pass over the requests in the order of an index, added up by month,
//! type and territory, then ranked. Only what changed is written again at night; all of it when asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use beffroi_calendar::paris_day;
use beffroi_db::{DbError, Event, NewJob};
use beffroi_directory::paris_day_start;
use beffroi_kernel::{RequestId, SchoolId};
use chrono::{DateTime, Days, TimeDelta, Utc};

use super::period::{Month, Period};
use super::rules::{Cell, Facts, Reached, Spread};
use crate::Desk;
use crate::model::{Outcome, State};
use crate::store::delays::{self as store, Sample};
use crate::store::entities::measured_delay::Model;

/// The nightly job.
pub const COMPUTE_JOB: &str = "desk.delays";
/// When it runs, after midnight in Paris.
const AT_NIGHT: TimeDelta = TimeDelta::minutes(3 * 60 + 20);
/// Changes that were being committed while the last figures were computed are looked at again.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// Which figures are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those of the months in which a request changed or is still in hand.
    Changed,
}

/// What was computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Computed {
    /// Requests read.
    pub requests: u64,
    /// Periods written.
    pub periods: usize,
    /// Figures written: one a period, type and territory.
    pub figures: usize,
}

/// Cells by month, type and territory, the last two by their rank.
type Cells = HashMap<(Month, usize, usize), Cell>;

/// Names that were seen, each with its rank.
#[derive(Debug, Default)]
struct Names<K>(HashMap<K, usize>);

impl<K: Eq + std::hash::Hash> Names<K> {
    fn rank(&mut self, name: K) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }

    fn by_rank(self) -> BTreeMap<usize, K> {
        self.0.into_iter().map(|(name, rank)| (rank, name)).collect()
    }
}

/// Computes figures and writes them in one transaction; `progress` hears how many requests are read.
///
/// # Errors
/// When the database does not answer; the figures then stay as they were.
pub async fn compute(desk: &Desk, which: Which, progress: impl Fn(u64)) -> Result<Computed, DbError> {
    let db = &desk.site.db;
    let now = db.now();
    let today = Month::of(now);
    let known = store::places(db, &[]).await?;
    let last = known.first().and_then(|state| state.computed_at);
    let changed = match (which, last) {
        (Which::Changed, Some(last)) => {
            let sent = store::touched(db, last - OVERLAP).await?;
            Some(touched_periods(sent.into_iter().map(Month::of), today))
        }
        _ => None,
    };
    let first = changed.as_ref().and_then(|periods| periods.iter().map(|period| period.start()).min());
    let from = first.map_or(DateTime::UNIX_EPOCH, paris_day_start);

    let reader = read_since(desk, from, now, progress).await?;
    let months = reader.cells.keys().map(|(month, ..)| *month);
    let earliest = months.clone().min().map(Month::first_day);
    let periods = changed.clone().unwrap_or_else(|| touched_periods(months, today));
    let read = reader.read;
    let figures = reader.figures(&periods);
    let done = Computed { requests: read, periods: periods.len(), figures: figures.len() };
    let earliest = match &changed {
        Some(_) => known.first().and_then(|state| state.first_month).into_iter().chain(earliest).min(),
        None => earliest,
    };
    let written: Vec<_> = periods.iter().map(|period| (period.kind(), period.start())).collect();
    db.write(async |tx| {
        store::forget(tx.on(), changed.is_some().then_some(written.as_slice())).await?;
        store::insert(tx.on(), figures).await?;
        store::computed(tx.on(), now, earliest).await?;
        let data = serde_json::json!({ "requests": done.requests, "figures": done.figures });
        tx.journal(Event::new("delays.computed", "delays").data(data));
        Ok(done)
    })
    .await
}

async fn read_since(
    desk: &Desk,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
    progress: impl Fn(u64),
) -> Result<Reader, DbError> {
    let db = &desk.site.db;
    let mut reader = Reader::new(store::school_territories(db).await?);
    let mut after = (DateTime::UNIX_EPOCH, RequestId(uuid::Uuid::nil()));
    loop {
        let samples = store::samples(db, from, after).await?;
        let Some(end) = samples.last() else { return Ok(reader) };
        after = (end.submitted_at, end.id);
        samples.into_iter().for_each(|sample| reader.add(sample, now));
        progress(reader.read);
    }
}

/// These months, their school years, and always the last twelve months.
fn touched_periods(months: impl Iterator<Item = Month>, today: Month) -> BTreeSet<Period> {
    let months: BTreeSet<Month> = months.collect();
    let years = months.iter().map(|month| Period::SchoolYear(month.school_year()));
    let own = months.iter().map(|month| Period::Month(*month));
    years.chain(own).chain([Period::Rolling(today)]).collect()
}

/// Adds requests up as they come.
struct Reader {
    territories: HashMap<SchoolId, usize>,
    territory_names: Names<String>,
    kinds: Names<(String, String)>,
    cells: Cells,
    read: u64,
}

impl Reader {
    fn new(schools: Vec<(SchoolId, String)>) -> Self {
        let mut territory_names = Names::default();
        let territories =
            schools.into_iter().map(|(school, slug)| (school, territory_names.rank(slug))).collect();
        Self { territories, territory_names, kinds: Names::default(), cells: Cells::new(), read: 0 }
    }

    fn add(&mut self, sample: Sample, now: DateTime<Utc>) {
        self.read += 1;
        let Some(territory) = self.territories.get(&sample.school_id).copied() else {
            return;
        };
        let facts = facts(&sample);
        let month = Month::of(sample.sent_at);
        let kind = self.kinds.rank((sample.sheet_slug, sample.request_type));
        self.cells.entry((month, kind, territory)).or_default().add(&facts, now);
    }

    /// The figures of these periods: of each territory, and of the whole Region under an empty name.
    fn figures(self, periods: &BTreeSet<Period>) -> Vec<Model> {
        let Self { territory_names, kinds, cells, .. } = self;
        let (names, kinds) = (territory_names.by_rank(), kinds.by_rank());
        let mut figures = Vec::new();
        for period in periods {
            let mut sums: BTreeMap<(usize, Option<usize>), Cell> = BTreeMap::new();
            for ((_, kind, territory), cell) in cells.iter().filter(|((month, ..), _)| period.holds(*month)) {
                for place in [None, Some(*territory)] {
                    sums.entry((*kind, place)).or_default().merge(cell);
                }
            }
            for ((kind, place), cell) in sums {
                let territory = place.and_then(|place| names.get(&place)).cloned().unwrap_or_default();
                if let Some((sheet, kind)) = kinds.get(&kind) {
                    figures.push(figure(sheet, kind, territory, *period, &cell));
                }
            }
        }
        figures
    }
}

fn facts(sample: &Sample) -> Facts {
    Facts {
        state: State::of(&sample.state),
        outcome: sample.outcome.as_deref().and_then(Outcome::of),
        goodwill: sample.goodwill,
        answer: Reached {
            at: sample.first_answered_at,
            due: sample.first_answer_due,
            minutes: sample.first_answer_minutes,
        },
        solution: Reached {
            at: sample.resolved_at,
            due: sample.solution_due,
            minutes: sample.solution_minutes,
        },
        reopened: sample.reopened,
        satisfaction: sample.satisfaction,
    }
}

fn figure(sheet: &str, kind: &str, territory: String, period: Period, cell: &Cell) -> Model {
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let reached = |spread: &Spread| i32::try_from(spread.minutes.len()).unwrap_or(i32::MAX);
    let ranks = |spread: &Spread| spread.nearest_ranks([50, 90]).map(|rank| rank.map(count));
    let (answer, solution) = (&cell.answer, &cell.solution);
    let ([answer_p50, answer_p90], [solution_p50, solution_p90]) = (ranks(answer), ranks(solution));
    Model {
        sheet_slug: sheet.to_owned(),
        request_type: kind.to_owned(),
        territory,
        period_kind: period.kind().to_owned(),
        period_start: period.start(),
        sent: count(cell.sent),
        goodwill: count(cell.goodwill),
        answered: reached(answer),
        unanswered: count(answer.waiting),
        answer_kept: count(answer.kept),
        answer_judged: count(answer.judged),
        solved: reached(solution),
        unsolved: count(solution.waiting),
        otherwise: count(cell.otherwise),
        solution_kept: count(solution.kept),
        solution_judged: count(solution.judged),
        reopened: count(cell.reopened),
        rated_low: count(cell.rated[0]),
        rated_middle: count(cell.rated[1]),
        rated_high: count(cell.rated[2]),
        answer_p50,
        answer_p90,
        solution_p50,
        solution_p90,
    }
}

/// Plans the next night, once a night whatever the number of nodes; the first figures at once.
///
/// # Errors
/// When the database does not answer.
pub async fn schedule(desk: &Desk) -> Result<(), DbError> {
    let db = &desk.site.db;
    let never = store::places(db, &[]).await?.first().is_none_or(|state| state.computed_at.is_none());
    db.write(async |tx| {
        let today = paris_day(tx.now());
        if never {
            tx.enqueue(NewJob::new(COMPUTE_JOB, &()).once("delays:first")).await?;
        }
        let tonight = paris_day_start(today) + AT_NIGHT;
        let night =
            if tonight > tx.now() { today } else { today.checked_add_days(Days::new(1)).unwrap_or(today) };
        let at = paris_day_start(night) + AT_NIGHT;
        tx.enqueue(NewJob::new(COMPUTE_JOB, &()).at(at).once(format!("delays:{night}"))).await
    })
    .await
}

/// One night: plans the next, then computes what changed.
///
/// # Errors
/// When the database does not answer; the job is then tried again.
pub async fn run_job(desk: &Desk) -> Result<(), DbError> {
    schedule(desk).await?;
    compute(desk, Which::Changed, |_| ()).await?;
    Ok(())
}
