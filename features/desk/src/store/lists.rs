//! Lists of requests: one statement a page, keyset pagination, no exact count on the way.

use beffroi_db::scope::{condition, condition_on};
use beffroi_db::{Db, DbError, sql};
use beffroi_kernel::{PersonId, RequestId, SchoolId, Scope};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use sea_orm::sea_query::{
    Alias, Condition, Expr, ExprTrait, JoinType, Order, Query, SelectStatement, UnionType,
};

/// Rows on a page.
pub const PAGE: usize = 50;

/// A request as lists show it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Line {
    /// Its identifier.
    pub id: RequestId,
    /// Its reference.
    pub reference: String,
    /// What is asked.
    pub title: String,
    /// The first answers.
    pub summary: String,
    /// Where it stands.
    pub state: String,
    /// Whom it waits for.
    pub waiting_for: Option<String>,
    /// Without service level.
    pub goodwill: bool,
    /// To treat before all others.
    pub urgent: bool,
    /// The next deadline.
    pub next_due: Option<DateTime<Utc>>,
    /// When it was sent by its author.
    pub submitted_at: DateTime<Utc>,
    /// Last change.
    pub updated_at: DateTime<Utc>,
    /// The rank in queues.
    pub pressing: i64,
    /// The school's name.
    pub school: String,
    /// The school's town.
    pub city: String,
    /// The owner team.
    pub team: String,
    /// Who has it in hand.
    pub assignee: Option<String>,
}

/// A page of a list and where the next begins.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The rows.
    pub lines: Vec<Line>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// What a list keeps.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// States kept; empty keeps all.
    pub states: Vec<&'static str>,
    /// Only those this person has in hand.
    pub assignee: Option<PersonId>,
    /// Only those nobody has in hand.
    pub unassigned: bool,
    /// Only those this person asked.
    pub requester: Option<PersonId>,
    /// Only those that their school has sent to a team, this person's own, and those of these schools.
    pub seen_by: Option<(PersonId, Vec<SchoolId>)>,
    /// Only those due before.
    pub due_before: Option<DateTime<Utc>>,
    /// Only these: what a search found.
    pub found: Option<Vec<RequestId>>,
}

pub(crate) fn column(name: &'static str) -> (Alias, Alias) {
    (Alias::new("r"), Alias::new(name))
}

fn base(scope: &Scope, filter: &Filter) -> SelectStatement {
    let mut query = Query::select();
    for name in [
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
    ] {
        query.column(column(name));
    }
    let full_name = Expr::cust("p.given_name || ' ' || p.family_name");
    query
        .expr_as(Expr::col((Alias::new("s"), Alias::new("name"))), Alias::new("school"))
        .expr_as(Expr::col((Alias::new("s"), Alias::new("city"))), Alias::new("city"))
        .expr_as(Expr::col((Alias::new("t"), Alias::new("name"))), Alias::new("team"))
        .expr_as(full_name, Alias::new("assignee"))
        .from_as(Alias::new("request"), Alias::new("r"))
        .join_as(JoinType::InnerJoin, Alias::new("school"), Alias::new("s"), Expr::cust("s.id = r.school_id"))
        .join_as(JoinType::InnerJoin, Alias::new("team"), Alias::new("t"), Expr::cust("t.id = r.team_id"))
        .join_as(
            JoinType::LeftJoin,
            Alias::new("person"),
            Alias::new("p"),
            Expr::cust("p.id = r.assignee_id"),
        )
        .cond_where(reach(scope))
        .cond_where(kept(filter))
        .limit(PAGE as u64 + 1);
    query
}

/// The scope, in columns that no index knows: the order of a list says where to read, never its scope,
/// by which a busy school would be gathered whole before its latest requests are.
pub(super) fn reach(scope: &Scope) -> Condition {
    let hidden = |name| Expr::col(column(name)).if_null(Expr::col(column(name)));
    condition_on(scope, hidden("school_id"), Some(hidden("team_id")), Some(hidden("requester_id")))
}

/// Written out, not bound: how many requests are in a state decides the plan, which is then kept.
pub(crate) fn in_states(states: impl Iterator<Item = &'static str>) -> Expr {
    let states: Vec<String> = states.map(|state| format!("'{state}'")).collect();
    Expr::cust(format!("r.state IN ({})", states.join(", ")))
}

pub(crate) fn kept(filter: &Filter) -> Condition {
    let mut all = Condition::all();
    if !filter.states.is_empty() {
        all = all.add(in_states(filter.states.iter().copied()));
    }
    if let Some(person) = filter.assignee {
        all = all.add(Expr::col(column("assignee_id")).eq(person.0));
    }
    if filter.unassigned {
        all = all.add(Expr::col(column("assignee_id")).is_null());
    }
    if let Some(person) = filter.requester {
        all = all.add(Expr::col(column("requester_id")).eq(person.0));
    }
    if let Some((person, schools)) = &filter.seen_by {
        let seen = Condition::any()
            .add(Expr::col(column("sent_at")).is_not_null())
            .add(Expr::col(column("requester_id")).eq(person.0))
            .add(Expr::col(column("school_id")).is_in(schools.iter().map(|school| school.0)));
        all = all.add(seen);
    }
    if let Some(due) = filter.due_before {
        all = all.add(Expr::col(column("next_due")).lt(due));
    }
    if let Some(found) = &filter.found {
        all = all.add(Expr::col(column("id")).is_in(found.iter().map(|id| id.0)));
    }
    all
}

async fn fetch(db: &Db, query: &SelectStatement, cursor: impl Fn(&Line) -> String) -> Result<Lines, DbError> {
    let mut lines = Line::find_by_statement(sql::built(db.backend(), query)).all(db.read()).await?;
    let more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let next = lines.last().filter(|_| more).map(cursor);
    Ok(Lines { lines, next })
}

/// Latest first, as a school or a requester reads its requests.
pub(crate) async fn latest(
    db: &Db,
    scope: &Scope,
    filter: &Filter,
    after: Option<&str>,
) -> Result<Lines, DbError> {
    let query = latest_query(scope, filter, after);
    fetch(db, &query, |line| format!("{}.{}", line.submitted_at.timestamp_micros(), line.id)).await
}

/// The statement of [`latest`].
pub(crate) fn latest_query(scope: &Scope, filter: &Filter, after: Option<&str>) -> SelectStatement {
    let mut query = base(scope, filter);
    let cursor = after.and_then(|text| {
        let (micros, id) = text.split_once('.')?;
        Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.parse::<RequestId>().ok()?))
    });
    let mut before = Condition::all();
    if let Some((at, id)) = cursor {
        let submitted = || Expr::col(column("submitted_at"));
        let same = Condition::all().add(submitted().eq(at)).add(Expr::col(column("id")).lt(id.0));
        before = before.add(Condition::any().add(submitted().lt(at)).add(same));
    }
    query.cond_where(before.clone());
    if let Some(ways) = latest_of_each(scope, &kept(filter).add(before)) {
        query.and_where(Expr::col(column("id")).in_subquery(ways));
    }
    in_order(&mut query);
    query
}

fn in_order(query: &mut SelectStatement) {
    query.order_by(column("submitted_at"), Order::Desc).order_by(column("id"), Order::Desc);
}

/// The latest requests of each school of a narrow scope, and the person's own: each way has its
/// index in this order, and a scope that joins them has none.
fn latest_of_each(scope: &Scope, kept: &Condition) -> Option<SelectStatement> {
    if scope.is_everything() || !scope.territories().is_empty() || !scope.teams().is_empty() {
        return None;
    }
    let schools = scope.schools().iter().map(|school| Expr::col(column("school_id")).eq(school.0));
    let own = scope.person().map(|person| Expr::col(column("requester_id")).eq(person.0));
    let ways = schools.chain(own).map(|way| {
        let mut latest = Query::select();
        latest.column(column("id")).from_as(Alias::new("request"), Alias::new("r"));
        latest.and_where(way).cond_where(kept.clone()).limit(PAGE as u64 + 1);
        in_order(&mut latest);
        let mut way = Query::select();
        way.column(Alias::new("id")).from_subquery(latest, Alias::new("way"));
        way
    });
    ways.reduce(|mut all, way| {
        all.union(UnionType::Distinct, way);
        all
    })
}

/// What a team has in hand.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct TeamCount {
    pub(crate) name: String,
    pub(crate) open: i64,
    pub(crate) late: i64,
    pub(crate) unassigned: i64,
}

/// Counts of active requests by team, the most loaded first.
pub(crate) async fn by_team(db: &Db, scope: &Scope) -> Result<Vec<TeamCount>, DbError> {
    let late: Expr = Expr::case(Expr::col(column("next_due")).lt(db.now()), 1).finally(0).into();
    let free: Expr = Expr::case(Expr::col(column("assignee_id")).is_null(), 1).finally(0).into();
    let big = |expr: Expr| expr.cast_as(Alias::new("bigint"));
    let mut query = Query::select();
    query
        .expr_as(Expr::col((Alias::new("t"), Alias::new("name"))), Alias::new("name"))
        .expr_as(Expr::cust("COUNT(*)"), Alias::new("open"))
        .expr_as(big(late.sum()), Alias::new("late"))
        .expr_as(big(free.sum()), Alias::new("unassigned"))
        .from_as(Alias::new("request"), Alias::new("r"))
        .join_as(JoinType::InnerJoin, Alias::new("team"), Alias::new("t"), Expr::cust("t.id = r.team_id"))
        .cond_where(condition(
            scope,
            column("school_id"),
            Some(column("team_id")),
            Some(column("requester_id")),
        ))
        .and_where(Expr::cust("r.active"))
        .group_by_col((Alias::new("t"), Alias::new("name")))
        .order_by_expr(Expr::cust("COUNT(*)"), Order::Desc)
        .limit(30);
    Ok(TeamCount::find_by_statement(sql::built(db.backend(), &query)).all(db.read()).await?)
}
