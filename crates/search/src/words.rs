//! Words: where they stand in a text, their simplest spelling, their stem.
//!
//! Accents are folded before stemming, in texts and in questions alike: « imprimée », « imprimee »
//! and « imprimer » meet whatever the keyboard.

use std::cell::RefCell;
use std::collections::HashMap;

use beffroi_sheets::slug_search_key;
use rust_stemmers::{Algorithm, Stemmer};

/// Longest word kept, in characters: a longer one is not a word.
pub(crate) const LONGEST: usize = 40;
/// Stems remembered by a thread; then forgotten all at once.
const REMEMBERED: usize = 20_000;

/// Words that say nothing about what is sought, without accents.
const SILENT: &[&str] = &[
    "a", "afin", "ai", "alors", "apres", "as", "au", "aucun", "aussi", "autre", "aux", "avait", "avant",
    "avec", "avez", "avoir", "avons", "bien", "bonjour", "car", "ce", "ceci", "cela", "celle", "ces", "cet",
    "cette", "chez", "comme", "comment", "dans", "de", "deja", "depuis", "des", "donc", "du", "elle",
    "elles", "en", "encore", "entre", "es", "est", "et", "etait", "ete", "etes", "etre", "eu", "faire",
    "fait", "il", "ils", "je", "la", "le", "les", "leur", "leurs", "lui", "ma", "mais", "meme", "merci",
    "mes", "moi", "mon", "ne", "nos", "notre", "nous", "on", "ont", "ou", "par", "parce", "pas", "peu",
    "peut", "plus", "pour", "pourquoi", "quand", "que", "quel", "quelle", "qui", "quoi", "sa", "sans", "se",
    "ses", "si", "son", "sont", "sous", "suis", "sur", "ta", "tes", "toi", "ton", "tous", "tout", "toute",
    "toutes", "tres", "tu", "un", "une", "vos", "votre", "vous", "y",
];

/// What may stand between the parts of one name: `PC-B12-03`, `karim.taffin`, `poste_4`.
const JOINTS: &[char] = &['-', '‐', '‑', '_', '.', '/', '@'];

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// Its spelling without capitals nor accents; a number without the zeros before it.
    pub folded: String,
    /// The same with those zeros.
    pub spelt: String,
    /// Whether it says nothing: an article, a pronoun, an elision.
    pub silent: bool,
    /// Whether the next word belongs to the same name, as in `PC-B12-03`.
    pub joined: bool,
}

/// The words of a text, in order.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                start = None;
                found.extend(word(text, from, at));
            }
            _ => {}
        }
    }
    found
}

fn word(text: &str, start: usize, end: usize) -> Option<Word> {
    let key = slug_search_key(&text[start..end]);
    let trimmed = key.trim_start_matches('0');
    let folded = if trimmed.is_empty() { "0" } else { trimmed };
    if key.is_empty() || folded.chars().count() > LONGEST {
        return None;
    }
    let mut rest = text[end..].chars();
    let next = rest.next();
    let elided = folded.chars().count() <= 2 && matches!(next, Some('\'' | '’' | '‘' | 'ʼ'));
    let joined = next.is_some_and(|c| JOINTS.contains(&c)) && rest.next().is_some_and(char::is_alphanumeric);
    let silent = elided || (!joined && SILENT.binary_search(&folded).is_ok());
    Some(Word { start, end, folded: folded.to_owned(), spelt: key.clone(), silent, joined })
}

thread_local! {
    static STEMS: RefCell<HashMap<String, String>> = RefCell::new(HashMap::new());
}

/// The stem of a folded word: what its plural, its feminine and its tenses share.
#[must_use]
pub fn stem(folded: &str) -> String {
    STEMS.with_borrow_mut(|known| {
        if let Some(stem) = known.get(folded) {
            return stem.clone();
        }
        let stem = stemmed(folded);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(folded.to_owned(), stem.clone());
        stem
    })
}

fn stemmed(folded: &str) -> String {
    if folded.len() < 4 || folded.contains(|c: char| c.is_ascii_digit()) {
        return folded.to_owned();
    }
    // The algorithm keeps an « s » after some vowels, and knows participles by an accent that is gone.
    let single = folded.strip_suffix('s').filter(|word| word.len() >= 4 && !word.ends_with('s'));
    let single = single.unwrap_or(folded);
    let single = if single.ends_with("ee") { &single[..single.len() - 1] } else { single };
    let stem = Stemmer::create(Algorithm::French).stem(single).into_owned();
    let stem = slug_search_key(&stem);
    if stem.is_empty() { folded.to_owned() } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_words_are_sorted() {
        assert!(SILENT.is_sorted());
    }

    #[test]
    fn inflections_meet() {
        for family in [
            &["imprimer", "imprimé", "imprimée", "imprimées", "imprimes", "IMPRIMER", "imprimee"][..],
            &["imprimante", "imprimantes", "Imprimante"],
            &["réseau", "réseaux", "reseau", "RESEAUX"],
            &["bloqué", "bloquée", "bloquées", "bloquer", "bloque"],
            &["installation", "installations"],
            &["ordinateur", "ordinateurs"],
            &["écran", "écrans", "ecran"],
            &["cassé", "cassée", "casser", "cassees"],
            &["logiciel", "logiciels"],
            &["œuvre", "oeuvres"],
            &["local", "locaux"],
            &["numérique", "numériques", "numerique"],
            &["élève", "élèves", "eleve"],
        ] {
            let stems: Vec<String> = family.iter().map(|word| stem(&slug_search_key(word))).collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{family:?}: {stems:?}");
        }
    }

    #[test]
    fn different_things_stay_apart() {
        for (one, other) in
            [("serveur", "service"), ("poste", "port"), ("clavier", "clé"), ("souris", "source")]
        {
            assert_ne!(stem(&slug_search_key(one)), stem(&slug_search_key(other)), "{one} {other}");
        }
    }

    fn folded(text: &str) -> Vec<String> {
        words(text).into_iter().filter(|word| !word.silent).map(|word| word.folded).collect()
    }

    #[test]
    fn elisions_and_articles_are_silent_but_a_letter_is_a_word() {
        assert_eq!(folded("L’imprimante de l'étage, bâtiment C"), ["imprimante", "etage", "batiment", "c"]);
        assert_eq!(folded("Qu’est-ce qu’un vidéo-projecteur ?"), ["est", "video", "projecteur"]);
    }

    #[test]
    fn numbers_lose_their_zeros_and_names_stay_joined() {
        let found = words("PC-B12-03 au 0599001X");
        let shown: Vec<(&str, bool)> = found.iter().map(|word| (word.folded.as_str(), word.joined)).collect();
        assert_eq!(shown, [("pc", true), ("b12", true), ("3", false), ("au", false), ("599001x", false)]);
    }

    #[test]
    fn accents_written_apart_do_not_cut_a_word() {
        assert_eq!(folded("E\u{301}le\u{300}ve 00"), ["eleve", "0"]);
    }
}
