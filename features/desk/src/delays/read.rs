//! Reads the figures for pages: never the requests.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use beffroi_calendar::Delay;
use beffroi_db::DbError;
use beffroi_kernel::{Access, SchoolId};
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::period::{Month, Period};
use super::rules::{DAY, Shown, opinions, share};
use crate::Desk;
use crate::store::delays as store;
pub use crate::store::entities::measured_delay::Model as Figures;

/// A territory of the Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerritoryName {
    /// Its stable name.
    pub slug: String,
    /// Its French name.
    pub name: String,
    /// Whether a school of the person who looks is there.
    pub mine: bool,
}

/// What every page of the figures stands on.
#[derive(Clone, Debug)]
pub struct Board {
    /// When they were computed.
    pub computed_at: Option<DateTime<Utc>>,
    /// The first month they know.
    pub first_month: Option<Month>,
    /// Whether they are kept to people signed in.
    pub signed_in_only: bool,
    /// The territories, by name.
    pub territories: Vec<TerritoryName>,
    /// The present month.
    pub today: Month,
}

impl Board {
    /// The territory of that stable name.
    #[must_use]
    pub fn territory(&self, slug: &str) -> Option<&TerritoryName> {
        self.territories.iter().find(|territory| territory.slug == slug)
    }

    /// The territory of the person who looks, when they have exactly one.
    #[must_use]
    pub fn mine(&self) -> Option<&TerritoryName> {
        let mut mine = self.territories.iter().filter(|territory| territory.mine);
        mine.next().filter(|_| mine.next().is_none())
    }
}

/// The state of the figures, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn board(desk: &Desk, access: Option<&Access>) -> Result<Board, DbError> {
    let db = &desk.site.db;
    let functions = access.map(|access| access.functions.as_slice()).unwrap_or_default();
    let mut schools: Vec<SchoolId> = functions.iter().filter_map(|function| function.school).collect();
    schools.sort_unstable();
    schools.dedup();
    let places = store::places(db, &schools).await?;
    let first = places.first();
    Ok(Board {
        computed_at: first.and_then(|state| state.computed_at),
        first_month: first.and_then(|state| state.first_month).map(Month::containing),
        signed_in_only: first.is_some_and(|state| state.signed_in_only),
        today: Month::of(db.now()),
        territories: places
            .into_iter()
            .filter_map(|place| {
                Some(TerritoryName { slug: place.slug?, name: place.name?, mine: place.mine > 0 })
            })
            .collect(),
    })
}

/// The figures of a period: those of the Region, and of these territories; of all with none.
///
/// # Errors
/// When the database does not answer.
pub async fn of_period(
    desk: &Desk,
    period: Period,
    territories: Option<&[&str]>,
) -> Result<Vec<Figures>, DbError> {
    store::of_period(&desk.site.db, (period.kind(), period.start()), territories).await
}

/// Every figure of a request type, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_type(desk: &Desk, sheet: &str, kind: &str) -> Result<Vec<Figures>, DbError> {
    store::of_type(&desk.site.db, sheet, kind).await
}

impl Figures {
    /// Their period.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        Period::stored(&self.period_kind, self.period_start)
    }

    /// Whether they are those of the whole Region.
    #[must_use]
    pub fn is_region(&self) -> bool {
        self.territory.is_empty()
    }

    /// Requests that a first answer is measured on, those that wait included.
    #[must_use]
    pub fn answer_base(&self) -> i32 {
        self.answered + self.unanswered
    }

    /// Requests that a solution is measured on, those that wait included.
    #[must_use]
    pub fn solution_base(&self) -> i32 {
        self.solved + self.unsolved
    }

    /// First answer: within this, half of the requests; nine in ten.
    #[must_use]
    pub fn answer(&self) -> [Shown; 2] {
        [self.answer_p50, self.answer_p90].map(|minutes| Shown::of(self.answer_base(), minutes))
    }

    /// Solution: within this, half of the requests; nine in ten.
    #[must_use]
    pub fn solution(&self) -> [Shown; 2] {
        [self.solution_p50, self.solution_p90].map(|minutes| Shown::of(self.solution_base(), minutes))
    }

    /// The percentage of first answers within the promise.
    #[must_use]
    pub fn answer_share(&self) -> Option<u32> {
        share(self.answer_kept, self.answer_judged)
    }

    /// The percentage of solutions within the promise.
    #[must_use]
    pub fn solution_share(&self) -> Option<u32> {
        share(self.solution_kept, self.solution_judged)
    }

    /// Opinions as published: does not suit, suits in part, suits.
    #[must_use]
    pub fn opinions(&self) -> Option<[u32; 3]> {
        opinions([self.rated_low, self.rated_middle, self.rated_high])
    }
}

/// The minutes of work that a promise leaves at least: a day promised is a whole one.
#[must_use]
pub(crate) fn promised(delay: Delay) -> u32 {
    match delay {
        Delay::OfficeHours(hours) => hours.saturating_mul(60),
        Delay::WorkingDays(days) => days.saturating_mul(DAY),
        Delay::WorkingDayHours(hours) => hours.saturating_mul(DAY) / 24,
    }
}

/// What was measured over the last twelve months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// First answer: within this, half of the requests.
    pub answer: Shown,
    /// Solution: within this, half of the requests.
    pub solution: Shown,
    /// How many requests stand behind.
    pub requests: i32,
}

/// By sheet, type and territory.
type Known = HashMap<(String, String, String), Measured>;

/// What is known, and when it was read.
type Kept = (Instant, Arc<Known>);

/// How long an answer is kept in the process: figures change once a night.
const FRESH: Duration = Duration::from_secs(60);

/// The last answer of each database, named by its clock: one process serves one, tests several.
static KNOWN: LazyLock<Mutex<HashMap<usize, Kept>>> = LazyLock::new(Mutex::default);

/// What people waited for lately, for a sheet or a form to say: of a territory, or of the Region.
///
/// # Errors
/// When the database does not answer.
pub async fn measured(
    desk: &Desk,
    sheet: &str,
    kind: &str,
    territory: Option<&str>,
) -> Result<Option<Measured>, DbError> {
    let key = (sheet.to_owned(), kind.to_owned(), territory.unwrap_or_default().to_owned());
    Ok(known(desk).await?.get(&key).copied())
}

async fn known(desk: &Desk) -> Result<Arc<Known>, DbError> {
    let database = Arc::as_ptr(desk.site.db.clock()).cast::<()>().addr();
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((read_at, known)) = lock().get(&database)
        && read_at.elapsed() < FRESH
    {
        return Ok(Arc::clone(known));
    }
    let rolling = Period::Rolling(Month::of(desk.site.db.now()));
    let rows = of_period(desk, rolling, None).await?.into_iter().map(|row| {
        let ([answer, _], [solution, _], requests) = (row.answer(), row.solution(), row.sent);
        ((row.sheet_slug, row.request_type, row.territory), Measured { answer, solution, requests })
    });
    let known = Arc::new(rows.collect::<Known>());
    lock().insert(database, (Instant::now(), Arc::clone(&known)));
    Ok(known)
}
