//! The conditions of a sheet: a small typed language over answers and facts, three-valued. (LIRE-10)
//!
//! `origine == "region" and not (fournitures has "cles")`: an unanswered question leaves a condition undecided.

mod eval;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;
pub(crate) mod types;

pub use eval::Truth;

/// What a comparison reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The answer to a question.
    Field(String),
    /// `requester.role`.
    RequesterRole,
    /// `school.academy`.
    SchoolAcademy,
    /// `school.kind`.
    SchoolKind,
    /// `school.o365`.
    SchoolO365,
}

impl Name {
    /// The facts known without asking, by their name in expressions.
    pub(crate) const CONTEXT: &'static [(&'static str, Name)] = &[
        ("requester.role", Name::RequesterRole),
        ("school.academy", Name::SchoolAcademy),
        ("school.kind", Name::SchoolKind),
        ("school.o365", Name::SchoolO365),
    ];
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `==`
    Equal,
    /// `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// A constant: text (also dates) or a whole number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `"x"` or `"2026-01-31"`
    Text(String),
    /// `12`
    Number(i64),
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// `field == "v"`
    Compare(Name, Op, Literal),
    /// `field in ["a", "b"]`
    In(Name, Vec<Literal>),
    /// `choices has "x"`
    Has(Name, String),
    /// `answered(field)`
    Answered(String),
    /// A yes-no field or fact, used bare.
    Bare(Name),
    /// `not …`
    Not(Box<Expr>),
    /// `… and …`
    And(Box<Expr>, Box<Expr>),
    /// `… or …`
    Or(Box<Expr>, Box<Expr>),
}

impl Expr {
    /// The ids of the fields it reads, in order of appearance, without repetition.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.visit(&mut |leaf| {
            if let Some(id) = leaf.leaf_field()
                && !found.contains(&id)
            {
                found.push(id);
            }
        });
        found
    }

    /// Calls `f` on every leaf.
    pub(crate) fn visit<'a>(&'a self, f: &mut impl FnMut(&'a Expr)) {
        match self {
            Self::Not(inner) => inner.visit(f),
            Self::And(left, right) | Self::Or(left, right) => {
                left.visit(f);
                right.visit(f);
            }
            leaf => f(leaf),
        }
    }

    fn leaf_field(&self) -> Option<&str> {
        match self {
            Self::Compare(Name::Field(id), ..)
            | Self::In(Name::Field(id), _)
            | Self::Has(Name::Field(id), _)
            | Self::Bare(Name::Field(id))
            | Self::Answered(id) => Some(id),
            _ => None,
        }
    }
}

/// Why a text is no condition, in French.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (caractère {column})")]
pub struct ExprError {
    /// The character, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(id) => f.write_str(id),
            Self::RequesterRole => f.write_str("requester.role"),
            Self::SchoolAcademy => f.write_str("school.academy"),
            Self::SchoolKind => f.write_str("school.kind"),
            Self::SchoolO365 => f.write_str("school.o365"),
        }
    }
}

impl std::fmt::Display for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::Different => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

impl std::fmt::Display for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Compare(name, op, literal) => write!(f, "{name} {op} {literal}"),
            Self::In(name, literals) => {
                let list: Vec<String> = literals.iter().map(ToString::to_string).collect();
                write!(f, "{name} in [{}]", list.join(", "))
            }
            Self::Has(name, option) => write!(f, "{name} has {}", Literal::Text(option.clone())),
            Self::Answered(id) => write!(f, "answered({id})"),
            Self::Bare(name) => write!(f, "{name}"),
            Self::Not(inner) => {
                write!(f, "not {}", Nested(inner, matches!(**inner, Self::And(..) | Self::Or(..))))
            }
            Self::And(left, right) => {
                let nested_left = matches!(**left, Self::Or(..));
                let nested_right = matches!(**right, Self::And(..) | Self::Or(..));
                write!(f, "{} and {}", Nested(left, nested_left), Nested(right, nested_right))
            }
            Self::Or(left, right) => {
                write!(f, "{left} or {}", Nested(right, matches!(**right, Self::Or(..))))
            }
        }
    }
}

/// An inner expression, between parentheses when its place asks for them.
struct Nested<'a>(&'a Expr, bool);

impl std::fmt::Display for Nested<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
    }
}
