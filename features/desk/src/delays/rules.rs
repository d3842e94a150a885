//! How delays are measured and what may be published. Pure.
//!
//! A request belongs to the month in which its team received it. Ranks are taken among **all** the
//! requests of the month that can still be answered, those that wait included, as if they waited for
//! ever: a team cannot look fast by leaving the slow ones open. When the rank falls among them, the
//! figure is not known yet.

use chrono::{DateTime, Utc};

use crate::model::{Outcome, State};

/// Fewer requests than this are not published: a figure on them would speak of people.
pub const FEWEST: i32 = 5;

/// Minutes of a working day: 8:00–12:00 and 13:30–17:30.
pub const DAY: u32 = 480;

/// What one request says, as measured by its clocks.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where it stands.
    pub state: Option<State>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Outside the service: no delay was promised.
    pub goodwill: bool,
    /// First answer: when, when due, minutes of work.
    pub answer: Reached,
    /// Solution: when, when due, minutes of work.
    pub solution: Reached,
    /// How many times it was reopened.
    pub reopened: i32,
    /// What the requester thought: 1, 2 or 3.
    pub satisfaction: Option<i32>,
}

/// A deadline and how it was met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reached {
    /// When it was reached.
    pub at: Option<DateTime<Utc>>,
    /// When it was due.
    pub due: Option<DateTime<Utc>>,
    /// The minutes of work it took.
    pub minutes: Option<i32>,
}

impl Reached {
    /// Whether the promise was kept; unknown while there is still time, or while the clock stands.
    fn kept(self, running: bool, now: DateTime<Utc>) -> Option<bool> {
        let due = self.due?;
        match self.at {
            Some(at) => Some(at <= due),
            None => (running && due < now).then_some(false),
        }
    }
}

/// How long requests took, and how many still wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Minutes of each that was reached, in any order.
    pub minutes: Vec<u32>,
    /// How many still wait.
    pub waiting: u32,
    /// How many kept the promise.
    pub kept: u32,
    /// How many either kept or broke it.
    pub judged: u32,
}

impl Spread {
    fn add(&mut self, reached: Reached, state: Option<State>, now: DateTime<Utc>) {
        if let Some(minutes) = reached.minutes.filter(|_| reached.at.is_some()) {
            self.minutes.push(u32::try_from(minutes).unwrap_or(0));
        } else if reached.at.is_none() && state.is_some_and(State::is_active) {
            self.waiting += 1;
        } else {
            return;
        }
        if let Some(kept) = reached.kept(matches!(state, Some(State::New | State::Open)), now) {
            self.judged += 1;
            self.kept += u32::from(kept);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.minutes.extend_from_slice(&other.minutes);
        self.waiting += other.waiting;
        self.kept += other.kept;
        self.judged += other.judged;
    }

    /// The smallest delay within which that share of the requests was reached (nearest rank), those
    /// that wait counted as the slowest; none when they hold that rank.
    #[must_use]
    pub fn nearest_rank(&self, percent: u32) -> Option<u32> {
        let [rank] = self.nearest_ranks([percent]);
        rank
    }

    /// Several of them, sorted for once.
    #[must_use]
    pub fn nearest_ranks<const N: usize>(&self, percents: [u32; N]) -> [Option<u32>; N] {
        let mut sorted = self.minutes.clone();
        sorted.sort_unstable();
        percents.map(|percent| rank(&sorted, self.waiting, percent))
    }
}

fn rank(sorted: &[u32], waiting: u32, percent: u32) -> Option<u32> {
    let total = sorted.len() as u64 + u64::from(waiting);
    let rank = (total * u64::from(percent)).div_ceil(100).max(1);
    usize::try_from(rank - 1).ok().and_then(|position| sorted.get(position)).copied()
}

/// Requests of one type, one territory and one period, added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Received by a team.
    pub sent: u32,
    /// Among them, without promise.
    pub goodwill: u32,
    /// First answers.
    pub answer: Spread,
    /// Solutions.
    pub solution: Spread,
    /// Ended without a solution: impossible, refused, withdrawn, merged.
    pub otherwise: u32,
    /// Reopened at least once.
    pub reopened: u32,
    /// Opinions: does not suit, suits in part, suits.
    pub rated: [u32; 3],
}

impl Cell {
    /// Adds a request.
    pub fn add(&mut self, facts: &Facts, now: DateTime<Utc>) {
        self.sent += 1;
        self.reopened += u32::from(facts.reopened > 0);
        if let Some(place) = facts.satisfaction.and_then(|value| usize::try_from(value - 1).ok())
            && let Some(count) = self.rated.get_mut(place)
        {
            *count += 1;
        }
        if facts.goodwill {
            self.goodwill += 1;
            return;
        }
        self.answer.add(facts.answer, facts.state, now);
        if is_otherwise(facts) {
            self.otherwise += 1;
        } else {
            self.solution.add(facts.solution, facts.state, now);
        }
    }

    /// Adds another cell.
    pub fn merge(&mut self, other: &Self) {
        self.sent += other.sent;
        self.goodwill += other.goodwill;
        self.otherwise += other.otherwise;
        self.reopened += other.reopened;
        self.answer.merge(&other.answer);
        self.solution.merge(&other.solution);
        for (mine, theirs) in self.rated.iter_mut().zip(other.rated) {
            *mine += theirs;
        }
    }
}

/// Over without a solution that its requester received.
fn is_otherwise(facts: &Facts) -> bool {
    let solved = matches!(facts.outcome, None | Some(Outcome::Done | Outcome::Degraded));
    facts.state.is_some_and(State::is_over) && (!solved || facts.solution.at.is_none())
}

/// A figure as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// On so few requests that it is not published.
    TooFew,
    /// More of them wait than this figure allows to know.
    NotYet,
    /// Minutes of work.
    Minutes(u32),
}

impl Shown {
    /// What may be shown of a rank among `total` requests.
    #[must_use]
    pub fn of(total: i32, minutes: Option<i32>) -> Self {
        match minutes {
            _ if total < FEWEST => Self::TooFew,
            Some(minutes) => Self::Minutes(u32::try_from(minutes).unwrap_or(0)),
            None => Self::NotYet,
        }
    }

    /// The minutes, when they are known and published.
    #[must_use]
    pub const fn minutes(self) -> Option<u32> {
        match self {
            Self::Minutes(minutes) => Some(minutes),
            Self::TooFew | Self::NotYet => None,
        }
    }
}

/// A whole percentage, when enough requests stand behind it. It never says 100 when one failed, nor
/// 0 when one succeeded.
#[must_use]
pub fn share(part: i32, total: i32) -> Option<u32> {
    if total < FEWEST {
        return None;
    }
    let percent = u32::try_from((i64::from(part) * 200 + i64::from(total)) / (2 * i64::from(total))).ok()?;
    Some(match (part, percent) {
        (1.., 0) => 1,
        (part, 100) if part < total => 99,
        _ => percent,
    })
}

/// Opinions as published: none under five, then each count to the nearest five, so that no
/// difference between two tables gives one person's.
#[must_use]
pub fn opinions(rated: [i32; 3]) -> Option<[u32; 3]> {
    let rounded = |count: i32| u32::try_from((count + 2) / 5 * 5).unwrap_or(0);
    (rated.iter().sum::<i32>() >= FEWEST).then(|| rated.map(rounded))
}
