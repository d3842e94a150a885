//! The pages of the directory.

pub(crate) mod account;
pub(crate) mod factors;
pub(crate) mod own_school;
pub(crate) mod people;
pub(crate) mod protection;
mod proving;
pub(crate) mod public;
pub(crate) mod schools;
pub(crate) mod second_factor;
pub(crate) mod sessions;
mod shell;
pub(crate) mod sign_in;
pub(crate) mod sso;

pub use factors::passkey_button;
pub use proving::{Proving, missing as missing_key, proving};
pub use shell::shell;

use beffroi_ui::Flash;
use maud::{Markup, html};

use crate::Fault;

/// The faults of a form, whose fields bear this prefix on the page.
pub(crate) struct Faults<'a> {
    pub list: &'a [Fault],
    pub prefix: &'a str,
}

impl Faults<'_> {
    /// The message of a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.list.iter().find(|fault| fault.field == field).map(|fault| fault.message.as_str())
    }

    /// All of them, focused, each leading to its field.
    pub fn summary(&self) -> Markup {
        let pairs: Vec<(String, String)> = self
            .list
            .iter()
            .map(|fault| (format!("{}{}", self.prefix, fault.field), fault.message.clone()))
            .collect();
        html! { (beffroi_ui::form::error_summary(&pairs)) }
    }
}

/// What was just done, named by `?fait=` in the address.
pub(crate) fn flash(done: Option<&str>, known: &[(&str, &str)]) -> Option<Flash> {
    let (_, text) = known.iter().find(|(slug, _)| Some(*slug) == done)?;
    Some(Flash { text: (*text).to_owned(), good: true })
}
