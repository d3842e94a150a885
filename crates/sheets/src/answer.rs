//! Answers to a form and the facts known about who asks and from where. (CSU-01)

use std::collections::BTreeMap;

use beffroi_kernel::{PersonId, Role};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "kebab-case")]
pub enum Answer {
    /// Text, web address or mail address; empty when an optional question was passed over.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A day.
    Date(NaiveDate),
    /// Yes or no.
    YesNo(bool),
    /// The id of one option.
    Choice(String),
    /// The ids of several options.
    Choices(Vec<String>),
    /// The rows of a table: column id → text.
    Rows(Vec<BTreeMap<String, String>>),
    /// Attached files.
    Files(Vec<FileRef>),
    /// People of the school.
    People(Vec<PersonRef>),
    /// « Je ne sais pas », or an optional question passed over.
    Unknown,
}

impl Answer {
    /// Whether the answer says something.
    #[must_use]
    pub fn is_given(&self) -> bool {
        match self {
            Self::Text(text) => !text.is_empty(),
            Self::Choices(ids) => !ids.is_empty(),
            Self::Rows(rows) => !rows.is_empty(),
            Self::Files(files) => !files.is_empty(),
            Self::People(people) => !people.is_empty(),
            Self::Unknown => false,
            Self::Number(_) | Self::Date(_) | Self::YesNo(_) | Self::Choice(_) => true,
        }
    }
}

/// A file already received, named by its store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// Its id in the store.
    pub id: String,
    /// The name its owner gave it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

const NOBODY: PersonId = PersonId(Uuid::nil());

/// Someone of the school, as they were when chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRef {
    /// Their one account.
    pub id: PersonId,
    /// First name and family name.
    pub name: String,
    /// The function for which they could be chosen.
    pub role: Role,
}

impl PersonRef {
    /// Somebody still to be named: what an import or a simulation puts where it knows nobody of the school.
    #[must_use]
    pub fn anyone(role: Role) -> Self {
        Self { id: NOBODY, name: "Personne à désigner".to_owned(), role }
    }

    /// Whether nobody is named yet.
    #[must_use]
    pub fn is_anyone(&self) -> bool {
        self.id == NOBODY
    }
}

/// Field id → answer.
pub type Answers = BTreeMap<String, Answer>;

/// What is known without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The function under which the person asks.
    pub requester_role: Role,
    /// The slug of the school's academy.
    pub academy: String,
    /// The kind of school: LGT, LPO, LP, EREA…
    pub school_kind: String,
    /// Whether the school subscribed to the Office 365 offer.
    pub o365: bool,
}

/// What is wrong with one answer and how to mend it, in French.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} : {message}")]
pub struct FieldError {
    /// The field's id.
    pub field: String,
    /// The words shown beside the field.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_survive_storage() {
        let row = BTreeMap::from([("nom".to_owned(), "GeoGebra".to_owned())]);
        let file = FileRef { id: "f1".into(), name: "liste.pdf".into(), size: 12 };
        let answers: Answers = [
            ("a", Answer::Text("été".into())),
            ("b", Answer::Number(-3)),
            ("c", Answer::Date(NaiveDate::from_ymd_opt(2026, 2, 28).unwrap())),
            ("d", Answer::YesNo(false)),
            ("e", Answer::Choice("region".into())),
            ("f", Answer::Choices(vec!["x".into()])),
            ("g", Answer::Rows(vec![row])),
            ("h", Answer::Files(vec![file])),
            ("i", Answer::Unknown),
            ("j", Answer::People(vec![PersonRef::anyone(Role::Teacher)])),
        ]
        .into_iter()
        .map(|(id, answer)| (id.to_owned(), answer))
        .collect();

        let stored = serde_json::to_string(&answers).unwrap();

        assert!(stored.contains(r#""d":{"type":"yes-no","value":false}"#));
        assert_eq!(serde_json::from_str::<Answers>(&stored).unwrap(), answers);
    }
}
