//! An answer in French lines, for the check-answers page, the request page and the PDF.

use chrono::{Datelike, NaiveDate};

use crate::{answer::Answer, model::Field, words::FieldKind};

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

impl Field {
    /// The answer in words, one item a line; never empty.
    #[must_use]
    pub fn show(&self, answer: &Answer) -> Vec<String> {
        if !answer.is_given() {
            let words =
                if self.unknown && *answer == Answer::Unknown { "Je ne sais pas" } else { "Sans réponse" };
            return vec![words.to_owned()];
        }
        match answer {
            Answer::Text(text) if self.kind == FieldKind::LongText => {
                text.lines().map(str::to_owned).collect()
            }
            Answer::Text(text) => vec![text.clone()],
            Answer::Number(number) => vec![grouped(*number)],
            Answer::Date(day) => vec![long_date(*day)],
            Answer::YesNo(true) => vec!["Oui".to_owned()],
            Answer::YesNo(false) => vec!["Non".to_owned()],
            Answer::Choice(id) => vec![self.option_label(id)],
            Answer::Choices(ids) => ids.iter().map(|id| self.option_label(id)).collect(),
            Answer::Rows(rows) => rows.iter().map(|row| self.show_row(row)).collect(),
            Answer::Files(files) => {
                files.iter().map(|file| format!("{} ({})", file.name, size(file.size))).collect()
            }
            Answer::People(people) => {
                people.iter().map(|person| format!("{} ({})", person.name, person.role.label())).collect()
            }
            Answer::Unknown => Vec::new(),
        }
    }

    /// The label of an option; its id when the sheet no longer has it.
    fn option_label(&self, id: &str) -> String {
        self.option(id).map_or_else(|| id.to_owned(), |option| option.label.clone())
    }

    fn show_row(&self, row: &std::collections::BTreeMap<String, String>) -> String {
        let cells: Vec<String> = self
            .columns
            .iter()
            .filter_map(|column| Some((column, row.get(&column.id)?)))
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(column, cell)| format!("{} : {cell}", column.label))
            .collect();
        cells.join(" ; ")
    }
}

fn long_date(day: NaiveDate) -> String {
    let month = MONTHS.get(day.month0() as usize).copied().unwrap_or_default();
    let number = if day.day() == 1 { "1er".to_owned() } else { day.day().to_string() };
    format!("{number} {month} {}", day.year())
}

/// Digits by three, with narrow no-break spaces.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes}\u{a0}octets"),
        1_000..1_000_000 => format!("{}\u{a0}ko", bytes.div_ceil(1_000)),
        _ => format!("{},{}\u{a0}Mo", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
