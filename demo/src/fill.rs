//! Fills in a form as a person who reads the questions would: finds answers under which the request
//! is not refused, trying other options when one leads out of the service.

use std::collections::BTreeMap;

use beffroi_sheets::{Answer, Answers, Facts, Field, FieldKind, FileRef, PersonRef, RequestType, Role};
use chrono::{Days, NaiveDate};

/// Answers that pass, or `None` when every path is refused. `sample` gives the words of free texts.
#[must_use]
pub fn fill(kind: &RequestType, facts: &Facts, today: NaiveDate, sample: &str) -> Option<Answers> {
    let guess = Guess { today, sample };
    fill_from(kind, facts, &mut |field| candidates(field, &guess))
}

/// Answers that pass, each question tried with the answers that `propose` gives it, in that order.
pub(crate) fn fill_from(
    kind: &RequestType,
    facts: &Facts,
    propose: &mut dyn FnMut(&Field) -> Vec<Answer>,
) -> Option<Answers> {
    search(kind, facts, Answers::new(), propose, &mut 4_000)
}

struct Guess<'a> {
    today: NaiveDate,
    sample: &'a str,
}

fn search(
    kind: &RequestType,
    facts: &Facts,
    answers: Answers,
    propose: &mut dyn FnMut(&Field) -> Vec<Answer>,
    budget: &mut u32,
) -> Option<Answers> {
    *budget = budget.checked_sub(1)?;
    if kind.refusal(&answers, facts).is_some() {
        return None;
    }
    let Some(field) = kind.next_unanswered(&answers, facts) else {
        return kind.check(&answers, facts).ok();
    };
    propose(field).into_iter().find_map(|answer| {
        let mut tried = answers.clone();
        tried.insert(field.id.clone(), answer);
        search(kind, facts, tried, propose, budget)
    })
}

fn candidates(field: &Field, guess: &Guess) -> Vec<Answer> {
    let least = field.min.unwrap_or(1).max(1);
    match field.kind {
        FieldKind::Choice => field.options.iter().map(|option| Answer::Choice(option.id.clone())).collect(),
        FieldKind::Choices => {
            let one = |id: &String| Answer::Choices(vec![id.clone()]);
            let all = Answer::Choices(field.options.iter().map(|option| option.id.clone()).collect());
            field.options.iter().map(|option| one(&option.id)).chain([all]).collect()
        }
        FieldKind::YesNo => vec![Answer::YesNo(true), Answer::YesNo(false)],
        FieldKind::Number => vec![Answer::Number(field.min.unwrap_or(3).max(1))],
        FieldKind::Date => [10, 40]
            .into_iter()
            .filter_map(|days| guess.today.checked_add_days(Days::new(days)))
            .map(Answer::Date)
            .collect(),
        FieldKind::Url => vec![Answer::Text("https://ressources.exemple.fr".into())],
        FieldKind::Email => vec![Answer::Text("contact@exemple.fr".into())],
        FieldKind::File => evidence(),
        FieldKind::Person => anyone(field),
        FieldKind::Rows => vec![Answer::Rows((0..least).map(|row| line(field, row)).collect())],
        FieldKind::Text | FieldKind::LongText => vec![Answer::Text(padded(guess.sample, field))],
    }
}

/// As many people as the question wants, still to be named: `drafts::put_answers` names them.
pub(crate) fn anyone(field: &Field) -> Vec<Answer> {
    let least = usize::try_from(field.min.unwrap_or(1).max(1)).unwrap_or(1);
    let role = field.who.first().copied().unwrap_or(Role::Teacher);
    vec![Answer::People(vec![PersonRef::anyone(role); least])]
}

/// A file that everybody gives.
pub(crate) fn evidence() -> Vec<Answer> {
    let id = uuid::Uuid::nil().to_string();
    vec![Answer::Files(vec![FileRef { id, name: "justificatif.pdf".into(), size: 48_000 }])]
}

fn line(field: &Field, row: i64) -> BTreeMap<String, String> {
    field.columns.iter().map(|column| (column.id.clone(), format!("{} {}", column.label, row + 1))).collect()
}

/// The sample, made as long or as short as the question wants it.
pub(crate) fn padded(sample: &str, field: &Field) -> String {
    let mut text = sample.to_owned();
    let least = usize::try_from(field.min.unwrap_or(0)).unwrap_or(0);
    while text.chars().count() < least {
        text.push_str(" Merci.");
    }
    match field.max {
        Some(most) => text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect(),
        None => text,
    }
}
