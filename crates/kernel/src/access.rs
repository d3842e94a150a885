//! Who is looking: functions at an instant give permits, a permit carries the scope it reaches.
//!
//! A `Permit` cannot be made by hand: only `Access::permit` makes one, after the role table.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};

use crate::{PersonId, Role, SchoolId, TeamId, TerritoryId};

/// A function held now: what role, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The role held.
    pub role: Role,
    /// The school, for school roles.
    pub school: Option<SchoolId>,
    /// The team, for agents.
    pub team: Option<TeamId>,
    /// The territory, for service managers and technicians of a territory.
    pub territory: Option<TerritoryId>,
    /// The start of the function.
    pub since: DateTime<Utc>,
    /// Whom the person stands in for, when a substitute.
    pub substitute_for: Option<PersonId>,
}

/// How far an action reaches for a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// What the person made.
    Own,
    /// The school of the function.
    School,
    /// The team of the function.
    Team,
    /// The territory of the function and the team's own work.
    Territory,
    /// Everything.
    Region,
}

/// The rows an action may touch: visible when any clause matches. Private fields: only `Access`
/// and `Scope::system` build one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    everything: bool,
    person: Option<PersonId>,
    schools: BTreeSet<SchoolId>,
    territories: BTreeSet<TerritoryId>,
    teams: BTreeSet<TeamId>,
}

impl Scope {
    /// The scope of work that no person asked for; the reason is for the reader of the code.
    #[must_use]
    pub fn system(_reason: &'static str) -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// Whether every row is visible.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.everything
    }

    /// The person whose own rows are visible.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        self.person
    }

    /// The schools whose rows are visible.
    #[must_use]
    pub fn schools(&self) -> &BTreeSet<SchoolId> {
        &self.schools
    }

    /// The territories whose schools' rows are visible.
    #[must_use]
    pub fn territories(&self) -> &BTreeSet<TerritoryId> {
        &self.territories
    }

    /// The teams whose rows are visible.
    #[must_use]
    pub fn teams(&self) -> &BTreeSet<TeamId> {
        &self.teams
    }

    fn widen(&mut self, person: PersonId, function: &Function, breadth: Breadth) {
        match breadth {
            Breadth::Own => self.person = Some(person),
            Breadth::School => self.schools.extend(function.school),
            Breadth::Team => self.teams.extend(function.team),
            Breadth::Territory => {
                self.territories.extend(function.territory);
                self.teams.extend(function.team);
            }
            Breadth::Region => self.everything = true,
        }
    }
}

/// Something a person may be allowed to do: a marker type for each action, made by [`actions!`].
pub trait Action: Send + Sync + 'static {
    /// The stable name of the action.
    const NAME: &'static str;
    /// How far the action reaches for a role; `None` when the role may not.
    fn reach(role: Role) -> Option<Breadth>;
}

/// The right to do `A`, with the rows it reaches and who holds it.
pub struct Permit<A: Action> {
    person: PersonId,
    scope: Scope,
    roles: Vec<Role>,
    action: PhantomData<fn() -> A>,
}

impl<A: Action> Permit<A> {
    /// Who acts.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.person
    }

    /// The rows within reach.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The roles that gave the permit, strongest first as in the actor table.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// A permit for the system itself (workers, command line), acting as `person`.
    #[must_use]
    pub fn system(person: PersonId, reason: &'static str) -> Self {
        Self { person, scope: Scope::system(reason), roles: vec![Role::RegionAdmin], action: PhantomData }
    }
}

impl<A: Action> Clone for Permit<A> {
    fn clone(&self) -> Self {
        Self {
            person: self.person,
            scope: self.scope.clone(),
            roles: self.roles.clone(),
            action: PhantomData,
        }
    }
}

impl<A: Action> std::fmt::Debug for Permit<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Permit<{}>({}, {:?})", A::NAME, self.person, self.scope)
    }
}

/// A person and the functions they hold at this instant; computed once a request.
#[derive(Clone, Debug)]
pub struct Access {
    /// The person signed in.
    pub person: PersonId,
    /// Their name, as shown.
    pub name: String,
    /// The functions held at `at`.
    pub functions: Vec<Function>,
    /// The instant of the request.
    pub at: DateTime<Utc>,
}

impl Access {
    /// The permit for `A`, if any function held now gives it.
    #[must_use]
    pub fn permit<A: Action>(&self) -> Option<Permit<A>> {
        let mut scope = Scope::default();
        let mut roles = Vec::new();
        for function in &self.functions {
            if let Some(breadth) = A::reach(function.role) {
                scope.widen(self.person, function, breadth);
                roles.push(function.role);
            }
        }
        roles.sort_unstable();
        roles.dedup();
        (!roles.is_empty()).then_some(Permit { person: self.person, scope, roles, action: PhantomData })
    }

    /// The widest that any of their functions lets the database show, and what is theirs.
    #[must_use]
    pub fn wall(&self) -> Scope {
        let mut scope = Scope { person: Some(self.person), ..Scope::default() };
        for function in &self.functions {
            scope.widen(self.person, function, function.role.wall());
        }
        scope
    }

    /// The functions held in `school`.
    pub fn functions_in(&self, school: SchoolId) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(move |function| function.school == Some(school))
    }

    /// Whether the person holds `role` anywhere.
    #[must_use]
    pub fn holds(&self, role: Role) -> bool {
        self.functions.iter().any(|function| function.role == role)
    }

    /// The strongest role held, for the header and the home page.
    #[must_use]
    pub fn main_role(&self) -> Option<Role> {
        self.functions.iter().map(|function| function.role).min()
    }
}

/// Declares marker types for actions with their role table.
///
/// ```
/// use beffroi_kernel::{Access, Action, Breadth, Role};
/// beffroi_kernel::actions! {
///     /// Reads requests.
///     ReadRequests { Teacher => Own, Head => School, Technician => Territory, DepartmentHead => Region }
/// }
/// assert_eq!(ReadRequests::reach(Role::Head), Some(Breadth::School));
/// assert_eq!(ReadRequests::reach(Role::Pupil), None);
/// ```
#[macro_export]
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident { $($role:ident => $breadth:ident),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name;

        impl $crate::Action for $name {
            const NAME: &'static str = stringify!($name);

            fn reach(role: $crate::Role) -> Option<$crate::Breadth> {
                match role {
                    $($crate::Role::$role => Some($crate::Breadth::$breadth),)*
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::actions! {
        /// Test action.
        ReadRequests { Teacher => Own, Head => School, Technician => Territory }
    }

    fn function(role: Role, school: Option<SchoolId>) -> Function {
        Function {
            role,
            school,
            team: None,
            territory: None,
            since: DateTime::UNIX_EPOCH,
            substitute_for: None,
        }
    }

    #[test]
    fn a_person_in_two_schools_reaches_each_as_their_role_there() {
        let (first, second) = (SchoolId::new(), SchoolId::new());
        let functions = vec![function(Role::Head, Some(first)), function(Role::Teacher, Some(second))];
        let access =
            Access { person: PersonId::new(), name: "A".into(), functions, at: DateTime::UNIX_EPOCH };

        let permit = access.permit::<ReadRequests>().unwrap();

        assert_eq!(permit.scope().schools(), &BTreeSet::from([first]));
        assert_eq!(permit.scope().person(), Some(access.person));
        assert!(!permit.scope().is_everything());
    }

    #[test]
    fn the_wall_is_that_of_every_function_and_of_the_person() {
        let (first, second) = (SchoolId::new(), SchoolId::new());
        let functions = vec![function(Role::Head, Some(first)), function(Role::Pupil, Some(second))];
        let mut access =
            Access { person: PersonId::new(), name: "A".into(), functions, at: DateTime::UNIX_EPOCH };
        let wall = access.wall();
        assert_eq!((wall.schools(), wall.person()), (&BTreeSet::from([first]), Some(access.person)));
        assert!(!wall.is_everything());
        access.functions.push(function(Role::DepartmentHead, None));
        assert!(access.wall().is_everything());
    }

    #[test]
    fn no_function_gives_no_permit() {
        let functions = vec![function(Role::Pupil, Some(SchoolId::new()))];
        let access =
            Access { person: PersonId::new(), name: "A".into(), functions, at: DateTime::UNIX_EPOCH };
        assert!(access.permit::<ReadRequests>().is_none());
    }
}
