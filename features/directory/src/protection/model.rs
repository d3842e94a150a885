//! What the Region asks of accounts: a second factor of whom, and how many requests a day one person may send.

use beffroi_kernel::Role;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Days left to make a second factor, unless the Region says otherwise.
pub(crate) const GRACE_DAYS: u32 = 14;
/// Longest delay that the Region may leave.
pub(crate) const LONGEST_GRACE: u32 = 180;
/// Requests a person may send in a day, unless the Region says otherwise: far beyond what anyone has to ask.
pub(crate) const REQUESTS_A_DAY: u32 = 200;
/// Most that the Region may allow.
pub(crate) const MOST_REQUESTS: u32 = 10_000;

/// Functions of which a second factor may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Covered {
    /// A function, wherever it is held.
    Role(Role),
    /// Technicians and managers of the services that have no territory: they reach the whole Region.
    Central,
}

const CENTRAL: &str = "central";

impl Covered {
    /// Every choice, those of the whole Region first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let roles = Role::ALL.iter().copied();
        let (schools, others): (Vec<Role>, Vec<Role>) = roles.partition(|role| role.is_school());
        let others = others.into_iter().map(Self::Role);
        std::iter::once(Self::Central).chain(others).chain(schools.into_iter().map(Self::Role)).collect()
    }

    /// As it is kept and sent.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Role(role) => role.slug(),
            Self::Central => CENTRAL,
        }
    }

    /// In words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Role(role) => role.label(),
            Self::Central => "Technicien ou responsable d’un service central",
        }
    }
}

impl From<Covered> for String {
    fn from(one: Covered) -> Self {
        one.slug().to_owned()
    }
}

impl TryFrom<String> for Covered {
    type Error = beffroi_kernel::ParseRoleError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == CENTRAL { Ok(Self::Central) } else { text.parse().map(Self::Role) }
    }
}

/// Of whom a second factor is asked, and from when on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Whom.
    pub who: Vec<Covered>,
    /// Days left to make one, from the rule or from the function on.
    pub grace_days: u32,
    /// When the rule began.
    pub since: DateTime<Utc>,
}

impl SecondFactor {
    /// Nobody.
    #[must_use]
    pub fn of_nobody(since: DateTime<Utc>) -> Self {
        Self { who: Vec::new(), grace_days: GRACE_DAYS, since }
    }

    /// Those whose function reaches the whole Region.
    #[must_use]
    pub fn of_the_region(since: DateTime<Utc>) -> Self {
        use Role::{DataProtectionOfficer, DepartmentHead, RegionAdmin, SecurityOfficer};
        let roles = [DepartmentHead, RegionAdmin, SecurityOfficer, DataProtectionOfficer];
        let who = std::iter::once(Covered::Central).chain(roles.map(Covered::Role)).collect();
        Self { who, grace_days: GRACE_DAYS, since }
    }
}

beffroi_kernel::actions! {
    /// Says what is asked of accounts.
    ProtectAccounts { RegionAdmin => Region, DepartmentHead => Region, SecurityOfficer => Region }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_read_back_as_it_is_kept() {
        for one in Covered::all() {
            assert_eq!(Covered::try_from(one.slug().to_owned()), Ok(one));
        }
        assert_eq!(Covered::all().len(), Role::ALL.len() + 1);
        assert!(Covered::try_from("personne".to_owned()).is_err());
    }
}
