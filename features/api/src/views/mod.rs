//! The pages of the API.

pub(crate) mod documentation;
pub(crate) mod tokens;
pub(crate) mod webhooks;

use beffroi_ui::form;
use maud::{Markup, html};

/// The fault of a form, said first.
fn faults(fault: Option<(&str, &str)>) -> Markup {
    let faults: Vec<(String, String)> =
        fault.into_iter().map(|(field, why)| (field.to_owned(), why.to_owned())).collect();
    html! { @if !faults.is_empty() { (form::error_summary(&faults)) } }
}

/// The words of a fault, for its field.
fn of<'a>(fault: Option<(&str, &'a str)>, field: &str) -> Option<&'a str> {
    fault.filter(|(name, _)| *name == field).map(|(_, why)| why)
}

/// A secret that is shown once: chosen whole with one click or by keyboard.
fn secret(label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for="secret" { (label) }
            input type="text" id="secret" value=(value) readonly autocomplete="off" spellcheck="false";
        }
    }
}
