//! What a request type decides from the answers so far: what to ask, what is refused, who approves, what to do.
//! (CSU-01, LIRE-03, LIRE-10, LIRE-11, POSTE-07)

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use beffroi_kernel::Role;

use crate::{
    answer::{Answer, Answers, Facts},
    expr::{Expr, Truth},
    model::{ApprovalStep, Field, Refusal, RequestType, TaskTemplate},
    words::{RefusalKind, Waiting},
};

/// Beyond this number of units, a checklist line names their number instead of repeating itself.
const MAX_UNIT_LINES: i64 = 60;

/// A task ready to be given to the owner team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedTask {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub checklist: Vec<String>,
    /// Whom it waits for before it can begin.
    pub waits: Option<Waiting>,
}

impl RequestType {
    /// The question of this id.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }

    /// Whether this function may ask.
    #[must_use]
    pub fn open_to(&self, role: Role) -> bool {
        self.who.contains(&role)
    }

    /// The questions in the order they are asked: those that decide the scope first.
    pub fn ordered(&self) -> impl Iterator<Item = &Field> {
        let (before, after): (Vec<&Field>, Vec<&Field>) = self.fields.iter().partition(|field| field.before);
        before.into_iter().chain(after)
    }

    /// The questions these answers lead to, in order. A condition still undecided asks nothing yet.
    #[must_use]
    pub fn asked(&self, answers: &Answers, facts: &Facts) -> Vec<&Field> {
        self.walk(answers, facts).0
    }

    /// The first question without an answer.
    #[must_use]
    pub fn next_unanswered(&self, answers: &Answers, facts: &Facts) -> Option<&Field> {
        self.asked(answers, facts).into_iter().find(|field| !answers.contains_key(&field.id))
    }

    /// The refusal that stands: a hard one before all others, since nothing lifts it (T6), else the first.
    #[must_use]
    pub fn refusal(&self, answers: &Answers, facts: &Facts) -> Option<&Refusal> {
        let kept = self.effective(answers, facts);
        let standing =
            self.refusals.iter().filter(|refusal| refusal.when.decide(&kept, facts) == Truth::True);
        standing.min_by_key(|refusal| refusal.kind != RefusalKind::Hard)
    }

    /// The approvals needed, in order; without the example steps when the school switched them off.
    ///
    /// « Je ne sais pas » never avoids an approval: a condition it leaves undecided keeps the step.
    #[must_use]
    pub fn approvals(&self, answers: &Answers, facts: &Facts, examples_on: bool) -> Vec<&ApprovalStep> {
        let kept = self.effective(answers, facts);
        self.approvals
            .iter()
            .filter(|step| examples_on || !step.example)
            .filter(|step| may_apply(step.when.as_ref(), &kept, facts))
            .collect()
    }

    /// The tasks of the owner team, with their checklists repeated for each row or unit.
    #[must_use]
    pub fn tasks(&self, answers: &Answers, facts: &Facts) -> Vec<PlannedTask> {
        let kept = self.effective(answers, facts);
        self.tasks
            .iter()
            .filter(|task| may_apply(task.when.as_ref(), &kept, facts))
            .map(|task| self.plan(task, &kept))
            .collect()
    }

    /// The answers that count: those of questions asked. One left over from another path decides nothing.
    #[must_use]
    pub fn effective(&self, answers: &Answers, facts: &Facts) -> Answers {
        self.walk(answers, facts).1
    }

    fn walk(&self, answers: &Answers, facts: &Facts) -> (Vec<&Field>, Answers) {
        let mut asked = Vec::new();
        let mut kept = Answers::new();
        for field in self.ordered() {
            let applies = field.when.as_ref().is_none_or(|when| when.decide(&kept, facts) == Truth::True);
            if !applies {
                continue;
            }
            asked.push(field);
            if let Some(answer) = answers.get(&field.id) {
                kept.insert(field.id.clone(), answer.clone());
            }
        }
        (asked, kept)
    }

    fn plan(&self, task: &TaskTemplate, answers: &Answers) -> PlannedTask {
        let checklist = match task.per.as_ref().and_then(|id| Some((self.field(id)?, answers.get(id)?))) {
            Some((field, Answer::Rows(rows))) => {
                let units: Vec<String> = rows.iter().map(|row| row_name(field, row)).collect();
                repeat(&task.checklist, &units)
            }
            Some((_, Answer::People(people))) => {
                let names: Vec<String> = people.iter().map(|person| person.name.clone()).collect();
                repeat(&task.checklist, &names)
            }
            Some((_, Answer::Number(count))) if *count > MAX_UNIT_LINES => task
                .checklist
                .iter()
                .map(|line| format!("{line} (pour chacune des {count} unités)"))
                .collect(),
            Some((_, Answer::Number(count))) if *count > 0 => {
                let units: Vec<String> = (1..=*count).map(|unit| format!("{unit} sur {count}")).collect();
                repeat(&task.checklist, &units)
            }
            _ => task.checklist.clone(),
        };
        PlannedTask { title: task.title.clone(), checklist, waits: task.waits }
    }
}

/// True, or undecided only because someone answered « Je ne sais pas ».
fn may_apply(when: Option<&Expr>, answers: &Answers, facts: &Facts) -> bool {
    let Some(when) = when else { return true };
    match when.decide(answers, facts) {
        Truth::True => true,
        Truth::False => false,
        Truth::Undecided => when.fields().iter().any(|id| answers.get(*id) == Some(&Answer::Unknown)),
    }
}

/// The row in words: its cells in the order of the columns.
fn row_name(field: &Field, row: &BTreeMap<String, String>) -> String {
    let cells: Vec<&str> = field
        .columns
        .iter()
        .filter_map(|column| row.get(&column.id))
        .map(String::as_str)
        .filter(|cell| !cell.is_empty())
        .collect();
    cells.join(", ")
}

fn repeat(lines: &[String], units: &[String]) -> Vec<String> {
    if lines.is_empty() {
        return units.to_vec();
    }
    units.iter().flat_map(|unit| lines.iter().map(move |line| format!("{line} — {unit}"))).collect()
}
