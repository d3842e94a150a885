//! When a delivery that failed is tried again, and when it is set aside.

use chrono::{DateTime, TimeDelta, Utc};

/// Tries before a delivery is set aside.
pub(crate) const TRIES: i32 = 9;
/// An older delivery that still fails is set aside, however few its tries: the other program was away.
const LONGEST: TimeDelta = TimeDelta::days(3);

/// How long to wait after so many failures in a row, from the first: seconds, then hours.
pub(crate) fn wait_after(failures: i32) -> TimeDelta {
    const SECONDS: [i64; 8] = [5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200];
    let at = usize::try_from(failures.saturating_sub(1)).unwrap_or(0).min(SECONDS.len() - 1);
    TimeDelta::seconds(SECONDS[at])
}

/// Whether to give up a delivery made at `created` after so many tries.
pub(crate) fn is_over(attempts: i32, created: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    attempts >= TRIES || now - created > LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_longer_after_each_failure_and_gives_up() {
        let waits: Vec<i64> = (1..12).map(|failures| wait_after(failures).num_seconds()).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert_eq!((waits[0], waits[10]), (5, 43_200));
        assert_eq!(wait_after(0), wait_after(1));

        let made = DateTime::UNIX_EPOCH;
        assert!(!is_over(TRIES - 1, made, made + TimeDelta::days(1)));
        assert!(is_over(TRIES, made, made));
        assert!(is_over(1, made, made + TimeDelta::days(4)));
    }
}
