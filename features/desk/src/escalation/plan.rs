//! When a delay that runs out is told, and to whom: data with a default, and pure decisions. (CSU-06)

use beffroi_calendar::{Delay, Pause, WorkingCalendar};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// No step comes before this share of a delay.
pub const EARLIEST: u8 = 50;

/// The two delays of a service level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Up to the first answer.
    FirstAnswer,
    /// Up to the solution.
    Solution,
}

impl Clock {
    /// Both.
    pub const ALL: [Self; 2] = [Self::FirstAnswer, Self::Solution];

    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::FirstAnswer => "first-answer",
            Self::Solution => "solution",
        }
    }

    /// In French.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FirstAnswer => "Première réponse",
            Self::Solution => "Solution",
        }
    }
}

/// The three steps of an escalation, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Most of the delay has passed.
    Soon,
    /// The delay is over.
    Breach,
    /// It has been over for some working days.
    After,
}

impl Step {
    /// All, in order.
    pub const ALL: [Self; 3] = [Self::Soon, Self::Breach, Self::After];

    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Breach => "breach",
            Self::After => "after",
        }
    }
}

/// Who is told at a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Who has the request in hand; else the person on duty; else the team.
    pub team: bool,
    /// The managers of the team and of the territory.
    pub managers: bool,
}

impl Told {
    /// Whether somebody is told.
    #[must_use]
    pub const fn anyone(self) -> bool {
        self.team || self.managers
    }
}

/// The steps of one delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The share of the delay at which the first step comes, in hundredths.
    pub share: u8,
    /// The working days after which the last step comes.
    pub days: u8,
    /// Told at that share.
    pub soon: Told,
    /// Told when the delay is over.
    pub breach: Told,
    /// Told those days later.
    pub after: Told,
}

impl Default for Ladder {
    fn default() -> Self {
        Self {
            share: 75,
            days: 1,
            soon: Told { team: true, managers: false },
            breach: Told { team: true, managers: true },
            after: Told { team: false, managers: true },
        }
    }
}

impl Ladder {
    /// Who is told at a step.
    #[must_use]
    pub const fn told(&self, step: Step) -> Told {
        match step {
            Step::Soon => self.soon,
            Step::Breach => self.breach,
            Step::After => self.after,
        }
    }

    /// When a step comes, for a delay that runs from `sent` to `due`.
    #[must_use]
    pub fn instant(
        &self,
        step: Step,
        calendar: &WorkingCalendar,
        (sent, due): (DateTime<Utc>, DateTime<Utc>),
        pauses: &[Pause],
    ) -> DateTime<Utc> {
        match step {
            Step::Soon => calendar.share_of(sent, due, self.share, pauses),
            Step::Breach => due,
            Step::After => {
                calendar.deadline(due, Delay::WorkingDayHours(24 * u32::from(self.days.max(1))), &[])
            }
        }
    }
}

/// The steps of both delays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Of the first answer.
    pub first_answer: Ladder,
    /// Of the solution.
    pub solution: Ladder,
}

impl Levels {
    /// The steps of a delay.
    #[must_use]
    pub const fn of(&self, clock: Clock) -> &Ladder {
        match clock {
            Clock::FirstAnswer => &self.first_answer,
            Clock::Solution => &self.solution,
        }
    }
}

/// A step whose time has come, or will.
pub type Turn = (Step, DateTime<Utc>);

/// Of the steps of one delay, those not yet made whose time has come, and the next one.
#[must_use]
pub fn turns(
    ladder: &Ladder,
    instant: impl Fn(Step) -> DateTime<Utc>,
    made: impl Fn(Step) -> bool,
    now: DateTime<Utc>,
) -> (Vec<Turn>, Option<DateTime<Utc>>) {
    let wanted = Step::ALL.into_iter().filter(|step| ladder.told(*step).anyone() && !made(*step));
    let (come, coming): (Vec<Turn>, Vec<Turn>) =
        wanted.map(|step| (step, instant(step))).partition(|(_, at)| *at <= now);
    (come, coming.into_iter().map(|(_, at)| at).min())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn three_quarters_of_a_delay_are_counted_in_hours_of_work() {
        let calendar = WorkingCalendar::default();
        let (sent, ladder) = (at("2026-10-05T08:00:00Z"), Ladder::default());
        let due = calendar.deadline(sent, Delay::OfficeHours(4), &[]);
        let soon = ladder.instant(Step::Soon, &calendar, (sent, due), &[]);
        assert_eq!(calendar.working_time_between(sent, soon), TimeDelta::hours(3));
        let after = ladder.instant(Step::After, &calendar, (sent, due), &[]);
        assert_eq!(after, due + TimeDelta::days(1));
    }

    #[test]
    fn the_days_after_a_friday_are_counted_from_monday() {
        let (calendar, ladder) = (WorkingCalendar::default(), Ladder::default());
        let friday = at("2026-10-09T13:00:00Z");
        let after = ladder.instant(Step::After, &calendar, (friday, friday), &[]);
        assert_eq!(after, at("2026-10-12T13:00:00Z"));
    }

    proptest! {
        #[test]
        fn steps_come_in_order_and_a_pause_never_hastens_them(
            start in 0_i64..200_000, hours in 1_u32..200, share in 50_u8..100,
            pause in proptest::option::of((0_i64..20_000, 1_i64..20_000)),
        ) {
            let calendar = WorkingCalendar::default();
            let sent = at("2026-01-05T08:00:00Z") + TimeDelta::minutes(start);
            let ladder = Ladder { share, ..Ladder::default() };
            let plain = calendar.deadline(sent, Delay::OfficeHours(hours), &[]);
            let pauses: Vec<Pause> = pause
                .map(|(from, length)| {
                    let from = sent + TimeDelta::minutes(from);
                    Pause { from, to: Some(from + TimeDelta::minutes(length)) }
                })
                .into_iter()
                .collect();
            let due = calendar.deadline(sent, Delay::OfficeHours(hours), &pauses);
            let soon = |due, pauses: &[Pause]| ladder.instant(Step::Soon, &calendar, (sent, due), pauses);
            prop_assert!(sent <= soon(due, &pauses));
            prop_assert!(soon(due, &pauses) <= due);
            prop_assert!(due <= ladder.instant(Step::After, &calendar, (sent, due), &pauses));
            prop_assert!(soon(due, &pauses) >= soon(plain, &[]));
            let first = calendar.share_of(sent, due, EARLIEST, &pauses);
            prop_assert!(first <= soon(due, &pauses), "the first check comes before every step");
        }

        #[test]
        fn a_step_is_due_once_and_never_before_its_time(minutes in 0_i64..10_000, made in 0_usize..8) {
            let (begin, ladder) = (at("2026-10-05T08:00:00Z"), Ladder::default());
            let now = begin + TimeDelta::minutes(minutes);
            let instant = |step| begin + TimeDelta::minutes(match step { Step::Soon => 100, Step::Breach => 900, Step::After => 4_000 });
            let made = |step: Step| made & (1 << step as usize) != 0;
            let (come, next) = turns(&ladder, instant, made, now);
            prop_assert!(come.iter().all(|(step, at)| *at <= now && !made(*step)));
            prop_assert!(next.is_none_or(|at| at > now));
            let left = Step::ALL.into_iter().filter(|step| !made(*step) && instant(*step) > now).count();
            prop_assert_eq!(next.is_some(), left > 0);
        }
    }
}
