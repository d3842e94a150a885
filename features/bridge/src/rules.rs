//! Decisions of the bridge, pure: which side follows the other, how long to wait, whose words are whose.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::model::Standing;

/// Where a request stands here and there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sides {
    /// Here.
    pub ours: Standing,
    /// There.
    pub theirs: Standing,
}

/// What to do of two states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They say the same.
    Agree,
    /// This side follows.
    Here(Standing),
    /// The other side follows.
    There(Standing),
    /// They differ, both know it, and nobody asked to mend it.
    Apart,
}

/// Decides, from where both sides stand and where they stood when last compared. Who moved is followed;
/// of two that moved, an end or a reopening here wins, else the team's own tool. `asked` is somebody who
/// wants it mended though nobody moved.
#[must_use]
pub fn decide(now: Sides, seen: Option<Sides>, asked: bool) -> Verdict {
    if agree(now) {
        return Verdict::Agree;
    }
    let moved_here = seen.is_some_and(|seen| seen.ours != now.ours);
    let moved_there = seen.is_none_or(|seen| seen.theirs != now.theirs);
    let reopened = seen.is_some_and(|seen| seen.ours.is_over()) && !now.ours.is_over();
    match (moved_here, moved_there) {
        (true, false) => Verdict::There(now.ours),
        (false, true) => Verdict::Here(now.theirs),
        (true, true) if now.ours.is_over() || reopened => Verdict::There(now.ours),
        (true, true) => Verdict::Here(now.theirs),
        (false, false) if !asked => Verdict::Apart,
        (false, false) if now.ours.is_over() => Verdict::There(now.ours),
        (false, false) => Verdict::Here(now.theirs),
    }
}

/// Whether both say the same: two ends are one, and what nobody took there may be taken here.
#[must_use]
pub fn agree(Sides { ours, theirs }: Sides) -> bool {
    ours == theirs
        || (ours.is_over() && theirs.is_over())
        || (ours == Standing::Open && theirs == Standing::New)
}

/// How long after so many failures in a row to try again: seconds, then an hour.
#[must_use]
pub fn wait_after(failures: i32) -> TimeDelta {
    const SECONDS: [i64; 6] = [10, 30, 120, 600, 1_800, 3_600];
    let at = usize::try_from(failures.saturating_sub(1)).unwrap_or(0).min(SECONDS.len() - 1);
    TimeDelta::seconds(SECONDS[at])
}

/// How long a link is tried before it waits for somebody.
pub const PATIENCE: TimeDelta = TimeDelta::days(3);

/// Whether to wait for somebody: it fails since then.
#[must_use]
pub fn is_over(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - since > PATIENCE
}

const BEFORE: &str = "[beffroi:";

/// The mark of origin of what we send: words that carry it at their end are ours wherever they come from.
#[must_use]
pub fn mark(id: Uuid) -> String {
    // The end of a time-ordered identifier is its random part.
    let text = id.simple().to_string();
    text[text.len() - 12..].to_owned()
}

/// The words with their mark.
#[must_use]
pub fn marked(words: &str, mark: &str) -> String {
    format!("{words} {BEFORE}{mark}]")
}

/// The mark that ends a text, if any.
#[must_use]
pub fn mark_of(text: &str) -> Option<&str> {
    let inside = text.trim_end().strip_suffix(']')?;
    let mark = &inside[inside.rfind(BEFORE)? + BEFORE.len()..];
    let real = mark.len() == 12 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
    real.then_some(mark)
}

/// Whether a text carries a mark anywhere: a request that has one came by a bridge.
#[must_use]
pub fn came_by_bridge(text: &str) -> bool {
    text.match_indices(BEFORE).any(|(at, _)| {
        let end = text[at..].find(']').map(|end| at + end + 1);
        end.is_some_and(|end| mark_of(&text[at..end]).is_some())
    })
}

/// Most characters of a message on either side.
const LONGEST: usize = 18_000;

/// A text that fits in a message.
#[must_use]
pub fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain("\n[…] La suite se lit dans l’autre outil.".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Standing::*;

    fn sides(ours: Standing, theirs: Standing) -> Sides {
        Sides { ours, theirs }
    }

    #[test]
    fn who_moved_is_followed() {
        let seen = Some(sides(Open, Open));
        assert_eq!(decide(sides(Open, Done), seen, false), Verdict::Here(Done));
        assert_eq!(decide(sides(Done, Open), seen, false), Verdict::There(Done));
        assert_eq!(decide(sides(Open, School), None, false), Verdict::Here(School));
        assert_eq!(decide(sides(New, Open), Some(sides(New, New)), false), Verdict::Here(Open));
    }

    #[test]
    fn of_two_that_moved_an_end_or_a_reopening_here_wins() {
        let seen = Some(sides(Open, Open));
        assert_eq!(decide(sides(Impossible, School), seen, false), Verdict::There(Impossible));
        assert_eq!(decide(sides(Provider, Done), seen, false), Verdict::Here(Done));
        let solved = Some(sides(Done, Done));
        assert_eq!(decide(sides(New, Degraded), solved, false), Verdict::There(New));
    }

    #[test]
    fn a_difference_known_to_both_is_mended_only_when_asked() {
        let seen = Some(sides(Open, Done));
        assert_eq!(decide(sides(Open, Done), seen, false), Verdict::Apart);
        assert_eq!(decide(sides(Open, Done), seen, true), Verdict::Here(Done));
        let seen = Some(sides(Done, Open));
        assert_eq!(decide(sides(Done, Open), seen, false), Verdict::Apart);
        assert_eq!(decide(sides(Done, Open), seen, true), Verdict::There(Done));
    }

    #[test]
    fn what_says_the_same_is_left_alone() {
        for one in Standing::ALL.iter().copied() {
            assert_eq!(decide(sides(one, one), None, true), Verdict::Agree);
            assert_eq!(decide(sides(one, one), Some(sides(New, Open)), false), Verdict::Agree);
        }
        assert_eq!(decide(sides(Done, Over), None, false), Verdict::Agree);
        assert_eq!(decide(sides(Open, New), None, false), Verdict::Agree);
    }

    #[test]
    fn a_mark_is_found_at_the_end_only() {
        let id = Uuid::now_v7();
        let text = marked("Bonjour.\n\n— Nora", &mark(id));
        assert_eq!(mark_of(&text), Some(mark(id).as_str()));
        assert_eq!(mark_of(&format!("{text}\n \n")), Some(mark(id).as_str()));
        assert_eq!(mark_of(&format!("{text}\nOui, merci.")), None);
        assert!(came_by_bridge(&format!("{text}\nOui.")) && !came_by_bridge("[beffroi:nord] [beffroi:"));
        for other in ["", "]", "[beffroi:]", "[beffroi:zzzzzzzzzzzz]", "[beffroi:0123456789ab"] {
            assert_eq!(mark_of(other), None, "{other}");
        }
    }

    #[test]
    fn one_waits_longer_after_each_failure_and_then_for_somebody() {
        let waits: Vec<i64> = (0..9).map(|failures| wait_after(failures).num_seconds()).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert_eq!((waits[0], waits[8]), (10, 3_600));
        let since = DateTime::UNIX_EPOCH;
        assert!(
            !is_over(since, since + PATIENCE) && is_over(since, since + PATIENCE + TimeDelta::seconds(1))
        );
    }
}
