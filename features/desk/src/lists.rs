//! The lists of the three homes: a school's requests, a technician's queues.

use beffroi_db::DbError;
use beffroi_kernel::Permit;
use chrono::TimeDelta;

use crate::model::State;
use crate::search;
use crate::store::lists as store;
pub use crate::store::lists::{Filter, Line, Lines, PAGE};
use crate::{Desk, ReadRequests, SuperviseRequests, WorkRequests};

/// The tabs of a technician's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// What I have in hand.
    Mine,
    /// What my teams have in hand or must take.
    Team,
    /// What nobody has taken.
    Unassigned,
    /// What waits for someone.
    Waiting,
    /// What is due within a day or late.
    Due,
    /// What is over.
    Done,
}

impl Queue {
    /// Every tab, in order.
    pub const ALL: &'static [Queue] =
        &[Self::Mine, Self::Team, Self::Unassigned, Self::Waiting, Self::Due, Self::Done];

    /// Its name in addresses.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Mine => "moi",
            Self::Team => "equipe",
            Self::Unassigned => "a-prendre",
            Self::Waiting => "en-attente",
            Self::Due => "a-echeance",
            Self::Done => "terminees",
        }
    }

    /// Its French name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mine => "Ma file",
            Self::Team => "Mon périmètre",
            Self::Unassigned => "À prendre",
            Self::Waiting => "En attente",
            Self::Due => "Bientôt en retard",
            Self::Done => "Terminées",
        }
    }

    /// The tab of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|queue| queue.slug() == slug)
    }
}

/// A page of a queue, most pressing first.
///
/// # Errors
/// When the database does not answer.
pub async fn queue(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    queue: Queue,
    words: &str,
    after: Option<&str>,
) -> Result<Lines, DbError> {
    let active = [State::New.slug(), State::Open.slug(), State::Waiting.slug()];
    let running = vec![State::New.slug(), State::Open.slug()];
    let found = search::request_ids(desk, permit.scope(), permit.person(), words).await?;
    let mut filter = Filter { found, ..Filter::default() };
    match queue {
        Queue::Mine => (filter.states, filter.assignee) = (active.to_vec(), Some(permit.person())),
        Queue::Team => filter.states = active.to_vec(),
        Queue::Unassigned => (filter.states, filter.unassigned) = (running, true),
        Queue::Waiting => filter.states = vec![State::Waiting.slug()],
        Queue::Due => {
            filter.states = running;
            filter.due_before = Some(desk.site.db.now() + TimeDelta::days(1));
        }
        Queue::Done => {
            filter.states = vec![State::Resolved.slug(), State::Closed.slug(), State::Merged.slug()];
            return store::latest(&desk.site.db, permit.scope(), &filter, after).await;
        }
    }
    store::by_deadline(&desk.site.db, permit.scope(), &filter, after).await
}

/// A page of the requests a person of a school may read, latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn requests(
    desk: &Desk,
    permit: &Permit<ReadRequests>,
    only_mine: bool,
    over: Option<bool>,
    words: &str,
    after: Option<&str>,
) -> Result<Lines, DbError> {
    let states = match over {
        None => Vec::new(),
        Some(over) => {
            State::ALL.iter().filter(|state| state.is_over() == over).map(|state| state.slug()).collect()
        }
    };
    let requester = only_mine.then_some(permit.person());
    let schools = permit.scope().schools().iter().copied().collect();
    let seen_by = Some((permit.person(), schools));
    let found = search::request_ids(desk, permit.scope(), permit.person(), words).await?;
    let filter = Filter { states, requester, seen_by, found, ..Filter::default() };
    store::latest(&desk.site.db, permit.scope(), &filter, after).await
}

/// Where things stand, for those who steer.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// Requests in hand, by team.
    pub by_team: Vec<beffroi_ui::Bar>,
    /// Requests past their deadline.
    pub late: u32,
    /// Requests nobody has taken.
    pub unassigned: u32,
}

/// The state of the requests within the permit's scope, in one statement.
///
/// # Errors
/// When the database does not answer.
pub async fn overview(desk: &Desk, permit: &Permit<SuperviseRequests>) -> Result<Overview, DbError> {
    let teams = store::by_team(&desk.site.db, permit.scope()).await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Overview {
        late: teams.iter().map(|team| number(team.late)).sum(),
        unassigned: teams.iter().map(|team| number(team.unassigned)).sum(),
        by_team: teams
            .into_iter()
            .map(|team| beffroi_ui::Bar { label: team.name, value: number(team.open) })
            .collect(),
    })
}
