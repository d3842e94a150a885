//! One question a page, its field drawn after its type.

use beffroi_kernel::in_sentence;
use beffroi_sheets::{Answer, Field, FieldKind, PersonRef};
use beffroi_ui::Tone;
use beffroi_ui::form::{self, Choice};
use maud::{Markup, html};

use crate::files::{DANGEROUS_EXTENSIONS, MAX_BYTES};

/// Value of the option « Je ne sais pas ».
pub(crate) const UNKNOWN: &str = "__unknown";

/// Up to so many people, one chooses among radios.
const FEW: usize = 7;

/// What is in the field: what was just typed if it was refused, else the answer kept.
pub(crate) struct Typed<'a> {
    pub(crate) answer: Option<&'a Answer>,
    pub(crate) raw: &'a [(String, String)],
    pub(crate) error: Option<&'a str>,
    /// Whom a question about people lets choose.
    pub(crate) people: &'a [PersonRef],
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
            Some(Answer::People(people)) => people.iter().map(|person| person.id.to_string()).collect(),
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
        FieldKind::Person => people(field, &base, typed.people, &values),
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

/// Boxes to tick for several people, radios for one among a few, else a list.
fn people(field: &Field, base: &form::Field, people: &[PersonRef], values: &[String]) -> Markup {
    let known: Vec<(String, String)> = people
        .iter()
        .map(|one| (one.id.to_string(), format!("{}, {}", one.name, in_sentence(one.role.label()))))
        .collect();
    let choices: Vec<Choice> = known
        .iter()
        .map(|(value, label)| Choice { value, label, hint: "", chosen: values.contains(value) })
        .collect();
    let list = || {
        let first = std::iter::once((String::new(), "Choisissez dans la liste".to_owned()));
        form::select(base, &first.chain(known.iter().cloned()).collect::<Vec<_>>())
    };
    html! {
        @if field.most_people() > 1 { (form::checkboxes(base, &choices)) }
        @else if people.is_empty() || people.len() > FEW { (list()) }
        @else { (form::radios(base, &choices)) }
        @if people.is_empty() {
            (beffroi_ui::notice(Tone::Warn, "Personne ne peut être choisi", html! {
                p { "Nul n’a aujourd’hui cette fonction dans l’établissement : " (functions(field)) "." }
            }))
        }
        p.hint {
            "La liste vient de l’annuaire : elle montre qui exerce aujourd’hui dans l’établissement. Il manque quelqu’un ? "
            a href="/catalogue/identifiants-et-espaces" { "Faire corriger un compte" } "."
        }
    }
}

fn functions(field: &Field) -> String {
    field.who.iter().map(|role| in_sentence(role.label())).collect::<Vec<_>>().join(", ")
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
