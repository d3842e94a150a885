//! Whether a condition can ever be true: every combination of the answers it depends on is tried.

use std::collections::BTreeSet;

use beffroi_kernel::Role;
use chrono::{Days, NaiveDate};

use crate::{
    answer::{Answer, Answers, Facts},
    expr::{Expr, Literal, Name, Truth},
    model::{Field, RequestType},
    words::FieldKind,
};

/// Beyond this number of combinations, the condition is trusted.
const MAX_CASES: usize = 20_000;

/// Whether no answers make the condition true. The names and types it reads must be right.
pub(crate) fn never_true(when: &Expr, request: &RequestType) -> bool {
    let fields = depended_on(when, request);
    let mentioned = Mentioned::of(fields.iter().filter_map(|field| field.when.as_ref()).chain([when]));
    let candidates: Vec<(&str, Vec<Option<Answer>>)> =
        fields.iter().map(|field| (field.id.as_str(), candidates(field, &mentioned))).collect();
    let settings = settings(request, &mentioned);
    let cases = candidates.iter().map(|(_, list)| list.len()).try_fold(settings.len(), usize::checked_mul);
    if cases.is_none_or(|cases| cases > MAX_CASES) {
        return false;
    }
    let combinations = combinations(&candidates);
    !settings.iter().any(|facts| {
        combinations
            .iter()
            .any(|answers| when.decide(&request.effective(answers, facts), facts) == Truth::True)
    })
}

/// The fields read by the condition, by the conditions of these fields, and so on.
fn depended_on<'r>(when: &Expr, request: &'r RequestType) -> Vec<&'r Field> {
    let mut found: Vec<&Field> = Vec::new();
    let mut waiting: Vec<&str> = when.fields();
    while let Some(id) = waiting.pop() {
        let Some(field) = request.field(id) else { continue };
        if found.iter().any(|known| known.id == field.id) {
            continue;
        }
        found.push(field);
        waiting.extend(field.when.iter().flat_map(Expr::fields));
    }
    found
}

/// The constants the conditions compare with.
#[derive(Default)]
struct Mentioned {
    texts: BTreeSet<String>,
    numbers: BTreeSet<i64>,
    names: BTreeSet<Name>,
}

impl Mentioned {
    fn of<'e>(conditions: impl Iterator<Item = &'e Expr>) -> Self {
        let mut mentioned = Self::default();
        for condition in conditions {
            condition.visit(&mut |leaf| mentioned.note(leaf));
        }
        mentioned
    }

    fn note(&mut self, leaf: &Expr) {
        let (name, literals) = match leaf {
            Expr::Compare(name, _, literal) => (name, std::slice::from_ref(literal)),
            Expr::In(name, literals) => (name, literals.as_slice()),
            Expr::Has(name, option) => {
                self.texts.insert(option.clone());
                (name, [].as_slice())
            }
            Expr::Bare(name) => (name, [].as_slice()),
            _ => return,
        };
        self.names.insert(name.clone());
        for literal in literals {
            match literal {
                Literal::Text(text) => drop(self.texts.insert(text.clone())),
                Literal::Number(number) => drop(self.numbers.insert(*number)),
            }
        }
    }
}

/// Answers that exercise every comparison; none stands for a question passed over.
fn candidates(field: &Field, mentioned: &Mentioned) -> Vec<Option<Answer>> {
    let mut list: Vec<Option<Answer>> = vec![None];
    match field.kind {
        FieldKind::Choice => {
            list.extend(field.options.iter().map(|option| Some(Answer::Choice(option.id.clone()))))
        }
        FieldKind::YesNo => list.extend([true, false].map(|yes| Some(Answer::YesNo(yes)))),
        FieldKind::Choices => {
            list.extend(subsets(field, mentioned).into_iter().map(|set| Some(Answer::Choices(set))))
        }
        FieldKind::Number => {
            let bounds = field.min.into_iter().chain(field.max);
            let near = mentioned.numbers.iter().flat_map(|n| [n.saturating_sub(1), *n, n.saturating_add(1)]);
            let allowed =
                |n: &i64| field.min.is_none_or(|min| *n >= min) && field.max.is_none_or(|max| *n <= max);
            list.extend(near.chain(bounds).filter(allowed).map(|n| Some(Answer::Number(n))));
        }
        FieldKind::Date => {
            let days = mentioned.texts.iter().filter_map(|text| text.parse::<NaiveDate>().ok());
            let near = days.flat_map(|day| {
                [day.checked_sub_days(Days::new(1)), Some(day), day.checked_add_days(Days::new(1))]
            });
            list.extend(near.flatten().chain([NaiveDate::default()]).map(|day| Some(Answer::Date(day))));
        }
        FieldKind::Rows => list.push(Some(Answer::Rows(vec![Default::default()]))),
        FieldKind::File => list.push(Some(Answer::Files(vec![crate::FileRef {
            id: "f".to_owned(),
            name: "f".to_owned(),
            size: 1,
        }]))),
        FieldKind::Person => {
            let role = field.who.first().copied().unwrap_or(Role::Teacher);
            list.push(Some(Answer::People(vec![crate::PersonRef::anyone(role)])));
        }
        FieldKind::Text | FieldKind::LongText | FieldKind::Url | FieldKind::Email => {
            let texts = mentioned.texts.iter().cloned().chain(["\u{1}".to_owned()]);
            list.extend(texts.map(|text| Some(Answer::Text(text))));
        }
    }
    list
}

/// Every set of the options mentioned (at most six of them), empty included.
fn subsets(field: &Field, mentioned: &Mentioned) -> Vec<Vec<String>> {
    let options: Vec<&String> = field
        .options
        .iter()
        .map(|option| &option.id)
        .filter(|id| mentioned.texts.contains(*id))
        .take(6)
        .collect();
    (0..1_usize << options.len())
        .map(|mask| {
            let chosen = options.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0);
            chosen.map(|(_, id)| (*id).clone()).collect()
        })
        .collect()
}

/// Requesters and schools that exercise every comparison on facts.
fn settings(request: &RequestType, mentioned: &Mentioned) -> Vec<Facts> {
    let one = |name: Name, many: Vec<String>| {
        if mentioned.names.contains(&name) { many } else { vec![String::new()] }
    };
    let roles: Vec<Role> = match mentioned.names.contains(&Name::RequesterRole) {
        true => request.who.clone(),
        false => request.who.iter().copied().take(1).collect(),
    };
    let others = || mentioned.texts.iter().cloned().chain([String::new()]).collect::<Vec<_>>();
    let mut found = Vec::new();
    for requester_role in roles {
        for academy in one(Name::SchoolAcademy, others()) {
            for school_kind in one(Name::SchoolKind, others()) {
                for o365 in [true, false] {
                    let (academy, school_kind) = (academy.clone(), school_kind.clone());
                    found.push(Facts { requester_role, academy, school_kind, o365 });
                }
            }
        }
    }
    found
}

fn combinations(candidates: &[(&str, Vec<Option<Answer>>)]) -> Vec<Answers> {
    candidates.iter().fold(vec![Answers::new()], |so_far, (id, list)| {
        let with = |answers: &Answers, choice: &Option<Answer>| {
            let mut answers = answers.clone();
            if let Some(answer) = choice {
                answers.insert((*id).to_owned(), answer.clone());
            }
            answers
        };
        so_far.iter().flat_map(|answers| list.iter().map(move |choice| with(answers, choice))).collect()
    })
}
