//! Rows belong to schools, teams or persons; a `Scope` becomes the condition that hides the rest.

use beffroi_kernel::Scope;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, IntoColumnRef, Query, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Select};

/// The columns by which rows of a table belong to somebody.
#[derive(Debug)]
pub struct Ownership<C> {
    /// The school the row is about.
    pub school: C,
    /// The team that works on it.
    pub team: Option<C>,
    /// The person who made it.
    pub person: Option<C>,
}

/// A table whose rows belong to a school: selected only through a `Scope`.
pub trait Owned: EntityTrait {
    /// The columns that say whose the row is.
    fn ownership() -> Ownership<Self::Column>;

    /// Selects the rows within `scope`: another school's row does not exist.
    #[must_use]
    fn scoped(scope: &Scope) -> Select<Self> {
        Self::find().filter(Self::within(scope))
    }

    /// The condition of the rows within `scope`.
    #[must_use]
    fn within(scope: &Scope) -> Condition {
        let Ownership { school, team, person } = Self::ownership();
        let column = |column: Self::Column| column.as_column_ref();
        condition(scope, column(school), team.map(column), person.map(column))
    }
}

/// The condition for hand-written statements: columns may carry a table alias.
#[must_use]
pub fn condition<C: IntoColumnRef>(
    scope: &Scope,
    school: C,
    team: Option<C>,
    person: Option<C>,
) -> Condition {
    condition_on(scope, Expr::col(school), team.map(Expr::col), person.map(Expr::col))
}

/// The same for columns that hide behind an expression, so that no engine gathers all rows of a scope
/// before it reads the order a list asks for.
#[must_use]
pub fn condition_on(
    scope: &Scope,
    school: SimpleExpr,
    team: Option<SimpleExpr>,
    person: Option<SimpleExpr>,
) -> Condition {
    if scope.is_everything() {
        return Condition::all();
    }
    let mut any = Condition::any();
    if !scope.schools().is_empty() {
        any = any.add(school.clone().is_in(scope.schools().iter().map(|id| id.0)));
    }
    if !scope.territories().is_empty() {
        let schools = Query::select()
            .column("id")
            .from("school")
            .and_where(Expr::col("territory_id").is_in(scope.territories().iter().map(|id| id.0)))
            .to_owned();
        any = any.add(school.in_subquery(schools));
    }
    if let (Some(team), false) = (team, scope.teams().is_empty()) {
        any = any.add(team.is_in(scope.teams().iter().map(|id| id.0)));
    }
    if let (Some(column), Some(person)) = (person, scope.person()) {
        any = any.add(column.eq(person.0));
    }
    if any.is_empty() { any.add(Expr::val(1).eq(0)) } else { any }
}
