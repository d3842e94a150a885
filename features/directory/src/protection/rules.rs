//! Pure decisions on second factors: whom the rule covers, until when one may do without, what is asked of a
//! session now.

use beffroi_kernel::{Function, Role};
use chrono::{DateTime, TimeDelta, Utc};

use super::model::{Covered, SecondFactor};

/// What a session still owes before it opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// A second factor to make, before that instant; everything is open meanwhile.
    Soon(DateTime<Utc>),
    /// A second factor to make, now.
    Enrol,
    /// The second factor that the person has, to be shown in this session.
    Prove,
}

impl Need {
    /// Whether nothing else opens until it is done.
    pub(crate) fn blocks(self) -> bool {
        matches!(self, Self::Enrol | Self::Prove)
    }
}

impl Covered {
    /// Whether this is the function that it names.
    pub(crate) fn is(self, function: &Function) -> bool {
        let region_wide = function.school.is_none() && function.territory.is_none();
        match self {
            Self::Role(role) => function.role == role,
            Self::Central => region_wide && matches!(function.role, Role::Technician | Role::ServiceManager),
        }
    }
}

impl SecondFactor {
    /// From when on a second factor is asked of whoever holds these functions; none when it is not. Functions of
    /// before the rule count from the rule on.
    pub(crate) fn asked_from(&self, functions: &[Function]) -> Option<DateTime<Utc>> {
        let covered = functions.iter().filter(|held| self.who.iter().any(|one| one.is(held)));
        let since = covered.map(|held| held.since.max(self.since)).min()?;
        Some(since + TimeDelta::days(i64::from(self.grace_days)))
    }
}

/// What is asked of a session that showed no second factor.
pub(crate) fn need(asked_from: DateTime<Utc>, has_one: bool, now: DateTime<Utc>) -> Need {
    match (now < asked_from, has_one) {
        (true, true) => Need::Nothing,
        (true, false) => Need::Soon(asked_from),
        (false, true) => Need::Prove,
        (false, false) => Need::Enrol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use beffroi_kernel::{SchoolId, TeamId, TerritoryId};

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn held(role: Role, since: i64) -> Function {
        Function { role, school: None, team: None, territory: None, since: day(since), substitute_for: None }
    }

    fn rule(who: &[Covered]) -> SecondFactor {
        SecondFactor { who: who.to_vec(), grace_days: 14, since: day(100) }
    }

    #[test]
    fn the_delay_runs_from_the_rule_or_from_the_function_whichever_is_later() {
        let rule = rule(&[Covered::Role(Role::RegionAdmin)]);
        assert_eq!(rule.asked_from(&[held(Role::RegionAdmin, 3)]), Some(day(114)));
        assert_eq!(rule.asked_from(&[held(Role::RegionAdmin, 200)]), Some(day(214)));
        let both = [held(Role::RegionAdmin, 200), held(Role::RegionAdmin, 90)];
        assert_eq!(rule.asked_from(&both), Some(day(114)), "a second function does not begin the delay anew");
        assert_eq!(rule.asked_from(&[held(Role::Head, 3)]), None);
        assert_eq!(rule.asked_from(&[]), None);
    }

    #[test]
    fn a_central_service_is_one_without_a_territory() {
        let rule = rule(&[Covered::Central]);
        let team = Some(TeamId::new());
        let central = Function { team, ..held(Role::Technician, 0) };
        let mobile = Function { team, territory: Some(TerritoryId::new()), ..held(Role::Technician, 0) };
        let school = Function { school: Some(SchoolId::new()), ..held(Role::Technician, 0) };
        assert!(rule.asked_from(std::slice::from_ref(&central)).is_some());
        assert_eq!(rule.asked_from(&[mobile, school, held(Role::DepartmentHead, 0)]), None);
    }

    #[test]
    fn what_is_asked_depends_on_the_day_and_on_what_one_has() {
        let until = day(114);
        assert_eq!(need(until, false, day(113)), Need::Soon(until));
        assert_eq!(need(until, true, day(113)), Need::Nothing);
        assert_eq!(need(until, false, day(114)), Need::Enrol);
        assert_eq!(need(until, true, day(114)), Need::Prove);
        assert!(Need::Enrol.blocks() && Need::Prove.blocks() && !Need::Soon(until).blocks());
    }
}
