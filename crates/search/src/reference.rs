//! References typed by hand: `2026-00042`, also `2026-42`, `202600042` or `n° 42`; and the ones a
//! slip away from them.

use std::collections::BTreeSet;

/// The references that a question may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The reference itself.
    pub exact: Option<String>,
    /// Whether the question holds nothing else.
    pub alone: bool,
}

impl References {
    /// Reads `text`; `year` is the present one, for a number without year.
    #[must_use]
    pub fn of(text: &str, year: i32) -> Self {
        let key = beffroi_sheets::slug_search_key(text);
        let runs: Vec<&str> =
            key.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()).collect();
        let numbers: Vec<&str> =
            runs.iter().copied().filter(|run| run.bytes().all(|byte| byte.is_ascii_digit())).collect();
        let named = key.contains('#') || key.contains("n°") || key.contains("demande");
        let exact = numbers.iter().enumerate().find_map(|(rank, number)| match number.len() {
            4 if is_year(number) => reference(number, numbers.get(rank + 1)?),
            9..=10 if is_year(&number[..4]) => reference(&number[..4], &number[4..]),
            1..=6 if named => reference(&year.to_string(), number),
            _ => None,
        });
        let words = ["demande", "n", "no", "ref", "reference", "numero", "ticket"];
        let alone = runs.iter().all(|run| numbers.contains(run) || words.contains(run));
        Self { alone: alone && exact.is_some(), exact }
    }

    /// The references with one digit changed, or two neighbours swapped.
    #[must_use]
    pub fn near(&self) -> Vec<String> {
        let Some(exact) = &self.exact else { return Vec::new() };
        let digits: Vec<char> = exact.chars().collect();
        let mut found = BTreeSet::new();
        for rank in (0..digits.len()).filter(|rank| digits[*rank] != '-') {
            for digit in '0'..='9' {
                let mut changed = digits.clone();
                changed[rank] = digit;
                found.insert(changed.iter().collect::<String>());
            }
            if digits.get(rank + 1).is_some_and(|next| *next != '-') {
                let mut swapped = digits.clone();
                swapped.swap(rank, rank + 1);
                found.insert(swapped.iter().collect());
            }
        }
        found.remove(exact);
        found.into_iter().collect()
    }
}

fn is_year(text: &str) -> bool {
    text.starts_with("20")
}

fn reference(year: &str, number: &str) -> Option<String> {
    let number: u32 = number.parse().ok()?;
    (number > 0).then(|| format!("{year}-{number:05}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_however_it_is_typed() {
        for text in [
            "2026-00042",
            " 2026-42",
            "202600042",
            "2026 00042",
            "n° 42",
            "#42",
            "demande 2026-00042",
            "2026–00042",
        ] {
            let read = References::of(text, 2026);
            assert_eq!(read.exact.as_deref(), Some("2026-00042"), "{text}");
            assert!(read.alone, "{text}");
        }
        assert!(!References::of("suite de 2026-00042", 2026).alone);
        for text in ["salle 204", "42", "0599001X", "2026"] {
            assert_eq!(References::of(text, 2026).exact, None, "{text}");
        }
    }

    #[test]
    fn a_slip_away() {
        let near = References::of("2026-00042", 2026).near();
        for expected in ["2026-00024", "2026-00043", "2025-00042", "2026-10042"] {
            assert!(near.iter().any(|reference| reference == expected), "{expected}");
        }
        assert!(!near.contains(&"2026-00042".to_owned()) && near.len() < 100);
    }
}
