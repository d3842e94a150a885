//! Availability from signs of life: pure. Nothing is rounded in our favour: a node that died counts as gone
//! from its last sign of life, and a share is cut, never rounded up.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Paris;

use crate::model::{Began, Cause, Gap, Maintenance, Month, Stretch};

/// A node that said nothing for so long is gone; it says something every ten seconds.
pub(crate) const SILENCE: TimeDelta = TimeDelta::seconds(45);

/// When no node answered between two instants; `stretches` by their beginning.
pub(crate) fn gaps(stretches: &[Stretch], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let (mut reached, mut stopped) = (from, false);
    let gap = |from, to, cause| Gap { from, to, cause, announced: TimeDelta::zero() };
    for stretch in stretches.iter().filter(|one| one.from_at < to) {
        if stretch.from_at > reached {
            let cause = match (stretch.began == Began::Database.word(), stopped) {
                (true, _) => Cause::Database,
                (false, true) => Cause::Stopped,
                (false, false) => Cause::Lost,
            };
            gaps.push(gap(reached, stretch.from_at, cause));
        }
        if stretch.to_at >= reached {
            (reached, stopped) = (stretch.to_at, stretch.stopped);
        }
    }
    // The next sign of life may be on its way.
    if to - reached > SILENCE {
        gaps.push(gap(reached, to, if stopped { Cause::Stopped } else { Cause::Lost }));
    }
    gaps
}

/// The part of a gap that had been announced before it began.
fn announced(gap: &Gap, all: &[Maintenance]) -> TimeDelta {
    let covered = |one: &Maintenance| (one.starts_at.max(gap.from), one.end().min(gap.to));
    let mut parts: Vec<_> = all
        .iter()
        .filter(|one| one.created_at <= gap.from)
        .map(covered)
        .filter(|(from, to)| from < to)
        .collect();
    parts.sort_unstable();
    let mut reached = gap.from;
    let mut sum = TimeDelta::zero();
    for (from, to) in parts {
        let from = from.max(reached);
        if to > from {
            sum += to - from;
            reached = to;
        }
    }
    sum
}

/// The first instant of a day in Paris.
fn beginning(day: NaiveDate) -> DateTime<Utc> {
    paris_instant(day.and_time(NaiveTime::MIN))
        .unwrap_or_else(|| Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN)))
}

/// The instant that a clock in Paris shows; of two, the first; none in the hour that March skips.
#[must_use]
pub fn paris_instant(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    Paris.from_local_datetime(&local).earliest().map(|at| at.with_timezone(&Utc))
}

/// The last `count` months, newest first, from the first sign of life ever.
pub(crate) fn months(
    stretches: &[Stretch],
    maintenance: &[Maintenance],
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    count: u32,
) -> Vec<Month> {
    let today = now.with_timezone(&Paris).date_naive();
    let Some(this) = today.with_day(1) else { return Vec::new() };
    let month = |back: u32| {
        let first = this.checked_sub_months(Months::new(back))?;
        let from = beginning(first).max(since);
        let to = beginning(first.checked_add_months(Months::new(1))?).min(now);
        if from >= to {
            return None;
        }
        let mut gaps = gaps(stretches, from, to);
        for gap in &mut gaps {
            gap.announced = announced(gap, maintenance);
        }
        Some(Month { first, measured: to - from, gaps })
    };
    (0..count).filter_map(month).collect()
}

/// A share in hundredths of a percent, cut.
pub(crate) fn share(measured: TimeDelta, down: TimeDelta) -> i64 {
    let (measured, down) = (measured.num_milliseconds(), down.num_milliseconds());
    if measured <= 0 { 10_000 } else { (measured - down).max(0) * 10_000 / measured }
}

/// « 99,95 % »
pub(crate) fn percent(share: i64) -> String {
    format!("{},{:02}\u{a0}%", share / 100, share % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 10, 5, 8, 0, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn up(node: &str, from: i64, to: i64, began: Began, stopped: bool) -> Stretch {
        let (from_at, to_at) = (at(from), at(to));
        Stretch {
            node: node.into(),
            version: "1".into(),
            began: began.word().into(),
            from_at,
            to_at,
            stopped,
        }
    }

    fn seen(stretches: &[Stretch]) -> Vec<(i64, i64, Cause)> {
        let minutes = |instant: DateTime<Utc>| (instant - at(0)).num_minutes();
        gaps(stretches, at(0), at(100))
            .iter()
            .map(|gap| (minutes(gap.from), minutes(gap.to), gap.cause))
            .collect()
    }

    #[test]
    fn the_site_is_there_while_one_node_is() {
        let rolling = [
            up("a", 0, 40, Began::Start, true),
            up("b", 0, 60, Began::Start, false),
            up("a", 45, 100, Began::Start, false),
        ];
        assert_eq!(seen(&rolling), []);
        let both = [up("a", 0, 40, Began::Start, true), up("b", 0, 50, Began::Start, false)];
        assert_eq!(seen(&both), [(50, 100, Cause::Lost)]);
    }

    #[test]
    fn why_nobody_answered_is_told_by_who_came_back() {
        let one = |began, stopped| [up("a", 0, 40, Began::Start, stopped), up("a", 45, 100, began, false)];
        assert_eq!(seen(&one(Began::Start, true)), [(40, 45, Cause::Stopped)]);
        assert_eq!(seen(&one(Began::Start, false)), [(40, 45, Cause::Lost)]);
        assert_eq!(seen(&one(Began::Database, false)), [(40, 45, Cause::Database)]);
        assert_eq!(seen(&[]), [(0, 100, Cause::Lost)]);
        assert_eq!(seen(&[up("a", -50, -20, Began::Start, false), up("a", 0, 100, Began::Start, false)]), []);
    }

    fn maintenance(created: i64, from: i64, to: i64, ended: Option<i64>) -> Maintenance {
        Maintenance {
            id: uuid::Uuid::nil(),
            text: String::new(),
            starts_at: at(from),
            ends_at: at(to),
            read_only: false,
            created_at: at(created),
            created_by: None,
            ended_at: ended.map(at),
        }
    }

    #[test]
    fn only_what_was_said_before_counts_as_announced() {
        let gap = Gap { from: at(40), to: at(60), cause: Cause::Stopped, announced: TimeDelta::zero() };
        let minutes = |all: &[Maintenance]| announced(&gap, all).num_minutes();
        assert_eq!(minutes(&[maintenance(0, 30, 50, None)]), 10);
        assert_eq!(minutes(&[maintenance(41, 30, 50, None)]), 0, "said after the fact");
        assert_eq!(minutes(&[maintenance(0, 30, 50, Some(45))]), 5, "over sooner");
        assert_eq!(
            minutes(&[maintenance(0, 30, 50, None), maintenance(0, 45, 55, None)]),
            15,
            "counted once"
        );
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        let month = TimeDelta::days(30);
        assert_eq!(percent(share(month, TimeDelta::zero())), "100,00\u{a0}%");
        assert_eq!(percent(share(month, TimeDelta::seconds(1))), "99,99\u{a0}%");
        assert_eq!(percent(share(month, TimeDelta::minutes(30))), "99,93\u{a0}%");
        assert_eq!(percent(share(month, month)), "0,00\u{a0}%");
    }

    #[test]
    fn months_are_those_of_paris_from_the_first_sign_of_life() {
        let now = Utc.with_ymd_and_hms(2026, 11, 1, 9, 0, 0).unwrap();
        let stretches = [up("a", 0, 60 * 24 * 60, Began::Start, false)];
        let found = months(&stretches, &[], at(0), now, 12);
        assert_eq!(found.len(), 2);
        // In winter November begins at 23:00 UTC.
        assert_eq!(found[0].measured, TimeDelta::hours(10));
        assert_eq!(found[1].first, NaiveDate::from_ymd_opt(2026, 10, 1).unwrap());
        assert_eq!(found[1].measured, Utc.with_ymd_and_hms(2026, 10, 31, 23, 0, 0).unwrap() - at(0));
        assert!(found.iter().all(|month| month.gaps.is_empty()));
    }
}
