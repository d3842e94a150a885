//! Which of the requests found answers best: where the words stand, how exactly, how long ago.

use std::cmp::Reverse;
use std::collections::HashMap;

use beffroi_kernel::RequestId;
use beffroi_search::{Query, stem, words};
use chrono::{DateTime, Utc};

use crate::model::State;
use crate::store::search::Row;

/// How a request was found, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// By a reference, or nearly.
    Reference,
    /// It holds every word.
    Exact,
    /// It holds words near those typed.
    Near,
    /// It holds most of the words.
    Part,
}

const TITLE: i64 = 80;
const SUMMARY: i64 = 50;
const NAMES: i64 = 40;
const ELSEWHERE: i64 = 20;
const AS_TYPED: i64 = 10;
const PHRASE: i64 = 40;
const RUNNING: i64 = 8;
const RECENT: i64 = 30;
/// Days after which being recent counts half.
const HALF_LIFE: i64 = 90;

/// What a text answers to what is sought.
struct Reading {
    /// For each stem sought, whether it stands there.
    stems: Vec<bool>,
    /// For each term, whether it stands there as it was typed.
    typed: Vec<bool>,
    /// Its words in a row.
    phrase: String,
}

/// What is sought, and what each text answered: the same titles, schools and names come again and again.
struct Sought<'a> {
    query: &'a Query,
    stems: Vec<(usize, String, usize)>,
    known: HashMap<String, Reading>,
}

impl<'a> Sought<'a> {
    fn of(query: &'a Query) -> Self {
        Self { query, stems: query.stems(), known: HashMap::new() }
    }

    /// What this text answers, its words being those of all the parts.
    fn read(&mut self, parts: &[&str]) -> Reading {
        let mut whole = Reading {
            stems: vec![false; self.stems.len()],
            typed: vec![false; self.query.terms.len()],
            phrase: String::new(),
        };
        for part in parts {
            if !self.known.contains_key(*part) {
                let read = self.read_anew(part);
                self.known.insert((*part).to_owned(), read);
            }
            let Some(known) = self.known.get(*part) else { continue };
            whole.stems.iter_mut().zip(&known.stems).for_each(|(whole, part)| *whole |= part);
            whole.typed.iter_mut().zip(&known.typed).for_each(|(whole, part)| *whole |= part);
            whole.phrase.push_str(&known.phrase);
        }
        whole
    }

    fn read_anew(&self, text: &str) -> Reading {
        let found = words(text);
        let typed = self.query.terms.iter().map(|term| found.iter().any(|word| word.folded == term.folded));
        let typed = typed.collect();
        let mut stems: Vec<String> = found.iter().map(|word| stem(&word.folded)).collect();
        let (mut name, mut phrase) = (String::new(), String::new());
        for word in &found {
            name.push_str(&word.folded);
            if !word.joined {
                stems.push(stem(&name));
                name.clear();
            }
            phrase.push_str(&word.folded);
            phrase.push(' ');
        }
        let stems = self.stems.iter().map(|(_, sought, _)| stems.contains(sought)).collect();
        Reading { stems, typed, phrase }
    }
}

/// The rows, best first: by how they were found, then by score, then the newest.
pub(super) fn ranked(
    rows: Vec<Row>,
    how: &HashMap<RequestId, How>,
    query: &Query,
    now: DateTime<Utc>,
) -> Vec<(How, Row)> {
    let mut sought = Sought::of(query);
    let mut scored: Vec<(How, i64, Row)> = rows
        .into_iter()
        .map(|row| {
            let how = how.get(&row.id).copied().unwrap_or(How::Reference);
            (how, score(&row, how, &mut sought, now), row)
        })
        .collect();
    scored.sort_by(|(how, score, row), (other_how, other_score, other)| {
        let key = |how: How, score: i64, row: &Row| (how, Reverse(score), Reverse(row.submitted_at));
        let by_rank = key(*how, *score, row).cmp(&key(*other_how, *other_score, other));
        by_rank.then_with(|| other.reference.cmp(&row.reference))
    });
    scored.into_iter().map(|(how, _, row)| (how, row)).collect()
}

fn score(row: &Row, how: How, sought: &mut Sought, now: DateTime<Utc>) -> i64 {
    let title = sought.read(&[&row.title]);
    let summary = sought.read(&[&row.summary]);
    let names = sought.read(&[&row.requester, &row.school, &row.city, &row.uai, &row.reference]);
    let fields = [(TITLE, title), (SUMMARY, summary), (NAMES, names)];
    // A row found by most words may lack one everywhere.
    let elsewhere = if how == How::Part { 0 } else { ELSEWHERE };
    let mut total = 0;
    for term in 0..sought.query.terms.len() {
        let own = sought.stems.iter().zip(0_usize..).filter(|((of, ..), _)| *of == term);
        let best = own.flat_map(|((.., distance), place)| {
            let nearness = 10 - 3 * i64::try_from(*distance).unwrap_or(3);
            let holding = fields.iter().filter(move |(_, reading)| reading.stems[place]);
            holding.map(move |(weight, _)| weight * nearness / 10)
        });
        total += best.max().unwrap_or(elsewhere);
        total += if fields.iter().take(2).any(|(_, reading)| reading.typed[term]) { AS_TYPED } else { 0 };
    }
    let phrase = &sought.query.phrase;
    if sought.query.terms.len() > 1 && fields.iter().any(|(_, reading)| reading.phrase.contains(phrase)) {
        total += PHRASE;
    }
    if State::of(&row.state).is_some_and(|state| !state.is_over()) {
        total += RUNNING;
    }
    let days = (now - row.submitted_at).num_days().max(0);
    total + RECENT * HALF_LIFE / (HALF_LIFE + days)
}
