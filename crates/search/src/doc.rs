//! A bag of words: what the index keeps of a request, a person or a school.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use uuid::Uuid;

use crate::spelling::is_vocabulary;
use crate::words::{LONGEST, Word, stem, words};

/// What a bag stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A request with its conversation.
    Request,
    /// A person.
    Person,
    /// A school.
    School,
}

impl Kind {
    /// The name kept in the database.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Person => "person",
            Self::School => "school",
        }
    }

    /// What the words of such bags begin with. Names keep words of their own, so that `martin` the
    /// person is not sought among all the requests that Martin sent.
    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Request => "",
            Self::Person => "y_",
            Self::School => "z_",
        }
    }
}

/// A bag of words being filled. Tokens carry their meaning by their prefix: `imprim` stands in a
/// text, `h_imprim` in the head too, `n_imprim` in an internal note; `y_x_taffin` is the whole name
/// of a person, `z_x_lille` that of a school; marks (`s_…`, `t_…`) say whose it is.
#[derive(Clone, Debug)]
pub struct Doc {
    /// What it stands for.
    pub kind: Kind,
    /// Which one.
    pub subject: Uuid,
    tokens: BTreeSet<String>,
    /// The marks that a good part of all bags bear.
    common: BTreeSet<String>,
    vocabulary: BTreeSet<String>,
}

impl Doc {
    /// An empty bag.
    #[must_use]
    pub fn new(kind: Kind, subject: Uuid) -> Self {
        Self { kind, subject, tokens: BTreeSet::new(), common: BTreeSet::new(), vocabulary: BTreeSet::new() }
    }

    /// A mark: whose it is, where it stands.
    pub fn mark(&mut self, mark: impl Into<String>) {
        self.tokens.insert(mark.into());
    }

    /// A mark that a good part of all bags bear: everyone's, a territory's, a team's.
    pub fn common_mark(&mut self, mark: impl Into<String>) {
        let mark = mark.into();
        self.common.insert(mark.clone());
        self.tokens.insert(mark);
    }

    /// Words of the head: title, summary, names of people and places.
    pub fn head(&mut self, text: &str) {
        self.take(text, &["", "h_"]);
    }

    /// Words of a text that everyone on the subject reads.
    pub fn text(&mut self, text: &str) {
        self.take(text, &[""]);
    }

    /// Words of an internal note.
    pub fn note(&mut self, text: &str) {
        self.take(text, &["n_"]);
    }

    /// Whole names, found by their beginning too.
    pub fn name(&mut self, text: &str) {
        self.text(text);
        let kind = self.kind.prefix();
        self.tokens.extend(words(text).into_iter().map(|word| format!("{kind}x_{}", word.folded)));
    }

    fn take(&mut self, text: &str, prefixes: &[&str]) {
        let found = words(text);
        let kind = self.kind.prefix();
        let mut add = |token: &str| {
            self.tokens.extend(prefixes.iter().map(|prefix| format!("{kind}{prefix}{token}")));
        };
        for word in found.iter().filter(|word| !word.silent) {
            add(&stem(&word.folded));
        }
        for name in compounds(&found) {
            add(&stem(&name));
        }
        let telling = found.into_iter().filter(|word| !word.silent && is_vocabulary(&word.folded));
        self.vocabulary.extend(telling.map(|word| word.folded));
    }

    /// The tokens, in order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// The common marks.
    pub(crate) fn common(&self) -> impl Iterator<Item = &str> {
        self.common.iter().map(String::as_str)
    }

    /// The words as written, for corrections.
    pub(crate) fn vocabulary(&self) -> &BTreeSet<String> {
        &self.vocabulary
    }

    /// Changes when a token does.
    pub(crate) fn digest(&self) -> i64 {
        let mut hasher = DefaultHasher::new();
        self.tokens.hash(&mut hasher);
        hasher.finish().cast_signed()
    }

    /// The tokens as both engines take them.
    pub(crate) fn bag(&self) -> String {
        let mut bag = String::with_capacity(self.tokens.len() * 9);
        for token in &self.tokens {
            if !bag.is_empty() {
                bag.push(' ');
            }
            bag.push_str(token);
        }
        bag
    }
}

/// The mark of one thing: `s_` and a short form of the school's identifier, for instance.
#[must_use]
pub fn mark_of(prefix: &str, id: Uuid) -> String {
    // The end of a UUIDv7 is random: twelve digits tell any two apart.
    let hex = id.simple().to_string();
    format!("{prefix}_{}", &hex[20..])
}

/// Names made of several words, written as one: `PC-B12-03` gives `pcb123`, and `pcb1203` too.
pub(crate) fn compounds(words: &[Word]) -> Vec<String> {
    let mut found = Vec::new();
    let mut from = 0;
    for (rank, word) in words.iter().enumerate() {
        if word.joined {
            continue;
        }
        let name = &words[from..=rank];
        let folded: String = name.iter().map(|word| word.folded.as_str()).collect();
        let spelt: String = name.iter().map(|word| word.spelt.as_str()).collect();
        if name.len() > 1 && folded.len() <= LONGEST {
            if spelt != folded {
                found.push(spelt);
            }
            found.push(folded);
        }
        from = rank + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(fill: impl Fn(&mut Doc)) -> Vec<String> {
        let mut doc = Doc::new(Kind::Request, Uuid::nil());
        fill(&mut doc);
        doc.tokens().map(str::to_owned).collect()
    }

    #[test]
    fn a_machine_is_kept_whole_and_in_parts() {
        assert_eq!(
            tokens(|doc| doc.text("Le poste PC-B12-03")),
            ["3", "b12", "pc", "pcb1203", "pcb123", "post"]
        );
    }

    #[test]
    fn a_note_is_never_mistaken_for_a_text() {
        assert_eq!(tokens(|doc| doc.note("Imprimantes")), ["n_imprim"]);
        assert_eq!(tokens(|doc| doc.head("Imprimantes")), ["h_imprim", "imprim"]);
    }

    #[test]
    fn a_name_has_words_of_its_own() {
        let mut doc = Doc::new(Kind::Person, Uuid::nil());
        doc.name("Karim Taffin");
        assert_eq!(doc.tokens().collect::<Vec<_>>(), ["y_karim", "y_taffin", "y_x_karim", "y_x_taffin"]);
    }

    #[test]
    fn the_same_words_have_the_same_digest() {
        let doc = |text: &str| {
            let mut doc = Doc::new(Kind::Person, Uuid::nil());
            doc.name(text);
            doc.digest()
        };
        assert_eq!(doc("Nadia Morel"), doc("morel NADIA"));
        assert_ne!(doc("Nadia Morel"), doc("Nadia Moret"));
    }
}
