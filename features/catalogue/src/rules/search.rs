//! Search over titles, keywords and texts: accents and capitals do not count, nor plurals, nor one slip of the
//! keyboard. No service is needed for a dozen sheets: the index is a list of weighted words.

use std::collections::HashMap;
use std::sync::Arc;

use beffroi_sheets::{SectionKind, Sheet, slug_search_key};

use crate::Published;

/// Words that say nothing about what is sought.
const SILENT: &[&str] = &[
    "a", "ai", "au", "aux", "avec", "ce", "ces", "cette", "comment", "d", "dans", "de", "des", "du", "en",
    "est", "et", "faire", "il", "j", "je", "l", "la", "le", "les", "ma", "mes", "mon", "n", "ne", "nos",
    "notre", "on", "ou", "par", "pas", "pour", "qu", "que", "qui", "s", "sa", "se", "ses", "son", "sur",
    "un", "une", "vos", "votre", "y",
];

/// A sheet that answers a search.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The sheet.
    pub published: Arc<Published>,
    /// The ids of the request types that answer best, best first.
    pub requests: Vec<String>,
    /// The ids of the exclusions that mention it: the person learns it before starting.
    pub excludes: Vec<String>,
    score: u32,
}

#[derive(Clone, Debug)]
struct Entry {
    published: Arc<Published>,
    words: HashMap<String, u32>,
    requests: Vec<(String, HashMap<String, u32>)>,
    excludes: Vec<(String, HashMap<String, u32>)>,
}

/// The words of every sheet.
#[derive(Clone, Debug, Default)]
pub struct Index(Vec<Entry>);

impl Index {
    /// The index of these sheets.
    #[must_use]
    pub fn of(sheets: &[Arc<Published>]) -> Self {
        Self(sheets.iter().map(entry).collect())
    }

    /// The sheets that answer `query`, best first: those with every word, else those with some.
    #[must_use]
    pub fn search(&self, query: &str) -> Vec<Hit> {
        let words = words_of(query);
        if words.is_empty() {
            return Vec::new();
        }
        let scored: Vec<(usize, Hit)> = self.0.iter().filter_map(|entry| hit(entry, &words)).collect();
        let most = scored.iter().map(|(found, _)| *found).max().unwrap_or(0);
        let mut hits: Vec<Hit> =
            scored.into_iter().filter(|(found, _)| *found == most).map(|(_, hit)| hit).collect();
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.published.sheet.order));
        hits
    }
}

fn entry(published: &Arc<Published>) -> Entry {
    let sheet = &published.sheet;
    let mut words = HashMap::new();
    for (weight, text) in texts(sheet) {
        weigh(&mut words, weight, &text);
    }
    let requests = sheet.requests.iter().map(|request| {
        let mut words = HashMap::new();
        weigh(&mut words, 6, &request.title);
        weigh(&mut words, 3, &request.description);
        for option in request.fields.iter().flat_map(|field| &field.options) {
            weigh(&mut words, 1, &option.label);
        }
        (request.id.clone(), words)
    });
    let excludes = sheet.excludes.iter().map(|exclusion| {
        let mut words = HashMap::new();
        weigh(&mut words, 2, &exclusion.text);
        (exclusion.id.clone(), words)
    });
    Entry {
        published: Arc::clone(published),
        words,
        requests: requests.collect(),
        excludes: excludes.collect(),
    }
}

fn texts(sheet: &Sheet) -> Vec<(u32, String)> {
    let mut texts = vec![(8, sheet.title.clone()), (3, sheet.summary.clone())];
    texts.extend(sheet.keywords.iter().map(|keyword| (6, keyword.clone())));
    texts.extend(sheet.includes.iter().map(|item| (3, item.text.clone())));
    texts.extend(sheet.excludes.iter().map(|exclusion| (2, exclusion.text.clone())));
    for request in &sheet.requests {
        texts.push((6, request.title.clone()));
        texts.push((3, request.description.clone()));
    }
    for section in &sheet.sections {
        let weight = if section.kind == SectionKind::Service { 2 } else { 1 };
        for block in &section.blocks {
            texts.push((weight + 1, block.title.clone().unwrap_or_default()));
            texts.push((weight, block.plain()));
        }
    }
    texts
}

pub(crate) fn weigh(words: &mut HashMap<String, u32>, weight: u32, text: &str) {
    for word in words_of(text) {
        let best = words.entry(word).or_default();
        *best = (*best).max(weight);
    }
}

/// The telling words of a text, in their simplest form.
pub(crate) fn words_of(text: &str) -> Vec<String> {
    let key = slug_search_key(text);
    let words =
        key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !SILENT.contains(word));
    words.map(singular).collect()
}

/// The singular of a French word, roughly: « réseaux » and « réseau », « locaux » and « local » meet.
fn singular(word: &str) -> String {
    if word.len() > 4
        && let Some(stem) = word.strip_suffix("eaux")
    {
        return format!("{stem}eau");
    }
    if word.len() > 4
        && let Some(stem) = word.strip_suffix("aux")
    {
        return format!("{stem}al");
    }
    match word.strip_suffix(['s', 'x']) {
        Some(stem) if stem.len() >= 3 => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// How well `sought` is found among `words`: the same word, its beginning, or a slip away.
pub(crate) fn strength(sought: &str, words: &HashMap<String, u32>) -> u32 {
    if let Some(weight) = words.get(sought) {
        return weight * 4;
    }
    let length = sought.chars().count();
    let begins = words
        .iter()
        .filter(|(word, _)| length >= 3 && word.starts_with(sought))
        .map(|(_, weight)| weight * 2);
    let slips = match length {
        ..5 => 0,
        5..9 => 1,
        _ => 2,
    };
    let near = words
        .iter()
        .filter(|(word, _)| slips > 0 && word.chars().count().abs_diff(length) <= slips)
        .filter(|(word, _)| strsim::damerau_levenshtein(sought, word) <= slips)
        .map(|(_, weight)| *weight);
    begins.chain(near).max().unwrap_or(0)
}

fn hit(entry: &Entry, sought: &[String]) -> Option<(usize, Hit)> {
    let strengths: Vec<u32> = sought.iter().map(|word| strength(word, &entry.words)).collect();
    let found = strengths.iter().filter(|strength| **strength > 0).count();
    let best = |parts: &[(String, HashMap<String, u32>)]| {
        let total = |words| sought.iter().map(|word| strength(word, words)).sum::<u32>();
        let mut scored: Vec<(u32, &String)> = parts.iter().map(|(id, words)| (total(words), id)).collect();
        scored.retain(|(score, _)| *score > 0);
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().take(3).map(|(_, id)| id.clone()).collect::<Vec<_>>()
    };
    (found > 0).then(|| {
        let hit = Hit {
            published: Arc::clone(&entry.published),
            requests: best(&entry.requests),
            excludes: best(&entry.excludes),
            score: strengths.iter().sum(),
        };
        (found, hit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_of(text: &str) -> HashMap<String, u32> {
        let mut words = HashMap::new();
        weigh(&mut words, 1, text);
        words
    }

    #[test]
    fn accents_plurals_and_slips_do_not_count() {
        let words = index_of("Réseaux locaux, équipements, imprimante");
        for sought in ["reseau", "RÉSEAUX", "local", "equipement", "imprimnate", "imprimantes", "impri"] {
            let sought = words_of(sought);
            assert!(strength(&sought[0], &words) > 0, "{sought:?}");
        }
        assert_eq!(strength("serveur", &words), 0);
    }

    #[test]
    fn small_words_are_not_sought() {
        assert_eq!(words_of("Comment faire pour l’imprimante ?"), ["imprimante"]);
    }
}
