//! Form fields with their label, hint and error, and the summary that says them all first.

use maud::{Markup, html};

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field<'a> {
    /// Its name in the form, and its id.
    pub name: &'a str,
    /// The question.
    pub label: &'a str,
    /// What helps to answer.
    pub hint: &'a str,
    /// What is typed so far.
    pub value: &'a str,
    /// What is wrong and how to mend it.
    pub error: Option<&'a str>,
    /// Whether the question is the page's title.
    pub as_title: bool,
    /// What browsers may fill in.
    pub autocomplete: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A field with a name and a question.
    #[must_use]
    pub fn new(name: &'a str, label: &'a str) -> Self {
        Self { name, label, ..Self::default() }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// With what is typed so far.
    #[must_use]
    pub fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// With an error.
    #[must_use]
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// As the page's title.
    #[must_use]
    pub fn title(mut self) -> Self {
        self.as_title = true;
        self
    }

    /// With what browsers may fill in.
    #[must_use]
    pub fn autocomplete(mut self, autocomplete: &'a str) -> Self {
        self.autocomplete = Some(autocomplete);
        self
    }

    fn described_by(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let error = self.error.map(|_| format!("{}-error", self.name));
        let all: Vec<String> = hint.into_iter().chain(error).collect();
        (!all.is_empty()).then(|| all.join(" "))
    }

    fn help(&self) -> Markup {
        html! {
            @if !self.hint.is_empty() { p.hint id={ (self.name) "-hint" } { (self.hint) } }
            @if let Some(error) = self.error {
                p.error id={ (self.name) "-error" } { span.visually-hidden { "Erreur : " } (error) }
            }
        }
    }

    fn heading(&self) -> Markup {
        html! { @if self.as_title { h1 { (self.label) } } @else { (self.label) } }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }
}

fn simple(field: &Field, control: &Markup) -> Markup {
    html! {
        div.field.faulty[field.error.is_some()] {
            label for=(field.name) { (field.heading()) }
            (field.help())
            (control)
        }
    }
}

/// One line; `kind` is the HTML type (text, email, url, number, date, search, time…).
#[must_use]
pub fn input(field: &Field, kind: &str) -> Markup {
    let control = html! {
        input type=(kind) id=(field.name) name=(field.name) value=(field.value) autocomplete=[field.autocomplete]
            aria-describedby=[field.described_by()] aria-invalid=[field.invalid()];
    };
    simple(field, &control)
}

/// One line of text.
#[must_use]
pub fn text(field: &Field) -> Markup {
    input(field, "text")
}

/// A password; never filled in.
#[must_use]
pub fn password(field: &Field) -> Markup {
    input(&Field { value: "", ..field.clone() }, "password")
}

/// Several lines.
#[must_use]
pub fn long_text(field: &Field) -> Markup {
    let control = html! {
        textarea id=(field.name) name=(field.name) rows="6" aria-describedby=[field.described_by()] aria-invalid=[field.invalid()] {
            (field.value)
        }
    };
    simple(field, &control)
}

/// A choice in a closed list that would be too long as radios.
#[must_use]
pub fn select(field: &Field, options: &[(String, String)]) -> Markup {
    let control = html! {
        select id=(field.name) name=(field.name) aria-describedby=[field.described_by()] aria-invalid=[field.invalid()] {
            @for (value, label) in options { option value=(value) selected[value == field.value] { (label) } }
        }
    };
    simple(field, &control)
}

/// One or several files.
#[must_use]
pub fn file(field: &Field, max_bytes: usize, refused: &str) -> Markup {
    let control = html! {
        input type="file" id=(field.name) name=(field.name) data-max-bytes=(max_bytes) data-refused=(refused)
            aria-describedby=[field.described_by()] aria-invalid=[field.invalid()];
    };
    simple(field, &control)
}

/// An option of radios or checkboxes.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What is read.
    pub label: &'a str,
    /// What helps to choose.
    pub hint: &'a str,
    /// Whether it is chosen.
    pub chosen: bool,
}

fn options(field: &Field, choices: &[Choice], kind: &str) -> Markup {
    html! {
        fieldset.field.faulty[field.error.is_some()] aria-describedby=[field.described_by()] {
            legend { (field.heading()) }
            (field.help())
            @for (choice, position) in choices.iter().zip(0..) {
                // The first option carries the field's id, so that the error summary leads to it.
                @let id = if position == 0 { field.name.to_owned() } else { format!("{}-{position}", field.name) };
                div.option {
                    input type=(kind) id=(id) name=(field.name) value=(choice.value) checked[choice.chosen];
                    label for=(id) { (choice.label) }
                    @if !choice.hint.is_empty() { p.hint { (choice.hint) } }
                }
            }
        }
    }
}

/// One of a few.
#[must_use]
pub fn radios(field: &Field, choices: &[Choice]) -> Markup {
    options(field, choices, "radio")
}

/// Several of a few.
#[must_use]
pub fn checkboxes(field: &Field, choices: &[Choice]) -> Markup {
    options(field, choices, "checkbox")
}

/// Yes or no; `value` is "yes" or "no".
#[must_use]
pub fn yes_no(field: &Field) -> Markup {
    let choice = |value, label| Choice { value, label, hint: "", chosen: field.value == value };
    radios(field, &[choice("yes", "Oui"), choice("no", "Non")])
}

/// Lines of a small table, with a few empty ones to fill.
#[must_use]
pub fn rows(field: &Field, columns: &[(String, String)], lines: &[Vec<String>], empty: usize) -> Markup {
    let blank = vec![String::new(); columns.len()];
    html! {
        fieldset.field.faulty[field.error.is_some()] aria-describedby=[field.described_by()] {
            legend { (field.heading()) }
            (field.help())
            table.rows {
                thead { tr { @for (_, label) in columns { th scope="col" { (label) } } } }
                tbody {
                    @for (line, number) in lines.iter().chain(std::iter::repeat_n(&blank, empty)).zip(1..) {
                        tr {
                            @for ((column, label), value) in columns.iter().zip(line) {
                                @let first = number == 1 && column == &columns[0].0;
                                @let id = if first { field.name.to_owned() } else { format!("{}-{column}-{number}", field.name) };
                                td data-label=(label) {
                                    input type="text" id=(id) name={ (field.name) "." (column) } value=(value)
                                        aria-label={ (label) ", ligne " (number) };
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The errors of the page, first and focused; each leads to its field.
#[must_use]
pub fn error_summary(errors: &[(String, String)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.errors role="alert" tabindex="-1" aria-labelledby="errors-title" {
                h2 id="errors-title" { "Il y a quelque chose à corriger" }
                ul { @for (field, message) in errors { li { a href={ "#" (field) } { (message) } } } }
            }
        }
    }
}

/// A button that sends its form.
#[must_use]
pub fn submit(words: &str) -> Markup {
    html! { button type="submit" { (words) } }
}

/// A small form that is only a button.
#[must_use]
pub fn button_form(action: &str, words: &str, class: &str, hidden: &[(&str, &str)]) -> Markup {
    html! {
        form method="post" action=(action) {
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            button type="submit" class=(class) { (words) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_tied_to_its_field() {
        let html = text(&Field::new("motif", "Motif").error(Some("Indiquez le motif"))).into_string();
        assert!(html.contains(r#"aria-describedby="motif-error""#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
    }

    #[test]
    fn what_people_type_is_escaped() {
        let html = long_text(&Field::new("motif", "Motif").value("</textarea><script>")).into_string();
        assert!(!html.contains("<script>"), "{html}");
    }
}
