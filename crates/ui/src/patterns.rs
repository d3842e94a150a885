//! Whole patterns: one question a page, check-answers, tasks and checklists.

use maud::{Markup, html};

use crate::{Tone, back_link, form, tag};

/// One question that fills a page; the field's label is the title (`Field::title`).
#[derive(Debug)]
pub struct Question<'a> {
    /// Where the previous step is.
    pub back: &'a str,
    /// Where the answer goes.
    pub action: &'a str,
    /// Where one stands: « Signaler une panne · étape 2 sur 5 ».
    pub caption: &'a str,
    /// Field id and message of each error.
    pub errors: &'a [(String, String)],
    /// The field.
    pub field: Markup,
    /// Whether it sends a file.
    pub multipart: bool,
    /// The words of the button.
    pub submit: &'a str,
}

/// The page of a question: way back, errors, the question, one button.
#[must_use]
pub fn question(question: &Question) -> Markup {
    html! {
        (back_link(question.back, "Retour"))
        (form::error_summary(question.errors))
        form method="post" action=(question.action) novalidate data-guard
            enctype=[question.multipart.then_some("multipart/form-data")] {
            p.quiet { (question.caption) }
            (question.field)
            div.actions { (form::submit(question.submit)) }
        }
    }
}

/// An answer to check before sending.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The question, short.
    pub label: &'a str,
    /// The answer.
    pub value: Markup,
    /// Where to change it; none when it cannot be.
    pub change: Option<&'a str>,
}

/// Answers to check, each with its « Modifier ».
#[must_use]
pub fn summary_list(answers: &[Answer]) -> Markup {
    html! {
        dl.facts {
            @for answer in answers {
                div {
                    dt { (answer.label) }
                    dd {
                        div { (answer.value) }
                        @if let Some(href) = answer.change {
                            a.change href=(href) { "Modifier" span.visually-hidden { " : " (answer.label) } }
                        }
                    }
                }
            }
        }
    }
}

/// A step of a list of tasks.
#[derive(Debug)]
pub struct Task<'a> {
    /// What to do.
    pub title: &'a str,
    /// Where; none when it cannot start yet.
    pub href: Option<&'a str>,
    /// How it stands.
    pub tone: Tone,
    /// The same in words.
    pub state: &'a str,
}

/// Tasks, each with where it stands.
#[must_use]
pub fn task_list(tasks: &[Task]) -> Markup {
    html! {
        ul.tasks {
            @for task in tasks {
                li {
                    @match task.href { Some(href) => a href=(href) { (task.title) }, None => span { (task.title) } }
                    " " (tag(task.tone, task.state))
                }
            }
        }
    }
}

/// Boxes to tick; the first carries the list's name as id, as fields do.
#[must_use]
pub fn checklist(name: &str, title: &str, lines: &[(String, bool)]) -> Markup {
    let values: Vec<String> = (0..lines.len()).map(|line| line.to_string()).collect();
    let choices: Vec<form::Choice> = lines
        .iter()
        .zip(&values)
        .map(|((label, done), value)| form::Choice { value, label, hint: "", chosen: *done })
        .collect();
    form::checkboxes(&form::Field::new(name, title), &choices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changing_an_answer_says_which() {
        let answers = [Answer { label: "Salle", value: html! { "B12" }, change: Some("/salle") }];
        let html = summary_list(&answers).into_string();
        assert!(html.contains(r#"href="/salle">Modifier<span class="visually-hidden"> : Salle"#), "{html}");
    }

    #[test]
    fn a_question_shows_its_errors_first() {
        let errors = [("salle".to_owned(), "Indiquez la salle".to_owned())];
        let field =
            form::text(&form::Field::new("salle", "Quelle salle ?").title().error(Some("Indiquez la salle")));
        let page = question(&Question {
            back: "/",
            action: "/salle",
            caption: "",
            errors: &errors,
            field,
            multipart: false,
            submit: "Continuer",
        });
        let html = page.into_string();
        assert!(html.find("href=\"#salle\"") < html.find("<form"), "{html}");
        assert!(html.contains("<h1>Quelle salle ?</h1>"), "{html}");
    }
}
