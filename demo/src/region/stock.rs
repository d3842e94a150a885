//! A stock of forms filled in once and used many times: for each type of request and each function
//! that may ask, answers that the sheet accepts, with what they lead to — approvals, tasks, summary.
//! (CSU-01, LIRE-10)

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use beffroi_catalogue::Published;
use beffroi_desk::history;
use beffroi_kernel::Role;
use beffroi_sheets::{Answer, Answers, Facts, Field, FieldKind, RequestType};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::names::Names;
use super::questions::{self, Content};
use super::schools::Lycee;
use super::template::{Slot, Template, marker};
use crate::DemoError;

/// How often a type is asked for, next to the others; those left out count [`RARE`].
const WEIGHTS: &[(&str, &str, u32)] = &[
    ("poste-de-travail", "panne", 170),
    ("identifiants-et-espaces", "mot-de-passe", 130),
    ("identifiants-et-espaces", "compte-absent", 70),
    ("logiciel-pedagogie", "incident", 60),
    ("reseau-local", "incident", 60),
    ("serveurs-et-donnees", "incident", 45),
    ("solutions-d-impression", "panne-hors-contrat", 45),
    ("logiciel-administration", "incident", 40),
    ("solutions-d-impression", "panne-sous-contrat", 40),
    ("logiciel-pedagogie", "installation", 35),
    ("securite-internet", "derogation-web", 35),
    ("poste-de-travail", "installer-logiciels", 28),
    ("identifiants-et-espaces", "acces-o365", 25),
    ("identifiants-et-espaces", "espace-de-travail", 25),
    ("poste-de-travail", "installer-postes", 15),
    ("logiciel-administration", "installer-logiciel", 15),
    ("identifiants-et-espaces", "doublon", 15),
    ("serveurs-et-donnees", "restaurer", 15),
    ("identifiants-et-espaces", "compte-manuel", 15),
    ("outils-de-gestion", "deploiement", 15),
];
const RARE: u32 = 4;
/// Tries before a function is taken to have no way through a form.
const TRIES: u32 = 3;

/// A type of request with how often it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// The sheet.
    pub(crate) published: Arc<Published>,
    position: usize,
    weight: u32,
    /// Whether its conditions look at the school.
    looks_at_school: bool,
}

impl Kind {
    /// What the sheet declares.
    pub(crate) fn of(&self) -> &RequestType {
        &self.published.sheet.requests[self.position]
    }
}

/// One approval, with the text to sign.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    pub(crate) roles: Vec<Role>,
    pub(crate) title: String,
    pub(crate) sign: bool,
    pub(crate) text: Option<Template>,
}

/// A form filled in, with holes.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) answers: Template,
    pub(crate) summary: Template,
    pub(crate) approvals: Vec<Approval>,
    /// Title and checklist, as JSON, of each task.
    pub(crate) tasks: Vec<(Template, Template)>,
}

type Key = (usize, Role, Option<(String, String, bool)>);

/// Every type and the forms filled in so far.
pub(crate) struct Stock {
    pub(crate) kinds: Vec<Kind>,
    filled: HashMap<Key, Vec<Arc<Filled>>>,
    hopeless: HashMap<Key, u32>,
    /// Forms filled in for each type and function.
    most: usize,
    /// Any question: it shows days in words.
    pub(crate) any: Field,
    names: Names,
}

impl Stock {
    /// The stock of these sheets.
    ///
    /// # Errors
    /// When no sheet asks anything.
    pub(crate) fn new(sheets: &[Arc<Published>], most: usize) -> Result<Self, DemoError> {
        let mut kinds = Vec::new();
        for published in sheets {
            for (position, kind) in published.sheet.requests.iter().enumerate() {
                let known =
                    WEIGHTS.iter().find(|(slug, id, _)| *slug == published.sheet.slug && *id == kind.id);
                let weight = known.map_or(RARE, |(.., weight)| *weight);
                let published = Arc::clone(published);
                kinds.push(Kind { published, position, weight, looks_at_school: looks_at_school(kind) });
            }
        }
        let any = kinds.iter().find_map(|kind| kind.of().fields.first()).cloned();
        let any = any.ok_or_else(|| DemoError::Step("aucune fiche ne pose de question".into()))?;
        Ok(Self { kinds, filled: HashMap::new(), hopeless: HashMap::new(), most, any, names: Names::new() })
    }

    /// A type, drawn by its weight.
    pub(crate) fn draw(&self, dice: &mut StdRng) -> usize {
        let total: u32 = self.kinds.iter().map(|kind| kind.weight).sum();
        let mut luck = dice.random_range(0..total.max(1));
        for (position, kind) in self.kinds.iter().enumerate() {
            match luck.checked_sub(kind.weight) {
                Some(left) => luck = left,
                None => return position,
            }
        }
        0
    }

    /// A form of this type filled in by this function in this school; none when every path is refused.
    pub(crate) fn form(
        &mut self,
        kind: usize,
        role: Role,
        lycee: &Lycee,
        dice: &mut StdRng,
    ) -> Option<Arc<Filled>> {
        let about = &self.kinds[kind];
        let school = || (lycee.academy.clone(), lycee.kind.clone(), lycee.o365);
        let key = (kind, role, about.looks_at_school.then(school));
        let known = self.filled.entry(key.clone()).or_default();
        let failures = self.hopeless.entry(key).or_default();
        if known.len() < self.most && *failures < TRIES {
            match fill(about.of(), &facts(lycee, role), (&self.any, &self.names), dice) {
                Some(filled) => known.push(Arc::new(filled)),
                None => *failures += 1,
            }
        }
        known.choose(dice).cloned()
    }
}

/// What conditions may look at.
pub(crate) fn facts(lycee: &Lycee, role: Role) -> Facts {
    let Lycee { academy, kind, o365, .. } = lycee;
    Facts { requester_role: role, academy: academy.clone(), school_kind: kind.clone(), o365: *o365 }
}

/// Whether a condition of this type names the school: forms are then kept for each kind of school.
fn looks_at_school(kind: &RequestType) -> bool {
    let written = format!("{kind:?}");
    ["SchoolAcademy", "SchoolKind", "SchoolO365"].iter().any(|name| written.contains(name))
}

fn fill(
    kind: &RequestType,
    facts: &Facts,
    (any, names): (&Field, &Names),
    dice: &mut StdRng,
) -> Option<Filled> {
    let mut answers = crate::fill::fill_from(kind, facts, &mut |field| propose(field, names, dice))?;
    answers.values_mut().for_each(dig);
    let template = |text: &str| Template::read(text, any);
    let requester = Slot::Requester.hole().to_string();
    let approvals = kind.approvals(&answers, facts, true).into_iter().map(|step| Approval {
        roles: step.by.clone(),
        title: step.title.clone(),
        sign: step.sign,
        text: step
            .text
            .as_ref()
            .map(|text| template(&history::signed_text(text, kind, &answers, &requester))),
    });
    let tasks = kind.tasks(&answers, facts).into_iter().map(|task| {
        let lines: Vec<(String, bool)> = task.checklist.into_iter().map(|line| (line, false)).collect();
        Some((template(&task.title), template(&serde_json::to_string(&lines).ok()?)))
    });
    Some(Filled {
        approvals: approvals.collect(),
        tasks: tasks.collect::<Option<_>>()?,
        summary: template(&history::summary(kind, &answers)),
        answers: template(&serde_json::to_string::<Answers>(&answers).ok()?),
    })
}

/// Texts that began with a hole become that hole alone: the rest only gave them their length.
fn dig(answer: &mut Answer) {
    if let Answer::Text(text) = answer
        && let Some(hole) = text.chars().next().filter(|c| ('\u{E000}'..'\u{E010}').contains(c))
    {
        *text = hole.to_string();
    }
}

fn propose(field: &Field, names: &Names, dice: &mut StdRng) -> Vec<Answer> {
    let ids = || field.options.iter().map(|option| option.id.clone());
    match field.kind {
        FieldKind::Choice => {
            let mut choices: Vec<Answer> = ids().map(Answer::Choice).collect();
            choices.shuffle(dice);
            choices
        }
        FieldKind::Choices => {
            let some: Vec<String> = ids().filter(|_| dice.random_range(0..3u32) == 0).collect();
            let mut ones: Vec<Answer> = ids().map(|id| Answer::Choices(vec![id])).collect();
            ones.shuffle(dice);
            let some = (!some.is_empty()).then_some(Answer::Choices(some));
            some.into_iter().chain(ones).chain([Answer::Choices(ids().collect())]).collect()
        }
        FieldKind::YesNo => {
            let first = dice.random_range(0..2u32) == 0;
            vec![Answer::YesNo(first), Answer::YesNo(!first)]
        }
        FieldKind::Number => {
            let least = field.min.unwrap_or(1).max(1);
            let most = field.max.unwrap_or(least + 30).min(least + 30).max(least);
            vec![Answer::Number(dice.random_range(least..=most)), Answer::Number(least)]
        }
        FieldKind::Date => {
            questions::days(&field.id, &field.label).map(|ahead| Answer::Date(marker(ahead))).into()
        }
        FieldKind::Url => {
            let site = dice.random_range(1..400u32);
            vec![Answer::Text(format!("https://ressource{site}.exemple.fr/cours"))]
        }
        FieldKind::Email => {
            let desk = dice.random_range(1..60u32);
            vec![Answer::Text(format!("support{desk}@fournisseur.exemple.fr"))]
        }
        FieldKind::File if !field.required => vec![Answer::Files(Vec::new())],
        FieldKind::File => crate::fill::evidence(),
        FieldKind::Person => someone(field),
        FieldKind::Rows => {
            let least = field.min.unwrap_or(1).max(1);
            let most = field.max.unwrap_or(least + 3).min(least + 3).max(least);
            {
                let rows = dice.random_range(least..=most);
                vec![Answer::Rows((0..rows).map(|_| line(field, names, dice)).collect())]
            }
        }
        FieldKind::Text | FieldKind::LongText => vec![Answer::Text(text(field, names, dice))],
    }
}

/// Someone whose name is a hole: these requests are past, and nothing is opened from them.
fn someone(field: &Field) -> Vec<Answer> {
    let mut people = crate::fill::anyone(field);
    for answer in &mut people {
        if let Answer::People(people) = answer {
            people.iter_mut().for_each(|one| one.name = Slot::Person.hole().to_string());
        }
    }
    people
}

/// A row of a table.
fn line(field: &Field, names: &Names, dice: &mut StdRng) -> BTreeMap<String, String> {
    let cells = field
        .columns
        .iter()
        .map(|column| (column.id.clone(), questions::cell(&column.id, &column.label, names, dice)));
    cells.collect()
}

/// A hole, followed by what gives it the length of the text to come; plain words where it may not fit.
fn text(field: &Field, names: &Names, dice: &mut StdRng) -> String {
    let content = match field.kind {
        FieldKind::LongText => Content::Hole(Slot::Long),
        _ => questions::answer(&field.id, names, dice),
    };
    let slot = match content {
        Content::Words(words) => return crate::fill::padded(&words, field),
        Content::Hole(slot) => slot,
    };
    let (least, most) = match slot {
        Slot::Long => (50, 230),
        Slot::Short | Slot::Person => (6, 60),
        _ => (4, 40),
    };
    if field.min.unwrap_or(0) > least || field.max.is_some_and(|max| max < most) {
        return crate::fill::padded("Salle B204, bâtiment B", field);
    }
    let rest = usize::try_from(least).unwrap_or(1) - 1;
    format!("{}{}", slot.hole(), "x".repeat(rest))
}
