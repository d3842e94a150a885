//! What a bag of words must hold, written for either engine.

use crate::Kind;

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
}

/// One question to the index: the newest bags of a kind that meet a condition.
#[derive(Clone, Debug)]
pub struct Tier {
    /// Its number, given back with what it finds.
    pub rank: i32,
    /// What is sought.
    pub kind: Kind,
    /// The condition.
    pub expr: Expr,
    /// How many at most.
    pub limit: u32,
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
            Self::Begins(_) => self.clone(),
            Self::All(list) => Self::All(each(list)),
            Self::Any(list) => Self::Any(each(list)),
            Self::Without(kept, left) => Self::Without(Box::new(kept.map(change)), left.clone()),
        }
    }

    /// For a `tsquery`.
    pub(crate) fn postgres(&self) -> String {
        match self {
            Self::Token(token) => format!("'{token}'"),
            Self::Begins(token) => format!("'{token}':*"),
            Self::All(list) => Self::list(list, " & ", Self::postgres),
            Self::Any(list) => Self::list(list, " | ", Self::postgres),
            Self::Without(kept, left) => format!("({} & !{})", kept.postgres(), left.postgres()),
        }
    }

    /// For a `MATCH` of FTS5.
    pub(crate) fn sqlite(&self) -> String {
        match self {
            Self::Token(token) => format!("\"{token}\""),
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
    fn both_engines_are_asked_the_same() {
        let word = Expr::token("imprim");
        let noted = Expr::Without(Box::new(Expr::token("n_imprim")), Box::new(Expr::token("p_1")));
        let all = Expr::All(vec![Expr::Any(vec![word, noted]), Expr::Begins("x_taf".into())]);
        assert_eq!(all.postgres(), "(('imprim' | ('n_imprim' & !'p_1')) & 'x_taf':*)");
        assert_eq!(all.sqlite(), "((\"imprim\" OR (\"n_imprim\" NOT \"p_1\")) AND \"x_taf\" *)");
    }
}
