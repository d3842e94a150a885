//! Pure decisions about articles: what makes a text ready, its address, its next review.

use beffroi_sheets::slug_search_key;
use chrono::{Months, NaiveDate};

use super::model::{ArticleError, Content};

/// Addresses under `/aide/` that are pages of ours.
const RESERVED: &[&str] = &["redaction", "utiliser-beffroi"];
/// Longest title, in characters.
const TITLE: usize = 160;
/// Longest text, in characters.
const BODY: usize = 20_000;
/// Months after which a published article must be read again.
const REVIEW_MONTHS: u32 = 12;

/// A text without stray spaces or doubles.
pub(crate) fn tidy(mut content: Content) -> Content {
    content.title = content.title.split_whitespace().collect::<Vec<_>>().join(" ");
    content.body = content.body.replace("\r\n", "\n").trim().to_owned();
    content.keywords =
        content.keywords.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
    content.keywords.dedup();
    content.requests.dedup();
    content
}

/// What even a draft must have.
pub(crate) fn check(content: &Content) -> Result<(), ArticleError> {
    let mut faults = Vec::new();
    let mut fault = |field, message: &str| faults.push((field, message.to_owned()));
    match content.title.chars().count() {
        0 => fault("titre", "Écrivez la question à laquelle l’article répond."),
        1..=TITLE => {}
        _ => fault("titre", "Raccourcissez la question\u{a0}: 160 caractères au plus."),
    }
    match content.body.chars().count() {
        0 => fault("texte", "Écrivez la réponse."),
        1..=BODY => {}
        _ => fault("texte", "Raccourcissez la réponse\u{a0}: 20\u{a0}000 caractères au plus."),
    }
    if faults.is_empty() { Ok(()) } else { Err(ArticleError::Invalid(faults)) }
}

/// What a text must have before another agent reads it.
pub(crate) fn ready(content: &Content) -> Result<(), ArticleError> {
    check(content)?;
    if content.title.ends_with('?') {
        return Ok(());
    }
    let message =
        "Posez le titre en question, avec les mots de la personne et un point d’interrogation à la fin.";
    Err(ArticleError::Invalid(vec![("titre", message.to_owned())]))
}

/// The address of an article, from its title.
pub(crate) fn slug_of(title: &str) -> String {
    let key = slug_search_key(title);
    let mut slug = String::new();
    for word in key.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if slug.len() + word.len() > 80 {
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    if slug.is_empty() || RESERVED.contains(&slug.as_str()) { format!("article-{slug}") } else { slug }
}

/// The day by which an article published `on` must be read again.
pub(crate) fn review_day(on: NaiveDate) -> NaiveDate {
    on.checked_add_months(Months::new(REVIEW_MONTHS)).unwrap_or(on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::Audience;

    fn content(title: &str) -> Content {
        Content {
            title: title.into(),
            body: "Réponse.".into(),
            audience: Audience::Everyone,
            theme: String::new(),
            requests: Vec::new(),
            keywords: Vec::new(),
        }
    }

    #[test]
    fn an_address_is_made_of_the_plain_words_of_the_title() {
        assert_eq!(slug_of("L’écran reste noir : que faire ?"), "l-ecran-reste-noir-que-faire");
        assert_eq!(slug_of("Rédaction"), "article-redaction");
        assert!(slug_of(&"très ".repeat(60)).len() <= 80);
    }

    #[test]
    fn a_title_must_be_a_question_before_review() {
        assert!(check(&content("Choisir une imprimante")).is_ok());
        assert!(ready(&content("Choisir une imprimante")).is_err());
        assert!(ready(&content("Quelle imprimante choisir ?")).is_ok());
        assert!(check(&content("")).is_err());
    }

    #[test]
    fn a_review_comes_a_year_later_even_from_a_leap_day() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(review_day(day(2026, 11, 23)), day(2027, 11, 23));
        assert_eq!(review_day(day(2028, 2, 29)), day(2029, 2, 28));
    }
}
