//! What a person typed, as terms: each one a word or a name made of several.

use std::collections::BTreeSet;

use beffroi_sheets::slug_search_key;

use crate::expr::Expr;
use crate::spelling::Near;
use crate::words::{Word, stem, words};

/// Terms looked at; a longer question is cut.
const MOST: usize = 8;

/// One thing sought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its spelling, folded, as typed: `pc-b12-3`.
    pub typed: String,
    /// The same in one word: `pcb123`.
    pub folded: String,
    /// Its stem.
    pub stem: String,
    /// The stems of its parts, when it has several.
    pub parts: Vec<String>,
    /// Words near it that exist, nearest first; empty until looked up.
    pub near: Vec<Near>,
}

/// A question.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The telling terms, in order.
    pub terms: Vec<Term>,
    /// The whole text, folded, its words one space apart.
    pub phrase: String,
}

impl Query {
    /// The question in `text`. Silent words count only when there is nothing else.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let found = words(text);
        let all_silent = found.iter().all(|word| word.silent);
        let telling = |word: &&Word| all_silent || !word.silent;
        let kept: Vec<Word> = found.iter().filter(telling).cloned().collect();
        let phrase = found.iter().map(|word| word.folded.as_str()).collect::<Vec<_>>().join(" ");
        Self { terms: terms(&kept), phrase }
    }

    /// Whether nothing is sought.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Every term.
    #[must_use]
    pub fn all(&self) -> Expr {
        Expr::All(self.terms.iter().map(Term::exact).collect())
    }

    /// Every term, the last one perhaps only begun; for names.
    #[must_use]
    pub fn names(&self) -> Expr {
        let last = self.terms.len().saturating_sub(1);
        let each = self.terms.iter().enumerate().map(|(rank, term)| {
            if rank == last && term.folded.chars().count() >= 3 && term.parts.is_empty() {
                Expr::Any(vec![term.exact(), Expr::Begins(format!("x_{}", term.folded))])
            } else {
                term.exact()
            }
        });
        Expr::All(each.collect())
    }

    /// Every term, or a word near it, or two terms written as one word.
    #[must_use]
    pub fn near(&self) -> Expr {
        let mut ways = vec![Expr::All(self.terms.iter().map(Term::loose).collect())];
        for rank in 1..self.terms.len() {
            let joined = format!("{}{}", self.terms[rank - 1].folded, self.terms[rank].folded);
            let mut all = vec![Expr::token(stem(&joined))];
            let others =
                self.terms.iter().enumerate().filter(|(other, _)| *other != rank && other + 1 != rank);
            all.extend(others.map(|(_, term)| term.loose()));
            ways.push(Expr::All(all));
        }
        Expr::Any(ways)
    }

    /// Every term but one, or words near them; but two when there are four or more. `None` for a
    /// single term.
    #[must_use]
    pub fn most(&self) -> Option<Expr> {
        let loose: Vec<Expr> = self.terms.iter().map(Term::loose).collect();
        let without = |left: &[usize]| {
            let kept = loose.iter().enumerate().filter(|(rank, _)| !left.contains(rank));
            Expr::All(kept.map(|(_, expr)| expr.clone()).collect())
        };
        let count = loose.len();
        let ways: Vec<Expr> = if count < 4 {
            (0..count).map(|left| without(&[left])).collect()
        } else {
            let pairs = (0..count).flat_map(|one| (0..one).map(move |other| [one, other]));
            pairs.map(|pair| without(&pair)).collect()
        };
        (count > 1).then_some(Expr::Any(ways))
    }

    /// The stems that count as found, with how far they are from what was typed (0 is the same).
    #[must_use]
    pub fn stems(&self) -> Vec<(usize, String, usize)> {
        let mut found: Vec<(usize, String, usize)> = Vec::new();
        for (rank, term) in self.terms.iter().enumerate() {
            found.push((rank, term.stem.clone(), 0));
            found.extend(term.parts.iter().map(|part| (rank, part.clone(), 0)));
            found.extend(term.near.iter().map(|near| (rank, stem(&near.word), near.distance)));
        }
        found
    }

    /// Gives each term the existing words near it.
    pub fn correct(&mut self, vocabulary: &BTreeSet<String>) {
        for term in self.terms.iter_mut().filter(|term| term.parts.is_empty()) {
            term.near = crate::spelling::near(&term.folded, vocabulary);
        }
    }
}

impl Term {
    fn exact(&self) -> Expr {
        let whole = Expr::token(self.stem.clone());
        if self.parts.is_empty() {
            return whole;
        }
        let parts = Expr::All(self.parts.iter().map(Expr::token).collect());
        Expr::Any(vec![whole, parts])
    }

    fn loose(&self) -> Expr {
        let mut any = vec![self.exact()];
        let stems: BTreeSet<String> = self.near.iter().map(|near| stem(&near.word)).collect();
        any.extend(stems.into_iter().filter(|near| *near != self.stem).map(Expr::token));
        Expr::Any(any)
    }
}

fn terms(words: &[Word]) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut parts: Vec<&str> = Vec::new();
    for (rank, word) in words.iter().enumerate() {
        parts.push(&word.folded);
        // What follows may have been left out as silent: a name then ends here.
        let goes_on = word.joined && words.get(rank + 1).is_some_and(|next| next.start == word.end + 1);
        if goes_on {
            continue;
        }
        let folded = slug_search_key(&parts.concat());
        let several = parts.len() > 1;
        let term = Term {
            typed: parts.join("-"),
            stem: stem(&folded),
            folded,
            parts: if several { parts.iter().map(|part| stem(part)).collect() } else { Vec::new() },
            near: Vec::new(),
        };
        if !terms.iter().any(|known| known.folded == term.folded) && terms.len() < MOST {
            terms.push(term);
        }
        parts.clear();
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_sought_whole_or_in_parts() {
        let query = Query::of("le PC-B12-03 est en panne");
        assert_eq!(query.all().postgres(false), "(('pcb123' | ('pc' & 'b12' & '3')) & 'pann')");
    }

    #[test]
    fn silent_words_alone_are_sought() {
        assert_eq!(Query::of("le").terms.len(), 1);
        assert!(Query::of(" ?! ").is_empty());
        assert_eq!(Query::of("panne Panne PANNE").terms.len(), 1);
    }

    #[test]
    fn a_name_is_found_by_its_beginning() {
        assert_eq!(Query::of("karim taf").names().postgres(false), "('karim' & ('taf' | 'x_taf':*))");
    }

    #[test]
    fn one_word_may_be_wrong_and_two_may_be_one() {
        let mut query = Query::of("wi fi");
        query.correct(&BTreeSet::new());
        assert_eq!(query.near().postgres(false), "(('wi' & 'fi') | 'wif')");
        assert_eq!(query.most().unwrap().postgres(false), "('fi' | 'wi')");
        assert!(Query::of("wifi").most().is_none());
    }
}
