//! Questions to the search, and texts in which their words are shown: no letter is lost nor added. (CSU-06)
#![no_main]

use std::collections::BTreeSet;

use beffroi_search::{Query, References, excerpt, pieces, words};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (question, body) = text.split_once('\n').unwrap_or((text, text));
    let mut query = Query::of(question);
    let vocabulary: BTreeSet<String> = words(body).into_iter().take(50).map(|word| word.folded).collect();
    query.correct(&vocabulary);
    let _ = (query.all(), query.names(), query.near(), query.most());
    let shown: String = pieces(body, &query).into_iter().map(|piece| piece.text).collect();
    assert_eq!(shown, body);
    let _ = excerpt(body, &query, 160);
    let _ = References::of(question, 2026).near();
});
