//! Words found shown in their text, whatever their inflection.

use crate::query::Query;
use crate::words::{stem, words};

/// A piece of text, found or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is a word sought.
    pub found: bool,
}

/// A part of a text around the words sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// How many of the terms it holds.
    pub terms: usize,
}

/// Where the words sought stand in `text`: start, end, term.
fn found(text: &str, query: &Query) -> Vec<(usize, usize, usize)> {
    let stems = query.stems();
    let all = words(text);
    let mut spans: Vec<(usize, usize, usize)> = Vec::new();
    let mut from = 0;
    for (rank, word) in all.iter().enumerate() {
        if !word.joined {
            let name: String = all[from..=rank].iter().map(|part| part.folded.as_str()).collect();
            let spelt: String = all[from..=rank].iter().map(|part| part.spelt.as_str()).collect();
            let term =
                query.terms.iter().position(|term| term.stem == stem(&name) || term.stem == stem(&spelt));
            if let (Some(term), true) = (term, rank > from) {
                spans.retain(|(start, ..)| *start < all[from].start);
                spans.push((all[from].start, word.end, term));
                from = rank + 1;
                continue;
            }
            from = rank + 1;
        }
        let own = stem(&word.folded);
        if let Some((term, ..)) = stems.iter().find(|(_, stem, _)| !word.silent && *stem == own) {
            spans.push((word.start, word.end, *term));
        }
    }
    spans
}

/// The whole of `text`, cut at the words sought.
#[must_use]
pub fn pieces(text: &str, query: &Query) -> Vec<Piece> {
    cut(text, 0, text.len(), &found(text, query))
}

fn cut(text: &str, start: usize, end: usize, spans: &[(usize, usize, usize)]) -> Vec<Piece> {
    let piece = |from: usize, to: usize, found: bool| {
        (from < to).then(|| Piece { text: text[from..to].to_owned(), found })
    };
    let mut pieces = Vec::new();
    let mut at = start;
    for (from, to, _) in spans.iter().filter(|(from, to, _)| *from >= start && *to <= end) {
        pieces.extend(piece(at, *from, false));
        pieces.extend(piece(*from, *to, true));
        at = *to;
    }
    pieces.extend(piece(at, end, false));
    pieces
}

/// About `length` characters of `text` around the most terms; `None` when it holds none.
#[must_use]
pub fn excerpt(text: &str, query: &Query, length: usize) -> Option<Excerpt> {
    let spans = found(text, query);
    let best =
        (0..spans.len()).max_by_key(|first| (terms_from(&spans, *first, length), usize::MAX - first))?;
    let terms = terms_from(&spans, best, length);
    let lead = length / 4;
    let from = spans[best].0;
    let start = text[..from].char_indices().rev().nth(lead).map_or(0, |(at, _)| at);
    let start = text[start..from].find(' ').filter(|_| start > 0).map_or(start, |space| start + space + 1);
    let end = text[start..].char_indices().nth(length).map_or(text.len(), |(at, _)| start + at);
    let end =
        if end < text.len() { text[start..end].rfind(' ').map_or(end, |space| start + space) } else { end };
    let end = end.max(spans[best].1);
    let mut pieces = cut(text, start, end, &spans);
    let plain = |text: &str| Piece { text: text.to_owned(), found: false };
    if start > 0 {
        pieces.insert(0, plain("… "));
    }
    if end < text.len() {
        pieces.push(plain(" …"));
    }
    Some(Excerpt { pieces, terms })
}

fn terms_from(spans: &[(usize, usize, usize)], first: usize, length: usize) -> usize {
    let begin = spans[first].0;
    let near = spans[first..].iter().take_while(|(_, end, _)| end - begin <= length * 3 / 4);
    let mut terms: Vec<usize> = near.map(|(.., term)| *term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(pieces: &[Piece]) -> String {
        pieces
            .iter()
            .map(|piece| if piece.found { format!("[{}]", piece.text) } else { piece.text.clone() })
            .collect()
    }

    #[test]
    fn inflected_forms_and_whole_names_are_marked() {
        let query = Query::of("imprimante pc-b12-03");
        let text = "Les imprimantes, dont PC-B12-03 ; pas l’écran.";
        assert_eq!(marked(&pieces(text, &query)), "Les [imprimantes], dont [PC-B12-03] ; pas l’écran.");
    }

    #[test]
    fn an_excerpt_stands_around_the_words() {
        let text =
            format!("{} la clé réseau du chariot est perdue {}", "début ".repeat(40), "fin ".repeat(60));
        let excerpt = excerpt(&text, &Query::of("chariots perdus"), 80).unwrap();
        assert_eq!(excerpt.terms, 2);
        let shown = marked(&excerpt.pieces);
        assert!(
            shown.contains("[chariot] est [perdue]") && shown.starts_with("… ") && shown.ends_with(" …"),
            "{shown}"
        );
        assert!(super::excerpt("rien ici", &Query::of("chariot"), 80).is_none());
    }
}
