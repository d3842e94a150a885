//! What a signed request says of its act: its terms, found among the answers. (T2, T3)

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    answer::{Answer, Answers, PersonRef},
    model::{ActDeclaration, RequestType},
};

/// What becomes of a site. (SEC-07)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A site forbidden by default is allowed.
    Allow,
    /// A site allowed by default is forbidden.
    Deny,
}

/// The terms of an act, as the form gives them. Fields are only ever added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActTerms {
    /// Who receives the right: named accounts of the school.
    #[serde(default)]
    pub holders: Vec<PersonRef>,
    /// The provider from outside.
    #[serde(default)]
    pub provider: Option<String>,
    /// The first day it holds.
    #[serde(default)]
    pub starts: Option<NaiveDate>,
    /// The last day it holds.
    #[serde(default)]
    pub ends: Option<NaiveDate>,
    /// The site.
    #[serde(default)]
    pub url: Option<String>,
    /// What becomes of the site.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// What it reaches: each question in words, with its answer.
    #[serde(default)]
    pub scope: Vec<(String, Vec<String>)>,
    /// The chosen motive, by the id of its option.
    #[serde(default)]
    pub motive: Option<String>,
    /// Whether the study that comes first is favourable; none when its kind asks for none.
    #[serde(default)]
    pub study_favourable: Option<bool>,
}

impl ActTerms {
    /// The terms of one act a person, when several are named: each right is then reviewed and ended alone.
    #[must_use]
    pub fn one_each(&self) -> Vec<Self> {
        if self.holders.len() < 2 {
            return vec![self.clone()];
        }
        self.holders.iter().map(|holder| Self { holders: vec![holder.clone()], ..self.clone() }).collect()
    }
}

impl RequestType {
    /// The terms of the act these answers ask for; none when the request makes no act.
    #[must_use]
    pub fn act_terms(&self, answers: &Answers) -> Option<ActTerms> {
        let act = self.act.as_ref()?;
        let found = |id: &Option<String>| id.as_ref().and_then(|id| answers.get(id));
        let text = |id: &Option<String>| match found(id) {
            Some(Answer::Text(text) | Answer::Choice(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        let day = |id: &Option<String>| match found(id) {
            Some(Answer::Date(day)) => Some(*day),
            _ => None,
        };
        let study = |_| text(&act.study).is_some_and(|study| study == ActDeclaration::FAVOURABLE);
        Some(ActTerms {
            holders: act.holder.iter().flat_map(|id| people(answers.get(id))).cloned().collect(),
            provider: text(&act.provider),
            starts: day(&act.starts),
            ends: day(&act.ends),
            url: text(&act.url),
            direction: text(&act.direction).and_then(|option| direction(&option)),
            scope: act.scope.iter().filter_map(|id| self.reach(id, answers)).collect(),
            motive: text(&act.motive),
            study_favourable: act.study.as_ref().map(study),
        })
    }

    fn reach(&self, id: &str, answers: &Answers) -> Option<(String, Vec<String>)> {
        let (field, answer) = (self.field(id)?, answers.get(id)?);
        answer.is_given().then(|| (field.label.clone(), field.show(answer)))
    }
}

fn people(answer: Option<&Answer>) -> &[PersonRef] {
    match answer {
        Some(Answer::People(people)) => people,
        _ => &[],
    }
}

fn direction(option: &str) -> Option<Direction> {
    match option {
        ActDeclaration::ALLOW => Some(Direction::Allow),
        ActDeclaration::DENY => Some(Direction::Deny),
        _ => None,
    }
}
