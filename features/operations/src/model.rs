//! Maintenance, and the stretches of time during which a node was up.

use beffroi_kernel::PersonId;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::FromQueryResult;
use uuid::Uuid;

beffroi_kernel::actions! {
    /// Announces a maintenance to everyone, ends it, and reads how each node lives.
    AnnounceMaintenance { DepartmentHead => Region, RegionAdmin => Region }
}

/// A maintenance announced.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Maintenance {
    /// Its identifier.
    pub id: Uuid,
    /// What people must know.
    pub text: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it is over at the latest.
    pub ends_at: DateTime<Utc>,
    /// Whether people read only meanwhile.
    pub read_only: bool,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// Who announced it; nobody from the command line.
    pub created_by: Option<PersonId>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Maintenance {
    /// Whether it is in force at an instant.
    #[must_use]
    pub fn is_on(&self, at: DateTime<Utc>) -> bool {
        self.ended_at.is_none_or(|end| at < end) && (self.starts_at..self.ends_at).contains(&at)
    }

    /// When it ended, or is to end.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.ended_at.map_or(self.ends_at, |end| end.min(self.ends_at))
    }
}

/// How a stretch began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// The program started.
    Start,
    /// The program was there, and found the database again.
    Database,
}

impl Began {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Database => "database",
        }
    }
}

/// Time during which a node gave signs of life without a break.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Stretch {
    /// The node, as its machine is called, with its port.
    pub node: String,
    /// The version it ran.
    pub version: String,
    /// `start` or `database`.
    pub began: String,
    /// Its beginning.
    pub from_at: DateTime<Utc>,
    /// Its last sign of life.
    pub to_at: DateTime<Utc>,
    /// Whether it was stopped by an order.
    pub stopped: bool,
}

/// Why nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The last node was stopped by an order.
    Stopped,
    /// The nodes could not reach the database.
    Database,
    /// The last node died, its machine or its line with it.
    Lost,
}

/// Time during which no node answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last sign of life before it.
    pub from: DateTime<Utc>,
    /// The first after it.
    pub to: DateTime<Utc>,
    /// Why.
    pub cause: Cause,
    /// The part of it that had been announced before.
    pub announced: TimeDelta,
}

impl Gap {
    /// How long it was.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.to - self.from
    }
}

/// How much of a month the site was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day in Paris.
    pub first: chrono::NaiveDate,
    /// The part of it that was measured.
    pub measured: TimeDelta,
    /// When nobody answered, oldest first.
    pub gaps: Vec<Gap>,
}

impl Month {
    /// How long nobody answered.
    #[must_use]
    pub fn down(&self) -> TimeDelta {
        self.gaps.iter().map(Gap::length).sum()
    }

    /// The part of it that had been announced.
    #[must_use]
    pub fn announced(&self) -> TimeDelta {
        self.gaps.iter().map(|gap| gap.announced).sum()
    }
}
