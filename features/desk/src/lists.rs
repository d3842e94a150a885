//! The lists of the three homes: a school's requests, the agents' list and its selections.

pub mod bulk;
pub mod columns;
pub mod criteria;
pub mod export;
pub mod forecast;
pub mod order;
pub mod searches;
#[cfg(test)]
mod tests;

use beffroi_db::DbError;
use beffroi_kernel::Permit;

use crate::model::State;
use crate::search;
pub use crate::store::console::Row;
pub use crate::store::lists::{Filter, Line, Lines, PAGE};
use crate::store::{console, lists as store};
use crate::{Desk, ReadRequests, SuperviseRequests, WorkRequests};
use columns::Column;
use criteria::{Assignee, Criteria, Due, Faults, Pairs, Part};
use order::{Cursor, Order};

/// The searches that every agent has.
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
    /// Every one, in order.
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

    /// The one of that name.
    #[must_use]
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|queue| queue.slug() == slug)
    }
}

/// What a list shows and in which order, as an address or a saved search says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// What is kept.
    pub criteria: Criteria,
    /// The order asked for; none leaves the usual one.
    pub order: Option<Order>,
}

impl Selection {
    /// The selection of a built-in search.
    #[must_use]
    pub fn of(queue: Queue) -> Self {
        let mut criteria = Criteria::default();
        match queue {
            Queue::Mine => criteria.assignee = Some(Assignee::Me),
            Queue::Team => {}
            Queue::Unassigned => {
                criteria.states = vec![State::New, State::Open];
                criteria.assignee = Some(Assignee::Nobody);
            }
            Queue::Waiting => criteria.states = vec![State::Waiting],
            Queue::Due => criteria.due = Some(Due::Within(24)),
            Queue::Done => criteria.part = Part::Over,
        }
        Self { criteria, order: None }
    }

    /// Reads an address over what stands. A form sent whole (`f=1`) leaves nothing standing.
    #[must_use]
    pub fn read(standing: &Self, pairs: &[(String, String)]) -> (Self, Faults) {
        let whole = pairs.iter().any(|(name, value)| name == "f" && value == "1");
        let standing = if whole { Self::default() } else { standing.clone() };
        let (criteria, mut faults) = Criteria::read(standing.criteria, pairs);
        let (order, more) = Order::read(pairs);
        faults.extend(more);
        (Self { criteria, order: order.or(standing.order) }, faults)
    }

    /// The selection as pairs of an address.
    #[must_use]
    pub fn pairs(&self) -> Pairs {
        let mut pairs = vec![("f".to_owned(), "1".to_owned())];
        pairs.extend(self.criteria.pairs());
        pairs.extend(self.order.iter().flat_map(Order::pairs));
        pairs
    }

    /// The selection as the query of an address.
    #[must_use]
    pub fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }

    /// The selection that a query says.
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let pairs: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self::read(&Self::default(), &pairs).0
    }

    /// The order in which it is read, and whether it had to differ from the one asked for.
    #[must_use]
    pub fn effective_order(&self) -> (Order, bool) {
        let active = self.criteria.only_active();
        let (order, changed) = self.order.clone().unwrap_or_else(|| Order::usual(active)).fitting(active);
        (order, changed)
    }
}

/// A page of the agents' list and where the next begins.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The requests.
    pub rows: Vec<Row>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A page of a selection within the permit's scope, in one statement; `columns` are those shown.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    selection: &Selection,
    columns: &[Column],
    after: Option<&str>,
    limit: usize,
) -> Result<Rows, DbError> {
    let db = &desk.site.db;
    let (order, _) = selection.effective_order();
    let cursor = after.and_then(|text| Cursor::read(&order, text));
    let mut asked = asked(desk, permit, &selection.criteria).await?;
    asked.requesters = columns.contains(&Column::Requester);
    let mut rows = console::rows(db, &asked.page(&order, cursor.as_ref(), limit)).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|row| console::cursor(&order, row).text());
    Ok(Rows { rows, next })
}

async fn asked<'a>(
    desk: &Desk,
    permit: &'a Permit<WorkRequests>,
    criteria: &'a Criteria,
) -> Result<console::Asked<'a>, DbError> {
    let found = search::request_ids(desk, permit.scope(), permit.person(), &criteria.words).await?;
    Ok(console::Asked {
        scope: permit.scope(),
        criteria,
        me: permit.person(),
        now: desk.site.db.now(),
        found,
        requesters: false,
    })
}

/// How many requests each selection holds, up to a thousand and one, in one statement; none for
/// those that hold finished requests, which would have to be read one by one.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(
    desk: &Desk,
    permit: &Permit<WorkRequests>,
    selections: &[&Selection],
) -> Result<Vec<Option<u64>>, DbError> {
    let small = |selection: &&&Selection| selection.criteria.only_active();
    let mut lists = Vec::new();
    for selection in selections.iter().filter(small) {
        lists.push(asked(desk, permit, &selection.criteria).await?);
    }
    let queries: Vec<String> = selections.iter().filter(small).map(|selection| selection.query()).collect();
    let key = format!("counts {} {:?} {queries:?}", permit.person(), permit.scope());
    let counts = console::counts(&desk.site.db, key, &lists).await?;
    let mut counts = counts.iter().copied();
    Ok(selections.iter().map(|selection| if small(&selection) { counts.next() } else { None }).collect())
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
