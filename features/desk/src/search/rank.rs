//! Which of the requests found answers best: where the words stand, how exactly, how long ago.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

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

/// The words of one field of a row.
struct Field {
    weight: i64,
    stems: HashSet<String>,
    forms: HashSet<String>,
    phrase: String,
}

impl Field {
    fn of(weight: i64, text: &str) -> Self {
        let found = words(text);
        let forms: HashSet<String> = found.iter().map(|word| word.folded.clone()).collect();
        let phrase = found.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        let mut stems: HashSet<String> = forms.iter().map(|form| stem(form)).collect();
        let mut name = String::new();
        for word in &found {
            name.push_str(&word.folded);
            if !word.joined {
                stems.insert(stem(&name));
                name.clear();
            }
        }
        Self { weight, stems, forms, phrase }
    }
}

/// The rows, best first: by how they were found, then by score, then the newest.
pub(super) fn ranked(
    rows: Vec<Row>,
    how: &HashMap<RequestId, How>,
    query: &Query,
    now: DateTime<Utc>,
) -> Vec<(How, Row)> {
    let stems = query.stems();
    let mut scored: Vec<(How, i64, Row)> = rows
        .into_iter()
        .map(|row| {
            let how = how.get(&row.id).copied().unwrap_or(How::Reference);
            (how, score(&row, how, query, &stems, now), row)
        })
        .collect();
    scored.sort_by(|(how, score, row), (other_how, other_score, other)| {
        let key = |how: How, score: i64, row: &Row| (how, Reverse(score), Reverse(row.submitted_at));
        let by_rank = key(*how, *score, row).cmp(&key(*other_how, *other_score, other));
        by_rank.then_with(|| other.reference.cmp(&row.reference))
    });
    scored.into_iter().map(|(how, _, row)| (how, row)).collect()
}

fn score(row: &Row, how: How, query: &Query, stems: &[(usize, String, usize)], now: DateTime<Utc>) -> i64 {
    let names = format!("{} {} {} {} {}", row.requester, row.school, row.city, row.uai, row.reference);
    let fields = [Field::of(TITLE, &row.title), Field::of(SUMMARY, &row.summary), Field::of(NAMES, &names)];
    // A row found by most words may lack one everywhere.
    let elsewhere = if how == How::Part { 0 } else { ELSEWHERE };
    let mut total = 0;
    for (rank, term) in query.terms.iter().enumerate() {
        let own = stems.iter().filter(|(of, ..)| *of == rank);
        let best = own.flat_map(|(_, stem, distance)| {
            let nearness = 10 - 3 * i64::try_from(*distance).unwrap_or(3);
            fields
                .iter()
                .filter(move |field| field.stems.contains(stem))
                .map(move |field| field.weight * nearness / 10)
        });
        total += best.max().unwrap_or(elsewhere);
        total += fields
            .iter()
            .take(2)
            .filter(|field| field.forms.contains(&term.folded))
            .map(|_| AS_TYPED)
            .max()
            .unwrap_or(0);
    }
    if query.terms.len() > 1 && fields.iter().any(|field| field.phrase.contains(&query.phrase)) {
        total += PHRASE;
    }
    if State::of(&row.state).is_some_and(|state| !state.is_over()) {
        total += RUNNING;
    }
    let days = (now - row.submitted_at).num_days().max(0);
    total + RECENT * HALF_LIFE / (HALF_LIFE + days)
}
