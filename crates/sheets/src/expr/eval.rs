//! Decides a condition: true, false, or undecided while a question it reads has no answer.

use chrono::NaiveDate;

use super::{Expr, Literal, Name, Op};
use crate::answer::{Answer, Answers, Facts};

/// The three values of a condition (Kleene).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Not yet known.
    Undecided,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Undecided => Self::Undecided,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Undecided,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

/// What a name stands for at this moment.
enum Value<'a> {
    Text(&'a str),
    Number(i64),
    Date(NaiveDate),
    Bool(bool),
    Set(&'a [String]),
}

impl Expr {
    /// The value of the condition under these answers and facts. Never panics: what cannot be compared is undecided.
    #[must_use]
    pub fn decide(&self, answers: &Answers, facts: &Facts) -> Truth {
        let value = |name| value(name, answers, facts);
        match self {
            Self::Compare(name, op, literal) => compare(value(name), *op, literal),
            Self::In(name, literals) => literals
                .iter()
                .map(|literal| compare(value(name), Op::Equal, literal))
                .fold(Truth::False, Truth::or),
            Self::Has(name, option) => match value(name) {
                Some(Value::Set(ids)) => ids.contains(option).into(),
                _ => Truth::Undecided,
            },
            Self::Answered(id) => answers.get(id).is_some_and(Answer::is_given).into(),
            Self::Bare(name) => match value(name) {
                Some(Value::Bool(yes)) => yes.into(),
                _ => Truth::Undecided,
            },
            Self::Not(inner) => inner.decide(answers, facts).not(),
            Self::And(left, right) => left.decide(answers, facts).and(right.decide(answers, facts)),
            Self::Or(left, right) => left.decide(answers, facts).or(right.decide(answers, facts)),
        }
    }
}

fn value<'a>(name: &Name, answers: &'a Answers, facts: &'a Facts) -> Option<Value<'a>> {
    match name {
        Name::RequesterRole => Some(Value::Text(facts.requester_role.slug())),
        Name::SchoolAcademy => Some(Value::Text(&facts.academy)),
        Name::SchoolKind => Some(Value::Text(&facts.school_kind)),
        Name::SchoolO365 => Some(Value::Bool(facts.o365)),
        Name::Field(id) => match answers.get(id)? {
            Answer::Text(text) if text.is_empty() => None,
            Answer::Text(text) | Answer::Choice(text) => Some(Value::Text(text)),
            Answer::Number(number) => Some(Value::Number(*number)),
            Answer::Date(day) => Some(Value::Date(*day)),
            Answer::YesNo(yes) => Some(Value::Bool(*yes)),
            Answer::Choices(ids) => Some(Value::Set(ids)),
            Answer::Rows(_) | Answer::Files(_) | Answer::People(_) | Answer::Unknown => None,
        },
    }
}

fn compare(value: Option<Value<'_>>, op: Op, literal: &Literal) -> Truth {
    let ordering = match (value, literal) {
        (Some(Value::Text(left)), Literal::Text(right)) if matches!(op, Op::Equal | Op::Different) => {
            left.cmp(right.as_str())
        }
        (Some(Value::Number(left)), Literal::Number(right)) => left.cmp(right),
        (Some(Value::Date(left)), Literal::Text(right)) => match right.parse::<NaiveDate>() {
            Ok(right) => left.cmp(&right),
            Err(_) => return Truth::Undecided,
        },
        _ => return Truth::Undecided,
    };
    let holds = match op {
        Op::Equal => ordering.is_eq(),
        Op::Different => ordering.is_ne(),
        Op::Less => ordering.is_lt(),
        Op::AtMost => ordering.is_le(),
        Op::More => ordering.is_gt(),
        Op::AtLeast => ordering.is_ge(),
    };
    holds.into()
}
