//! What a form sends → an answer. Stray spaces are forgiven, dates and addresses read as people write them.
//!
//! Names: the field's id; a date also as `<id>.day`, `<id>.month`, `<id>.year`; a table as `<id>.<column>` repeated
//! in row order; files as `<id>.id`, `<id>.name`, `<id>.size` repeated in file order.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use email_address::{EmailAddress, Options};
use url::Url;

use super::UNKNOWN;
use crate::{
    answer::{Answer, FieldError, FileRef, PersonRef},
    model::Field,
    text::{many_lines, one_line},
    words::FieldKind,
};

/// The names and values a form sends, in order.
type Raw = [(String, String)];

impl Field {
    /// Reads the answer to this question among the values of a form.
    ///
    /// # Errors
    /// The message to show beside the question.
    pub fn read(&self, raw: &Raw) -> Result<Answer, FieldError> {
        if self.unknown && values(raw, &self.id).any(|value| value == UNKNOWN) {
            return Ok(Answer::Unknown);
        }
        let answer = self.read_typed(raw).map_err(|message| self.error(message))?;
        // Left empty is no answer: « Je ne sais pas » must be chosen.
        self.check(Some(&answer).filter(|answer| **answer != Answer::Unknown))?;
        Ok(answer)
    }

    /// Reads the people chosen among those of the school: only their ids are believed, a typed name is refused.
    ///
    /// # Errors
    /// The message to show beside the question.
    pub fn read_people(&self, raw: &Raw, known: &[PersonRef]) -> Result<Answer, FieldError> {
        let mut people: Vec<PersonRef> = Vec::new();
        for id in ticked(raw, &self.id) {
            let found = known.iter().find(|person| person.id.to_string() == id && !person.is_anyone());
            let found = found.ok_or_else(|| {
                self.error(
                    "Choisissez une personne de la liste : elle seule dit qui est au lycée aujourd’hui",
                )
            })?;
            people.push(found.clone());
        }
        let answer = Answer::People(people);
        self.check(Some(&answer))?;
        Ok(answer)
    }

    fn read_typed(&self, raw: &Raw) -> Result<Answer, String> {
        let line = || one_line(values(raw, &self.id).next().unwrap_or_default());
        let empty = || line().is_empty();
        match self.kind {
            FieldKind::Text => Ok(Answer::Text(line())),
            FieldKind::LongText => {
                Ok(Answer::Text(many_lines(values(raw, &self.id).next().unwrap_or_default())))
            }
            FieldKind::Url | FieldKind::Email if empty() => Ok(Answer::Text(String::new())),
            FieldKind::Url => web_address(&line()).map(Answer::Text),
            FieldKind::Email => mail_address(&line()).map(Answer::Text),
            // Whom one may choose, only the school knows: `read_people`.
            FieldKind::Person if ticked(raw, &self.id).is_empty() => Ok(Answer::People(Vec::new())),
            FieldKind::Person => Err("Choisissez une personne dans la liste".to_owned()),
            FieldKind::Choices => Ok(Answer::Choices(ticked(raw, &self.id))),
            FieldKind::Rows => Ok(Answer::Rows(self.read_rows(raw))),
            FieldKind::File => self.read_files(raw).map(Answer::Files),
            FieldKind::Date => read_date(raw, &self.id),
            FieldKind::Choice | FieldKind::YesNo | FieldKind::Number if empty() => Ok(Answer::Unknown),
            FieldKind::Choice => Ok(Answer::Choice(line())),
            FieldKind::YesNo => yes_no(&line()),
            FieldKind::Number => number(&line()),
        }
    }

    /// Rows whose cells are all empty are forgotten.
    fn read_rows(&self, raw: &Raw) -> Vec<BTreeMap<String, String>> {
        let mut rows: Vec<BTreeMap<String, String>> = Vec::new();
        for column in &self.columns {
            let name = format!("{}.{}", self.id, column.id);
            for (index, cell) in values(raw, &name).enumerate() {
                if rows.len() <= index {
                    rows.push(BTreeMap::new());
                }
                rows[index].insert(column.id.clone(), one_line(cell));
            }
        }
        rows.retain(|row| row.values().any(|cell| !cell.is_empty()));
        rows
    }

    fn read_files(&self, raw: &Raw) -> Result<Vec<FileRef>, String> {
        let part = |name: &str| -> Vec<String> {
            values(raw, &format!("{}.{name}", self.id)).map(str::to_owned).collect()
        };
        let (ids, names, sizes) = (part("id"), part("name"), part("size"));
        if ids.len() != names.len() || ids.len() != sizes.len() {
            return Err("Joignez de nouveau vos fichiers : l’envoi est incomplet".to_owned());
        }
        let files = ids.into_iter().zip(names).zip(sizes).filter(|((id, _), _)| !id.is_empty());
        files
            .map(|((id, name), size)| match size.trim().parse() {
                Ok(size) => Ok(FileRef { id, name, size }),
                Err(_) => Err("Joignez de nouveau vos fichiers : l’envoi est incomplet".to_owned()),
            })
            .collect()
    }
}

fn values<'a>(raw: &'a Raw, name: &str) -> impl Iterator<Item = &'a str> {
    let name = name.to_owned();
    raw.iter().filter(move |(found, _)| *found == name).map(|(_, value)| value.as_str())
}

fn ticked(raw: &Raw, name: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in values(raw, name).map(one_line).filter(|id| !id.is_empty()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

fn yes_no(text: &str) -> Result<Answer, String> {
    match text.to_lowercase().as_str() {
        "yes" | "oui" | "true" => Ok(Answer::YesNo(true)),
        "no" | "non" | "false" => Ok(Answer::YesNo(false)),
        _ => Err("Répondez par oui ou par non".to_owned()),
    }
}

fn number(text: &str) -> Result<Answer, String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    digits
        .parse()
        .map(Answer::Number)
        .map_err(|_| "Écrivez un nombre entier en chiffres, par exemple 12".to_owned())
}

fn read_date(raw: &Raw, id: &str) -> Result<Answer, String> {
    let part = |name: &str| one_line(values(raw, &format!("{id}.{name}")).next().unwrap_or_default());
    let whole = one_line(values(raw, id).next().unwrap_or_default());
    let parts = if whole.is_empty() {
        [part("day"), part("month"), part("year")]
    } else {
        split_date(&whole).ok_or_else(|| NOT_A_DATE.to_owned())?
    };
    if parts.iter().all(String::is_empty) {
        return Ok(Answer::Unknown);
    }
    date(&parts).map(Answer::Date)
}

const NOT_A_DATE: &str = "Écrivez la date avec le jour, le mois et l’année, par exemple 31/01/2026";

/// Day, month, year out of « 31/01/2026 », « 31-1-2026 », « 31.01.2026 » or « 2026-01-31 ».
fn split_date(text: &str) -> Option<[String; 3]> {
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [year, month, day] if year.len() == 4 => Some([day.into(), month.into(), year.into()]),
        [day, month, year] => Some([day.into(), month.into(), year.into()]),
        _ => None,
    }
}

fn date([day, month, year]: &[String; 3]) -> Result<NaiveDate, String> {
    let read = |text: &str| text.parse::<u32>().map_err(|_| NOT_A_DATE.to_owned());
    let (day_number, month_number) = (read(day)?, read(month)?);
    let year_number: i32 = year.parse().map_err(|_| NOT_A_DATE.to_owned())?;
    if !(1900..=2200).contains(&year_number) {
        return Err("Écrivez l’année avec ses quatre chiffres, par exemple 2026".to_owned());
    }
    NaiveDate::from_ymd_opt(year_number, month_number, day_number)
        .ok_or_else(|| format!("Vérifiez la date : le {day}/{month}/{year} n’existe pas dans le calendrier"))
}

const NOT_A_SITE: &str = "Écrivez l’adresse complète du site, par exemple https://www.exemple.fr";

/// A web address; `https://` is supplied when only it is missing.
pub(super) fn web_address(text: &str) -> Result<String, String> {
    if text.contains(char::is_whitespace) {
        return Err(format!("{NOT_A_SITE}, sans espace"));
    }
    let complete = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = Url::parse(&complete).map_err(|_| NOT_A_SITE.to_owned())?;
    let web = matches!(url.scheme(), "http" | "https");
    let named = url.host_str().is_some_and(|host| host.trim_matches('.').contains('.'));
    let identified = !url.username().is_empty() || url.password().is_some();
    if web && named && !identified { Ok(complete) } else { Err(NOT_A_SITE.to_owned()) }
}

pub(super) fn mail_address(text: &str) -> Result<String, String> {
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    EmailAddress::parse_with_options(text, options).map(|address| address.to_string()).map_err(|_| {
        "Écrivez une adresse électronique complète, par exemple prenom.nom@exemple.fr".to_owned()
    })
}
