//! What a bag of words must hold, written for either engine.

use crate::Kind;

/// What every bag of a slice bears.
pub(crate) const ANY: &str = "b";

/// A condition on a bag of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// It holds this token.
    Token(String),
    /// It meets each of these.
    All(Vec<Expr>),
    /// It meets one of these.
    Any(Vec<Expr>),
    /// It meets the first and not the second.
    Without(Box<Expr>, Box<Expr>),
    /// It holds a token that begins so.
    Begins(String),
    /// It bears this mark.
    Mark(String),
    /// It bears this mark, which a good part of all bags bear.
    Common(String),
}

/// How much of the index the marks of a condition name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// Thousands of bags: all of them are looked at.
    Few,
    /// Tens of thousands: the newest first.
    Part,
    /// Nearly all: only the very newest first.
    Most,
}

/// One question to the index: the newest bags that meet a condition.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Its number, given back with what it finds.
    pub rank: i32,
    /// The condition.
    pub expr: Expr,
    /// How much of the index its marks name.
    pub breadth: Breadth,
    /// How many at most.
    pub limit: u32,
    /// The number of the tier before it that holds all of this one: this one is looked for only when that one
    /// found as many as it may.
    pub part_of: Option<i32>,
}

impl Expr {
    /// A token.
    #[must_use]
    pub fn token(text: impl Into<String>) -> Self {
        Self::Token(text.into())
    }

    /// The same condition with every token replaced.
    #[must_use]
    pub fn map(&self, change: &impl Fn(&str) -> Expr) -> Self {
        let each = |list: &[Expr]| list.iter().map(|expr| expr.map(change)).collect();
        match self {
            Self::Token(token) => change(token),
            Self::Begins(_) | Self::Mark(_) | Self::Common(_) => self.clone(),
            Self::All(list) => Self::All(each(list)),
            Self::Any(list) => Self::Any(each(list)),
            Self::Without(kept, left) => Self::Without(Box::new(kept.map(change)), left.clone()),
        }
    }

    /// The same words, sought in the bags of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> Self {
        let own = |token: &String| format!("{}{token}", kind.prefix());
        let each = |list: &[Self]| list.iter().map(|expr| expr.of(kind)).collect();
        match self {
            Self::Token(token) => Self::Token(own(token)),
            Self::Begins(token) => Self::Begins(own(token)),
            Self::Mark(_) | Self::Common(_) => self.clone(),
            Self::All(list) => Self::All(each(list)),
            Self::Any(list) => Self::Any(each(list)),
            Self::Without(kept, left) => Self::Without(Box::new(kept.of(kind)), Box::new(left.of(kind))),
        }
    }

    /// For a `tsquery`. A sliced one keeps to the slice that `~` will be replaced with.
    pub(crate) fn postgres(&self, sliced: bool) -> String {
        let write = |expr: &Self| expr.postgres(sliced);
        match self {
            Self::Token(token) => format!("'{token}'"),
            Self::Begins(token) => format!("'{token}':*"),
            Self::Mark(mark) if sliced => format!("('{mark}' & '{ANY}~')"),
            Self::Common(mark) if sliced => format!("'{mark}~'"),
            Self::Mark(mark) | Self::Common(mark) => format!("'{mark}'"),
            Self::All(list) => Self::list(list, " & ", write),
            Self::Any(list) => Self::list(list, " | ", write),
            Self::Without(kept, left) => format!("({} & !{})", write(kept), write(left)),
        }
    }

    /// For a `MATCH` of FTS5.
    pub(crate) fn sqlite(&self) -> String {
        match self {
            Self::Token(token) | Self::Mark(token) | Self::Common(token) => format!("\"{token}\""),
            Self::Begins(token) => format!("\"{token}\" *"),
            Self::All(list) => Self::list(list, " AND ", Self::sqlite),
            Self::Any(list) => Self::list(list, " OR ", Self::sqlite),
            Self::Without(kept, left) => format!("({} NOT {})", kept.sqlite(), left.sqlite()),
        }
    }

    /// Nothing in a list is found nowhere.
    fn list(list: &[Expr], joint: &str, write: impl Fn(&Expr) -> String) -> String {
        match list {
            [] => write(&Self::token("nowhere_")),
            [one] => write(one),
            several => format!("({})", several.iter().map(write).collect::<Vec<_>>().join(joint)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_kept_to_by_the_marks() {
        let marks = Expr::Any(vec![Expr::Common("t_1".into()), Expr::Mark("p_2".into())]);
        let all = Expr::All(vec![Expr::token("imprim"), marks]);
        assert_eq!(all.postgres(true), "('imprim' & ('t_1~' | ('p_2' & 'b~')))");
        assert_eq!(all.postgres(false), "('imprim' & ('t_1' | 'p_2'))");
        assert_eq!(all.sqlite(), "(\"imprim\" AND (\"t_1\" OR \"p_2\"))");
    }

    #[test]
    fn both_engines_are_asked_the_same() {
        let word = Expr::token("imprim");
        let noted = Expr::Without(Box::new(Expr::token("n_imprim")), Box::new(Expr::token("p_1")));
        let all = Expr::All(vec![Expr::Any(vec![word, noted]), Expr::Begins("x_taf".into())]);
        assert_eq!(all.of(Kind::Request), all);
        assert_eq!(Expr::Begins("x_taf".into()).of(Kind::Person).postgres(false), "'y_x_taf':*");
        assert_eq!(all.postgres(false), "(('imprim' | ('n_imprim' & !'p_1')) & 'x_taf':*)");
        assert_eq!(all.sqlite(), "((\"imprim\" OR (\"n_imprim\" NOT \"p_1\")) AND \"x_taf\" *)");
    }
}
