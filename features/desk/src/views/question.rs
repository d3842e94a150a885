//! One question a page, its field drawn after its type.

use beffroi_sheets::{Answer, Field, FieldKind};
use beffroi_ui::form::{self, Choice};
use maud::{Markup, html};

use crate::files::{DANGEROUS_EXTENSIONS, MAX_BYTES};

/// Value of the option « Je ne sais pas ».
pub(crate) const UNKNOWN: &str = "__unknown";

/// What is in the field: what was just typed if it was refused, else the answer kept.
pub(crate) struct Typed<'a> {
    pub(crate) answer: Option<&'a Answer>,
    pub(crate) raw: &'a [(String, String)],
    pub(crate) error: Option<&'a str>,
}

impl Typed<'_> {
    fn values(&self, field: &Field) -> Vec<String> {
        let raw: Vec<String> =
            self.raw.iter().filter(|(name, _)| *name == field.id).map(|(_, value)| value.clone()).collect();
        if !raw.is_empty() {
            return raw;
        }
        match self.answer {
            Some(Answer::Text(text) | Answer::Choice(text)) => vec![text.clone()],
            Some(Answer::Number(number)) => vec![number.to_string()],
            Some(Answer::Date(day)) => vec![day.to_string()],
            Some(Answer::YesNo(yes)) => vec![if *yes { "yes" } else { "no" }.to_owned()],
            Some(Answer::Choices(all)) => all.clone(),
            Some(Answer::Unknown) => vec![UNKNOWN.to_owned()],
            _ => Vec::new(),
        }
    }

    fn rows(&self, field: &Field) -> Vec<Vec<String>> {
        let Some(first) = field.columns.first() else {
            return Vec::new();
        };
        let column = |id: &str| {
            let name = format!("{}.{id}", field.id);
            self.raw
                .iter()
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.clone())
                .collect::<Vec<_>>()
        };
        let typed = column(&first.id).len();
        if typed > 0 {
            let columns: Vec<Vec<String>> = field.columns.iter().map(|one| column(&one.id)).collect();
            let line = |row: usize| {
                columns.iter().map(|all| all.get(row).cloned().unwrap_or_default()).collect::<Vec<_>>()
            };
            return (0..typed)
                .map(line)
                .filter(|line| line.iter().any(|cell| !cell.trim().is_empty()))
                .collect();
        }
        let Some(Answer::Rows(rows)) = self.answer else {
            return Vec::new();
        };
        let line = |row: &std::collections::BTreeMap<String, String>| {
            field.columns.iter().map(|one| row.get(&one.id).cloned().unwrap_or_default()).collect()
        };
        rows.iter().map(line).collect()
    }
}

/// The field, its label being the page's title.
pub(crate) fn control(field: &Field, typed: &Typed) -> Markup {
    let values = typed.values(field);
    let value = values.first().map_or("", String::as_str);
    let value = if value == UNKNOWN { "" } else { value };
    let label = if field.required { field.label.clone() } else { format!("{} (facultatif)", field.label) };
    let base = form::Field::new(&field.id, &label).hint(&field.hint).value(value).error(typed.error).title();
    let control = match field.kind {
        FieldKind::Text => form::text(&base),
        FieldKind::LongText => form::long_text(&base),
        FieldKind::Number => form::input(&base, "number"),
        FieldKind::Date => form::input(&base, "date"),
        FieldKind::Url => form::input(&base, "url"),
        FieldKind::Email => form::input(&base, "email"),
        FieldKind::File => form::file(&base, MAX_BYTES, &DANGEROUS_EXTENSIONS.join(",")),
        FieldKind::YesNo => yes_no(field, &base, &values),
        FieldKind::Choice => form::radios(&base, &choices(field, &values)),
        FieldKind::Choices => form::checkboxes(&base, &choices(field, &values)),
        FieldKind::Rows => rows(field, &base, typed),
    };
    let beside =
        field.unknown && !matches!(field.kind, FieldKind::Choice | FieldKind::Choices | FieldKind::YesNo);
    html! {
        (control)
        @if beside {
            div.option {
                input type="checkbox" id="unknown" name=(field.id) value=(UNKNOWN) checked[values.iter().any(|value| value == UNKNOWN)];
                label for="unknown" { "Je ne sais pas" }
            }
        }
    }
}

fn choices<'a>(field: &'a Field, values: &[String]) -> Vec<Choice<'a>> {
    let chosen = |value: &str| values.iter().any(|one| one == value);
    let mut all: Vec<Choice> = field
        .options
        .iter()
        .map(|option| Choice {
            value: &option.id,
            label: &option.label,
            hint: &option.hint,
            chosen: chosen(&option.id),
        })
        .collect();
    if field.unknown {
        all.push(Choice { value: UNKNOWN, label: "Je ne sais pas", hint: "", chosen: chosen(UNKNOWN) });
    }
    all
}

fn yes_no(field: &Field, base: &form::Field, values: &[String]) -> Markup {
    let chosen = |value: &str| values.iter().any(|one| one == value);
    let choice = |value, label| Choice { value, label, hint: "", chosen: chosen(value) };
    let mut all = vec![choice("yes", "Oui"), choice("no", "Non")];
    if field.unknown {
        all.push(choice(UNKNOWN, "Je ne sais pas"));
    }
    form::radios(base, &all)
}

fn rows(field: &Field, base: &form::Field, typed: &Typed) -> Markup {
    let columns: Vec<(String, String)> =
        field.columns.iter().map(|column| (column.id.clone(), column.label.clone())).collect();
    let lines = typed.rows(field);
    let empty = if lines.is_empty() { 4 } else { 2 };
    html! {
        (form::rows(base, &columns, &lines, empty))
        p.hint { "Il manque des lignes ? Choisissez « Ajouter des lignes » : ce que vous avez écrit est gardé." }
    }
}
