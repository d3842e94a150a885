//! Names of people and places left in a text taken from a request: listed, so that a person removes them. (RGPD)

use beffroi_sheets::slug_search_key;

/// Words of names that are too common to point at anyone.
const COMMON: &[&str] = &["de", "du", "des", "la", "le", "les", "lycee", "saint", "sainte", "et"];

/// What in `text` may point at a person or a school: the names known (people, school, UAI), addresses and
/// telephone numbers; each once, in the order found, as written in the text or known to us.
#[must_use]
pub fn personal_mentions(text: &str, names: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |mention: String| {
        if !found.contains(&mention) {
            found.push(mention);
        }
    };
    let key = format!(" {} ", words(text).join(" "));
    for name in names {
        let parts: Vec<String> = words(name)
            .into_iter()
            .filter(|word| word.len() > 2 && !COMMON.contains(&word.as_str()))
            .collect();
        // A family name alone is enough to point at somebody.
        if parts.iter().any(|part| key.contains(&format!(" {part} "))) {
            add(name.clone());
        }
    }
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.contains('@') && word.contains('.') {
            add(word.to_owned());
        }
    }
    for number in telephone_numbers(text) {
        add(number);
    }
    found
}

fn words(text: &str) -> Vec<String> {
    let key = slug_search_key(text);
    key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Ten digits that begin with 0, however they are spaced.
fn telephone_numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut digits = String::new();
    let mut written = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_digit() {
            digits.push(c);
            written.push(c);
        } else if !digits.is_empty() && matches!(c, ' ' | '.' | '-' | '\u{a0}') {
            written.push(c);
        } else {
            if digits.len() == 10 && digits.starts_with('0') {
                numbers.push(written.trim_end_matches([' ', '.', '-', '\u{a0}']).to_owned());
            }
            digits.clear();
            written.clear();
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_numbers_are_found_whatever_their_accents() {
        let names = ["Hélène Dassonval".to_owned(), "Lycée Honorine Vasseur".into(), "0599001B".into()];
        let text = "Mme DASSONVAL (h.d@lycee.fr, 03 20 11 22 33) appelle de la salle 204, lycée Vasseur.";
        assert_eq!(
            personal_mentions(text, &names),
            ["Hélène Dassonval", "Lycée Honorine Vasseur", "h.d@lycee.fr", "03 20 11 22 33"]
        );
    }

    #[test]
    fn a_plain_answer_mentions_nobody() {
        let names = ["Jean de La Salle".to_owned()];
        assert!(personal_mentions("Redémarrez la borne de la voie 12 le 05/10/2026.", &names).is_empty());
    }
}
