//! Whether the answers of a draft may be sent: all there, of the right type, within bounds. Messages say how to mend.

use crate::{
    answer::{Answer, Answers, Facts, FieldError, PersonRef},
    model::{Field, RequestType},
    words::FieldKind,
};

impl RequestType {
    /// The answers to keep with the request: those of the questions asked, all valid.
    ///
    /// # Errors
    /// One message for each question to mend, in the order of the questions.
    pub fn check(&self, answers: &Answers, facts: &Facts) -> Result<Answers, Vec<FieldError>> {
        let errors: Vec<FieldError> = self
            .asked(answers, facts)
            .into_iter()
            .filter_map(|field| field.check(answers.get(&field.id)).err())
            .collect();
        if errors.is_empty() { Ok(self.effective(answers, facts)) } else { Err(errors) }
    }
}

impl Field {
    /// Whether the answer suits the question.
    ///
    /// # Errors
    /// The message to show beside the question.
    pub fn check(&self, answer: Option<&Answer>) -> Result<(), FieldError> {
        match answer {
            Some(Answer::Unknown) if self.unknown => Ok(()),
            Some(answer) if answer.is_given() => self.check_given(answer),
            _ if self.required => Err(self.error(self.missing())),
            _ => Ok(()),
        }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> FieldError {
        FieldError { field: self.id.clone(), message: message.into() }
    }

    /// What to do when nothing was answered.
    pub(super) fn missing(&self) -> String {
        match self.kind {
            FieldKind::Choice if self.unknown => "Choisissez une réponse, ou « Je ne sais pas »".to_owned(),
            FieldKind::Choice => "Choisissez une réponse".to_owned(),
            FieldKind::Choices => "Cochez au moins une réponse".to_owned(),
            FieldKind::YesNo if self.unknown => "Répondez par oui, par non, ou « Je ne sais pas »".to_owned(),
            FieldKind::YesNo => "Répondez par oui ou par non".to_owned(),
            FieldKind::Number => "Écrivez un nombre, par exemple 12".to_owned(),
            FieldKind::Date => "Indiquez une date, par exemple 31/01/2026".to_owned(),
            FieldKind::Url => "Écrivez l’adresse du site, par exemple https://www.exemple.fr".to_owned(),
            FieldKind::Email => {
                "Écrivez une adresse électronique, par exemple prenom.nom@exemple.fr".to_owned()
            }
            FieldKind::File => "Joignez un fichier".to_owned(),
            FieldKind::Person if self.most_people() > 1 => {
                "Choisissez au moins une personne dans la liste".to_owned()
            }
            FieldKind::Person => "Choisissez une personne dans la liste".to_owned(),
            FieldKind::Rows => "Remplissez au moins une ligne".to_owned(),
            FieldKind::Text | FieldKind::LongText => "Écrivez une réponse à cette question".to_owned(),
        }
    }

    fn check_given(&self, answer: &Answer) -> Result<(), FieldError> {
        match (self.kind, answer) {
            (FieldKind::Text | FieldKind::LongText, Answer::Text(text)) => self.check_length(text),
            (FieldKind::Url, Answer::Text(text)) => {
                super::read::web_address(text).map(drop).map_err(|m| self.error(m))
            }
            (FieldKind::Email, Answer::Text(text)) => {
                super::read::mail_address(text).map(drop).map_err(|m| self.error(m))
            }
            (FieldKind::Number, Answer::Number(number)) => self.check_number(*number),
            (FieldKind::Choice, Answer::Choice(id)) => self.check_options(std::slice::from_ref(id)),
            (FieldKind::Choices, Answer::Choices(ids)) => {
                self.check_options(ids)?;
                self.check_count(ids.len(), "réponse")
            }
            (FieldKind::Rows, Answer::Rows(rows)) => self.check_count(rows.len(), "ligne"),
            (FieldKind::File, Answer::Files(files)) => self.check_count(files.len(), "fichier"),
            (FieldKind::Person, Answer::People(people)) => self.check_people(people),
            (FieldKind::YesNo, Answer::YesNo(_)) | (FieldKind::Date, Answer::Date(_)) => Ok(()),
            // A draft begun under an earlier version of the sheet.
            _ => Err(self.error("Cette question a changé depuis votre brouillon : répondez-y de nouveau")),
        }
    }

    fn check_length(&self, text: &str) -> Result<(), FieldError> {
        let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
        match (self.min, self.max) {
            (_, Some(max)) if length > max => Err(self.error(format!(
                "Raccourcissez votre réponse : elle compte {length} caractères, {max} au plus sont possibles"
            ))),
            (Some(min), _) if length < min => {
                Err(self.error(format!("Précisez votre réponse : écrivez au moins {min} caractères")))
            }
            _ => Ok(()),
        }
    }

    fn check_number(&self, number: i64) -> Result<(), FieldError> {
        let outside = self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max);
        if !outside {
            return Ok(());
        }
        Err(self.error(match (self.min, self.max) {
            (Some(min), Some(max)) => format!("Écrivez un nombre entre {min} et {max}"),
            (Some(min), None) => format!("Écrivez un nombre égal ou supérieur à {min}"),
            (_, Some(max)) => format!("Écrivez un nombre égal ou inférieur à {max}"),
            (None, None) => String::new(),
        }))
    }

    fn check_options(&self, ids: &[String]) -> Result<(), FieldError> {
        if ids.iter().all(|id| self.option(id).is_some()) {
            return Ok(());
        }
        Err(self.error("Choisissez parmi les réponses proposées"))
    }

    /// How many people one answer may name: one, unless the sheet says more.
    #[must_use]
    pub fn most_people(&self) -> usize {
        self.max.map_or(1, |max| usize::try_from(max).unwrap_or(1))
    }

    fn check_people(&self, people: &[PersonRef]) -> Result<(), FieldError> {
        if let Some(other) = people.iter().find(|person| !self.who.contains(&person.role)) {
            return Err(self.error(format!(
                "Choisissez une autre personne : {} n’a pas la fonction demandée",
                other.name
            )));
        }
        let twice = |(index, person): (usize, &PersonRef)| people[..index].iter().any(|p| p.id == person.id);
        if people.iter().enumerate().any(twice) {
            return Err(self.error("Gardez une seule fois chaque personne"));
        }
        match self.most_people() {
            1 if people.len() > 1 => Err(self.error("Choisissez une seule personne")),
            _ => self.check_count(people.len(), "personne"),
        }
    }

    fn check_count(&self, count: usize, what: &str) -> Result<(), FieldError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let s = |n: i64| if n > 1 { "s" } else { "" };
        match (self.min, self.max) {
            (Some(min), _) if count < min => {
                Err(self.error(format!("Il faut au moins {min} {what}{}", s(min))))
            }
            (_, Some(max)) if count > max => {
                Err(self.error(format!("Gardez {max} {what}{} au plus : il y en a {count}", s(max))))
            }
            _ => Ok(()),
        }
    }
}
