//! The scale of working time: minutes, hours, working days of eight hours. Pure.

const HOUR: u32 = 60;
const DAY: u32 = 8 * HOUR;

/// « 45 min », « 3 h 20 », « 2 j 4 h »; from ten days on, whole days. A day is a working day.
///
/// ```
/// assert_eq!(beffroi_ui::worked(45), "45\u{a0}min");
/// assert_eq!(beffroi_ui::worked(200), "3\u{a0}h\u{a0}20");
/// assert_eq!(beffroi_ui::worked(480 * 2 + 240), "2\u{a0}j\u{a0}4\u{a0}h");
/// assert_eq!(beffroi_ui::worked(480 * 12 + 300), "13\u{a0}j");
/// ```
#[must_use]
pub fn worked(minutes: u32) -> String {
    // To what people care about at that length: the minute, then the hour, then the day.
    match minutes {
        0 => "moins d’1\u{a0}min".to_owned(),
        1..HOUR => format!("{minutes}\u{a0}min"),
        HOUR..DAY => match (minutes / HOUR, minutes % HOUR) {
            (hours, 0) => format!("{hours}\u{a0}h"),
            (hours, rest) => format!("{hours}\u{a0}h\u{a0}{rest:02}"),
        },
        DAY..4_800 => {
            let hours = (minutes + HOUR / 2) / HOUR;
            match (hours / 8, hours % 8) {
                (days, 0) => format!("{days}\u{a0}j"),
                (days, rest) => format!("{days}\u{a0}j\u{a0}{rest}\u{a0}h"),
            }
        }
        _ => format!("{}\u{a0}j", (minutes + DAY / 2) / DAY),
    }
}

/// Steps of a scale that people count with, in minutes of work.
const STEPS: &[u32] = &[
    5,
    10,
    15,
    30,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    20 * DAY,
    50 * DAY,
    100 * DAY,
    200 * DAY,
];

/// Marks from zero to at least `most` minutes, five at the most, evenly spread.
pub(crate) fn time_marks(most: u32) -> Vec<u32> {
    let step = STEPS.iter().copied().find(|step| most.div_ceil(*step) <= 4);
    marks(most, step.unwrap_or(most.div_ceil(4)))
}

/// Marks from zero to at least `most` things, five at the most.
pub(crate) fn count_marks(most: u32) -> Vec<u32> {
    let powers = (0..9).map(|power| 10_u32.pow(power));
    let step =
        powers.flat_map(|power| [1, 2, 5].map(|digit| digit * power)).find(|step| most.div_ceil(*step) <= 4);
    marks(most, step.unwrap_or(1_000_000_000))
}

fn marks(most: u32, step: u32) -> Vec<u32> {
    (0..=most.div_ceil(step).max(1)).map(|mark| mark.saturating_mul(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_hold_everything_and_stay_few() {
        for most in [0, 1, 7, 59, 60, 61, 480, 481, 3_333, 9_999, 480 * 365, u32::MAX / 2] {
            for marks in [time_marks(most), count_marks(most)] {
                assert!((2..=6).contains(&marks.len()), "{most}: {marks:?}");
                assert!(marks[0] == 0 && *marks.last().unwrap() >= most, "{most}: {marks:?}");
            }
        }
        assert_eq!(time_marks(1_500), [0, 480, 960, 1_440, 1_920]);
        assert_eq!(count_marks(37), [0, 10, 20, 30, 40]);
    }

    #[test]
    fn a_length_is_said_as_people_say_it() {
        for (minutes, words) in [
            (0, "moins d’1\u{a0}min"),
            (60, "1\u{a0}h"),
            (65, "1\u{a0}h\u{a0}05"),
            (479, "7\u{a0}h\u{a0}59"),
            (480, "1\u{a0}j"),
            (955, "2\u{a0}j"),
            (4_799, "10\u{a0}j"),
            (9_600, "20\u{a0}j"),
        ] {
            assert_eq!(worked(minutes), words);
        }
    }
}
