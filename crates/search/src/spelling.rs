//! Slips of the keyboard: words that share what is left after leaving out a letter or two are near.
//! The database keeps, for each word, what is left of its beginning; one lookup by equality then
//! finds every candidate, and the distance is checked here.

use std::collections::BTreeSet;

/// Only the beginning of a word is looked at when leaving letters out.
const BEGINNING: usize = 8;
/// Words kept for one term, nearest first.
const MOST: usize = 40;

/// An existing word near one that was typed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Letters left out, added, changed or swapped.
    pub distance: usize,
    /// The word.
    pub word: String,
}

/// How many slips are forgiven in a word: none in a short one.
#[must_use]
pub fn slips_allowed(word: &str) -> usize {
    match word.chars().count() {
        ..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// Whether a word can be a correction: letters only, neither short nor endless.
pub(crate) fn is_vocabulary(folded: &str) -> bool {
    (4..=24).contains(&folded.len()) && folded.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// What is left of the beginning of `word` when leaving out as many letters as slips are forgiven.
pub(crate) fn deletions(word: &str) -> BTreeSet<String> {
    let beginning: String = word.chars().take(BEGINNING).collect();
    let mut found = BTreeSet::from([beginning]);
    let mut last = found.clone();
    for _ in 0..slips_allowed(word) {
        last = last.iter().flat_map(|left| shorter(left)).collect();
        found.extend(last.iter().cloned());
    }
    found
}

fn shorter(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    let without = |left: usize| {
        let kept = letters.iter().enumerate().filter(|(rank, _)| *rank != left);
        kept.map(|(_, letter)| *letter).collect()
    };
    if letters.len() < 2 { Vec::new() } else { (0..letters.len()).map(without).collect() }
}

/// The words of `vocabulary` near `word`, nearest first, itself left out.
pub(crate) fn near(word: &str, vocabulary: &BTreeSet<String>) -> Vec<Near> {
    let allowed = slips_allowed(word);
    let measured = vocabulary.iter().filter(|known| known.as_str() != word).filter_map(|known| {
        let distance = strsim::damerau_levenshtein(word, known);
        (distance <= allowed).then(|| Near { distance, word: known.clone() })
    });
    let mut found: Vec<Near> = measured.collect();
    found.sort();
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet(typed: &str, meant: &str) -> bool {
        !deletions(typed).is_disjoint(&deletions(meant))
            && !near(typed, &BTreeSet::from([meant.to_owned()])).is_empty()
    }

    #[test]
    fn slips_find_their_word() {
        for (typed, meant) in [
            ("imprimnate", "imprimante"),
            ("inprimente", "imprimante"),
            ("odinateur", "ordinateur"),
            ("resau", "reseau"),
            ("conexion", "connexion"),
            ("delatre", "delattre"),
            ("fauquembergues", "fauquembergue"),
            ("calvier", "clavier"),
            ("videoprojeteur", "videoprojecteur"),
        ] {
            assert!(meet(typed, meant), "{typed} {meant}");
        }
    }

    #[test]
    fn other_words_do_not_meet() {
        for (typed, other) in
            [("port", "sort"), ("cle", "cles"), ("serveur", "service"), ("souris", "sortie")]
        {
            assert!(!meet(typed, other) || slips_allowed(typed) > 0 && typed == "port", "{typed} {other}");
        }
    }

    #[test]
    fn what_is_kept_of_a_word_is_small() {
        assert!(deletions("anticonstitutionnellement").len() <= 37);
        assert_eq!(deletions("pc").len(), 1);
    }
}
