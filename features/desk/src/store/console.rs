//! The statements of the agents' list: one a page, one for all counters, one for the choices offered.
//! Requests in hand are read in the partial indexes; histories in those of their dates.

use std::sync::Arc;

use beffroi_db::scope::condition;
use beffroi_db::{Db, DbError, sql};
use beffroi_directory::{paris_day_end, paris_day_start};
use beffroi_kernel::{PersonId, RequestId, SchoolId, Scope, TeamId};
use beffroi_sheets::{Word as _, slug_search_key};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, JoinType, Order as Direction, Query, SelectStatement, UnionType, Value,
};
use sea_orm::{FromQueryResult, Statement};
use uuid::Uuid;

use super::lists::{Filter, column, in_states, kept, reach};
use crate::lists::criteria::{Assignee, Criteria, Part, SHOWN_STATES};
use crate::lists::order::{Cursor, Key, KeyValue, Order, Sort};
use crate::model::State;

/// A counter says no more than this.
pub(crate) const MOST_COUNTED: u64 = 99;

/// A request as the agents' list shows it.
#[derive(Clone, Debug, FromQueryResult)]
#[allow(missing_docs, reason = "the columns are the migration's")]
pub struct Row {
    pub id: RequestId,
    pub reference: String,
    pub title: String,
    pub summary: String,
    pub state: String,
    pub waiting_for: Option<String>,
    pub goodwill: bool,
    pub urgent: bool,
    pub next_due: Option<DateTime<Utc>>,
    pub submitted_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub pressing: i64,
    pub version: i64,
    pub sheet_slug: String,
    pub request_type: String,
    pub theme: String,
    pub team_id: TeamId,
    pub assignee_id: Option<PersonId>,
    pub requester_id: PersonId,
    pub school_id: SchoolId,
    pub school: String,
    pub city: String,
    pub team: String,
    pub assignee: Option<String>,
    pub assignee_key: String,
    pub requester: Option<String>,
    pub requester_key: String,
    pub escalated: bool,
}

/// Read for the rows of the page only, by the key of the table.
const ESCALATED: &str = "EXISTS (SELECT 1 FROM escalation e WHERE e.request_id = r.id AND r.active \
                         AND (e.clock = 'solution' OR r.first_answered_at IS NULL))";

const OWN: [&str; 20] = [
    "id",
    "reference",
    "title",
    "summary",
    "state",
    "waiting_for",
    "goodwill",
    "urgent",
    "next_due",
    "submitted_at",
    "updated_at",
    "pressing",
    "version",
    "sheet_slug",
    "request_type",
    "theme",
    "team_id",
    "assignee_id",
    "requester_id",
    "school_id",
];

/// What a list asks for.
pub(crate) struct Asked<'a> {
    /// The rows within reach.
    pub(crate) scope: &'a Scope,
    /// What is kept.
    pub(crate) criteria: &'a Criteria,
    /// Who reads.
    pub(crate) me: PersonId,
    /// When.
    pub(crate) now: DateTime<Utc>,
    /// Those that hold the words asked for; `None` when no word is.
    pub(crate) found: Option<Vec<RequestId>>,
    /// Whether the names of requesters are shown: they are one in 250,000 each, far apart on the disk.
    pub(crate) requesters: bool,
}

impl Asked<'_> {
    /// Everything that a row of the list satisfies; `r` is the request.
    fn condition(&self) -> Condition {
        let criteria = self.criteria;
        let found = self.found.clone();
        let mut all = Condition::all().add(self.reach()).add(kept(&Filter { found, ..Filter::default() }));
        let states = criteria.kept_states();
        if criteria.only_active() {
            // Written out, not bound: the condition of the partial indexes.
            all = all.add(Expr::cust("r.active"));
            if states.len() < 3 {
                all = all.add(in_states(states.iter().map(|state| state.slug())));
            }
        } else {
            all = all.add(Expr::col(column("sent_at")).is_not_null());
            if states.len() < SHOWN_STATES.len() {
                all = all.add(in_states(states.iter().map(|state| state.slug())));
            }
        }
        self.dates(self.places(all))
    }

    /// What the scope reaches. A territory is most of what a list reads: its requests are kept on the
    /// way, in the list's order, rather than all gathered first from the whole history.
    fn reach(&self) -> Condition {
        let [school, team, person] = ["school_id", "team_id", "requester_id"].map(column);
        if self.scope.territories().is_empty() && self.scope.schools().is_empty() {
            return condition(self.scope, school, Some(team), Some(person));
        }
        reach(self.scope)
    }

    fn places(&self, mut all: Condition) -> Condition {
        let criteria = self.criteria;
        if !criteria.teams.is_empty() {
            all = all.add(among("team_id", criteria.teams.iter().map(|team| team.0)));
        }
        match criteria.assignee {
            Some(Assignee::Me) => all = all.add(Expr::col(column("assignee_id")).eq(self.me.0)),
            Some(Assignee::Person(person)) => all = all.add(Expr::col(column("assignee_id")).eq(person.0)),
            Some(Assignee::Nobody) => all = all.add(Expr::col(column("assignee_id")).is_null()),
            None => {}
        }
        let schools = schools(criteria);
        if let Some(schools) = schools {
            all = all.add(Expr::col(column("school_id")).in_subquery(schools));
        }
        if !criteria.kind.is_empty() {
            let (sheet, kind) = criteria.kind.split_once('/').unwrap_or((&criteria.kind, ""));
            all = all.add(Expr::col(column("sheet_slug")).eq(sheet));
            if !kind.is_empty() {
                all = all.add(Expr::col(column("request_type")).eq(kind));
            }
        }
        for (name, value) in [
            ("theme", Some(criteria.theme.as_str()).filter(|theme| !theme.is_empty())),
            ("nature", criteria.nature.map(|nature| nature.slug())),
            ("channel", criteria.channel.map(|channel| channel.slug())),
        ] {
            if let Some(value) = value {
                all = all.add(Expr::col(column(name)).eq(value));
            }
        }
        if criteria.urgent {
            all = all.add(Expr::col(column("urgent")).eq(true));
        }
        if let Some(goodwill) = criteria.goodwill {
            all = all.add(Expr::col(column("goodwill")).eq(goodwill));
        }
        all
    }

    fn dates(&self, mut all: Condition) -> Condition {
        let criteria = self.criteria;
        let within = criteria.due.map(|due| self.now + TimeDelta::hours(i64::from(due.hours())));
        for before in [within, criteria.due_before.map(paris_day_end)].into_iter().flatten() {
            // The rank is the deadline of what is not urgent: the queue is read up to there only.
            all = all
                .add(Expr::col(column("next_due")).lt(before))
                .add(Expr::col(column("pressing")).lt(before.timestamp_micros()));
        }
        if let Some(day) = criteria.sent_from {
            all = all.add(Expr::col(column("submitted_at")).gte(paris_day_start(day)));
        }
        if let Some(day) = criteria.sent_to {
            all = all.add(Expr::col(column("submitted_at")).lt(paris_day_end(day)));
        }
        if let Some(day) = criteria.changed_since {
            all = all.add(Expr::col(column("updated_at")).gte(paris_day_start(day)));
        }
        all
    }

    /// The rows of a page in this order, one more than `limit` when there are others.
    pub(crate) fn page(&self, order: &Order, after: Option<&Cursor>, limit: usize) -> SelectStatement {
        let mut query = Query::select();
        for name in OWN {
            query.column(column(name));
        }
        let text = |query: &mut SelectStatement, sql: &'static str, name: &'static str| {
            query.expr_as(Expr::cust(sql), Alias::new(name));
        };
        text(&mut query, "s.name", "school");
        text(&mut query, "s.city", "city");
        text(&mut query, "t.name", "team");
        text(&mut query, "p.given_name || ' ' || p.family_name", "assignee");
        text(&mut query, ASSIGNEE_KEY, "assignee_key");
        let requesters = self.requesters || order.sorts().iter().any(|sort| sort.key == Key::Requester);
        let none = "CAST(NULL AS text)";
        let named = if requesters { "q.given_name || ' ' || q.family_name" } else { none };
        text(&mut query, named, "requester");
        text(&mut query, if requesters { REQUESTER_KEY } else { "''" }, "requester_key");
        text(&mut query, ESCALATED, "escalated");
        query.from_as(Alias::new("request"), Alias::new("r"));
        // Left joins, although schools and teams always exist: requests are read first, in their order.
        let joins = [
            ("school", "s", "s.id = r.school_id"),
            ("team", "t", "t.id = r.team_id"),
            ("person", "p", "p.id = r.assignee_id"),
            ("person", "q", "q.id = r.requester_id"),
        ];
        for (table, alias, on) in joins.into_iter().filter(|(_, alias, _)| requesters || *alias != "q") {
            query.join_as(JoinType::LeftJoin, Alias::new(table), Alias::new(alias), Expr::cust(on));
        }
        query.cond_where(self.condition()).limit(limit as u64 + 1);
        if let Some(cursor) = after {
            query.cond_where(beyond(order, cursor));
        }
        let direction = |down| if down { Direction::Desc } else { Direction::Asc };
        for sort in order.sorts() {
            query.order_by_expr(expression(sort.key), direction(sort.down));
        }
        query.order_by(column("id"), direction(last_is_down(order)));
        query
    }

    /// At most one more than a counter says: the index is read no further.
    fn counted(&self) -> SelectStatement {
        Query::select()
            .expr_as(Expr::cust("1"), Alias::new("one"))
            .from_as(Alias::new("request"), Alias::new("r"))
            .cond_where(self.condition())
            .limit(MOST_COUNTED + 1)
            .to_owned()
    }
}

/// Equality rather than a list of one: both engines then read the index in its order.
fn among<V: Into<Value>>(name: &'static str, values: impl Iterator<Item = V>) -> Expr {
    let mut values: Vec<Value> = values.map(Into::into).collect();
    match (values.len(), values.pop()) {
        (1, Some(only)) => Expr::col(column(name)).eq(Expr::val(only)),
        (_, last) => Expr::col(column(name)).is_in(values.into_iter().chain(last).map(Expr::val)),
    }
}

/// The schools that the criteria name; none when they name none.
fn schools(criteria: &Criteria) -> Option<SelectStatement> {
    if criteria.territory.is_none() && criteria.school.trim().is_empty() {
        return None;
    }
    let mut query = Query::select();
    query.column("id").from("school");
    if let Some(territory) = criteria.territory {
        query.and_where(Expr::col("territory_id").eq(territory.0));
    }
    if let Some(uai) = criteria.uai() {
        query.and_where(Expr::col("uai").eq(uai.to_string()));
    } else {
        for word in slug_search_key(&criteria.school).split_whitespace().take(6) {
            let pattern = format!("%{}%", word.replace(['%', '_', '\\'], ""));
            query.and_where(Expr::col("search_key").like(pattern));
        }
    }
    Some(query)
}

const ASSIGNEE_KEY: &str = "COALESCE(p.family_name || ' ' || p.given_name, '')";
const REQUESTER_KEY: &str = "COALESCE(q.family_name || ' ' || q.given_name, '')";

/// What a deadline that does not exist sorts as: after all others.
fn no_deadline() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(9999, 1, 1, 0, 0, 0).single().unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A key as SQL, never null: comparisons with null would lose rows between two pages.
fn expression(key: Key) -> Expr {
    match key {
        Key::Pressing => Expr::col(column("pressing")),
        Key::Reference => Expr::col(column("reference")),
        Key::Title => Expr::col(column("title")),
        Key::School => Expr::cust("s.name"),
        Key::City => Expr::cust("s.city"),
        Key::Requester => Expr::cust(REQUESTER_KEY),
        Key::Team => Expr::cust("t.name"),
        Key::Assignee => Expr::cust(ASSIGNEE_KEY),
        Key::State => {
            let mut rank = Expr::case(Expr::val(1).eq(0), 0i64);
            for (state, place) in State::ALL.iter().zip(0i64..) {
                rank = rank.case(Expr::col(column("state")).eq(state.slug()), place);
            }
            rank.finally(99i64).into()
        }
        Key::Due => Expr::col(column("next_due")).if_null(no_deadline()),
        Key::Sent => Expr::col(column("submitted_at")),
        Key::Changed => Expr::col(column("updated_at")),
        Key::Kind => Expr::cust("r.sheet_slug || '/' || r.request_type"),
        Key::Theme => Expr::col(column("theme")),
    }
}

/// The value of a key in a row: what `expression` gives in the database.
fn value(key: Key, row: &Row) -> KeyValue {
    let text = |text: &str| KeyValue::Text(text.to_owned());
    match key {
        Key::Pressing => KeyValue::Number(row.pressing),
        Key::Reference => text(&row.reference),
        Key::Title => text(&row.title),
        Key::School => text(&row.school),
        Key::City => text(&row.city),
        Key::Requester => text(&row.requester_key),
        Key::Team => text(&row.team),
        Key::Assignee => text(&row.assignee_key),
        Key::State => {
            let place = State::ALL.iter().zip(0i64..).find(|(state, _)| state.slug() == row.state);
            KeyValue::Number(place.map_or(99, |(_, place)| place))
        }
        Key::Due => KeyValue::Instant(row.next_due.unwrap_or_else(no_deadline)),
        Key::Sent => KeyValue::Instant(row.submitted_at),
        Key::Changed => KeyValue::Instant(row.updated_at),
        Key::Kind => KeyValue::Text(format!("{}/{}", row.sheet_slug, row.request_type)),
        Key::Theme => text(&row.theme),
    }
}

/// Where a page that ends with this row ends.
pub(crate) fn cursor(order: &Order, row: &Row) -> Cursor {
    Cursor { values: order.sorts().iter().map(|sort| value(sort.key, row)).collect(), id: row.id }
}

fn bound(value: &KeyValue) -> Expr {
    match value {
        KeyValue::Number(number) => Expr::val(*number),
        KeyValue::Instant(at) => Expr::val(*at),
        KeyValue::Text(text) => Expr::val(text.clone()),
    }
}

fn last_is_down(order: &Order) -> bool {
    order.sorts().last().is_some_and(|sort| sort.down)
}

/// The rows after the cursor. With one direction, a comparison of tuples, which reads an index from
/// there; with several, each key in turn, and the first alone bounds the reading.
fn beyond(order: &Order, cursor: &Cursor) -> Condition {
    let down = last_is_down(order);
    let mut keys: Vec<(Expr, Expr, bool)> = order
        .sorts()
        .iter()
        .zip(&cursor.values)
        .map(|(Sort { key, down }, value)| (expression(*key), bound(value), *down))
        .collect();
    keys.push((Expr::col(column("id")), Expr::val(cursor.id.0), down));
    if keys.iter().all(|(_, _, other)| *other == down) {
        let left = Expr::tuple(keys.iter().map(|(key, _, _)| key.clone()));
        let right = Expr::tuple(keys.iter().map(|(_, value, _)| value.clone()));
        return Condition::all().add(if down { left.lt(right) } else { left.gt(right) });
    }
    let mut any = Condition::any();
    for (place, (key, value, down)) in keys.iter().enumerate() {
        let mut all = Condition::all();
        for (key, value, _) in &keys[..place] {
            all = all.add(key.clone().eq(value.clone()));
        }
        let past = if *down { key.clone().lt(value.clone()) } else { key.clone().gt(value.clone()) };
        any = any.add(all.add(past));
    }
    let (key, value, down) = keys.swap_remove(0);
    Condition::all().add(if down { key.lte(value) } else { key.gte(value) }).add(any)
}

/// Those of these requests that the scope holds and a team has received.
pub(crate) async fn chosen(
    db: &Db,
    scope: &Scope,
    me: PersonId,
    ids: &[RequestId],
) -> Result<Vec<Row>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let criteria = Criteria { part: Part::All, ..Criteria::default() };
    let asked = Asked { scope, criteria: &criteria, me, now: db.now(), found: None, requesters: true };
    let mut query = asked.page(&Order::usual(true), None, ids.len());
    query.and_where(among("id", ids.iter().map(|id| id.0)));
    rows(db, &query).await
}

/// Reads a page.
pub(crate) async fn rows(db: &Db, query: &SelectStatement) -> Result<Vec<Row>, DbError> {
    Ok(Row::find_by_statement(sql::built(db.backend(), query)).all(db.read()).await?)
}

#[derive(FromQueryResult)]
struct Counted {
    place: i64,
    count: i64,
}

/// The counters of several lists of requests in hand, in one statement; kept until a request changes,
/// and for seconds. `key` says who looks at which lists.
pub(crate) async fn counts(db: &Db, key: String, lists: &[Asked<'_>]) -> Result<Arc<Vec<u64>>, DbError> {
    db.recent(key, &["request", "bulk"], async || read_counts(db, lists).await).await
}

async fn read_counts(db: &Db, lists: &[Asked<'_>]) -> Result<Vec<u64>, DbError> {
    let mut counts = vec![0; lists.len()];
    if let Some(query) = counting(lists) {
        for counted in Counted::find_by_statement(sql::built(db.backend(), &query)).all(db.read()).await? {
            if let Some(count) = usize::try_from(counted.place).ok().and_then(|place| counts.get_mut(place)) {
                *count = u64::try_from(counted.count).unwrap_or_default();
            }
        }
    }
    Ok(counts)
}

/// The statement of the counters; none without lists.
pub(crate) fn counting(lists: &[Asked<'_>]) -> Option<SelectStatement> {
    let mut all: Option<SelectStatement> = None;
    for (asked, place) in lists.iter().zip(0i64..) {
        let one = Query::select()
            .expr_as(Expr::val(place).cast_as(Alias::new("bigint")), Alias::new("place"))
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("count"))
            .from_subquery(asked.counted(), Alias::new("counted"))
            .to_owned();
        match &mut all {
            Some(all) => {
                all.union(UnionType::All, one);
            }
            None => all = Some(one),
        }
    }
    all
}

/// Something that a criterion may name.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Named {
    /// `team`, `territory`, `theme` or `person`.
    pub(crate) kind: String,
    /// Its identifier, themes apart.
    pub(crate) id: Option<Uuid>,
    /// Its stable name.
    pub(crate) slug: String,
    /// Its title.
    pub(crate) label: String,
}

/// Everything that criteria may name, the members of these teams included; kept for seconds.
pub(crate) async fn named(db: &Db, teams: &[TeamId]) -> Result<Arc<Vec<Named>>, DbError> {
    let key = format!("named {teams:?}");
    db.recent(key, &["team", "territory", "theme", "routing", "person"], async || read_named(db, teams).await)
        .await
}

async fn read_named(db: &Db, teams: &[TeamId]) -> Result<Vec<Named>, DbError> {
    let mut values: Vec<Value> = vec![db.now().into()];
    values.extend(teams.iter().map(|team| team.0.into()));
    let holes: Vec<String> = (2..2 + teams.len()).map(|hole| format!("${hole}")).collect();
    let mut sql = String::from(
        "SELECT 'team' AS kind, id, slug, name AS label FROM team WHERE active \
         UNION ALL SELECT 'territory', id, slug, name FROM territory \
         UNION ALL SELECT 'theme', NULL, slug, label FROM theme",
    );
    if holes.is_empty() {
        values.clear();
    } else {
        let people = format!(
            " UNION ALL SELECT DISTINCT 'person', p.id, p.search_key, p.given_name || ' ' || p.family_name \
             FROM function_held f JOIN person p ON p.id = f.person_id WHERE f.team_id IN ({}) \
             AND f.from_at <= $1 AND (f.to_at IS NULL OR f.to_at > $1) AND p.disabled_at IS NULL",
            holes.join(", ")
        );
        sql.push_str(&people);
    }
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let mut named = Named::find_by_statement(statement).all(db.read()).await?;
    named.sort_by(|one, other| one.label.cmp(&other.label));
    Ok(named)
}
